"""How often the broker asks for heap memory on the produce and fetch paths: never for a record, a fixed number of times for a request."""

import struct

import pytest

from allocations import Counter
from broker import Broker, read_frame
from wire import batch, fetch_request, frame, produce_request

FAST = ["num.partitions=1", "num.network.threads=1"]
REQUESTS = 30
ROUNDS = 10


class Counted:
    """A broker with the counter preloaded, and one connection to it."""

    def __init__(self, broker, counter):
        self.broker, self.counter = broker, counter
        self.connection = broker.connect()

    def call(self, request):
        self.connection.sendall(request)
        return read_frame(self.connection)

    def allocations(self, request):
        """For each of many equal requests, in the round that took the fewest. What is in a request costs the same in each round; a client that is
        slow to read makes the broker wait for space in the socket once more, which has a price of its own."""
        return min(self._round(request) for _ in range(ROUNDS + 1))

    def _round(self, request):
        before = self.counter.value
        for _ in range(REQUESTS):
            assert self.call(request) is not None
        return (self.counter.value - before) / REQUESTS


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    counter = Counter(tmp_path_factory.mktemp("allocations"))
    with Broker(settings=FAST, environment=counter.environment) as broker:
        result = Counted(broker, counter)
        assert counter.value > 1000, "the counter does not count"
        result.call(frame(3, 4, struct.pack(">ih", 1, 7) + b"counted" + b"\1"))
        yield result
        result.connection.close()


def produce(count):
    return produce_request("counted", 0, batch([b"x" * 100] * count), acks=1)


def fetch(count):
    return fetch_request("counted", 0, 0, count)


def test_producing_allocates_for_the_request_and_not_for_its_records(counted):
    one, many = counted.allocations(produce(1)), counted.allocations(produce(200))
    print(f"allocations for a Produce request with 1 record: {one:.2f}, with 200: {many:.2f}")
    # A larger frame may arrive in two parts, which costs a buffer or two for the request, whatever is in it.
    assert many - one < 2, (one, many)
    assert one <= 16, one


def test_fetching_allocates_for_the_request_and_not_for_its_records(counted):
    for _ in range(50):
        counted.call(produce(200))
    one, many = counted.allocations(fetch(100)), counted.allocations(fetch(1 << 20))
    print(f"allocations for a Fetch request of one batch: {one:.2f}, of a mebibyte: {many:.2f}")
    # The one batch comes from what was read to find it, in one turn of the event loop. The mebibyte is sent in four turns, a fixed number for each
    # quarter of it, whatever is in it.
    assert one <= 28, one
    assert many < 28 + 3 * 12, many
