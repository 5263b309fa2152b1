"""Import: orders that were made elsewhere come in by the rules, in batches, once, with every fault told."""

import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.asking import Sources, run
from kwiga_orders.changes import Changes
from kwiga_orders.decisions import decide
from kwiga_orders.errors import Conflict
from kwiga_orders.export import csv_header, csv_line, json_line
from kwiga_orders.importing import Entry, Importer
from kwiga_orders.importing.staged import StagedRecords
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Outcome
from kwiga_orders.project import Contact
from kwiga_orders.terms import AccessTerms
from kwiga_orders.testing.strategies import courses
from kwiga_orders.testing.strategies import terms as terms_of
from kwiga_orders.views.plain import plain
from kwiga_orders.wire import read_terms
from kwiga_orders.wire.csv_files import read_csv
from kwiga_orders.wire.imports import Faulty, read_json_lines
from tests.importing import ALL, brought, order, outcomes, paid, read, stored, taught, word
from tests.laws.office import Office, report
from tests.schools import schools


class TestOrders:
    """An order comes in as if it had been made by hand when it was made elsewhere (O4, T6)."""

    def test_with_what_was_paid(self) -> None:
        """Lines, payments and their instants are those of the file; the history tells the true past."""
        office = taught()
        document = order(
            created_at="2026-01-02T08:00:00Z",
            payments=[{"amount": "600.00", "due_at": "2026-12-01T00:00:00Z"}, paid()],
            tags=["old"],
        )

        assert brought(office, read(document)) == ["imported"]

        (made,) = stored(office)
        assert (made.sums.paid.amount, made.sums.balance.amount, made.tags) == ("400.00", "600.00", ("old",))
        assert made.activated_at == datetime(2026, 1, 5, 10, tzinfo=UTC)
        history = office.history(made.id)
        assert [row.at for row in history] == sorted(row.at for row in history)
        assert history[0].at == made.created_at == datetime(2026, 1, 2, 8, tzinfo=UTC)
        assert history[0].command == "create_order"

    def test_money_given_back_and_cancelled(self) -> None:
        """Refunds, a cancellation, and the status it stands in, against the rules of its funnel."""
        office = taught()
        refund = {"reference": "r1", "amount": "150.00", "occurred_at": "2026-02-01T00:00:00Z"}
        document = order(
            created_at="2026-01-02T08:00:00Z",
            payments=[paid(refunds=[refund])],
            cancelled_at="2026-03-01T00:00:00Z",
            status="new",
        )

        assert brought(office, read(document)) == ["imported"]

        (made,) = stored(office)
        assert made.sums.refunded.amount == "150.00"
        assert made.cancelled_at == datetime(2026, 3, 1, tzinfo=UTC)
        assert made.status == "new"

    def test_paid_before_it_was_made(self) -> None:
        """P5: money that came before the order counts from when it came, but opens nothing before the order is."""
        office = taught()

        assert brought(office, read(order(created_at="2026-01-09T00:00:00Z", payments=[paid()]))) == ["imported"]
        assert stored(office)[0].activated_at == datetime(2026, 1, 9, tzinfo=UTC)

    def test_tells_nobody(self) -> None:
        """What happened elsewhere was told elsewhere; letters and events go out only if asked for."""
        quiet, loud = taught(), taught()
        document = order(created_at="2026-01-02T08:00:00Z", payments=[paid()])

        brought(quiet, read(document))
        brought(loud, read(document), notifies=True)

        assert quiet.store.pending("school", limit=10) == ()
        assert {"order.created", "payment_succeeded"} <= {row.name for row in loud.store.pending("school", limit=20)}

    def test_a_contact_comes_along(self) -> None:
        """Who ordered is made a contact, unless there is one under that id."""
        office = taught()
        person = {"name": "Ivan", "email": "ivan@example.com"}

        assert brought(office, read(order("a", contact="ivan", person=person), order("b", person=person))) == [
            "imported",
            "imported",
        ]

        with office.store.transaction("school", writes=False) as transaction:
            assert transaction.find_contact("ivan") == Contact(id="ivan", name="Ivan", email="ivan@example.com")
            assert transaction.find_contact("olena") == Contact(id="olena", name="Olena", email="olena@example.com")

    def test_contacts_offers_and_outlines(self) -> None:
        """Contacts and offers come in, too; outlines of courses serve the checks of the file."""
        office = Office()
        terms = {"scope": {"kind": "only", "lessons": ["l1"]}}
        line = {"product": "chess", "price": "10.00", "terms": terms}
        course = {
            "kind": "course",
            "product": "chess",
            "title": "C",
            "modules": [{"id": "m", "lessons": [{"id": "l1"}]}],
        }
        offer = {"kind": "offer", "code": "o", "title": "O", "items": [{"product": "chess", "price": "5.00"}]}

        assert brought(office, read({"kind": "contact", "id": "ivan"}, order("a", contact="ivan", lines=[line]))) == [
            "imported",
            "not_found",
        ]
        assert brought(office, read(course, offer, order("b", contact="ivan", lines=[line]))) == ["imported"] * 3
        assert brought(office, read({"kind": "contact", "id": "ivan"}, offer)) == ["known", "known"]


class TestRefusals:
    """A line that a rule refuses leaves no trace; the others go on."""

    REFUSED = (
        (order(lines=[{"product": "chess", "price": "1.00"}], contact="new", person={"name": "N"}), "not_found"),
        (order(contact="nobody"), "not_found"),
        (order(payments=[paid("0.001")]), "money.too_precise"),
        (order(payments=[paid(at="2030-01-01T00:00:00Z")]), "payment.in_future"),
        (order(created_at="2030-01-01T00:00:00Z"), "input.invalid"),
        (order(status="nowhere"), "not_found"),
    )

    @pytest.mark.parametrize(("document", "code"), REFUSED)
    def test_leaves_no_trace(self, document: dict[str, object], code: str) -> None:
        """Not the order, not the contact, not the key: put right, the line is imported."""
        office = taught()
        found = outcomes(office, read(order("a"), document | {"key": "b"}, order("c")), batch=3)

        assert [(one.line, word(one)) for one in found] == [(1, "imported"), (2, code), (3, "imported")]
        assert [one.number for one in stored(office)] == [1, 2]
        assert brought(office, read(order("b"))) == ["imported"]
        with office.store.transaction("school", writes=False) as transaction:
            assert transaction.find_contact("new") is None

    def test_somebody_was_faster(self) -> None:
        """A batch that meets another change is decided anew, whole (K2)."""
        office = taught()
        busy = _Busy(office)
        importer = Importer(orders=attrs.evolve(office.orders, clock=busy), batch=5)
        entries = [one for one in read(*(order(f"k{n}") for n in range(3))) if isinstance(one, Entry)]

        assert {one.state for one in importer.carried_out(entries)} == {"imported"}
        assert [one.number for one in stored(office)] == [1, 2, 3, 4]


class _Busy:
    """A clock; when it is looked at first, a contact orders."""

    def __init__(self, office: Office) -> None:
        self.office: Office | None = office
        self.shown = office.now

    def now(self) -> datetime:
        office, self.office = self.office, None
        if office is not None:
            state = office.orders
            with state.store.snapshot("school") as transaction:  # type: ignore[attr-defined]
                sources = Sources(
                    project="school", records=transaction, courses=office.courses, progress=office.progress
                )
                line = asked.LineAsked(product="python", price=Decimal(1))
                command = asked.CreateOrder(contact="olena", lines=(line,))
                decision = run(decide(command, now=self.shown, fresh_id="x"), sources)
                transaction.commit(decision.changes)
        return self.shown


class TestFaults:
    """All faults of all lines are told, with line and path; reading goes on."""

    def test_json_lines(self) -> None:
        """Lines that are no JSON, unknown kinds and fields, wrong amounts."""
        text = b'{"kind":\n\n' + json.dumps(order(surprise=1, payments=[{"amount": 5}])).encode() + b"\n[1]\n"
        text += json.dumps({"kind": "dragon"}).encode() + b"\n\xff\n" + json.dumps(order()).encode()

        found = list(read_json_lines(io.BytesIO(text)))

        assert [(one.line, [fault.path for fault in one.faults]) for one in found if isinstance(one, Faulty)] == [
            (1, [""]),
            (3, ["payments.0.amount", "surprise"]),
            (4, [""]),
            (5, ["kind"]),
            (6, [""]),
        ]
        assert isinstance(found[-1], Entry)
        assert found[-1].line == 7

    def test_a_line_without_end(self) -> None:
        """It is refused without being held."""
        found = list(read_json_lines(io.BytesIO(b"x" * 25_000_000 + b"\n" + json.dumps(order()).encode())))

        assert [(type(one), one.line) for one in found] == [(Faulty, 1), (Entry, 2)]


def money(order: Order) -> Sequence[object]:
    """Give what an order costs, what was paid, and what for."""
    sums = order.sums
    lines = [(line.product, line.curators) for line in order.lines]
    return (
        sums.total,
        sums.paid,
        sums.refunded,
        sums.status,
        lines,
        order.activated_at,
        order.tags,
        order.status,
    )


class TestRoundTrip:
    """What was exported and imported elsewhere is the same (V7)."""

    @given(schools())
    def test_json_lines(self, office: Office) -> None:
        """Money, lines, terms, status and activation of every order."""
        text = "".join(map(json_line, office.orders.export(ALL, history=False)))
        other = taught()
        other.clock.set(office.now)

        found = brought(other, read_json_lines(io.BytesIO(text.encode())))

        assert set(found) == {"imported"}
        assert [money(one) for one in stored(other)] == [money(one) for one in stored(office)]
        again = "".join(map(json_line, other.orders.export(ALL, history=False)))
        assert [json.loads(one)["lines"] for one in again.splitlines()] == [
            json.loads(one)["lines"] for one in text.splitlines()
        ]

    @given(schools())
    def test_csv_row(self, office: Office) -> None:
        """Sums, lines and tags of every order."""
        text = csv_header() + "".join(map(csv_line, office.orders.export(ALL)))
        other = taught()
        other.clock.set(office.now)

        found = brought(other, read_csv(io.BytesIO(text.encode())))

        assert set(found) == {"imported"}
        for before, after in zip(stored(office), stored(other), strict=True):
            assert (before.sums.total, before.sums.paid, before.sums.refunded, before.tags) == (
                after.sums.total,
                after.sums.paid,
                after.sums.refunded,
                after.tags,
            )


@given(st.data())
def test_terms_are_read_back(data: st.DataObject) -> None:
    """Any terms of a line are exported as the wire reads them."""
    course = data.draw(courses())
    given_terms = data.draw(terms_of(course))
    usual = AccessTerms()
    document = {name: plain(getattr(given_terms, name)) for name in given_terms.differing_from(usual)}

    assert read_terms(document).applied_to(usual) == given_terms


class TestAhead:
    """Several commands decided one after another, written together."""

    def test_sees_what_was_decided(self) -> None:
        """Each is decided on what those before it decided, and the change is one."""
        office = taught()
        first = office.makes()
        with office.store.transaction("school", writes=True) as transaction:
            staged = StagedRecords(transaction)
            sources = Sources(project="school", records=staged, courses=office.courses, progress=office.progress)
            for command in (
                asked.AddPayment(order=first, amount=Decimal(5)),
                asked.MarkPaid(order=first, payment=f"{first}.1"),
                asked.CreateOrder(contact="taras", lines=(asked.LineAsked(product="sql", price=Decimal(1)),)),
            ):
                staged.stage(run(decide(command, now=office.now, fresh_id="new"), sources).changes)
            kept = staged.count
            staged.stage(run(decide(asked.CancelOrder(order=first), now=office.now, fresh_id=""), sources).changes)
            staged.unstage(kept)

            assert [one.id for one in staged.orders_of("taras")] == ["new"]
            assert [one.number for one in staged.orders_in("default")] == [1, 2]
            assert staged.next_number("order") == 3
            transaction.commit(staged.changes())

        assert (office.order(first).version, office.order(first).cancelled_at) == (3, None)
        assert office.order("new").number == 2
        assert len({row.version for row in office.history(first)}) == 3

    def test_a_change_of_another(self) -> None:
        """If the stored order moved on meanwhile, nothing of it is written."""
        office = taught()
        first = office.makes()
        changes: Changes
        with office.store.transaction("school", writes=False) as transaction:
            staged = StagedRecords(transaction)
            sources = Sources(project="school", records=staged, courses=office.courses, progress=office.progress)
            command = asked.AddPayment(order=first, amount=Decimal(5))
            staged.stage(run(decide(command, now=office.now, fresh_id=""), sources).changes)
            changes = staged.changes()
        office.does(asked.EditOrder(order=first, comment="faster"))

        with office.store.transaction("school", writes=True) as transaction, pytest.raises(Conflict):
            transaction.commit(changes)
        assert office.order(first).payments == ()


def test_gateway_money_comes_along() -> None:
    """What a gateway reported is paid, and given back, in the copy too (P9)."""
    office = taught()
    made = office.makes()
    office.owes(made, "1000.00", gateway="wayforpay")
    office.does(report(made, Outcome.SUCCEEDED))
    text = "".join(map(json_line, office.orders.export(ALL)))
    other = taught()

    assert brought(other, read_json_lines(io.BytesIO(text.encode()))) == ["imported"]
    assert stored(other)[0].sums == stored(office)[0].sums
