"""Clients that write and read while nodes die, and note what they see (history.py)."""

import threading
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition


class Load:
    """Idempotent producers with acks=all and a group of consumers on one topic. Use as a context manager; it ends without losing anything.

    `padding` are bytes more in each record.
    """

    def __init__(self, bootstrap, topic, partitions, producers=2, consumers=2, rate=200, padding=0, **settings):
        self.bootstrap, self.topic, self.partitions, self.rate = bootstrap, topic, partitions, rate
        self.settings = settings
        self.key = b"." * padding or None
        self.events = []
        self.errors = []
        self.acked = 0
        self.longest_gap = 0.0
        self.last_ack = time.monotonic()
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._produce, args=(f"p{number}",)) for number in range(producers)]
        self.threads += [threading.Thread(target=self._consume, args=(f"c{number}",)) for number in range(consumers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def _produce(self, name):
        producer = Producer({
            "bootstrap.servers": self.bootstrap, "enable.idempotence": True, "acks": "all", "linger.ms": 5, "log_level": 0,
            # A node that is paused answers nothing: its requests are given up after this.
            "delivery.timeout.ms": 120000, "socket.timeout.ms": 10000, **self.settings,
        })
        count = 0
        while not self.stopping.is_set():
            value, partition = f"{name}-{count}", count % self.partitions
            # Noted first: an answer must not come before the question.
            self.events.append({"event": "send", "value": value, "producer": name, "partition": partition})
            producer.produce(self.topic, value.encode(), self.key, partition, on_delivery=self._delivered)
            count += 1
            producer.poll(0)
            self.stopping.wait(1 / self.rate)
            producer.poll(0)
        left = producer.flush(130)
        if left:
            self.errors.append(f"{name}: {left} records without an answer")

    def _delivered(self, error, message):
        value = message.value().decode()
        if error is not None:
            self.errors.append(f"{value}: {error}")
            self.events.append({"event": "fail", "value": value, "definite": False})
            return
        now = time.monotonic()
        self.longest_gap = max(self.longest_gap, now - self.last_ack)
        self.last_ack = now
        self.acked += 1
        # Of what was there already when it was sent again, librdkafka may not know the place.
        offset = -1 if message.offset() is None else message.offset()
        self.events.append({"event": "ack", "value": value, "partition": message.partition(), "offset": offset})

    def progress(self, since):
        """The partitions where something is acknowledged that was sent after so many events."""
        events = self.events[since:]
        sent = {event["value"] for event in events if event["event"] == "send"}
        return {event["partition"] for event in events if event["event"] == "ack" and event["value"] in sent}

    def _consume(self, name):
        consumer = Consumer({
            "bootstrap.servers": self.bootstrap, "group.id": f"{self.topic}-readers", "auto.offset.reset": "earliest",
            "session.timeout.ms": 6000, "auto.commit.interval.ms": 500, "log_level": 0,
        })
        consumer.subscribe([self.topic])
        while not self.stopping.is_set():
            self._note(name, consumer.poll(0.2))
        consumer.close()

    def _note(self, reader, message):
        if message is None or message.error():
            return
        self.events.append({
            "event": "read", "reader": reader, "partition": message.partition(), "offset": message.offset(),
            "value": message.value().decode(),
        })

    def read_all(self, timeout=60):
        """Reads the topic from its beginning to its end, as the reader "final" of the history."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "final", "enable.auto.commit": False, "log_level": 0})
        try:
            ends = {}
            for partition in range(self.partitions):
                low, high = consumer.get_watermark_offsets(TopicPartition(self.topic, partition), timeout=15)
                if high > low:
                    ends[partition] = high
            consumer.assign([TopicPartition(self.topic, partition, 0) for partition in ends])
            deadline = time.monotonic() + timeout
            while ends:
                if time.monotonic() > deadline:
                    raise AssertionError(f"not all was read within {timeout} s: up to {ends} is missing")
                message = consumer.poll(0.5)
                if message is None or message.error():
                    continue
                self._note("final", message)
                if message.offset() + 1 >= ends.get(message.partition(), 0):
                    ends.pop(message.partition(), None)
        except KafkaException as error:
            raise AssertionError(f"the log cannot be read: {error}") from None
        finally:
            consumer.close()
