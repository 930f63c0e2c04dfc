"""Few open files: what is there is served, the limit is named once, and files that are gone take no space."""

import collections
import os
import socket
import struct
import subprocess
import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from broker import Broker, binary, eventually, read_frame
from wire import frame

FAST = ["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=2"]


def links(broker):
    result = []
    for name in os.listdir(f"/proc/{broker.pid}/fd"):
        try:
            result.append(os.readlink(f"/proc/{broker.pid}/fd/{name}"))
        except FileNotFoundError:
            pass  # closed meanwhile
    return result


def create(broker, topic, partitions, config=None):
    admin = AdminClient({"bootstrap.servers": broker.address})
    admin.create_topics([NewTopic(topic, partitions, 1, config=config or {})])[topic].result(60)
    return admin


def fill(broker, topic, partitions, rounds=1, size=10):
    producer = Producer({"bootstrap.servers": broker.address, "linger.ms": 5})
    errors = []
    for round in range(rounds):
        for partition in range(partitions):
            producer.produce(topic, b"%d %d " % (partition, round) + b"x" * size, partition=partition, on_delivery=lambda error, _: error and errors.append(error))
            producer.poll(0)
    assert producer.flush(60) == 0 and errors == []


def counts(broker, topic, partitions, expected):
    """How many records each partition has, once all have `expected` in all."""
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "counts", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(partitions)])
    found = collections.Counter()
    while sum(found.values()) < expected:
        message = consumer.poll(20)
        assert message is not None and message.error() is None, f"{sum(found.values())} of {expected} records"
        found[message.partition()] += 1
    consumer.close()
    return found


def warnings(broker):
    return [line for line in broker.logs().splitlines() if "LimitNOFILE" in line]


@pytest.mark.parametrize("limit,partitions", [(256, 600), (1024, 3000)])
def test_more_partitions_than_files(limit, partitions):
    with Broker(settings=FAST, open_files=limit) as broker:
        create(broker, "many", partitions)
        fill(broker, "many", partitions, rounds=2)
        assert set(counts(broker, "many", partitions, 2 * partitions).values()) == {2}
        assert broker.open_files() < limit
        eventually(lambda: warnings(broker), 15, "the limit is named")
        assert broker.stop() == 0
        broker.start()
        fill(broker, "many", partitions)
        broker.kill()
        broker.start(60)
        assert set(counts(broker, "many", partitions, 3 * partitions).values()) == {3}
        lines = broker.logs().splitlines()
        assert not [line for line in lines if "ERROR" in line or "offline" in line or "open files" in line]
        # One for each of the three starts, and it names a number that is enough.
        assert len(warnings(broker)) == 3 and len(lines) < 60
        assert all(int(line.split("ulimit -n, to ")[1].split()[0]) > partitions for line in warnings(broker))


def test_idle_connections_take_no_file_of_the_logs():
    with Broker(settings=FAST, open_files=400) as broker:
        producer = Producer({"bootstrap.servers": broker.address, "acks": 1})
        errors = []

        def append(topic):
            producer.produce(topic, b"v", partition=0, on_delivery=lambda error, _: errors.append(error))
            assert producer.flush(20) == 0

        append("first")
        idle = []
        for _ in range(500):
            idle.append(socket.create_connection(("127.0.0.1", broker.port), 5))
        served = 0
        for index, connection in enumerate(idle):
            connection.settimeout(10)
            try:
                connection.sendall(frame(18, 0, b"", correlation=index))
                answer = read_frame(connection)
                served += answer is not None and struct.unpack(">i", answer[:4])[0] == index
            except ConnectionError:
                pass
        assert 200 < served < 400
        # New topics, files that were closed, indexes, checkpoints: all of it works.
        for number in range(30):
            append(f"topic-{number}")
        append("first")
        assert errors == [None] * 32
        eventually(lambda: warnings(broker), 15, "the limit is named")
        assert len(warnings(broker)) == 1 and len([line for line in broker.logs().splitlines() if "connection" in line]) == 1
        before = cpu_seconds(broker)
        # The time is what is tested: what the node uses in a second in which nobody connects.
        time.sleep(1)
        assert cpu_seconds(broker) - before < 0.3, "refusing connections costs nothing when none come"
        for connection in idle:
            connection.close()

        def is_served():
            answer = broker.call(frame(18, 0, b""))
            return answer is not None
        eventually(is_served, 10, "places are free again")
        assert broker.stop() == 0


def cpu_seconds(broker):
    with open(f"/proc/{broker.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_too_few_files_for_a_node_are_said(tmp_path):
    command = ["prlimit", "--nofile=64:64", binary(), "serve", "--data", str(tmp_path / "d"), "--listen", "127.0.0.1:0"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert result.returncode == 78 and "LimitNOFILE" in result.stderr and not (tmp_path / "d").exists()


def test_what_is_deleted_gives_its_space_back():
    settings = FAST + ["log.retention.check.interval.ms=200", "log.segment.bytes=1048576", "log.segment.delete.delay.ms=0"]
    with Broker(settings=settings) as broker:
        admin = create(broker, "short", 1)
        fill(broker, "short", 1, rounds=5000, size=1000)
        consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "reader", "enable.auto.commit": False, "fetch.wait.max.ms": 50})

        def read_the_beginning():
            """The first segment is the one that was read last; nothing is fetched any more."""
            low = consumer.get_watermark_offsets(TopicPartition("short", 0), 10)[0]
            consumer.assign([TopicPartition("short", 0, low)])
            assert consumer.poll(10) is not None
            consumer.unassign()
            return low

        def segments():
            return [name for name in os.listdir(os.path.join(broker.data, "short-0")) if name.endswith(".log")]

        def is_given_back(before):
            return len(segments()) < before and not [link for link in links(broker) if "deleted" in link]

        before = len(segments())
        assert before > 3 and read_the_beginning() == 0
        admin.delete_records([TopicPartition("short", 0, 2500)])[TopicPartition("short", 0)].result(10)
        eventually(lambda: is_given_back(before), 10, "the space of deleted records is given back")
        before = len(segments())
        assert read_the_beginning() == 2500
        admin.incremental_alter_configs([retention("short", 1_000_000)])
        eventually(lambda: is_given_back(before), 10, "the space of old segments is given back")
        read_the_beginning()
        consumer.close()
        admin.delete_topics(["short"])["short"].result(10)
        eventually(lambda: not [link for link in links(broker) if "short-0" in link], 10, "the topic's files are closed")
        eventually(lambda: not [name for name in os.listdir(broker.data) if name.startswith("short")], 10, "its directory is removed")


def retention(topic, count):
    from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType
    entry = ConfigEntry("retention.bytes", str(count), incremental_operation=AlterConfigOpType.SET)
    return ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
