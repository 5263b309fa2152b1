"""Schools in which things happened, for laws about whole schools: lists, takings, exports."""

from datetime import datetime
from decimal import Decimal

from hypothesis import strategies as st

from kwiga_orders.offers import AmountOff, PercentOff
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Parts
from kwiga_orders.periods import Period
from kwiga_orders.terms import For, TermsChange, Until
from tests.importing import taught
from tests.laws.office import Office

__all__ = ["schools"]

amounts = st.decimals("0.01", "2000", places=2).map(lambda amount: f"{amount:.2f}")
terms = st.sampled_from(
    [
        TermsChange(),
        TermsChange(duration=For(period=Period(months=3))),
        TermsChange(duration=Until(at=datetime(2030, 1, 1).date())),
    ]
)


@st.composite
def schools(draw: st.DrawFn) -> Office:
    """A school in which things happened: orders by hand and from offers, paid, given back, cancelled."""
    office = taught()
    for n in range(draw(st.integers(1, 4))):
        office.at(f"2026-11-{n + 1:02d} 10:00")
        if draw(st.booleans()):
            made = _by_hand(draw, office)
        else:
            total = draw(st.none() | amounts)
            parts = Parts(id="p", count=3, every=Period(days=3), total=None if total is None else Decimal(total))
            office.offers(f"o{n}", price=draw(amounts), products=("python", "sql"), payment_options=(parts,))
            made = office.opens(f"o{n}")
        _goes_on(draw, office, made)
    return office


def _by_hand(draw: st.DrawFn, office: Office) -> str:
    products = draw(st.lists(st.sampled_from(["python", "sql"]), min_size=1, unique=True))
    lines = [asked.LineAsked(product=one, price=Decimal(draw(amounts)), terms=draw(terms)) for one in products]
    off = draw(st.sampled_from([None, PercentOff(percent=Decimal("12.5")), AmountOff(amount=Decimal("9.99"))]))
    texts = draw(st.lists(st.sampled_from(["=1", "a;b", "vip", "'x"]), unique=True))
    command = asked.CreateOrder(
        contact=draw(st.sampled_from(["olena", "taras"])), lines=tuple(lines), discount=off, tags=tuple(texts)
    )
    made = office.does(command).order
    assert made is not None
    return made


def _goes_on(draw: st.DrawFn, office: Office, made: str) -> None:
    for amount in draw(st.lists(amounts, max_size=2)):
        payment = office.owes(made, amount, paid=draw(st.booleans()), method="cash")
        if draw(st.booleans()) and office.order(made).payment(payment).paid:
            office.does(asked.RefundPayment(order=made, payment=payment, amount=Decimal(amount)))
    if draw(st.booleans()):
        office.does(asked.CancelOrder(order=made))
