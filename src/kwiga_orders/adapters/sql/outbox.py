"""The outbox: which rows wait to be sent, which worker has claimed them until when, and which were sent (N1).

No worker takes a row before its `try_at`; 0 means at once. Claiming, putting off and parking set it, so a claim expires
by itself. Workers claim one after another, under a lock, so that two of them never have rows of the same order.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from secrets import token_hex
from typing import Any

import attrs
import sqlalchemy as sa

from kwiga_orders.adapters.documents import OUTBOX
from kwiga_orders.adapters.searching import microseconds
from kwiga_orders.adapters.sql.columns import outbox_row
from kwiga_orders.adapters.sql.guards import key_of
from kwiga_orders.adapters.sql.reads import outbox_rows
from kwiga_orders.adapters.sql.steps import Row, Step, Steps, Transactions, insert_for, rows_of, send, writing
from kwiga_orders.adapters.sql.tables import outbox
from kwiga_orders.changes import OutboxRow
from kwiga_orders.delivery import Claim, ClaimedRow, PutOff
from kwiga_orders.errors import Corrupt

__all__ = ["PARKED_UNTIL", "Outbox", "add_rows", "pending", "settle_parked"]

PARKED_UNTIL = 2**62
"""The `try_at` of a parked row, which is never sent by itself."""

_DOCUMENT = (outbox.c.id, outbox.c.schema, outbox.c.document)
_WAITING = (
    outbox.c.project == sa.bindparam("project"),
    outbox.c.sent_at.is_(None),
    outbox.c.parked_at.is_(None),
)
_FOR_NOTIFIER = outbox.c.gateway.is_(None)
_FOR_GATEWAY = outbox.c.gateway == sa.bindparam("gateway")


@cache
def _pending(*, for_gateway: bool) -> sa.Select[Any]:
    channel = _FOR_GATEWAY if for_gateway else _FOR_NOTIFIER
    return sa.select(*_DOCUMENT).where(*_WAITING, channel).order_by(outbox.c.seq).limit(sa.bindparam("most"))


def pending(project: str, *, limit: int, gateway: str | None) -> Steps[Sequence[OutboxRow]]:
    """Give the oldest rows that were not sent yet, in order: those for a gateway, or for the notifier (N1)."""
    of = {} if gateway is None else {"gateway": gateway}
    return outbox_rows(
        (yield from rows_of(_pending(for_gateway=gateway is not None), project=project, most=limit, **of))
    )


# Claims

_EARLIER = outbox.alias("earlier")


@cache
def _free(*, for_gateway: bool) -> sa.Select[Any]:
    """Give the rows that are not claimed and do not wait for an earlier row of their order."""
    channel = _FOR_GATEWAY if for_gateway else _FOR_NOTIFIER
    now: sa.BindParameter[int] = sa.bindparam("now")
    same_channel = _EARLIER.c.gateway == sa.bindparam("gateway") if for_gateway else _EARLIER.c.gateway.is_(None)
    held_up = (
        sa.select(_EARLIER.c.seq)
        .where(
            _EARLIER.c.project == outbox.c.project,
            _EARLIER.c.stream == outbox.c.stream,
            # N1: a row waits only for earlier rows of the same order and channel.
            _EARLIER.c.seq < outbox.c.seq,
            _EARLIER.c.sent_at.is_(None),
            same_channel,
            # redundant, but the partial index has this condition
            _EARLIER.c.try_at > sa.literal_column("0"),
            _EARLIER.c.try_at > now,
        )
        .correlate(outbox)
    )
    return (
        sa.select(*_DOCUMENT, outbox.c.stream, outbox.c.tries)
        .where(*_WAITING, channel, outbox.c.try_at <= now, ~held_up.exists())
        .order_by(outbox.c.seq)
        .limit(sa.bindparam("most"))
    )


_THIS = (outbox.c.project == sa.bindparam("of"), outbox.c.id == sa.bindparam("which"), outbox.c.sent_at.is_(None))
_CLAIM = outbox.update().where(*_THIS).values(owner=sa.bindparam("by"), try_at=sa.bindparam("until"))
_SENT = outbox.update().where(*_THIS).values(sent_at=sa.bindparam("at"), owner=sa.null())
_OURS = (*_THIS, outbox.c.owner == sa.bindparam("by"))
_PUT_OFF = (
    outbox.update()
    .where(*_OURS)
    .values(
        owner=sa.null(),
        **{name: sa.bindparam(f"new_{name}") for name in ("tries", "try_at", "parked_at", "error")},
    )
)
_RELEASE = outbox.update().where(*_OURS).values(owner=sa.null(), try_at=sa.literal_column("0"))


@attrs.frozen
class Outbox:
    """The outbox of one project; each method is a short transaction."""

    project: str
    transactions: Transactions
    dialect: str

    # decision 0053: only one worker at a time has rows of an order, so they are sent in order
    def claim(self, *, now: datetime, until: datetime, limit: int, gateway: str | None) -> Steps[Claim]:
        """Claim the oldest rows that are free."""
        of = {} if gateway is None else {"gateway": gateway}
        # One claim at a time for each channel, so that two workers cannot claim the same rows.
        begins = self.transactions.begin_locked(self.project, ((key_of("claims", self.project, gateway or ""), True),))
        asked = {"project": self.project, "now": microseconds(now), "most": limit, **of}
        answers = yield (*begins, Step(_free(for_gateway=gateway is not None), (asked,)))
        rows = answers[-1].rows
        # Random for each claim, so that a worker whose claim expired cannot mark rows that another one has now.
        owner = token_hex(8)
        changes = self._these([row["id"] for row in rows], by=owner, until=microseconds(until))
        yield from send(*writing(_CLAIM, changes), *self.transactions.commit(early=False))
        return Claim(owner=owner, until=until, rows=tuple(map(_claimed, rows)))

    def mark_sent(self, rows: Sequence[str], *, at: datetime) -> Steps[None]:
        """Note that rows were sent."""
        yield from self._write(*writing(_SENT, self._these(rows, at=microseconds(at))))

    def put_off(
        self, rows: Sequence[PutOff], *, claim: Claim, at: datetime, outbox: Sequence[OutboxRow]
    ) -> Steps[None]:
        """Put off or park rows, if the claim still has them, and add the rows that report it."""
        changes = [{"of": self.project, "by": claim.owner, **_put_off(one, at)} for one in rows]
        added = [outbox_row(self.project, row) for row in outbox]
        yield from self._write(*writing(_PUT_OFF, changes), *writing(add_rows(self.dialect), added))

    def release(self, rows: Sequence[str], *, claim: Claim) -> Steps[None]:
        """Let other workers have rows that were not sent."""
        yield from self._write(*writing(_RELEASE, self._these(rows, by=claim.owner)))

    def _these(self, rows: Iterable[str], **values: object) -> list[Row]:
        return [{"of": self.project, "which": row, **values} for row in rows]

    def _write(self, *steps: Step) -> Steps[None]:
        begins = self.transactions.begin(self.project, writes=True)
        yield from send(*begins, *steps, *self.transactions.commit(early=False))


def _claimed(row: Row) -> ClaimedRow:
    id, stream, tries = row["id"], row["stream"], row["tries"]
    try:
        read = OUTBOX.read(row["document"], schema=row["schema"], id=id)
    except Corrupt as problem:
        # N1: an unreadable row is claimed as well: the worker parks it, so that later rows of its order can be sent.
        return ClaimedRow(id=id, stream=stream, tries=tries, row=None, problem=problem)
    return ClaimedRow(id=id, stream=stream, tries=tries, row=read)


def _put_off(one: PutOff, at: datetime) -> Row:
    return {
        "which": one.id,
        "new_tries": one.tries,
        "new_try_at": PARKED_UNTIL if one.try_at is None else microseconds(one.try_at),
        "new_parked_at": microseconds(at) if one.try_at is None else None,
        "new_error": one.error,
    }


_PARKED = (*_THIS, outbox.c.parked_at.is_not(None))
_RETRY = (
    outbox.update()
    .where(*_PARKED)
    .values(parked_at=sa.null(), tries=sa.literal_column("0"), try_at=sa.literal_column("0"))
)
_DROP = outbox.update().where(*_PARKED).values(dropped_at=outbox.c.parked_at, try_at=sa.literal_column("0"))


def settle_parked(project: str, *, retried: Sequence[str], dropped: Sequence[str]) -> Iterator[Step]:
    """Let parked rows be sent again, or drop them."""
    yield from writing(_RETRY, [{"of": project, "which": row} for row in retried])
    yield from writing(_DROP, [{"of": project, "which": row} for row in dropped])


@cache
def add_rows(dialect: str) -> sa.Insert:
    """Give the insert of new rows; it skips a letter whose key is stored already (N2)."""
    # `inline`: the sequence number of a row is not fetched
    insert = insert_for(dialect, outbox, "seq", "sent_at", *_STATE).inline()
    return insert.on_conflict_do_nothing(index_elements=["project", "letter_key"])


_STATE = ("tries", "try_at", "owner", "parked_at", "dropped_at", "error")
