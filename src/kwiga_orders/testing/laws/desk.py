"""The desk through which laws use a school: short methods to sell, pay, report and ask."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.access import Access
from kwiga_orders.changes import Receipt
from kwiga_orders.commands import Command
from kwiga_orders.course import Course
from kwiga_orders.errors import Conflict, InvalidInput, NotFound, Refused
from kwiga_orders.money import Money
from kwiga_orders.offers import CreateOffer, Discount, ItemAsked, OfferState, RefundPolicy
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Activation, Full, Outcome, PaymentOption
from kwiga_orders.periods import at_local, zone_named
from kwiga_orders.project import Contact
from kwiga_orders.queries import Query
from kwiga_orders.terms import TermsChange
from kwiga_orders.testing.school import School
from kwiga_orders.values import changed_by

__all__ = ["MOMENT", "Desk", "code_of"]

MOMENT = timedelta(microseconds=1)
"""The shortest time between two instants."""


def code_of(call: Callable[[], object]) -> str | None:
    """Call a function; give the code of its refusal, or None if it was not refused."""
    try:
        call()
    except (Refused, NotFound, Conflict, InvalidInput) as problem:
        return problem.code
    return None


@attrs.define
class Desk:
    """A new school with the laws' own contact and product, besides what the host put into it."""

    school: School
    product: str = "law-course"
    contact: str = "law-learner"
    made: int = 0

    def __attrs_post_init__(self) -> None:
        # the laws use their own contact and product, so that they do not depend on the host's
        self.school.knows(Contact(id=self.contact, name="Learner", email="learner@example.com"))
        self.school.has(Course(product=self.product))

    @property
    def currency(self) -> str:
        """The currency of the project."""
        return self.school.project.currency

    @property
    def zone(self) -> str:
        """The zone of the project."""
        return self.school.project.timezone

    @property
    def tz(self) -> ZoneInfo:
        """The zone of the project, for date arithmetic."""
        return zone_named(self.zone)

    def in_another_project(self) -> "Desk":
        """Give a desk for another project on the same store."""
        # the same store, so that data that leaks from one project into the other is found
        project = attrs.evolve(self.school.project, id="law-other")
        return Desk(School(project=project, store=self.school.store))

    def at(self, instant: datetime) -> None:
        """Set the clock."""
        self.school.clock.set(instant)

    def passes(self, length: timedelta) -> None:
        """Let time pass."""
        self.at(self.school.now + length)

    def sets(self, **settings: object) -> None:
        """Change settings of the project, such as `grace`."""
        self.school.project = changed_by(self.school.project, settings)
        self.school.store.save_project(self.school.project)

    def amount(self, minor: int) -> Decimal:
        """Give a number of minor units as an amount in the project's currency."""
        # currencies have zero, two or three decimals, and the laws hold in each
        return Money(minor, self.currency).decimal

    # Selling

    def offers(  # noqa: PLR0913 - whatever a law does not need has a default
        self,
        price: int = 1000,
        *,
        option: PaymentOption | None = None,
        terms: TermsChange = TermsChange(),
        opens_on: Activation = "first_payment",
        refund_policy: RefundPolicy = "keep",
        discount: Discount | None = None,
        funnel: str | None = None,
    ) -> str:
        """Publish an offer of the laws' product; give its code."""
        self.made += 1
        # a new code each time, because a law may make several offers
        code = f"law-{self.made}"
        self.does(
            CreateOffer(
                code=code,
                title="Law",
                currency=self.currency,
                state=OfferState.PUBLISHED,
                items=(ItemAsked(product=self.product, price=self.amount(price), terms=terms),),
                payment_options=(option or Full(id="full"),),
                opens_on=opens_on,
                refund_policy=refund_policy,
                discount=discount,
                funnel=funnel,
            )
        )
        return code

    def opens(self, offer: str, *, contact: str | None = None) -> str:
        """Open an offer; give the id of the order."""
        order = self.does(asked.OpenOffer(offer=offer, contact=contact or self.contact)).order
        assert order is not None
        return order

    def makes(self, *prices: int, paid: bool = False, **fields: object) -> str:
        """Make an order by hand with one line for each price; give its id."""
        products = [self.product, *(f"{self.product}-{n}" for n in range(1, len(prices)))]
        for product in products[1:]:
            self.school.has(Course(product=product))
        lines = tuple(
            asked.LineAsked(product=product, price=self.amount(price))
            for product, price in zip(products, prices, strict=True)
        )
        # one payment at most, so that a law about a payment need not say which one it means
        payments = (asked.NewPayment(amount=self.amount(sum(prices)), paid=True),) if paid else ()
        command = asked.CreateOrder(contact=self.contact, lines=lines, payments=payments, **fields)  # type: ignore[arg-type]  # fields by name, checked when made
        order = self.does(command).order
        assert order is not None
        return order

    def sold(self, price: int = 1000, *, terms: TermsChange = TermsChange(), **fields: object) -> str:
        """Publish an offer and open it; give the id of the order."""
        return self.opens(self.offers(price, terms=terms, **fields))  # type: ignore[arg-type]  # fields by name, checked when made

    def bought(self, price: int = 1000, *, terms: TermsChange = TermsChange(), **fields: object) -> str:
        """Publish an offer, open it and pay its first payment; give the id of the order."""
        order = self.sold(price, terms=terms, **fields)
        # P6: an order that costs nothing has no payment and is active at once
        if self.order(order).payments:
            self.pays(order)
        return order

    def does(self, command: Command) -> Receipt:
        """Execute a command."""
        return self.school.does(command)

    def refused(self, command: Command) -> str | None:
        """Execute a command; give the code of its refusal, or None if it is accepted."""
        return code_of(partial(self.does, command))

    def refused_question(self, query: Query[object]) -> str | None:
        """Ask a query; give the code of its refusal, or None if it is answered."""
        return code_of(partial(self.school.orders.ask, query))

    def midnight(self, day: date) -> datetime:
        """Give the first instant of a day in the project's zone."""
        return at_local(datetime.combine(day, time.min), zone=self.tz)

    # Money

    def pays(self, order: str, number: int = 1, *, at: datetime | None = None) -> Receipt:
        """Mark a payment as paid by hand."""
        return self.does(asked.MarkPaid(order=order, payment=f"{order}.{number}", paid_at=at))

    def adds(self, order: str, minor: int, **fields: object) -> str:
        """Add a payment by hand; give its id."""
        command = asked.AddPayment(order=order, amount=self.amount(minor), **fields)  # type: ignore[arg-type]  # fields by name, checked when made
        made = self.does(command).made
        assert made is not None
        return made

    def refund(self, order: str, minor: int, number: int = 1, *, product: str | None = None) -> asked.RefundPayment:
        """Give the command that refunds a payment by hand."""
        payment = f"{order}.{number}"
        return asked.RefundPayment(order=order, payment=payment, amount=self.amount(minor), product=product)

    def report(  # noqa: PLR0913 - the fields of a gateway's report
        self,
        order: str,
        outcome: Outcome,
        reference: str = "w-1",
        *,
        number: int = 1,
        minor: int | None = None,
        at: datetime | None = None,
    ) -> asked.ReportAttempt:
        """Give a gateway's report about an attempt."""
        amount = None if minor is None else self.amount(minor)
        return asked.ReportAttempt(
            order=order,
            payment=f"{order}.{number}",
            reference=reference,
            outcome=outcome,
            amount=amount,
            occurred_at=at,
        )

    def report_of_refund(  # noqa: PLR0913 - the fields of a gateway's report
        self,
        order: str,
        outcome: Outcome,
        minor: int,
        reference: str = "r-1",
        *,
        number: int = 1,
        at: datetime | None = None,
        chargeback: bool = False,
    ) -> asked.ReportRefund:
        """Give a gateway's report about a refund."""
        return asked.ReportRefund(
            order=order,
            payment=f"{order}.{number}",
            reference=reference,
            outcome=outcome,
            amount=self.amount(minor),
            occurred_at=at,
            chargeback=chargeback,
        )

    # Reading

    def order(self, id: str) -> Order:
        """Give the stored state of an order."""
        return self.school.order(id)

    def is_open(self, at: datetime | None = None) -> bool:
        """Tell whether the product is open to the contact."""
        return self.access(at).open

    def access(self, at: datetime | None = None) -> Access:
        """Give the access to the product, now or at an instant."""
        plan = self.school.orders.plan(contact=self.contact, product=self.product)
        return plan.access(self.school.now if at is None else at)

    def codes(self, at: datetime | None = None) -> list[str]:
        """Give the codes of the reasons why the product is closed."""
        return [reason.code.value for reason in self.access(at).reasons]

    def attention(self, order: str) -> list[str]:
        """Give the codes of the order's attention items."""
        return [item.code.value for item in self.order(order).attention]
