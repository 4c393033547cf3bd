#!/usr/bin/env python3
"""Clones that write and sync at random while everything around them breaks.

sync_soak.py [options] URL...

Each clone goes through rounds of its own: it commits memories, tags some that it knows, and syncs
with the remote behind one of the URLs. Meanwhile connections are cut after a random number of
bytes (a proxy stands before each URL with a port), gitmem, gitmem-sync and the programs of the
remote are killed, and the disk of one clone is full now and then.

What `add -c` or `edit -c` acknowledged must be in every clone at the end, when all has calmed down:
every memory with its text, every tag. All tips must be equal, every repository sound.
"""

import argparse
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time

GITMEM = os.environ["GITMEM"]
# 1: a remote whose programs were killed says no.
REFUSED = {0, 1, 128}
SIGNALLED = {-signal.SIGKILL, -signal.SIGTERM, 137, 143}


class Proxy(threading.Thread):
    """Forwards connections to a port, and cuts some of them."""

    def __init__(self, host, port, cuts):
        super().__init__(daemon=True)
        self.target, self.cuts, self.n_cut = (host, port), cuts, 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection(self.target)
            except OSError:
                client.close()
                continue
            left = [random.choice((300, 3000, 30000)) * random.random()
                    if random.random() < self.cuts else float("inf")]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.copy, args=(source, sink, left),
                                 daemon=True).start()

    def copy(self, source, sink, left):
        try:
            while data := source.recv(4096):
                if len(data) >= left[0]:
                    sink.sendall(data[:int(left[0])])
                    self.n_cut += 1
                    # A reset, where it is not an end that looks in order.
                    if random.random() < 0.5:
                        linger = b"\1\0\0\0\0\0\0\0"
                        sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    source.shutdown(socket.SHUT_RDWR)
                    break
                left[0] -= len(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def behind_proxy(url, cuts):
    """The URL with a proxy before its port, and the proxy."""
    found = re.match(r"([a-z]+://(?:[^@/]*@)?)([^:/]+):(\d+)(/.*)", url)
    if not found or not cuts:
        return url, None
    proxy = Proxy(found[2], int(found[3]), cuts)
    proxy.start()
    return f"{found[1]}{found[2]}:{proxy.port}{found[4]}", proxy


class Clone(threading.Thread):
    """One of them, with what was acknowledged to it."""

    def __init__(self, soak, name, seed):
        super().__init__(daemon=True)
        self.soak, self.name, self.random = soak, name, random.Random(seed)
        self.dir = os.path.join(soak.disks.get(name, soak.dir), name)
        self.texts, self.tags = {}, {}
        self.n_synced = self.n_failed = self.n_killed = 0
        self.log = open(os.path.join(soak.dir, name + ".log"), "w")
        self.env = dict(os.environ, GITMEM_AGENT=name)
        for variable in ("GITMEM_AUTHOR_DATE", "GITMEM_COMMITTER_DATE"):
            self.env.pop(variable, None)

    def gitmem(self, *args, kill=None):
        """Run it, killed after `kill` seconds; (code, output)."""
        self.log.write(f"{time.time():.3f} $ gitmem {' '.join(args)}\n")
        self.log.flush()
        with subprocess.Popen((GITMEM, "-C", self.dir, *args), env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=self.log,
                              stdin=subprocess.DEVNULL) as process:
            try:
                out, _ = process.communicate(timeout=kill or 300)
            except subprocess.TimeoutExpired:
                if not kill:
                    self.soak.fail(f"{self.name}: {args} hangs")
                self.n_killed += 1
                process.send_signal(self.random.choice((signal.SIGKILL, signal.SIGTERM)))
                out, _ = process.communicate()
        self.log.write(f"{time.time():.3f} code {process.returncode}\n")
        if process.returncode not in REFUSED | SIGNALLED:
            self.soak.fail(f"{self.name}: {args} ended with {process.returncode}")
        return process.returncode, out

    def write(self):
        text = f"{self.name} knows {self.random.getrandbits(64)}" * self.random.choice((1, 1, 9))
        code, out = self.gitmem("add", "-c", text)
        if code == 0:
            self.texts[out.strip()] = text

    def tag(self):
        mine = list(self.texts) + list(self.soak.shared)
        memory, tag = self.random.choice(mine), f"t{self.random.randrange(40)}"
        code, _ = self.gitmem("edit", memory, "-c", "--tag", "+" + tag)
        if code == 0:
            self.tags.setdefault(memory, set()).add(tag)

    def sync(self, kill=None):
        if self.soak.urls:
            self.gitmem("remote", "set-url", "origin", self.random.choice(self.soak.urls))
        for command in self.random.choice(self.soak.syncs):
            code, _ = self.gitmem(*command, kill=kill)
            if code != 0:
                self.n_failed += 1
                return False
        self.n_synced += 1
        return True

    def run(self):
        for _ in range(self.soak.rounds):
            for _ in range(self.random.randrange(1, 3)):
                self.write()
            if self.random.random() < 0.4:
                self.tag()
            if self.soak.barrier:
                self.soak.barrier.wait()
            kill = self.soak.kills and self.random.random() < self.soak.kills
            self.sync(self.random.random() * 0.2 if kill else None)

    def memories(self):
        _, out = self.gitmem("--json", "list")
        return {row["id"]: row for row in map(json.loads, out.splitlines())}


class Soak:
    """All of them, and what disturbs them."""

    def __init__(self, options):
        self.dir, self.rounds, self.kills = os.getcwd(), options.rounds, options.kills
        self.syncs = [[command.split() for command in commands.split(",")]
                      for commands in options.sync.split("/")]
        self.disks = {}
        if options.small_disk:
            self.disks["c0"] = options.small_disk
        self.remote, self.calm = options.remote, threading.Event()
        made = [behind_proxy(url, options.cuts) for url in options.url]
        self.urls, self.proxies = [url for url, _ in made], [p for _, p in made if p]
        self.barrier = threading.Barrier(options.clones) if options.race else None
        self.shared, self.n_ended, self.n_filled = [], 0, 0
        self.failures = []
        self.clones = [Clone(self, f"c{i}", options.seed * 100 + i)
                       for i in range(options.clones)]

    def fail(self, what):
        self.failures.append(what)
        print(what)

    def begin(self, url):
        first = self.clones[0]
        for clone in self.clones:
            code = subprocess.call((GITMEM, "-q", "clone", url, clone.dir), env=clone.env)
            if code != 0:
                sys.exit(f"clone of {url} into {clone.dir} ended with {code}")
            if clone is first:
                for _ in range(3):
                    first.write()
                self.shared = list(first.texts)
                if first.gitmem("push", "-q", "-u", "origin", "main")[0] != 0:
                    sys.exit("the first push failed")

    def end_programs(self):
        """Now and then, kill a program that serves or syncs."""
        while not self.calm.wait(random.random() * 0.5):
            found = []
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{pid}/cmdline", "rb") as file:
                        line = file.read().decode(errors="replace").split("\0")
                except OSError:
                    continue
                told = " ".join(line)
                ours = self.remote in told or self.dir in told
                if ours and re.search(r"gitmem-sync|receive-pack|upload-pack|unpack-objects|"
                                      r"index-pack|http-backend", told):
                    found.append(int(pid))
            if found:
                try:
                    os.kill(random.choice(found), signal.SIGKILL)
                    self.n_ended += 1
                except ProcessLookupError:
                    pass

    def fill_disk(self, disk):
        """Now and then, leave no room on it for a while."""
        filler = os.path.join(disk, "filler")
        while not self.calm.wait(random.random()):
            with open(filler, "wb", buffering=0) as file:
                try:
                    while not self.calm.is_set():
                        file.write(bytes(4096))
                except OSError:
                    self.n_filled += 1
                file.truncate(max(0, file.tell() - random.randrange(0, 30000)))
            self.calm.wait(random.random())
            os.unlink(filler)

    def run(self):
        disturbers = [threading.Thread(target=self.fill_disk, args=(disk,))
                      for disk in self.disks.values()]
        if self.kills:
            disturbers.append(threading.Thread(target=self.end_programs))
        for thread in disturbers + self.clones:
            thread.start()
        for clone in self.clones:
            clone.join()
        self.calm.set()
        for thread in disturbers:
            thread.join()

    def settle(self, url):
        """All sync in turn until nothing moves, at most a few times round."""
        for clone in self.clones:
            clone.gitmem("remote", "set-url", "origin", url)
        self.urls = []
        tips = set()
        for _ in range(4):
            for clone in self.clones:
                if not clone.sync():
                    self.fail(f"{clone.name} cannot sync though all is calm")
            tips = {clone.gitmem("log", "-n", "1", "--json")[1] for clone in self.clones}
            tips = {json.loads(tip)["commit"] for tip in tips}
            if len(tips) == 1:
                return
        self.fail(f"tips differ: {tips}")

    def check(self):
        texts, tags = {}, {}
        for clone in self.clones:
            texts.update(clone.texts)
            for memory, some in clone.tags.items():
                tags.setdefault(memory, set()).update(some)
        for clone in self.clones:
            there = clone.memories()
            lost = [memory for memory, text in texts.items()
                    if there.get(memory, {}).get("content", "").strip() != text]
            if lost:
                self.fail(f"{clone.name} lost {len(lost)} of {len(texts)}: {lost[:3]}")
            for memory, some in tags.items():
                if not some <= set(there.get(memory, {}).get("tags", [])):
                    self.fail(f"{clone.name}: {memory} lacks tags of {some}")
            code, out = clone.gitmem("fsck")
            if code != 0 or out.strip():
                self.fail(f"{clone.name} is damaged: {out}")
        print("%d memories, %d tags, %d syncs done, %d failed, %d killed, %d connections cut, "
              "%d programs killed, %d times full" % (
                  len(texts), sum(map(len, tags.values())),
                  sum(clone.n_synced for clone in self.clones),
                  sum(clone.n_failed for clone in self.clones),
                  sum(clone.n_killed for clone in self.clones),
                  sum(proxy.n_cut for proxy in self.proxies), self.n_ended, self.n_filled))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clones", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cuts", type=float, default=0, help="share of connections cut")
    parser.add_argument("--kills", type=float, default=0, help="share of syncs killed")
    parser.add_argument("--race", action="store_true", help="all sync at the same moment")
    parser.add_argument("--small-disk", help="where the first clone is to be")
    parser.add_argument("--sync", default="sync -q/pull -q,push -q",
                        help="what a sync is: commands by commas, other ways by slashes")
    parser.add_argument("--remote", required=True, help="the path of the remote itself")
    parser.add_argument("url", nargs="+")
    options = parser.parse_args()
    random.seed(options.seed)
    soak = Soak(options)
    soak.begin(options.url[0])
    soak.run()
    soak.settle(options.url[0])
    soak.check()
    return 1 if soak.failures else 0


if __name__ == "__main__":
    sys.exit(main())
