"""Which letters an order's events make, and under which key each is sent only once.

Laws:

1. A letter tells a fact of its own: its key names that fact, and no key is sent twice (N2).
2. A kind that the offer switched off is not made (N2).
3. Letters come in the order of the events that caused them.
4. A letter holds ids, amounts and instants as they were when it was written, all that its text needs; no text for
   people, and nothing internal, nor what a gateway or the staff gave as a reason (N3, V5).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, TypeVar, cast

import attrs

from kwiga_orders.changes import OutboxRow
from kwiga_orders.codec import iso_text
from kwiga_orders.due import Windows
from kwiga_orders.money import Money
from kwiga_orders.orders import events as happened
from kwiga_orders.orders.state import Line, Order
from kwiga_orders.values import maker

__all__ = ["LETTER_KINDS", "Letter", "letters_of", "outbox_rows"]

LETTER_KINDS: Final = (
    "payment_added",
    "payment_reminder",
    "payment_succeeded",
    "payment_failed",
    "access_granted",
    "access_frozen",
    "access_unfrozen",
    "access_extended",
    "access_expiring",
    "access_expired",
    "free_offer_accepted",
    "refund_made",
    "subscription_renewed",
    "certificate_issued",
)
"""Every kind of letter there is (N2)."""


@attrs.frozen(kw_only=True)
class Letter:
    """A letter to be sent: its kind, the fact it tells of, and the ids and values its text needs.

    `products` are those it is about; its row tells the window of each.
    """

    kind: str
    fact: str
    products: tuple[str, ...] = ()
    data: Mapping[str, object] = attrs.field(factory=dict)


_letter, _row = maker(Letter), maker(OutboxRow)

E = TypeVar("E")
_Write = Callable[[Order, happened.Recorded, E], Iterator[Letter]]
_WRITERS: dict[type, Callable[[Order, happened.Recorded, object], Iterator[Letter]]] = {}


def letters_of(order: Order, recorded: Iterable[happened.Recorded], *, quiet: frozenset[str]) -> list[Letter]:
    """Give the letters that one command's events make; `order` is as it is after them.

    What one command did to several products is one fact, told in one letter.
    """
    found: dict[tuple[str, str], Letter] = {}
    for one in recorded:
        write = _WRITERS.get(type(one.event))
        for letter in () if write is None else write(order, one, one.event):
            key = (letter.kind, letter.fact)
            found[key] = letter if key not in found else _together(found[key], letter)
    return [letter for letter in found.values() if letter.kind not in quiet]


def _together(first: Letter, other: Letter) -> Letter:
    return attrs.evolve(first, products=tuple(dict.fromkeys((*first.products, *other.products))))


_Told = tuple[Literal["event", "letter"], str, str, Mapping[str, object]]
"""What a row tells: its kind and its name, the fact, and the data."""


def outbox_rows(recorded: Sequence[happened.Recorded], windows: Windows) -> list[OutboxRow]:
    """Give the rows that tell outside what happened to an order: every event, then the letters (N1)."""
    order = windows.order
    id, at = f"{order.id}:{order.version:08d}", recorded[0].at
    return [
        _row(
            id=f"{id}:{n:04d}",
            kind=kind,
            name=name,
            order=order.id,
            contact=order.contact,
            at=at,
            key=f"{order.id}:{name}:{fact}",
            data=data,
        )
        for n, (kind, name, fact, data) in enumerate([*_events(order, recorded), *_letters(recorded, windows)])
    ]


def _events(order: Order, recorded: Iterable[happened.Recorded]) -> Iterator[_Told]:
    for n, one in enumerate(recorded):
        yield "event", one.event.name, f"{order.version}:{n}", {}


def _letters(recorded: Iterable[happened.Recorded], windows: Windows) -> Iterator[_Told]:
    order = windows.order
    offer = None if order.origin is None else windows.by.offers.get(order.origin.offer)
    quiet = frozenset() if offer is None else offer.current.quiet
    for letter in letters_of(order, recorded, quiet=quiet):
        yield "letter", letter.kind, letter.fact, _complete(letter, windows)


def _complete(letter: Letter, windows: Windows) -> dict[str, object]:
    """Give what a letter's row holds: the order's number, and of each product when its access starts and ends."""
    order = windows.order
    data = {"number": order.number, **letter.data}
    if letter.products:
        data["products"] = [_window(order.line(product), windows) for product in letter.products]
    return data


def _window(line: Line, windows: Windows) -> dict[str, object]:
    window = windows.of(line)
    if window is None:
        return {"product": line.product}
    return {"product": line.product, "starts_at": _instant(window.starts_at), "ends_at": _instant(window.end)}


def _instant(at: datetime | None) -> str | None:
    return None if at is None else iso_text(at)


def _writes(kind: type[E]) -> Callable[[_Write[E]], _Write[E]]:
    def register(write: _Write[E]) -> _Write[E]:
        _WRITERS[kind] = cast(Callable[[Order, happened.Recorded, object], Iterator[Letter]], write)
        return write

    return register


@_writes(happened.PaymentAdded)
def _payment_added(order: Order, _: happened.Recorded, event: happened.PaymentAdded) -> Iterator[Letter]:
    if event.notify:
        yield _letter(kind="payment_added", fact=event.payment.id, data=_of_payment(order, event.payment.id))


@_writes(happened.ReminderSent)
def _reminder(order: Order, recorded: happened.Recorded, event: happened.ReminderSent) -> Iterator[Letter]:
    fact = f"{event.payment}:{iso_text(recorded.at)}"
    yield _letter(kind="payment_reminder", fact=fact, data=_of_payment(order, event.payment))


_WHEN_DUE: Final = {
    happened.DueKind.PAYMENT_DUE: "payment_reminder",
    happened.DueKind.FREEZE_ENDED: "access_unfrozen",
    happened.DueKind.ACCESS_EXPIRING: "access_expiring",
    happened.DueKind.ACCESS_EXPIRED: "access_expired",
}


@_writes(happened.DueNoted)
def _due(order: Order, recorded: happened.Recorded, event: happened.DueNoted) -> Iterator[Letter]:
    kind = None if event.is_old else _WHEN_DUE.get(event.due)
    if kind is not None and event.payment is not None:
        yield _letter(kind=kind, fact=event.key, data=_of_payment(order, event.payment))
    elif kind is not None and event.product is not None:
        yield _letter(kind=kind, fact=str(recorded.version), products=(event.product,))


@_writes(happened.PaymentPaid)
def _paid(order: Order, _: happened.Recorded, event: happened.PaymentPaid) -> Iterator[Letter]:
    data = {**_of_payment(order, event.payment), "paid_at": iso_text(event.paid_at)}
    yield _letter(kind="payment_succeeded", fact=event.payment, data=data)
    if (order.payment(event.payment).period or 1) > 1:
        yield _letter(kind="subscription_renewed", fact=event.payment, products=_all(order), data=data)


@_writes(happened.PaymentFailed)
def _failed(order: Order, _: happened.Recorded, event: happened.PaymentFailed) -> Iterator[Letter]:
    yield _letter(kind="payment_failed", fact=event.attempt.id, data=_of_payment(order, event.payment))


@_writes(happened.OrderActivated)
def _granted(order: Order, recorded: happened.Recorded, event: happened.OrderActivated) -> Iterator[Letter]:
    if event.before is not None:
        # N2: once at activation, even if it turns out to have been earlier
        return
    # one that was undone by a fact that came late, and happens after all, is another fact
    fact = str(recorded.version)
    free = not order.payments and order.subscription is None and not order.sums.total
    if free and order.origin is not None:
        yield _letter(kind="free_offer_accepted", fact=fact, products=_all(order))
    yield _letter(kind="access_granted", fact=fact, products=_all(order))


@_writes(happened.AccessFrozen)
def _frozen(_: Order, recorded: happened.Recorded, event: happened.AccessFrozen) -> Iterator[Letter]:
    data = {"starts_at": iso_text(event.starts_at), "ends_at": iso_text(event.ends_at)}
    yield _letter(kind="access_frozen", fact=str(recorded.version), products=(event.product,), data=data)


@_writes(happened.AccessUnfrozen)
def _unfrozen(_: Order, recorded: happened.Recorded, event: happened.AccessUnfrozen) -> Iterator[Letter]:
    yield _letter(kind="access_unfrozen", fact=str(recorded.version), products=(event.product,))


@_writes(happened.AccessExtended)
def _extended(_: Order, recorded: happened.Recorded, event: happened.AccessExtended) -> Iterator[Letter]:
    yield _letter(kind="access_extended", fact=str(recorded.version), products=(event.product,))


@_writes(happened.PaymentRefunded)
def _refunded(_: Order, __: happened.Recorded, event: happened.PaymentRefunded) -> Iterator[Letter]:
    data = {"payment": event.payment, **_of_money(event.refund.amount)}
    yield _letter(kind="refund_made", fact=event.refund.id, data=data)


@_writes(happened.CertificateIssued)
def _certified(_: Order, __: happened.Recorded, event: happened.CertificateIssued) -> Iterator[Letter]:
    fact = f"{event.product}:{event.number}"
    yield _letter(kind="certificate_issued", fact=fact, products=(event.product,), data={"certificate": event.number})


def _of_payment(order: Order, id: str) -> dict[str, object]:
    payment = order.payment(id)
    return {"payment": id, **_of_money(payment.amount), "due_at": iso_text(payment.due_at)}


def _of_money(money: Money) -> dict[str, object]:
    return {"amount": money.amount, "currency": money.currency}


def _all(order: Order) -> tuple[str, ...]:
    return tuple([line.product for line in order.lines])
