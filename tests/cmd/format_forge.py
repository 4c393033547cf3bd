#!/usr/bin/env python3
"""Change a segment store to one that a later version might have written, with right checksums.

usage: format_forge.py WHAT STORE

WHAT is the version of a segment, index, refs, log or manifest; a line of that; or the class, the
encoding or the flags of a record.
"""

import os
import struct
import sys

from format import REF, GROUP_END, Store, crc32c


def put_varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def sealed_with(data):
    return data + crc32c(data).to_bytes(4, "little")


def make_record(kind, fields, payload, ident, at):
    body = bytes([kind]) + put_varint(len(payload)) * 2 + fields + payload
    return crc32c(struct.pack("<QQ", ident, at) + body).to_bytes(4, "little") + body


def forge_record(store, kind, fields, payload):
    """A group of its own at the end of the active segment."""
    number, ident = store.active
    path = os.path.join(store.folder, "seg-%08d" % number)
    with open(path, "ab") as file:
        at = file.tell()
        record = make_record(kind, fields, payload, ident, at)
        end = put_varint(len(record)) + crc32c(record).to_bytes(4, "little")
        file.write(record + make_record(GROUP_END, b"", end, ident, at + len(record)))


def forge_version(data, header):
    data = data[:7] + b"\2" + data[8:]
    if header:
        data = sealed_with(data[: header - 4]) + data[header:]
    return data


def forge_file(store, what):
    file = {
        "segment": "seg-%08d" % store.active[0],
        "index": store.indexes[0][0],
        "refs": store.table,
        "log": store.log_files[0],
        "manifest": "manifest",
        "line": "manifest",
    }[what]
    data = store.read(file)
    if what == "segment":
        data = forge_version(data, 32)
    elif what == "index":
        data = sealed_with(forge_version(data, 16)[:-4])
    elif what in ("refs", "log"):
        data = sealed_with(forge_version(data, 0)[:-4])
    else:
        lines = data[: data.rindex(b"crc ")]
        if what == "manifest":
            lines = lines.replace(b"gitmem-store 1\n", b"gitmem-store 2\n")
        else:
            lines += b"mirror 1\n"
        data = lines + b"crc %08x\n" % crc32c(lines)
    with open(os.path.join(store.folder, file), "wb") as out:
        out.write(data)


def forge(store, what):
    store.read_manifest()
    if what == "class":
        forge_record(store, 11, b"", b"what a later version knows")
    elif what == "encoding":
        forge_record(store, 3 | 4 << 4, bytes(range(20)), b"what a later version knows")
    elif what == "flags":
        forge_record(store, REF, b"", b"\x0f\x09refs/x/yz" + bytes(40))
    else:
        forge_file(store, what)


if __name__ == "__main__":
    forge(Store(sys.argv[2]), sys.argv[1])
