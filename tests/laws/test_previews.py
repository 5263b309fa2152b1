"""K3: a preview of any command of the wire shows what executing it then does."""

import asyncio
from collections.abc import Callable
from typing import TypeVar, cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.changes import OutboxRow
from kwiga_orders.codec import Json
from kwiga_orders.errors import KwigaOrdersError
from kwiga_orders.lookups import AllOffers
from kwiga_orders.queries import OrderQuery
from kwiga_orders.testing.school import CountedIds
from kwiga_orders.wire import read_command
from kwiga_orders.wire.commands import AnyCommand
from tests.importing import stored
from tests.laws.busy_school import DONE, ORDERS, busy_school, resolved
from tests.laws.office import Office

T = TypeVar("T")


def tried(run: Callable[[], T]) -> T | KwigaOrdersError:
    """Give what a call gives, or the refusal that it raises."""
    try:
        return run()
    except KwigaOrdersError as refused:
        return refused


def everything(office: Office) -> object:
    """Give all that a command could have written."""
    with office.store.transaction("school", writes=False) as records:
        orders = stored(office)
        offers, contacts = records.look_up(AllOffers()), [records.find_contact(id) for id in ("taras", "duplicate")]
        history = [office.history(one.id) for one in orders]
        return orders, history, offers, contacts, records.all_funnels(), outbox(office)


def outbox(office: Office) -> list[OutboxRow]:
    """Give what waits to be handed on."""
    return list(office.store.pending("school", limit=1000))


def shown_and_done(office: Office, document: Json) -> tuple[object, object]:
    """Preview a command, then execute it: give what was shown, and the same of what was done; a refusal is an error."""
    command = read_command(document)
    ids, before = cast(CountedIds, office.orders.ids), everything(office)
    made = ids.made
    shown = tried(lambda: office.orders.preview(command))
    assert everything(office) == before
    ids.made = made
    waiting = len(outbox(office))
    receipt = tried(lambda: office.orders.execute(command))
    if isinstance(shown, KwigaOrdersError) or isinstance(receipt, KwigaOrdersError):
        return shown, receipt

    written = outbox(office)[waiting:]
    letters = [(row.name, row.contact, row.order) for row in written if row.kind == "letter"]
    shown_letters = [(one["kind"], one["to"], one["order"]) for one in shown["letters"]]
    if command.name == "for_each":
        events = [row.name for row in written if row.kind == "event"]
        accepted = [one["code"] for one in shown["orders"]].count(None)
        return (shown_letters, shown["events"], accepted), (letters, events, receipt.done)
    views = [office.orders.ask(OrderQuery(order=receipt.order or "")) for _ in shown["views"]]
    return (shown_letters, shown["events"], [*shown["views"].values()]), (letters, list(receipt.events), views)


class TestK3EveryCommand:
    """A preview of any command gives exactly the state, events and letters that executing it would, writes nothing and
    sends nothing: same code path.
    """

    def test_no_command_is_forgotten(self) -> None:
        """Whoever adds a command to the wire says here what it does, so that its preview is held, too."""
        union = get_args(AnyCommand)[0]

        assert sorted(DONE) == sorted(get_args(one.model_fields["command"].annotation)[0] for one in get_args(union))

    @pytest.mark.parametrize("name", DONE)
    def test_of_what_is_carried_out(self, name: str) -> None:
        """Each command, where it is carried out."""
        office, by_name = busy_school()
        before = everything(office)

        shown, done = shown_and_done(office, resolved(DONE[name], by_name))

        assert shown == done
        assert everything(office) != before

    @pytest.mark.parametrize(
        "each",
        [
            {"command": "freeze_access", "for": {"days": 2}},
            {"command": "set_access_end", "at": "2026-12-24"},
            {"command": "edit_order", "discount": {"percent": "100"}},
            {"command": "move_order", "funnel": "vip"},
            {"command": "cancel_order"},
            {"command": "remind"},
            {"command": "stop_renewal"},
        ],
        ids=lambda each: each["command"],
    )
    def test_of_many_at_once(self, each: Json) -> None:
        """V10: each order finds what those before it became: a frozen one keeps nothing open, a twin is paid."""
        office, by_name = busy_school()
        document: Json = {"command": "for_each", "filter": {}, "each": each}

        awaited = asyncio.run(office.awaited().preview(read_command(document)))
        assert awaited["letters"] == office.orders.preview(read_command(document))["letters"]
        before = everything(office)

        shown, done = shown_and_done(office, resolved(document, by_name))

        assert shown == done
        assert everything(office) != before

    @given(
        picks=st.lists(st.tuples(st.sampled_from([*DONE]), st.sampled_from(ORDERS)), min_size=1, max_size=5),
    )
    def test_one_after_another(self, picks: list[tuple[str, str]]) -> None:
        """Any commands to any orders, one after another, refused or not."""
        office, by_name = busy_school()
        for name, order in picks:
            document = {**DONE[name]}
            if "order" in document:
                document["order"] = f"@{order}"
            if "payment" in document:
                document["payment"] = f"@{order}.1"
            shown, done = shown_and_done(office, resolved(document, by_name))
            assert shown == done
