#!/usr/bin/env python3
"""Kill four writers at random moments, round after round, in the repository of this folder.

kill.py ROUNDS [SEED]

Two add memories one by one, two import batches of up to 1,300, which seal segments and publish
ones of their own. Each round ends with SIGKILL for all of them, in every second of them when a
file is just being made in the store; in half of the rounds rubbish is then appended to the
active segment. Whatever a writer ended with code 0 for must be there, `fsck` finds nothing, and
the next writer goes on at once.
"""

import json
import os
import random
import re
import subprocess
import sys
import threading
import time

STORE = ".gitmem/store"
KEYS = 2600
SIZES = [5, 60, 400, 700, 1300]
PATIENCE = 60


class Writer(threading.Thread):
    """One that writes until it is killed. `acknowledged` outlives the rounds."""

    def __init__(self, state, stop):
        super().__init__()
        self.state, self.stop = state, stop
        self.process = None
        self.lock = threading.Lock()
        self.problem = None

    def call(self, command, text=None):
        with self.lock:
            if self.stop.is_set():
                return None
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = self.process.communicate(text)
        except BrokenPipeError:
            out, err = b"", b""
        if self.process.returncode == 0:
            return out
        if self.process.returncode != -9:
            self.problem = "%s: code %d: %s" % (command, self.process.returncode, err.decode())
        return None

    def kill(self):
        with self.lock:
            if self.process and self.process.poll() is None:
                self.process.kill()

    def run(self):
        while not self.stop.is_set() and not self.problem:
            self.write()


class Adder(Writer):
    def write(self):
        out = self.call(["gitmem", "add", "-c", "%s %d" % (self.state.name, random.getrandbits(60))])
        if out is not None:
            self.state.ids.add(out.decode().strip())


class Importer(Writer):
    def write(self):
        state = self.state
        state.batch += 1
        size = random.choice(SIZES)
        start = random.randrange(KEYS - size)
        keys = ["%s/%d" % (state.name, i) for i in range(start, start + size)]
        lines = [json.dumps({"key": key, "content": "batch %d of %s, which is long enough to take "
                             "some room: %x" % (state.batch, key, random.getrandbits(200))})
                 for key in keys]
        if self.call(["gitmem", "import", "jsonl", "-"], "\n".join(lines).encode()) is not None:
            state.batches.update((key, state.batch) for key in keys)


class State:
    def __init__(self, name, kind):
        self.name, self.kind = name, kind
        self.ids = set()
        self.batch = 0
        self.batches = {}


def names():
    try:
        return set(os.listdir(STORE))
    except FileNotFoundError:
        return set()


def wait_for_a_file(seconds):
    """Until something is made in the store, which is where seals and publications are."""
    before, end = names(), time.monotonic() + seconds
    while time.monotonic() < end:
        if names() - before:
            time.sleep(random.uniform(0, 0.003))
            return
        time.sleep(0.0005)


def append_rubbish():
    with open(STORE + "/manifest", encoding="ascii") as manifest:
        number = int(re.search(r"^active (\d+)", manifest.read(), re.M).group(1))
    with open("%s/seg-%08d" % (STORE, number), "ab") as segment:
        segment.write(random.randbytes(random.randrange(1, 3000)))


def ask(*command):
    result = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    if result.returncode:
        raise SystemExit("%s: code %d\n%s%s" % (" ".join(command), result.returncode,
                                               result.stdout.decode(), result.stderr.decode()))
    return result.stdout.decode()


def check(states):
    ask("gitmem", "fsck")
    ids, keys = set(), {}
    for line in ask("gitmem", "list", "--json").splitlines():
        memory = json.loads(line)
        ids.add(memory["id"])
        if memory.get("key"):
            keys[memory["key"]] = int(memory["content"].split()[1])
    for state in states:
        if state.ids - ids:
            raise SystemExit("lost: %s" % sorted(state.ids - ids)[:5])
        for key, batch in state.batches.items():
            if not batch <= keys.get(key, -1) <= state.batch:
                raise SystemExit("%s is of batch %s, not %d" % (key, keys.get(key), batch))


def play(states, number, has_segments):
    stop = threading.Event()
    writers = [state.kind(state, stop) for state in states]
    for writer in writers:
        writer.start()
    if has_segments and number % 2 == 0:
        wait_for_a_file(1.0)
    else:
        time.sleep(random.uniform(0.005, 0.3))
    stop.set()
    for writer in writers:
        writer.kill()
    for writer in writers:
        writer.join(PATIENCE)
        if writer.is_alive():
            raise SystemExit("a writer that was killed still runs")
        if writer.problem:
            raise SystemExit(writer.problem)


def unnamed():
    """How many files of a seal or a publication that was cut short lie about."""
    with open(STORE + "/manifest", encoding="ascii") as manifest:
        text = manifest.read()
    named = set(re.findall(r"(?:idx|dict|refs|log)-[0-9a-f]+", text))
    named |= {"seg-%08d" % int(n) for n in re.findall(r"^(?:active|segment) (\d+)", text, re.M)}
    return len({name for name in names() - named
                if re.match(r"(seg|idx|dict|refs|log)-|\.?tmp", name)})


def main():
    rounds = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.getrandbits(32)
    random.seed(seed)
    print("seed %d" % seed, flush=True)
    states = [State("a", Adder), State("b", Adder), State("c", Importer), State("d", Importer)]
    has_segments = os.path.exists(STORE + "/manifest")
    left = cut_short = 0
    for number in range(rounds):
        play(states, number, has_segments)
        if has_segments:
            cut_short += unnamed() > left
            left = unnamed()
            if number % 4 < 2:
                append_rubbish()
        check(states)
        states[0].ids.add(ask("gitmem", "add", "-c", "after round %d" % number).strip())
    check(states)
    print("%d rounds, %d seals or publications cut short, %d memories and %d batches acknowledged"
          % (rounds, cut_short, sum(len(state.ids) for state in states),
             sum(len(set(state.batches.values())) for state in states)))


main()
