#!/usr/bin/env python3
"""Fail the first, second, third ... allocation, write, flush or rename of one command.

sweep.py [--again CODE] [--incomplete] [--refused] [--none] [--ours] [--step N]
         TEMPLATE KIND COMMAND...

The command is run in a fresh copy of the folder TEMPLATE for each point. It must end with 0
(nobody missed it) or 128 and one line of error; then the repository must be sound, and the
same command must succeed, or end with CODE. --incomplete: there may be no repository yet
when it failed. --refused: stock git may be kept away then. --none: there may be no such point.
All points are tried with GITMEM_TEST_SLOW; else the first 8 allocations and 8 of those after
them, spread evenly. --step: only every N-th of the allocations after the first. --ours: stock
git is not asked, for whom a segment store must be copied. With GITMEM_TEST_SAMPLE only 4 and 4
of the allocations fail, and most repositories are not judged.
"""

import concurrent.futures
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

FIRST, SPREAD = 8, 8
SAMPLED = 4
# One in so many is judged in a sample.
JUDGED = 5
# Memory, where it can be had: flushing is what takes the time, and needs no disk here.
PLACE = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def is_set(name):
    return os.environ.get(name, "0") not in ("", "0")


def digest(folder):
    """What the repository is made of, but for what may be lost or says nothing."""
    total = hashlib.sha1()
    for where, folders, files in os.walk(folder):
        folders.sort()
        if "recall" in folders and where.endswith(".gitmem"):
            folders.remove("recall")
        for name in sorted(files):
            if name == "lock":
                continue
            with open(os.path.join(where, name), "rb") as file:
                total.update(("%s/%s\0" % (where[len(folder):], name)).encode())
                total.update(file.read())
    return total.hexdigest()


class Sweep:
    def __init__(self, arguments):
        self.again = {0}
        self.incomplete = self.refused = False
        self.none = False
        self.ours = False
        self.step = 1
        self.sample = is_set("GITMEM_TEST_SAMPLE")
        while arguments[0].startswith("--"):
            option = arguments.pop(0)
            if option == "--again":
                self.again.add(int(arguments.pop(0)))
            elif option == "--step":
                self.step = int(arguments.pop(0))
            elif option == "--ours":
                self.ours = True
            elif option == "--none":
                self.none = True
            elif option == "--refused":
                self.refused = True
            else:
                self.incomplete = True
        self.template, self.kind = os.path.abspath(arguments[0]), arguments[1]
        self.command = arguments[2:]
        self.untouched = digest(self.template)
        self.problems = []

    def run(self, folder, command, point=None):
        env = dict(os.environ)
        report = folder + ".report"
        if point is not None:
            env["GITMEM_FAULT"] = "%s:%d" % (self.kind, point)
            env["GITMEM_FAULT_REPORT"] = report
        result = subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                capture_output=True, timeout=120, check=False)
        result.seen = ""
        if point is not None and os.path.exists(report):
            with open(report, encoding="ascii") as file:
                result.seen = file.read().strip()
        return result

    def fresh(self, base):
        folder = os.path.join(base, "work")
        shutil.copytree(self.template, folder, symlinks=True)
        return folder

    def count(self):
        """How many points there are."""
        with tempfile.TemporaryDirectory(dir=PLACE) as base:
            result = self.run(self.fresh(base), self.command, 0)
            if not result.seen:
                self.complain(0, "no report", result)
            return int(result.seen or 0)

    def complain(self, point, what, result):
        output = (result.stdout + result.stderr).decode(errors="replace")
        self.problems.append("%s:%d: %s (code %d)\n%s" % (
            self.kind, point, what, result.returncode, output))

    def check_repository(self, folder, point, when):
        judges = [["gitmem", "fsck"],
                  ["git", "--git-dir=.gitmem", "fsck", "--strict", "--no-dangling"]]
        for command in judges[:1] if self.ours else judges:
            result = self.run(folder, command)
            if (self.refused and when == "after the failure" and
                    b"unknown repository extension" in result.stderr):
                continue
            told = [line for line in result.stderr.splitlines()
                    if b"warning" in line and b"conversion that was stopped" not in line]
            if result.returncode or told:
                self.complain(point, "%s finds faults %s" % (command[0], when), result)

    def check_failure(self, point, result):
        errors = [line for line in result.stderr.splitlines() if line.startswith(b"error: ")]
        if result.returncode not in (0, 128) or not result.seen:
            self.complain(point, "not 0 or 128", result)
        elif result.returncode == 128 and len(errors) != 1:
            self.complain(point, "not one line of error", result)

    def try_point(self, point):
        with tempfile.TemporaryDirectory(dir=PLACE) as base:
            folder = self.fresh(base)
            result = self.run(folder, self.command, point)
            self.check_failure(point, result)
            if self.sample and point % JUDGED:
                return
            touched = digest(folder) != self.untouched
            if touched and not (self.incomplete and result.returncode):
                self.check_repository(folder, point, "after the failure")
            if not touched and point % 8:
                return
            again = self.run(folder, self.command)
            if again.returncode not in self.again:
                self.complain(point, "the second run fails", again)
            elif touched:
                self.check_repository(folder, point, "after the second run")

    def points(self):
        n = self.count()
        first, spread = (SAMPLED, SAMPLED) if self.sample else (FIRST, SPREAD)
        step = self.step if is_set("GITMEM_TEST_SLOW") else max(1, (n - first) // spread)
        first = first if self.kind == "alloc" else n
        return list(range(1, min(n, first) + 1)) + list(range(first + step, n + 1, step))

    def main(self):
        points = self.points()
        if not points and not self.none:
            self.problems.append("there is no %s in '%s'" % (self.kind, " ".join(self.command)))
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            for done in [pool.submit(self.try_point, point) for point in points]:
                done.result()
        for problem in self.problems[:5]:
            print(problem)
        if self.problems:
            print("%d problems at %d points" % (len(self.problems), len(points)))
        return 1 if self.problems else 0


sys.exit(Sweep(sys.argv[1:]).main())
