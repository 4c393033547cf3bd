"""Bisect random histories with gitmem and with stock git, step by step, and compare what they say.

usage: bisect_random.py SEED COUNT, in an empty folder. Histories have merges, several roots and equal
dates; some commits cannot be tested, some questions begin with commits on other branches.
"""

import os
import random
import re
import subprocess
import sys

SEED, COUNT = int(sys.argv[1]), int(sys.argv[2])
rng = random.Random(SEED)
EMPTY = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LC_ALL": "C.UTF-8"}


def run(command, **more):
    return subprocess.run(command, env=EMPTY, capture_output=True, text=True, **more)


def make_history(n):
    """Parents of each commit, and a stream for git fast-import."""
    parents, lines = [], []
    for i in range(n):
        mine = []
        if i and rng.random() > 0.04:
            mine.append(rng.randrange(max(0, i - 5), i))
            while i > 1 and rng.random() < 0.3:
                other = rng.randrange(i)
                if other not in mine:
                    mine.append(other)
        parents.append(mine)
        lines += ["reset refs/heads/c%d" % i, "commit refs/heads/c%d" % i, "mark :%d" % (i + 1)]
        lines += ["committer C <c@example.com> %d +0000" % (1767323045 + 60 * (i // 2))]
        lines += ["data <<E", "commit %d" % i, "E"]
        lines += ["%s :%d" % ("merge" if k else "from", p + 1) for k, p in enumerate(mine)]
        lines += ["M 100644 inline f%d" % rng.randrange(4), "data <<E", str(i), "E", ""]
    return parents, "\n".join(lines) + "\n"


def ancestors(parents, commit):
    found, todo = set(), [commit]
    while todo:
        at = todo.pop()
        if at not in found:
            found.add(at)
            todo += parents[at]
    return found


class Tool:
    def __init__(self, name, command, start):
        self.name, self.command, self.start = name, command, start

    def bisect(self, options, bad, good, paths, judge):
        """The first line of every answer, with the commit it asks for, and the codes."""
        told = []
        words = [*self.start, *options, bad, *good, "--", *paths]
        for _ in range(100):
            done = run([*self.command, "bisect", *words])
            text = done.stdout.replace("Bisecting: -1 rev", "Bisecting: 0 rev")  # git's own slip
            told.append(re.sub(r"(is the first bad commit\n).*", r"\1", text, flags=re.S))
            asked = re.search(r"^\[([0-9a-f]{40})\]", done.stdout, re.M)
            if not asked:
                told.append("succeeds" if done.returncode == 0 else "fails")
                break
            words = [judge(asked.group(1))]
        run([*self.command, "bisect", "reset"])
        return told


def compare(number):
    os.mkdir("h%d" % number)
    os.chdir("h%d" % number)
    run(["gitmem", "init"]).check_returncode()
    run(["git", "init", "-q", "--bare", "-b", "c0", "plain"]).check_returncode()
    parents, stream = make_history(rng.randrange(8, 60))
    for where in ("--git-dir=.gitmem", "--git-dir=plain"):
        run(["git", where, "fast-import", "--quiet"], input=stream).check_returncode()
    ids = run(["git", "--git-dir=plain", "for-each-ref", "--format=%(refname:short) %(objectname)"])
    commits = dict(line[1:].split() for line in ids.stdout.splitlines())
    commits = [commits[str(i)] for i in range(len(parents))]
    numbers = {commit: i for i, commit in enumerate(commits)}
    tools = [
        Tool("git", ["git", "--git-dir=plain"], ["start", "--no-checkout"]),
        Tool("gitmem", ["gitmem"], ["start"]),
    ]
    for _ in range(2):
        bad = rng.randrange(len(parents) // 2, len(parents))
        culprit = rng.choice(sorted(ancestors(parents, bad)))
        innocent = [i for i in range(len(parents)) if culprit not in ancestors(parents, i)]
        good = rng.sample(innocent, min(len(innocent), rng.randrange(1, 4)))
        if not good:
            continue
        share = rng.choice([0, 0, 0.2, 0.5])
        untestable = {i for i in range(len(parents)) if rng.random() < share}
        options = rng.choice([[], [], ["--first-parent"]])
        paths = rng.choice([[], [], ["f1"], ["f1", "f2"]])

        def judge(commit):
            i = numbers[commit]
            if i in untestable:
                return "skip"
            return "bad" if culprit in ancestors(parents, i) else "good"

        told = [
            tool.bisect(options, commits[bad], [commits[i] for i in good], paths, judge)
            for tool in tools
        ]
        if told[0] != told[1]:
            print("seed %d, history %d: bad %s, good %s, %s" % (SEED, number, bad, good, paths))
            for tool, lines in zip(tools, told):
                print(tool.name, *lines, sep="\n")
            return False
    os.chdir("..")
    return True


print("seed", SEED)
sys.exit(0 if all(compare(number) for number in range(COUNT)) else 1)
