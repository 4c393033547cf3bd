#!/usr/bin/env python3
"""Count the cases of test runs, from the logs that `meson test` leaves.

usage: count_cases.py NAME=TESTLOG.JSON...

Prints what failed and why, then one line `N passed, N failed[, N skipped]` over all logs. The exit
code is 1 when anything failed or nothing ran.

The log of results that meson writes in JUnit form shows a program that crashed behind its
last case as all green, so the cases are counted here from what the programs printed. Apart
from its cases, a program counts as one failure more when it crashed, ran out of time,
printed no plan, or printed another number of cases than its plan says. A log that is
missing (the build failed) is one failure too.
"""

import json
import re
import sys

CASE = re.compile(r"(ok|not ok)\b[ \t]*(\d*)[ \t]*(?:-[ \t]*)?([^#]*)(?:#[ \t]*(\w+))?")
PLAN = re.compile(r"1\.\.(\d+)[ \t]*(?:#[ \t]*(\w+))?")


# How many lines of a failed program's output are shown.
SHOWN_LINES = 60


class Counts:
    """What was counted, and a line for each failure."""

    def __init__(self):
        self.passed = 0
        self.skipped = 0
        self.failures = []

    def fail(self, where, what):
        self.failures.append(f"{where}: {what}")

    def line(self):
        text = f"{self.passed} passed, {len(self.failures)} failed"
        return f"{text}, {self.skipped} skipped" if self.skipped else text


def count_case(counts, where, match):
    verdict, _, title, directive = match.groups()
    skipped = (directive or "").upper() == "SKIP"
    if verdict == "not ok":
        counts.fail(where, title.strip())
    elif skipped:
        counts.skipped += 1
    else:
        counts.passed += 1


def count_tap(counts, where, text):
    """Count the cases in TAP output; say what is wrong with it as a whole, or None."""
    seen = 0
    planned = None
    for line in text.splitlines():
        case = CASE.match(line)
        plan = PLAN.match(line)
        if case:
            seen += 1
            count_case(counts, where, case)
        elif plan:
            if planned is not None:
                return "more than one plan"
            planned = int(plan.group(1))
            if planned == 0:
                counts.skipped += 1
        elif line.startswith("Bail out!"):
            return line
    if planned is None:
        return "no plan"
    if planned != seen:
        return f"{planned} cases planned, {seen} seen"
    return None


def ending(test):
    """How a program ended when it did not end well, or None."""
    code = test.get("returncode", 0)
    if test["result"] == "TIMEOUT":
        return "timed out"
    if test["result"] == "INTERRUPT":
        return "was interrupted"
    if code < 0:
        return f"was killed by signal {-code}"
    if code > 0:
        return f"ended with code {code}"
    return None


def show(where, test):
    """Print what a program that failed said, without its cases that passed."""
    said = [line for line in test.get("stdout", "").splitlines() if not line.startswith("ok ")]
    said += test.get("stderr", "").splitlines()
    print(f"--- {where}")
    for line in said[:SHOWN_LINES]:
        print(line)
    if len(said) > SHOWN_LINES:
        print(f"... and {len(said) - SHOWN_LINES} lines more")


def count_program(counts, build, test):
    where = f"{build}: {test['name'].split(' / ')[-1]}"
    failures = len(counts.failures)
    wrong = count_tap(counts, where, test.get("stdout", ""))
    ended = ending(test)
    # A program with failed cases may well end with a code of its own.
    harmless = ended and ended.startswith("ended with") and len(counts.failures) > failures
    if ended and not harmless:
        counts.fail(where, ended)
    elif wrong:
        counts.fail(where, wrong)
    if len(counts.failures) > failures:
        show(where, test)


def count_log(counts, build, path):
    try:
        with open(path, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
    except (OSError, ValueError) as error:
        counts.fail(build, f"no results: {error}")
        return
    for test in tests:
        count_program(counts, build, test)


def main(arguments):
    counts = Counts()
    for argument in arguments:
        build, _, path = argument.partition("=")
        count_log(counts, build, path)
    for failure in counts.failures:
        print("failed:", failure)
    print(counts.line())
    return 1 if counts.failures or not counts.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
