"""An asyncio service: orders through awaited calls, and many queries at once.

python examples/asyncio_service.py
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from kwiga_orders import AsyncOrders, Contact, Course, Lesson, Module, Progress, Project
from kwiga_orders.adapters.sql import AsyncSqlOrderStore
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.offers import CreateOffer, ItemAsked, OfferState
from kwiga_orders.orders.commands import MarkPaid, OpenOffer

SCHOOL = Project(id="school", timezone="Europe/Kyiv", currency="UAH")


class Catalogue:
    """The host's courses; a real host would await its database."""

    async def find_course(self, project: str, product: str, /) -> Course | None:
        """Give the outline of the only course."""
        if (project, product) != (SCHOOL.id, "python"):
            return None
        return Course(product=product, modules=(Module(id="m1", lessons=(Lesson(id="hello"),)),))


class Nothing:
    """The progress of learners who have not started."""

    async def get_progress(self, project: str, contact: str, product: str, /) -> Progress:  # noqa: ARG002
        """Give an empty progress."""
        return Progress(contact=contact, product=product)


@asynccontextmanager
async def opened(file: Path) -> AsyncIterator[AsyncOrders]:
    """Open the orders of the school in an SQLite file."""
    async with await AsyncSqlOrderStore.from_url(f"sqlite:///{file}") as store:
        await store.save_project(SCHOOL)
        yield AsyncOrders(
            project=SCHOOL.id,
            store=store,
            courses=Catalogue(),
            progress=Nothing(),
            clock=SystemClock(),
            ids=RandomIds(),
        )


async def sell(orders: AsyncOrders, contact: str) -> str:
    """Sell the course to a contact; give the id of the order."""
    await orders.store.save_contact(SCHOOL.id, Contact(id=contact))
    receipt = await orders.execute(OpenOffer(offer="basic", contact=contact))
    assert receipt.order is not None, "opening an offer makes an order"
    await orders.execute(MarkPaid(order=receipt.order, payment=f"{receipt.order}.1"))
    return receipt.order


async def who_may_enter(orders: AsyncOrders, contacts: Sequence[str]) -> list[str]:
    """Ask about all contacts at once; give those with access."""
    plans = await asyncio.gather(*(orders.plan(contact=one, product="python") for one in contacts))
    now = orders.clock.now()
    return [contact for contact, plan in zip(contacts, plans, strict=True) if plan.access(now).open]


async def main() -> None:
    with TemporaryDirectory() as folder:
        async with opened(Path(folder) / "school.db") as orders:
            item = ItemAsked(product="python", price=Decimal("1000.00"))
            await orders.execute(CreateOffer(code="basic", title="Basic", state=OfferState.PUBLISHED, items=(item,)))
            await orders.store.save_contact(SCHOOL.id, Contact(id="taras"))
            await asyncio.gather(*(sell(orders, contact) for contact in ("olena", "ira")))
            print(await who_may_enter(orders, ("olena", "taras", "ira")))


if __name__ == "__main__":
    asyncio.run(main())
