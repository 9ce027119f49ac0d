#!/usr/bin/python3
"""read_tape: an independent reader of .tape files, written from tape.md alone (Debian: python3-numpy, python3-zstandard).

    read_tape.py FILE                checks every hash and the Merkle root, prints planes and root
    read_tape.py FILE --npy P OUT    the same, and writes plane P (its number) as a NumPy file
Exit code 0: every byte is as it was written. 2: not so; one sentence on stderr.
"""
import hashlib
import shlex
import struct
import sys

import numpy as np
import zstandard

POSE = np.dtype([("t_ns", "<i8"), ("belt_mm", "<f4"), ("gantry_rad", "<f4"), ("dose", "<f4"), ("flags", "<u4")])
DTYPE = {"u8": np.dtype("u1"), "u16": np.dtype("<u2"), "u32": np.dtype("<u4"), "f32": np.dtype("<f4"),
         "i64": np.dtype("<i8"), "rgba": np.dtype(("u1", 4)), "pose": POSE}
WORD = {"u8": 1, "u16": 1, "u32": 4, "f32": 4, "i64": 4, "rgba": 1, "pose": 4}
RAW, PLAIN, LINE, LINE2, GRADIENT = range(5)
RUN, ENTRY, END = 88, 96, 160


class Bad(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Bad(what)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def merkle(leaves):
    """RFC 6962, section 2.1."""
    if len(leaves) == 1:
        return sha(b"\0", leaves[0])
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\1", merkle(leaves[:k]), merkle(leaves[k:]))


def read_head(f):
    """The planes as dicts, the text about the scan, the hash of the head, its length."""
    magic, version, n_planes, n_about = struct.unpack_from("<8sIII", f)
    need(magic == b"\x89DLTAPE\n" and version == 1, "not a tape file of version 1")
    text = f[64:64 + n_planes + 8 + n_about + 3]
    need(sha(f[:32], text) == f[32:64], "the hash of the head is wrong")
    need(text[n_planes:n_planes + 8] == b"about {\n" and text[-3:] == b"\n}\n", "no block 'about'")
    planes = []
    for line in text[:n_planes].decode().splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0] == "plane":
            planes.append({"quantity": words[1]})
        elif words and words[0] != "}":
            planes[-1][words[0]] = words[1] if words[0] in ("code", "lattice", "unit") else int(words[1])
    for p in planes:
        p["bytes"] = p["rows"] * p["cols"] * DTYPE[p["code"]].itemsize
    return planes, text[n_planes + 8:-3].decode(), f[32:64], 64 + len(text)


def unzigzag(z):
    return (z >> 1) ^ (-(z & 1).astype(np.int32)).view(np.uint32)


def restore(words, kind):
    """Residues to words: a matrix of lines x words, modulo 2^32."""
    if kind == PLAIN:
        return words
    d = unzigzag(words)
    back = 2 if kind == LINE2 else 1
    out = np.empty_like(d)
    for i in range(len(d)):
        if i < back:
            out[i] = np.cumsum(d[i], dtype=np.uint32)
        elif kind == GRADIENT:
            out[i] = out[i - 1] + np.cumsum(d[i], dtype=np.uint32)
        else:
            out[i] = out[i - back] + d[i]
    return out


def decode(stored, kind, plain_bytes, lines, width):
    if kind == RAW:
        return stored
    n = plain_bytes // width
    lengths = struct.unpack_from(f"<{width}I", stored)
    at, planes = 4 * width, []
    for length in lengths:
        frame = stored[at:at + length]
        planes.append(zstandard.ZstdDecompressor().decompress(frame, max_output_size=n) if length else bytes(n))
        need(len(planes[-1]) == n, "a byte plane has the wrong length")
        at += length
    need(at == len(stored), "a run is too long")
    if width == 1:
        return planes[0]
    words = sum(np.frombuffer(p, np.uint8).astype(np.uint32) << np.uint32(8 * k) for k, p in enumerate(planes))
    return restore(words.reshape(lines, -1), kind).astype("<u4").tobytes()


def order(planes, marks):
    """Which run comes when: smallest nominal end first, planes in order where equal."""
    runs = [((k + 1) * p["run_lines"], i, k * p["run_lines"], min(p["run_lines"], m - k * p["run_lines"]))
            for i, (p, m) in enumerate(zip(planes, marks)) for k in range(-(-m // p["run_lines"]))]
    return [r[1:] for r in sorted(runs)]


def read_tape(f):
    planes, about, head_hash, at = read_head(f)
    head = f[:at]
    end = f[-END:]
    magic, index_at, n_runs, head_bytes, file_bytes = struct.unpack_from("<8sQQQQ", end)
    need(magic == b"\x89DLEND\r\n" and sha(end[:128]) == end[128:] and file_bytes == len(f), "no end record")
    need(f[index_at - END:index_at] == end, "the two end records differ")
    index = f[index_at:-END]
    need(sha(index) == end[40:72], "the hash of the index is wrong")
    marks = struct.unpack_from("<" + "iI" * len(planes), index)
    entries = index[8 * len(planes):8 * len(planes) + ENTRY * n_runs]
    need(index[8 * len(planes) + ENTRY * n_runs:] == head and head_bytes == at, "the copy of the head differs")
    expected = order(planes, marks[::2])
    need(len(expected) == n_runs, "too many or too few runs")
    data, leaves = [[] for _ in planes], [b"H" + head_hash]
    for k, (plane, first, lines) in enumerate(expected):
        h = f[at:at + RUN]
        need(entries[ENTRY * k:ENTRY * (k + 1)] == struct.pack("<Q", at) + h, f"run {k}: header and index differ")
        magic, *what, kind, plain_bytes, n = struct.unpack_from("<8sIIIIQQ", h)
        need(magic == b"\x89DLRUN\r\n" and what == [plane, first, lines], f"run {k} is not the one expected")
        need(sha(head_hash, h[:80])[:8] == h[80:], f"run {k}: the check of the header is wrong")
        stored = f[at + RUN:at + RUN + n]
        need(sha(stored)[:8] == h[72:80], f"run {k}: the check of the stored bytes is wrong")
        plain = decode(stored, kind, plain_bytes, lines, WORD[planes[plane]["code"]])
        need(len(plain) == lines * planes[plane]["bytes"] and sha(plain) == h[40:72], f"run {k}: the hash is wrong")
        data[plane].append(plain)
        leaves.append(b"R" + h[8:20] + h[40:72])
        at += RUN + n
    need(at == index_at - END, "bytes between the last run and the index")
    leaves.append(b"M" + index[:8 * len(planes)])
    need(merkle(leaves) == end[72:104], "the Merkle root is wrong")
    for i, p in enumerate(planes):
        p["mark"], p["sealed"] = marks[2 * i:2 * i + 2]
        p["data"] = np.frombuffer(b"".join(data[i]), DTYPE[p["code"]].base).reshape(
            (p["mark"], p["rows"], p["cols"]) + DTYPE[p["code"]].shape)
    return planes, about, end[72:104].hex()


def main(args):
    try:
        with open(args[0], "rb") as file:
            planes, about, root = read_tape(file.read())
    except (Bad, OSError, ValueError, KeyError, IndexError, struct.error, zstandard.ZstdError) as e:
        print(f"{args[0]}: {e}", file=sys.stderr)
        return 2
    for i, p in enumerate(planes):
        print(i, p["quantity"], p["code"], p["lattice"], "view", p["view"], "energy", p["energy"],
              "rows", p["rows"], "cols", p["cols"], "lines", p["mark"], "sealed", p["sealed"])
    print("about", len(about.encode()))
    print("root", root)
    if args[1:2] == ["--npy"]:
        np.save(args[3], planes[int(args[2])]["data"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if len(sys.argv) in (2, 5) else (print(__doc__) or 2))
