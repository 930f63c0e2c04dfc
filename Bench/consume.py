"""What consuming costs a node: CPU seconds for a gigabyte and megabytes a second, by `ottla perf consume` from 4 partitions.

    .venv/bin/python Bench/consume.py                                   # the release binary
    .venv/bin/python Bench/consume.py --base OTHER_BINARY               # two builds, alternately
    .venv/bin/python Bench/consume.py --node HOST:PORT=PID              # beside a node of Kafka that runs already

The client is always the release binary. The first two rounds are warm-up; medians of the others are printed with their ranges.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "Conformance"))
from broker import Broker  # noqa: E402

OTTLA = str(ROOT / ".build" / "release" / "ottla")
RECORDS, SIZE, PARTITIONS, TOPIC = 2_000_000, 1000, 4, f"consume-benchmark-{os.getpid()}"


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ottla(address, *words):
    done = subprocess.run([OTTLA, *words, "--bootstrap", address, "--output", "json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def fill(address):
    ottla(address, "topic", "create", TOPIC, "--partitions", str(PARTITIONS))
    ottla(address, "perf", "produce", TOPIC, "--records", str(RECORDS), "--size", str(SIZE))


def consume(address, pid):
    before = cpu_seconds(pid)
    result = ottla(address, "perf", "consume", TOPIC)
    spent = cpu_seconds(pid) - before
    assert result["records"] == RECORDS, result
    return spent / (RECORDS * SIZE / 1e9), float(result["megabytes_per_second"])


def running(text):
    """HOST:PORT=PID as (address, pid)."""
    address, pid = text.rsplit("=", 1)
    cpu_seconds(int(pid))
    return address, int(pid)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--base", help="another binary of ottla")
    parser.add_argument("--node", type=running, metavar="HOST:PORT=PID", help="a node that runs; a topic is made there, and deleted at the end")
    arguments = parser.parse_args()
    builds = {"this": OTTLA, **({"base": arguments.base} if arguments.base else {})}
    brokers = {name: Broker(binary=binary).start() for name, binary in builds.items()}
    try:
        nodes = {name: (broker.address, broker.pid) for name, broker in brokers.items()}
        if arguments.node:
            nodes["node"] = arguments.node
        for address, _ in nodes.values():
            fill(address)
        results = {name: [] for name in nodes}
        for run in range(arguments.runs + 2):
            for name, (address, pid) in nodes.items():
                result = consume(address, pid)
                if run >= 2:
                    results[name].append(result)
    finally:
        if arguments.node:
            command = [OTTLA, "topic", "delete", TOPIC, "--yes", "--bootstrap", arguments.node[0]]
            subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        for broker in brokers.values():
            broker.__exit__()
    for name, rows in results.items():
        costs, rates = zip(*rows)
        print(f"{name}: {statistics.median(costs):.3f} s/GB ({min(costs):.3f} to {max(costs):.3f}), "
              f"{statistics.median(rates):.0f} MB/s ({min(rates):.0f} to {max(rates):.0f})")


if __name__ == "__main__":
    main()
