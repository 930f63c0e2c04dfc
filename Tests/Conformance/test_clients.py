"""Produce, consume, groups and administration with confluent-kafka and kafka-python; test_foreign_clients.py has more of them."""

import threading
import time
import uuid

import kafka
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigEntry, ConfigResource, NewPartitions, NewTopic, ResourceType

from broker import Broker, eventually


def name(prefix="t"):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


ADMINS = {}


def admin(broker):
    """A client that lives on: its futures fail when it is collected."""
    return ADMINS.setdefault(broker.address, AdminClient({"bootstrap.servers": broker.address}))


def create(broker, topic, partitions=1, **config):
    settings = {key.replace("_", "."): str(value) for key, value in config.items()}
    admin(broker).create_topics([NewTopic(topic, partitions, 1, config=settings)])[topic].result(10)
    return topic


def consume(broker, topic, count, group=None, timeout=20, **settings):
    consumer = Consumer(
        {"bootstrap.servers": broker.address, "group.id": group or name("g"), "auto.offset.reset": "earliest", **settings}
    )
    consumer.subscribe([topic])
    messages = []
    deadline = time.monotonic() + timeout
    while len(messages) < count and time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message is not None and not message.error():
            messages.append(message)
    consumer.close()
    assert len(messages) == count
    return messages


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_confluent_round_trip_with_each_codec(shared, codec):
    topic = create(shared, name(codec))
    producer = Producer({"bootstrap.servers": shared.address, "compression.type": codec, "linger.ms": 20})
    rows = [
        (f"key-{i}".encode() if i % 3 else None, (b"v%d" % i) * (i % 50), [("h", b"\x00\xff"), ("n", None)] if i % 4 == 0 else None, 1_700_000_000_000 + i)
        for i in range(500)
    ]
    for key, value, headers, timestamp in rows:
        producer.produce(topic, value, key, headers=headers, timestamp=timestamp)
    assert producer.flush(20) == 0
    got = [(m.key(), m.value() or b"", m.headers(), m.timestamp()[1]) for m in consume(shared, topic, 500)]
    assert got == [(key, value, headers, timestamp) for key, value, headers, timestamp in rows]


@pytest.mark.parametrize("codec", [None, "gzip", "snappy", "lz4", "zstd"])
def test_kafka_python_round_trip_with_each_codec(shared, codec):
    topic = create(shared, name("kp"), 3)
    producer = kafka.KafkaProducer(bootstrap_servers=shared.address, compression_type=codec, acks="all")
    for i in range(300):
        producer.send(topic, key=b"k%d" % (i % 7), value=b"value-%d" % i, headers=[("a", b"b")], timestamp_ms=1_700_000_000_000 + i)
    producer.flush(20)
    producer.close()
    consumer = kafka.KafkaConsumer(topic, bootstrap_servers=shared.address, group_id=name("g"), auto_offset_reset="earliest", consumer_timeout_ms=10_000)
    got = []
    for message in consumer:
        got.append(message)
        if len(got) == 300:
            break
    consumer.close()
    assert sorted(m.value for m in got) == sorted(b"value-%d" % i for i in range(300))
    assert all(m.headers == [("a", b"b")] for m in got)
    for partition in range(3):
        values = [int(m.value.split(b"-")[1]) for m in got if m.partition == partition]
        assert values == sorted(values)


@pytest.mark.parametrize("acks", [0, 1, "all"])
def test_empty_and_large_records_at_each_acks(shared, acks):
    topic = create(shared, name("sizes"), max_message_bytes=2_000_000)
    producer = Producer({"bootstrap.servers": shared.address, "acks": acks, "message.max.bytes": 2_000_000})
    values = [b"", b"x", b"y" * 1_000_000, b"", b"z" * 1_000_000]
    for value in values:
        producer.produce(topic, value)
        producer.flush(20)
    got = consume(shared, topic, len(values), **{"fetch.message.max.bytes": 100})
    assert [m.value() or b"" for m in got] == values


def test_a_record_that_is_too_large_is_refused_by_the_broker(shared):
    topic = create(shared, name("limit"), max_message_bytes=1000)
    errors = []
    producer = Producer({"bootstrap.servers": shared.address})
    producer.produce(topic, b"x" * 5000, on_delivery=lambda error, _: errors.append(error))
    producer.flush(20)
    assert errors[0].code() == KafkaError.MSG_SIZE_TOO_LARGE


def test_log_append_time(shared):
    topic = create(shared, name("append"), message_timestamp_type="LogAppendTime")
    before = int(time.time() * 1000)
    producer = Producer({"bootstrap.servers": shared.address})
    producer.produce(topic, b"v", timestamp=1000)
    producer.flush(10)
    kind, timestamp = consume(shared, topic, 1)[0].timestamp()
    assert kind == 2 and before - 1000 <= timestamp <= before + 60_000


def test_ten_thousand_partitions(broker):
    topics = [NewTopic(f"wide-{i}", 1000, 1) for i in range(10)]
    for future in admin(broker).create_topics(topics, request_timeout=60).values():
        future.result(60)
    metadata = admin(broker).list_topics(timeout=30)
    assert sum(len(t.partitions) for n, t in metadata.topics.items() if n.startswith("wide-")) == 10_000
    assert broker.resident_bytes() < 600 << 20
    assert broker.stop() == 0
    broker.start(60)
    metadata = admin(broker).list_topics(timeout=30)
    assert sum(len(t.partitions) for n, t in metadata.topics.items() if n.startswith("wide-")) == 10_000


def test_nine_consumers_on_nine_partitions_and_one_dies(shared):
    topic = create(shared, name("nine"), 9)
    group = name("nine")
    assigned = {}
    stopped = threading.Event()
    received = []
    lock = threading.Lock()

    def run(index, dies):
        consumer = Consumer({
            "bootstrap.servers": shared.address, "group.id": group, "auto.offset.reset": "earliest", "session.timeout.ms": 6000,
            "heartbeat.interval.ms": 500, "partition.assignment.strategy": "range",
        })

        def on_assign(_, partitions):
            with lock:
                assigned[index] = {p.partition for p in partitions}

        consumer.subscribe([topic], on_assign=on_assign)
        while not stopped.is_set():
            if dies.is_set():
                with lock:
                    assigned.pop(index, None)
                return  # without a word: no LeaveGroup, no more heartbeats
            message = consumer.poll(0.1)
            if message is not None and not message.error():
                with lock:
                    received.append(message.value())
        consumer.close()

    deaths = [threading.Event() for _ in range(9)]
    threads = [threading.Thread(target=run, args=(i, deaths[i])) for i in range(9)]
    for thread in threads:
        thread.start()
    try:
        def one_each():
            with lock:
                return len(assigned) == 9 and sorted(p for s in assigned.values() for p in s) == list(range(9))

        eventually(one_each, 60, "one partition for each of nine members")
        deaths[4].set()

        def all_on_eight():
            with lock:
                return len(assigned) == 8 and sorted(p for s in assigned.values() for p in s) == list(range(9))

        eventually(all_on_eight, 60, "nine partitions on eight members")
        producer = Producer({"bootstrap.servers": shared.address})
        for i in range(90):
            producer.produce(topic, b"%d" % i, partition=i % 9)
        producer.flush(20)
        eventually(lambda: len(received) == 90, 30, "90 records")
    finally:
        stopped.set()
        for thread in threads:
            thread.join(30)


def test_static_members_keep_their_partitions(shared):
    topic = create(shared, name("static"), 4)
    group = name("static")
    assignments = []

    def member(instance):
        consumer = Consumer({
            "bootstrap.servers": shared.address, "group.id": group, "group.instance.id": instance, "session.timeout.ms": 30_000,
            "auto.offset.reset": "earliest",
        })
        consumer.subscribe([topic], on_assign=lambda _, p: assignments.append((instance, sorted(x.partition for x in p))))
        return consumer

    a, b = member("a"), member("b")

    def poll_until(done):
        def step():
            a.poll(0.05), b.poll(0.05)
            return done()
        eventually(step, 40, "an assignment")

    def current():
        return {instance: partitions for instance, partitions in assignments}

    poll_until(lambda: len(current()) == 2 and sorted(sum(current().values(), [])) == [0, 1, 2, 3] and all(len(p) == 2 for p in current().values()))
    before = current()
    a.close()  # a static member doesn't leave the group
    assignments.clear()
    a = member("a")
    poll_until(lambda: "a" in current())
    assert current()["a"] == before["a"]
    assert "b" not in current(), "the other member was not disturbed"
    a.close(), b.close()


def test_commits_resets_and_describe(shared):
    topic = create(shared, name("commit"), 2)
    group = name("commit")
    producer = Producer({"bootstrap.servers": shared.address})
    for i in range(20):
        producer.produce(topic, b"%d" % i, partition=i % 2)
    producer.flush(10)
    consumer = Consumer({"bootstrap.servers": shared.address, "group.id": group, "enable.auto.commit": False})
    done = consumer.commit(offsets=[TopicPartition(topic, 0, 7), TopicPartition(topic, 1, 3)], asynchronous=False)
    assert [p.error for p in done] == [None, None]
    assert [p.offset for p in consumer.committed([TopicPartition(topic, 0), TopicPartition(topic, 1)], 10)] == [7, 3]
    consumer.assign([TopicPartition(topic, 0, 7)])
    assert eventually(lambda: consumer.poll(0.2)).offset() == 7
    consumer.commit(offsets=[TopicPartition(topic, 0, 0)], asynchronous=False)
    assert consumer.committed([TopicPartition(topic, 0)], 10)[0].offset == 0
    assert consumer.get_watermark_offsets(TopicPartition(topic, 0), 10) == (0, 10)
    consumer.close()
    client = kafka.KafkaAdminClient(bootstrap_servers=shared.address)
    try:
        offsets = {(at.topic, at.partition): value.offset for at, value in client.list_group_offsets({group: None})[group].items()}
        assert offsets == {(topic, 0): 0, (topic, 1): 3}
    finally:
        client.close()
    listed = admin(shared).list_consumer_groups(request_timeout=10).result(10)
    assert group in [g.group_id for g in listed.valid]
    described = admin(shared).describe_consumer_groups([group])[group].result(10)
    assert described.state.name == "EMPTY"
    admin(shared).delete_consumer_groups([group])[group].result(10)
    listed = admin(shared).list_consumer_groups(request_timeout=10).result(10)
    assert group not in [g.group_id for g in listed.valid]


def test_a_group_resumes_where_it_stopped(broker):
    topic = create(broker, name("resume"))
    group = name("resume")
    producer = Producer({"bootstrap.servers": broker.address})
    for i in range(10):
        producer.produce(topic, b"%d" % i)
    producer.flush(10)
    assert [m.value() for m in consume(broker, topic, 10, group)] == [b"%d" % i for i in range(10)]
    for restart in (broker.stop, broker.kill):
        restart()
        broker.start()
        producer.produce(topic, b"after")
        producer.flush(20)
        assert [m.value() for m in consume(broker, topic, 1, group)] == [b"after"]


def test_seek_by_time(shared):
    topic = create(shared, name("time"))
    producer = Producer({"bootstrap.servers": shared.address})
    for i in range(100):
        producer.produce(topic, b"%d" % i, timestamp=1_700_000_000_000 + i * 1000)
        if i % 10 == 0:
            producer.flush(10)
    producer.flush(10)
    consumer = Consumer({"bootstrap.servers": shared.address, "group.id": name("g")})
    found = consumer.offsets_for_times([TopicPartition(topic, 0, 1_700_000_000_000 + 41_500)], 10)
    assert found[0].offset == 42
    assert consumer.offsets_for_times([TopicPartition(topic, 0, 1_900_000_000_000)], 10)[0].offset == -1
    consumer.close()


def test_administration_and_its_errors(shared):
    client = admin(shared)
    topic = create(shared, name("admin"), 2, retention_ms=1234)

    def error(future):
        with pytest.raises(KafkaException) as caught:
            future.result(10)
        return caught.value.args[0].code()

    assert error(client.create_topics([NewTopic(topic, 1, 1)])[topic]) == KafkaError.TOPIC_ALREADY_EXISTS
    assert error(client.create_topics([NewTopic("bad/name", 1, 1)])["bad/name"]) == KafkaError.TOPIC_EXCEPTION
    other = name("x")
    assert error(client.create_topics([NewTopic(other, 0, 1)])[other]) == KafkaError.INVALID_PARTITIONS
    assert error(client.create_topics([NewTopic(other, 1, 30)])[other]) == KafkaError.INVALID_REPLICATION_FACTOR
    assert error(client.create_topics([NewTopic(other, 1, 1, config={"no.such.key": "1"})])[other]) == KafkaError.INVALID_CONFIG
    assert error(client.create_topics([NewTopic(other, 1, 1, config={"segment.bytes": "1"})])[other]) == KafkaError.INVALID_CONFIG
    assert error(client.create_partitions([NewPartitions(topic, 1)])[topic]) == KafkaError.INVALID_PARTITIONS
    client.create_partitions([NewPartitions(topic, 5)])[topic].result(10)
    assert len(client.list_topics(topic, 10).topics[topic].partitions) == 5
    resource = ConfigResource(ResourceType.TOPIC, topic)
    config = client.describe_configs([resource])[resource].result(10)
    assert config["retention.ms"].value == "1234" and config["cleanup.policy"].value == "delete"
    change = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[
        ConfigEntry("retention.ms", "99", incremental_operation=__import__("confluent_kafka").admin.AlterConfigOpType.SET)])
    client.incremental_alter_configs([change])[change].result(10)
    assert client.describe_configs([resource])[resource].result(10)["retention.ms"].value == "99"
    wrong = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[
        ConfigEntry("retention.ms", "soon", incremental_operation=__import__("confluent_kafka").admin.AlterConfigOpType.SET)])
    assert error(client.incremental_alter_configs([wrong])[wrong]) == KafkaError.INVALID_CONFIG
    producer = Producer({"bootstrap.servers": shared.address})
    for i in range(10):
        producer.produce(topic, b"%d" % i, partition=0)
    producer.flush(10)
    deleted = client.delete_records([TopicPartition(topic, 0, 4)])
    assert [f.result(10).low_watermark for f in deleted.values()] == [4]
    consumer = Consumer({"bootstrap.servers": shared.address, "group.id": name("g")})
    assert consumer.get_watermark_offsets(TopicPartition(topic, 0), 10) == (4, 10)
    consumer.close()
    beyond = client.delete_records([TopicPartition(topic, 0, 11)])
    assert [error(f) for f in beyond.values()] == [KafkaError.OFFSET_OUT_OF_RANGE]
    client.delete_topics([topic])[topic].result(10)
    assert error(client.delete_topics([topic])[topic]) == KafkaError.UNKNOWN_TOPIC_OR_PART
    cluster = client.describe_cluster().result(10)
    assert sorted(n.id for n in cluster.nodes) == shared.node_ids


def test_kafka_python_administration(shared):
    client = kafka.KafkaAdminClient(bootstrap_servers=shared.address)
    topic = create(shared, name("kpadmin"))
    try:
        assert topic in client.list_topics()
        assert topic in repr(client.describe_log_dirs())
    finally:
        client.close()


def test_automatic_creation_as_configured():
    with Broker(settings=["auto.create.topics.enable=true", "num.partitions=3"]) as broker:
        producer = Producer({"bootstrap.servers": broker.address})
        producer.produce("made", b"v")
        assert producer.flush(10) == 0
        assert len(admin(broker).list_topics("made", 10).topics["made"].partitions) == 3
    with Broker(settings=["auto.create.topics.enable=false"]) as broker:
        errors = []
        producer = Producer({"bootstrap.servers": broker.address, "message.timeout.ms": 2000})
        producer.produce("missing", b"v", on_delivery=lambda error, _: errors.append(error))
        producer.flush(10)
        assert errors and errors[0] is not None


def test_two_hundred_connections_at_once(shared):
    topic = create(shared, name("many"), 4)
    files = shared.open_files()
    producers = [Producer({"bootstrap.servers": shared.address, "client.id": f"c{i}"}) for i in range(200)]
    for index, producer in enumerate(producers):
        producer.produce(topic, b"%d" % index)
    for producer in producers:
        assert producer.flush(30) == 0
    got = consume(shared, topic, 200)
    assert sorted(int(m.value()) for m in got) == list(range(200))
    del producers, producer
    eventually(lambda: shared.open_files() <= files + 40, 30, "closed connections give their files back")


def test_long_poll_is_woken_by_an_append(shared):
    topic = create(shared, name("poll"))
    consumer = Consumer({
        "bootstrap.servers": shared.address, "group.id": name("g"), "fetch.wait.max.ms": 10_000, "fetch.min.bytes": 1,
        "socket.timeout.ms": 30_000})
    consumer.assign([TopicPartition(topic, 0, 0)])
    consumer.poll(1)
    producer = Producer({"bootstrap.servers": shared.address, "linger.ms": 0})
    producer.produce(topic, b"v")
    started = time.monotonic()
    producer.flush(10)
    assert eventually(lambda: consumer.poll(0.1), 9).value() == b"v"
    assert time.monotonic() - started < 3
    consumer.close()
