"""Memories of real English, the same on every run.

The sentences are those that Debian ships with what gitmem is built and tested with: the
documentation inside Perl's modules (git needs Perl) and the docstrings of Python's library
(meson needs Python). A memory is a few of them in a row, drawn in a seeded order. When all were
used, a sentence is made of the beginning of one and the end of another, so that few are ever
seen twice: no store may profit from repeats that real memories would not have.
"""
import ast
import datetime
import glob
import json
import os
import random
import re
import sysconfig
import uuid

CONTENT_SIZE = 285  # at least, on average: the last sentence is not cut off


def pod(path):
    """The plain paragraphs of the documentation in a Perl file."""
    with open(path, encoding="utf-8", errors="ignore") as data:
        inside = False
        for paragraph in re.split(r"\n\s*\n", data.read()):
            if paragraph.startswith("="):
                inside = not paragraph.startswith("=cut")
            elif inside and not paragraph[:1].isspace():
                yield re.sub(r"[A-Z]<+\s*([^<>]*?)\s*>+", r"\1", paragraph)


def docstrings(path):
    with open(path, encoding="utf-8", errors="ignore") as data:
        try:
            tree = ast.parse(data.read())
        except (SyntaxError, ValueError):
            return
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            yield from re.split(r"\n\s*\n", ast.get_docstring(node) or "")


def paragraphs():
    for folder in ("/usr/share/perl", "/usr/share/perl5", "/usr/lib/*/perl-base"):
        for path in sorted(glob.glob(folder + "/**/*.p[mo]d*", recursive=True) +
                           glob.glob(folder + "/**/*.pm", recursive=True)):
            yield from pod(path)
    library = sysconfig.get_path("stdlib")
    for path in sorted(glob.glob(library + "/**/*.py", recursive=True)):
        if "site-packages" not in path and "/test/" not in path:
            yield from docstrings(path)


def is_prose(sentence):
    letters = sum(c.isalpha() or c == " " for c in sentence)
    return 40 <= len(sentence) <= 250 and sentence[0].isupper() and letters > 0.9 * len(sentence)


def sentences():
    found = {}
    for paragraph in paragraphs():
        for sentence in re.split(r"(?<=[.!?])\s+", " ".join(paragraph.split())):
            if is_prose(sentence):
                found[sentence] = None
    if len(found) < 2000:
        raise SystemExit("too little English found: install git (for Perl) and python3")
    return list(found)


class Prose:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.pool = sentences()
        self.rng.shuffle(self.pool)
        self.used = 0

    def sentence(self):
        n, self.used = self.used, self.used + 1
        if n < len(self.pool):
            return self.pool[n]
        first = self.rng.choice(self.pool).split(" ")
        second = self.rng.choice(self.pool).split(" ")
        cut = self.rng.random()
        return " ".join(first[:1 + int(cut * len(first))] + second[int(cut * len(second)):])

    def content(self):
        size, text = self.rng.uniform(0.4, 1.6) * CONTENT_SIZE, self.sentence()
        while len(text) < size:
            text += " " + self.sentence()
        return text


def memories(n, days, seed=7):
    """`n` memories over so many days, in order of time."""
    prose = Prose(seed)
    first = datetime.datetime(2023, 1, 1)
    for i in range(n):
        when = first + datetime.timedelta(days=i * days // n, seconds=i % 86400)
        yield {"id": str(uuid.UUID(int=prose.rng.getrandbits(128), version=4)),
               "type": "semantic", "agent": "bench",
               "created": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "content": prose.content()}


def write_jsonl(path, n, days, seed=7):
    if os.path.exists(path):
        return path
    with open(path, "w", encoding="utf-8") as out:
        for memory in memories(n, days, seed):
            out.write(json.dumps(memory) + "\n")
    return path
