"""Recall beside FTS5 with sqlite-vec (peer.c), which get the same memories and questions."""
import json
import os
import re
import statistics
import subprocess
import time

import compare
import remembered

QUESTIONS = 40
DIMENSIONS = 400  # ours from five thousand memories on
STOP = set("""a about after all also an and any are as at be because been before being both but by
can could did do does doing down each few for from further had has have having he her here him his
how i if in into is it its just know me more most my no nor not now of off on once only or other
our out over own same say she should so some such than that the their them then there these they
this those through to too under until up very was way we were what when where which while who whom
why will with would you your""".split())


def match_of(question):
    """An expression of FTS5's, without the words that nobody would ask it for."""
    words = re.findall(r"[a-z0-9]+", question.lower())
    return " OR ".join(f'"{word}"' for word in words if word not in STOP) or '"nothing"'


class Peer:
    """The other's database, made once."""

    def __init__(self, work, n, lines):
        self.work, self.path = work, os.path.join(work.kept, f"peer-{n}.db")
        self.command = [work.program("bench-peer"), work.vec, self.path]
        if not os.path.exists(self.path):
            self.build(lines)

    def build(self, lines):
        part = self.path + ".part"
        command = [*self.command[:2], part, "build", str(DIMENSIONS)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
            with open(lines, encoding="utf-8") as memories:
                for line in memories:
                    content = json.loads(line)["content"].replace("\n", " ")
                    process.stdin.write(content + "\n")
        if process.returncode:
            raise SystemExit("the peer cannot be built")
        os.rename(part, self.path)

    def ask(self, question):
        return self.work.measure([*self.command, "ask", match_of(question)])


class Talk:
    """A process that answers a question a line; an answer ends as `is_end` says."""

    def __init__(self, command, cwd, env, is_end):
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.is_end = is_end

    def spent(self):
        """Processor seconds so far."""
        with open(f"/proc/{self.process.pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e9

    def resident(self):
        """Megabytes of its own and of files."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            sizes = dict(line.split(":", 1) for line in file)
        return [int(sizes[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile")]

    def ask(self, question):
        before, start = self.spent(), time.perf_counter()
        self.process.stdin.write(question.encode() + b"\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if self.is_end(line):
                break
        else:
            raise SystemExit("the process that answers questions has ended")
        return time.perf_counter() - start, self.spent() - before

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Asked:
    """A repository of so many memories and its peer, with questions for both."""

    def __init__(self, work, n):
        self.work, self.n = work, n
        lines = remembered.write_jsonl(os.path.join(work.kept, f"remembered-{n}.jsonl"), n)
        self.folder = work.kept_repository(f"remembered-{n}", lines)
        self.peer = Peer(work, n, lines) if work.vec else None
        self.questions = list(remembered.questions(QUESTIONS))

    def recall(self, question, *options):
        """It is no fault when nothing is found."""
        return self.work.measure([self.work.gitmem, "recall", *options, "--", question],
                                 self.folder, allowed=(0, 1))

    def one(self, i):
        return self.questions[i % len(self.questions)]

    def talk(self, *options):
        return Talk([self.work.gitmem, "recall", "--stdin", "--json", *options], self.folder,
                    self.work.env, lambda line: b',"hits":' in line)


def tail(name, times):
    """Milliseconds of wall time, for orientation."""
    wall = sorted(1000 * pair[0] for pair in times)
    cpu = statistics.median(1000 * pair[1] for pair in times)
    print(f"    {name}: median {statistics.median(wall):.2f} ms, "
          f"p95 {wall[int(len(wall) * .95)]:.2f} ms, cpu {cpu:.2f} ms", flush=True)


def noted(times, function):
    def call(i):
        times.append(function(i))
        return times[-1]
    return call


def beside(name, rounds, ours, theirs, target):
    """compare.in_turn(), with how ours were spread."""
    times = []
    compare.in_turn(name, rounds, noted(times, ours), theirs, target)
    tail("ours", times)


def cold(work, asked, target):
    asked.recall(asked.one(0))
    if asked.peer:
        beside(f"recall, {asked.n:,} / FTS5 + sqlite-vec", work.rounds * 4,
               lambda i: asked.recall(asked.one(i)), lambda i: asked.peer.ask(asked.one(i)),
               target)
    for name, options in (("1 % filter", ["--tag", remembered.RARE]),
                          ("an old commit", ["--at", "old"])):
        asked.recall(asked.one(0), *options)
        beside(f"recall, {asked.n:,}, {name} / no filter", work.rounds * 4,
               lambda i, options=options: asked.recall(asked.one(i), *options),
               lambda i: asked.recall(asked.one(i)), "1.2")


def running(work, asked, target):
    """One process, a question after the other."""
    ours = asked.talk()
    peer = Talk([*asked.peer.command, "ask"], work.root, work.env, lambda line: line == b"\n")
    for talk, question in ((ours, asked.one(0)), (peer, match_of(asked.one(0)))):
        talk.ask(question)
    beside(f"recall --stdin, {asked.n:,} / FTS5 + sqlite-vec", work.rounds * 4,
           lambda i: ours.ask(asked.one(i)), lambda i: peer.ask(match_of(asked.one(i))), target)
    ours.close()
    peer.close()


def memory_and_size(asked):
    """What a process holds that has answered a question: its own, and of mapped files."""
    talk = asked.talk()
    talk.ask(asked.one(1))
    own, mapped = talk.resident()
    talk.close()
    index = compare.size_of(os.path.join(asked.folder, ".gitmem", "recall"))
    print(f"recall, {asked.n:,}: {own:.1f} MB resident, target 40, and {mapped:.1f} MB mapped; "
          f"index {index / asked.n:.0f} B a memory", flush=True)


def indexing(work, asked):
    """The whole index made again, with what it learns."""
    wall, cpu = work.measure([work.gitmem, "reindex"], asked.folder)
    print(f"reindex, {asked.n:,}: {asked.n / wall:,.0f} memories/s (cpu {asked.n / cpu:,.0f}); "
          "target 20,000", flush=True)


def recall(work):
    sizes = [(work.size // 10, ".25", None), (work.size, ".1", ".05")]
    if work.million:
        sizes.append((work.size * 10, ".05", ".02"))
    for n, target, running_target in sizes:
        asked = Asked(work, n)
        # First, as it learns the vectors without which questions cost less.
        indexing(work, asked)
        cold(work, asked, target)
        if running_target and asked.peer:
            running(work, asked, running_target)
        memory_and_size(asked)
