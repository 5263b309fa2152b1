"""The promises of a commit: all or nothing, no lost update, nothing twice. Part of the suites of `testing.stores`."""

from collections.abc import Callable
from datetime import timedelta

import attrs

from kwiga_orders.changes import Changes, Receipt, Refusal, Repeated
from kwiga_orders.errors import Conflict, NotFound, Refused
from kwiga_orders.extras import extra
from kwiga_orders.funnel import Funnel, FunnelStatus
from kwiga_orders.orders import events as happened
from kwiga_orders.ports import OrderStore, Records
from kwiga_orders.project import Contact
from kwiga_orders.testing.order_histories import START, Story, event_row, letter, offer_of
from kwiga_orders.testing.requirements import Requiring, requires
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, furnish, hand_on, read

with extra("testing"):
    import pytest

__all__ = ["CommitContract", "OutboxContract"]

_FUNNEL = Funnel(id="vip", name="VIP", statuses=(FunnelStatus(id="call", name="Call"),))
_ANSWERED = Repeated(key="k1", fingerprint="f1", receipt=Receipt(order="o1", version=1, events=("order.created",)))


class CommitContract(Requiring):
    """Orders, offers, funnels, history and idempotency keys."""

    def test_what_was_written_comes_back_equal(self, store: OrderStore) -> None:
        """OrderStore 2 and 4: all that was written is read back, and is equal."""
        story = Story.begins("o1", number=1, offer="basic", products=("python", "sql"))
        offer = offer_of("basic", funnel="vip")

        written = attrs.evolve(story.changes(repeated=_ANSWERED), offers=(offer,), funnels=(_FUNNEL,))
        commit(store, written)

        with store.transaction(SCHOOL.id, writes=False) as records:
            assert records.find_order("o1") == story.order
            assert tuple(records.history_of("o1")) == story.history
            assert records.find_offer("basic") == offer
            assert records.find_funnel("vip") == _FUNNEL
            assert records.find_repeated("k1") == _ANSWERED

    def test_what_was_changed_comes_back_equal(self, store: OrderStore) -> None:
        """OrderStore 4 and O10: after several commands, replaying the stored history still gives the stored order."""
        story = Story.begins("o1", number=1)
        commit(store, story.changes())
        for continued in (story.pays(), story.pays().moves("paid"), story.pays().moves("paid").notes(tags=("hot",))):
            story = continued
            commit(store, story.changes())

        assert read(store, lambda records: records.find_order("o1")) == story.order
        assert tuple(read(store, lambda records: records.history_of("o1"))) == story.history

    def test_what_is_not_there(self, store: OrderStore) -> None:
        """`find_` methods give None for what does not exist, and lists are empty."""
        with store.transaction(SCHOOL.id, writes=False) as records:
            assert records.find_order("o1") is None
            assert records.find_contact("nobody") is None
            assert records.find_offer("basic") is None
            assert records.find_funnel("vip") is None
            assert records.find_repeated("k1") is None
            assert not records.history_of("o1")
            assert not records.orders_of("olena")

    def test_nothing_is_written_without_a_commit(self, store: OrderStore) -> None:
        """K3: a transaction without a commit changes nothing."""
        with store.transaction(SCHOOL.id, writes=True) as transaction:
            transaction.next_number("order")

        assert read(store, lambda records: records.next_number("order")) == 1

    def test_nothing_is_written_if_the_host_fails(self, store: OrderStore) -> None:
        """K4: an exception of the host passes through, and the next transaction sees no trace of it."""
        with pytest.raises(ZeroDivisionError), store.transaction(SCHOOL.id, writes=True):
            raise ZeroDivisionError

        commit(store, Story.begins("o1", number=1).changes())

    def test_a_stale_change_is_a_conflict(self, store: OrderStore) -> None:
        """Commit 1 and K2: a change based on an older version is a conflict with the number and both versions."""
        story = Story.begins("o1", number=1)
        commit(store, story.changes(), story.pays().changes())

        with pytest.raises(Conflict) as conflict:
            commit(store, story.notes(comment="too late").changes())

        assert conflict.value == Conflict("order.conflict", order=1, expected=1, found=2)
        assert read(store, lambda records: records.find_order("o1")) == story.pays().order

    def test_a_stale_change_is_a_conflict_for_who_looked_first(self, store: OrderStore) -> None:
        """Commit 1: the same if the order was read in this transaction."""
        story = Story.begins("o1", number=1)
        commit(store, story.changes(), story.pays().changes())

        with store.transaction(SCHOOL.id, writes=True) as transaction:
            transaction.find_order("o1")
            with pytest.raises(Conflict):
                transaction.commit(story.notes(comment="too late").changes())

    def test_an_order_is_made_once(self, store: OrderStore) -> None:
        """Commit 1: an existing order is not made again, and a missing one is not changed."""
        story = Story.begins("o1", number=1)
        commit(store, story.changes())

        for changes in (story.changes(), Story.begins("o2", number=2).pays().changes()):
            with pytest.raises(Conflict):
                commit(store, changes)

    def test_numbers_are_unique(self, store: OrderStore) -> None:
        """Commit 2 and O5: a number that is already taken is a conflict."""
        commit(store, Story.begins("o1", number=7).changes())

        with pytest.raises(Conflict) as conflict:
            commit(store, Story.begins("o2", number=7).changes())

        assert conflict.value.code == "order.conflict"
        assert read(store, lambda records: records.find_order("o2")) is None

    def test_numbers_count_up(self, store: OrderStore) -> None:
        """O5: the first number is 1, and each next number follows the last one taken."""
        assert read(store, lambda records: records.next_number("order")) == 1

        commit(store, Story.begins("o1", number=1).changes(), Story.begins("o2", number=2).changes())

        assert read(store, lambda records: records.next_number("order")) == 3

    def test_certificates_are_numbered_on_their_own(self, store: OrderStore) -> None:
        """C3: numbers of certificates are unique in the project, whichever order they belong to."""
        first, second = Story.begins("o1", number=1), Story.begins("o2", number=2, contact="taras")
        commit(store, first.changes(), second.changes())
        assert read(store, lambda records: records.next_number("certificate")) == 1

        issued = first.then(happened.CertificateIssued(product="python", number=1))
        commit(store, issued.changes())
        revoked = issued.then(happened.CertificateRevoked(product="python", number=1))
        commit(store, revoked.changes())

        assert read(store, lambda records: records.next_number("certificate")) == 2

    def test_a_certificate_s_number_is_given_once(self, store: OrderStore) -> None:
        """C3: across commits and orders, the number of a revoked certificate is never given again."""
        furnish(store, "other")
        stories = [Story.begins(f"o{n}", number=n) for n in (1, 2)]
        for number, story in enumerate(stories, start=1):
            issued = story.then(happened.CertificateIssued(product="python", number=number))
            revoked = issued.then(happened.CertificateRevoked(product="python", number=number))
            commit(store, story.changes(), issued.changes(), revoked.changes(), revoked.notes(tags=("hot",)).changes())

        assert read(store, lambda records: records.next_number("certificate")) == 3
        assert read(store, lambda records: records.next_number("certificate"), project="other") == 1

    def test_offers_and_funnels_do_not_lose_edits(self, store: OrderStore) -> None:
        """Commit 1: versions of offers and funnels go up by one, from 1; anything else is a conflict."""
        funnel = attrs.evolve(_FUNNEL, version=2, name="Very important")
        commit(store, Changes(offers=(offer_of("basic"),), funnels=(_FUNNEL,)))
        commit(store, Changes(offers=(offer_of("basic", version=2),), funnels=(funnel,)))

        for stale, code in (
            (Changes(offers=(offer_of("basic"),)), "offer.conflict"),
            (Changes(offers=(offer_of("basic", version=2),)), "offer.conflict"),
            (Changes(offers=(offer_of("other", version=2),)), "offer.conflict"),
            (Changes(funnels=(_FUNNEL,)), "funnel.conflict"),
            (Changes(funnels=(funnel,)), "funnel.conflict"),
        ):
            with pytest.raises(Conflict) as conflict:
                commit(store, stale)
            assert conflict.value.code == code
        assert read(store, lambda records: records.find_offer("basic")) == offer_of("basic", version=2)
        assert read(store, lambda records: records.find_funnel("vip")) == funnel

    def test_a_key_is_kept_once(self, store: OrderStore) -> None:
        """Commit 4 and K1: a key that exists is a conflict, and the first answer stays."""
        commit(store, Story.begins("o1", number=1).changes(repeated=_ANSWERED))
        again = attrs.evolve(_ANSWERED, fingerprint="f2")

        with pytest.raises(Conflict):
            commit(store, Story.begins("o2", number=2).changes(repeated=again))

        assert read(store, lambda records: records.find_repeated("k1")) == _ANSWERED

    def test_refusals_are_kept(self, store: OrderStore) -> None:
        """K1: a refusal is stored with its code and details, and is read back equal."""
        problems = (Refused("order.cancelled", order=7, rules=["a", {"b": None}]), NotFound("order", "o9"))
        kept = [
            Repeated(key=f"r{n}", fingerprint="f", receipt=Receipt(), refusal=Refusal.of(one), at=START)
            for n, one in enumerate(problems)
        ]
        commit(store, Changes(repeated=tuple(kept)))

        for one, problem in zip(kept, problems, strict=True):
            found = read(store, _repeated(one.key))
            assert found is not None
            assert found.refusal is not None
            assert (found, found.refusal.error()) == (one, problem)

    def test_keys_are_forgotten(self, store: OrderStore) -> None:
        """K1: the oldest keys are deleted first, up to a limit; those without a date, and other projects', stay."""
        furnish(store, "other")
        days = (3, 1, 2, 9, None)
        keys = tuple(
            attrs.evolve(_ANSWERED, key=f"d{day}", at=None if day is None else START + timedelta(day)) for day in days
        )
        commit(store, Changes(repeated=keys))
        commit(store, Changes(repeated=keys), project="other")

        def left(project: str = SCHOOL.id) -> list[str]:
            with store.transaction(project, writes=False) as records:
                return [one.key for one in keys if records.find_repeated(one.key) is not None]

        store.forget_keys(SCHOOL.id, before=START + timedelta(9), limit=2)
        assert left() == ["d3", "d9", "dNone"]
        store.forget_keys(SCHOOL.id, before=START + timedelta(9), limit=2)
        assert left() == ["d9", "dNone"]
        assert len(left("other")) == len(keys)

    def test_contacts_and_several_keys(self, store: OrderStore) -> None:
        """Commit 4, 5: one change can write several commands' keys and the contacts they are about."""
        person = Contact(id="ivan", name="Іван", email="ivan@example.com", phone="+380671234567")
        other = attrs.evolve(_ANSWERED, key="k2")
        story = Story.begins("o1", number=1, contact="ivan")
        commit(store, attrs.evolve(story.changes(), contacts=(person,), repeated=(_ANSWERED, other)))

        with pytest.raises(Conflict):
            commit(store, Changes(contacts=(attrs.evolve(person, name="x"),), repeated=(other,)))

        assert read(store, lambda records: records.find_contact("ivan")) == person
        assert read(store, lambda records: records.find_repeated("k2")) == other
        assert [one.id for one in read(store, lambda records: records.orders_of("ivan"))] == ["o1"]

    def test_all_or_nothing(self, store: OrderStore) -> None:
        """Commit and K4: if the last part of a change is refused, no part is written."""
        story = Story.begins("o1", number=1)
        commit(store, story.changes(outbox=[letter("n1")], repeated=_ANSWERED))
        before = _everything(store)

        refused = attrs.evolve(
            story.pays().changes(outbox=[letter("n2"), event_row("n3")], repeated=_ANSWERED),
            offers=(offer_of("basic"),),
            funnels=(_FUNNEL,),
        )
        with pytest.raises(Conflict):
            commit(store, refused)

        assert _everything(store) == before

    def test_several_orders_at_once(self, store: OrderStore) -> None:
        """Commit 1: if one order in a change is stale, the others are not written either (as when O3 supersedes)."""
        old, new = Story.begins("o1", number=1), Story.begins("o2", number=2)
        commit(store, old.changes())
        marked = old.then(happened.OrderSuperseded(by="o2"))
        together = Changes(
            orders=(marked.order, new.order), based_on={"o1": 1}, history=(*marked.history[-1:], *new.history)
        )

        commit(store, together)
        assert list(read(store, lambda records: records.orders_of("olena"))) == [marked.order, new.order]

        other = Story.begins("o3", number=3)
        with pytest.raises(Conflict):
            commit(store, attrs.evolve(together, orders=(other.order, marked.order), history=other.history))
        assert read(store, lambda records: records.find_order("o3")) is None

    @requires("concurrent")
    def test_one_moment_is_seen(self, store: OrderStore) -> None:
        """OrderStore 3: an open read transaction does not see what others commit meanwhile."""
        story = Story.begins("o1", number=1)
        commit(store, story.changes())

        with store.transaction(SCHOOL.id, writes=False) as records:
            assert records.find_order("o1") == story.order
            commit(store, story.pays().changes(), Story.begins("o2", number=2).changes())
            assert records.find_order("o1") == story.order
            assert list(records.orders_of("olena")) == [story.order]
            assert records.next_number("order") == 2
            assert len(records.history_of("o1")) == len(story.history)

        assert read(store, lambda records: records.next_number("order")) == 3

    def test_funnels_come_and_go(self, store: OrderStore) -> None:
        """F6, F7: the default funnel comes first, the others by id; a removed one is gone and can be made again."""
        later = attrs.evolve(_FUNNEL, id="after")
        commit(store, Changes(funnels=(_FUNNEL, later)))
        assert [one.id for one in read(store, lambda records: records.all_funnels())] == ["default", "after", "vip"]

        commit(store, Changes(removed_funnels=("vip",)))
        assert [one.id for one in read(store, lambda records: records.all_funnels())] == ["default", "after"]

        commit(store, Changes(funnels=(_FUNNEL,)))
        assert read(store, lambda records: records.find_funnel("vip")) == _FUNNEL

    def test_offers_naming_a_funnel(self, store: OrderStore) -> None:
        """F6: only the newest version of an offer counts; codes are sorted."""
        commit(store, Changes(offers=(offer_of("b", funnel="vip"), offer_of("a", funnel="vip"), offer_of("c"))))
        commit(store, Changes(offers=(offer_of("b", version=2),)))

        assert list(read(store, lambda records: records.offers_naming("vip"))) == ["a"]
        assert not read(store, lambda records: records.offers_naming("other"))


class OutboxContract:
    """Rows of the outbox."""

    def test_rows_wait_in_order(self, store: OrderStore) -> None:
        """N1: rows wait in the order of writing until they are sent."""
        story = Story.begins("o1", number=1)
        commit(
            store, story.changes(outbox=[event_row("z"), letter("b")]), story.pays().changes(outbox=[event_row("a")])
        )

        assert list(store.pending(SCHOOL.id, limit=10)) == [event_row("z"), letter("b"), event_row("a")]
        assert list(store.pending(SCHOOL.id, limit=2)) == [event_row("z"), letter("b")]

        hand_on(store, "z", "unknown")
        hand_on(store, "z", at=START + timedelta(days=1))

        assert list(store.pending(SCHOOL.id, limit=10)) == [letter("b"), event_row("a")]

    def test_a_letter_is_written_once(self, store: OrderStore) -> None:
        """Commit 3 and N2: a letter whose key exists, sent or not, is left out; everything else is written."""
        story = Story.begins("o1", number=1)
        commit(store, story.changes(outbox=[letter("n1", key="one"), letter("n2", key="two")]))
        hand_on(store, "n1")

        again = [letter("n3", key="one"), letter("n4", key="two"), letter("n5", key="three")]
        commit(store, story.pays().changes(outbox=again))

        assert list(store.pending(SCHOOL.id, limit=10)) == [letter("n2", key="two"), letter("n5", key="three")]
        assert read(store, lambda records: records.find_order("o1")) == story.pays().order

    def test_a_letter_is_written_once_within_a_change(self, store: OrderStore) -> None:
        """Commit 3: of two letters with the same key in one change, only the first is written."""
        story = Story.begins("o1", number=1)

        commit(store, story.changes(outbox=[letter("n1", key="one"), letter("n2", key="one")]))

        assert list(store.pending(SCHOOL.id, limit=10)) == [letter("n1", key="one")]

    def test_a_letter_s_key_is_of_its_project(self, store: OrderStore) -> None:
        """Commit 3 and K6: keys of letters are separate for each project."""
        furnish(store, "other")
        changes = Story.begins("o1", number=1).changes(outbox=[letter("n1", key="one")])
        commit(store, changes)
        hand_on(store, "n1")

        commit(store, changes, project="other")

        assert list(store.pending("other", limit=9)) == [letter("n1", key="one")]
        assert not store.pending(SCHOOL.id, limit=9)

    def test_events_are_written_each_time(self, store: OrderStore) -> None:
        """Commit 3: only letters are recognized by their keys; events are always written."""
        events = [event_row("n1", key="same"), event_row("n2", key="same"), letter("n3", key="same")]

        commit(store, Story.begins("o1", number=1).changes(outbox=events))

        assert list(store.pending(SCHOOL.id, limit=10)) == events

    def test_letters_sent(self, store: OrderStore) -> None:
        """N1: sent letters in the order of writing: all, to a contact, or about an order; no events."""
        rows = [letter("n1"), event_row("n2"), letter("n3", contact="taras"), letter("n4"), letter("n5")]
        commit(store, Story.begins("o1", number=1).changes(outbox=rows))

        hand_on(store, "n4")
        hand_on(store, "n1", "n2", "n3", at=START + timedelta(hours=1))

        with store.transaction(SCHOOL.id, writes=False) as records:
            assert [row.id for row in records.letters_sent(None)] == ["n1", "n3", "n4"]
            assert [row.id for row in records.letters_sent("olena")] == ["n1", "n4"]
            assert list(records.letters_sent("taras")) == [letter("n3", contact="taras")]
            assert not records.letters_sent("nobody")
            assert [row.id for row in records.letters_sent(None, order="o1")] == ["n1", "n3", "n4"]
            assert [row.id for row in records.letters_sent("olena", order="o1")] == ["n1", "n4"]
            assert not records.letters_sent("nobody", order="o1")
            assert not records.letters_sent(None, order="o")


def _everything(store: OrderStore) -> list[object]:
    with store.transaction(SCHOOL.id, writes=False) as records:
        return [
            records.find_order("o1"),
            list(records.history_of("o1")),
            records.find_offer("basic"),
            list(records.all_funnels()),
            list(store.pending(SCHOOL.id, limit=10)),
        ]


def _repeated(key: str) -> Callable[[Records], Repeated | None]:
    # not a lambda in a loop, which would use the value of the last round
    return lambda records: records.find_repeated(key)
