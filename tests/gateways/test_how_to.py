"""The gateway that the how-to "Add a gateway" builds keeps every condition of the port: the page's own code is run."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from kwiga_orders.testing.blocking import BlockingGateway
from kwiga_orders.testing.gateway_contract import GatewayBench, PaymentGatewayContract

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-gateway.md"


def names_of_the_page() -> dict[str, Any]:
    """Run the page, and give what it defines."""
    document = Sybil([PythonCodeBlockParser()]).parse(PAGE)
    for example in document.examples():
        example.evaluate()
    return document.namespace


BUILT = names_of_the_page()


class TestCoinbox(PaymentGatewayContract):
    lacks: ClassVar = BUILT["TestCoinbox"].lacks

    @contextmanager
    def open_bench(self) -> Iterator[GatewayBench]:
        with BUILT["CoinboxSandbox"]() as sandbox:
            yield BUILT["Bench"](sandbox)


class TestAsyncCoinbox(PaymentGatewayContract):
    lacks: ClassVar = BUILT["TestCoinbox"].lacks

    @contextmanager
    def open_bench(self) -> Iterator[GatewayBench]:
        with BUILT["CoinboxSandbox"]() as sandbox, asyncio.Runner() as runner:
            bench = BUILT["Bench"](sandbox)
            bench.gateway = BlockingGateway(BUILT["AsyncCoinbox"](sandbox.shop()), runner)
            yield bench
