"""Money that moves in transactions while nodes and clients are killed and paused.

  python Tests/Cluster/bank.py --cycles 200 --seed 1 [--nodes 1]

Tellers, each a process with a transactional id, take an amount from one account and give it to another: the accounts' entries lie in several
partitions. Some transfers are aborted on purpose. Copiers, members of one group, carry each order to the bookings together with their offsets.
Readers of committed records watch all of it. Ends with 1 when a reader has seen what was aborted, half a transfer, or a booking twice, or when
something that was committed is missing. Prints a line for each cycle."""

import argparse
import collections
import faulthandler
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import conftest  # noqa: F401  (paths)
import replicas
from broker import STARTED, eventually
from cluster import Cluster
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from test_cluster import disturb, restore

ENTRIES, ORDERS, BOOKINGS = "entries", "orders", "bookings"
PARTITIONS = 4
ACCOUNTS = 40


# The programs that are killed. They know nothing of the test: what they do is what an application would.


def transactional(bootstrap, identity):
    made = Producer({
        "bootstrap.servers": bootstrap, "transactional.id": identity, "transaction.timeout.ms": 10000, "socket.timeout.ms": 10000, "log_level": 0,
    })
    until_done(lambda: made.init_transactions(30))
    return made


def until_done(work):
    """Tries again what can be; what remains is a KafkaException that asks for an abort, or for another producer."""
    while True:
        try:
            return work()
        except KafkaException as error:
            print(time.strftime("%H:%M:%S"), error, file=sys.stderr, flush=True)
            if not error.args[0].retriable():
                raise


def finish(producer, commit):
    """Ends the transaction.

    Returns whether it was committed. A producer that cannot go on raises."""
    try:
        if commit:
            until_done(lambda: producer.commit_transaction(30))
            return True
    except KafkaException as error:
        if not error.args[0].txn_requires_abort():
            raise
    until_done(lambda: producer.abort_transaction(30))
    return False


def teller(bootstrap, identity):
    chance = random.Random()
    producer = transactional(bootstrap, identity)
    run = f"{identity}-{time.time_ns()}"
    for number in range(1 << 62):
        source, target = chance.sample(range(ACCOUNTS), 2)
        is_void = chance.random() < 0.15
        amount = chance.randrange(1, 100)
        producer.begin_transaction()
        for account, change in ((source, -amount), (target, amount)):
            entry = {"transfer": f"{run}-{number}", "account": account, "change": change, "near": source % PARTITIONS == target % PARTITIONS, "void": is_void}
            producer.produce(ENTRIES, json.dumps(entry), str(account), account % PARTITIONS)
        if finish(producer, not is_void):
            # What was told to somebody has to stay.
            print(entry["transfer"], flush=True)


def copier(bootstrap, identity):
    producer = transactional(bootstrap, identity)
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": "copiers", "isolation.level": "read_committed", "enable.auto.commit": False,
        "auto.offset.reset": "earliest", "session.timeout.ms": 6000, "log_level": 0,
    })
    consumer.subscribe([ORDERS])
    while True:
        orders = [one for one in consumer.consume(50, 0.2) if not one.error()]
        if not orders:
            continue
        # send_offsets_to_transaction() may wait for ever for a coordinator that was down once, whatever its time limit (librdkafka 5456, 5511):
        # an application that wants to go on has to end itself.
        signal.alarm(45)
        producer.begin_transaction()
        for order in orders:
            producer.produce(BOOKINGS, order.value(), partition=order.partition())
        behind = {}
        for order in orders:
            behind[order.partition()] = order.offset() + 1
        offsets = [TopicPartition(ORDERS, partition, offset) for partition, offset in behind.items()]
        try:
            until_done(lambda: producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), 30))
            is_committed = finish(producer, True)
        except KafkaException as error:
            if not error.args[0].txn_requires_abort():
                raise
            is_committed = finish(producer, False)
        signal.alarm(0)
        if not is_committed:
            for partition in consumer.committed(consumer.assignment(), 30):
                consumer.seek(TopicPartition(partition.topic, partition.partition, max(0, partition.offset)))


ROLES = {"teller": teller, "copier": copier}


class Worker:
    """One of these programs; whoever ends is started anew under the same name."""

    def __init__(self, bootstrap, directory, role, number):
        self.log_path = os.path.join(directory, f"{role}-{number}.txt")
        self.command = [sys.executable, __file__, "--role", role, "--identity", f"{role}-{number}", "--bootstrap", bootstrap]
        self.told = set()
        self.lock = threading.Lock()
        self.stopping = False
        self.process = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        while self._start():
            for line in self.process.stdout:
                if line.endswith("\n"):
                    self.told.add(line.strip())
            self.process.wait()

    def _start(self):
        """False when it is not to run any more: who stops it must not miss a process that begins just then."""
        with self.lock, open(self.log_path, "a") as log:
            if self.stopping:
                return False
            self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=log, text=True)
            STARTED.append(self.process)
            return True

    def signal(self, number):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def stop(self):
        with self.lock:
            self.stopping = True
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGKILL)
        self.thread.join()


# What is to be true.


class Bank:
    def __init__(self, cluster, tellers=3, copiers=2, rate=100):
        self.cluster, self.rate = cluster, rate
        self.problems = []
        self.stopping = threading.Event()
        self.ordered = set()
        self.read = self.booked = 0
        for topic in (ENTRIES, ORDERS, BOOKINGS):
            cluster.create(topic, PARTITIONS, min(3, len(cluster.brokers)))
            cluster.wait_in_sync(topic)
        self.workers = [Worker(cluster.bootstrap, cluster.directory, "teller", number) for number in range(tellers)]
        self.workers += [Worker(cluster.bootstrap, cluster.directory, "copier", number) for number in range(copiers)]
        self.threads = [threading.Thread(target=one) for one in (self._order, self._watch, self._count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for one in self.threads:
            one.join()
        for worker in self.workers:
            worker.stop()

    def _order(self):
        producer = Producer({
            "bootstrap.servers": self.cluster.bootstrap, "enable.idempotence": True, "linger.ms": 5, "delivery.timeout.ms": 120000, "log_level": 0,
        })

        def delivered(error, message):
            if error is None:
                self.ordered.add(message.value().decode())
            else:
                self.problems.append(f"an order was not taken: {error}")

        number = 0
        while not self.stopping.wait(1 / self.rate):
            producer.produce(ORDERS, str(number), partition=number % PARTITIONS, on_delivery=delivered)
            producer.poll(0)
            number += 1
        producer.flush(130)

    def _reader(self, topic, isolation="read_committed"):
        consumer = Consumer({
            "bootstrap.servers": self.cluster.bootstrap, "group.id": f"reader-{time.time_ns()}", "isolation.level": isolation,
            "enable.auto.commit": False, "auto.offset.reset": "earliest", "enable.partition.eof": True, "log_level": 0,
        })
        consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
        return consumer

    def _watch(self):
        """A reader of the entries that goes on for as long as there are some."""
        consumer, legs = self._reader(ENTRIES), collections.defaultdict(lambda: collections.defaultdict(list))
        while not self.stopping.is_set():
            message = consumer.poll(0.2)
            if message is None:
                continue
            if not message.error():
                self.read += 1
                self.take(json.loads(message.value()), legs[message.partition()])
            elif message.error().name() == "_PARTITION_EOF":
                # At the last stable offset there is no half of what lies in this partition only.
                halves = [name for name, found in legs[message.partition()].items() if len(found) == 1 and found[0]["near"]]
                if halves:
                    self.problems.append(f"{ENTRIES}-{message.partition()} up to {message.offset()} has half of {halves[:3]}")
        consumer.close()

    def _count(self):
        consumer = self._reader(BOOKINGS)
        while not self.stopping.is_set():
            message = consumer.poll(0.2)
            if message is not None and not message.error():
                self.booked += 1
        consumer.close()

    def take(self, entry, legs):
        found = legs[entry["transfer"]]
        found.append(entry)
        if entry["void"]:
            self.problems.append(f"{entry['transfer']} was aborted, and is read")
        if len(found) > 2 or len({one["account"] for one in found}) < len(found):
            self.problems.append(f"{entry['transfer']} is there more than once: {found}")

    def read_all(self, topic, patience=90):
        """What a reader of committed records gets from the beginning to the end, once nothing is open any more."""
        consumer, values, open_partitions = self._reader(topic), [], set(range(PARTITIONS))
        # A reader of committed records would be told the last stable offset.
        everything = self._reader(topic, "read_uncommitted")
        ends = {number: everything.get_watermark_offsets(TopicPartition(topic, number), 30)[1] for number in open_partitions}
        everything.close()
        deadline = time.monotonic() + patience
        while open_partitions:
            if time.monotonic() > deadline:
                raise AssertionError(f"readers of {topic} are held back: {ends}, open {open_partitions}\n{self.cluster.logs()}")
            message = consumer.poll(0.5)
            if message is None:
                continue
            if not message.error():
                values.append(message.value().decode())
            elif message.error().name() == "_PARTITION_EOF" and message.offset() >= ends[message.partition()]:
                open_partitions.discard(message.partition())
        consumer.close()
        return values

    def settle(self):
        """Stops all but the copiers, waits until they are done, and looks at everything once more."""
        for worker in self.workers:
            if "teller" in worker.command:
                worker.stop()
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        # What a killed teller has left open ends with its time limit.
        legs, total = collections.defaultdict(list), 0
        for value in self.read_all(ENTRIES):
            entry = json.loads(value)
            self.take(entry, legs)
            total += entry["change"]
        halves = [name for name, found in legs.items() if len(found) != 2]
        if halves or total != 0:
            self.problems.append(f"the total is {total}; not whole: {halves[:5]}")
        told = set().union(*(worker.told for worker in self.workers))
        lost = told - legs.keys()
        if lost:
            self.problems.append(f"{len(lost)} transfers were committed, and are not there: {sorted(lost)[:5]}")
        orders = self.read_all(ORDERS)
        eventually(lambda: len(self.read_all(BOOKINGS)) >= len(orders), 120, f"all orders are booked\n{self.cluster.logs()}")
        for worker in self.workers:
            worker.stop()
        bookings = collections.Counter(self.read_all(BOOKINGS))
        if bookings != collections.Counter(orders):
            twice = [value for value, count in bookings.items() if count > 1]
            self.problems.append(f"{len(orders)} orders and {sum(bookings.values())} bookings; twice: {twice[:5]}, missing: {sorted(set(orders) - bookings.keys())[:5]}")
        if lost := self.ordered - set(orders):
            self.problems.append(f"{len(lost)} orders were acknowledged, and are not there: {sorted(lost)[:5]}")
        self.transfers, self.bookings = len(legs), sum(bookings.values())


def cycle(bank, chance, fault):
    """A fault, the cluster whole again, and then everything goes on."""
    cluster = bank.cluster
    workers = chance.sample(bank.workers, 2)
    nodes = cluster.nodes if fault == "all" else [chance.choice(cluster.nodes)]
    if fault == "clients":
        for worker in workers:
            worker.signal(signal.SIGKILL)
    elif fault == "sleepers":
        # Longer than a transaction may take, and than a member may be silent: this is the fault, nothing is waited for.
        for worker in workers:
            worker.signal(signal.SIGSTOP)
        time.sleep(11)
        for worker in workers:
            worker.signal(signal.SIGCONT)
    else:
        for node in nodes:
            disturb(chance, node, "kill" if fault == "all" else fault)
        time.sleep(3 * chance.random())  # Some come back at once, some later.
        for node in nodes:
            restore(node)
        cluster.wait_ready(60, count=len(cluster.brokers))
        cluster.wait_in_sync(ENTRIES, 90)
    before = bank.read, bank.booked
    eventually(lambda: bank.read > before[0] + 20 and bank.booked > before[1] + 20, 90, f"transfers and bookings go on after {fault}\n{cluster.logs()}")


def check(nodes, cycles, seed, faults, say=lambda _: None, directory=None):
    """The problems, and the bank."""
    chance = random.Random(seed)
    ids = {"transaction.state.log.replication.factor": min(3, nodes), "transaction.state.log.min.isr": min(2, nodes), "transaction.state.log.num.partitions": 4}
    with Cluster(nodes, ids, directory) as cluster:
        with Bank(cluster) as bank:
            eventually(lambda: bank.read > 20 and bank.booked > 20, 60, "transfers and bookings begin")
            for number in range(cycles):
                fault, began = faults[number % len(faults)], time.monotonic()
                cycle(bank, chance, fault)
                say(f"{number + 1}: {fault}, {time.monotonic() - began:.1f} s, {bank.read} entries, {bank.booked} bookings")
                if bank.problems:
                    break
            cluster.wait_in_sync(ENTRIES, 90)
            eventually(lambda: bank.read > 250 and bank.booked > 120, 90, "enough is seen of it, on a slow machine too")
            bank.settle()
        cluster.stop()
        for topic in (ENTRIES, BOOKINGS):
            bank.problems += replicas.differences(cluster.nodes, topic, PARTITIONS)
    return bank.problems, bank


FAULTS = ("kill", "clients", "pause", "sleepers", "stop", "all")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--faults", default=",".join(FAULTS), help="some of these, one after the other")
    parser.add_argument("--directory", help="where the nodes keep their data, and leave it")
    parser.add_argument("--role", choices=ROLES, help=argparse.SUPPRESS)
    parser.add_argument("--identity", help=argparse.SUPPRESS)
    parser.add_argument("--bootstrap", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role:
        # kill -USR1 writes where it hangs into its file beside the nodes' data.
        faulthandler.register(signal.SIGUSR1)
        return ROLES[options.role](options.bootstrap, options.identity)
    problems, bank = check(options.nodes, options.cycles, options.seed, options.faults.split(","), lambda line: print(line, flush=True), options.directory)
    print(f"{options.cycles} cycles, {bank.transfers} transfers, {bank.bookings} bookings")
    for problem in problems[:20]:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
