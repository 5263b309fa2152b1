"""F3, F4: what moves an order by itself, and what does not."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.course import CertificateConditions, Course
from kwiga_orders.errors import InvalidInput
from kwiga_orders.funnel import COURSE_EVENTS, EVENT_OF_STATUS, EditFunnel, Rule
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.consequences import answering
from kwiga_orders.orders.events import EventReported, OrderMoved, RuleSkipped
from kwiga_orders.payments import Outcome, PaymentStatus, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.testing.school import local
from tests.laws.office import Office, placed

HOSTS = (
    "contact.registered",
    "contact.logged_in",
    "course.started",
    "course.completed",
    "access.started",
    "access.expired",
    "payment.overdue",
    "x.call_done",
)
"""What a host may report."""


def cancelled_and_reopened(school: Office, order: str) -> None:
    """Cancel an order and take that back."""
    school.cancels(order)
    school.does(asked.ReopenOrder(order=order))


def certified(school: Office, order: str) -> None:
    """Issue a certificate that asks for nothing but access."""
    school.has(Course(product="python", certificate=CertificateConditions()))
    school.owes(order, "1.00", paid=True)
    school.does(asked.IssueCertificate(order=order, product="python"))


def refunded(amount: str) -> Callable[[Office, str], object]:
    """Give the story of an order that was paid, and of which so much went back."""

    def story(school: Office, order: str) -> None:
        school.owes(order, "1000.00", paid=True)
        school.refunds(order, amount)

    return story


def declined(school: Office, order: str) -> None:
    """Let an attempt to pay fail."""
    school.owes(order, "1000.00", gateway="wayforpay")
    school.hears(order, Outcome.FAILED)


class TestF3:
    """Events: the six of F1, `order.cancelled`, `order.reopened`, `payment.failed`, `payment.overdue`,
    `contact.registered`, `contact.logged_in`, `course.started`, `course.completed`, `access.started`, `access.expired`,
    `certificate.issued`, and any host event named `x.…`. An event without a rule leaves the status alone.
    """

    STORIES: tuple[tuple[str, Callable[[Office, str], object]], ...] = (
        ("order.partially_paid", lambda school, order: school.owes(order, "1.00", paid=True)),
        ("order.paid", lambda school, order: school.owes(order, "1000.00", paid=True)),
        ("order.partially_refunded", refunded("1.00")),
        ("order.refunded", refunded("1000.00")),
        ("order.cancelled", lambda school, order: school.cancels(order)),
        ("order.reopened", cancelled_and_reopened),
        ("payment.failed", declined),
        ("certificate.issued", certified),
    )

    @pytest.mark.parametrize(("event", "story"), STORIES, ids=[event for event, _ in STORIES])
    def test_what_happens_here(self, event: str, story: Callable[[Office, str], object]) -> None:
        """A rule for it moves the order, and history says which event did."""
        school, order = placed(Rule(event=event, status="agreed"))

        story(school, order)

        (move,) = (row.event for row in school.history(order) if isinstance(row.event, OrderMoved))
        assert school.status(order) == "agreed"
        assert (move.from_status, move.to_status, move.by) == ("new", "agreed", event)

    @pytest.mark.parametrize("event", HOSTS)
    def test_what_the_host_reports(self, event: str) -> None:
        """A rule for it moves the order; what was reported with it is kept."""
        school, order = placed(Rule(event=event, status="agreed"))

        product = "python" if event in COURSE_EVENTS else None
        school.happens(event, order, product=product, data={"minutes": 5})

        reported, moved = (row.event for row in school.history(order)[1:])
        assert isinstance(reported, EventReported)
        assert (reported.event, reported.product, reported.data) == (event, product, {"minutes": 5})
        assert isinstance(moved, OrderMoved)
        assert (school.status(order), moved.by) == ("agreed", event)

    @pytest.mark.parametrize(("event", "story"), STORIES, ids=[event for event, _ in STORIES])
    def test_without_a_rule(self, event: str, story: Callable[[Office, str], object]) -> None:
        """The order stays in its status, whatever event happens."""
        school, order = placed()

        story(school, order)
        for reported in HOSTS if event != "order.cancelled" else ():
            school.happens(reported, order, product="python" if reported in COURSE_EVENTS else None)

        assert school.status(order) == "new"
        assert not {"order.moved", "rule.skipped"} & set(school.events(order))

    @pytest.mark.parametrize("event", ["order.paid", "order.created", "payment.failed", "y.call", "x", "course"])
    def test_what_nobody_reports(self, event: str) -> None:
        """What happens in the library itself is not reported by a host, nor what has no such name."""
        school, order = placed(Rule(event=event, status="agreed"))

        assert school.refused(asked.ReportEvent(event=event, order=order)) == "input.invalid"

    def test_about_a_contact(self) -> None:
        """It is about all of the contact's orders that are neither cancelled nor superseded, and nobody else's."""
        school = Office()
        school.builds(Rule(event="contact.logged_in", status="agreed"), default=True)
        school.sells()
        superseded = school.opens()
        active, cancelled, other = school.opens(), school.makes(), school.makes(contact="taras")
        school.cancels(cancelled)

        school.happens("contact.logged_in", contact="olena")

        stood = {
            name: school.status(order)
            for name, order in zip("scao", (superseded, cancelled, active, other), strict=True)
        }
        assert stood == {"s": "new", "c": "new", "a": "agreed", "o": "new"}

    def test_about_nobody(self) -> None:
        """It names an order or a contact, who must be there; a cancelled order takes no events (O12)."""
        school, order = placed()

        with pytest.raises(InvalidInput):
            asked.ReportEvent(event="x.a")
        assert school.refused(asked.ReportEvent(event="x.a", contact="nobody")) == "not_found"
        assert school.refused(asked.ReportEvent(event="x.a", order="nothing")) == "not_found"
        school.cancels(order)
        assert school.refused(asked.ReportEvent(event="x.a", order=order)) == "order.cancelled"


class TestF4:
    """An automatic event moves the order once. Events of money fire on each real transition of the payment status;
    `payment.failed`, `order.cancelled`, `order.reopened` fire each time; an event about a course names its product and
    reaches only orders that have it; host-reported events fire once for an order (and product, if about a course), the
    first time the rule may (a rule with `every_time` fires always); repeats are recorded and move nothing. A rule may
    name the statuses it may fire from; a skipped firing is kept in history. Rules never cascade.
    """

    def test_a_course_reaches_orders_that_have_it(self) -> None:
        """Of all the contact's orders, those with the product; an order without it is not found."""
        school = Office()
        school.builds(Rule(event="course.completed", status="paid"), default=True)
        school.teaches(product="sql")
        python, both = school.makes(), school.makes()
        school.does(asked.AddLine(order=both, product="sql", price=Decimal(1)))

        school.happens("course.completed", contact="olena", product="sql")

        assert (school.status(python), school.status(both)) == ("new", "paid")
        assert "event.reported" not in school.events(python)
        about = asked.ReportEvent(event="course.completed", order=python, product="sql")
        assert school.refused(about) == "not_found"

    def test_a_course_is_named(self) -> None:
        """An event about a course without its product is refused; one about something else needs none."""
        school, order = placed()

        for event in ("course.started", "course.completed"):
            with pytest.raises(InvalidInput) as refused:
                asked.ReportEvent(event=event, order=order)
            assert [fault.path for fault in refused.value.faults] == ["product"]
        school.happens("x.call", order)

    def test_once_for_each_product(self) -> None:
        """Another course moves it again; the same one does not."""
        school, order = placed(Rule(event="course.completed", status="paid"))
        school.teaches(product="sql")
        school.does(asked.AddLine(order=order, product="sql", price=Decimal(1)))

        for product, to in (("python", "paid"), ("python", "new"), ("sql", "paid"), ("sql", "new")):
            school.happens("course.completed", order, product=product)
            assert school.status(order) == to
            school.moves(order, "new")

    def test_what_the_first_edition_noted(self) -> None:
        """An event about a course that was noted without its product has fired for every product."""
        school, _ = placed(Rule(event="course.completed", status="paid"))
        funnel, reported = school.funnel(), EventReported(event="course.completed", product="python")

        assert answering(reported, funnel, {"course.completed"}) == ()
        assert answering(reported, funnel, {"course.completed:sql"}) == funnel.rules

    def test_the_host_once(self) -> None:
        """Moved back by hand, the same event does not move it again; it is recorded."""
        school, order = placed(Rule(event="x.call", status="call"))
        school.happens("x.call", order)
        school.moves(order, "new")

        school.happens("x.call", order)

        assert school.status(order) == "new"
        assert school.events(order)[-1] == "event.reported"
        assert school.events(order).count("event.reported") == 2

    def test_every_time(self) -> None:
        """A rule with `every_time` moves the order each time."""
        school, order = placed(Rule(event="x.call", status="call", every_time=True))

        for _ in range(3):
            school.happens("x.call", order)
            assert school.status(order) == "call"
            school.moves(order, "new")

    def test_the_first_time_it_may(self) -> None:
        """An event that came too early, without a rule or from the wrong status, does not use it up."""
        school, order = placed(Rule(event="x.call", status="call", only_from=("agreed",)))
        school.happens("x.other", order)
        school.happens("x.call", order)
        assert school.status(order) == "new"
        school.moves(order, "agreed")
        school.does(EditFunnel(funnel="vip", rules=(*school.funnel().rules, Rule(event="x.other", status="paid"))))

        school.happens("x.call", order)
        assert school.status(order) == "call"
        school.happens("x.other", order)
        assert school.status(order) == "paid"

    def test_where_it_stands_already(self) -> None:
        """A rule that leads to where the order stands has fired, without a move."""
        school, order = placed(Rule(event="x.call", status="call"), status="call")
        school.happens("x.call", order)
        assert "order.moved" not in school.events(order)
        school.moves(order, "new")

        school.happens("x.call", order)

        assert school.status(order) == "new"

    def test_each_order_by_itself(self) -> None:
        """An event that has moved one order may still move another one."""
        school, order = placed(Rule(event="x.call", status="call"))
        school.happens("x.call", order)
        other = school.makes(funnel="vip")

        school.happens("x.call", other)

        assert school.status(other) == "call"

    @pytest.mark.parametrize(
        ("status", "to", "then"), [("call", "paid", "order.moved"), ("new", "new", "rule.skipped")]
    )
    def test_only_from(self, status: str, to: str, then: str) -> None:
        """From elsewhere it does not fire, and history says so."""
        school, order = placed(Rule(event="order.paid", status="paid", only_from=("call", "agreed")), status=status)

        school.owes(order, "1000.00", paid=True)

        assert school.status(order) == to
        assert school.events(order)[-1] == then

    def test_what_was_skipped(self) -> None:
        """History has the event and where the order stood; every time it is skipped."""
        school, order = placed(Rule(event="x.call", status="call", only_from=("agreed",)))

        for _ in range(2):
            school.happens("x.call", order)

        skipped = [row.event for row in school.history(order) if isinstance(row.event, RuleSkipped)]
        assert skipped == [RuleSkipped(event="x.call", status="new")] * 2

    def test_the_first_rule_that_may(self) -> None:
        """Of several rules for one event the first one that may fire does, and no other."""
        school, order = placed(
            Rule(event="order.paid", status="call", only_from=("agreed",)),
            Rule(event="order.paid", status="agreed", only_from=("new",)),
            Rule(event="order.paid", status="paid"),
        )

        school.owes(order, "1000.00", paid=True)

        assert school.status(order) == "agreed"
        assert school.events(order).count("order.moved") == 1
        assert "rule.skipped" not in school.events(order)

    def test_two_events_of_one_command(self) -> None:
        """The second one finds the order where the first one left it."""
        school = Office()
        school.builds(
            Rule(event="order.cancelled", status="call"), Rule(event="order.paid", status="paid", only_from=("call",))
        )
        school.offers(funnel="vip", payment_options=(Subscribe(id="s", amount=Decimal(1), every=Period(months=1)),))
        order = school.opens()
        school.pays(order)
        school.at("2026-12-01 10:00").renews(order)
        version = school.order(order).version

        school.cancels(order)

        moves = [row.event for row in school.history(order) if isinstance(row.event, OrderMoved)]
        assert [(move.from_status, move.to_status) for move in moves] == [("new", "call"), ("call", "paid")]
        assert school.order(order).version == version + 1

    def test_no_cascade(self) -> None:
        """A move is not an event for rules, whether a rule made it or a person."""
        school, order = placed(
            Rule(event="order.paid", status="paid"),
            Rule(event="order.moved", status="agreed"),
            Rule(event="rule.skipped", status="agreed"),
        )
        school.moves(order, "call")
        assert school.status(order) == "call"

        school.owes(order, "1000.00", paid=True)

        assert school.status(order) == "paid"

    def test_each_failure(self) -> None:
        """Each attempt that fails moves it; a failure that is told again, or comes after the payment, does not."""
        school, order = placed(Rule(event="payment.failed", status="call"))
        school.owes(order, "1000.00")
        for reference, to in (("w-1", "call"), ("w-1", "new"), ("w-2", "call")):
            school.hears(order, Outcome.FAILED, reference=reference)
            assert school.status(order) == to
            school.moves(order, "new")
        school.hears(order, Outcome.FAILED, reference="w-2", at=local("2026-10-01 10:00"))
        assert school.status(order) == "new"
        school.pays(order)

        school.hears(order, Outcome.FAILED, reference="w-3")

        assert school.status(order) == "new"

    def test_each_cancellation(self) -> None:
        """Cancelled and reopened, each time."""
        school, order = placed(
            Rule(event="order.cancelled", status="call"), Rule(event="order.reopened", status="agreed")
        )

        for _ in range(2):
            school.cancels(order)
            assert school.status(order) == "call"
            school.does(asked.ReopenOrder(order=order))
            assert school.status(order) == "agreed"

    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(["pay", "refund", "price"]), st.sampled_from([100, 300, 500, 1000])), max_size=8
        )
    )
    def test_money_fires_on_transitions(self, steps: Sequence[tuple[str, int]]) -> None:
        """There is one event of money for each command that changed the payment status, named after the new one; and
        the order stands where the last one led.
        """
        school = Office()
        order = school.makes("1000.00")
        left: list[int] = []

        for step, amount in steps:
            before, version = school.order(order).payment_status, school.order(order).version
            if step == "pay":
                school.owes(order, str(amount), paid=True)
                left.append(amount)
            elif step == "refund" and left and left[-1] >= amount:
                school.refunds(order, str(amount), len(left))
                left[-1] -= amount
            elif step == "price":
                school.does(asked.EditLine(order=order, product="python", price=Decimal(amount)))
            after = school.order(order).payment_status
            money = [name for name in school.events(order, since=version) if name in EVENT_OF_STATUS.values()]
            fires = before is not after and after is not PaymentStatus.UNPAID
            assert money == ([f"order.{after}"] if fires else [])
            if after is not PaymentStatus.UNPAID:
                names = {"partially_refunded": "refund", "refunded": "full_refund"}
                assert school.status(order) == names.get(after, after)

    def test_the_order_of_cause(self) -> None:
        """The payment, activation, the status of the money, the move."""
        school = Office()
        order = school.sold()

        receipt = school.pays(order)

        assert receipt.events == ("payment.paid", "order.activated", "order.paid", "order.moved")
