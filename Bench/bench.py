"""A first benchmark: drives the release binary over loopback from this process, through librdkafka, and prints a table and JSON.

What is measured is the broker's own CPU time (from /proc), its resident memory and times seen by the client. Run it on a machine
that does nothing else; figures of different machines don't compare.
"""

import argparse
import json
import os
import pathlib
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests" / "Conformance"))

from broker import Broker, frame, read_frame  # noqa: E402
from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402

FAST = ["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=4"]
TICK = os.sysconf("SC_CLK_TCK")


def cpu(broker):
    fields = open(f"/proc/{broker.pid}/stat").read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def mebibytes(count):
    return count / (1 << 20)


def create(broker, topic, partitions):
    admin = AdminClient({"bootstrap.servers": broker.address})
    admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(30)


def start_times(runs):
    """From the start of the process to the first answered request, with an empty directory."""
    result = []
    for _ in range(runs):
        broker = Broker(settings=FAST)
        began = time.monotonic()
        with broker:
            with broker.connect() as connection:
                connection.sendall(frame(3, 1, struct.pack(">i", 0)))
                read_frame(connection)
            result.append((time.monotonic() - began) * 1000)
    return result


def produce(broker, topic, partitions, gigabytes, size, acks=1):
    """CPU seconds of the broker and seconds of time for each gigabyte of values."""
    create(broker, topic, partitions)
    producer = Producer({
        "bootstrap.servers": broker.address, "acks": acks, "batch.size": 16384, "linger.ms": 5, "queue.buffering.max.messages": 500_000,
        "queue.buffering.max.kbytes": 400_000})
    value = os.urandom(size)
    count = int(gigabytes * 1e9 / size)
    spent, began = cpu(broker), time.monotonic()
    for index in range(count):
        while True:
            try:
                producer.produce(topic, value, partition=index // 16 % partitions)
                break
            except BufferError:
                producer.poll(0.01)
    if producer.flush(120) != 0:
        raise RuntimeError("not all records were acknowledged")
    total = count * size / 1e9
    return (cpu(broker) - spent) / total, (time.monotonic() - began) / total


def consume(broker, topic, partitions, records):
    consumer = Consumer({
        "bootstrap.servers": broker.address, "group.id": "bench", "fetch.message.max.bytes": 4 << 20, "queued.max.messages.kbytes": 262_144,
        "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
    spent, began, got, size = cpu(broker), time.monotonic(), 0, 0
    while got < records:
        for message in consumer.consume(10_000, 10):
            if message.error() is None:
                got += 1
                size += len(message.value())
    total = size / 1e9
    result = (cpu(broker) - spent) / total, (time.monotonic() - began) / total
    consumer.close()
    return result


def floor(gigabytes):
    """CPU seconds for each gigabyte of the bare C loop in floor.c; None where it cannot be built."""
    source = pathlib.Path(__file__).with_name("floor.c")
    with tempfile.TemporaryDirectory(prefix="ottla-floor-") as folder:
        program = os.path.join(folder, "floor")
        if subprocess.run(["cc", "-O2", "-msse4.2", "-o", program, source], capture_output=True).returncode != 0:
            return None
        out = subprocess.run([program, os.path.join(folder, "file"), str(gigabytes)], capture_output=True, text=True, check=True)
        return float(out.stdout.split()[0])


def many_partitions(count=10_000):
    """Seconds to start after an orderly stop and after a kill, and resident MiB, with many partitions that hold a record each."""
    with Broker(settings=FAST) as broker:
        for index in range(count // 1000):
            create(broker, f"wide-{index}", 1000)
        producer = Producer({"bootstrap.servers": broker.address, "linger.ms": 100})
        for index in range(count):
            producer.produce(f"wide-{index // 1000}", b"x" * 100, partition=index % 1000)
            producer.poll(0)
        producer.flush(120)
        del producer
        resident = mebibytes(broker.resident_bytes())
        broker.stop(60)
        broker.start(60)
        orderly = broker.started_after
        broker.kill()
        broker.start(60)
        return orderly, broker.started_after, resident


def small_requests(broker, count, request):
    """Microseconds of broker CPU for a small request on one connection, one after another."""
    with broker.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        spent = cpu(broker)
        for _ in range(count):
            connection.sendall(request)
            read_frame(connection)
        return (cpu(broker) - spent) / count * 1e6


def latency(broker, seconds, rate=10_000, size=1000):
    """Milliseconds from send to acknowledgement at a steady rate, acks=1."""
    create(broker, "steady", 4)
    producer = Producer({"bootstrap.servers": broker.address, "acks": 1, "linger.ms": 0})
    value = os.urandom(size)
    times = []
    began = time.perf_counter()
    for index in range(int(seconds * rate)):
        due = began + index / rate
        while time.perf_counter() < due:
            producer.poll(0)
        sent = time.perf_counter()
        producer.produce("steady", value, partition=index % 4, on_delivery=lambda _, m, s=sent: times.append(time.perf_counter() - s))
        producer.poll(0)
    producer.flush(30)
    times = sorted(times[rate:])
    return [times[int(len(times) * q)] * 1000 for q in (0.5, 0.99, 0.999)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0, help="values produced in each run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", help="also write the figures to this file")
    options = parser.parse_args()
    figures = {}

    def note(name, values, unit):
        figures[name] = {"median": statistics.median(values), "values": values, "unit": unit}
        print(f"{name:<58} {statistics.median(values):>10.2f} {unit:<8} ({min(values):.2f} to {max(values):.2f})", flush=True)

    note("start to first answer, empty directory", start_times(options.runs * 3), "ms")
    idle, loaded, p1000, p100, c1000, bare = [], [], [], [], [], []
    for _ in range(options.runs):
        # Interleaved with the broker's runs, so that a noisy machine disturbs both.
        bare += [figure for figure in [floor(options.gigabytes)] if figure is not None]
        with Broker(settings=FAST) as broker:
            with broker.connect() as connection:
                connection.sendall(frame(18, 0, b""))
                read_frame(connection)
            idle.append(mebibytes(broker.resident_bytes()))
            p1000.append(produce(broker, "k", 4, options.gigabytes, 1000)[0])
            c1000.append(consume(broker, "k", 4, int(options.gigabytes * 1e6))[0])
            p100.append(produce(broker, "c", 4, options.gigabytes / 4, 100)[0])
            loaded.append(mebibytes(broker.resident_bytes()))
    note("resident memory, idle", idle, "MiB")
    note("resident memory, after the load", loaded, "MiB")
    note("broker CPU for 1 GB produced, 1000-byte records, acks=1", p1000, "s")
    if bare:
        note("the floor: a bare C loop, CPU for 1 GB in frames of 16 KiB", bare, "s")
        note("ratio to the floor", [statistics.median(p1000) / statistics.median(bare)], "")
    note("broker CPU for 1 GB produced, 100-byte records, acks=1", p100, "s")
    note("broker CPU for 1 GB consumed, 1000-byte records", c1000, "s")
    for policy in ("os", "ack"):
        rates, tails = [], []
        for _ in range(options.runs):
            with Broker(settings=FAST + [f"ottla.flush.policy={policy}"]) as broker:
                rates.append(produce(broker, "a", 4, options.gigabytes / 2, 1000, acks="all")[1])
        note(f"time for 1 GB produced, acks=all, flush policy {policy}", rates, "s")
    with Broker(settings=FAST) as broker:
        note("broker CPU for one ApiVersions request", [small_requests(broker, 20_000, frame(18, 0, b"")) for _ in range(options.runs)], "us")
        note("broker CPU for one Metadata request", [small_requests(broker, 20_000, frame(3, 1, struct.pack(">i", 0))) for _ in range(options.runs)], "us")
        values = [latency(broker, 5) for _ in range(1)]
        for index, name in enumerate(("p50", "p99", "p99.9")):
            note(f"acknowledgement at 10,000 records/s of 1000 bytes, {name}", [v[index] for v in values], "ms")
    orderly, killed, resident = many_partitions()
    note("start with 10,000 partitions after an orderly stop", [orderly], "s")
    note("start with 10,000 partitions after kill -9", [killed], "s")
    note("resident memory with 10,000 partitions, each written to", [resident], "MiB")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(figures, file, indent=1)


if __name__ == "__main__":
    main()
