"""Bad gateways are told by the suite that ships, each by the test for its fault; `thorough` runs all tests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from kwiga_orders.testing.gateway_contract import PaymentGatewayContract
from kwiga_orders.testing.gateways import FakeGateway
from kwiga_orders.testing.school import FrozenClock
from tests.contracts.test_gateways import FakeBench
from tests.effort import is_thorough
from tests.kit.bad_gateways import BAD_GATEWAYS, BadGateway
from tests.kit.telling import told_by


def failing(gateway: type[FakeGateway], *only: str) -> dict[str, BaseException]:
    """Run the tests on a gateway, or all of them; give those that fail."""

    @contextmanager
    def fixtures() -> Iterator[Mapping[str, object]]:
        fake = gateway(FrozenClock())
        yield {"bench": FakeBench(fake, fake), "record_property": lambda *_: None}

    return told_by(PaymentGatewayContract, fixtures, only=() if is_thorough() else only)


@pytest.mark.parametrize("bad", [pytest.param(one, id=one.__name__) for one in BAD_GATEWAYS])
def test_a_bad_gateway_is_told(bad: type[BadGateway]) -> None:
    """Its fault is met by a test of its own, among whatever else fails."""
    assert bad.told_by in failing(bad, bad.told_by)


def test_there_are_enough_of_them() -> None:
    """Seventeen kinds at least, each with a fault of its own; the good one fails nothing."""
    assert len({one.__doc__ for one in BAD_GATEWAYS}) == len(BAD_GATEWAYS) >= 17
    assert failing(FakeGateway, *{one.told_by for one in BAD_GATEWAYS}) == {}
