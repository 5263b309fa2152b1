"""The outbox of the store in memory: which rows wait, which are claimed until when, and which were sent (N1)."""

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
    """The state of a row that was claimed, put off or parked. No worker gets it before `try_at`; None means parked."""

    owner: str | None = None
    tries: int = 0
    try_at: datetime | None = None
    parked_at: datetime | None = None
    error: str = ""

    def is_free(self, now: datetime) -> bool:
        return self.try_at is not None and self.try_at <= now


@attrs.define
class MemoryOutbox:
    """The rows of one project in the order of writing. `held` has an entry for each claimed, put off or parked row."""

    rows: dict[str, OutboxRow] = attrs.field(factory=dict)
    unsent: dict[str, OutboxRow] = attrs.field(factory=dict)
    held: dict[str, _Held] = attrs.field(factory=dict)
    dropped: set[str] = attrs.field(factory=set)
    letter_keys: set[str] = attrs.field(factory=set)

    def copied(self) -> "MemoryOutbox":
        """Give a copy whose collections can be changed alone."""
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
            # N2: one letter for each key, even if several commands add it.
            if row.key in self.letter_keys:
                return
            self.letter_keys.add(row.key)
        self.rows[row.id] = self.unsent[row.id] = row

    def erase(self, contacts: Container[str]) -> None:
        """Remove texts about these contacts from the data of events (V9)."""
        # Letters hold no texts about a person, and gateway calls are carried out unchanged.
        for row in [row for row in self.rows.values() if row.kind == "event" and row.contact in contacts]:
            clean = attrs.evolve(row, data=cleaned_data(row.data))
            self.rows[row.id] = clean
            if row.id in self.unsent:
                self.unsent[row.id] = clean

    def sent(self) -> Iterator[OutboxRow]:
        """Give the rows that were sent."""
        return (row for row in self.rows.values() if row.id not in self.unsent and row.id not in self.dropped)

    def pending(self, limit: int, gateway: str | None) -> tuple[OutboxRow, ...]:
        """Give the oldest rows that wait for `gateway`, or for the notifier if it is None."""
        waiting = (row for row in self.unsent.values() if row.gateway == gateway and not self._is_parked(row.id))
        return tuple(islice(waiting, limit))

    def claim(self, *, now: datetime, until: datetime, limit: int, gateway: str | None) -> Claim:
        """Claim the oldest rows that are free."""
        # Each claim has a random owner, so a worker whose claim ran out cannot mark rows that another one has now.
        owner = token_hex(8)
        rows = [*islice(self._free(now, gateway), limit)]
        claimed = []
        for row in rows:
            held = self.held.get(row.id, _Held())
            self.held[row.id] = attrs.evolve(held, owner=owner, try_at=until)
            claimed.append(ClaimedRow(id=row.id, stream=stream_of(row), tries=held.tries, row=row))
        return Claim(owner=owner, until=until, rows=tuple(claimed))

    def _free(self, now: datetime, gateway: str | None) -> Iterator[OutboxRow]:
        """Give the rows that are not claimed and do not wait for an earlier row of their order."""
        held_up: set[str] = set()
        for row in self.unsent.values():
            # N1: if a row has to wait, later rows of its order wait as well, so that they arrive in order.
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
            # A row that was sent needs no state any more.
            self.held.pop(row, None)

    def put_off(self, rows: Iterable[PutOff], claim: Claim, at: datetime) -> None:
        """Put off or park rows, if the claim still has them."""
        for one in rows:
            if self._is_ours(one.id, claim):
                parked_at = at if one.try_at is None else None
                self.held[one.id] = _Held(tries=one.tries, try_at=one.try_at, parked_at=parked_at, error=one.error)

    def release(self, rows: Iterable[str], claim: Claim) -> None:
        """Let other workers have rows that were not sent."""
        for row in rows:
            if self._is_ours(row, claim):
                tries = self.held[row].tries
                # Free at once, with the same number of tries, because this row did not fail.
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
        """Let parked rows be sent again, with no tries counted."""
        for row in filter(self._is_parked, rows):
            # A row without an entry is a row that waits and was never tried.
            del self.held[row]

    def drop(self, rows: Sequence[str]) -> None:
        """Drop parked rows: they will not be sent."""
        for row in filter(self._is_parked, rows):
            del self.held[row], self.unsent[row]
            # Kept apart from rows that were sent, because a dropped row reached nobody.
            self.dropped.add(row)

    def _is_ours(self, row: str, claim: Claim) -> bool:
        held = self.held.get(row)
        return held is not None and held.owner == claim.owner

    def _is_parked(self, row: str) -> bool:
        held = self.held.get(row)
        return held is not None and held.parked_at is not None
