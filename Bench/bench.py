"""Drives the release binary over loopback with load generators in processes of their own, and prints a table and JSON.

What is measured is the broker's own CPU time (from /proc), its resident memory, and times seen by clients; beside it stands a floor,
bare C programs that do the same work without a broker. Run it on a machine that does nothing else; figures of different
machines don't compare, their ratios do. With --base, another build of the project runs alternately with this one.
"""

import argparse
import json
import os
import resource
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "Conformance"))

from broker import Broker, read_frame  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402
from transaction_wire import Wire  # noqa: E402
from wire import batch, frame, produce_request  # noqa: E402

FAST = ["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=4"]
TICK = os.sysconf("SC_CLK_TCK")
TOOLS = ROOT / ".build" / "bench"
REAL_TIME = ["chrt", "--fifo", "10"]


def cpu(broker):
    """Seconds of CPU that the broker has used, of threads that have ended too."""
    fields = open(f"/proc/{broker.pid}/stat").read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def mebibytes(count):
    return count / (1 << 20)


def create(broker, topic, partitions):
    admin = AdminClient({"bootstrap.servers": broker.address})
    admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(60)


def load(*args):
    """Runs a load generator to its end on a settled machine and returns what it printed."""
    settle()
    return generate(*args)


def generate(*args, first=False):
    """Runs a load generator beside what else runs, which `settle` would disturb; with `first` before all else that wants the processor."""
    front = REAL_TIME if first else []
    out = subprocess.run([*front, TOOLS / "load", *map(str, args)], capture_output=True, text=True, timeout=600)
    if out.returncode != 0:
        raise RuntimeError(f"load {' '.join(map(str, args))}: {out.stderr.strip()}")
    return json.loads(out.stdout.splitlines()[-1])


def settle(gigabytes=1.5):
    """What earlier runs wrote goes to the disk, and the page cache gets memory that the machine has touched before.

    Where a hypervisor hands out memory on first use, a run would otherwise pay for pages that the run before it got for nothing.
    """
    os.sync()
    time.sleep(1)  # blocks that were given back are still discarded, and nothing tells when that ends
    block = bytes(1 << 20)
    with tempfile.TemporaryFile(dir=tempfile.gettempdir()) as file:
        for _ in range(int(gigabytes * 1e9) >> 20):
            file.write(block)


class Figures:
    """What was measured, by name and build, in the order of the first appearance."""

    def __init__(self):
        self.values, self.units = {}, {}

    def add(self, name, build, value, unit):
        self.values.setdefault(name, {}).setdefault(build, []).append(value)
        self.units[name] = unit
        print(f"    {name} [{build}]: {value:.2f} {unit}", file=sys.stderr, flush=True)

    def table(self, builds):
        lines = ["| | " + " | ".join(builds) + (" | ratio" if len(builds) > 1 else "") + " | smallest to largest |"]
        lines.append("|---" * (len(builds) + 2 + (len(builds) > 1)) + "|")
        for name, measured in self.values.items():
            medians = [statistics.median(measured[b]) if b in measured else None for b in builds]
            cells = ["" if m is None else f"{m:.2f} {self.units[name]}" for m in medians]
            if len(builds) > 1:
                cells.append(f"{medians[0] / medians[1]:.2f}" if all(medians) else "")
            everything = [v for values in measured.values() for v in values]
            lines.append(f"| {name} | {' | '.join(cells)} | {min(everything):.2f} to {max(everything):.2f} |")
        return "\n".join(lines)


class Bench:
    def __init__(self, options, builds):
        self.options, self.builds, self.figures = options, builds, Figures()

    def broker(self, build, settings=()):
        return Broker(settings=[*FAST, *settings], binary=self.builds[build])

    def each(self, runs, measure):
        """Runs of one build between runs of the others, so that a noisy machine disturbs all."""
        for _ in range(runs):
            for build in self.builds:
                measure(build)

    # -- sections --

    def start(self):
        def measure(build):
            with tempfile.TemporaryDirectory(prefix="ottla-bench-") as folder:
                broker = Broker(data=folder + "/data", settings=FAST, binary=self.builds[build])
                began = time.monotonic()
                with broker:
                    with broker.connect() as connection:
                        connection.sendall(frame(3, 1, struct.pack(">i", 0)))
                        read_frame(connection)
                    self.figures.add("start to first answer, empty directory", build, (time.monotonic() - began) * 1000, "ms")
                    self.figures.add("resident memory, idle", build, mebibytes(broker.resident_bytes()), "MiB")

        self.each(self.options.runs * 2, measure)

    def floors(self):
        """CPU seconds for a gigabyte of the bare programs. What sendfile costs depends on the size of an answer."""
        with tempfile.TemporaryDirectory(prefix="ottla-floor-") as folder:
            for name, mode, size in [("produce", "produce", 0), ("sendfile of 1 MiB", "sendfile", 1024), ("sendfile of 4 MiB", "sendfile", 4096)]:
                settle()
                out = subprocess.run(
                    [TOOLS / "floor", mode, os.path.join(folder, "file"), str(self.options.gigabytes), str(size)], capture_output=True, text=True,
                    check=True)
                yield name, float(out.stdout.split()[0])

    def throughput(self):
        gigabytes = self.options.gigabytes
        names = {1000: "CPU for 1 GB produced, 1000-byte records, acks=1", 100: "CPU for 1 GB produced, 100-byte records, acks=1"}
        consumed = {1: "CPU for 1 GB consumed, 1 partition: answers of 1 MiB", 4: "CPU for 1 GB consumed, 4 partitions: answers of 4 MiB"}

        def measure(build):
            if build == next(iter(self.builds)):
                for name, value in self.floors():
                    self.figures.add(f"floor: {name}, CPU for 1 GB", build, value, "s")
            with self.broker(build) as broker:
                for size, name in names.items():
                    create(broker, f"t{size}", 4)
                    count, before = int(gigabytes * 1e9 / size), cpu(broker)
                    spent = load("produce", broker.address, f"t{size}", 4, count, size, 1, 16384, "none")
                    self.figures.add(name, build, (cpu(broker) - before) / gigabytes, "s")
                    self.figures.add(name.replace("CPU", "time"), build, spent["seconds"] / gigabytes, "s")
                for partitions, name in consumed.items():
                    before = cpu(broker)
                    spent = load("consume", broker.address, "t1000", partitions, int(gigabytes / 4 * 1e6 * 0.99) * partitions, 1)
                    self.figures.add(name, build, (cpu(broker) - before) / spent["bytes"] * 1e9, "s")
                self.figures.add("resident memory, after the load", build, mebibytes(broker.resident_bytes()), "MiB")

        self.each(self.options.runs, measure)
        measured = self.figures.values
        own = next(iter(self.builds))
        pairs = [
            (names[1000], "produce"), (names[100], "produce"), (consumed[1], "sendfile of 1 MiB"), (consumed[4], "sendfile of 4 MiB")]
        for name, bare_name in pairs:
            bare = statistics.median(measured[f"floor: {bare_name}, CPU for 1 GB"][own])
            for build in self.builds:
                self.figures.add(f"ratio to the floor: {name}", build, statistics.median(measured[name][build]) / bare, "")

    def client(self):
        """The client of each build beside librdkafka in C, on the same broker: records a second, and the client's own CPU for a gigabyte."""
        rivals = [*self.builds, "librdkafka"]
        own = next(iter(self.builds))

        def spend(rival, broker, *args):
            """Runs a client; seconds that it took and its CPU."""
            settle()
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            if rival == "librdkafka":
                seconds = generate(*args)["seconds"]
            else:
                out = subprocess.run(
                    [self.builds[rival], *args, "--bootstrap", broker.address, "--output", "json"], capture_output=True, text=True, timeout=600)
                if out.returncode != 0:
                    raise RuntimeError(f"{' '.join(args)}: {out.stderr.strip()}")
                seconds = float(json.loads(out.stdout)["seconds"])
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

        def note(name, rival, count, size, spent):
            self.figures.add(f"client: {name}", rival, count / spent[0] / 1000, "thousand/s")
            self.figures.add(f"client: {name}, its CPU for 1 GB", rival, spent[1] / count / size * 1e9, "s")

        for _ in range(self.options.runs):
            # Who comes first finds a broker that has done nothing yet.
            rivals.reverse()
            with self.broker(own) as broker:
                for size, count in ((1000, int(self.options.gigabytes * 5e5)), (100, int(self.options.gigabytes * 2e6))):
                    for codec, limit in (("none", 16384), ("lz4", 16384), ("none", 950_000))[:3 if size == 1000 else 2]:
                        for rival in rivals:
                            topic = f"{rival}-{size}-{codec}-{limit}"
                            create(broker, topic, 4)
                            if rival == "librdkafka":
                                spent = spend(rival, broker, "produce", broker.address, topic, 4, count, size, 1, limit, codec)
                            else:
                                spent = spend(
                                    rival, broker, "perf", "produce", topic, "--records", str(count), "--size", str(size), "--acks", "1",
                                    "--compression", codec, "-X", "buffer.memory=400000000", "-X", f"batch.size={limit}")
                            batches = "" if limit == 16384 else ", batches of 950 kB"
                            note(f"{size}-byte records produced, {codec}{batches}", rival, count, size, spent)
                    for rival in rivals:
                        topic = f"{own}-{size}-none-16384"
                        if rival == "librdkafka":
                            note(f"{size}-byte records consumed", rival, count, size,
                                 spend(rival, broker, "consume", broker.address, topic, 4, count, 1))
                        else:
                            note(f"{size}-byte records consumed", rival, count, size, spend(rival, broker, "perf", "consume", topic))
                            note(f"{size}-byte records consumed, record by record", rival, count, size,
                                 spend(rival, broker, "perf", "consume", topic, "--each"))

    def acks(self):
        def measure(build):
            for policy in ("os", "ack"):
                with self.broker(build, [f"ottla.flush.policy={policy}"]) as broker:
                    create(broker, "a", 4)
                    spent = load("produce", broker.address, "a", 4, int(self.options.gigabytes * 5e5), 1000, "all", 16384, "none")
                    self.figures.add(
                        f"time for 1 GB produced, acks=all, flush policy {policy}", build, spent["seconds"] / self.options.gigabytes * 2, "s")

        self.each(self.options.runs, measure)

    def requests(self):
        """CPU and latency of small requests, by the number of connections that each have one in flight."""
        kinds = {
            "ApiVersions": frame(18, 0, b""), "Metadata": frame(3, 1, struct.pack(">i", 0)),
            "Produce of one 100-byte record": produce_request("small", 0, batch([b"x" * 100]), acks=1)}

        def measure(build):
            for connections in (1, 10, 100, 1000, 5000):
                with self.broker(build, ["max.connections.per.ip=6000", "ottla.connection.creation.rate.per.ip=100000"]) as broker:
                    create(broker, "small", 1)
                    for kind, request in kinds.items():
                        if connections not in (1, 100) and kind == "Metadata":
                            continue
                        self._requests(broker, build, kind, request, connections, 100_000)

        self.each(self.options.runs, measure)

    def _requests(self, broker, build, kind, request, connections, count):
        resident = broker.resident_bytes()
        arguments = [TOOLS / "load", "requests", str(broker.port), str(connections), str(count), request.hex()]
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            process.stdout.readline()
            wait_until(lambda: broker.open_sockets() >= connections, "connections are open")
            before = cpu(broker)
            process.stdin.write("\n")
            process.stdin.flush()
            result = json.loads(process.stdout.readline())
            label = f"{kind}, {connections} connection{'s' * (connections > 1)}"
            self.figures.add(f"CPU for a million requests: {label}", build, (cpu(broker) - before) / count * 1e6, "s")
            self.figures.add(f"requests in a second: {label}", build, count / result["seconds"], "")
            if connections == 1:
                self.figures.add(f"p99: {label}", build, result["p99"], "ms")
            if connections >= 1000:
                grown = max(0, broker.resident_bytes() - resident)
                self.figures.add(f"resident memory of a connection: {label}", build, grown / connections / 1024, "KiB")

    def latency(self):
        """A steady load; then the same beside a consumer that reads 2 GB of old data at full speed, over and over."""

        seconds, steady = self.options.seconds, "10,000 records/s of 1000 bytes"

        real_time = subprocess.run([*REAL_TIME, "true"], capture_output=True).returncode == 0
        if not real_time:
            print("    without the right to real-time priority the client's own waits for a core are in all latencies", file=sys.stderr)

        def quiet():
            os.sync()
            time.sleep(3)  # what was written by then is still on its way through the disk's caches, and nothing tells when that ends

        def measure(build):
            quiet()
            self._percentiles("a process that only sleeps, alone", build, generate("jitter", 10_000, seconds))
            with self.broker(build) as broker:
                create(broker, "old", 4)
                create(broker, "steady", 4)
                quiet()
                self._percentiles(f"{steady}, alone", build, generate("steady", broker.address, "steady", 4, 10_000, seconds, 1000))
                generate("produce", broker.address, "old", 4, 2_000_000, 1000, 1, 65536, "none")
                quiet()
                stop, times = threading.Event(), []

                def read():
                    while not stop.is_set():
                        began = time.monotonic()
                        generate("consume", broker.address, "old", 4, 2_000_000, 1)
                        times.append(time.monotonic() - began)

                reader = threading.Thread(target=read)
                reader.start()
                sleeper = generate("jitter", 10_000, seconds)
                result = generate("steady", broker.address, "steady", 4, 10_000, seconds, 1000)
                # A client that shares two cores with the reader also measures how long it waits for one of them itself.
                if real_time:
                    first = generate("steady", broker.address, "steady", 4, 10_000, seconds, 1000, first=True)
                stop.set()
                reader.join()
                self._percentiles("a process that only sleeps, beside a reader of 2 GB", build, sleeper)
                self._percentiles(f"{steady}, beside a reader of 2 GB", build, result)
                if real_time:
                    self._percentiles(f"{steady}, from a client with real-time priority, beside a reader of 2 GB", build, first)
                self.figures.add("2 GB read beside the steady load", build, statistics.median(times), "s")

        self.each(self.options.runs, measure)

    def _percentiles(self, where, build, result):
        for name in ("p50", "p99", "p99.9", "max"):
            self.figures.add(f"{where}: {name}", build, result[name], "ms")

    def growth(self):
        """The same bytes over more partitions, in bigger batches, to more consumers."""
        gigabytes = self.options.gigabytes / 2

        def produce(build, broker, topic, partitions, batch, label):
            create(broker, topic, partitions)
            before = cpu(broker)
            load("produce", broker.address, topic, partitions, int(gigabytes * 1e6), 1000, 1, batch, "none")
            self.figures.add(label, build, (cpu(broker) - before) / gigabytes, "s")

        def measure(build):
            for partitions in (1, 10, 100, 1000, 10_000):
                with self.broker(build) as broker:
                    produce(build, broker, "wide", partitions, 16384, f"CPU for 1 GB produced to {partitions} partitions")
            for batch in (16, 64, 256, 960):
                with self.broker(build) as broker:
                    produce(build, broker, "big", 4, batch << 10, f"CPU for 1 GB produced in batches of {batch} KiB")
            with self.broker(build) as broker:
                create(broker, "shared", 1)
                count = 200_000
                load("produce", broker.address, "shared", 1, count, 1000, 1, 16384, "none")
                for consumers in (1, 10, 50):
                    before = cpu(broker)
                    result = load("consume", broker.address, "shared", 1, count, consumers)
                    self.figures.add(
                        f"CPU for 1 GB consumed by {consumers} consumers of one partition", build,
                        (cpu(broker) - before) / (result["bytes"] / 1e9), "s")
                    self.figures.add(
                        f"resident memory after {consumers} consumers of one partition", build, mebibytes(broker.resident_bytes()), "MiB")

        self.each(self.options.runs, measure)

    def micro(self):
        """Codec, records and log by themselves, in the CPU time of one operation."""

        def measure(build):
            program = pathlib.Path(self.builds[build]).with_name("micro")
            if not program.exists():
                return print(f"    {build} has no micro benchmarks", file=sys.stderr)
            for line in subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines():
                figure = json.loads(line)
                if "bytes" in figure:
                    self.figures.add(figure["name"], build, figure["bytes"] / (1 << 20), "MiB")
                else:
                    self.figures.add(figure["name"], build, figure["nanoseconds"] / 1000, "us")

        self.each(self.options.runs, measure)

    def transactions(self):
        """Transactions of `ottla perf transact`, and the same load of idempotent producers that flush where the others commit."""
        loads = {"one producer, one record": ("--transactions", "5000"), "8 producers, 100 records": ("--transactions", "500", "--producers", "8", "--records", "100")}

        def transact(build, broker, *words):
            settle()
            command = [self.builds[build], "perf", "transact", "t", "--bootstrap", broker.address, "--output", "json", *words]
            return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

        def measure(build):
            with self.broker(build) as broker:
                create(broker, "t", 4)
                for name, words in loads.items():
                    result = transact(build, broker, *words)
                    plain = transact(build, broker, *words, "--flush")
                    self.figures.add(f"{name} in a transaction", build, float(result["transactions_per_second"]), "1/s")
                    self.figures.add(f"{name} in a transaction: p99", build, float(result["p99_ms"]), "ms")
                    share = float(result["megabytes_per_second"]) / float(plain["megabytes_per_second"])
                    self.figures.add(f"{name} in a transaction: throughput beside the same without", build, 100 * share, "%")
            with self.broker(build) as broker:
                create(broker, "t", 4)
                self.figures.add("10,000 open transactions: memory of each", build, self._open_transactions(broker, 10_000), "B")

        self.each(self.options.runs, measure)

    @staticmethod
    def _open_transactions(broker, count):
        """Bytes for each of so many ids that all have a transaction open, with a record in it. A first hundred makes what is made once."""
        wire = Wire(broker.address)
        wait_until(lambda: wire.coordinator("warm-0") == 0 and wire.init("warm-0")[0] == 0, "a coordinator of transactions")
        before = 0
        for number in range(-100, count):
            if number == 0:
                before = broker.resident_bytes()
            name = f"transactional-id-{number}"
            code, producer_id, epoch = wire.init(name, 900_000)
            data = batch(pid=producer_id, pepoch=epoch, sequence=0, attributes=0x10)
            assert code == 0 and wire.produce_now(name, "t", number % 4, data) == 0
        return (broker.resident_bytes() - before) / count

    def partitions(self):
        """Start, memory and answers with many partitions that hold a record each."""

        def measure(build):
            for count in (1000, 10_000):
                with self.broker(build) as broker:
                    for index in range(count // 1000):
                        create(broker, f"wide-{index}", 1000)
                        load("produce", broker.address, f"wide-{index}", 1000, 1000, 100, 1, 1, "none")
                    label = f"with {count} partitions"
                    self.figures.add(f"resident memory {label}, each written to", build, mebibytes(broker.resident_bytes()), "MiB")
                    self._requests(broker, build, f"Metadata {label}", frame(3, 1, struct.pack(">i", -1)), 1, 200)
                    began = time.monotonic()
                    broker.stop(120)
                    self.figures.add(f"orderly stop {label}", build, time.monotonic() - began, "s")
                    broker.start(60)
                    self.figures.add(f"start {label} after an orderly stop", build, broker.started_after, "s")
                    self.figures.add(f"resident memory {label}, after the start", build, mebibytes(broker.resident_bytes()), "MiB")
                    broker.kill()
                    broker.start(60)
                    self.figures.add(f"start {label} after kill -9", build, broker.started_after, "s")

        self.each(self.options.runs, measure)


def wait_until(condition, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def build_tools():
    """The load generator and the floor."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    here = pathlib.Path(__file__).parent
    subprocess.run(["cc", "-O2", "-o", TOOLS / "load", here / "load.c", "-lrdkafka", "-lpthread"], check=True)
    subprocess.run(["cc", "-O2", "-msse4.2", "-o", TOOLS / "floor", here / "floor.c"], check=True)


SECTIONS = ["micro", "start", "throughput", "client", "acks", "requests", "latency", "transactions", "growth", "partitions"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0, help="values produced in each run (default: 1)")
    parser.add_argument("--runs", type=int, default=3, help="runs of which the median is taken (default: 3)")
    parser.add_argument("--seconds", type=int, default=10, help="duration of a run at a steady rate (default: 10)")
    parser.add_argument("--only", default=",".join(SECTIONS), help=f"sections: {', '.join(SECTIONS)}")
    parser.add_argument("--base", help="the binary of another build to compare with; scripts/bench makes it from BASE")
    parser.add_argument("--json", default=str(TOOLS / "figures.json"), help="where the figures go (default: %(default)s)")
    options = parser.parse_args()
    sections = options.only.split(",")
    unknown = set(sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no such section: {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    build_tools()
    builds = {"this": str(ROOT / ".build" / "release" / "ottla")}
    if options.base:
        builds["base"] = options.base
    bench = Bench(options, builds)
    for section in sections:
        print(f"{section}:", file=sys.stderr, flush=True)
        getattr(bench, section)()
    print(bench.figures.table([*builds, "librdkafka"] if "client" in sections else list(builds)))
    with open(options.json, "w") as file:
        json.dump({"units": bench.figures.units, "values": bench.figures.values, "runs": options.runs}, file, indent=1)


if __name__ == "__main__":
    main()
