#!/usr/bin/env python3
"""Read a segment store by what gitmem-format(5) says, and nothing else; see that all is so.

usage: format.py STORE

Prints a line of JSON: the refs, their logs, the objects with their sizes, and what was seen.
Ends with code 1 and the place of the first thing that is not as the page says.

Uses Python's own library, and libzstd for frames (by ctypes). Nothing here is shared with the
program or made from its sources.
"""

import collections
import ctypes
import ctypes.util
import hashlib
import json
import os
import re
import struct
import sys

CLASSES = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
REF, GROUP_END, MARK = 8, 9, 10
ZEROS = "0" * 40
ONE_GB = 1 << 30


class Broken(Exception):
    """It is not as the page says."""


def check(fact, *what):
    if not fact:
        raise Broken(" ".join(str(word) for word in what))


def make_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = make_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


class Zstd:
    def __init__(self):
        name = ctypes.util.find_library("zstd") or "libzstd.so.1"
        lib = self.lib = ctypes.CDLL(name)
        lib.ZSTD_createDCtx.restype = ctypes.c_void_p
        size, pointer = ctypes.c_size_t, ctypes.c_void_p
        for function, arguments in (
            ("ZSTD_decompressDCtx", (pointer, pointer, size, pointer, size)),
            ("ZSTD_decompress_usingDict", (pointer, pointer, size, pointer, size, pointer, size)),
            ("ZSTD_DCtx_refPrefix", (pointer, pointer, size)),
            ("ZSTD_DCtx_setParameter", (pointer, ctypes.c_int, ctypes.c_int)),
            ("ZSTD_DCtx_reset", (pointer, ctypes.c_int)),
        ):
            getattr(lib, function).argtypes = arguments
            getattr(lib, function).restype = size
        self.context = lib.ZSTD_createDCtx()
        lib.ZSTD_DCtx_setParameter(self.context, 100, 30)  # ZSTD_d_windowLogMax

    def decode(self, payload, size, dictionary=None, prefix=None):
        frame = b"\x28\xb5\x2f\xfd" + payload
        descriptor = frame[4]
        check(descriptor & 3 == 0, "a frame names its dictionary")
        check(descriptor & 4 == 0, "a frame has a checksum")
        check(descriptor >> 6 == 0 and not descriptor & 32, "a frame has the size of its content")
        out = ctypes.create_string_buffer(size + 1)
        self.lib.ZSTD_DCtx_reset(self.context, 1)
        if dictionary is not None:
            found = self.lib.ZSTD_decompress_usingDict(
                self.context, out, size, frame, len(frame), dictionary, len(dictionary)
            )
        else:
            if prefix is not None:
                self.lib.ZSTD_DCtx_refPrefix(self.context, prefix, len(prefix))
            found = self.lib.ZSTD_decompressDCtx(self.context, out, size, frame, len(frame))
        check(found == size, "a frame gives", found, "instead of", size)
        return out.raw[:size]


def varint(data, at):
    value = 0
    for i in range(10):
        check(at + i < len(data), "a varint is cut off")
        byte = data[at + i]
        value |= (byte & 127) << 7 * i
        if byte & 128 == 0:
            check(i == 0 or byte != 0, "a varint is longer than need be")
            check(value < 1 << 64, "a varint is too large")
            return value, at + i + 1
    raise Broken("a varint is too long")


def signed(data, at):
    value, at = varint(data, at)
    return -(value + 1 >> 1) if value & 1 else value >> 1, at


def text(data, at):
    size, at = varint(data, at)
    check(at + size <= len(data), "a text is cut off")
    value = data[at : at + size]
    check(b"\0" not in value, "a text with NUL")
    return value.decode(), at + size


Update = collections.namedtuple("Update", "name old new target log only_log")


def ref_update(data):
    flags = data[0]
    check(flags < 8, "a ref update with flags", flags)
    name, at = text(data, 1)
    old, new = data[at : at + 20].hex(), data[at + 20 : at + 40].hex()
    at += 40
    check(at <= len(data) and 0 < len(name) <= 4096, "a ref update is broken")
    target = log = None
    if flags & 1:
        target, at = text(data, at)
    if flags & 2:
        seconds, at = signed(data, at)
        minutes, at = signed(data, at)
        who, at = text(data, at)
        message, at = text(data, at)
        log = [old, new, who, seconds, minutes, message]
    check(at == len(data), "a ref update has", len(data) - at, "bytes too many")
    return Update(name, old, new, target, log, bool(flags & 4))


Record = collections.namedtuple(
    "Record", "kind encoding raw_size oid base sha256 payload offset end"
)


class Store:
    def __init__(self, folder):
        self.folder = folder
        self.zstd = Zstd()
        self.seen = collections.Counter()
        self.places = {}  # (segment, offset): Record
        self.current = {}  # name: the Record that readers take
        self.decoded = {}
        self.sha256 = {}  # name: SHA-256 name
        self.names = {}
        self.refs = {}
        self.logs = collections.defaultdict(list)

    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    # The manifest.

    def read_manifest(self):
        data = self.read("manifest")
        last = re.search(rb"\ncrc ([0-9a-f]{8})\n\Z", data)
        check(last, "the manifest does not end in its checksum")
        check(int(last[1], 16) == crc32c(data[: last.start() + 1]), "the manifest's checksum")
        lines = data.decode().split("\n")[:-2]
        check(lines[0] == "gitmem-store 1", "the version of the manifest")
        self.segments, self.indexes, self.dictionaries, self.log_files = [], [], {}, []
        self.table = None
        for line in lines[1:]:
            check(len(line) <= 199, "a long line in the manifest")
            self.manifest_line(*line.split(" "))
        check(self.segments == sorted(self.segments), "segments in order")

    def manifest_line(self, word, *rest):
        file = "([a-z0-9-]{1,39})"
        forms = {
            "generation": r"(\d+)",
            "active": r"(\d+) ([0-9a-f]{16})",
            "segment": r"(\d+) ([0-9a-f]{16}) (\d+)",
            "index": file + r" (\d+)-(\d+) (\d+)",
            "dict": r"(\d+) " + file + " (blob|tree|commit) ([0-9a-f]{8})",
            "refs": file,
            "log": file,
        }
        if word.startswith("x-"):
            return
        check(word in forms, "a line of the manifest begins with", word)
        found = re.fullmatch(forms[word], " ".join(rest))
        check(found, "a line of the manifest:", word, *rest)
        if word == "active":
            self.active = int(found[1]), int(found[2], 16)
        elif word == "segment":
            self.segments.append((int(found[1]), int(found[2], 16), int(found[3])))
        elif word == "index":
            self.indexes.append((found[1], int(found[2]), int(found[3]), int(found[4])))
        elif word == "dict":
            self.add_dictionary(int(found[1]), found[2], int(found[4], 16))
        elif word == "refs":
            self.table = found[1]
        elif word == "log":
            self.log_files.append(found[1])

    def add_dictionary(self, slot, file, crc):
        data = self.read(file)
        check(slot <= 254 and slot not in self.dictionaries, "slot", slot)
        check(crc32c(data) == crc, "the checksum of", file)
        check(file == "dict-" + hashlib.sha256(data).hexdigest()[:16], "the name of", file)
        check(len(data) <= 1 << 20, "the size of", file)
        self.dictionaries[slot] = data
        self.seen["dictionaries"] += 1

    # Segments.

    def check_header(self, data, number, ident):
        check(data[:8] == b"gmseg\0\0\1", "the beginning of segment", number)
        found_id, found_number = struct.unpack("<QQ", data[8:24])
        check((found_number, found_id) == (number, ident), "number and id of segment", number)
        check(crc32c(data[:28]) == int.from_bytes(data[28:32], "little"), "its header's checksum")

    def record(self, data, at, ident):
        """The record at `at`, or None when it is not whole."""
        try:
            kind = data[at + 4]
            raw_size, next_at = varint(data, at + 5)
            size, next_at = varint(data, next_at)
        except (Broken, IndexError):
            return None
        fields = []
        number, encoding = kind & 15, kind >> 4 & 7
        for there, width in (
            (number < 8 or number == MARK, 20),
            (encoding == 3, 20),
            (kind & 128, 32),
        ):
            fields.append(data[next_at : next_at + width].hex() if there else None)
            next_at += width if there else 0
        end = next_at + size
        if end > len(data) or raw_size > ONE_GB or size > ONE_GB:
            return None
        seed = struct.pack("<QQ", ident, at)
        if crc32c(seed + data[at + 4 : end]) != int.from_bytes(data[at : at + 4], "little"):
            return None
        check(number in CLASSES or number in (REF, GROUP_END, MARK), "class", number)
        check(encoding <= 3, "encoding", encoding)
        check(number in CLASSES or encoding == 0, "an encoded record of class", number)
        check(encoding or raw_size == size, "sizes at", at)
        return Record(number, encoding, raw_size, *fields, data[next_at:end], at, end)

    def walk(self, data, ident, number):
        at = 32
        while at < len(data):
            record = self.record(data, at, ident)
            if record is None:
                return at
            self.places[number, at] = record
            yield record
            at = record.end
        return at

    def read_sealed(self, number, ident, size):
        data = self.read("seg-%08d" % number)
        check(len(data) >= size, "segment", number, "is cut off")
        self.check_header(data, number, ident)
        end = 32
        for record in self.walk(data[:size], ident, number):
            self.seen["sealed"] += 1
            end = record.end
        check(end == size, "segment", number, "is broken at", end)

    def read_active(self):
        number, ident = self.active
        data = self.read("seg-%08d" % number)
        self.check_header(data, number, ident)
        start, group = 32, []
        for record in self.walk(data, ident, number):
            if record.kind != GROUP_END:
                group.append(record)
                continue
            size, at = varint(record.payload, 0)
            check(len(record.payload) == at + 4, "the size of a group's end")
            check(size == record.offset - start, "a group is of", size, "bytes")
            crc = int.from_bytes(record.payload[at:], "little")
            check(crc == crc32c(data[start : record.offset]), "the checksum of a group")
            for one in group:
                self.take(one)
            self.seen["groups"] += 1
            start, group = record.end, []
        self.seen["torn"] = len(data) - start

    def take(self, record):
        if record.kind == REF:
            self.apply(ref_update(record.payload))
        elif record.kind in CLASSES:
            self.current[record.oid] = record

    # Refs.

    def apply(self, update, to_logs=True):
        removes = not update.target and update.new == ZEROS and not update.only_log
        if not update.only_log:
            if removes:
                self.refs.pop(update.name, None)
            else:
                self.refs[update.name] = update.target or update.new
        if to_logs and removes:
            self.logs.pop(update.name, None)
        elif to_logs and update.log:
            self.logs[update.name].append(update.log)

    def updates_of(self, file, magic):
        data = self.read(file)
        check(data[:8] == magic, "the beginning of", file)
        check(crc32c(data[:-4]) == int.from_bytes(data[-4:], "little"), "the checksum of", file)
        at, end = 8, len(data) - 4
        while at < end:
            size, at = varint(data[:end], at)
            check(at + size <= end, file, "is broken")
            yield ref_update(data[at : at + size])
            at += size

    def read_refs(self):
        for file in self.log_files:
            for update in self.updates_of(file, b"gmlog\0\0\1"):
                self.apply(update)
                self.seen["logged"] += 1
        from_logs = self.refs
        self.refs = {}
        names = []
        for update in self.updates_of(self.table, b"gmrefs\0\1") if self.table else ():
            check(update.log is None and not update.only_log, "a table with log entries")
            names.append(update.name.encode())
            self.apply(update, to_logs=False)
        check(names == sorted(set(names)), "the order of a table of refs")
        check(from_logs == self.refs, "logs and table differ")

    # Indexes.

    def read_index(self, file, first, last, n):
        data = self.read(file)
        check(data[:8] == b"gmidx\0\0\1", "the beginning of", file)
        found, crc = struct.unpack("<II", data[8:16])
        check(found == n, file, "has", found, "objects, not", n)
        check(crc == crc32c(data[:12]), "the checksum of the header of", file)
        check(crc32c(data[:-4]) == int.from_bytes(data[-4:], "little"), "the checksum of", file)
        parts, at = [], 16
        for size in (512 * 4, n * 20, n * 32, n * 8, n * 4, 4):
            parts.append(data[at : at + size])
            at += size + (4 if at == 16 else 0)
        check(crc32c(parts[0]) == int.from_bytes(data[2064:2068], "little"), "the tables of", file)
        check(at == len(data), "the size of", file)
        oids = [parts[1][i : i + 20] for i in range(0, n * 20, 20)]
        names = [parts[2][i : i + 32] for i in range(0, n * 32, 32)]
        places = struct.unpack("<%dQ" % n, parts[3])
        ranks = struct.unpack("<%dI" % n, parts[4])
        check(oids == sorted(set(oids)), "the order of", file)
        fan = [sum(oid[0] <= byte for oid in oids) for byte in range(256)]
        check(list(struct.unpack("<256I", parts[0][:1024])) == fan, "the first table of", file)
        sums = [crc32c(b"".join(oid for oid in oids if oid[0] == byte)) for byte in range(256)]
        check(list(struct.unpack("<256I", parts[0][1024:])) == sums, "the sums of", file)
        check(sorted(ranks) == list(range(n)), "the last table of", file)
        sorted_names = [names[rank] for rank in ranks]
        check(sorted_names == sorted(names), "the order of SHA-256 names in", file)
        for oid, name, place in zip(oids, names, places):
            self.index_entry(file, oid.hex(), name.hex(), place, first, last)

    def index_entry(self, file, oid, name, place, first, last):
        number, offset = place >> 40, place & (1 << 40) - 1
        check(first <= number <= last, file, "leads to segment", number)
        record = self.places.get((number, offset))
        check(record and record.oid == oid and record.kind in CLASSES, file, "leads astray")
        if record.sha256:
            check(record.sha256 == name, "SHA-256 names of", oid)
        self.current[oid] = record
        self.sha256[oid] = name
        self.seen["indexed"] += 1

    def check_indexed(self):
        for (number, offset), record in self.places.items():
            if number != self.active[0] and record.kind in CLASSES:
                check(record.oid in self.current, number, offset, "is in no index")

    # Objects.

    def decode(self, oid, depth=0):
        if oid in self.decoded:
            return self.decoded[oid]
        record = self.current.get(oid)
        check(record, "there is no", oid)
        check(depth <= 64, "a long chain of bases at", oid)
        payload, size = record.payload, record.raw_size
        if record.encoding == 0:
            data = payload
        elif record.encoding == 1:
            data = self.zstd.decode(payload, size)
        elif record.encoding == 2:
            check(payload[0] in self.dictionaries, "no dictionary in slot", payload[0])
            data = self.zstd.decode(payload[1:], size, dictionary=self.dictionaries[payload[0]])
        else:
            data = self.zstd.decode(payload, size, prefix=self.decode(record.base, depth + 1))
        kind = CLASSES[record.kind]
        whole = b"%s %d\0" % (kind.encode(), size) + data
        check(hashlib.sha1(whole).hexdigest() == oid, "the name of", oid)
        self.seen["encoding %d" % record.encoding] += 1
        self.decoded[oid] = data
        return data

    def name(self, oid):
        """The SHA-256 name, of blobs and trees worked out and compared."""
        if oid not in self.names:
            self.names[oid] = self.find_name(oid)
        return self.names[oid]

    def find_name(self, oid):
        record = self.current[oid]
        data, kind = self.decode(oid), CLASSES[record.kind]
        known = record.sha256 or self.sha256.get(oid)
        if kind == "tree":
            data = b"".join(self.entries(data))
        if kind in ("blob", "tree"):
            whole = b"%s %d\0" % (kind.encode(), len(data)) + data
            found = hashlib.sha256(whole).hexdigest()
            check(known in (None, "0" * 64, found), "the SHA-256 name of", oid)
            self.seen["names"] += 1
            return found
        return known

    def entries(self, data):
        while data:
            head, _, rest = data.partition(b"\0")
            yield head + b"\0" + bytes.fromhex(self.name(rest[:20].hex()))
            data = rest[20:]

    def read_all(self):
        self.read_manifest()
        for segment in self.segments:
            self.read_sealed(*segment)
        self.read_refs()
        for index in self.indexes:
            self.read_index(*index)
        self.check_indexed()
        self.read_active()
        for oid in self.current:
            self.name(oid)

    def as_json(self):
        objects = {
            oid: [CLASSES[record.kind], record.raw_size] for oid, record in self.current.items()
        }
        return json.dumps(
            {"refs": self.refs, "logs": self.logs, "objects": objects, "seen": self.seen},
            sort_keys=True,
        )


def main(arguments):
    check(crc32c(b"123456789") == 0xE3069283, "the checksum itself")
    store = Store(arguments[0])
    try:
        store.read_all()
    except Broken as broken:
        print("not as the page says:", broken, file=sys.stderr)
        return 1
    print(store.as_json())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
