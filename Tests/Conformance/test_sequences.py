"""Random sequences of requests to a live node, beside noise from other connections, through restarts; a model says what must be true.

A short slice runs with the other tests. For longer: OTTLA_SEQUENCES=SECONDS, and OTTLA_SEED to repeat a failure.
"""

import os
import random
import struct
import time

import pytest

from broker import Broker, eventually, read_frame
from wire import FLEXIBLE_FROM, batch, fetch_request, frame, golden_requests, produce_request, served_versions, text

SECONDS = float(os.environ.get("OTTLA_SEQUENCES", "0"))
STEPS = 5000
SEEDS = [int(os.environ["OTTLA_SEED"])] if "OTTLA_SEED" in os.environ else ([int(time.time())] if SECONDS else [1, 2])
SETTINGS = ["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=2", "log.segment.bytes=1048576", "auto.create.topics.enable=false"]


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, layout):
        values = struct.unpack_from(">" + layout, self.data, self.at)
        self.at += struct.calcsize(">" + layout)
        return values if len(values) > 1 else values[0]

    def bytes(self, count):
        self.at += count
        return self.data[self.at - count:self.at]

    def text(self):
        return self.bytes(self.take("h"))

    def varint(self):
        shift = value = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value >> 1 ^ -(value & 1)
            shift += 7


def values_of(data):
    """(offset, value) of the records in uncompressed batches; the last batch may be cut off."""
    result = []
    while len(data) >= 12:
        base, length = struct.unpack(">qi", data[:12])
        if len(data) < 12 + length:
            break
        reader = Reader(data[57:12 + length])
        reader.at = 4
        for _ in range(struct.unpack(">i", data[57:61])[0]):
            reader.varint()
            reader.bytes(1)
            reader.varint()
            delta = reader.varint()
            reader.varint()
            result.append((base + delta, bytes(reader.bytes(reader.varint()))))
            reader.varint()
        data = data[12 + length:]
    return result


class Partition:
    def __init__(self):
        self.start = 0
        self.known = {}  # offset: value, of what was acknowledged
        self.producer = None  # [id, next sequence, last batch, its offset]

    @property
    def end(self):
        return max(self.known, default=-1) + 1


class Machine:
    """Does random things to the node and remembers what was acknowledged."""

    def __init__(self, broker, seed):
        self.broker, self.random = broker, random.Random(seed)
        self.topics, self.committed = {}, {}
        self.serial = self.done = 0
        self.maybe = set()  # values whose answer was not waited for
        self.members = {}
        self.connection = broker.connect()
        self.connection.sendall(frame(18, 0, b""))
        # Whoever unregisters the broker gets what he asks for: nobody leads for a while.
        self.noise = [
            (message, body)
            for message, body in golden_requests(served_versions(read_frame(self.connection)))
            if message["api"] != 64
        ]

    def call(self, request):
        self.connection.sendall(request)
        answer = read_frame(self.connection)
        assert answer is not None, "the node closed a good client's connection"
        reader = Reader(answer)
        reader.take("i")
        return reader

    # -- topics --

    def name(self):
        return self.random.choice(["alpha", "beta", "gamma"])

    def pick(self):
        """A topic and a partition that exist; None before there is one."""
        if not self.topics:
            return None
        topic = self.random.choice(sorted(self.topics))
        return topic, self.random.randrange(len(self.topics[topic]))

    def create(self):
        name, count = self.name(), self.random.randint(1, 3)
        body = struct.pack(">i", 1) + text(name) + struct.pack(">ihii", count, 1, 0, 0) + struct.pack(">ib", 5000, 0)
        reader = self.call(frame(19, 2, body))
        reader.take("ii")
        assert reader.text() == name.encode()
        code = reader.take("h")
        assert code == (36 if name in self.topics else 0), (name, code)
        if code == 0:
            self.topics[name] = [Partition() for _ in range(count)]

    def delete(self):
        if self.random.random() < 0.6:
            return
        name = self.name()
        reader = self.call(frame(20, 1, struct.pack(">i", 1) + text(name) + struct.pack(">i", 5000)))
        reader.take("ii")
        reader.text()
        assert reader.take("h") == (0 if name in self.topics else 3)
        self.topics.pop(name, None)
        self.committed = {key: value for key, value in self.committed.items() if key[1] != name}

    def widen(self):
        name = self.name()
        count = len(self.topics.get(name, [])) + self.random.randint(-1, 1)
        body = struct.pack(">i", 1) + text(name) + struct.pack(">ii", count, -1) + struct.pack(">ib", 5000, 0)
        reader = self.call(frame(37, 0, body))
        reader.take("ii")
        reader.text()
        code = reader.take("h")
        if name not in self.topics:
            assert code == 3, code
        elif count <= len(self.topics[name]):
            assert code == 37, code
        else:
            assert code == 0, code
            self.topics[name].append(Partition())

    # -- records --

    def batch(self, values, **changes):
        """Of now: retention takes what is old."""
        now = int(time.time() * 1000)
        return batch(values, first_time=now, max_time=now, **changes)

    def values(self):
        result = []
        for _ in range(self.random.randint(1, 5)):
            self.serial += 1
            result.append(f"value {self.serial} ".encode() + b"." * self.random.choice([0, 10, 900]))
        return result

    def produce(self):
        picked = self.pick()
        if picked is None:
            return
        topic, index = picked
        partition, values = self.topics[topic][index], self.values()
        acks = self.random.choice([1, -1])
        code, offset = self._produce(topic, index, self.batch(values), acks)
        assert code == 0 and offset >= partition.end, (code, offset, partition.end)
        partition.known.update(enumerate(values, offset))

    def _produce(self, topic, index, data, acks=-1):
        reader = self.call(produce_request(topic, index, data, acks))
        reader.take("i")
        reader.text()
        reader.take("ii")
        return reader.take("hq")

    def produce_in_order(self):
        """An idempotent producer that also repeats itself and leaves gaps."""
        picked = self.pick()
        if picked is None:
            return
        topic, index = picked
        partition, values = self.topics[topic][index], self.values()
        if partition.producer is None:
            reader = self.call(frame(22, 0, struct.pack(">hi", -1, 1000)))
            reader.take("i")
            assert reader.take("h") == 0
            partition.producer = [reader.take("q"), 0, None, None]
        pid, sequence, last, at = partition.producer
        kind = self.random.random()
        if kind < 0.2 and last is not None:
            assert self._produce(topic, index, last) == (0, at), "a repeated batch has its first answer"
        elif kind < 0.3 and last is not None:
            assert self._produce(topic, index, self.batch(values, pid=pid, pepoch=0, sequence=sequence + 7))[0] == 45
        else:
            data = self.batch(values, pid=pid, pepoch=0, sequence=sequence)
            code, offset = self._produce(topic, index, data)
            assert code == 0 and offset >= partition.end
            partition.known.update(enumerate(values, offset))
            partition.producer = [pid, sequence + len(values), data, offset]

    def produce_and_vanish(self):
        """A client that does not wait for its answer, or sends half a request, or wants none."""
        picked = self.pick()
        if picked is None:
            return
        topic, index = picked
        values = self.values()
        request = produce_request(topic, index, self.batch(values), self.random.choice([0, 1, -1]))
        self.maybe.update(values)
        with self.broker.connect() as connection:
            connection.sendall(request[:self.random.choice([len(request), self.random.randrange(len(request))])])

    def fetch(self):
        picked = self.pick()
        if picked is None:
            return
        topic, index = picked
        partition = self.topics[topic][index]
        self.check(topic, index, self.random.randint(partition.start, max(partition.start, partition.end)), self.random.choice([100, 5000, 1 << 20]))

    def check(self, topic, index, offset, maximum):
        """Fetches and compares; returns the offset to go on with, or None at the end."""
        partition = self.topics[topic][index]
        reader = self.call(fetch_request(topic, index, offset, maximum))
        reader.take("ii")
        reader.text()
        assert reader.take("iih")[1:] == (index, 0)
        high_watermark, _ = reader.take("qq")
        assert high_watermark >= partition.end
        reader.bytes(max(0, reader.take("i")) * 16)
        found = values_of(reader.bytes(reader.take("i")))
        for at, value in found:
            if at in partition.known:
                assert partition.known[at] == value, (topic, index, at)
            else:
                assert value in self.maybe, (topic, index, at, value)
        if found:
            offsets = [at for at, _ in found]
            assert offsets == list(range(offsets[0], offsets[0] + len(offsets))) and offsets[0] <= offset <= offsets[-1]
            return offsets[-1] + 1
        assert offset >= high_watermark, "nothing is served before the end"
        return None

    def offsets(self):
        picked = self.pick()
        if picked is None:
            return
        topic, index = picked
        partition = self.topics[topic][index]
        for timestamp, right in [(-2, lambda o: o == partition.start), (-1, lambda o: o >= partition.end)]:
            body = struct.pack(">ii", -1, 1) + text(topic) + struct.pack(">iiq", 1, index, timestamp)
            reader = self.call(frame(2, 1, body))
            reader.take("i")
            reader.text()
            _, _, code, _, offset = reader.take("iihqq")
            assert code == 0 and right(offset), (topic, index, timestamp, offset, partition.start, partition.end)

    def delete_records(self):
        picked = self.pick()
        if picked is None:
            return
        topic, index = picked
        partition = self.topics[topic][index]
        offset = self.random.randint(partition.start, max(partition.start, partition.end))
        body = struct.pack(">i", 1) + text(topic) + struct.pack(">iiq", 1, index, offset) + struct.pack(">i", 5000)
        reader = self.call(frame(21, 0, body))
        reader.take("ii")
        reader.text()
        _, _, low, code = reader.take("iiqh")
        assert code == 0 and low == offset, (code, low, offset)
        partition.start = offset

    # -- groups --

    def commit(self):
        picked = self.pick()
        if picked is None:
            return
        topic, index = picked
        group, offset = self.random.choice(["one", "two"]), self.random.randint(0, 1000)
        body = text(group) + struct.pack(">i", -1) + text("") + struct.pack(">q", -1)
        body += struct.pack(">i", 1) + text(topic) + struct.pack(">iiq", 1, index, offset) + text(f"m{offset}")
        reader = self.call(frame(8, 2, body))
        reader.take("i")
        reader.text()
        _, _, code = reader.take("iih")
        assert code == 0, code
        self.committed[group, topic, index] = offset

    def committed_offset(self):
        picked = self.pick()
        if picked is None:
            return
        topic, index = picked
        self.check_committed(self.random.choice(["one", "two"]), topic, index)

    def check_committed(self, group, topic, index):
        body = text(group) + struct.pack(">i", 1) + text(topic) + struct.pack(">ii", 1, index)
        reader = self.call(frame(9, 1, body))
        reader.take("i")
        reader.text()
        _, _, offset = reader.take("iiq")
        assert offset == self.committed.get((group, topic, index), -1), (group, topic, index, offset)

    def delete_group(self):
        if self.random.random() < 0.7:
            return
        group = self.random.choice(["one", "two"])
        reader = self.call(frame(42, 0, struct.pack(">i", 1) + text(group)))
        reader.take("ii")
        reader.text()
        assert reader.take("h") in (0, 69)
        self.committed = {key: value for key, value in self.committed.items() if key[0] != group}

    def member(self):
        """A member that joins, leaves, beats at the wrong time or vanishes; each on a connection of its own, which may wait."""
        slot = self.random.randrange(3)
        known = self.members.get(slot, "")
        kind = self.random.randrange(4)
        if kind == 0:
            protocols = struct.pack(">i", 1) + text("range") + struct.pack(">i", 4) + b"meta"
            request = frame(11, 2, text("crowd") + struct.pack(">ii", 6000, 6000) + text(known) + text("consumer") + protocols)
        elif kind == 1:
            request = frame(14, 1, text("crowd") + struct.pack(">i", self.random.randint(-1, 9)) + text(known) + struct.pack(">i", 0))
        elif kind == 2:
            request = frame(12, 1, text("crowd") + struct.pack(">i", self.random.randint(-1, 9)) + text(known))
        else:
            request = frame(13, 1, text("crowd") + text(known))
            self.members.pop(slot, None)
        with self.broker.connect(timeout=0.05) as connection:
            connection.sendall(request)
            try:
                answer = read_frame(connection)
            except TimeoutError:
                return
            assert answer is not None
            if kind == 0 and struct.unpack(">h", answer[8:10])[0] == 0:
                reader = Reader(answer)
                reader.take("iihi")
                for _ in range(2):
                    reader.text()
                self.members[slot] = reader.text().decode()

    # -- noise --

    def disturb(self):
        """Requests with absurd content, some of their bytes changed, on another connection; whatever the answer."""
        message, body = self.random.choice(self.noise)
        api, version = message["api"], message["version"]
        body = bytearray(body)
        if api not in (19, 20, 37, 44, 33) and body:
            for _ in range(self.random.randint(0, 3)):
                body[self.random.randrange(len(body))] = self.random.randrange(256)
        with self.broker.connect(timeout=0.02) as connection:
            try:
                connection.sendall(frame(api, version, bytes(body), flexible=version >= FLEXIBLE_FROM[api]))
                read_frame(connection)
            except (TimeoutError, ConnectionError):
                pass

    def garbage(self):
        with self.broker.connect(timeout=0.02) as connection:
            try:
                connection.sendall(self.random.randbytes(self.random.randint(1, 200)))
            except ConnectionError:
                pass

    def restart(self):
        if self.random.random() < 0.9:
            return
        self.connection.close()
        if self.random.random() < 0.5:
            self.broker.kill()
        else:
            assert self.broker.stop() == 0, self.broker.logs()
        self.broker.start()
        self.connection = self.broker.connect()
        self.members = {}
        self.wait_for_groups()
        self.check_all()

    def wait_for_groups(self):
        """The coordinator loads its offsets after the start."""
        def is_loaded():
            reader = self.call(frame(9, 2, text("one") + struct.pack(">i", -1)))
            return struct.unpack(">h", reader.data[-2:])[0] == 0

        eventually(is_loaded, 20, "the coordinator is there")

    def check_all(self):
        for topic, partitions in self.topics.items():
            for index, partition in enumerate(partitions):
                offset, seen = partition.start, 0
                while offset is not None:
                    seen, offset = offset, self.check(topic, index, offset, 1 << 20)
                assert seen >= partition.end, (topic, index, seen, partition.end)
        for group, topic, index in list(self.committed):
            self.check_committed(group, topic, index)

    def step(self):
        weights = {
            self.create: 4, self.delete: 3, self.widen: 2, self.produce: 20, self.produce_in_order: 15, self.produce_and_vanish: 6, self.fetch: 20,
            self.offsets: 6, self.delete_records: 2, self.commit: 8, self.committed_offset: 6, self.delete_group: 2, self.member: 4,
            self.disturb: 25, self.garbage: 3, self.restart: 1}
        action = self.random.choices(list(weights), list(weights.values()))[0]
        try:
            action()
        except Exception as error:
            error.add_note(f"in step {self.done}: {action.__name__}")
            raise
        self.done += 1


@pytest.mark.parametrize("seed", SEEDS)
def test_random_sequences_keep_what_was_acknowledged(seed):
    with Broker(settings=SETTINGS) as broker:
        machine = Machine(broker, seed)
        reader = machine.call(frame(10, 0, text("one")))  # makes the topic of offsets
        assert reader is not None
        machine.wait_for_groups()
        deadline = time.monotonic() + SECONDS
        while machine.done < STEPS or time.monotonic() < deadline:
            machine.step()
        machine.check_all()
        machine.connection.close()
        assert broker.is_alive() and broker.resident_bytes() < 300 << 20, broker.resident_bytes()
        assert broker.stop() == 0, broker.logs()
        print(f"seed {seed}: {machine.done} steps, {machine.serial} values")
