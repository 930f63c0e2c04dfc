"""What compaction costs: megabytes a second of a pass, appends beside one, and idle compacted partitions.

    .venv/bin/python Bench/compaction.py                    # the release binary, all sections
    .venv/bin/python Bench/compaction.py --only pass        # one of pass, appends, idle
    .venv/bin/python Bench/compaction.py --binary OTHER

A pass reads a log of 1000-byte records, a tenth of which have distinct keys, from the page cache; what it takes is what the node's log says.
Appends are single records, acks=all, one at a time: the 50th and 99th percentiles while nothing else happens, and while passes follow one another.
Idle is the CPU of a minute and the memory of a node with so many empty partitions, compacted and not.
"""

import argparse
import pathlib
import re
import statistics
import sys
import time

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "Conformance"))
sys.path.insert(0, str(ROOT / "Bench"))
from broker import Broker  # noqa: E402
from consume import cpu_seconds  # noqa: E402

SIZE = 1000
SEGMENT = {"segment.bytes": str(64 << 20), "min.cleanable.dirty.ratio": "0.01", "file.delete.delay.ms": "1000"}


def create(broker, name, partitions=1, **config):
    admin = AdminClient({"bootstrap.servers": broker.address})
    config = {key.replace("_", "."): value for key, value in config.items()}
    admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name].result(60)


def set_policy(broker, name, policy):
    resource = ConfigResource(ResourceType.TOPIC, name)
    resource.add_incremental_config(ConfigEntry("cleanup.policy", policy, incremental_operation=AlterConfigOpType.SET))
    admin = AdminClient({"bootstrap.servers": broker.address})
    admin.incremental_alter_configs([resource])[resource].result(10)


def fill(broker, name, records):
    producer = Producer({"bootstrap.servers": broker.address, "acks": "1", "linger.ms": 20, "batch.size": 1 << 20, "queue.buffering.max.messages": 1_000_000})
    value = bytes(range(256)) * 4
    value = value[:SIZE]
    for number in range(records):
        while True:
            try:
                producer.produce(name, value, b"key-%d" % (number * 7919 % (records // 10)))
                break
            except BufferError:
                producer.poll(0.1)
        if number % 1000 == 0:
            producer.poll(0)
    assert producer.flush(120) == 0


def passes(broker, name):
    """Milliseconds and bytes before of each pass so far."""
    found = []
    for line in broker.logs().splitlines():
        if "a log was compacted" in line and f"{name}-0" in line:
            millis = re.search(r"millis\W+(\d+)", line)
            size = re.search(r"\bbytes\W+(\d+) to", line)
            found.append((int(millis.group(1)), int(size.group(1))))
    return found


def wait_for_pass(broker, name, count, seconds=300):
    deadline = time.monotonic() + seconds
    while len(passes(broker, name)) < count:
        assert time.monotonic() < deadline, f"no pass in {seconds} s"
        time.sleep(0.1)


def measure_pass(arguments):
    rates = []
    for _ in range(arguments.runs):
        with Broker(binary=arguments.binary, settings=["log.cleaner.backoff.ms=100"]) as broker:
            create(broker, "table", cleanup_policy="delete", **SEGMENT)
            fill(broker, "table", arguments.records)
            set_policy(broker, "table", "compact")
            wait_for_pass(broker, "table", 1)
            millis, size = passes(broker, "table")[0]
            rates.append(size / 1e3 / millis)
    print(f"pass: {statistics.median(rates):.0f} MB/s ({min(rates):.0f} to {max(rates):.0f}), {arguments.records} records of {SIZE} bytes, 10 % distinct keys")


def append(broker, seconds):
    """Milliseconds of each append."""
    producer = Producer({"bootstrap.servers": broker.address, "acks": "all", "linger.ms": 0, "queue.buffering.backpressure.threshold": 1})
    times, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        producer.produce("others", b"x" * 100, b"key")
        producer.flush(10)
        times.append((time.monotonic() - began) * 1000)
    return sorted(times[100:])


def describe(times):
    return f"p50 {times[len(times) // 2]:.2f} ms, p99 {times[len(times) * 99 // 100]:.2f} ms, most {times[-1]:.1f} ms, {len(times)} appends"


def measure_appends(arguments):
    with Broker(binary=arguments.binary, settings=["log.cleaner.backoff.ms=0"]) as broker:
        create(broker, "others", cleanup_policy="compact", segment_bytes=str(1 << 20), min_cleanable_dirty_ratio="1.0")
        create(broker, "table", cleanup_policy="delete", **SEGMENT)
        fill(broker, "table", arguments.records)
        time.sleep(3)
        print(f"appends alone: {describe(append(broker, arguments.seconds))}")
        # Passes that drop nothing take as long as those that do, and there is always another one.
        for number in range(3):
            create(broker, f"table{number}", cleanup_policy="delete", **SEGMENT)
            fill(broker, f"table{number}", arguments.records)
        names = ["table", "table0", "table1", "table2"]
        for name in names:
            set_policy(broker, name, "compact")
        while not any(passes(broker, name) for name in names):
            time.sleep(0.01)
        times = append(broker, arguments.seconds / 4)
        done = sum(len(passes(broker, name)) for name in names)
        print(f"appends beside passes ({done} of {len(names)} were over at the end): {describe(times)}")


def measure_idle(arguments):
    for policy in ["delete", "compact"]:
        with Broker(binary=arguments.binary) as broker:
            create(broker, "idle", arguments.partitions, cleanup_policy=policy)
            producer = Producer({"bootstrap.servers": broker.address})
            for partition in range(arguments.partitions):
                producer.produce("idle", b"value", b"key", partition)
            assert producer.flush(60) == 0
            del producer
            time.sleep(20)
            before = cpu_seconds(broker.pid)
            time.sleep(60)
            spent = cpu_seconds(broker.pid) - before
            print(f"idle, {arguments.partitions} partitions, {policy}: {spent:.2f} s of CPU in a minute, {broker.resident_bytes() / 2**20:.1f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / ".build" / "release" / "ottla"))
    parser.add_argument("--only", choices=["pass", "appends", "idle"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--partitions", type=int, default=1000)
    arguments = parser.parse_args()
    for name, section in [("pass", measure_pass), ("appends", measure_appends), ("idle", measure_idle)]:
        if arguments.only in (None, name):
            section(arguments)


if __name__ == "__main__":
    main()
