"""What was acknowledged is there, once and in order, whatever happens to the process."""

import os
import random
import shutil
import threading
import time
import uuid

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from broker import Broker, eventually

FAST = ["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=4"]


def read_all(address, topic, partitions):
    """Every record of every partition, in order."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "check", "enable.partition.eof": True, "auto.offset.reset": "earliest"})
    result = {}
    for partition in range(partitions):
        consumer.assign([TopicPartition(topic, partition, 0)])
        rows = []
        while True:
            message = consumer.poll(10)
            assert message is not None, "the end of the partition did not come"
            if message.error():
                break
            rows.append((message.offset(), message.value()))
        result[partition] = rows
    consumer.close()
    return result


@pytest.mark.parametrize("policy", ["os", "ack"])
def test_idempotent_producing_through_restarts_and_kills(policy):
    partitions = 3
    with Broker(settings=FAST + [f"ottla.flush.policy={policy}", "log.segment.bytes=1048576"]) as broker:
        admin = AdminClient({"bootstrap.servers": broker.address})
        admin.create_topics([NewTopic("once", partitions, 1)])["once"].result(10)
        producer = Producer({
            "bootstrap.servers": broker.address, "enable.idempotence": True, "acks": "all", "linger.ms": 2, "message.timeout.ms": 120_000,
            "retry.backoff.ms": 50, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100, "batch.num.messages": 50,
        })
        acknowledged = {p: [] for p in range(partitions)}
        failed = []
        sent = 0
        stop = threading.Event()

        def delivered(error, message):
            if error is not None:
                failed.append(error)
            else:
                acknowledged[message.partition()].append(message.value())

        def produce():
            nonlocal sent
            while not stop.is_set():
                producer.produce("once", b"%d-%s" % (sent, b"x" * 200), partition=sent % partitions, on_delivery=delivered)
                sent += 1
                # A poll that may wait paces the loop, so that a cycle holds some thousand records and not all that fits.
                producer.poll(0.01 if sent % 100 == 0 else 0)

        thread = threading.Thread(target=produce)
        thread.start()
        generator = random.Random(7)
        def more_acknowledged(count):
            wanted = sum(map(len, acknowledged.values())) + count
            eventually(lambda: sum(map(len, acknowledged.values())) >= wanted or failed, 60, f"{count} more acknowledgements")

        for cycle in range(6):
            more_acknowledged(generator.randrange(200, 3000))
            if cycle % 3 == 2:
                assert broker.stop() == 0, broker.logs()
            else:
                broker.kill()
            broker.start()
        more_acknowledged(200)
        stop.set()
        thread.join()
        assert producer.flush(60) == 0
        assert failed == []
        found = read_all(broker.address, "once", partitions)
        for partition in range(partitions):
            values = [value for _, value in found[partition]]
            assert values == acknowledged[partition], f"partition {partition}: {len(values)} found, {len(acknowledged[partition])} acknowledged"
            assert [offset for offset, _ in found[partition]] == list(range(len(values)))
            numbers = [int(value.split(b"-")[0]) for value in values]
            assert numbers == list(range(partition, sent, partitions))


def test_topics_configurations_and_offsets_survive_a_kill():
    with Broker(settings=FAST) as broker:
        admin = AdminClient({"bootstrap.servers": broker.address})
        admin.create_topics([NewTopic("kept", 4, 1, config={"retention.ms": "777"})])["kept"].result(10)
        before = admin.list_topics(timeout=10).topics["kept"]
        consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "g"})
        consumer.commit(offsets=[TopicPartition("kept", 2, 5)], asynchronous=False)
        broker.kill()
        broker.start()
        after = admin.list_topics(timeout=10).topics["kept"]
        assert len(after.partitions) == len(before.partitions) == 4
        assert consumer.committed([TopicPartition("kept", 2)], 10)[0].offset == 5
        consumer.close()
        admin.delete_topics(["kept"])["kept"].result(10)
        broker.kill()
        broker.start()
        assert "kept" not in admin.list_topics(timeout=10).topics


def test_retention_deletes_old_segments_in_the_background():
    settings = FAST + ["log.retention.check.interval.ms=200", "log.segment.bytes=1048576", "log.segment.delete.delay.ms=0"]
    with Broker(settings=settings) as broker:
        admin = AdminClient({"bootstrap.servers": broker.address})
        admin.create_topics([NewTopic("short", 1, 1, config={"retention.bytes": "2000000"})])["short"].result(10)
        producer = Producer({"bootstrap.servers": broker.address})
        for _ in range(10_000):
            producer.produce("short", b"x" * 1000)
            producer.poll(0)
        assert producer.flush(30) == 0
        consumer = Consumer({"bootstrap.servers": broker.address, "group.id": uuid.uuid4().hex})
        def shortened():
            marks = consumer.get_watermark_offsets(TopicPartition("short", 0), 10)
            return marks if marks[0] > 5000 else None

        low, high = eventually(shortened, 20, "retention")
        assert 5000 < low < 10_000 and high == 10_000
        consumer.close()
        broker.kill()
        broker.start()
        consumer = Consumer({"bootstrap.servers": broker.address, "group.id": uuid.uuid4().hex})
        assert consumer.get_watermark_offsets(TopicPartition("short", 0), 10)[1] == 10_000
        consumer.close()


def test_no_more_open_files_is_survived():
    with Broker(settings=FAST, open_files=200) as broker:
        producer = Producer({"bootstrap.servers": broker.address})
        producer.produce("few", b"before")
        assert producer.flush(10) == 0
        connections = []
        for _ in range(300):
            try:
                connections.append(broker.connect(2))
            except OSError:
                break
        errors = []
        producer.produce("few", b"meanwhile", on_delivery=lambda error, _: errors.append(error))
        assert producer.flush(10) == 0 and errors == [None], "connections that are there are served"
        for connection in connections:
            connection.close()

        def works_again():
            try:
                AdminClient({"bootstrap.servers": broker.address}).list_topics(timeout=3)
                return True
            except KafkaException:
                return False

        deadline = time.monotonic() + 30
        while not works_again():
            assert time.monotonic() < deadline and broker.is_alive(), broker.logs()
        assert broker.stop() == 0
        broker.open_file_limit = None
        broker.start()
        assert [value for _, value in read_all(broker.address, "few", 1)[0]] == [b"before", b"meanwhile"]


def test_a_directory_that_vanished_is_said_and_the_rest_is_there(broker):
    producer = Producer({"bootstrap.servers": broker.address})
    for topic in ("lost", "kept"):
        producer.produce(topic, b"v")
    assert producer.flush(10) == 0
    assert broker.stop() == 0
    shutil.rmtree(os.path.join(broker.data, "lost-0"))
    broker.start()
    assert [value for _, value in read_all(broker.address, "kept", 1)[0]] == [b"v"]
    assert read_all(broker.address, "lost", 1)[0] == []
    lines = [line for line in broker.logs().splitlines() if "is missing" in line]
    assert len(lines) == 1 and "partition=lost-0" in lines[0] and "ERROR" in lines[0]


def test_a_damaged_segment_takes_its_partition_offline_and_no_other(broker):
    producer = Producer({"bootstrap.servers": broker.address, "linger.ms": 0})
    for index in range(50):
        for topic in ("rotten", "sound"):
            producer.produce(topic, b"value-%d" % index)
        assert producer.flush(10) == 0
    broker.kill()
    segment = os.path.join(broker.data, "rotten-0", "0" * 20 + ".log")
    middle = os.path.getsize(segment) // 2
    with open(segment, "r+b") as file:
        file.seek(middle)
        byte = file.read(1)
        file.seek(middle)
        file.write(bytes([byte[0] ^ 4]))
    size = os.path.getsize(segment)
    broker.start()
    assert len(read_all(broker.address, "sound", 1)[0]) == 50
    assert "rotten-0" in [line for line in broker.logs().splitlines() if "offline" in line][0]
    assert os.path.getsize(segment) == size, "nothing was cut"
    errors = []
    producer = Producer({"bootstrap.servers": broker.address, "message.timeout.ms": 2000})
    producer.produce("rotten", b"more", on_delivery=lambda error, _: errors.append(error))
    producer.flush(10)
    assert errors and errors[0] is not None
