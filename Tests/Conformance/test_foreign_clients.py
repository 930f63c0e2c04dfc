"""Clients of others as they come: their default settings, and each setting that changes what they write."""

import asyncio
import json
import subprocess
import uuid

import aiokafka
import kafka
import pytest
from confluent_kafka import Consumer, KafkaError, Producer
from confluent_kafka.admin import AdminClient, NewTopic

CODECS = ["gzip", "snappy", "lz4", "zstd"]
KEYS = [None, b"k", b"key"]
ROWS = [(KEYS[i % 3], b"value %d " % i * (i % 40), [("a", b"1"), ("a", b"2")] if i % 4 == 0 else []) for i in range(300)]


def create(broker, **config):
    topic = f"foreign-{uuid.uuid4().hex[:8]}"
    settings = {key.replace("_", "."): str(value) for key, value in config.items()}
    admin = AdminClient({"bootstrap.servers": broker.address})
    admin.create_topics([NewTopic(topic, 1, 1, config=settings)])[topic].result(10)
    return topic


class Confluent:
    written = ROWS
    settings = [{}, {"acks": "all"}, {"acks": 1}, {"acks": 0}, {"enable.idempotence": True}, *({"compression.type": codec} for codec in CODECS)]

    @staticmethod
    def produce(broker, topic, settings):
        producer = Producer({"bootstrap.servers": broker.address, **settings})
        failures = []
        for key, value, headers in ROWS:
            producer.produce(topic, value, key, headers=headers, on_delivery=lambda error, _: error and failures.append(error))
        assert producer.flush(20) == 0 and failures == []

    @staticmethod
    def consume(broker, topic):
        consumer = Consumer({"bootstrap.servers": broker.address, "group.id": topic, "auto.offset.reset": "earliest"})
        consumer.subscribe([topic])
        messages = []
        while len(messages) < len(ROWS):
            message = consumer.poll(20)
            assert message is not None and not message.error(), message and message.error()
            messages.append(message)
        consumer.close()
        return [(m.key(), m.value() or b"", m.headers() or []) for m in messages]


class KafkaPython:
    written = ROWS
    settings = [{}, {"acks": "all"}, {"acks": 1, "enable_idempotence": False}, {"acks": 0, "enable_idempotence": False},
                *({"compression_type": codec} for codec in CODECS)]

    @staticmethod
    def produce(broker, topic, settings):
        producer = kafka.KafkaProducer(bootstrap_servers=broker.address, **settings)
        sent = [producer.send(topic, value, key, headers=headers) for key, value, headers in ROWS]
        producer.flush(20)
        for future in sent:
            future.get(20)
        producer.close()

    @staticmethod
    def consume(broker, topic):
        consumer = kafka.KafkaConsumer(topic, bootstrap_servers=broker.address, auto_offset_reset="earliest", consumer_timeout_ms=20_000)
        messages = [message for _, message in zip(ROWS, consumer)]
        consumer.close()
        return [(m.key, m.value, m.headers) for m in messages]


class Aiokafka:
    written = ROWS
    settings = [{}, {"acks": "all"}, {"acks": 0}, {"enable_idempotence": True}, *({"compression_type": codec} for codec in CODECS),
                *({"compression_type": codec, "enable_idempotence": True} for codec in CODECS)]

    @staticmethod
    def produce(broker, topic, settings):
        async def run():
            producer = aiokafka.AIOKafkaProducer(bootstrap_servers=broker.address, **settings)
            await producer.start()
            try:
                sent = [await producer.send(topic, value, key, headers=headers) for key, value, headers in ROWS]
                await asyncio.wait_for(asyncio.gather(*sent), 20)
            finally:
                await producer.stop()

        asyncio.run(run())

    @staticmethod
    def consume(broker, topic):
        async def run():
            consumer = aiokafka.AIOKafkaConsumer(topic, bootstrap_servers=broker.address, auto_offset_reset="earliest")
            await consumer.start()
            try:
                return [await asyncio.wait_for(consumer.getone(), 20) for _ in ROWS]
            finally:
                await consumer.stop()

        return [(m.key, m.value, list(m.headers)) for m in asyncio.run(run())]


class Kcat:
    # It has no null keys among others.
    written = [(key or b"", value, headers) for key, value, headers in ROWS]
    settings = [[], ["-X", "acks=all"], ["-X", "acks=0"], ["-X", "enable.idempotence=true"], *(["-z", codec] for codec in CODECS)]

    @staticmethod
    def produce(broker, topic, settings):
        """A run for each set of headers, which are one for all messages of a run."""
        groups = []
        for key, value, headers in ROWS:
            if not groups or groups[-1][0] != headers:
                groups.append((headers, []))
            groups[-1][1].append((key or b"") + b":" + value)
        for headers, lines in groups:
            options = [part for name, content in headers for part in ("-H", f"{name}={content.decode()}")]
            subprocess.run(["kcat", "-b", broker.address, "-t", topic, "-P", "-K", ":", *settings, *options],
                           input=b"\n".join(lines) + b"\n", check=True, timeout=30)

    @staticmethod
    def consume(broker, topic):
        done = subprocess.run(["kcat", "-b", broker.address, "-t", topic, "-C", "-c", str(len(ROWS)), "-q", "-J"], capture_output=True, check=True, timeout=30)
        rows = []
        for line in done.stdout.splitlines():
            message = json.loads(line)
            headers = message.get("headers", [])
            key = message["key"]
            rows.append((None if key is None else key.encode(), (message["payload"] or "").encode(),
                         [(name, content.encode()) for name, content in zip(headers[::2], headers[1::2])]))
        return rows


CLIENTS = {"confluent": Confluent, "kafka-python": KafkaPython, "aiokafka": Aiokafka, "kcat": Kcat}
CASES = [(name, settings) for name, client in CLIENTS.items() for settings in client.settings]


@pytest.mark.parametrize("name,settings", CASES, ids=[f"{name} {settings}" for name, settings in CASES])
def test_what_a_client_writes_is_read(shared, name, settings):
    client = CLIENTS[name]
    topic = create(shared)
    client.produce(shared, topic, settings)
    assert client.consume(shared, topic) == client.written


@pytest.mark.parametrize("name", CLIENTS)
def test_what_one_client_writes_all_others_read(shared, name):
    topic = create(shared)
    CLIENTS[name].produce(shared, topic, CLIENTS[name].settings[0])
    for other, client in CLIENTS.items():
        assert client.consume(shared, topic) == CLIENTS[name].written, other


@pytest.mark.parametrize("stored", ["uncompressed", *CODECS])
def test_what_the_topic_recompresses_all_clients_read(shared, stored):
    topic = create(shared, compression_type=stored)
    Confluent.produce(shared, topic, {"compression.type": "gzip"})
    for other, client in CLIENTS.items():
        assert client.consume(shared, topic) == ROWS, other


KEYLESS = set(range(3, 100, 10))


@pytest.mark.parametrize("is_idempotent", [False, True])
def test_librdkafka_learns_which_records_were_refused(shared, is_idempotent):
    topic = create(shared, cleanup_policy="compact")
    results = {}
    producer = Producer({"bootstrap.servers": shared.address, "linger.ms": 20_000, "enable.idempotence": is_idempotent})

    def report(index):
        return lambda error, _: results.update({index: error and error.code()})

    for i in range(100):
        producer.produce(topic, b"v", None if i in KEYLESS else b"k", on_delivery=report(i))
    assert producer.flush(20) == 0
    assert {i for i, code in results.items() if code == KafkaError.INVALID_RECORD} == KEYLESS
    assert {code for i, code in results.items() if i not in KEYLESS} == {KafkaError._INVALID_DIFFERENT_RECORD}
    producer.produce(topic, b"v", b"k", on_delivery=report("next"))
    assert producer.flush(20) == 0 and results["next"] is None, "what comes later is taken"


def test_kafka_python_learns_which_records_were_refused(shared):
    topic = create(shared, cleanup_policy="compact")
    producer = kafka.KafkaProducer(bootstrap_servers=shared.address, linger_ms=1000)
    sent = [producer.send(topic, b"v", None if i in KEYLESS else b"k") for i in range(100)]
    producer.flush(20)
    refused = {i for i, future in enumerate(sent) if isinstance(future.exception, kafka.errors.InvalidRecordError)}
    assert refused == KEYLESS and all(future.failed() for future in sent)
    assert "has no key" in str(sent[3].exception)
    producer.close(0)
