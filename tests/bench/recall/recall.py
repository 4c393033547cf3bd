#!/usr/bin/env python3
"""How good recall is: R@5, R@10, nDCG@10 and MRR of a set of questions.

    recall.py [<options>] GITMEM own
    recall.py [<options>] GITMEM lines FOLDER
    recall.py [<options>] GITMEM locomo FILE
    recall.py [<options>] GITMEM trec DOCUMENTS QUERIES QRELS

`own` is the set in the folder of that name: what agents who write programs remember, and
questions about it. Constants of the ranking are checked with it and never fitted to it. The
others are forms of sets that must be had elsewhere (corpora.py says how they look).

Each corpus becomes a repository by `gitmem import jsonl`, and each question a process of
`gitmem recall`. A line is printed for each corpus, if there are several, and for each kind of
question, and one for all. The times at the end are for orientation.
"""
import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import corpora
import scores

OWN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "own")


def clean_environment(home):
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "GITMEM_", "XDG_"))}
    keep.update(HOME=home, GITMEM_AGENT="bench", LC_ALL="C.UTF-8")
    return keep


class Repository:
    """One corpus, imported."""

    def __init__(self, gitmem, folder, env, memories):
        self.gitmem, self.folder, self.env = os.path.abspath(gitmem), folder, env
        subprocess.run([self.gitmem, "init", "-q", folder], env=env, check=True)
        done = self.run(["import", "jsonl", "-"], "".join(
            json.dumps(memory, ensure_ascii=False) + "\n" for memory in memories))
        told = json.loads(done.stdout)
        if done.returncode or told["added"] != len({memory["id"] for memory in memories}):
            raise SystemExit(f"import: {done.stdout.strip()} {done.stderr.strip()}")
        self.run(["reindex"])

    def run(self, arguments, text=None):
        return subprocess.run([self.gitmem, "-C", self.folder, *arguments], env=self.env,
                              input=text, capture_output=True, text=True, check=False)

    def index_size(self):
        folder = os.path.join(self.folder, ".gitmem", "recall")
        return sum(os.path.getsize(os.path.join(where, name))
                   for where, _, names in os.walk(folder) for name in names)

    def ask(self, question, options):
        """Ids that were found, best first."""
        done = self.run(["recall", "-k", str(scores.DEPTH), "--json", *options, "--", question])
        if done.returncode not in (0, 1):
            raise SystemExit(f"recall of '{question}': {done.stderr.strip()}")
        return [json.loads(line)["id"] for line in done.stdout.splitlines()]


def evaluate(repository, questions, options):
    """Pairs of category and scores, and the seconds of each process."""
    rows, spent = [], []
    for question in questions:
        start = time.perf_counter()
        ranked = repository.ask(question.text, options)
        spent.append(time.perf_counter() - start)
        rows.append((question, ranked, scores.score(ranked, question.gains)))
    return rows, spent


def report(rows):
    kinds = dict.fromkeys(question.category for question, _, _ in rows)
    if len(kinds) > 1:
        for kind in sorted(kinds):
            print(scores.line(kind, [row for question, _, row in rows
                                     if question.category == kind]))
    print(scores.line("all", [row for _, _, row in rows]))


def report_missed(rows):
    for question, _, row in rows:
        if row[1] < 1:
            print(f"missed ({row[1]:.2f}): {question.text}", file=sys.stderr)


def read(args):
    readers = {"lines": (corpora.lines, 1), "locomo": (corpora.locomo, 1),
               "trec": (corpora.trec, 3), "own": (lambda: corpora.lines(OWN), 0)}
    reader, n = readers[args.form]
    if len(args.path) != n:
        raise SystemExit(f"'{args.form}' takes {n} paths, not {len(args.path)}")
    found = list(reader(*args.path))
    return [corpora.together(found)] if args.together else found


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gitmem")
    parser.add_argument("form", choices=["own", "lines", "locomo", "trec"])
    parser.add_argument("path", nargs="*")
    parser.add_argument("--together", action="store_true", help="all corpora in one repository")
    parser.add_argument("--limit", type=int, help="only so many questions of each corpus")
    parser.add_argument("--option", action="append", default=[], metavar="ARG",
                        help="an argument for recall, such as --option=--mode=lexical")
    parser.add_argument("--missed", action="store_true",
                        help="tell on stderr what was not found in full")
    return parser.parse_intermixed_args()


def run(args, root):
    rows, spent = [], []
    for number, corpus in enumerate(read(args)):
        folder = os.path.join(root, str(number))
        repository = Repository(args.gitmem, folder, clean_environment(root), corpus.memories)
        questions = itertools.islice(corpus.questions, args.limit)
        some, times = evaluate(repository, questions, args.option)
        print(scores.line(corpus.name, [row for _, _, row in some]) +
              f"  {repository.index_size() / len(corpus.memories):.0f} B/memory", flush=True)
        rows += some
        spent += times
        shutil.rmtree(folder, ignore_errors=True)
    report(rows)
    if args.missed:
        report_missed(rows)
    spent.sort()
    print(f"a process: median {1000 * spent[len(spent) // 2]:.1f} ms, "
          f"p95 {1000 * spent[int(len(spent) * .95)]:.1f} ms")


def main():
    args = arguments()
    root = tempfile.mkdtemp(prefix="gitmem-recall-")
    try:
        run(args, root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
