#!/usr/bin/env python3
"""How gitmem and git compare at the same work, run in turn.

    bench.py GITMEM [--rounds N] [--size N] [WORK]...

WORK is one of: add import read diff crowd writers; all of them without one. What is printed is
the ratio of wall times, ours over git's (below 1.0 we are faster): the median over the rounds,
with the smallest and largest in brackets, and the same for processor time. Times themselves
depend on the machine and what else it does, so none is printed but for orientation.
"""
import argparse
import datetime
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

DURABLE = ["-c", "core.fsync=all"]
WORDS = ("agent remembers staging deploy redis queue postgres cache index memory commit branch "
         "merge conflict vector recall session token budget prompt user prefers dark mode tabs "
         "spaces lint test build release rollback incident latency timeout retry schema").split()


def clean_environment(home):
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "GITMEM_", "XDG_"))}
    keep.update(HOME=home, GITMEM_AGENT="bench", GIT_CONFIG_NOSYSTEM="1", LC_ALL="C.UTF-8",
                GIT_AUTHOR_NAME="bench", GIT_AUTHOR_EMAIL="bench@localhost",
                GIT_COMMITTER_NAME="bench", GIT_COMMITTER_EMAIL="bench@localhost")
    return keep


def measure(command, cwd, env, stdin=None):
    """Wall and processor seconds of one process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, cwd=cwd, env=env, check=True, stdin=stdin or subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def report(name, ours, theirs, target):
    wall = [a[0] / b[0] for a, b in zip(ours, theirs)]
    cpu = sum(a[1] for a in ours) / max(1e-9, sum(b[1] for b in theirs))
    of_sums = sum(a[0] for a in ours) / sum(b[0] for b in theirs)
    print(f"{name}: wall {spread(wall)}, of the sums {of_sums:.2f}; cpu {cpu:.2f}; "
          f"target {target}; ours {1000 * statistics.median(a[0] for a in ours):.1f} ms",
          flush=True)


def in_turn(name, rounds, ours, theirs, target):
    a, b = [], []
    for i in range(rounds):
        for which in ((0, 1) if i % 2 else (1, 0)):
            (b if which else a).append((theirs if which else ours)(i))
    report(name, a, b, target)


def memories(n, days, seed=7):
    """`n` memories of about 450 bytes over so many days, in order of time."""
    rng = random.Random(seed)
    first = datetime.datetime(2023, 1, 1)
    for i in range(n):
        when = first + datetime.timedelta(days=i * days // n, seconds=i % 86400)
        yield {"id": str(uuid.UUID(int=rng.getrandbits(128), version=4)), "type": "semantic",
               "agent": "bench", "created": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
               "content": " ".join(rng.choice(WORDS) for _ in range(50))}


class Bench:
    def __init__(self, args, root):
        self.gitmem, self.rounds, self.size = os.path.abspath(args.gitmem), args.rounds, args.size
        self.root = root
        home = os.path.join(root, "home")
        os.makedirs(home)
        self.env = clean_environment(home)
        self.made = {}

    def run(self, *command, cwd=None, **more):
        return subprocess.run(command, cwd=cwd or self.root, env=self.env, check=True,
                              capture_output=True, text=True, **more).stdout

    def lines(self, days):
        path = os.path.join(self.root, f"lines-{days}.jsonl")
        if not os.path.exists(path):
            with open(path, "w", encoding="utf-8") as out:
                for memory in memories(self.size, days):
                    out.write(json.dumps(memory) + "\n")
        return path

    def repository(self, days=1095):
        """A folder whose .gitmem holds `size` memories over so many days."""
        if days not in self.made:
            folder = os.path.join(self.root, f"repository-{days}")
            self.run(self.gitmem, "init", "-q", folder)
            self.run(self.gitmem, "-C", folder, "import", "jsonl", self.lines(days))
            self.made[days] = folder
        return self.made[days]

    def add(self):
        """One memory, added and committed durably by a cold process, at 1,000 memories."""
        ours, theirs = os.path.join(self.root, "add-ours"), os.path.join(self.root, "add-git")
        lines = os.path.join(self.root, "thousand.jsonl")
        with open(lines, "w", encoding="utf-8") as out:
            for memory in memories(1000, 30):
                out.write(json.dumps(memory) + "\n")
        self.run(self.gitmem, "init", "-q", ours)
        self.run(self.gitmem, "-C", ours, "import", "jsonl", lines)
        self.run("git", "clone", "-q", os.path.join(ours, ".gitmem"), theirs)
        text = next(memories(1, 1, seed=9))["content"]

        def by_git(i):
            path = f"memories/2026/11-25/{i % 16:x}/{uuid.uuid4()}.md"
            full = os.path.join(theirs, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as out:
                out.write(f"---\nid: {uuid.uuid4()}\ntype: semantic\n---\n{text} {i}\n")
            a = measure(["git", *DURABLE, "add", path], theirs, self.env)
            b = measure(["git", *DURABLE, "commit", "-q", "-m", "add"], theirs, self.env)
            return a[0] + b[0], a[1] + b[1]

        in_turn("add -c / git add + git commit, durable, at 1,000", self.rounds * 4,
                lambda i: measure([self.gitmem, "add", "-c", f"{text} {i}"], ours, self.env),
                by_git, "1.0")

    def fast_import_stream(self, folder):
        """What git fast-import needs to make the tree of a repository's tip."""
        gitdir = os.path.join(folder, ".gitmem")
        path = os.path.join(self.root, "stream")
        listing = self.run("git", "--git-dir", gitdir, "ls-tree", "-r", "main").splitlines()
        with open(path, "wb") as out, subprocess.Popen(
                ["git", "--git-dir", gitdir, "cat-file", "--batch"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, env=self.env) as cat:
            files = []
            for number, line in enumerate(listing, 1):
                fields, name = line.split("\t")
                cat.stdin.write(fields.split()[2].encode() + b"\n")
                cat.stdin.flush()
                size = int(cat.stdout.readline().split()[2])
                out.write(b"blob\nmark :%d\ndata %d\n" % (number, size))
                out.write(cat.stdout.read(size + 1))
                files.append(b"M 100644 :%d %s\n" % (number, name.encode()))
            out.write(b"commit refs/heads/main\ncommitter bench <bench@localhost> 1767323045 "
                      b"+0000\ndata 6\nimport" + b"\n" + b"".join(files))
            cat.stdin.close()
        return path

    def importing(self):
        """import jsonl of `size` memories into one commit, beside git fast-import."""
        lines, stream = self.lines(1095), self.fast_import_stream(self.repository())
        trees = set()

        def ours(i):
            folder = os.path.join(self.root, f"import-{i}")
            self.run(self.gitmem, "init", "-q", folder)
            spent = measure([self.gitmem, "import", "jsonl", lines], folder, self.env)
            trees.add(self.run("git", "--git-dir", os.path.join(folder, ".gitmem"), "rev-parse",
                               "main^{tree}"))
            shutil.rmtree(folder)
            return spent

        def theirs(i):
            folder = os.path.join(self.root, f"fast-{i}")
            self.run("git", "init", "-q", "--bare", folder)
            with open(stream, "rb") as data:
                spent = measure(["git", *DURABLE, "fast-import", "--quiet"], folder, self.env,
                                stdin=data)
            trees.add(self.run("git", "--git-dir", folder, "rev-parse", "main^{tree}"))
            shutil.rmtree(folder)
            return spent

        in_turn(f"import jsonl / git fast-import, {self.size:,}", max(3, self.rounds // 3), ours,
                theirs, "1.5")
        print(f"  trees equal: {len(trees) == 1}; resident, {self.size:,}: "
              f"{self.resident(lines) // 1024} MB", flush=True)

    def resident(self, lines):
        folder = os.path.join(self.root, "resident")
        self.run(self.gitmem, "init", "-q", folder)
        with subprocess.Popen([self.gitmem, "-C", folder, "import", "jsonl", lines],
                              env=self.env, stdout=subprocess.DEVNULL) as process:
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = 0
        shutil.rmtree(folder)
        return usage.ru_maxrss

    def read(self):
        """log -1, status and show in a cold process, beside git log -1."""
        folder = self.repository()
        gitdir = os.path.join(folder, ".gitmem")
        self.run(self.gitmem, "-C", folder, "recall", "-k", "1", "redis")
        known = json.loads(self.run(self.gitmem, "-C", folder, "list", "--limit", "1", "--json"))
        peer = ["git", "--git-dir", gitdir, "log", "-1"]
        for name, words in (("log -1", ["log", "-1"]), ("status", ["status"]),
                            ("show ID", ["show", known["id"]]),
                            ("show part of an ID", ["show", known["id"][-8:]])):
            in_turn(f"{name} / git log -1, {self.size:,}", self.rounds * 8,
                    lambda i, words=words: measure([self.gitmem, *words], folder, self.env),
                    lambda i: measure(peer, folder, self.env), "1.0")

    def diff(self):
        """Two memories changed among many, beside git diff-tree -r."""
        folder = self.repository()
        gitdir = os.path.join(folder, ".gitmem")
        for text in ("one more", "and another"):
            self.run(self.gitmem, "-C", folder, "add", "-c", text)
        in_turn(f"diff of two memories / git diff-tree -r, {self.size:,}", self.rounds * 8,
                lambda i: measure([self.gitmem, "diff", "--name-only", "HEAD~2", "HEAD"], folder,
                                  self.env),
                lambda i: measure(["git", "--git-dir", gitdir, "diff-tree", "-r", "HEAD~2",
                                   "HEAD"], folder, self.env), "0.5")

    def crowd(self):
        """One change among many of one day, beside one among many over three years."""
        one_day, years = self.repository(1), self.repository(1095)
        for folder in (one_day, years):
            self.run(self.gitmem, "-C", folder, "add", "-c", "--created", "2023-01-01", "warm")

        def change(folder):
            return lambda i: measure([self.gitmem, "add", "-c", "--created", "2023-01-01",
                                      f"change {i} {folder}"], folder, self.env)

        in_turn(f"add -c among {self.size:,} of one day / over three years", self.rounds * 4,
                change(one_day), change(years), "3")

    def writers(self):
        """Eight processes that add and commit fifty memories each; none may be lost."""
        folder = os.path.join(self.root, "writers")
        self.run(self.gitmem, "init", "-q", folder)
        loop = 'for i in $(seq 50); do "$1" add -q -c "writer $2 says $i" || exit 1; done'
        start = time.perf_counter()
        running = [subprocess.Popen(["sh", "-c", loop, "sh", self.gitmem, str(n)], cwd=folder,
                                    env=self.env, stdout=subprocess.DEVNULL) for n in range(8)]
        failed = sum(process.wait() != 0 for process in running)
        spent = time.perf_counter() - start
        found = len(self.run(self.gitmem, "-C", folder, "list", "--json").splitlines())
        print(f"8 writers x 50: {found} of 400 present, {failed} writers failed, "
              f"{400 / spent:.0f} commits/s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gitmem")
    parser.add_argument("work", nargs="*")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--size", type=int, default=100000)
    args = parser.parse_args()
    root = tempfile.mkdtemp(prefix="gitmem-bench-")
    try:
        bench = Bench(args, root)
        works = {"add": bench.add, "import": bench.importing, "read": bench.read,
                 "diff": bench.diff, "crowd": bench.crowd, "writers": bench.writers}
        for name in args.work or works:
            if name not in works:
                sys.exit(f"unknown work '{name}'")
            works[name]()
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
