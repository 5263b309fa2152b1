"""The letters that an order's events make: which, to whom, and with which key.

Laws:

1. A letter states one fact: its key names that fact, and no key is sent twice (N2).
2. A letter of a kind that the offer or the contact switched off is not made. But a contact cannot switch off letters
   about money, and letters sent by hand are always made (N2).
3. No letter says that access is ending, has ended or is frozen while another order keeps the product open (N2).
4. Letters come in the order of the events that caused them.
5. A letter has the ids, amounts and instants that its text needs, as they were when it was made. It has no text for
   people, nothing internal, and no reason given by a gateway or the staff (N3, V5).

Home of N2.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, TypeVar, cast

import attrs

from kwiga_orders.changes import OutboxRow
from kwiga_orders.codec import iso_text
from kwiga_orders.due import Windows
from kwiga_orders.letter_kinds import LETTERS_ABOUT_MONEY
from kwiga_orders.money import Money
from kwiga_orders.orders import events as happened
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.window import find_freeze
from kwiga_orders.payments import Payment
from kwiga_orders.project import Contact
from kwiga_orders.values import changed, maker
from kwiga_orders.views.events import event_data

__all__ = ["Letter", "letters_of", "outbox_rows", "wanted"]


@attrs.frozen(kw_only=True)
class Letter:
    """A letter to be sent: its kind, the fact it states, and the ids and values for its text.

    It is about `products`; its row has the window of each. `closed_at` is when access to them is closed: it is not sent
    if another order keeps them open then, unless it is sent `by_hand`.
    """

    kind: str
    fact: str
    products: tuple[str, ...] = ()
    data: Mapping[str, object] = attrs.field(factory=dict)
    closed_at: datetime | None = None
    by_hand: bool = False


_letter, _row = maker(Letter), maker(OutboxRow)

E = TypeVar("E")
_Write = Callable[[Windows, happened.Recorded, E], Iterator[Letter]]
_WRITERS: dict[type, Callable[[Windows, happened.Recorded, object], Iterator[Letter]]] = {}


def letters_of(recorded: Iterable[happened.Recorded], windows: Windows) -> list[Letter]:
    """Give the letters of one command's events; `windows` are those of the order after them.

    What one command did to several products is one fact and one letter. Kinds that the order's offer switched off are
    left out.
    """
    found: dict[tuple[str, str], Letter] = {}
    for one in recorded:
        write = _WRITERS.get(type(one.event))
        # Several events of one command may state one fact about different products.
        for letter in () if write is None else write(windows, one, one.event):
            key = (letter.kind, letter.fact)
            # each product once, in the order of the events
            products = dict.fromkeys((*found[key].products, *letter.products)) if key in found else letter.products
            found[key] = changed(found.get(key, letter), products=tuple(products))
    # most commands make no letter, and then the offer is not needed
    quiet = _switched_off_by_offer(windows) if found else frozenset()
    return [letter for letter in found.values() if letter.by_hand or letter.kind not in quiet]


def _switched_off_by_offer(windows: Windows) -> frozenset[str]:
    # An order made by hand has no offer that could switch letters off.
    origin = windows.order.origin
    offer = None if origin is None else windows.by.offers.get(origin.offer)
    return frozenset() if offer is None else offer.current.quiet


def wanted(letters: Iterable[Letter], contact: Contact) -> list[Letter]:
    """Give the letters that reach a contact: letters about money, those sent by hand, and kinds not switched off."""
    # N2: letters about money cannot be switched off by contacts.
    off = contact.no_letters - set(LETTERS_ABOUT_MONEY)
    return [letter for letter in letters if letter.by_hand or letter.kind not in off]


# Rows of the outbox

_Content = tuple[Literal["event", "letter"], str, str, Mapping[str, object]]
"""The content of a row: its kind, its name, the fact, and the data."""


def outbox_rows(recorded: Sequence[happened.Recorded], letters: Iterable[Letter], windows: Windows) -> list[OutboxRow]:
    """Give the outbox rows of an order's change: every event, then the letters (N1)."""
    order = windows.order
    # ids sort as texts by version, which has eight digits, then by the order of cause
    id, at = f"{order.id}:{order.version:08d}", recorded[0].at
    contents: list[_Content] = [*_events(order, recorded), *_letters(letters, windows)]
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
        for n, (kind, name, fact, data) in enumerate(contents)
    ]


def _events(order: Order, recorded: Iterable[happened.Recorded]) -> Iterator[_Content]:
    about = {
        "order_number": order.number,
        "order_version": order.version,
        "currency": order.currency,
        "products": list(_all(order)),
    }
    for n, one in enumerate(recorded):
        yield "event", one.event.name, f"{order.version}:{n}", {**about, **event_data(one.event)}


def _letters(letters: Iterable[Letter], windows: Windows) -> Iterator[_Content]:
    for letter in letters:
        data = {"number": windows.order.number, **letter.data}
        if letter.products:
            data["products"] = [_window(product, windows) for product in letter.products]
        yield "letter", letter.kind, letter.fact, data


def _window(product: str, windows: Windows) -> dict[str, object]:
    # The window is stored in the row, so that a letter that waits in the outbox has the window of its event.
    window = windows.of(windows.order.line(product))
    if window is None:
        return {"product": product}
    ends_at = None if window.end is None else iso_text(window.end)
    return {"product": product, "starts_at": iso_text(window.starts_at), "ends_at": ends_at}


# From events to letters


def _writes(kind: type[E]) -> Callable[[_Write[E]], _Write[E]]:
    def register(write: _Write[E]) -> _Write[E]:
        _WRITERS[kind] = cast(Callable[[Windows, happened.Recorded, object], Iterator[Letter]], write)
        return write

    return register


@_writes(happened.PaymentAdded)
def payment_added(windows: Windows, _: happened.Recorded, event: happened.PaymentAdded) -> Iterator[Letter]:
    """`payment_added`, only if the command asks for it."""
    if event.notify:
        yield _unpaid("payment_added", event.payment.id, windows.order, event.payment.id)


@_writes(happened.ReminderSent)
def reminder_sent(windows: Windows, recorded: happened.Recorded, event: happened.ReminderSent) -> Iterator[Letter]:
    """`payment_reminder`, by hand."""
    fact = f"{event.payment}:{iso_text(recorded.at)}"
    yield _unpaid("payment_reminder", fact, windows.order, event.payment)


_WHEN_DUE: Final = {
    happened.DueKind.PAYMENT_UPCOMING: "payment_upcoming",
    happened.DueKind.PAYMENT_DUE: "payment_reminder",
    happened.DueKind.FREEZE_ENDED: "access_unfrozen",
    happened.DueKind.ACCESS_EXPIRING: "access_expiring",
    happened.DueKind.ACCESS_EXPIRED: "access_expired",
}


@_writes(happened.DueNoted)
def due_noted(windows: Windows, recorded: happened.Recorded, event: happened.DueNoted) -> Iterator[Letter]:
    """Letters of due items, unless they are old."""
    # Law 6 of `due`: no letters about old items.
    kind = None if event.is_old else _WHEN_DUE.get(event.due)
    if kind is not None and event.payment is not None:
        yield _unpaid(kind, event.key, windows.order, event.payment)
    elif kind is not None and event.product is not None:
        # decision 0039: for a letter that access ends soon, `closed_at` is the coming end
        closed_at = recorded.at if kind == "access_expired" else None
        window = windows.of(windows.order.line(event.product))
        if kind == "access_expiring" and window is not None:
            closed_at = window.end
        yield _letter(kind=kind, fact=str(recorded.version), products=(event.product,), closed_at=closed_at)


@_writes(happened.PaymentPaid)
def payment_paid(windows: Windows, _: happened.Recorded, event: happened.PaymentPaid) -> Iterator[Letter]:
    """`payment_succeeded`, or `subscription_renewed` with each paid period but the first."""
    order, payment = windows.order, windows.order.payment(event.payment)
    if event.again:
        # P11: what is accepted in place of what had paid it, or beside it, is no payment more
        return
    # The first period is a sale, and the letter of a sale; only later ones are renewals.
    kind = "payment_succeeded" if (payment.period or 1) == 1 else "subscription_renewed"
    yield _about_paid(kind, order, event.payment)


@_writes(happened.PaymentFailed)
def payment_failed(windows: Windows, _: happened.Recorded, event: happened.PaymentFailed) -> Iterator[Letter]:
    """`payment_failed`, for each attempt."""
    yield _unpaid("payment_failed", event.attempt.id, windows.order, event.payment)


@_writes(happened.OrderActivated)
def order_activated(windows: Windows, recorded: happened.Recorded, event: happened.OrderActivated) -> Iterator[Letter]:
    """`access_granted`, once at activation, and `free_offer_accepted` before it if nothing was to be paid."""
    if event.before is not None:  # it was active before, only the instant changed
        return
    order = windows.order
    # decision 0022: if an activation is undone and happens again, that is another fact
    fact = str(recorded.version)
    # A subscription that starts free has a trial, so it is not a free offer.
    free = not order.payments and order.subscription is None and not order.sums.total
    if free and order.origin is not None:
        yield _letter(kind="free_offer_accepted", fact=fact, products=_all(order))
    yield _letter(kind="access_granted", fact=fact, products=_all(order))


@_writes(happened.AccessFrozen)
def access_frozen(_: Windows, recorded: happened.Recorded, event: happened.AccessFrozen) -> Iterator[Letter]:
    """`access_frozen`, with the freeze."""
    data = {"starts_at": iso_text(event.starts_at), "ends_at": iso_text(event.ends_at)}
    yield _letter(
        kind="access_frozen",
        fact=str(recorded.version),
        products=(event.product,),
        data=data,
        closed_at=event.starts_at,
    )


@_writes(happened.AccessUnfrozen)
def access_unfrozen(_: Windows, recorded: happened.Recorded, event: happened.AccessUnfrozen) -> Iterator[Letter]:
    """`access_unfrozen`, by hand."""
    yield _letter(kind="access_unfrozen", fact=str(recorded.version), products=(event.product,))


@_writes(happened.AccessExtended)
def access_extended(_: Windows, recorded: happened.Recorded, event: happened.AccessExtended) -> Iterator[Letter]:
    """`access_extended`."""
    yield _letter(kind="access_extended", fact=str(recorded.version), products=(event.product,))


@_writes(happened.PaymentRefunded)
def payment_refunded(_: Windows, __: happened.Recorded, event: happened.PaymentRefunded) -> Iterator[Letter]:
    """`refund_made`, for each refund that succeeded."""
    data = {"payment": event.payment, **_of_money(event.refund.amount)}
    yield _letter(kind="refund_made", fact=event.refund.id, data=data)


@_writes(happened.CertificateIssued)
def certificate_issued(_: Windows, __: happened.Recorded, event: happened.CertificateIssued) -> Iterator[Letter]:
    """`certificate_issued`."""
    fact = f"{event.product}:{event.number}"
    if event.issued_at is not None:
        # C4: the contact already had this certificate
        return
    yield _letter(kind="certificate_issued", fact=fact, products=(event.product,), data={"certificate": event.number})


@_writes(happened.LetterSent)
def letter_sent(windows: Windows, recorded: happened.Recorded, event: happened.LetterSent) -> Iterator[Letter]:
    """Any kind, sent again by hand."""
    letter = _again(event, windows.order, recorded.at)
    # each sending is a fact of its own
    yield changed(letter, fact=f"by_hand:{recorded.version}", by_hand=True)


# What letters hold


def _unpaid(kind: str, fact: str, order: Order, id: str) -> Letter:
    """Make a letter about an unpaid payment, with the amount it asks for (P15), or its own if it asks for nothing."""
    payment = order.payment(id)
    # The amount that is asked for now, not the planned one.
    money = asked_of(order).get(id, payment.amount)
    return _letter(kind=kind, fact=fact, data=_of_payment(payment, money))


def _about_paid(kind: str, order: Order, id: str) -> Letter:
    payment = order.payment(id)
    paid_at = {} if payment.paid is None else {"paid_at": iso_text(payment.paid.at)}
    products = _all(order) if kind == "subscription_renewed" else ()
    data = {**_of_payment(payment, payment.amount if payment.paid is None else payment.paid.amount), **paid_at}
    # P6: a mark taken back was not made, so what pays it after all is another fact
    return _letter(kind=kind, fact=":".join([id, *paid_at.values()]), products=products, data=data)


def _again(event: happened.LetterSent, order: Order, at: datetime) -> Letter:
    """Make a letter that is sent by hand, from the current state."""
    if event.payment is not None:
        return _payment_again(event.kind, order, event.payment)
    assert event.product is not None, "a letter is about a payment or a product"
    products = (event.product,)
    if event.kind == "certificate_issued":
        # `next` cannot fail, because the rule has refused the letter if there is no valid certificate.
        valid = (one for one in order.certificates if one.product == event.product and one.revoked_at is None)
        return _letter(kind=event.kind, fact="", products=products, data={"certificate": next(valid).number})
    freeze = find_freeze(order.line(event.product), at) if event.kind == "access_frozen" else None
    data: dict[str, object] = (
        {} if freeze is None else {"starts_at": iso_text(freeze.starts_at), "ends_at": iso_text(freeze.ends_at)}
    )
    return _letter(kind=event.kind, fact="", products=products, data=data)


def _payment_again(kind: str, order: Order, id: str) -> Letter:
    if kind in ("payment_succeeded", "subscription_renewed"):
        return _about_paid(kind, order, id)
    if kind == "refund_made":
        # A chargeback that was won in part refunded the rest of it (P10).
        kept = next(one.kept for one in reversed(order.payment(id).refunds) if one.kept.minor > 0)
        return _letter(kind=kind, fact="", data={"payment": id, **_of_money(kept)})
    return _unpaid(kind, "", order, id)


def _of_payment(payment: Payment, money: Money) -> dict[str, object]:
    data = {"payment": payment.id, **_of_money(money), "due_at": iso_text(payment.due_at)}
    # P1: a payment that is due on a date can be paid during the whole day
    return {**data, "whole_day": True} if payment.whole_day else data


def _of_money(money: Money) -> dict[str, object]:
    return {"amount": money.amount, "currency": money.currency}


def _all(order: Order) -> tuple[str, ...]:
    return tuple([line.product for line in order.lines])
