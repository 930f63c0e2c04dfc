"""A soak: clients of several libraries against one broker for an hour, with restarts, kills and a disk that fills up now and then.

At the end every acknowledged record must have been consumed, and the broker's memory, open files and threads must not have grown.
The disk that fills up is a file with a file system of its own, which needs root; without it the disk stays as it is, and the report
says so.
"""

import argparse
import array
import asyncio
import logging
import multiprocessing
import os
import pathlib
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "Conformance"))

import aiokafka  # noqa: E402
import confluent_kafka  # noqa: E402
import kafka  # noqa: E402
from broker import Broker  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402

SETTINGS = [
    "offsets.topic.num.partitions=4", "log.segment.bytes=4194304", "log.retention.bytes=41943040", "log.retention.check.interval.ms=5000",
    "log.segment.delete.delay.ms=2000", "group.initial.rebalance.delay.ms=500"]
TOPICS = {"native": 4, "python": 2, "async": 2}


class Journal:
    """Numbers that a worker appends to a file of its own."""

    def __init__(self, folder, name):
        self.file = open(folder / f"{name}-{os.getpid()}", "ab")

    def add(self, numbers):
        array.array("q", numbers).tofile(self.file)
        self.file.flush()

    @staticmethod
    def read(folder, name):
        result = set()
        for path in folder.glob(f"{name}-*"):
            result.update(memoryview(path.read_bytes()).cast("q"))
        return result


def value(number):
    return number.to_bytes(8, "big") + random.Random(number).randbytes(800)


def number(data):
    return int.from_bytes(data[:8], "big")


def paced(stop, rate):
    """Counts up `rate` times a second until `stop`."""
    began, index = time.monotonic(), 0
    while not stop.is_set():
        delay = began + index / rate - time.monotonic()
        if delay > 0:
            time.sleep(delay)
        yield index
        index += 1


# -- workers, each a process --

def native_producer(address, folder, stop):
    journal = Journal(folder, "acked-native")
    producer = confluent_kafka.Producer({
        "bootstrap.servers": address, "enable.idempotence": True, "compression.type": "lz4", "linger.ms": 5, "message.timeout.ms": 600_000,
        "log_level": 0})

    def delivered(error, message):
        if error is None:
            journal.add([number(message.value())])

    for index in paced(stop, 500):
        try:
            producer.produce("native", value(index), key=str(index), on_delivery=delivered)
        except BufferError:
            producer.poll(0.1)
        producer.poll(0)
    producer.flush(120)


def python_producer(address, folder, stop):
    journal = Journal(folder, "acked-python")
    producer = kafka.KafkaProducer(
        bootstrap_servers=address, acks="all", linger_ms=5, enable_idempotence=False, request_timeout_ms=30_000, delivery_timeout_ms=600_000,
        max_block_ms=300_000)
    for index in paced(stop, 100):
        producer.send("python", value(index)).add_callback(lambda _, index=index: journal.add([index]))
    producer.flush(120)


def async_producer(address, folder, stop):
    journal = Journal(folder, "acked-async")

    async def run():
        producer = aiokafka.AIOKafkaProducer(bootstrap_servers=address, enable_idempotence=True, compression_type="gzip", request_timeout_ms=600_000)
        await producer.start()
        index = 0
        waiting = set()
        while not stop.is_set():
            async def send(index):
                try:
                    await producer.send_and_wait("async", value(index))
                    journal.add([index])
                except aiokafka.errors.KafkaError:
                    pass  # not acknowledged: nothing was promised
            if len(waiting) < 1000:
                task = asyncio.create_task(send(index))
                waiting.add(task)
                task.add_done_callback(waiting.discard)
                index += 1
            await asyncio.sleep(0.01)
        await asyncio.wait_for(asyncio.gather(*waiting), 120)
        await producer.stop()

    asyncio.run(run())


def native_consumer(address, folder, stop, lives=None):
    """A member of a group; one with `lives` closes, or vanishes, after so many seconds and comes again."""
    journal = Journal(folder, "seen-native")
    while not stop.is_set():
        consumer = confluent_kafka.Consumer({
            "bootstrap.servers": address, "group.id": "native", "auto.offset.reset": "earliest", "session.timeout.ms": 10_000,
            "enable.auto.commit": False, "partition.assignment.strategy": "cooperative-sticky", "log_level": 0})
        consumer.subscribe(["native"])
        until = time.monotonic() + (lives or 1 << 30)
        while not stop.is_set() and time.monotonic() < until:
            messages = [m for m in consumer.consume(500, 0.5) if m.error() is None]
            if messages:
                journal.add([number(m.value()) for m in messages])
                try:
                    consumer.commit(asynchronous=False)
                except confluent_kafka.KafkaException:
                    pass  # the group moves on; the records come again
        consumer.close()


def python_consumer(address, folder, stop):
    journal = Journal(folder, "seen-python")
    consumer = kafka.KafkaConsumer(
        "python", bootstrap_servers=address, group_id="python", auto_offset_reset="earliest", session_timeout_ms=10_000, heartbeat_interval_ms=2000)
    while not stop.is_set():
        for messages in consumer.poll(500).values():
            journal.add([number(m.value) for m in messages])
    consumer.close()


def async_consumer(address, folder, stop):
    journal = Journal(folder, "seen-async")

    async def run():
        while not stop.is_set():
            consumer = aiokafka.AIOKafkaConsumer(
                "async", bootstrap_servers=address, group_id="async", auto_offset_reset="earliest", session_timeout_ms=10_000, enable_auto_commit=False)
            try:
                await consumer.start()
                until = time.monotonic() + 90
                while not stop.is_set() and time.monotonic() < until:
                    for messages in (await consumer.getmany(timeout_ms=500)).values():
                        journal.add([number(m.value) for m in messages])
                    await consumer.commit()
            except aiokafka.errors.KafkaError:
                await asyncio.sleep(1)
            finally:
                await consumer.stop()

    asyncio.run(run())


def strangers(address, folder, stop):
    """Connections that send garbage, half a frame or nothing, and go."""
    host, port = address.split(":")
    generator = random.Random(1)
    for _ in paced(stop, 50):
        try:
            with socket.create_connection((host, int(port)), 1) as connection:
                connection.sendall(generator.choice([b"", b"\0\0\1", generator.randbytes(50), b"GET / HTTP/1.1\r\n\r\n"]))
        except OSError:
            pass  # the broker restarts


# -- the disk and the broker --

class Disk:
    """A small file system, if this user may mount one."""

    def __init__(self, folder, mebibytes):
        self.place, self.image = folder / "disk", folder / "image"
        self.place.mkdir()
        subprocess.run(["truncate", "-s", f"{mebibytes}M", self.image], check=True)
        mount = "mkfs.ext4 -q -F image && mount -o loop image disk"
        self.is_small = subprocess.run(mount, shell=True, cwd=folder, capture_output=True).returncode == 0

    def fill(self, stop, seconds):
        """Leaves no byte for a while, whatever retention frees meanwhile."""
        until = time.monotonic() + seconds
        with open(self.place / "filler", "ab", buffering=0) as file:
            while time.monotonic() < until and not stop.is_set():
                try:
                    while True:
                        file.write(bytes(1 << 16))
                except OSError:
                    time.sleep(0.05)
        os.unlink(self.place / "filler")

    def close(self):
        if self.is_small:
            subprocess.run(["umount", self.place], check=True)


def sample(broker):
    try:
        status = open(f"/proc/{broker.pid}/status").read()
        threads = int(status.split("Threads:")[1].split()[0])
        return broker.resident_bytes() / (1 << 20), broker.open_files(), threads
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return None


def soak(minutes, folder):
    disk = Disk(folder, 1200)
    print("the disk has 1200 MiB and is filled up now and then" if disk.is_small else "no right to mount: the disk does not fill up", flush=True)
    produced, consumed = multiprocessing.Event(), multiprocessing.Event()
    broker = Broker(data=disk.place / "data", settings=SETTINGS).start()
    admin = AdminClient({"bootstrap.servers": broker.address})
    for name, made in admin.create_topics([NewTopic(name, count, 1) for name, count in TOPICS.items()]).items():
        made.result(30)
    del admin
    def workers(stop, *jobs):
        processes = [multiprocessing.Process(target=job, args=(broker.address, folder, stop, *more)) for job, *more in jobs]
        for process in processes:
            process.start()
        return processes

    producers = workers(produced, (native_producer,), (python_producer,), (async_producer,), (strangers,))
    consumers = workers(consumed, (native_consumer,), (native_consumer, 45), (python_consumer,), (async_consumer,))
    try:
        samples = watch(broker, disk, producers + consumers, minutes, produced)
    finally:
        end(producers, produced)
        wait_for_consumers(folder)
        end(consumers, consumed)
        alive = broker.is_alive()
        code = broker.stop(60) if alive else None
        if not alive or code != 0:
            print(broker.logs()[-3000:])
        disk.close()
    return report(samples, folder, code)


def wait_for_consumers(folder):
    """Until everything that was acknowledged has been seen, for a minute at most: what is missing then is in the report."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if all(Journal.read(folder, f"acked-{topic}") <= Journal.read(folder, f"seen-{topic}") for topic in TOPICS):
            return
        time.sleep(1)


def end(workers, stop):
    stop.set()
    for worker in workers:
        worker.join(150)
        if worker.is_alive():
            print(f"worker {worker.name} does not end")
            worker.kill()


def watch(broker, disk, workers, minutes, stop):
    """Samples every five seconds; restarts in the first half, alternately orderly and by SIGKILL; fills the disk every seven minutes."""
    began, samples, restarts, fills = time.monotonic(), [], 0, 0
    while (elapsed := time.monotonic() - began) < minutes * 60:
        time.sleep(5)
        if not broker.is_alive():
            raise RuntimeError(f"the broker died: {broker.logs()[-3000:]}")
        dead = [w.name for w in workers if not w.is_alive()]
        if dead:
            raise RuntimeError(f"workers died: {dead}")
        now = sample(broker)
        if now:
            samples.append((elapsed, *now))
        if len(samples) % 12 == 0 and now:
            print(f"{elapsed / 60:5.1f} min: {now[0]:6.1f} MiB, {now[1]} files, {now[2]} threads, {restarts} restarts, {fills} times full", flush=True)
        if elapsed > (restarts + 1) * minutes * 60 / 14 and elapsed < minutes * 30:
            restarts += 1
            if restarts % 2:
                broker.kill()
            elif broker.stop(60) != 0:
                raise RuntimeError(f"the stop failed: {broker.logs()[-3000:]}")
            broker.start(60)
        if disk.is_small and elapsed > (fills + 0.5) * 420:
            fills += 1
            threading.Thread(target=disk.fill, args=(stop, 20), daemon=True).start()
    return samples


def report(samples, folder, code):
    end = samples[-1][0]
    half = [s for s in samples if s[0] > end * 0.55]
    early, late = half[:len(half) // 4], half[-len(half) // 4:]
    fine = code == 0
    print(f"the last stop ended with exit code {code}")
    for index, (name, room) in enumerate([("resident MiB", 8), ("open files", 30), ("threads", 2)], 1):
        before, after = (statistics.median(s[index] for s in part) for part in (early, late))
        fine &= after - before <= max(room, before * 0.1)
        print(f"{name}: median {before:.1f} after the last restart, {after:.1f} at the end; largest {max(s[index] for s in samples):.1f}")
    for topic in TOPICS:
        acked, seen = Journal.read(folder, f"acked-{topic}"), Journal.read(folder, f"seen-{topic}")
        print(f"{topic}: {len(acked)} acknowledged, {len(seen)} different ones consumed, {len(acked - seen)} of the acknowledged never consumed")
        fine &= bool(acked) and not acked - seen
    print("sound" if fine else "NOT SOUND")
    return fine


def main():
    # The clients complain about each restart.
    logging.getLogger().addHandler(logging.NullHandler())
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ottla-soak-"))
    try:
        sys.exit(0 if soak(options.minutes, folder) else 1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
