"""Hypothesis strategies for scripts: people open offers, pay, edit, freeze, cancel, and change the funnels.

Commands name orders as case files do: `o1` is the first order made, `o1.2` its second payment. `Names` resolves them to
ids. Many of the drawn commands are refused, as in reality.

    for step in script:
        clock.set(clock.now() + step.wait)
        names.note(orders.execute(names.resolved(step.command)))
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs

from kwiga_orders import funnel as funnels
from kwiga_orders.changes import Receipt
from kwiga_orders.commands import UNSET, Command
from kwiga_orders.course import After, CertificateConditions, Course, Lesson, Module, OnDate
from kwiga_orders.extras import extra
from kwiga_orders.offers import CreateOffer, EditOffer, ItemAsked, ItemChange, OfferState, PercentOff
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Full, Outcome, Parts, PaymentOption, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.values import changed_by

with extra("testing"):
    from hypothesis import strategies as st

__all__ = [
    "CONTACTS",
    "COURSES",
    "FUNNELS",
    "INTERNAL",
    "OFFERS",
    "PRODUCTS",
    "SET_UP",
    "START",
    "Names",
    "Step",
    "adjustments",
    "changes_of_funnels",
    "changes_of_offers",
    "edits",
    "openings",
    "payments",
    "reports",
    "scripts",
    "steps",
    "turns",
    "waits",
]

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
"""When a script begins."""

INTERNAL = "for the staff only"
"""Part of every text that a customer must not see (V5)."""

CONTACTS = ("olena", "taras")
"""The contacts who buy."""
PRODUCTS = ("python", "sql")
"""The products of the school."""
OFFERS = ("basic", "parts", "free", "monthly", "trial", "bundle")
"""The codes of the offers."""
FUNNELS = ("default", "vip", "extra")
"""The funnels of the school."""

_WEEK, _MONTH = Period(days=7), Period(months=1)
# an order that no script makes, so commands for it are always refused
_NOBODYS = "o9"
# the first orders are drawn often, so that commands affect the same order
_ORDERS = (*("o1",) * 5, *("o2",) * 4, *("o3",) * 2, _NOBODYS)
_STATUSES = ("new", "paid", "partially_paid", "lost", "called", "extra")
# usually the price; sometimes a part that does not divide evenly, the least amount, zero, or less than the least amount
_AMOUNTS = tuple(map(Decimal, (*("1000.00",) * 4, "500.00", "333.34", "300.00", "0.01", "0", "0.001")))

COURSES = tuple(
    Course(
        product=product,
        title=product.title(),
        comments=True,
        certificate=CertificateConditions(fully_paid=True),
        modules=(
            Module(id="m1", lessons=(Lesson(id="l1"), Lesson(id="l2", delay=After(period=_WEEK)))),
            Module(id="m2", delay=OnDate(at=START + timedelta(days=20)), lessons=(Lesson(id="l3"),)),
        ),
    )
    for product in PRODUCTS
)
"""The outlines of the courses."""


def _offer(
    code: str, option: PaymentOption, *, price: str = "1000.00", products: Sequence[str] = ("python",)
) -> Command:
    lasts = TermsChange(duration=For(period=_MONTH))
    return CreateOffer(
        code=code,
        title=code.title(),
        state=OfferState.PUBLISHED,
        items=tuple(ItemAsked(product=one, price=Decimal(price), terms=lasts) for one in products),
        discount=PercentOff(percent=Decimal("12.5")) if len(products) > 1 else None,
        payment_options=(option,),
    )


SET_UP: tuple[Command, ...] = (
    funnels.CreateFunnel(
        id="vip",
        title=INTERNAL,
        statuses=tuple(
            funnels.FunnelStatus(id=id, name=f"{id} {INTERNAL}") for id in ("new", "called", "paid", "lost")
        ),
        rules=(
            funnels.Rule(event="order.paid", status="paid", only_from=("new", "called")),
            funnels.Rule(event="order.cancelled", status="lost"),
            funnels.Rule(event="order.reopened", status="called"),
            funnels.Rule(event="payment.failed", status="called", only_from=("new",)),
            funnels.Rule(event="x.called", status="called", every_time=True),
            funnels.Rule(event="course.completed", status="paid"),
        ),
    ),
    _offer("basic", Full(id="full")),
    _offer("parts", Parts(id="parts", count=3, every=_MONTH, total=Decimal("1000.01"))),
    _offer("free", Full(id="full"), price="0"),
    _offer("monthly", Subscribe(id="sub", amount=Decimal("300.00"), every=_MONTH)),
    _offer("trial", Subscribe(id="sub", amount=Decimal("300.00"), every=_MONTH, periods=2, trial=_WEEK)),
    _offer("bundle", Full(id="full"), products=PRODUCTS),
)
"""The commands that set up the school of a script: its offers, and a second funnel."""


@attrs.frozen
class Step:
    """A command, and how long after the last one it is given."""

    wait: timedelta
    command: Command


@attrs.define
class Names:
    """The ids for the names in a script: `o1` is the first order that was made.

    If fewer orders were made than the name's number, counting starts again with the first; `o9` names no order.
    """

    ids: list[str] = attrs.field(factory=list)

    def note(self, command: Command, receipt: Receipt) -> None:
        """Remember the id of an order that was made."""
        if isinstance(command, asked.OpenOffer | asked.CreateOrder) and receipt.made not in (None, *self.ids):
            self.ids.append(str(receipt.made))

    def id_of(self, name: str) -> str:
        """Give the id for a name; the name itself if no order has it."""
        order, dot, rest = name.partition(".")
        # before an order was made, its name is as unknown to the school as `o9`
        if order == _NOBODYS or not self.ids:
            return name
        return f"{self.ids[(int(order[1:]) - 1) % len(self.ids)]}{dot}{rest}"

    def name_of(self, id: str) -> str:
        """Give the name for an id."""
        # the id of an order may contain dots
        made = next((n for n, one in enumerate(self.ids, start=1) if id == one or id.startswith(f"{one}.")), None)
        return id if made is None else f"o{made}{id[len(self.ids[made - 1]) :]}"

    def resolved(self, command: Command) -> Command:
        """Give the command with names replaced by ids."""
        return _renamed(command, self.id_of)

    def named(self, command: Command) -> Command:
        """Give the command with ids replaced by names."""
        return _renamed(command, self.name_of)


def _renamed(command: Command, rename: Callable[[str], str]) -> Command:
    found = {field: getattr(command, field, None) for field in ("order", "payment", "task")}
    return changed_by(command, {field: rename(name) for field, name in found.items() if name is not None})


def waits() -> st.SearchStrategy[timedelta]:
    """Draw the time until the next command: a second up to a month, never zero."""
    lengths = (timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=31))
    return st.sampled_from(lengths)


def steps(commands: st.SearchStrategy[Command]) -> st.SearchStrategy[Step]:
    """Draw steps with short and long waits before the command."""
    return st.builds(Step, waits(), commands)


def scripts(*, most: int = 25) -> st.SearchStrategy[list[Step]]:
    """Draw a script: a list of steps of which the first makes an order."""
    # payments twice, because most rules need a paid order
    groups = (openings(), payments(), payments(), reports(), edits(), adjustments(), turns(), changes_of_offers())
    later = st.lists(steps(st.one_of(*groups, changes_of_funnels())), max_size=most)
    return st.builds(lambda first, rest: [first, *rest], steps(openings()), later)


def _orders() -> st.SearchStrategy[str]:
    return st.sampled_from(_ORDERS)


def _instants() -> st.SearchStrategy[datetime]:
    """Draw an instant near the script; it may be in the past or the future when it is used."""
    return st.integers(-1000, 4000).map(lambda hours: START + timedelta(hours=hours, minutes=7))


def _maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


def _unset(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.just(UNSET) | strategy


def _amounts() -> st.SearchStrategy[Decimal]:
    return st.sampled_from(_AMOUNTS)


def _notes() -> st.SearchStrategy[str]:
    return st.integers(1, 3).map(lambda number: f"{INTERNAL} {number}")


def _about(kind: type[asked.OrderCommand], **fields: st.SearchStrategy[object]) -> st.SearchStrategy[Command]:
    """Draw a command for an order."""
    return _orders().flatmap(lambda order: st.builds(kind, order=st.just(order), **fields))


def _about_payment(kind: type[asked.PaymentCommand], **fields: st.SearchStrategy[object]) -> st.SearchStrategy[Command]:
    """Draw a command for a payment of an order."""

    def of(order: str) -> st.SearchStrategy[Command]:
        payment = st.sampled_from((1, 1, 1, 1, 2, 3)).map(lambda number: f"{order}.{number}")

        return st.builds(kind, order=st.just(order), payment=payment, **fields)

    return _orders().flatmap(of)


def openings() -> st.SearchStrategy[Command]:
    """Draw commands that make orders, most of them from offers; sometimes a key is used again (K1)."""
    keys = st.sampled_from((*(None,) * 9, "k1"))
    contacts = st.sampled_from(("olena", "olena", *CONTACTS))
    sold = st.sampled_from((*("basic",) * 3, "parts", "parts", *OFFERS))
    opened = st.builds(asked.OpenOffer, offer=sold, contact=contacts, idempotency_key=keys)
    line = st.builds(asked.LineAsked, product=st.sampled_from((*PRODUCTS * 3, "gone")), price=_amounts())
    made = st.builds(
        asked.CreateOrder,
        contact=contacts,
        lines=st.lists(line, min_size=1, max_size=2).map(tuple),
        funnel=st.sampled_from((None, "vip", *FUNNELS)),
        discount=st.none() | st.just(PercentOff(percent=Decimal(10))),
        opens_on=st.sampled_from(("first_payment", "full_payment")),
        comment=_notes(),
        idempotency_key=keys,
    )
    return opened | opened | opened | made


def payments() -> st.SearchStrategy[Command]:
    """Draw the staff's commands about money."""
    added = _about(
        asked.AddPayment,
        amount=_amounts(),
        paid=st.booleans(),
        due_at=_maybe(_instants()),
        method=st.sampled_from(("cashless", "cash")),
        gateway=st.sampled_from((None, "stripe")),
        closes_access=st.booleans(),
        comment=_notes(),
        notify=st.booleans(),
        on_top=st.sampled_from((None, None, True, False)),
    )
    edited = _about_payment(
        asked.EditPayment,
        amount=st.just(UNSET) | _unset(_amounts()),
        due_at=_unset(_instants()),
        gateway=_unset(st.sampled_from((None, "stripe"))),
        closes_access=_unset(st.booleans()),
        comment=_unset(_notes()),
        on_top=_unset(st.sampled_from((None, True, False))),
    )
    paid = _about_payment(asked.MarkPaid, paid_at=st.none() | _maybe(_instants()))

    # the product may not be in the order
    refunded = _about_payment(
        asked.RefundPayment, amount=_amounts(), product=st.sampled_from((None, "python")), reason=_notes()
    )
    others = st.sampled_from((asked.VoidPayment, asked.Remind, asked.StartAttempt)).flatmap(_about_payment)
    corrected = _about_payment(asked.MarkUnpaid, reason=_notes())
    resolved = _about(asked.ResolveAttention, comment=_notes())
    accepted = _about_payment(asked.AcceptAnomaly, reference=st.sampled_from(("r1", "r2")))
    return st.one_of(added, edited, paid, paid, paid, refunded, refunded, others, corrected, resolved, accepted)


def reports() -> st.SearchStrategy[Command]:
    """Draw reports of a gateway, which may repeat, come late or out of order, or have other amounts."""
    references = st.sampled_from(("r1", "r2"))
    outcomes = st.sampled_from((Outcome.SUCCEEDED, Outcome.FAILED, Outcome.UNKNOWN))
    attempt = _about_payment(
        asked.ReportAttempt,
        reference=references,
        outcome=outcomes,
        amount=st.none() | _maybe(_amounts()),
        occurred_at=_maybe(_instants()),
    )
    refund = _about_payment(
        asked.ReportRefund,
        reference=references,
        outcome=outcomes,
        amount=_amounts(),
        chargeback=st.booleans(),
        occurred_at=_maybe(_instants()),
    )
    return attempt | attempt | refund


def edits() -> st.SearchStrategy[Command]:
    """Draw the staff's edits of an order and its lines."""
    products = st.sampled_from(PRODUCTS)
    terms = st.just(TermsChange()) | st.just(TermsChange(duration=For(period=Period(days=90))))
    noted = _about(
        asked.EditOrder,
        manager=_unset(_notes()),
        responsibles=st.just(UNSET) | st.just(UNSET) | st.just((INTERNAL,)),
        tags=_unset(_notes().map(lambda note: (note,))),
        comment=_unset(st.none() | _notes()),
        discount=st.just(UNSET) | st.just(UNSET) | st.none() | st.just(PercentOff(percent=Decimal(50))),
    )
    line = _about(
        asked.EditLine, product=products, price=_unset(_amounts()), terms=terms, curators=_unset(st.just((INTERNAL,)))
    )
    added = _about(asked.AddLine, product=products, price=_amounts(), terms=terms)
    others = st.sampled_from((asked.RemoveLine, asked.FollowOffer)).flatmap(lambda kind: _about(kind, product=products))
    task = _about(asked.AddTask, title=_notes())
    done = _orders().map(lambda order: asked.CompleteTask(order=order, task=f"{order}.t1"))
    return noted | noted | line | added | others | task | done


def adjustments() -> st.SearchStrategy[Command]:
    """Draw commands that change the window of access (A9-A13)."""
    products = st.sampled_from((None, None, "python", *PRODUCTS))
    periods = st.sampled_from((Period(days=1), _WEEK, _MONTH))
    about = {"product": products, "reason": _notes()}
    extended = _about(asked.ExtendAccess, by=periods, **about)
    ended = _about(asked.SetAccessEnd, at=_maybe(_instants()), **about)
    frozen = _about(asked.FreezeAccess, period=periods, starts_at=st.none() | _maybe(_instants()), **about)
    return extended | ended | frozen | frozen | _about(asked.UnfreezeAccess, **about)


def turns() -> st.SearchStrategy[Command]:
    """Draw commands that move, cancel, reopen or renew an order, and events of the host about it."""
    moved = _about(
        asked.MoveOrder, funnel=st.sampled_from((None, *FUNNELS)), status=st.sampled_from((None, None, *_STATUSES))
    )
    cancelled = _about(asked.CancelOrder, reason=_notes()) | _about(asked.ReopenOrder, reason=_notes())
    renewed = st.sampled_from((asked.Renew, asked.Renew, asked.StopRenewal, asked.ResumeRenewal)).flatmap(_about)
    events: list[tuple[str, str | None]] = [("x.called", None), ("order.paid", None)]
    events += [(event, one) for event in ("x.called", "course.completed", "course.started") for one in PRODUCTS]
    told = st.sampled_from(events)
    reported = st.builds(lambda of, order: asked.ReportEvent(event=of[0], product=of[1], order=order), told, _orders())
    reported_of_contact = st.builds(
        lambda of, contact: asked.ReportEvent(event=of[0], product=of[1], contact=contact),
        told,
        st.sampled_from(CONTACTS),
    )
    issued = _about(asked.IssueCertificate, product=st.sampled_from(PRODUCTS))
    return moved | moved | cancelled | cancelled | renewed | reported | reported_of_contact | issued


def changes_of_offers() -> st.SearchStrategy[Command]:
    """Draw edits of offers: price, terms, title; for all orders or only for new ones (O8)."""
    item = st.builds(
        ItemChange,
        product=st.just("python"),
        price=_unset(st.sampled_from((Decimal("900.00"), Decimal("1000.00")))),
        terms=st.sampled_from((_WEEK, _MONTH)).map(lambda period: TermsChange(duration=For(period=period))),
    )
    return st.builds(
        EditOffer,
        offer=st.sampled_from(("basic", "parts")),
        apply_to=st.sampled_from(("following_orders", "new_orders")),
        title=_unset(st.sampled_from(("Basic", "Better"))),
        items=st.just(()) | item.map(lambda one: (one,)),
    )


def changes_of_funnels() -> st.SearchStrategy[Command]:
    """Draw changes of funnels that have orders (F6)."""
    ids, statuses = st.sampled_from(FUNNELS), st.sampled_from(_STATUSES)
    maybe_status = _maybe(statuses)
    rule = st.builds(
        funnels.Rule,
        event=st.sampled_from(("order.paid", "order.created", "order.cancelled", "x.called")),
        status=statuses,
        only_from=st.just(()) | statuses.map(lambda one: (one,)),
    )
    made = st.builds(
        funnels.CreateFunnel,
        id=st.just("extra"),
        title=_notes(),
        statuses=st.just(tuple(funnels.FunnelStatus(id=id, name=id) for id in ("new", "extra"))),
        default=st.booleans(),
    )
    return st.one_of(
        made,
        st.builds(funnels.AddStatus, funnel=ids, id=statuses, title=_notes(), before=maybe_status),
        st.builds(funnels.EditStatus, funnel=ids, id=statuses, title=_notes(), archived=st.booleans()),
        st.builds(funnels.RemoveStatus, funnel=ids, status=statuses, move_to=maybe_status),
        st.builds(funnels.EditFunnel, funnel=ids, rules=_unset(st.lists(rule, max_size=3).map(tuple))),
        st.builds(funnels.EditFunnel, funnel=ids, default=st.just(True)),
        st.builds(
            funnels.ReorderStatuses, funnel=ids, statuses=st.permutations(("new", "called", "paid", "lost")).map(tuple)
        ),
        st.builds(
            funnels.RemoveFunnel,
            funnel=ids,
            move_to=st.dictionaries(statuses, st.tuples(ids, statuses), max_size=4),
        ),
    )
