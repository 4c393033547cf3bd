#!/usr/bin/env python3
"""A remote that means harm, called in the place of ssh: forged_remote.py KIND ...

It advertises refs, takes what is wanted, and sends a pack that KIND says. Of what the pack is to
have there are: one commit with a folder and a memory.
"""

import hashlib
import struct
import sys
import zlib

TYPES = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}
OFS_DELTA, REF_DELTA = 6, 7
MEMORY = b"""---
id: 01890000-0000-7000-8000-000000000001
type: semantic
key: okapi
created: 2026-01-02T03:04:05Z
---

okapis sleep standing
"""


def name_of(kind, data):
    return hashlib.sha1(b"%s %d\0" % (kind.encode(), len(data)) + data).digest()


def varint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7f | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def entry(code, size, base, packed):
    out = bytearray([code << 4 | size & 15])
    size >>= 4
    while size:
        out[-1] |= 0x80
        out.append(size & 0x7f)
        size >>= 7
    return bytes(out) + base + packed


def whole(kind, data, size=None):
    return entry(TYPES[kind], len(data) if size is None else size, b"", zlib.compress(data))


def delta(base, base_size, result_size, script):
    data = varint(base_size) + varint(result_size) + script
    return entry(REF_DELTA, len(data), base, zlib.compress(data))


def pack_of(entries, n=None, version=2):
    body = struct.pack(">4sII", b"PACK", version, len(entries) if n is None else n)
    body += b"".join(entries)
    return body + hashlib.sha1(body).digest()


class World:
    """The objects that all of it is about; `file` is what the one file is called."""

    def __init__(self, file=b"okapi.md", mode=b"100644"):
        self.blob = MEMORY
        self.folder = mode + b" " + file + b"\0" + name_of("blob", MEMORY)
        self.tree = b"40000 keys\0" + name_of("tree", self.folder)
        self.commit = (b"tree %s\nauthor A <a@b> 1767323045 +0000\n"
                       b"committer A <a@b> 1767323045 +0000\n\nforged\n"
                       % name_of("tree", self.tree).hex().encode())
        self.tip = name_of("commit", self.commit)

    def entries(self, but=()):
        objects = {"commit": ("commit", self.commit), "root": ("tree", self.tree),
                   "folder": ("tree", self.folder), "blob": ("blob", self.blob)}
        return [whole(*object) for part, object in objects.items() if part not in but]


def bombs():
    """A delta of little that makes much, of which there are many."""
    base = b"\0" * (1 << 16)
    script = b"\x80" * 30000  # each byte copies 64 kB from the beginning
    world = World()
    return pack_of([*world.entries(), whole("blob", base),
                    *[delta(name_of("blob", base), len(base), 30000 << 16, script)] * 50])


def forge(kind):
    world = World()
    good = pack_of(world.entries())
    if kind == "good":
        return good
    if kind == "byte":
        return good[:60] + bytes([good[60] ^ 0x10]) + good[61:]
    if kind == "checksum":
        return good[:-1] + bytes([good[-1] ^ 1])
    if kind == "cut":
        return good[:len(good) // 2]
    if kind == "empty":
        return pack_of([])
    if kind == "nothing":
        return b""
    if kind == "text":
        return b"<html>no such page</html>\n" * 20
    if kind == "version":
        return pack_of(world.entries(), version=9)
    if kind == "more":
        return pack_of(world.entries(), n=5)
    if kind == "millions":
        return pack_of(world.entries(), n=30000000)
    if kind.startswith("without-"):
        return pack_of(world.entries(but=kind[len("without-"):]))
    if kind == "huge":
        return pack_of([*world.entries(), whole("blob", b"x", size=1 << 40)])
    if kind == "bombs":
        return bombs()
    if kind == "zeros":
        return pack_of([*world.entries(), whole("blob", b"\0" * (1200 << 20))])
    if kind == "orphan-delta":
        return pack_of([*world.entries(), delta(b"x" * 20, 5, 5, b"\x05abcde")])
    if kind == "bad-delta":
        return pack_of([*world.entries(), delta(name_of("blob", MEMORY), len(MEMORY), 99,
                                                b"\x91\xff\xff")])
    return pack_of(world_of(kind).entries())


def world_of(kind):
    """Trees and commits that no repository may have."""
    names = {"dots": b"..", "dot-git": b".git", "dot-git-case": b".GiT", "slash": b"../../x",
             "empty-name": b""}
    if kind in names:
        return World(names[kind])
    if kind == "mode":
        return World(mode=b"777")
    if kind == "type":
        return World(mode=b"40000")
    world = World()
    if kind == "no-author":
        world.commit = world.commit.replace(b"author A <a@b> 1767323045 +0000\n", b"")
    elif kind == "double":
        world.folder *= 2
        world.tree = b"40000 keys\0" + name_of("tree", world.folder)
        world.commit = world.commit.replace(
            world.commit[5:45], name_of("tree", world.tree).hex().encode())
    world.tip = name_of("commit", world.commit)
    return world


REFS = {
    "refs": [b"refs/heads/../../../HEAD", b"refs/heads/a..b", b"refs/heads/x.lock",
             b"refs/heads/HEAD", b"refs/heads/good", b"refs/heads/-q", b"refs/heads/a b",
             b"refs/heads/\x1b[31mred", b"refs/gitmem/rescue/x", b"../config"],
}


def packet(data):
    return b"%04x" % (len(data) + 4) + data


def advertise(out, kind):
    tip = world_of(kind).tip.hex().encode()
    names = REFS.get(kind, [b"refs/heads/main"])
    caps = b"\0multi_ack side-band-64k ofs-delta agent=forged"
    for name in names:
        out.write(packet(tip + b" " + name + caps + b"\n"))
        caps = b""
    out.write(b"0000")
    out.flush()


def read_packet(source):
    size = int(source.read(4) or b"0000", 16)
    return source.read(size - 4) if size > 4 else b""


def main():
    kind = sys.argv[1]
    source, out = sys.stdin.buffer, sys.stdout.buffer
    advertise(out, kind)
    line = read_packet(source)
    if not line:
        return
    while not line.startswith(b"done"):
        size = int(source.read(4) or b"0008", 16)
        line = source.read(size - 4) if size else b"\n"
        if not line:
            return
    out.write(packet(b"NAK\n"))
    pack = forge(kind)
    for at in range(0, len(pack), 60000):
        out.write(packet(b"\1" + pack[at:at + 60000]))
    out.write(b"0000")
    out.flush()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.exit(1)
