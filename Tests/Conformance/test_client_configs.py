"""Configurations through the administration clients of confluent-kafka and kafka-python, with their default settings, and ottla's own."""

import json

import kafka
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource, NewTopic, ResourceType
from kafka.admin import ConfigResource as PythonResource
from kafka.admin import ConfigResourceType as PythonType

from broker import Broker
from test_client_commands import ottla, rows


@pytest.fixture(scope="module")
def node():
    with Broker(settings=["log.retention.hours=24", "group.consumer.session.timeout.ms=46000"]) as broker:
        yield broker


@pytest.fixture(scope="module")
def client(node):
    return AdminClient({"bootstrap.servers": node.address})


def create(client, topic, **config):
    client.create_topics([NewTopic(topic, 1, 1, config={key.replace("_", "."): value for key, value in config.items()})])[topic].result(10)


def describe(client, kind, name):
    resource = ConfigResource(kind, name)
    return client.describe_configs([resource])[resource].result(10)


def alter(client, kind, name, *changes, **options):
    resource = ConfigResource(kind, name, incremental_configs=[
        ConfigEntry(key, value, incremental_operation=operation) for key, operation, value in changes])
    client.incremental_alter_configs([resource], **options)[resource].result(10)


def refusal(client, kind, name, *changes):
    with pytest.raises(KafkaException) as caught:
        alter(client, kind, name, *changes)
    return caught.value.args[0].code()


SET, DELETE, APPEND, SUBTRACT = AlterConfigOpType.SET, AlterConfigOpType.DELETE, AlterConfigOpType.APPEND, AlterConfigOpType.SUBTRACT


def test_topics_with_confluent(client):
    create(client, "letters", retention_ms="5000")
    entries = describe(client, ResourceType.TOPIC, "letters")
    assert len(entries) >= 36 and "internal.segment.bytes" not in entries
    assert (entries["retention.ms"].value, entries["retention.ms"].source) == ("5000", ConfigSource.DYNAMIC_TOPIC_CONFIG.value)
    assert entries["segment.bytes"].is_default and not entries["segment.bytes"].is_read_only
    alter(client, ResourceType.TOPIC, "letters", ("cleanup.policy", APPEND, "compact"), ("retention.ms", DELETE, None))
    entries = describe(client, ResourceType.TOPIC, "letters")
    assert entries["cleanup.policy"].value == "delete,compact"
    # The broker's file gives it in hours.
    assert (entries["retention.ms"].value, entries["retention.ms"].source) == ("86400000", ConfigSource.STATIC_BROKER_CONFIG.value)
    alter(client, ResourceType.TOPIC, "letters", ("cleanup.policy", SUBTRACT, "compact"))
    alter(client, ResourceType.TOPIC, "letters", ("cleanup.policy", SET, "compact"), validate_only=True)
    assert describe(client, ResourceType.TOPIC, "letters")["cleanup.policy"].value == "delete"


@pytest.mark.parametrize("kind, name, changes, code", [
    (ResourceType.TOPIC, "letters-2", [("retention.ms", SET, "soon")], KafkaError.INVALID_CONFIG),
    (ResourceType.TOPIC, "letters-2", [("no.such.key", SET, "1")], KafkaError.INVALID_CONFIG),
    (ResourceType.TOPIC, "letters-2", [("retention.ms", APPEND, "1")], KafkaError.INVALID_CONFIG),
    (ResourceType.TOPIC, "letters-2", [("remote.storage.enable", SET, "true")], KafkaError.INVALID_CONFIG),
    (ResourceType.TOPIC, "letters-2", [("local.retention.ms", SET, "1000")], KafkaError.INVALID_CONFIG),
    (ResourceType.TOPIC, "nowhere", [("retention.ms", SET, "1")], KafkaError.UNKNOWN_TOPIC_OR_PART),
    (ResourceType.BROKER, "1", [("node.id", SET, "2")], KafkaError.INVALID_REQUEST),
    (ResourceType.BROKER, "1", [("log.retention.ms", SET, "soon")], KafkaError.INVALID_REQUEST),
    (ResourceType.BROKER, "9", [("log.retention.ms", SET, "1")], None),
])
def test_refusals_with_confluent(client, kind, name, changes, code):
    if "letters-2" not in client.list_topics(timeout=10).topics:
        create(client, "letters-2")
    if code is None:  # librdkafka asks broker 9 itself, and finds that there is none
        with pytest.raises(KafkaException):
            alter(client, kind, name, *changes, request_timeout=2)
    else:
        assert refusal(client, kind, name, *changes) == code


def test_what_nobody_knows_can_be_removed(client):
    create(client, "letters-3")
    alter(client, ResourceType.TOPIC, "letters-3", ("no.such.key", DELETE, None))
    alter(client, ResourceType.BROKER, "1", ("no.such.key", DELETE, None))


def test_the_metadata_topic_cannot_be_made(client):
    with pytest.raises(KafkaException) as caught:
        create(client, "__cluster_metadata")
    assert caught.value.args[0].code() == KafkaError.INVALID_REQUEST


def test_a_broker_with_confluent(node, client):
    entries = describe(client, ResourceType.BROKER, "1")
    static, default = ConfigSource.STATIC_BROKER_CONFIG.value, ConfigSource.DEFAULT_CONFIG.value

    def shown(name):
        return entries[name].value, entries[name].source

    assert shown("node.id") == ("1", default) and shown("broker.id") == ("1", default)
    assert shown("process.roles") == ("broker,controller", default)
    assert shown("advertised.listeners") == (f"PLAINTEXT://{node.address}", default)
    assert shown("log.dirs") == (node.data, static) and shown("log.retention.hours") == ("24", static)
    assert shown("num.network.threads")[1] == default
    assert entries["ssl.key.password"].is_sensitive and entries["ssl.key.password"].value is None
    assert entries["node.id"].is_read_only and not entries["log.retention.ms"].is_read_only
    assert not {"group.streams.num.warmup.replicas", "group.consumer.assignor.offload.enable", "super.users"} & set(entries)
    alter(client, ResourceType.BROKER, "1", ("log.segment.delete.delay.ms", SET, "70000"))
    entries = describe(client, ResourceType.BROKER, "1")
    assert shown("log.segment.delete.delay.ms") == ("70000", ConfigSource.DYNAMIC_BROKER_CONFIG.value)
    synonyms = entries["log.segment.delete.delay.ms"].synonyms
    assert {(entry.value, entry.source) for entry in synonyms.values()} <= {("70000", 2), ("60000", 5)}
    alter(client, ResourceType.BROKER, "1", ("log.segment.delete.delay.ms", DELETE, None))


def test_kafka_python_with_its_defaults(node, client):
    create(client, "words", preallocate="false")
    admin = kafka.KafkaAdminClient(bootstrap_servers=node.address)
    try:
        topic = PythonResource(PythonType.TOPIC, "words", configs={"retention.ms": "7000"})
        admin.alter_configs([topic])
        answer = json.dumps(admin.describe_configs([PythonResource(PythonType.TOPIC, "words")]), default=str)
        assert "7000" in answer and "retention.ms" in answer
        assert "advertised.listeners" in json.dumps(
            admin.describe_configs([PythonResource(PythonType.BROKER, "1")], config_filter="all"), default=str)
    finally:
        admin.close()
    assert describe(client, ResourceType.TOPIC, "words")["retention.ms"].value == "7000"


def test_groups_heed_the_broker(node):
    ottla(node, "config", "set", "group/g", "consumer.heartbeat.interval.ms=6000")
    shown = {row["name"]: row for row in rows(node, "config", "get", "group/g", "--all", "--explain")}
    assert (shown["consumer.session.timeout.ms"]["value"], shown["consumer.session.timeout.ms"]["source"]) == ("46000", "file")
    assert shown["consumer.heartbeat.interval.ms"]["places"] == \
        "group:consumer.heartbeat.interval.ms=6000 standard:group.consumer.heartbeat.interval.ms=5000"
    assert all(row["purpose"] for row in shown.values())
    assert "range 45000 to 60000" in ottla(node, "config", "set", "group/g", "consumer.session.timeout.ms=1", code=1)[1]


def test_a_group_without_offsets_can_be_deleted(node, client):
    create(client, "offsets")
    consumer = Consumer({"bootstrap.servers": node.address, "group.id": "commits-only"})
    consumer.commit(offsets=[TopicPartition("offsets", 0, 5)], asynchronous=False)
    consumer.close()
    admin = kafka.KafkaAdminClient(bootstrap_servers=node.address)
    try:
        admin.delete_group_offsets("commits-only", [kafka.TopicPartition("offsets", 0)])
    finally:
        admin.close()
    assert client.describe_consumer_groups(["commits-only"])["commits-only"].result(10).state.name == "EMPTY"
    client.delete_consumer_groups(["commits-only"])["commits-only"].result(10)


def test_settings_without_effect_are_named_when_made_and_at_the_start(tmp_path):
    with Broker(data=tmp_path / "data") as broker:
        client = AdminClient({"bootstrap.servers": broker.address})
        create(client, "reserved", preallocate="true")
        create(client, "ordinary", retention_ms="5000", preallocate="false")
        alter(client, ResourceType.TOPIC, "reserved", ("retention.ms", SET, "6000"))
        alter(client, ResourceType.TOPIC, "ordinary", ("follower.replication.throttled.replicas", SET, "0:1"))
        told = [line for line in broker.logs().splitlines() if "no effect yet" in line]
        assert len(told) == 2 and "preallocate of topic 'reserved'" in told[0]
        assert "follower.replication.throttled.replicas of topic 'ordinary'" in told[1]
        broker.stop()
        broker.start()
        again = [line for line in broker.logs().splitlines() if "no effect yet" in line][2:]
        assert len(again) == 1 and "topic 'reserved'" in again[0] and "topic 'ordinary'" in again[0]


def test_an_ordinary_node_warns_of_nothing(tmp_path):
    with Broker(data=tmp_path / "data") as broker:
        consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "g"})
        create(AdminClient({"bootstrap.servers": broker.address}), "t")
        consumer.commit(offsets=[TopicPartition("t", 0, 0)], asynchronous=False)
        consumer.close()
        broker.stop()
        broker.start()
        assert "no effect yet" not in broker.logs()
