"""A notifier that adds the host's links to letters (N4).

    orders.relay_once(LinkedNotifier(notifier, links=SchoolLinks()))

A link is made when the letter is sent, not when it is written: a link to pay may expire, and it asks for the amount
that the payment asks at that time (P3).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, cast

import attrs

from kwiga_orders.changes import OutboxRow
from kwiga_orders.ports import AsyncNotifier, Notifier

__all__ = ["AsyncLinkedNotifier", "AsyncLinks", "LinkedNotifier", "Links"]


class Links(Protocol):
    """The links that letters contain: pages of the host (N4).

    1. Asking for a link changes nothing. 2. "" means that there is no such page; the letter then leaves the line out.
    3. The link to pay may be the gateway's own, from `Orders.payment_link`, or a page of the host that requests one.
    """

    def payment(self, project: str, /, *, order: str, payment: str) -> str:
        """Give the page on which a payment is paid."""

    def product(self, project: str, /, *, contact: str, product: str) -> str:
        """Give the page of a product."""

    def certificate(self, project: str, /, *, contact: str, number: int) -> str:
        """Give the page of a certificate."""


class AsyncLinks(Protocol):
    """`Links`, awaited; the same conditions."""

    async def payment(self, project: str, /, *, order: str, payment: str) -> str:
        """Give the page on which a payment is paid."""

    async def product(self, project: str, /, *, contact: str, product: str) -> str:
        """Give the page of a product."""

    async def certificate(self, project: str, /, *, contact: str, number: int) -> str:
        """Give the page of a certificate."""


@attrs.frozen(kw_only=True)
class _Pages:
    """What a letter should link to: a payment, products, a certificate; read from its outbox row."""

    payment: str | None = None
    products: tuple[str, ...] = ()
    certificate: int | None = None

    @classmethod
    def of(cls, row: OutboxRow) -> "_Pages":
        # The row names everything that links need, so the order is not loaded.
        payment, certificate = row.data.get("payment"), row.data.get("certificate")
        # a payment that was paid needs no link to pay
        is_owed = isinstance(payment, str) and "paid_at" not in row.data and row.name != "refund_made"
        return cls(
            payment=cast(str, payment) if is_owed else None,
            products=tuple(_products(row.data)),
            certificate=certificate if isinstance(certificate, int) else None,
        )


def _products(data: Mapping[str, object]) -> Iterator[str]:
    listed = data.get("products")
    for one in listed if isinstance(listed, Sequence) else ():
        if isinstance(one, Mapping):
            yield str(one["product"])


def _linked(row: OutboxRow, payment: str, products: Mapping[str, str], certificate: str) -> OutboxRow:
    """Give the row of a letter with its links added."""
    pages = {id: page for id, page in products.items() if page}
    links = {"payment": payment, "certificate": certificate, "products": pages}
    # "" means that there is no such page: the letter leaves its line out
    links = {name: link for name, link in links.items() if link}
    return attrs.evolve(row, data={**row.data, "links": links}) if links else row


@attrs.frozen
class LinkedNotifier:
    """`Notifier` that adds the host's `links` to letters and passes them on; events pass unchanged."""

    notifier: Notifier
    links: Links = attrs.field(kw_only=True)

    def notify(self, project: str, row: OutboxRow, /) -> None:
        """Hand one row on, a letter with its links."""
        # Events go to systems, which need no links.
        self.notifier.notify(project, self._linked(project, row) if row.kind == "letter" else row)

    def _linked(self, project: str, row: OutboxRow) -> OutboxRow:
        pages, links = _Pages.of(row), self.links
        payment = certificate = ""
        if pages.payment is not None:
            payment = links.payment(project, order=row.order, payment=pages.payment)
        if pages.certificate is not None:
            certificate = links.certificate(project, contact=row.contact, number=pages.certificate)
        products = {product: links.product(project, contact=row.contact, product=product) for product in pages.products}
        return _linked(row, payment, products, certificate)


@attrs.frozen
class AsyncLinkedNotifier:
    """`AsyncNotifier` that adds the host's `links` to letters and passes them on; events pass unchanged."""

    notifier: AsyncNotifier
    links: AsyncLinks = attrs.field(kw_only=True)

    async def notify(self, project: str, row: OutboxRow, /) -> None:
        """Hand one row on, a letter with its links."""
        await self.notifier.notify(project, await self._linked(project, row) if row.kind == "letter" else row)

    async def _linked(self, project: str, row: OutboxRow) -> OutboxRow:
        pages, links = _Pages.of(row), self.links
        payment = certificate = ""
        if pages.payment is not None:
            payment = await links.payment(project, order=row.order, payment=pages.payment)
        if pages.certificate is not None:
            certificate = await links.certificate(project, contact=row.contact, number=pages.certificate)
        products = {
            product: await links.product(project, contact=row.contact, product=product) for product in pages.products
        }
        return _linked(row, payment, products, certificate)


if TYPE_CHECKING:

    def _fits(notifier: LinkedNotifier, awaited: AsyncLinkedNotifier) -> tuple[Notifier, AsyncNotifier]:
        return notifier, awaited
