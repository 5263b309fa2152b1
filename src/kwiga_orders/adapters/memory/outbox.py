"""The outbox of the store in memory: which rows wait, who has them for how long, and which were sent (N1)."""

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from secrets import token_hex

import attrs

from kwiga_orders.changes import OutboxRow
from kwiga_orders.delivery import Claim, ClaimedRow, ParkedRow, PutOff, stream_of
from kwiga_orders.orders.erasing import cleaned_data

__all__ = ["MemoryOutbox"]


@attrs.frozen(kw_only=True)
class _Held:
    """The state of a row that was claimed, put off or parked. No worker gets it before `try_at`; None: it is parked."""

    owner: str | None = None
    tries: int = 0
    try_at: datetime | None = None
    parked_at: datetime | None = None
    error: str = ""

    def is_free(self, now: datetime) -> bool:
        return self.try_at is not None and self.try_at <= now


@attrs.define
class MemoryOutbox:
    """The rows of one project in the order of writing; `held` knows of those that are not simply waiting."""

    rows: dict[str, OutboxRow] = attrs.field(factory=dict)
    unsent: dict[str, OutboxRow] = attrs.field(factory=dict)
    held: dict[str, _Held] = attrs.field(factory=dict)
    dropped: set[str] = attrs.field(factory=set)
    letter_keys: set[str] = attrs.field(factory=set)

    def copied(self) -> "MemoryOutbox":
        """Give an outbox of its own with the same rows."""
        return MemoryOutbox(
            # Frozen rows are shared; only the collections are copied.
            self.rows.copy(),
            self.unsent.copy(),
            self.held.copy(),
            self.dropped.copy(),
            self.letter_keys.copy(),
        )

    def add(self, row: OutboxRow) -> None:
        """Add a row, unless it is a letter whose key is there already (N2)."""
        if row.kind == "letter":
            # N2: the same fact is told once, whichever command found it.
            if row.key in self.letter_keys:
                return
            self.letter_keys.add(row.key)
        self.rows[row.id] = self.unsent[row.id] = row

    def erase(self, contacts: Container[str]) -> None:
        """Take what was written about these persons out of what events say (V9)."""
        # Letters hold no texts about a person; gateway calls are needed as they are.
        for row in [row for row in self.rows.values() if row.kind == "event" and row.contact in contacts]:
            clean = attrs.evolve(row, data=cleaned_data(row.data))
            self.rows[row.id] = clean
            if row.id in self.unsent:
                self.unsent[row.id] = clean

    def sent(self) -> Iterator[OutboxRow]:
        """Give the rows that were sent."""
        return (row for row in self.rows.values() if row.id not in self.unsent and row.id not in self.dropped)

    def pending(self, limit: int, gateway: str | None) -> tuple[OutboxRow, ...]:
        """Give the oldest rows that wait: those for a gateway, or for the notifier."""
        waiting = (row for row in self.unsent.values() if row.gateway == gateway and not self._is_parked(row.id))
        return tuple(islice(waiting, limit))

    def claim(self, *, now: datetime, until: datetime, limit: int, gateway: str | None) -> Claim:
        """Claim the oldest rows that are free."""
        # A random owner, so that a worker that comes back too late cannot mark what another one has now.
        owner = token_hex(8)
        rows = [*islice(self._free(now, gateway), limit)]
        claimed = []
        for row in rows:
            held = self.held.get(row.id, _Held())
            self.held[row.id] = attrs.evolve(held, owner=owner, try_at=until)
            claimed.append(ClaimedRow(id=row.id, stream=stream_of(row), tries=held.tries, row=row))
        return Claim(owner=owner, until=until, rows=tuple(claimed))

    def _free(self, now: datetime, gateway: str | None) -> Iterator[OutboxRow]:
        """Give the rows that are not claimed and that no earlier row of their order holds up."""
        held_up: set[str] = set()
        for row in self.unsent.values():
            # A row that is held up holds up the later ones of its order, or events would overtake each other (N1).
            if row.gateway != gateway or stream_of(row) in held_up:
                continue
            held = self.held.get(row.id)
            if held is None or held.is_free(now):
                yield row
            else:
                held_up.add(stream_of(row))

    def mark_sent(self, rows: Iterable[str]) -> None:
        """Note that rows were sent."""
        for row in rows:
            self.unsent.pop(row, None)
            # Nothing is remembered of a row that was sent, except that it was.
            self.held.pop(row, None)

    def put_off(self, rows: Iterable[PutOff], claim: Claim, at: datetime) -> None:
        """Put rows off or park them, if the claim still has them."""
        for one in rows:
            if self._is_ours(one.id, claim):
                parked_at = at if one.try_at is None else None
                self.held[one.id] = _Held(tries=one.tries, try_at=one.try_at, parked_at=parked_at, error=one.error)

    def release(self, rows: Iterable[str], claim: Claim) -> None:
        """Let others have rows that were not sent."""
        for row in rows:
            if self._is_ours(row, claim):
                tries = self.held[row].tries
                # Free at once, and with the same number of tries: it was not this row that failed.
                self.held[row] = _Held(tries=tries, try_at=datetime.min.replace(tzinfo=UTC))

    def parked(self) -> Iterator[ParkedRow]:
        """Give the rows that are parked, in the order of writing."""
        for id, row in self.unsent.items():
            held = self.held.get(id)
            if held is not None and held.parked_at is not None:
                yield ParkedRow(
                    id=id,
                    order=stream_of(row),
                    tries=held.tries,
                    error=held.error,
                    parked_at=held.parked_at,
                    gateway=row.gateway,
                    row=row,
                )

    def retry(self, rows: Sequence[str]) -> None:
        """Have parked rows tried again, from the start."""
        for row in filter(self._is_parked, rows):
            # Without a record it is a row that simply waits, with no tries behind it.
            del self.held[row]

    def drop(self, rows: Sequence[str]) -> None:
        """Give parked rows up."""
        for row in filter(self._is_parked, rows):
            del self.held[row], self.unsent[row]
            # Kept apart from what was sent: a dropped row reached nobody.
            self.dropped.add(row)

    def _is_ours(self, row: str, claim: Claim) -> bool:
        held = self.held.get(row)
        return held is not None and held.owner == claim.owner

    def _is_parked(self, row: str) -> bool:
        held = self.held.get(row)
        return held is not None and held.parked_at is not None
