"""What a cluster of three nodes reaches on this machine: throughput, latency, failover and what it costs at rest.

    .venv/bin/python Bench/cluster.py                                    # all parts, the release binary
    .venv/bin/python Bench/cluster.py --parts throughput,latency --set ottla.flush.policy=ack
    .venv/bin/python Bench/cluster.py --kafka DIRECTORY                  # the same of Apache Kafka (needs Java)

Producers are `ottla perf produce` of the release binary, acks=all, idempotent, default batches, 1,000-byte records, into topics with three
replicas and min.insync.replicas=2. Failover is seen by two clients: by `ottla perf latency`, which sends one record after the other to a
partition that the killed node leads (the longest it waited), and by librdkafka with its default settings but linger.ms=0: for each partition
that the killed node led, the time from the kill to the answer of a record that was sent after it.
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "Cluster"))
sys.path.insert(0, str(ROOT / "Tests" / "Conformance"))
OTTLA = str(ROOT / ".build" / "release" / "ottla")
os.environ.setdefault("OTTLA_BINARY", OTTLA)
import cluster as clusters  # noqa: E402
from broker import eventually, spawn  # noqa: E402
from confluent_kafka import Producer  # noqa: E402


class KafkaNode(clusters.Node):
    def __init__(self, kafka, number, directory, settings):
        self.kafka = kafka
        super().__init__(number, directory, settings)

    def start(self):
        names = ("kafka-server", "kafka-server-start.sh")
        command = next(str(self.kafka / "bin" / name) for name in names if (self.kafka / "bin" / name).exists())
        with open(self.log_path, "a") as log:
            self.process = spawn([command, self.config], stdout=log, stderr=log)


class KafkaCluster(clusters.Cluster):
    """Three combined nodes of Apache Kafka, with its defaults."""

    kafka = None

    def make_node(self, number, directory, settings):
        return KafkaNode(self.kafka, number, directory, settings)

    def format(self, node, cluster_id):
        names = ("kafka-storage", "kafka-storage.sh")
        command = next(str(self.kafka / "bin" / name) for name in names if (self.kafka / "bin" / name).exists())
        subprocess.run([command, "format", "-t", cluster_id, "-c", node.config], capture_output=True, text=True, check=True)


def perf(cluster, topic, records, *words):
    """The result of `ottla perf produce`, and the CPU seconds of the nodes for a gigabyte."""
    before = sum(node.cpu_seconds() for node in cluster.nodes)
    command = [OTTLA, "perf", "produce", topic, "--records", str(records), "--size", "1000", "--acks", "all", *words]
    done = subprocess.run([*command, "--bootstrap", cluster.bootstrap, "--output", "json"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}\n{cluster.logs()}")
    spent = sum(node.cpu_seconds() for node in cluster.nodes) - before
    return json.loads(done.stdout.splitlines()[-1]), spent / (records * 1000 / 1e9)


def spread(values, form="{:.1f}"):
    return f"{form.format(statistics.median(values))} ({form.format(min(values))} to {form.format(max(values))})"


def memory(cluster):
    return ", ".join(f"{node.resident_bytes() / 2**20:.0f}" for node in cluster.nodes) + " MiB resident"


def throughput(cluster, options):
    rates, costs = [], []
    for run in range(options.runs + 1):
        # What earlier runs left for the disk to write would hold up the next: three replicas of it, on one disk.
        os.sync()
        topic = f"throughput-{run}"
        cluster.create(topic, partitions=4)
        cluster.wait_in_sync(topic)
        result, cost = perf(cluster, topic, options.records)
        subprocess.run([OTTLA, "topic", "delete", topic, "--yes", "--bootstrap", cluster.bootstrap], capture_output=True, check=True)
        if run:
            rates.append(float(result["megabytes_per_second"]))
            costs.append(cost)
    print(f"throughput: {spread(rates)} MB/s, all nodes {spread(costs, '{:.2f}')} CPU s/GB; {memory(cluster)}", flush=True)


def transactions(cluster, options):
    cluster.create("transfers", partitions=6)
    cluster.wait_in_sync("transfers")

    def transact(*words):
        command = [OTTLA, "perf", "transact", "transfers", "--bootstrap", cluster.bootstrap, "--output", "json", *words]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    single, eight = ("--transactions", "1000"), ("--transactions", "200", "--producers", "8", "--records", "100")
    rates, tails, shares = [], [], []
    for run in range(options.runs + 1):
        os.sync()
        one, many, plain = transact(*single), transact(*eight), transact(*eight, "--flush")
        if run:
            rates.append(float(one["transactions_per_second"]))
            tails.append(float(one["p99_ms"]))
            shares.append(100 * float(many["megabytes_per_second"]) / float(plain["megabytes_per_second"]))
    print(f"transactions: one producer {spread(rates, '{:.0f}')} a second, p99 {spread(tails, '{:.2f}')} ms; "
          f"8 producers of 100 records {spread(shares, '{:.0f}')} % of the same without", flush=True)


def latency(cluster, options):
    cluster.create("latency", partitions=4)
    cluster.wait_in_sync("latency")
    rows = []
    for run in range(options.runs + 1):
        command = [OTTLA, "perf", "latency", "latency", "--records", str(3000 * options.seconds), "--rate", "3000", "--acks", "all"]
        done = subprocess.run([*command, "--bootstrap", cluster.bootstrap, "--output", "json"], capture_output=True, text=True, check=True)
        if run:
            rows.append(json.loads(done.stdout.splitlines()[-1]))
    shown = ", ".join(f"{key.removesuffix('_ms')} {spread([row[key] for row in rows], '{:.2f}')}" for key in rows[0] if key.endswith("_ms"))
    print(f"latency at 3,000 records/s, ms: {shown}; {memory(cluster)}", flush=True)


class Prober:
    """Writes to each partition every few milliseconds, and notes when what was sent after a moment is answered. Use as a context manager."""

    def __init__(self, bootstrap, topic, partitions):
        self.topic, self.partitions = topic, partitions
        self.producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 0, "log_level": 0})
        self.acks = [[] for _ in range(partitions)]  # of each partition: (sent, answered)
        self.errors = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()

    def _run(self):
        while not self.stopping.is_set():
            for partition in range(self.partitions):
                sent = time.monotonic()
                self.producer.produce(
                    self.topic, b"x" * 100, partition=partition,
                    on_delivery=lambda error, _, sent=sent, partition=partition: self._answered(error, sent, partition),
                )
            end = time.monotonic() + 0.01
            while (left := end - time.monotonic()) > 0:
                self.producer.poll(left)
        self.producer.flush(60)

    def _answered(self, error, sent, partition):
        if error is not None:
            self.errors.append(str(error))
        else:
            self.acks[partition].append((sent, time.monotonic()))

    def first_after(self, partition, moment, timeout=60):
        """Seconds from `moment` to the first answer for a record that was sent after it."""
        found = []

        def there():
            found[:] = [answered for sent, answered in self.acks[partition][-20000:] if sent > moment]
            return found

        eventually(there, timeout, f"partition {partition} takes records again")
        return min(found) - moment


def share(values, part):
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def failover(cluster, options):
    cluster.create("failover", partitions=6)
    cluster.wait_in_sync("failover", 60)
    single = leaders_of_their_own(cluster)
    seen = {}
    with Prober(cluster.bootstrap, "failover", 6) as prober:
        for cycle in range(options.cycles):
            active = cluster.controller()
            kind = ("leader", "both", "stop")[cycle % 3]
            victim = cluster.node(active if kind == "both" else active % len(cluster.nodes) + 1)
            led = [number for number, leader in cluster.leaders("failover").items() if leader == victim.id]
            latency = Latency(cluster, single[victim.id])
            if kind == "stop":
                seen.setdefault("orderly stop, librdkafka's writes meanwhile", []).extend(orderly(prober, victim))
                seen.setdefault("orderly stop, longest write of ottla's", []).append(latency.longest())
            else:
                name = "leader killed" if kind == "leader" else "leader and active controller killed"
                moment, wall = time.monotonic(), time.time()
                victim.kill()
                if kind == "both":
                    seen.setdefault("active controller killed, a topic made", []).append(writable_metadata(cluster, moment, cycle))
                seen.setdefault(f"{name}, next write of librdkafka", []).extend(prober.first_after(number, moment) for number in led)
                seen.setdefault(f"{name}, next write of ottla", []).append(latency.longest())
                seen.setdefault(f"{name}, fenced and others elected", []).extend(fenced(cluster, victim, wall))
            victim.start()
            cluster.wait_ready(60, count=len(cluster.nodes))
            for topic in ["failover", *single.values()]:
                cluster.wait_in_sync(topic, 90)
            eventually(lambda: preferred(cluster, ["failover", *single.values()]), options.balance, "leaders are spread again")
    for what, values in seen.items():
        print(f"{what}: p50 {share(values, 0.5):.3f}, p99 {share(values, 0.99):.3f}, longest {max(values):.3f} s ({len(values)})", flush=True)
    print(f"failed requests: {len(prober.errors)} {prober.errors[:3]}", flush=True)


def leaders_of_their_own(cluster):
    """For each node a topic of one partition that it leads."""
    found = {}
    for number in range(30):
        topic = f"single-{number}"
        cluster.create(topic, partitions=1)
        found.setdefault(cluster.leaders(topic)[0], topic)
        if len(found) == len(cluster.nodes):
            return found
    raise SystemExit(f"30 topics are led by {sorted(found)} only")


def preferred(cluster, topics):
    return all(one.leader == one.replicas[0] for topic in topics for one in cluster.partitions(topic).values())


class Latency:
    """`ottla perf latency` at work, from when it has sent something."""

    def __init__(self, cluster, topic):
        before = cluster.ends(topic)
        command = [OTTLA, "perf", "latency", topic, "--records", "10000", "--acks", "all", "--bootstrap", cluster.bootstrap, "--output", "json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        eventually(lambda: cluster.ends(topic) > before + 500, 30, "records arrive")

    def longest(self):
        """Seconds that its slowest record took."""
        output, errors = self.process.communicate(timeout=120)
        if self.process.returncode:
            raise SystemExit(f"ottla perf latency: {errors}")
        return json.loads(output.splitlines()[-1])["max_ms"] / 1000


def fenced(cluster, victim, wall):
    """Seconds from the kill to the controller's decision; none where logs don't tell it."""
    for node in cluster.nodes:
        for line in node.logs().splitlines():
            if re.search(rf"broker {victim.id} of epoch \d+ is fenced", line):
                at = datetime.datetime.fromisoformat(line.split()[0].replace("Z", "+00:00")).timestamp()
                if at > wall:
                    return [at - wall]
    return []


def orderly(prober, victim):
    """The times that writes took while a node stopped."""
    moment = time.monotonic()
    victim.signal(signal.SIGTERM)
    victim.wait_stopped(60)
    end = time.monotonic() + 0.2
    eventually(lambda: all(any(sent > end for sent, _ in list(acks)[-200:]) for acks in prober.acks), 60, "writes go on")
    return [answered - sent for acks in prober.acks for sent, answered in list(acks)[-20000:] if moment - 0.05 < sent < end]


def writable_metadata(cluster, moment, cycle):
    others = ",".join(f"127.0.0.1:{node.port}" for node in cluster.nodes if node.is_running)
    command = [OTTLA, "topic", "create", f"made-{cycle}", "--partitions", "1", "--replication-factor", "2", "--bootstrap", others, "--timeout", "60"]
    while subprocess.run(command, capture_output=True, check=False).returncode:
        if time.monotonic() > moment + 60:
            raise SystemExit(f"no topic can be made 60 s after the controller was killed\n{cluster.logs()}")
    return time.monotonic() - moment


PARTITIONS_OF_A_REQUEST = 1000


def idle(cluster, options):
    """Many partitions: made, at rest, without their active controller, and on a broker that comes back."""
    began = time.monotonic()
    counts = [min(PARTITIONS_OF_A_REQUEST, options.partitions - done) for done in range(0, options.partitions, PARTITIONS_OF_A_REQUEST)]
    topics = {f"many-{number}": count for number, count in enumerate(counts)}
    for topic, count in topics.items():
        cluster.create(topic, partitions=count)
    wait_for_all(cluster, topics)
    print(f"{options.partitions} partitions made by {len(topics)} requests: all in sync after {time.monotonic() - began:.1f} s", flush=True)
    for topic in topics:
        command = [OTTLA, "perf", "produce", topic, "--records", "20000", "--acks", "all", "--bootstrap", cluster.bootstrap]
        subprocess.run(command, check=True, capture_output=True)
    time.sleep(3)  # What the writing left to do is done.
    before, began = sum(node.cpu_seconds() for node in cluster.nodes), time.monotonic()
    time.sleep(options.seconds)  # The measurement itself.
    spent = (sum(node.cpu_seconds() for node in cluster.nodes) - before) / (time.monotonic() - began)
    print(f"{options.partitions} partitions at rest: all nodes {100 * spent:.1f} % of a core; {memory(cluster)}", flush=True)

    active = cluster.node(cluster.controller())
    moment = time.monotonic()
    active.kill()
    print(f"active controller killed: a topic made after {writable_metadata(cluster, moment, 0):.2f} s", end="", flush=True)
    eventually(lambda: all(are_led_without(cluster, active, topic, count) for topic, count in topics.items()), 60, "others lead")
    print(f", all partitions led by others after {time.monotonic() - moment:.2f} s", flush=True)
    come_back(cluster, active, topics, "after that kill")
    node = cluster.nodes[1]
    node.stop()
    come_back(cluster, node, topics, "in order")
    node.kill()
    time.sleep(1)  # The others notice, as they do when a process is started again by hand.
    come_back(cluster, node, topics, "after a kill")


def are_led_without(cluster, node, topic, count):
    leaders = cluster.leaders(topic)
    return len(leaders) == count and node.id not in leaders.values()


def wait_for_all(cluster, topics):
    for topic in topics:
        cluster.wait_in_sync(topic, 120)


def come_back(cluster, node, topics, how):
    moment = time.monotonic()
    node.start()
    cluster.wait_ready(60, count=len(cluster.nodes))
    wait_for_all(cluster, topics)
    print(f"restarted {how}: in sync after {time.monotonic() - moment:.1f} s", flush=True)


PARTS = {"throughput": throughput, "latency": latency, "transactions": transactions, "failover": failover, "idle": idle}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default=",".join(PARTS), help="which of throughput, latency, transactions, failover and idle")
    parser.add_argument("--kafka", type=pathlib.Path, help="a directory of Apache Kafka, measured instead")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the nodes; may be repeated")
    parser.add_argument("--runs", type=int, default=5, help="after one of warm-up")
    parser.add_argument("--records", type=int, default=500_000, help="of a run for throughput")
    parser.add_argument("--seconds", type=int, default=20, help="of a run for latency, and at rest")
    parser.add_argument("--cycles", type=int, default=30, help="of failover")
    parser.add_argument("--balance", type=int, default=330, help="how long to wait for leaders to come back, in seconds")
    parser.add_argument("--partitions", type=int, default=3000, help="at rest")
    options = parser.parse_args()
    KafkaCluster.kafka = options.kafka
    settings = dict(one.split("=", 1) for one in options.set)
    for part in options.parts.split(","):
        with (KafkaCluster if options.kafka else clusters.Cluster)(3, settings) as cluster:
            PARTS[part](cluster, options)


if __name__ == "__main__":
    main()
