"""Clusters of Ottla's and Apache Kafka's nodes together, by hand: needs Java and a directory of Kafka with bin/kafka-server-start.sh.

  python Tests/Cluster/mixed.py --kafka DIRECTORY --nodes kc,kb,ob,ob --cycles 10
  python Tests/Cluster/mixed.py --kafka DIRECTORY --nodes kc,kc,kc,kb,kb,kb --cycles 0 --migrate

A node is k (Kafka) or o (Ottla) and c (controller), b (broker) or cb (both). Under a load with acks=all, nodes are killed, paused and stopped at
random; with --migrate each is then stopped in order and started as the other kind on the same directory, brokers first, and all of them back again,
controllers first. At the end all that was acknowledged has to be there, in order and once, and all replicas the same batch by batch."""

import argparse
import json
import os
import pathlib
import random
import signal
import subprocess
import sys

import conftest  # noqa: F401  (paths)
import replicas
from broker import binary, eventually, spawn
from cluster import Cluster, Node
from history import check
from kill_cycles import run
from load import Load


class KafkaNode(Node):
    kafka = None

    def start(self):
        with open(self.log_path, "a") as log:
            environment = {**os.environ, "KAFKA_HEAP": "-Xmx300m", "KAFKA_HEAP_OPTS": "-Xmx300m", "LOG_DIR": self.directory}
            self.process = spawn([self.kafka / "bin" / "kafka-server-start.sh", self.config], stdout=log, stderr=log, env=environment)

    def wait_stopped(self, timeout=60):
        code = super().wait_stopped(timeout)
        return 0 if code == 128 + signal.SIGTERM else code


class MixedCluster(Cluster):
    """`kinds` are those of the nodes, in their order."""

    def __init__(self, kinds, release, settings=None, directory=None):
        self.kinds, self.release = kinds, release
        names = {"c": "controller", "b": "broker", "cb": "broker,controller"}
        roles = {number + 1: names[kind[1:]] for number, kind in enumerate(kinds)}
        common = {"listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT", **(settings or {})}
        super().__init__(len(kinds), common, directory, roles=roles)

    def make_node(self, number, directory, settings):
        return (KafkaNode if self.kinds[number - 1][0] == "k" else Node)(number, directory, settings)

    def wait_ready(self, timeout=60, count=None):
        super().wait_ready(timeout, count)
        for node in self.nodes:
            if node.is_running and not node.is_broker:
                eventually(lambda node=node: node.listens(), timeout, f"controller {node.id} listens")

    def convert(self, node):
        """The same directory and configuration with the other program."""
        node.stop()
        node.__class__ = Node if isinstance(node, KafkaNode) else KafkaNode
        node.start()
        self.wait_ready(90, count=len(self.brokers))

    def stop(self):
        """Kafka's nodes while they have a controller: without one they never stop, and are killed."""
        for node in sorted(self.nodes, key=lambda node: (not isinstance(node, KafkaNode), not node.is_broker)):
            if not node.is_running:
                continue
            node.signal(signal.SIGCONT)
            node.signal(signal.SIGTERM)
            try:
                node.process.wait(30)
            except subprocess.TimeoutExpired:
                if not isinstance(node, KafkaNode):
                    raise
                node.kill()

    def format(self, node, cluster_id):
        storage = [KafkaNode.kafka / "bin" / "kafka-storage.sh"] if isinstance(node, KafkaNode) else [binary(), "storage"]
        command = [*storage, "format", "--config", node.config, "--cluster-id", cluster_id, "--release-version", self.release]
        subprocess.run(command, capture_output=True, text=True, check=True)


def migrate(cluster, load):
    brokers_first = sorted(cluster.nodes, key=lambda node: not node.is_broker)
    for node in [*brokers_first, *reversed(brokers_first)]:
        load.longest_gap, before = 0.0, load.acked
        cluster.convert(node)
        cluster.wait_in_sync("t", 90)
        eventually(lambda before=before: load.acked > before + 100, 60, "writes go on")
        kind = "Kafka" if isinstance(node, KafkaNode) else "Ottla"
        print(f"node {node.id} is {kind} now, held up {load.longest_gap:.2f} s, {load.acked} acknowledged", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kafka", type=pathlib.Path, required=True, help="a directory of Apache Kafka")
    parser.add_argument("--nodes", default="kc,kb,ob,ob", help="kinds of the nodes 1, 2, 3 and so on")
    parser.add_argument("--release", default="3.9-IV0", help="metadata.version of the cluster, which both know")
    parser.add_argument("--directory", help="where the nodes' directories and logs stay; with the history of the load, events.jsonl")
    parser.add_argument("--cycles", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--partitions", type=int, default=6)
    parser.add_argument("--faults", default="kill,pause,stop", help="which of kill, pause, stop and all")
    parser.add_argument("--migrate", action="store_true", help="each node becomes one of the other kind, and then what it was")
    parser.add_argument("--victims", default="", help="only nodes whose kind begins so; all otherwise")
    options = parser.parse_args()
    KafkaNode.kafka = options.kafka
    kinds = options.nodes.split(",")
    chance = random.Random(options.seed)
    with MixedCluster(kinds, options.release, directory=options.directory) as cluster:
        victims = [node for node, kind in zip(cluster.nodes, kinds) if kind.startswith(options.victims)]
        print(f"{options.nodes}: up", flush=True)
        cluster.create("t", partitions=options.partitions, replicas=min(3, len(cluster.brokers)))
        cluster.wait_in_sync("t")
        with Load(cluster.bootstrap, "t", options.partitions) as load:
            eventually(lambda: load.acked > 100, 30, "the load runs")
            if options.migrate:
                migrate(cluster, load)
            for cycle in range(options.cycles):
                run(cluster, load, chance, chance.choice(options.faults.split(",")), cycle, victims)
            cluster.wait_in_sync("t")
            load.stop()
            load.read_all()
        if options.directory:
            (pathlib.Path(options.directory) / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in load.events))
        problems = load.errors + check(load.events)
        cluster.stop()
        problems += replicas.differences(cluster.brokers, "t", options.partitions)
    print(f"{options.nodes}: {options.cycles} cycles, {load.acked} acknowledged, {len(problems)} problems")
    for problem in problems[:20]:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
