"""A school with an office: few words for what the staff, a gateway and the host say, and for what is refused."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from kwiga_orders.changes import Receipt
from kwiga_orders.commands import Command
from kwiga_orders.errors import Refused
from kwiga_orders.funnel import CreateFunnel, Funnel, FunnelStatus, Rule
from kwiga_orders.listing import OrderSearch
from kwiga_orders.offers import CreateOffer, ItemAsked, OfferState
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Attempt, Outcome, Payment
from kwiga_orders.project import Actor
from kwiga_orders.queries import CertificateQuery, CustomerOrderQuery, OrderQuery
from kwiga_orders.testing.school import School
from kwiga_orders.views.shapes import CertificateView, CustomerOrderView, OrderView

__all__ = ["GATEWAY", "Office", "edit", "placed", "refund", "refund_report", "report"]

GATEWAY = Actor(kind="gateway", id="wayforpay")


class Office(School):
    """A school in memory, asked and told in the words of the rules."""

    def offers(
        self, code: str = "basic", *, price: str = "1000.00", products: tuple[str, ...] = ("python",), **fields: Any
    ) -> None:
        """Publish an offer whose products cost `price` each, with any other fields of an offer."""
        for product in products:
            if self.courses.find_course(self.project.id, product) is None:
                self.teaches(product=product)
        items = tuple(ItemAsked(product=product, price=Decimal(price)) for product in products)
        fields = {"title": code.title(), "state": OfferState.PUBLISHED, "items": items, **fields}
        self.does(CreateOffer(code=code, **fields))

    def sold(self, price: str = "1000.00", **fields: Any) -> str:
        """Publish an offer and open it; give the id of the order."""
        self.offers(price=price, **fields)
        return self.opens()

    def makes(self, price: str = "1000.00", **fields: Any) -> str:
        """Make an order by hand, without payments; give its id."""
        if self.courses.find_course(self.project.id, "python") is None:
            self.teaches()
        line = asked.LineAsked(product="python", price=Decimal(price))
        receipt = self.does(asked.CreateOrder(**{"contact": "olena", "lines": (line,), **fields}))
        assert receipt.order is not None
        return receipt.order

    # Money

    def owes(self, order: str, amount: str, **fields: Any) -> str:
        """Add a payment; give its id."""
        made = self.does(asked.AddPayment(order=order, amount=Decimal(amount), **fields)).made
        assert made is not None
        return made

    def voids(self, order: str, number: int = 1) -> Receipt:
        """Give up a payment."""
        return self.does(asked.VoidPayment(order=order, payment=f"{order}.{number}"))

    def refunds(self, order: str, amount: str, number: int = 1, **fields: Any) -> Receipt:
        """Give money back by hand."""
        return self.does(refund(order, amount, number, **fields))

    def tries(self, order: str, number: int = 1) -> Receipt:
        """Begin to pay through the gateway."""
        return self.does(asked.StartAttempt(order=order, payment=f"{order}.{number}"))

    def hears(self, order: str, outcome: Outcome, number: int = 1, **fields: Any) -> Receipt:
        """Take a gateway's report of an attempt: `reference` is w-1 if not named."""
        return self.does(report(order, outcome, number, **fields))

    def hears_of_refund(self, order: str, amount: str, number: int = 1, **fields: Any) -> Receipt:
        """Take a gateway's report of a refund that succeeded: `reference` is r-1 if not named."""
        return self.does(refund_report(order, amount, number, **fields))

    def cancels(self, order: str) -> Receipt:
        """Cancel an order."""
        return self.does(asked.CancelOrder(order=order))

    def renews(self, order: str, *, early: bool = False) -> Receipt:
        """Make the payment of a subscription's next period, if it is due or asked for early."""
        return self.does(asked.Renew(order=order, early=early))

    def issues(self, order: str, product: str = "python") -> Receipt:
        """Issue a certificate."""
        return self.does(asked.IssueCertificate(order=order, product=product))

    # Funnels

    def builds(self, *rules: Rule, id: str = "vip", statuses: str = "new call agreed paid", **fields: Any) -> None:
        """Make a funnel with these statuses, whose names are their ids in capitals."""
        made = tuple(FunnelStatus(id=status, name=status.upper()) for status in statuses.split())
        self.does(CreateFunnel(id=id, title=id.upper(), statuses=made, rules=rules, **fields))

    def moves(self, order: str, status: str | None = None, funnel: str | None = None) -> Receipt:
        """Move an order by hand."""
        return self.does(asked.MoveOrder(order=order, status=status, funnel=funnel))

    def happens(self, event: str, order: str | None = None, **fields: Any) -> Receipt:
        """Report an event of the host."""
        return self.does(asked.ReportEvent(event=event, order=order, **fields))

    def funnel(self, id: str = "vip") -> Funnel:
        """Give a funnel."""
        with self.store.transaction(self.project.id, writes=False) as look:
            funnel = look.find_funnel(id)
        assert funnel is not None
        return funnel

    # Looking

    def card(self, order: str) -> OrderView:
        """Give the staff's card of an order."""
        return self.orders.ask(OrderQuery(order=order))

    def customer_card(self, order: str) -> CustomerOrderView:
        """Give what the customer sees of an order."""
        return self.orders.ask(CustomerOrderQuery(order=order))

    def payment(self, order: str, number: int = 1) -> Payment:
        """Give a payment."""
        return self.order(order).payment(f"{order}.{number}")

    def attempts(self, order: str, number: int = 1) -> tuple[Attempt, ...]:
        """Give the attempts to pay a payment."""
        return self.payment(order, number).attempts

    def certificate(self, *, contact: str = "olena", product: str = "python") -> CertificateView:
        """Tell whether a certificate can be issued, and what is unmet."""
        return self.orders.ask(CertificateQuery(contact=contact, product=product))

    def status(self, order: str) -> str:
        """Give the status in which an order stands."""
        return self.order(order).status

    def reasons(self, *, contact: str = "olena", product: str = "python", at: str | None = None) -> list[str]:
        """Give the codes of the reasons why a product is closed; none if it is open."""
        return [reason.code.value for reason in self.access(contact=contact, product=product, at=at).reasons]

    def events(self, order: str, *, since: int = 0) -> list[str]:
        """Give the names of what happened to an order after its version `since`."""
        return [recorded.event.name for recorded in self.history(order) if recorded.version > since]

    # Refusing

    def refusal(self, command: Command) -> Refused:
        """Give the refusal of a command, having seen that it changed nothing."""
        before = self._everything()
        with pytest.raises(Refused) as refused:
            self.does(command)
        assert self._everything() == before
        return refused.value

    def refused(self, command: Command) -> str:
        """Give the code with which a command is refused, having seen that it changed nothing."""
        return self.refusal(command).code

    def _everything(self) -> object:
        with self.store.transaction(self.project.id, writes=False) as look:
            orders = look.search(OrderSearch(limit=1000)).orders
            return (
                orders,
                [look.history_of(order.id) for order in orders],
                look.all_funnels(),
                self.store.pending(self.project.id, limit=1000),
                len(self.notifier.rows),
            )


def placed(*rules: Rule, status: str = "new", price: str = "1000.00") -> tuple[Office, str]:
    """Give a school with these rules in its funnel, and an order that stands in one of the statuses."""
    school = Office()
    school.builds(*rules)
    return school, school.makes(price, funnel="vip", status=status)


def edit(order: str, number: int = 1, **fields: Any) -> asked.EditPayment:
    """Ask for a payment to be changed."""
    return asked.EditPayment(order=order, payment=f"{order}.{number}", **fields)


def refund(order: str, amount: str, number: int = 1, **fields: Any) -> asked.RefundPayment:
    """Ask for money back by hand."""
    return asked.RefundPayment(order=order, payment=f"{order}.{number}", amount=Decimal(amount), **fields)


def report(
    order: str,
    outcome: Outcome,
    number: int = 1,
    *,
    amount: str | None = None,
    at: datetime | None = None,
    **fields: Any,
) -> asked.ReportAttempt:
    """Report an attempt, as a gateway does."""
    return asked.ReportAttempt(
        order=order,
        payment=f"{order}.{number}",
        outcome=outcome,
        amount=None if amount is None else Decimal(amount),
        occurred_at=at,
        actor=GATEWAY,
        **{"reference": "w-1", **fields},
    )


def refund_report(
    order: str, amount: str, number: int = 1, *, at: datetime | None = None, **fields: Any
) -> asked.ReportRefund:
    """Report a refund, as a gateway does."""
    return asked.ReportRefund(
        order=order,
        payment=f"{order}.{number}",
        amount=Decimal(amount),
        occurred_at=at,
        actor=GATEWAY,
        **{"reference": "r-1", "outcome": Outcome.SUCCEEDED, **fields},
    )
