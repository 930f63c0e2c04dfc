#!/usr/bin/env python3
"""The fuzzers' corpora: one packed file for each target in Fuzz/Corpus, a folder of inputs while a fuzzer runs.

    corpus.py seed FOLDER      writes first inputs for every target, from golden messages and directories that Kafka wrote
    corpus.py unpack FOLDER    adds the kept inputs
    corpus.py pack FOLDER      replaces the kept inputs by the folder's, the smallest first, within 256 KiB for each target
"""

import gzip
import json
import pathlib
import random
import struct
import sys
import tarfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
CORPUS = ROOT / "Fuzz" / "Corpus"
GOLDEN = ROOT / "Tests/KafkaProtocolTests/Fixtures/messages.jsonl.gz"
FIXTURES = sorted((ROOT / "Tests/LogStorageTests/Fixtures").glob("*.tar.gz"))
KEPT_BYTES = 256 << 10

# The kinds of messages of each target, in the order that Fuzz/Targets/FuzzTarget.swift gives them.
KINDS = {
    "requests": ["request", "header"],
    "responses": ["response"],
    "records": ["data", "metadata", "coordinator-key", "coordinator-value"],
}


def write(folder, target, data):
    place = folder / target
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{zlib.crc32(data):08x}-{len(data)}").write_bytes(data)


def golden(folder):
    messages = [json.loads(line) for line in gzip.open(GOLDEN)]
    schemas = sorted({(m["kind"], m["message"]) for m in messages})
    for message in messages:
        for target, kinds in KINDS.items():
            if message["kind"] in kinds:
                names = [name for kind, name in schemas if kind == message["kind"]]
                head = bytes([kinds.index(message["kind"]), names.index(message["message"]), message["version"] & 0xFF])
                write(folder, target, head + bytes.fromhex(message["bytes"]))
    values = [m for m in messages if m["kind"] == "metadata"]
    one_by_one = [struct.pack(">bbb", 1, 0, 0) + bytes.fromhex(m["bytes"]) for m in values]
    for value in one_by_one:
        write(folder, "metadata", struct.pack(">H", len(value)) + value)


def fixtures(folder):
    order = [".log", ".index", ".timeindex", ".txnindex", ".snapshot", "leader-epoch-checkpoint"]
    texts = {"meta.properties": 1, "leader-epoch-checkpoint": 2, "replication-offset-checkpoint": 3, "recovery-point-offset-checkpoint": 3,
             "log-start-offset-checkpoint": 3, "quorum-state": 4}
    for archive in FIXTURES:
        directories = {}
        for member in tarfile.open(archive):
            if not member.isfile():
                continue
            path = pathlib.PurePosixPath(member.name)
            data = tarfile.open(archive).extractfile(member).read()
            directories.setdefault(path.parent, {})[path.name] = data
        for files in directories.values():
            for name, data in files.items():
                if name in texts:
                    write(folder, "texts", bytes([texts[name]]) + data)
                for index, suffix in enumerate([".log", ".index", ".timeindex", ".txnindex"]):
                    if name.endswith(suffix):
                        write(folder, "dumps", bytes([index]) + data[:3000])
                if name.endswith(".snapshot"):
                    write(folder, "snapshots", b"\0" + data[:3000])
                if name.endswith(".checkpoint"):
                    write(folder, "snapshots", b"\1" + data[:6000])
                if name.endswith(".log"):
                    segment(folder, data)
            parts = [data for suffix in order for name, data in sorted(files.items())[:12] if name.endswith(suffix)][:6]
            if parts and len(parts[0]) < 8000:
                write(folder, "directories", b"\1" + b"".join(struct.pack(">H", len(p[:8000])) + p[:8000] for p in parts))


def segment(folder, data):
    """The batches of a segment, and what their records hold."""
    position = 0
    while position + 61 <= len(data):
        size = 12 + struct.unpack(">i", data[position + 8:position + 12])[0]
        batch = data[position:position + size]
        position += size
        if len(batch) > 3000:
            continue
        write(folder, "batches", bytes([size & 7]) + batch)
        codec = batch[22] & 7
        if codec:
            write(folder, ["", "gzip", "snappy", "lz4", "zstd"][codec], batch[61:])
        else:
            values = uncompressed(batch)
            if values:
                write(folder, "coordinator", b"".join(struct.pack(">H", len(part)) + part for pair in values for part in pair))
                write(folder, "metadata", b"".join(struct.pack(">H", len(value)) + value for _, value in values))


def uncompressed(batch):
    def varint(at):
        shift = result = 0
        while True:
            byte = batch[at]
            at += 1
            result |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return (result >> 1) ^ -(result & 1), at

    at, result = 61, []
    for _ in range(struct.unpack(">i", batch[57:61])[0]):
        size, at = varint(at)
        end = at + size
        _, at = varint(at + 1)
        _, at = varint(at)
        parts = []
        for _ in range(2):
            size, at = varint(at)
            parts.append(batch[at:at + max(size, 0)])
            at += max(size, 0)
        result.append(parts)
        at = end
    return result


def by_hand(folder):
    """What neither golden bytes nor fixtures have."""
    text = b"broker.id=1\nlisteners=PLAINTEXT://:9092,CONTROLLER://[::1]:9093\nlog.dirs=/a,/b\nlog.retention.hours=1\nnode.id=1\n# c\nx\\\n=\\u0041\n"
    write(folder, "texts", b"\0" + text)
    write(folder, "configs", b"\xff\0" + text)
    write(folder, "configs", b"\xff\xff" + text)
    values = [b"1", b"-1", b"true", b"PLAINTEXT://h:1", b"a,b", b"compact"]
    for key in range(320):
        write(folder, "configs", struct.pack(">H", key) + values[key % len(values)])
    write(folder, "texts", b"\5topic.with-dash-12")
    message = struct.pack(">bbq", 1, 0, 1000) + struct.pack(">i", 1) + b"k" + struct.pack(">i", 2) + b"vv"
    message = struct.pack(">I", zlib.crc32(message)) + message
    old = struct.pack(">bb", 0, 0) + struct.pack(">i", -1) + struct.pack(">i", 2) + b"vv"
    old = struct.pack(">I", zlib.crc32(old)) + old
    for body in (message, old):
        framed = struct.pack(">qi", 5, len(body)) + body
        for count in (1, 2, 3, 4, 5):
            write(folder, "legacy", b"\0" + framed * count)
        packed = gzip.compress(framed)
        outer = body[4:5] + b"\1" + body[6:14] * (body[4] == 1) + struct.pack(">ii", -1, len(packed)) + packed
        outer = struct.pack(">I", zlib.crc32(outer)) + outer
        write(folder, "legacy", b"\0" + struct.pack(">qi", 5, len(outer)) + outer)
    noise = random.Random(1)
    for index in range(12):
        data = bytes(noise.choice(b"abc") for _ in range(index * 20))
        write(folder, "gzip", gzip.compress(data))
        for target in ("snappy", "lz4", "zstd", "coordinator", "dumps", "snapshots", "directories", "metadata", "texts", "configs", "batches", "legacy"):
            write(folder, target, bytes([index]) + data)
    write(folder, "snappy", bytes.fromhex("82534e41505059000000000100000001000000040c08616263"))
    write(folder, "snappy", bytes.fromhex("0c2c616263616263616263616263"))


def unpack(folder):
    for path in sorted(CORPUS.glob("*.gz")):
        data, at = gzip.decompress(path.read_bytes()), 0
        while at < len(data):
            size = struct.unpack(">I", data[at:at + 4])[0]
            write(folder, path.name[:-3], data[at + 4:at + 4 + size])
            at += 4 + size


def pack(folder):
    CORPUS.mkdir(exist_ok=True)
    for place in sorted(folder.iterdir()):
        inputs, total, out = sorted((p.read_bytes() for p in place.iterdir()), key=lambda data: (len(data), data)), 0, []
        for data in inputs:
            if total + len(data) > KEPT_BYTES:
                break
            total += len(data) + 4
            out.append(struct.pack(">I", len(data)) + data)
        (CORPUS / f"{place.name}.gz").write_bytes(gzip.compress(b"".join(out), mtime=0))
        print(f"{place.name}: {len(out)} of {len(inputs)} inputs, {total} bytes")


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("seed", "unpack", "pack"):
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[2])
    if sys.argv[1] == "seed":
        golden(folder)
        fixtures(folder)
        by_hand(folder)
    elif sys.argv[1] == "unpack":
        unpack(folder)
    else:
        pack(folder)


if __name__ == "__main__":
    main()
