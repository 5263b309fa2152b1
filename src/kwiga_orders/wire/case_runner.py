"""Runs a case: executes its steps on a stage, and reports every difference from the expected answers.

The stage is a small host: a clock, a store, courses, progress, gateways and a worker. A case uses its own names for the
things that its commands make, and the stage uses ids. So names are replaced by ids in commands and queries, and ids by
names in answers.
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

# Before every case, so that what a case begins with is never in its future.
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Stage(Protocol):
    """The school in which a case runs.

    1. It is new: nothing was made on it before.
    2. `at` sets its clock, which stands still until it is set again.
    3. `do` and `ask` raise the errors of the library.
    4. After `do`, requests to gateways and letters are sent. What `run_due` writes waits for `relay` or the next `do`.
    """

    def at(self, instant: datetime, /) -> None:
        """Set the clock."""
        ...

    def project(self, project: Project, /) -> None:
        """Make the project. It is called once, and only `at` and `connect` are called before."""
        ...

    def contact(self, contact: Contact, /) -> None:
        """Save a contact."""
        ...

    def course(self, course: Course, /) -> None:
        """Set the outline of a product."""
        ...

    def progress(self, progress: Progress, /) -> None:
        """Add to a contact's learning progress (`Progress.joined`)."""
        ...

    def connect(self, gateway: str, /) -> None:
        """Connect a gateway that confirms every request at once; called before the project is made."""
        ...

    def script(self, gateway: str, outcomes: Sequence[str], /) -> None:
        """Set the outcomes of the next charges of saved means at a gateway."""
        ...

    def run_due(self) -> object:
        """Execute the due work, like a host's scheduler."""
        ...

    def relay(self) -> object:
        """Send requests to gateways and letters, like a host's worker."""
        ...

    def do(self, command: Command, /) -> Receipt:
        """Execute a command."""
        ...

    def ask(self, query: Query[object], /) -> Json:
        """Answer a query."""
        ...


@attrs.frozen(kw_only=True)
class Failure:
    """A difference from the case: the path of the step in the case, what was expected, and what was found."""

    step: str
    doing: str
    path: str = ""
    expected: str
    found: str

    def __str__(self) -> str:
        place = f" {self.path}:" if self.path else ""
        return f"{self.step} ({self.doing}):{place} expected {self.expected}, found {self.found}"


class Names:
    """The names that a case gives to what its commands make."""

    # these fields hold ids of things that commands make; all other texts stay as they are
    _fields = frozenset(
        {"order", "payment", "task", "offer", "funnel", "refund", "attempt", "note", "item", "reference"}
    )

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def give(self, name: str, id: str) -> None:
        """Give a name to an id. Answers show the first name of an id."""
        self._ids[name] = id
        # The first name is kept: an order that is opened again as "o2" is still shown as "o1".
        self._names.setdefault(id, name)

    def is_taken(self, name: str, id: str) -> bool:
        """Tell whether the name belongs to another id."""
        return self._ids.get(name, id) != id

    def with_ids(self, document: Mapping[str, Json]) -> dict[str, Json]:
        """Give a command or a query with names replaced by ids."""
        return {name: self._with_ids(name, inner) for name, inner in document.items()}

    def _with_ids(self, name: str, inner: Json) -> Json:
        if isinstance(inner, dict):
            return self.with_ids(inner)
        if isinstance(inner, list):
            return [self._with_ids(name, one) for one in inner]
        return _renamed(inner, self._ids) if isinstance(inner, str) and name in self._fields else inner

    def with_names(self, answer: Json) -> Json:
        """Give an answer with ids replaced by names."""
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
    """Replace a name that is the whole text, or the part before a dot: `o1` and `o1.2`."""
    head, tail = text, ""
    # From the longest prefix to the shortest, because the id of a part begins with the id of its order.
    while head:
        if head in names:
            return names[head] + tail
        head, dot, last = head.rpartition(".")
        tail = dot + last + tail
    return text


# decision 0021: what a case begins with existed before its first step
def run_case(case: Case, stage: Stage) -> list[Failure]:
    """Run a case on a new stage; list every difference from what it expects.

    If a command that should succeed is refused, the case ends there: later steps would start from a wrong state.
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
                # After a failed command every later difference would only be a consequence of it.
                return

    def _begin(self, case: Case) -> Iterator[Failure]:
        stage = self._stage
        # what a case begins with was made long before its first step
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
        """Run a step. A crash is a bug of the library or the host; it fails this case only."""
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
        # K4: a refusal changes nothing, so the views before and after it are compared.
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
        """Give a name to what a command made. A repeated command's answer already has its name (K1)."""
        made = receipt.made or receipt.order
        if made is None or not isinstance(name := done.get("as"), str):
            # A name must not be given twice, or a later step could mean the wrong thing.
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
        """Give the views of the order or funnel of a command, and the letters."""
        # Built lazily, because a query with an unknown id is refused when it is asked.
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
