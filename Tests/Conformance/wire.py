"""Requests and record batches as bytes, for tests that need what no client library sends."""

import gzip
import json
import pathlib
import struct


def _table():
    result = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        result.append(byte)
    return result


CASTAGNOLI = _table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CASTAGNOLI[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def frame(api, version, body, correlation=1, client="raw", flexible=False):
    """A framed request with header version 1, or 2 when flexible; the client's id is text or bytes."""
    client = client.encode() if isinstance(client, str) else client
    header = struct.pack(">hhih", api, version, correlation, len(client)) + client
    if flexible:
        header += b"\0"
    return struct.pack(">i", len(header) + len(body)) + header + body


def varint(number):
    number, out = number << 1 ^ number >> 63, b""
    while number >= 128:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def records(values):
    """The records of a batch, without keys."""
    out = b""
    for delta, value in enumerate(values):
        record = b"\0\0" + varint(delta) + b"\1" + varint(len(value)) + value + b"\0"
        out += varint(len(record)) + record
    return out


def batch(values=(b"v",), **changes):
    """A batch of the values, its fields changed and the checksum made to fit."""
    fields = dict(base=0, epoch=-1, magic=2, attributes=0, last=len(values) - 1, first_time=1, max_time=1, pid=-1, pepoch=-1, sequence=-1,
                  count=len(values), records=None)
    fields.update(changes)
    content = records(values) if fields["records"] is None else fields["records"]
    tail = struct.pack(">hiqqqhii", fields["attributes"], fields["last"], fields["first_time"], fields["max_time"], fields["pid"],
                       fields["pepoch"], fields["sequence"], fields["count"]) + content
    crc = fields.get("crc", crc32c(tail))
    rest = struct.pack(">ibI", fields["epoch"], fields["magic"], crc) + tail
    return struct.pack(">qi", fields["base"], fields.get("length", len(rest))) + rest


def produce_request(topic, partition, data, acks=-1, timeout=1000, version=3):
    """A Produce request, version 3 to 8, of one partition; `data` None for no records."""
    name = topic.encode()
    body = struct.pack(">hhi", -1, acks, timeout) + struct.pack(">ih", 1, len(name)) + name + struct.pack(">ii", 1, partition)
    return frame(0, version, body + (struct.pack(">i", -1) if data is None else struct.pack(">i", len(data)) + data))


def fetch_request(topic, partition, offset, maximum, wait=0):
    """A Fetch request, version 4, of one partition."""
    name = topic.encode()
    body = struct.pack(">iiiib", -1, wait, 1, maximum, 0) + struct.pack(">ih", 1, len(name)) + name
    return frame(1, 4, body + struct.pack(">iiqi", 1, partition, offset, maximum))


def session_fetch(session, epoch, topic=None, partitions=0, wait=0):
    """A Fetch request, version 7, of a session: of the first partitions of a topic, or of none."""
    body = struct.pack(">iiiibii", -1, wait, 1, 1 << 20, 0, session, epoch)
    if topic is None:
        return frame(1, 7, body + struct.pack(">ii", 0, 0))
    rows = b"".join(struct.pack(">iqqi", number, 0, -1, 1 << 20) for number in range(partitions))
    return frame(1, 7, body + struct.pack(">i", 1) + text(topic) + struct.pack(">i", partitions) + rows + struct.pack(">i", 0))


def text(value):
    """A string, or its bytes, with a length of two bytes; None for null."""
    if value is None:
        return struct.pack(">h", -1)
    data = value.encode() if isinstance(value, str) else value
    return struct.pack(">h", len(data)) + data


GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "KafkaProtocolTests/Fixtures/messages.jsonl.gz"
# The first version of each served request whose fields may be tagged.
FLEXIBLE_FROM = {0: 9, 1: 12, 2: 6, 3: 9, 8: 8, 9: 6, 10: 3, 11: 6, 12: 4, 13: 4, 14: 4, 15: 5, 16: 3, 18: 3, 19: 5, 20: 4, 21: 2, 22: 2, 23: 4,
                 24: 3, 25: 3, 26: 3, 27: 1, 28: 3, 65: 0, 66: 0,
                 32: 4, 33: 2, 34: 2, 35: 2, 37: 2, 42: 2, 43: 2, 44: 1, 46: 0, 47: 99, 55: 0, 57: 0, 60: 0, 61: 0, 64: 0, 68: 0, 74: 0, 75: 0, 76: 0, 80: 0, 81: 0, 94: 0}


def served_versions(apis):
    """The answer to ApiVersions version 0 as a dictionary of (lowest, highest) by key."""
    count = struct.unpack(">i", apis[6:10])[0]
    return {key: (low, high) for key, low, high in struct.iter_unpack(">hhh", apis[10:10 + 6 * count])}


def golden_requests(served):
    """Well-formed requests with absurd content, of every served API and version: (message, bytes of the body)."""
    for line in gzip.open(GOLDEN):
        message = json.loads(line)
        low, high = served.get(message.get("api"), (0, -1))
        if message["kind"] != "request" or not low <= message["version"] <= high:
            continue
        if message["api"] in (19, 37) and not message["fields"].get("validateOnly"):
            continue  # would make topics of absurd sizes
        yield message, bytes.fromhex(message["bytes"])
