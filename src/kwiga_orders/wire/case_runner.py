"""Run a case: its steps on a stage, and every difference from what it expects.

The stage is the host's world in small: a clock, a store, courses, progress, gateways, a worker. A story knows only the
names it gave, the stage only its own ids; between them names become ids on the way in, and ids become names on the way
out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from traceback import extract_tb
from typing import Protocol

import attrs

from kwiga_orders.changes import Receipt
from kwiga_orders.codec import Json
from kwiga_orders.commands import Command
from kwiga_orders.course import Course, Progress
from kwiga_orders.errors import KwigaOrdersError
from kwiga_orders.project import Contact, Project
from kwiga_orders.queries import BoardQuery, HistoryQuery, LettersQuery, OrderQuery, Query
from kwiga_orders.wire.cases import Case, Step, without_name
from kwiga_orders.wire.commands import read_command
from kwiga_orders.wire.matching import differences, says
from kwiga_orders.wire.queries import read_query

__all__ = ["Failure", "Stage", "run_case"]

# Long before any story, so that what it begins with is never in its future.
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Stage(Protocol):
    """Where a story happens.

    1. It is fresh: nothing was made on it before.
    2. `at` sets its clock; it stands still until it is set again.
    3. `do` and `ask` raise what the library raises.
    4. After `do`, gateways and letters are carried out; what `run_due` makes waits for `relay` or the next `do`.
    """

    def at(self, instant: datetime, /) -> None:
        """Set the clock."""
        ...

    def project(self, project: Project, /) -> None:
        """Make the project; called once, before everything but the clock."""
        ...

    def contact(self, contact: Contact, /) -> None:
        """Save a contact."""
        ...

    def course(self, course: Course, /) -> None:
        """Set the outline of a product, from now on."""
        ...

    def progress(self, progress: Progress, /) -> None:
        """Add to what a contact has done in a product (`Progress.joined`)."""
        ...

    def connect(self, gateway: str, /) -> None:
        """Connect a gateway, which confirms at once what it is asked for; called before the project is made."""
        ...

    def script(self, gateway: str, outcomes: Sequence[str], /) -> None:
        """Say what the next charges of saved means come to at a gateway."""
        ...

    def run_due(self) -> object:
        """Execute what has fallen due, as a host's scheduler does."""
        ...

    def relay(self) -> object:
        """Ask the gateways and send letters, as a host's worker does."""
        ...

    def do(self, command: Command, /) -> Receipt:
        """Execute a command."""
        ...

    def ask(self, query: Query[object], /) -> Json:
        """Answer a query."""
        ...


@attrs.frozen(kw_only=True)
class Failure:
    """A difference from the case: the step (its path in the case), what was expected, what was found."""

    step: str
    doing: str
    path: str = ""
    expected: str
    found: str

    def __str__(self) -> str:
        place = f" {self.path}:" if self.path else ""
        return f"{self.step} ({self.doing}):{place} expected {self.expected}, found {self.found}"


class Names:
    """The names that a story gives to the things it made."""

    # these fields hold ids of what commands make; all other texts are left alone
    _fields = frozenset(
        {"order", "payment", "task", "offer", "funnel", "refund", "attempt", "note", "item", "reference"}
    )

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def give(self, name: str, id: str) -> None:
        """Call `id` by that name; the first name of an id is the one that answers show."""
        self._ids[name] = id
        # The first name is kept: an order that is opened again as "o2" is still the one called "o1".
        self._names.setdefault(id, name)

    def is_taken(self, name: str, id: str) -> bool:
        """Tell whether something else has that name."""
        return self._ids.get(name, id) != id

    def with_ids(self, document: Mapping[str, Json]) -> dict[str, Json]:
        """Give a command or a query with ids in place of names."""
        return {name: self._with_ids(name, inner) for name, inner in document.items()}

    def _with_ids(self, name: str, inner: Json) -> Json:
        if isinstance(inner, dict):
            return self.with_ids(inner)
        if isinstance(inner, list):
            return [self._with_ids(name, one) for one in inner]
        return _renamed(inner, self._ids) if isinstance(inner, str) and name in self._fields else inner

    def with_names(self, answer: Json) -> Json:
        """Give an answer with names in place of ids."""
        return _everywhere(answer, lambda text: _renamed(text, self._names))

    def as_shown(self, expected: Json) -> Json:
        """Give the expected answer with the names that answers show."""
        return self.with_names(_everywhere(expected, lambda text: _renamed(text, self._ids)))


def _everywhere(document: Json, rename: Callable[[str], str]) -> Json:
    if isinstance(document, dict):
        return {rename(name): _everywhere(inner, rename) for name, inner in document.items()}
    if isinstance(document, list):
        return [_everywhere(one, rename) for one in document]
    return rename(document) if isinstance(document, str) else document


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """Replace a name that is all of `text`, or all up to a dot: `o1` and `o1.2`."""
    head, tail = text, ""
    # From the longest prefix to the shortest, since ids of parts begin with that of their order.
    while head:
        if head in names:
            return names[head] + tail
        head, dot, last = head.rpartition(".")
        tail = dot + last + tail
    return text


# decision 0021: what a case begins with was there before its first step
def run_case(case: Case, stage: Stage) -> list[Failure]:
    """Run a case on a fresh stage; list every difference from what it expects.

    A command that is refused against expectation ends the story: what comes after it is another one.
    """
    return list(_Story(stage).told(case))


class _Story:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._names = Names()

    def told(self, case: Case) -> Iterator[Failure]:
        yield from (failures := list(self._begin(case)))
        for number, step in enumerate(case.steps if not failures else ()):
            failures = self._survived(step, f"steps.{number}")
            yield from failures
            if failures and step.do is not None and step.refused is None:
                # After a command that went wrong every later answer would only repeat that it did.
                return

    def _begin(self, case: Case) -> Iterator[Failure]:
        stage = self._stage
        # what a story begins with was there long before it
        stage.at(min([_LONG_AGO, *(step.at for step in case.steps[:1])]))
        for gateway in case.gateways:
            stage.connect(gateway)
        stage.project(case.project)
        for contact in case.contacts:
            stage.contact(contact)
        for course in case.courses:
            stage.course(course)
        for kind, commands in (("funnels", case.funnels), ("offers", case.offers)):
            for number, command in enumerate(commands):
                try:
                    stage.do(command)
                except KwigaOrdersError as refused:
                    yield Failure(
                        step=f"{kind}.{number}", doing=command.name, expected="to be made", found=_told(refused)
                    )

    def _survived(self, step: Step, at: str) -> list[Failure]:
        """Take a step; a crash, which is a bug of ours or of the host, fails this story and no other."""
        try:
            return list(self._step(step, at))
        except Exception as crash:
            where = extract_tb(crash.__traceback__)[-1]
            found = f"a crash: {crash!r} in {where.name}, line {where.lineno}"
            return [
                Failure(
                    step=at,
                    doing=str(step.do["command"]) if step.do else f"ask {step.ask['query']}" if step.ask else "tell",
                    expected="to be taken",
                    found=found,
                )
            ]

    def _step(self, step: Step, at: str) -> Iterator[Failure]:
        self._stage.at(step.at)
        if step.progress is not None:
            self._stage.progress(step.progress)
        if step.course is not None:
            self._stage.course(step.course)
        if step.gateway is not None:
            self._stage.script(step.gateway.name, step.gateway.next)
        if step.do is not None:
            yield from self._do(step, step.do, at)
        if step.run_due:
            self._stage.run_due()
        if step.relay:
            self._stage.relay()
        if step.ask is not None:
            yield from self._ask(step, step.ask, at)

    def _do(self, step: Step, done: Mapping[str, Json], at: str) -> Iterator[Failure]:
        # Views before and after a refusal are compared: a refusal must leave no trace (K4).
        document = self._names.with_ids(without_name(done))
        before = self._seen(document) if step.refused else []
        try:
            receipt = self._stage.do(read_command(document))
        except KwigaOrdersError as refused:
            yield from _refusal(step, refused, at, doing=str(done.get("command")))
        else:
            if step.refused:
                yield Failure(step=at, doing=str(done["command"]), expected=_refused(step.refused), found="done")
            yield from self._name(done, receipt, at)
        if step.refused and self._seen(document) != before:
            yield Failure(step=at, doing=str(done.get("command")), expected="nothing to change", found="a change")

    def _name(self, done: Mapping[str, Json], receipt: Receipt, at: str) -> Iterator[Failure]:
        """Name what a command made; the answer of a repeated command has its name already (K1)."""
        made = receipt.made or receipt.order
        if made is None or not isinstance(name := done.get("as"), str):
            # Names that a story gives must be told apart, or a later step would speak of the wrong thing.
            return
        if self._names.is_taken(name, made):
            yield Failure(step=at, doing=str(done["command"]), expected=f"{name!r} to be new", found="another thing")
        self._names.give(name, made)

    def _ask(self, step: Step, asked: Mapping[str, Json], at: str) -> Iterator[Failure]:
        doing = f"ask {asked.get('query')}"
        try:
            answer = self._names.with_names(self._stage.ask(read_query(self._names.with_ids(asked))))
        except KwigaOrdersError as refused:
            yield from _refusal(step, refused, at, doing=doing)
            return
        if step.refused:
            yield Failure(step=at, doing=doing, expected=_refused(step.refused), found="answered")
        expected = self._names.as_shown(step.expected)
        for one in differences(expected, answer) if step.is_expected else ():
            yield Failure(step=at, doing=doing, path=one.path, expected=one.expected, found=one.found)
        for text in step.never:
            if says(answer, text):
                yield Failure(step=at, doing=doing, expected=f"never {text!r}", found="it in the answer")

    def _seen(self, document: Mapping[str, Json]) -> list[Json]:
        """Give the views of what a command is about, and the letters."""
        # Lazily: a query with an id that was never made is refused when it is asked.
        queries: list[Callable[[], Query[object]]] = [LettersQuery]
        if isinstance(order := document.get("order"), str):
            queries += [lambda: OrderQuery(order=order), lambda: HistoryQuery(order=order)]
        if isinstance(funnel := document.get("funnel"), str):
            queries.append(lambda: BoardQuery(funnel=funnel))
        return [self._answer(query) for query in queries]

    def _answer(self, query: Callable[[], Query[object]]) -> Json:
        try:
            return self._stage.ask(query())
        except KwigaOrdersError as refused:
            return refused.code


def _refusal(step: Step, refused: KwigaOrdersError, at: str, *, doing: str) -> Iterator[Failure]:
    if refused.code != step.refused:
        expected = "an answer" if step.ask is not None else "it to be done"
        if step.refused:
            expected = _refused(step.refused)
        yield Failure(step=at, doing=doing, expected=expected, found=_told(refused))


def _refused(code: str) -> str:
    return f"to be refused: {code}"


def _told(refused: KwigaOrdersError) -> str:
    return " ".join(f"refused: {refused}".split())
