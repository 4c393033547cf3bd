#!/usr/bin/env python3
"""End clones at random moments, by a signal that asks and by one that does not.

clone_kill.py ROUNDS SEED URL...

A clone that was ended is whole or not there: one that was asked to stop leaves nothing, one that
was killed a folder that nobody sees, which the next clone removes. What it started ends with it.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

PATIENCE = 20


def fail(text):
    sys.exit("clone_kill.py: " + text)


def gitmem(*words):
    return subprocess.run(["gitmem", *words], capture_output=True, text=True)


def history(folder):
    got = gitmem("-C", folder, "log", "--oneline")
    if got.returncode:
        fail("%s cannot be read: %s" % (folder, got.stderr))
    return got.stdout


def check_whole(folder, expected):
    got = gitmem("-C", folder, "fsck")
    if got.returncode or history(folder) != expected:
        fail("%s is not whole: %s" % (folder, got.stdout + got.stderr))


def users_of(folder):
    """Processes that work in or for the folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                words = file.read()
        except OSError:
            continue
        if b"gitmem-sync" in words and int(pid) != os.getpid():
            try:
                if folder in os.path.realpath("/proc/%s/cwd" % pid):
                    found.append(pid)
            except OSError:
                pass
    return found


def wait_until_alone(folder):
    end = time.monotonic() + PATIENCE
    while users_of(folder):
        if time.monotonic() > end:
            fail("gitmem-sync goes on: %s" % users_of(folder))
        time.sleep(0.02)


def run_round(rng, url, expected, duration):
    bare = rng.random() < 0.3
    target = "target"
    command = ["gitmem", "-q", "clone"] + (["--bare"] if bare else []) + [url, target]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    time.sleep(rng.random() * duration * 1.1)
    asked = rng.random() < 0.5
    process.send_signal(signal.SIGINT if asked else signal.SIGKILL)
    error = process.communicate(timeout=PATIENCE)[1].decode()
    wait_until_alone(os.getcwd())
    folder = target if bare else os.path.join(target, ".gitmem")
    is_there = os.path.exists(folder)
    litter = [n for n in os.listdir(".") if n.startswith(".gitmem-clone-")]
    if os.path.isdir(target) and not (bare and is_there):
        litter += [n for n in os.listdir(target) if n != ".gitmem"]
    if process.returncode == 0 and not is_there:
        fail("a clone that succeeded is not there")
    if process.returncode not in (0, -signal.SIGINT, -signal.SIGKILL):
        fail("ended with %d: %s" % (process.returncode, error))
    if asked and litter:
        fail("left by one that was asked to stop: %s" % litter)
    if any(not name.startswith(".gitmem-clone-") for name in litter):
        fail("left by one that was killed: %s" % litter)
    if asked and not is_there and os.path.exists(target):
        fail("an empty folder is left")
    if not is_there:
        again = subprocess.run(command, capture_output=True, text=True)
        if again.returncode:
            fail("cannot be made again: %s" % again.stderr)
    check_whole(target, expected)
    seen = os.listdir(".") + os.listdir(target)
    if any(name.startswith(".gitmem-clone-") for name in seen):
        fail("litter is left")
    shutil.rmtree(target)
    return process.returncode


def main():
    rounds, rng = int(sys.argv[1]), random.Random(int(sys.argv[2]))
    urls = sys.argv[3:]
    durations, expected = {}, {}
    for i, url in enumerate(urls):
        start = time.monotonic()
        got = gitmem("-q", "clone", url, "whole%d" % i)
        durations[url] = time.monotonic() - start
        if got.returncode:
            fail("cannot clone %s: %s" % (url, got.stderr))
        expected[url] = history("whole%d" % i)
    ended = 0
    for i in range(rounds):
        url = urls[i % len(urls)]
        ended += run_round(rng, url, expected[url], durations[url]) != 0
    print("%d of %d were ended" % (ended, rounds))
    if rounds >= 12 and not ended:
        fail("none was ended")


main()
