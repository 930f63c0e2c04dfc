"""The requests of transactional producers as bytes, for what no client library sends."""

import socket
import struct

from broker import read_frame
from wire import frame, text


def unsigned(number):
    out = b""
    while number >= 128:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def compact(value):
    """A compact string."""
    return unsigned(len(value) + 1) + value.encode()


class Wire:
    """A connection, and the codes of what is answered."""

    def __init__(self, address):
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), 20)

    def call(self, api, version, body):
        self.socket.sendall(frame(api, version, body))
        answer = read_frame(self.socket)
        return answer and answer[4:]

    def coordinator(self, identity):
        """FindCoordinator version 1."""
        answer = self.call(10, 1, text(identity) + b"\1")
        return struct.unpack(">h", answer[4:6])[0]

    def init(self, identity, timeout=60_000):
        """InitProducerId version 1: (code, id, epoch)."""
        answer = self.call(22, 1, text(identity) + struct.pack(">i", timeout))
        return struct.unpack(">hqh", answer[4:16])

    def add(self, identity, producer_id, epoch, topic, partition, version=2):
        body = text(identity) + struct.pack(">qh", producer_id, epoch) + struct.pack(">i", 1) + text(topic) + struct.pack(">ii", 1, partition)
        answer = self.call(24, version, body)
        return struct.unpack(">h", answer[-2:])[0]

    def end(self, identity, producer_id, epoch, commit=True, version=2):
        answer = self.call(26, version, text(identity) + struct.pack(">qhb", producer_id, epoch, commit))
        return struct.unpack(">h", answer[4:6])[0]

    def produce(self, identity, topic, partition, data, version=7):
        body = text(identity) + struct.pack(">hii", -1, 5000, 1) + text(topic) + struct.pack(">ii", 1, partition) + struct.pack(">i", len(data)) + data
        answer = self.call(0, version, body)
        start = 4 + 2 + len(topic) + 4 + 4
        return struct.unpack(">h", answer[start:start + 2])[0]

    # With the versions of today: transactions have epochs of their own, and a batch brings its partition in.

    def init_two_phase(self, identity, keeps=False, two_phase=True, timeout=60_000, producer_id=-1, epoch=-1):
        """InitProducerId version 6: (code, id, epoch, id and epoch of the transaction that is open)."""
        body = compact(identity) + struct.pack(">iqhbb", timeout, producer_id, epoch, two_phase, keeps) + b"\0"
        return struct.unpack_from(">hqhqh", self.call_flexible(22, 6, body), 4)

    def init_again(self, identity, producer_id, epoch, timeout=60_000):
        """InitProducerId version 4, by who has the id: (code, id, epoch)."""
        body = compact(identity) + struct.pack(">iqh", timeout, producer_id, epoch) + b"\0"
        return struct.unpack_from(">hqh", self.call_flexible(22, 4, body), 4)

    def end_now(self, identity, producer_id, epoch, commit=True):
        """EndTxn version 5: (code, id, epoch)."""
        body = compact(identity) + struct.pack(">qhb", producer_id, epoch, commit) + b"\0"
        return struct.unpack_from(">hqh", self.call_flexible(26, 5, body), 4)

    def send_end_now(self, identity, producer_id, epoch, commit=True):
        """The same, without waiting for the answer."""
        self.socket.sendall(frame(26, 5, compact(identity) + struct.pack(">qhb", producer_id, epoch, commit) + b"\0", flexible=True))

    def produce_now(self, identity, topic, partition, data):
        """Produce version 12: the code."""
        self.send_produce_now(identity, topic, partition, data)
        return self.produced(topic)

    def send_produce_now(self, identity, topic, partition, data):
        rows = b"\2" + struct.pack(">i", partition) + unsigned(len(data) + 1) + data + b"\0"
        body = compact(identity) + struct.pack(">hi", -1, 5000) + b"\2" + compact(topic) + rows + b"\0\0"
        self.socket.sendall(frame(0, 12, body, flexible=True))

    def produced(self, topic):
        return struct.unpack_from(">h", read_frame(self.socket), 5 + 1 + len(compact(topic)) + 1 + 4)[0]

    def ended(self):
        """The code in the answer to EndTxn."""
        return struct.unpack_from(">h", read_frame(self.socket), 5 + 4)[0]

    def mark(self, topic, partition, producer_id, epoch, coordinator_epoch, commit=True):
        """WriteTxnMarkers version 2, of transaction.version 2, as a coordinator sends it: the code."""
        topics = b"\2" + compact(topic) + b"\2" + struct.pack(">i", partition) + b"\0"
        body = b"\2" + struct.pack(">qhb", producer_id, epoch, commit) + topics + struct.pack(">ib", coordinator_epoch, 2) + b"\0\0"
        answer = self.call_flexible(27, 2, body)
        return struct.unpack_from(">h", answer, 1 + 8 + 1 + len(compact(topic)) + 1 + 4)[0]

    def call_flexible(self, api, version, body):
        self.socket.sendall(frame(api, version, body, flexible=True))
        answer = read_frame(self.socket)
        return answer and answer[5:]
