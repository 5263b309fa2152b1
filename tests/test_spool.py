"""What an import has read waits on the disk, and comes back as it was."""

import gc
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.cli.importing import Spool, seldom_collected
from kwiga_orders.course import Course
from kwiga_orders.importing import Entry, ImportedOrder, ImportedPayment, ImportedPerson, ImportedRefund
from kwiga_orders.offers import CreateOffer, ItemAsked, PercentOff
from kwiga_orders.orders.commands import LineAsked
from kwiga_orders.payments import Parts
from kwiga_orders.periods import Period
from kwiga_orders.project import Contact
from kwiga_orders.terms import AccessTerms, TermsChange
from kwiga_orders.testing.strategies import courses
from kwiga_orders.testing.strategies import terms as terms_of

AT = datetime(2026, 1, 5, 10, 0, 0, 7, tzinfo=UTC)


@st.composite
def asked(draw: st.DrawFn) -> tuple[Course, AccessTerms]:
    """An outline, and terms for it."""
    course = draw(courses())
    return course, draw(terms_of(course))


def change_to(terms: AccessTerms) -> TermsChange:
    """Give the change that sets all of `terms`."""
    return TermsChange(
        start=terms.start, duration=terms.duration, scope=terms.scope, delays=terms.delays, practices=terms.practices
    )


def spooled(entries: list[Entry]) -> list[Entry]:
    """Give entries after they lay on the disk."""
    with Spool() as spool:
        for entry in entries:
            spool.put(entry)
        assert spool.count == len(entries)
        return list(spool.entries())


class TestSpool:
    """Entries of every kind come back equal, in their order."""

    @given(drawn=asked(), text=st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=100))
    def test_every_kind(self, drawn: tuple[Course, AccessTerms], text: str) -> None:
        """Whatever their texts and terms are."""
        course, terms = drawn
        price = Decimal("1000.00")
        refund = ImportedRefund(reference="r1", amount=Decimal("1.50"), occurred_at=AT)
        offer = CreateOffer(
            code="basic",
            title=text,
            items=(ItemAsked(product=course.product, price=price, terms=change_to(terms)),),
            payment_options=(Parts(id="parts", count=3, every=Period(months=1)),),
        )
        order = ImportedOrder(
            key="a1",
            contact="olena",
            person=ImportedPerson(name=text, locale="uk"),
            created_at=AT,
            lines=(LineAsked(product=course.product, price=price, terms=change_to(terms)),),
            discount=PercentOff(percent=Decimal(10)),
            tags=("old", text),
            comment=text,
            payments=(ImportedPayment(amount=price, paid_at=AT, refunds=(refund,)),),
        )
        entries = [
            Entry(line=1, what=course, fingerprint="f1"),
            Entry(line=2, what=Contact(id="olena", name=text), fingerprint="f2"),
            Entry(line=4, what=offer, fingerprint="f4"),
            Entry(line=5, what=order, fingerprint="f5"),
        ]

        assert spooled(entries) == entries

    def test_line_separators(self) -> None:
        """Signs that end a line elsewhere end none here."""
        entry = Entry(line=1, what=Contact(id="c1", name="a\u2028\u2029b"), fingerprint="f")

        assert spooled([entry]) == [entry]


def test_cycles() -> None:
    """While a file is imported cycles are looked for seldom; afterwards as often as before."""
    before = gc.get_threshold()

    with seldom_collected():
        assert gc.get_threshold()[0] > before[0]

    assert gc.get_threshold() == before
