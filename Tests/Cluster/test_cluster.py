"""Three nodes as processes of their own: who leads, who follows when one dies, and that nothing is lost."""

import random
import signal
import time

import pytest
from confluent_kafka import Consumer, Producer

import replicas
from broker import eventually
from cluster import Cluster
from history import check
from load import Load


@pytest.fixture
def cluster():
    with Cluster() as three:
        yield three


def produce(cluster, topic, values, **settings):
    """Sends values with acks=all, and returns those that failed."""
    failed = []
    producer = Producer({"bootstrap.servers": cluster.bootstrap, "acks": "all", "log_level": 0, **settings})
    for value in values:
        producer.produce(topic, value, on_delivery=lambda error, message: error and failed.append((message.value(), str(error))))
    assert producer.flush(60) == 0
    return failed


def consume(cluster, topic, count, group="all", timeout=30):
    consumer = Consumer({"bootstrap.servers": cluster.bootstrap, "group.id": group, "auto.offset.reset": "earliest", "log_level": 0})
    consumer.subscribe([topic])
    values, deadline = [], time.monotonic() + timeout
    while len(values) < count and time.monotonic() < deadline:
        message = consumer.poll(0.5)
        if message is not None and not message.error():
            values.append(message.value())
    consumer.close()
    return values


def settle(cluster, topic, load, partitions):
    """After the faults: all in sync, all that clients saw is right, all replicas are the same."""
    cluster.wait_in_sync(topic)
    load.stop()
    assert load.errors == [], cluster.logs()
    load.read_all()
    problems = check(load.events)
    assert problems == [], problems[:10]
    assert load.acked > 0
    assert all(code == 0 for code in cluster.stop()), cluster.logs()
    assert replicas.differences(cluster.nodes, topic, partitions) == []


def test_what_one_node_takes_all_have(cluster):
    cluster.create("t", partitions=3)
    cluster.wait_in_sync("t")
    values = [b"%d" % number for number in range(300)]
    assert produce(cluster, "t", values) == []
    assert sorted(consume(cluster, "t", 300)) == sorted(values)
    assert cluster.stop() == [0, 0, 0], cluster.logs()
    assert replicas.differences(cluster.nodes, "t", 3) == []
    assert sum(len(replicas.batches(f"{cluster.node(1).data}/t-{number}")) for number in range(3)) > 0


@pytest.mark.parametrize("which", [0, 1])
def test_case_1_the_third_node_leads_whichever_leader_dies(cluster, which):
    """2 partitions and 3 replicas: two nodes lead, and the third one takes over from either."""
    cluster.create("t", partitions=2)
    cluster.wait_in_sync("t")
    leaders = cluster.leaders("t")
    assert leaders[0] != leaders[1]
    (third,) = {1, 2, 3} - set(leaders.values())
    assert produce(cluster, "t", [b"before"]) == []
    cluster.node(leaders[which]).kill()
    eventually(lambda: cluster.leaders("t").get(which) == third, 15, f"{third} leads partition {which}")
    assert cluster.leaders("t")[1 - which] == leaders[1 - which]
    assert produce(cluster, "t", [b"after"]) == []
    assert sorted(consume(cluster, "t", 2)) == [b"after", b"before"]


def test_case_2_each_node_leads_one_of_three_partitions(cluster):
    cluster.create("t", partitions=3)
    assert sorted(cluster.leaders("t").values()) == [1, 2, 3]


def test_an_isr_below_the_minimum_refuses_writes_and_takes_them_again(cluster):
    cluster.create("t", min_insync_replicas=2)
    cluster.wait_in_sync("t")
    (leader,) = cluster.leaders("t").values()
    others = [node for node in cluster.nodes if node.id != leader]
    for node in others:
        node.kill()
    failed = produce(cluster, "t", [b"alone"], **{"delivery.timeout.ms": 4000, "request.timeout.ms": 2000, "enable.idempotence": False})
    assert [value for value, _ in failed] == [b"alone"]
    for node in others:
        node.start()
    cluster.wait_ready(count=3)
    cluster.wait_in_sync("t")
    assert produce(cluster, "t", [b"together"]) == []


def test_topics_are_made_through_any_node_and_while_the_controller_is_gone(cluster):
    controller = eventually(cluster.controller, 15, "there is a controller")
    cluster.create("first")
    cluster.node(controller).kill()
    began = time.monotonic()
    other = eventually(lambda: (cluster.controller() or controller) != controller, 15, "another controller")
    cluster.create("second", replicas=2)
    assert other and time.monotonic() - began < 15
    cluster.node(controller).start()
    cluster.wait_ready(count=3)
    cluster.create("third", replicas=3)


def test_all_nodes_killed_at_once_lose_nothing(cluster):
    cluster.create("t", partitions=3)
    cluster.wait_in_sync("t")
    values = [b"%d" % number for number in range(500)]
    assert produce(cluster, "t", values) == []
    for node in cluster.nodes:
        node.kill()
    for node in cluster.nodes:
        node.start()
    cluster.wait_ready(count=3)
    cluster.wait_in_sync("t")
    assert sorted(consume(cluster, "t", 500)) == sorted(values)


def test_a_rolling_restart_fails_no_request(cluster):
    cluster.create("t", partitions=3)
    cluster.wait_in_sync("t")
    with Load(cluster.bootstrap, "t", 3, **{"retries": 2147483647}) as load:
        eventually(lambda: load.acked > 100, 20, "the load runs")
        for node in cluster.nodes:
            assert node.stop() == 0, node.logs()[-4000:]
            node.start()
            cluster.wait_ready(count=3)
            cluster.wait_in_sync("t")
        settle(cluster, "t", load, 3)


@pytest.mark.parametrize("seed", range(2))
def test_kills_and_pauses_at_random(cluster, seed):
    """Each cycle one node is killed, paused or stopped, and comes back; nothing acknowledged is lost, and all keeps its order."""
    chance = random.Random(seed)
    cluster.create("t", partitions=3)
    cluster.wait_in_sync("t")
    with Load(cluster.bootstrap, "t", 3) as load:
        eventually(lambda: load.acked > 100, 20, "the load runs")
        for _ in range(10):
            node = chance.choice(cluster.nodes)
            disturb(chance, node, chance.choice(["kill", "pause", "stop"]))
            before = load.acked
            eventually(lambda: load.acked > before + 20, 40, f"writes go on without node {node.id}\n{cluster.logs()}")
            restore(node)
            cluster.wait_ready(count=3)
            cluster.wait_in_sync("t", 60)
        settle(cluster, "t", load, 3)


def disturb(chance, node, how):
    if how == "kill":
        node.kill()
    elif how == "pause":
        node.signal(signal.SIGSTOP)
    else:
        assert node.stop() == 0, node.logs()[-4000:]


def restore(node):
    if node.is_running:
        node.signal(signal.SIGCONT)
    else:
        node.start()


def test_nine_consumers_go_on_when_one_dies_a_leader_dies_and_the_coordinator_dies(cluster):
    cluster.create("t", partitions=9)
    cluster.wait_in_sync("t")
    consumers = [
        Consumer({
            "bootstrap.servers": cluster.bootstrap, "group.id": "nine", "auto.offset.reset": "earliest",
            "session.timeout.ms": 6000, "heartbeat.interval.ms": 1000, "max.poll.interval.ms": 6000, "log_level": 0,
        })
        for _ in range(9)
    ]
    seen = set()

    def poll():
        for consumer in consumers:
            message = consumer.poll(0.01)
            if message is not None and not message.error():
                seen.add(message.value())

    def until(condition, timeout, what):
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not hold within {timeout} s\n{cluster.logs()}"
            poll()

    def all_owned():
        owned = [(one.topic, one.partition) for consumer in consumers for one in consumer.assignment()]
        return len(owned) == 9 and len(set(owned)) == 9

    def round_trip(name):
        values = [b"%s-%d" % (name, number) for number in range(90)]
        assert produce(cluster, "t", values) == []
        until(lambda: seen.issuperset(values), 40, f"{name} is read")

    for consumer in consumers:
        consumer.subscribe(["t"])
    until(lambda: all_owned() and all(len(one.assignment()) == 1 for one in consumers), 40, "each has its partition")
    round_trip(b"begin")
    # It asks for nothing any more, and is taken out after max.poll.interval.ms.
    dead = consumers.pop()
    until(all_owned, 40, "eight own nine partitions")
    round_trip(b"consumer")
    victim = cluster.leaders("t")[0]
    cluster.node(victim).kill()
    round_trip(b"leader")
    cluster.node(victim).start()
    cluster.wait_ready(count=3)
    cluster.wait_in_sync("__consumer_offsets")
    coordinator = next(iter(cluster.leaders("__consumer_offsets").values()))
    cluster.node(coordinator).kill()
    round_trip(b"coordinator")
    until(all_owned, 40, "all partitions are owned again")
    for consumer in consumers:
        consumer.close()
    del dead


@pytest.mark.parametrize("factor", [2, 3])
def test_all_but_one_of_the_replicas_may_die(factor):
    """Killed one after the other, each when the rest is in sync, what was acknowledged is still there."""
    with Cluster(count=5 if factor > 3 else 3) as cluster:
        cluster.create("t", replicas=factor, min_insync_replicas=1)
        cluster.wait_in_sync("t")
        replicas_of = list(cluster.partitions("t")[0].replicas)
        values = [b"%d" % number for number in range(100)]
        assert produce(cluster, "t", values) == []
        for victim in replicas_of[: factor - 1]:
            # Three controllers need two of them: a killed one comes back as soon as the others lead.
            cluster.node(victim).kill()
            eventually(lambda: cluster.leaders("t").get(0) not in (None, victim), 20, "another one leads")
            assert sorted(consume(cluster, "t", 100, group=f"without-{victim}")) == sorted(values)
            cluster.node(victim).start()
            cluster.wait_ready(count=len(cluster.nodes))
            cluster.wait_in_sync("t")
