"""Whatever a school comes to hold is read back as it was written; what is damaged is told, never guessed at."""

import json
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.access import Grant
from kwiga_orders.adapters.documents import CONTACTS, FUNNELS, HISTORY, OFFERS, ORDERS, OUTBOX, PROJECTS, Schema
from kwiga_orders.codec import Json, decode, encode
from kwiga_orders.commands import Command
from kwiga_orders.course import Course, Progress
from kwiga_orders.errors import Corrupt, KwigaOrdersError
from kwiga_orders.orders.state import Order
from kwiga_orders.project import Project
from kwiga_orders.terms import AccessTerms
from kwiga_orders.testing import scripts
from kwiga_orders.testing import strategies as drawn
from kwiga_orders.testing.scripts import OFFERS as CODES
from kwiga_orders.testing.scripts import SET_UP, Names, Step
from tests.stateful.worlds import WORLDS, World

COMMANDS = st.one_of(
    scripts.openings(),
    scripts.payments(),
    scripts.reports(),
    scripts.edits(),
    scripts.adjustments(),
    scripts.turns(),
    scripts.changes_of_offers(),
    scripts.changes_of_funnels(),
    st.sampled_from(SET_UP),
)


def held_by(world: World, script: list[Step]) -> Iterator[tuple[Schema[object], object]]:
    """Carry out a script, and give all that the school holds then, each with its schema."""
    school, names = world.school, Names()
    for step in script:
        school.clock.set(school.now + step.wait)
        command = names.resolved(step.command)
        try:
            names.note(command, world.execute(command))
        except KwigaOrdersError:
            continue
    with school.store.transaction(school.project.id, writes=False) as records:
        yield PROJECTS, records.get_project()  # type: ignore[misc]
        yield CONTACTS, records.find_contact("olena")  # type: ignore[misc]
        yield from ((FUNNELS, funnel) for funnel in records.all_funnels())  # type: ignore[misc]
        yield from ((OFFERS, records.find_offer(code)) for code in CODES)  # type: ignore[misc]
        yield from ((ORDERS, records.find_order(id)) for id in names.ids)  # type: ignore[misc]
        yield from ((HISTORY, row) for id in names.ids for row in records.history_of(id))  # type: ignore[misc]
    yield from ((OUTBOX, row) for row in school.store.pending(school.project.id, limit=1000))  # type: ignore[misc]


class TestWhatIsStored:
    """Documents of a school are read back equal, and are written the same again."""

    @given(script=scripts.scripts())
    def test_round_trip(self, script: list[Step]) -> None:
        """Project, contacts, funnels, offers, orders, history, outbox."""
        with WORLDS["memory"]() as world:
            for schema, value in held_by(world, script):
                text = schema.write(value)
                found = schema.read(text, schema=schema.number, id="")
                assert found == value
                assert schema.write(found) == text


class TestWhatIsDrawn:
    """So are values that no script comes to."""

    @given(command=COMMANDS)
    def test_commands(self, command: Command) -> None:
        """What a fingerprint is taken of loses nothing (K1)."""
        assert decode(encode(command, type(command)), type(command)) == command

    @given(learner=drawn.learners())
    def test_courses_terms_orders(self, learner: drawn.Learner) -> None:
        """Outlines, progress, projects, terms and orders with every kind of delay, freeze and payment."""
        values: list[tuple[object, type]] = [
            (learner.course, Course),
            (learner.progress, Progress),
            (learner.project, Project),
            *((one.resolved.terms, AccessTerms) for one in learner.grants),
            *((one.order, Order) for one in learner.grants),
        ]
        for value, kind in values:
            assert decode(json.loads(json.dumps(encode(value, kind))), kind) == value


_OTHER: tuple[Json, ...] = (None, 0, -1, True, "", "x", "2026-13-01", 1.5, [], {}, [{}], {"kind": "x"})


def damaged(document: Json, data: st.DataObject) -> Json:
    """Take something out of a document, or put something else in its place, anywhere in it."""
    if not isinstance(document, dict | list) or not document or data.draw(st.integers(0, 5)) == 0:
        return data.draw(st.sampled_from(_OTHER))
    if isinstance(document, list):
        at = data.draw(st.integers(0, len(document) - 1))
        return [*document[:at], damaged(document[at], data), *document[at + 1 :]]
    name = data.draw(st.sampled_from(sorted(document)))
    if data.draw(st.booleans()):
        return {key: value for key, value in document.items() if key != name}
    return {**document, name: damaged(document[name], data)}


def read(document: Json) -> Order | Corrupt:
    """Read an order, or say why it cannot be read."""
    try:
        return decode(document, Order)
    except Corrupt as problem:
        return problem


class TestWhatIsDamaged:
    """A damaged document is `Corrupt` or, if nothing of weight is damaged, an order; it breaks nothing else."""

    @given(grant=drawn.courses().flatmap(drawn.grants), data=st.data())
    def test_orders(self, grant: Grant, data: st.DataObject) -> None:
        """Whatever is missing, or is of another kind, anywhere in an order."""
        found = read(damaged(encode(grant.order, Order), data))

        assert isinstance(found, Order) or found.code == "document.unreadable"
