"""Kills, pauses and stops nodes of a cluster at random under load, and checks that nothing acknowledged is lost.

  python Tests/Cluster/kill_cycles.py --cycles 500 --seed 1

Prints a line for each cycle and, at the end, how long writes were held up; ends with 1 when something is wrong."""

import argparse
import random
import sys
import time

import conftest  # noqa: F401  (paths)
import replicas
from broker import eventually
from cluster import Cluster
from history import check
from load import Load
from test_cluster import disturb, restore


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--partitions", type=int, default=3)
    parser.add_argument("--faults", default="kill,pause,stop", help="which of kill, pause, stop and all (SIGKILL to all nodes)")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    faults = options.faults.split(",")
    with Cluster(options.nodes) as cluster:
        cluster.create("t", partitions=options.partitions)
        cluster.wait_in_sync("t")
        gaps = []
        with Load(cluster.bootstrap, "t", options.partitions) as load:
            eventually(lambda: load.acked > 100, 20, "the load runs")
            for cycle in range(options.cycles):
                gaps.append(run(cluster, load, chance, chance.choice(faults), cycle))
            cluster.wait_in_sync("t")
            load.stop()
            load.read_all()
        problems = load.errors + check(load.events)
        cluster.stop()
        problems += replicas.differences(cluster.nodes, "t", options.partitions)
    gaps.sort()
    print(f"{options.cycles} cycles, {load.acked} acknowledged, writes held up p50 {gaps[len(gaps) // 2]:.2f} s, longest {gaps[-1]:.2f} s")
    for problem in problems[:20]:
        print(problem)
    return 1 if problems else 0


def run(cluster, load, chance, fault, cycle, victims=None):
    load.longest_gap = 0.0
    node = chance.choice(victims or cluster.nodes)
    for one in cluster.nodes if fault == "all" else [node]:
        disturb(chance, one, "kill" if fault == "all" else fault)
    before = load.acked
    if fault != "all":
        eventually(lambda: load.acked > before + 20, 60, f"writes go on\n{cluster.logs()}")
    time.sleep(chance.random())  # Some come back at once, some later.
    for one in cluster.nodes:
        restore(one)
    cluster.wait_ready(60, count=len(cluster.brokers))
    cluster.wait_in_sync("t", 90)
    who = "all nodes" if fault == "all" else f"node {node.id}"
    print(f"{cycle + 1}: {fault} {who}, held up {load.longest_gap:.2f} s, {load.acked} acknowledged", flush=True)
    return load.longest_gap


if __name__ == "__main__":
    sys.exit(main())
