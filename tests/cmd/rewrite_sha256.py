#!/usr/bin/env python3
"""The history of a repository, anew in one of SHA-256, by stock git.

    rewrite_sha256.py FROM TO

FROM is a git directory. TO is made by `git init --object-format=sha256`. Every object that refs
of FROM reach is read, the ids in it are replaced, and `git hash-object` writes and checks it. A line
"ID NAME TYPE" is printed for each, and the refs of TO are set.
"""
import re
import subprocess
import sys

HEX = rb"[0-9a-f]{40}"


def git(where, *command, stdin=None):
    done = subprocess.run(["git", f"--git-dir={where}", *command], input=stdin, check=True,
                          stdout=subprocess.PIPE)
    return done.stdout


class Rewrite:
    def __init__(self, source, target):
        self.source = source
        self.target = target
        self.names = {}
        self.cat = subprocess.Popen(["git", f"--git-dir={source}", "cat-file", "--batch"],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self, oid):
        self.cat.stdin.write(oid.encode() + b"\n")
        self.cat.stdin.flush()
        _, kind, size = self.cat.stdout.readline().decode().split()
        return kind, self.cat.stdout.read(int(size) + 1)[:-1]

    def name(self, oid):
        return self.names[oid.decode()].encode()

    def tree(self, data):
        out = b""
        while data:
            entry, rest = data.split(b"\0", 1)
            out += entry + b"\0" + bytes.fromhex(self.names[rest[:20].hex()])
            data = rest[20:]
        return out

    def commit(self, data):
        head, rest = re.match(rb"(tree " + HEX + rb"\n(?:parent " + HEX + rb"\n)*)(.*)\Z",
                              data, re.S).groups()
        head = re.sub(HEX, lambda found: self.name(found.group()), head)
        headers, empty, message = rest.partition(b"\n\n")
        headers = re.sub(rb"(?m)^(mergetag object )(" + HEX + rb")$",
                         lambda found: found.group(1) + self.name(found.group(2)), headers)
        return head + headers + empty + message

    def tag(self, data):
        return re.sub(rb"\Aobject (" + HEX + rb")\n",
                      lambda found: b"object " + self.name(found.group(1)) + b"\n", data)

    def write(self, oid):
        kind, data = self.read(oid)
        if kind != "blob":
            data = getattr(self, kind)(data)
        made = git(self.target, "hash-object", "-w", "-t", kind, "--stdin", stdin=data)
        self.names[oid] = made.decode().strip()
        print(oid, self.names[oid], kind)

    def leads_to(self, oid):
        kind, data = self.read(oid)
        if kind == "tree":
            while data:
                data = data.split(b"\0", 1)[1]
                yield data[:20].hex()
                data = data[20:]
        elif kind != "blob":
            headers = data.split(b"\n\n", 1)[0]
            yield from (found.decode() for found in re.findall(
                rb"(?m)^mergetag object (" + HEX + rb")$", headers))
            head = re.match(rb"(?:(?:tree|parent|object) " + HEX + rb"\n)+", headers).group()
            yield from (found.decode() for found in re.findall(HEX, head))

    def all(self, start):
        waiting = [start]
        while waiting:
            missing = [] if waiting[-1] in self.names else [
                oid for oid in self.leads_to(waiting[-1]) if oid not in self.names]
            if missing:
                waiting += missing
                continue
            oid = waiting.pop()
            if oid not in self.names:
                self.write(oid)


def main():
    source, target = sys.argv[1:]
    subprocess.run(["git", "init", "-q", "--bare", "--object-format=sha256", target], check=True)
    rewrite = Rewrite(source, target)
    refs = git(source, "for-each-ref", "--format=%(objectname) %(refname)").decode()
    updates = ""
    for line in refs.splitlines():
        oid, ref = line.split()
        rewrite.all(oid)
        updates += f"create {ref} {rewrite.names[oid]}\n"
    git(target, "update-ref", "--stdin", stdin=updates.encode())


main()
