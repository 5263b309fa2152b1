"""The filters of a list as SQL: a search becomes terms, and the shape of each term becomes conditions (V1, V3).

Laws:

1. Terms of one shape differ only in their values, so a statement is compiled once for each shape of a search.
2. A filter on rows that belong to an order (its contact, products, tags, payments) has two equivalent conditions:
   `holds` checks one order at a time, and `among` looks orders up by the index of those rows.

`adapters.searching` defines what filters, texts and positions mean; this module translates them into SQL.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count, islice
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from kwiga_orders.adapters.filtering import FLAGS, WINDOWS
from kwiga_orders.adapters.searching import Sought, microseconds, sought
from kwiga_orders.adapters.sql.tables import contacts, labels, orders, payments, products
from kwiga_orders.adapters.sql.trigrams import has_part, matching_all, matching_any, may_look_up
from kwiga_orders.listing import OrderSearch

__all__ = [
    "PROJECT",
    "Clauses",
    "Shape",
    "Term",
    "at_most",
    "clauses_of",
    "is_one_of",
    "people_found",
    "people_term",
    "terms_of",
]

PROJECT: sa.BindParameter[str] = sa.bindparam("project")
"""The parameter for the project; every statement has it (K6)."""

_Condition = sa.ColumnElement[bool]
_Form = tuple[int, ...]
_MOST_DIGITS = 18


@attrs.frozen
class Shape:
    """A term without its values; `form` says how many values it has, and of which kind."""

    name: str
    form: _Form

    def parameters(self) -> Iterator[sa.BindParameter[Any]]:
        """Give a bind parameter for each value, without end."""
        return (sa.bindparam(f"{self.name}_{n}") for n in count())


@attrs.frozen
class Term:
    """One condition of a search, with its values."""

    shape: Shape
    values: tuple[object, ...]

    def named(self) -> dict[str, object]:
        """Give the values by their parameter names."""
        return {f"{self.shape.name}_{n}": value for n, value in enumerate(self.values)}


@attrs.frozen(eq=False)
class Clauses:
    """A term in SQL; `keys` selects the matching rows of its own table, None if the term is on the order itself.

    `is_rare` says that few orders match, however large the project is.
    """

    holds: _Condition
    among: _Condition
    keys: sa.CompoundSelect[tuple[str]] | None = None
    is_rare: bool = False


def at_most(count: int) -> sa.ColumnElement[int]:
    """Give a limit as a literal of the statement.

    If the limit is a parameter, PostgreSQL estimates that a generic plan reads a tenth of all rows, and therefore plans
    the statement at every execution. Planning a board takes longer than reading it.
    """
    return sa.literal_column(str(int(count)), sa.Integer)


# From a search to terms


def terms_of(search: OrderSearch) -> list[Term]:
    """Give a term for each filter that a search sets."""
    # SQLite rates both indexes alike, but a manager has fewer orders than a payment status: that index is switched off
    second = "payment_status" if search.manager else None
    found = [
        _term(name, (len(wanted), name == second), wanted)
        for name in (*_COLUMNS, *_HUNG, "team")
        if (wanted := getattr(search, name))
    ]
    found += [_term(name, (getattr(search, name),), ()) for name in FLAGS if getattr(search, name) is not None]
    for name in WINDOWS:
        bounds = (getattr(search, f"{name}_from"), getattr(search, f"{name}_until"))
        if any(bounds):
            found.append(
                _term(
                    name,
                    tuple(bound is not None for bound in bounds),
                    [microseconds(bound) for bound in bounds if bound is not None],
                )
            )
    text = sought(search.text)
    return found if text is None else [_term("text", *_typed(text)), *found]


def _term(name: str, form: _Form, values: Sequence[object]) -> Term:
    return Term(Shape(name, form), tuple(values))


def _typed(text: Sought) -> tuple[_Form, list[object]]:
    """Give the form and the values of a text: words of a name, the e-mail, phones, ranges of order numbers.

    Words that are long enough for the trigram index come first.
    """
    words = sorted(text.words, key=lambda word: not may_look_up(word))
    long = [word for word in words if may_look_up(word)]
    phone, ranges = text.phone, list(_numbers_beginning(text.number))
    values: list[object] = [f"%{_escaped(word)}%" for word in words]
    values += [matching_all("name", long)] if long else []
    values += [f"%{_escaped(text.text)}%", matching_all("email", [text.text])]
    values += [f"%{part}%" for part in phone.parts]
    values += [matching_any("phone", phone.parts)] if phone.parts else []
    values += [*phone.whole, *(bound for range_ in ranges for bound in range_)]
    is_long = may_look_up(text.text)
    return (len(long), len(words) - len(long), is_long, len(phone.parts), len(phone.whole), len(ranges)), values


def _escaped(part: str) -> str:
    # LIKE escapes with `/` here, because some drivers would escape a backslash again.
    return "".join(f"/{char}" if char in "/%_" else char for char in part)


def _numbers_beginning(digits: str | None) -> Iterator[tuple[int, int]]:
    """Give the ranges of all numbers that begin with these digits: one range for each length."""
    if digits is None:
        return
    # No number is longer than a provisional one, which has 18 digits (`numbering`).
    for more in range(_MOST_DIGITS - len(digits) + 1):
        least = int(digits) * 10**more
        yield least, least + 10**more - 1


# From shapes to SQL


@lru_cache(maxsize=512)
def clauses_of(shape: Shape) -> Clauses:
    """Give the SQL of a shape."""
    return _CLAUSES[shape.name](shape)


def _direct(condition: _Condition, *, is_rare: bool = False) -> Clauses:
    return Clauses(holds=condition, among=condition, is_rare=is_rare)


def _single(shape: Shape) -> Clauses:
    _, is_second = shape.form
    column = _COLUMNS[shape.name]
    return _direct(
        is_one_of(_Unindexed(column) if is_second else column, shape), is_rare=shape.name in ("contact", "number")
    )


class _Unindexed(FunctionElement[str]):
    """A column whose index SQLite must not use; PostgreSQL needs no such help."""

    type = sa.Text()
    inherit_cache = True
    name = "unindexed"


@compiles(_Unindexed)
def _as_it_is(element: _Unindexed, compiler: SQLCompiler, **how: object) -> str:
    return compiler.process(element.clauses, **how)


@compiles(_Unindexed, "sqlite")
def _with_a_plus(element: _Unindexed, compiler: SQLCompiler, **how: object) -> str:
    return f"+{compiler.process(element.clauses, **how)}"


def is_one_of(column: sa.ColumnElement[str], shape: Shape) -> _Condition:
    """Say that a column has one of the values of a term."""
    number, _ = shape.form
    parameters = list(islice(shape.parameters(), number))
    # Planners estimate an equality better than a list with one value.
    return column == parameters[0] if number == 1 else column.in_(parameters)


def _dated(shape: Shape) -> Clauses:
    return _direct(sa.and_(*_window(orders.c[f"{shape.name}_at"], shape)))


def _flag(shape: Shape) -> Clauses:
    is_wanted = bool(shape.form[0])
    if shape.name == "unassigned":
        return _direct(orders.c.manager.is_(None) if is_wanted else orders.c.manager.is_not(None))
    # Flags are stored as labels, so that an index finds the few orders that have one.
    is_so = _linked(labels, labels.c.kind == _literal("is"), labels.c.value == _literal(shape.name))
    return is_so if is_wanted else _direct(sa.not_(is_so.holds))


def _literal(text: str) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{text}'", sa.Text)


def _window(column: sa.Column[int], shape: Shape) -> Iterator[_Condition]:
    has_start, has_end = shape.form
    parameters = shape.parameters()
    if has_start:
        yield column >= next(parameters)
    if has_end:
        yield column < next(parameters)


def _hung(shape: Shape) -> Clauses:
    column = _HUNG[shape.name]
    conditions = [is_one_of(column, shape)]
    if column.table is labels:
        conditions.append(labels.c.kind == _literal(shape.name))
    return _linked(column.table, *conditions)


def _team(shape: Shape) -> Clauses:
    """Give the condition that one of these people is the manager of an order, or responsible for it."""
    is_manager, is_responsible = is_one_of(orders.c.manager, shape), is_one_of(labels.c.value, shape)
    linked = _linked(labels, is_responsible, labels.c.kind == _literal("responsible"))
    # Managers are a column and responsibles are labels: each half uses its own index.
    managed = sa.select(orders.c.id).where(orders.c.project == PROJECT, is_manager)
    assert linked.keys is not None
    return Clauses(
        holds=sa.or_(is_manager, linked.holds),
        among=sa.or_(is_manager, linked.among),
        # flat, because SQLite does not allow a union within a union
        keys=sa.union_all(managed, *linked.keys.selects),
    )


def _paid_or_due(shape: Shape) -> Clauses:
    column = payments.c.paid_at if shape.name == "paid" else payments.c.due_at
    return _linked(payments, *_window(column, shape))


def _linked(table: sa.FromClause, *conditions: _Condition) -> Clauses:
    of_project = sa.select(table.c.order_id).where(table.c.project == PROJECT, *conditions)
    owner = (table.c.contact == orders.c.contact,) if table is products else ()
    return Clauses(
        holds=of_project.where(table.c.order_id == orders.c.id, *owner).correlate(orders).exists(),
        among=orders.c.id.in_(of_project),
        keys=sa.union_all(of_project),
    )


def _text(shape: Shape) -> Clauses:
    *people, ranges = shape.form
    parameters = shape.parameters()
    ways, holds = _people_by(people, parameters)
    numbers = [orders.c.number.between(next(parameters), next(parameters)) for _ in range(ranges)]
    some = sa.select(contacts.c.id).where(contacts.c.project == PROJECT)
    # one subquery for each way, so that each uses its own index
    found = [some.where(way) for way in ways]
    of_order = some.where(contacts.c.id == orders.c.contact, holds).correlate(orders)
    numbered = sa.select(orders.c.id).where(orders.c.project == PROJECT)
    return Clauses(
        holds=sa.or_(of_order.exists(), *numbers),
        among=sa.or_(orders.c.contact.in_(sa.union_all(*found)), *numbers),
        keys=sa.union_all(*found, *(numbered.where(range_) for range_ in numbers)),
    )


def people_term(text: str | None) -> Term | None:
    """Give the term for contacts that a text finds; None if the text is empty (V3)."""
    found = sought(text)
    # Contacts have no order number, so the text is not searched for as one.
    return None if found is None else _term("text", *_typed(attrs.evolve(found, number=None)))


@lru_cache(maxsize=512)
def people_found(shape: Shape) -> _Condition:
    """Give the condition that the text of a shape finds a contact."""
    *people, _ = shape.form
    ways, _ = _people_by(people, shape.parameters())
    some = sa.select(contacts.c.id).where(contacts.c.project == PROJECT)
    return contacts.c.id.in_(sa.union_all(*(some.where(way) for way in ways)))


def _people_by(form: Sequence[int], parameters: Iterator[sa.BindParameter[Any]]) -> tuple[list[_Condition], _Condition]:
    """Give the ways in which a text finds contacts, one for each index, and a condition for all of them (V3)."""
    long, short, is_long, parts, whole = form
    words = [_has(contacts.c.name, next(parameters)) for _ in range(long + short)]
    by_name = [has_part(sa.and_(*words[:long]), next(parameters), PROJECT)] if long else []
    in_email, phrase = _has(contacts.c.email, next(parameters)), next(parameters)
    ways = [sa.and_(*by_name, *words[long:]), has_part(in_email, phrase, PROJECT) if is_long else in_email]
    holds = [sa.and_(*words), in_email]
    if parts:
        in_phone = sa.or_(*(contacts.c.phone.like(next(parameters)) for _ in range(parts)))
        ways.append(has_part(in_phone, next(parameters), PROJECT))
        holds.append(in_phone)
    if whole:
        is_phone = contacts.c.phone.in_([next(parameters) for _ in range(whole)])
        ways.append(is_phone)
        holds.append(is_phone)
    return ways, sa.or_(*holds)


def _has(column: sa.Column[str], like: sa.BindParameter[str]) -> _Condition:
    return column.like(like, escape="/")


_COLUMNS: Mapping[str, sa.Column[Any]] = {
    "funnel": orders.c.funnel,
    "status": orders.c.status,
    "payment_status": orders.c.payment_status,
    "type": orders.c.type,
    "manager": orders.c.manager,
    "offer": orders.c.offer,
    "contact": orders.c.contact,
    "currency": orders.c.currency,
    "number": orders.c.number,
}
_HUNG: Mapping[str, sa.Column[str]] = {
    "product": products.c.product,
    "tag": labels.c.value,
    "responsible": labels.c.value,
    "gateway": labels.c.value,
    "payment_kind": labels.c.value,
}
_CLAUSES: Mapping[str, Callable[[Shape], Clauses]] = {
    **dict.fromkeys(_COLUMNS, _single),
    **dict.fromkeys(_HUNG, _hung),
    **dict.fromkeys(FLAGS, _flag),
    "created": _dated,
    "updated": _dated,
    "paid": _paid_or_due,
    "due": _paid_or_due,
    "team": _team,
    "text": _text,
}
