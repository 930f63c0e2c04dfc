import pytest

from broker import Broker

FAST = ["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=4"]


@pytest.fixture(scope="session")
def shared():
    """A broker for tests that don't stop it; each test uses names of its own."""
    with Broker(settings=FAST) as broker:
        yield broker
        assert broker.is_alive(), broker.logs()
        assert broker.stop() == 0, broker.logs()


@pytest.fixture
def broker():
    """A broker of the test's own."""
    with Broker(settings=FAST) as one:
        yield one
