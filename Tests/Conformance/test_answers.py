"""Answers that differ from Kafka's show first in clients: what they do with what is not served, with nulls and with operations."""

import asyncio
import time
import uuid

import aiokafka
import aiokafka.admin
import kafka
import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from confluent_kafka import Consumer, ElectionType, KafkaError, Producer, TopicCollection, TopicPartition
from confluent_kafka.admin import AclOperation, AdminClient

from broker import Broker


def name(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def refusing():
    with Broker(settings=["auto.create.topics.enable=true"]) as broker:
        yield broker


def test_a_consumer_of_the_newer_protocol_gives_up_at_once(refusing):
    consumer = Consumer({"bootstrap.servers": refusing.address, "group.id": "g", "group.protocol": "consumer"})
    consumer.subscribe(["t"])
    began = time.monotonic()
    message = consumer.poll(30)
    assert message is not None and message.error().code() == KafkaError._FATAL and "not supported" in message.error().str()
    assert time.monotonic() - began < 5
    consumer.close()
    assert refusing.logs().count("a client asks for groups of the consumer protocol") == 1


def test_success_has_no_message_for_aiokafka(shared):
    async def administer():
        client = aiokafka.admin.AIOKafkaAdminClient(bootstrap_servers=shared.address)
        await client.start()
        try:
            topic = name("aio")
            made = await client.create_topics([aiokafka.admin.NewTopic(topic, 1, 1)])
            resource = ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "1000"})
            changed = await client.alter_configs([resource])
            return made.topic_errors, [answer.resources for answer in changed]
        finally:
            await client.close()

    topics, changed = asyncio.run(administer())
    assert [(code, message) for _, code, message in topics] == [(0, None)]
    assert [(row[0], row[1]) for rows in changed for row in rows] == [(0, None)]


def test_what_a_client_may_do(shared):
    client = AdminClient({"bootstrap.servers": shared.address})
    topic, group = name("ops"), name("ops")
    producer = Producer({"bootstrap.servers": shared.address})
    producer.produce(topic, b"v")
    assert producer.flush(10) == 0
    consumer = Consumer({"bootstrap.servers": shared.address, "group.id": group})
    consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
    consumer.close()
    may = client.describe_topics(TopicCollection([topic]), include_authorized_operations=True)[topic].result(10).authorized_operations
    assert {AclOperation.READ, AclOperation.WRITE, AclOperation.ALTER_CONFIGS} < set(may) and len(may) == 8
    assert len(client.describe_cluster(include_authorized_operations=True).result(10).authorized_operations) == 7
    assert len(client.describe_consumer_groups([group], include_authorized_operations=True)[group].result(10).authorized_operations) == 5
    assert client.describe_cluster().result(10).authorized_operations is None


def test_elections_and_reassignments(shared):
    client = AdminClient({"bootstrap.servers": shared.address})
    topic = name("elect")
    producer = Producer({"bootstrap.servers": shared.address})
    producer.produce(topic, b"v")
    assert producer.flush(10) == 0
    known, unknown = TopicPartition(topic, 0), TopicPartition(topic, 7)
    answers = client.elect_leaders(ElectionType.PREFERRED, [known, unknown]).result(10)
    assert {at.partition: error.name() for at, error in answers.items()} == {0: "ELECTION_NOT_NEEDED", 7: "UNKNOWN_TOPIC_OR_PART"}
    other = kafka.KafkaAdminClient(bootstrap_servers=shared.address)
    try:
        assert not other.list_partition_reassignments()
        assert topic in repr(other.list_config_resources())
    finally:
        other.close()
