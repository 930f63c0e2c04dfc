"""Three nodes, each in a network namespace of its own; what one sends to another is lost, the other way round it is not.

Of a connection across such a cut data arrive until their sender misses the confirmations; a new one comes about from neither side.
"""

import socket
import struct

import pytest

from broker import eventually, read_frame
from cluster import Cluster
from load import Load
from namespaces import Network, refusal
from test_cluster import settle
from wire import frame

# In milliseconds.
SESSION, LAG, FETCH, REQUEST = 3000, 2000, 1000, 2000

SETTINGS = {
    "broker.session.timeout.ms": SESSION,
    "broker.heartbeat.interval.ms": 500,
    "replica.lag.time.max.ms": LAG,
    "replica.socket.timeout.ms": REQUEST,
    "controller.quorum.fetch.timeout.ms": FETCH,
    "controller.quorum.request.timeout.ms": FETCH,
    # Each node leads a partition again soon after a cut, so that the next one meets a leader.
    "leader.imbalance.check.interval.seconds": 1,
}

# How long writes are held up at most. For clients: the request that waits in vain is answered when its time is up; whoever may be deposed then says
# so, and until a client has asked a node for the leader that knows it, each new try is answered within half a second. That, and what the machine has
# to do besides, is the slack.
SLACK = 4000
# A leader looks every half lag for followers that have not come for as long as the lag, and has the controller take them out of the ISR.
SHRUNK = (LAG * 3 / 2 + REQUEST + SLACK) / 1000
# A broker that the controller does not hear for a session is fenced, and others lead what it led.
FENCED = (SESSION + REQUEST + SLACK) / 1000
# A controller that is not heard is missed within two fetch timeouts, and an election takes as long as controller.quorum.election.timeout.ms; the next
# one has heard of no broker yet, and gives each a whole session.
SUCCEEDED = (2 * FETCH + 1000 + SESSION + REQUEST + SLACK) / 1000
# The system tries a connection again within as long as it was cut; its owner gives it up after a request's time. Who was fenced is let in again
# once it has read the metadata, and its replicas are in sync when they have caught up. Then the preferred leaders are elected, within a second.
HEALED = SUCCEEDED + (1000 + SLACK) / 1000

# What is cut, from whom to whom, by places in `roles`, and for how long writes are held up.
CUTS = {
    # Each of the two leads a partition that the other one follows.
    "followers cannot reach leaders": ([(1, 2)], SHRUNK),
    "leaders cannot reach followers": ([(2, 1)], SHRUNK),
    "the controller does not hear a broker": ([(1, 0)], FENCED),
    "a broker does not hear the controller": ([(0, 1)], FENCED),
    "only the controller reaches both others": ([(1, 2), (2, 1)], SHRUNK),
    "only one that is not the controller reaches both others": ([(0, 1), (1, 0)], FENCED),
    "the controller is alone": ([(0, 1), (1, 0), (0, 2), (2, 0)], SUCCEEDED),
}


def try_network():
    with Network(1):
        pass


@pytest.fixture
def network():
    # Asked when the test runs: without the rights, nothing but this is skipped.
    if reason := refusal(try_network):
        pytest.skip(reason)
    with Network(3) as three:
        yield three


def roles(cluster):
    """The active controller and the two other nodes."""
    controller = eventually(cluster.controller, 20, "there is a controller")
    return [controller, *(node.id for node in cluster.nodes if node.id != controller)]


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, kind):
        (value,) = struct.unpack_from(f">{kind}", self.data, self.at)
        self.at += struct.calcsize(kind)
        return value

    def text(self):
        size = self.take("h")
        self.at += max(0, size)

    def array(self, element):
        return [element() for _ in range(self.take("i"))]

    def numbers(self):
        return self.array(lambda: self.take("i"))


def view(node, topic):
    """(partition, leader, leader epoch, ISR) of each partition as this node sees it, and no other: one that was cut off may be behind."""
    request = struct.pack(">ih", 1, len(topic)) + topic.encode() + b"\0"
    host, port = node.address.split(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        connection.sendall(frame(3, 7, request))
        answer = Reader(read_frame(connection))
    answer.at = 8  # correlation id, throttle time
    answer.array(lambda: (answer.take("i"), answer.text(), answer.take("i"), answer.text()))
    answer.text()
    answer.take("i")

    def partition():
        answer.take("h")
        number, leader, epoch = answer.take("i"), answer.take("i"), answer.take("i")
        answer.numbers()
        isr = sorted(answer.numbers())
        answer.numbers()
        return number, leader, epoch, isr

    (partitions,) = answer.array(lambda: (answer.take("h"), answer.text(), answer.take("?"), answer.array(partition))[-1])
    return sorted(partitions)


def wait_healed(cluster, topic, what):
    views = []

    def is_healed():
        views[:] = [view(node, topic) for node in cluster.nodes]
        first = views[0]
        return (
            all(one == first for one in views)
            and sorted(leader for _, leader, _, _ in first) == [1, 2, 3]
            and all(isr == [1, 2, 3] for _, _, _, isr in first)
        )

    try:
        eventually(is_healed, HEALED, f"{what}: all is as before")
    except AssertionError as error:
        raise AssertionError(f"{error}: {views}\n{cluster.logs()}") from None


def test_cuts_one_way_lose_nothing_and_hold_nobody_up_for_long(network):
    with Cluster(3, SETTINGS, network=network) as cluster:
        cluster.create("t", partitions=3)
        wait_healed(cluster, "t", "at first")
        with Load(cluster.bootstrap, "t", 3, **{"request.timeout.ms": REQUEST}) as load:
            eventually(lambda: load.acked > 100, 20, "the load runs")
            for name, (cuts, bound) in CUTS.items():
                nodes = roles(cluster)
                try:
                    for source, target in cuts:
                        network.cut(nodes[source], nodes[target])
                    began = len(load.events)
                    eventually(lambda: load.progress(began) == {0, 1, 2}, bound, f"{name}, {nodes}: all writes go on")
                except AssertionError as error:
                    raise AssertionError(f"{error}, but to {load.progress(began)}\n{cluster.logs()}") from None
                finally:
                    network.heal()
                wait_healed(cluster, "t", name)
            settle(cluster, "t", load, 3)
