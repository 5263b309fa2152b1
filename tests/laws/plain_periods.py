"""The periods of a subscription, kept from day to day by somebody with a calendar: no walk, no facts, just what holds.

It knows UTC only, so days are 24 hours. Whatever happens is done to the periods there are, as it happens.
"""

from datetime import datetime, timedelta

import attrs
from dateutil.relativedelta import relativedelta

__all__ = ["PlainPeriod", "PlainPeriods"]

Step = relativedelta


@attrs.define
class PlainPeriod:
    """A paid period. Its end is `count` steps after `anchor`."""

    starts_at: datetime
    anchor: datetime
    count: int
    is_trial: bool = False
    lost: bool = False

    def ends_at(self, every: Step) -> datetime:
        """Its end."""
        return self.anchor + every * self.count


@attrs.define
class PlainPeriods:
    """What is known at an instant."""

    every: Step
    grace: timedelta
    next_at: datetime
    next_anchor: datetime
    next_count: int = 0
    periods: list[PlainPeriod] = attrs.field(factory=list)
    unpaid: bool = True
    stopped: bool = False
    made: int = 1

    def begins_with_trial(self, now: datetime) -> None:
        """Begin with a trial: nothing is made before it ends."""
        self.periods.append(PlainPeriod(now, self.next_at, 0, is_trial=True))
        self.unpaid, self.made = False, 0

    def copied(self) -> "PlainPeriods":
        """Give what is known now, to come back to."""
        return attrs.evolve(self, periods=[attrs.evolve(one) for one in self.periods])

    def is_active(self) -> bool:
        """Whether anything was paid, or there was a trial."""
        return bool(self.periods)

    def paid(self) -> list[PlainPeriod]:
        """The periods that were paid and not given back."""
        return [one for one in self.periods if not one.lost and not one.is_trial]

    def has_ended(self, now: datetime) -> bool:
        """Whether access has ended for good, as far as is paid."""
        covered = self.covered()
        return covered is None or covered + self.grace <= now

    def covered(self) -> datetime | None:
        """The end of the last period that counts."""
        counting = [one for one in self.periods if not one.lost]
        return counting[-1].ends_at(self.every) if counting else None

    def is_lapsed(self, now: datetime) -> bool:
        """Whether no period that counts is running, nor its grace."""
        return not any(
            one.starts_at <= now < one.ends_at(self.every) + self.grace for one in self.periods if not one.lost
        )

    def makes(self, now: datetime, *, early: bool) -> None:
        """Make the payment of the next period, if that may be."""
        if self.may_be_made() and (early or self.next_at <= now):
            self.unpaid, self.made = True, self.made + 1

    def may_be_made(self) -> bool:
        """Whether the next payment is made at all."""
        return bool(self.periods) and not self.unpaid and not self.stopped

    def pays(self, now: datetime) -> None:
        """Pay the period that is unpaid."""
        self.unpaid = False
        covered = self.covered()
        if now > self.next_at and (covered is None or covered + self.grace <= now):
            self._begins(now)
        self.periods.append(PlainPeriod(self.next_at, self.next_anchor, self.next_count + 1))
        self.next_count += 1
        self.next_at = self.periods[-1].ends_at(self.every)

    def forgives(self) -> None:
        """Void the period that is unpaid: it passes."""
        self.unpaid = False
        self.next_count += 1
        self.next_at = self.next_anchor + self.every * self.next_count

    def gives_back(self, number: int) -> None:
        """Give a period back in full; of the last one, renewal stops."""
        counting = self.paid()
        if counting[number] is counting[-1]:
            self.stops()
        counting[number].lost = True

    def stops(self) -> None:
        """Stop the renewal."""
        if self.unpaid:
            self.forgives()
        self.stopped = True

    def resumes(self, now: datetime) -> None:
        """Resume it: the next period begins at paid-through or now."""
        self.stopped = False
        counting = [one for one in self.periods if not one.lost]
        if counting and now <= counting[-1].ends_at(self.every):
            last = counting[-1]
            self.next_at, self.next_anchor, self.next_count = last.ends_at(self.every), last.anchor, last.count
        else:
            self._begins(now)

    def extends(self, now: datetime, by: Step) -> None:
        """Move the end of the running period; if access ended, it opens from now."""
        counting = [one for one in self.periods if not one.lost]
        later = [one for one in counting if one.starts_at > now]
        running = [one for one in counting if one.starts_at <= now]
        if not running:
            self.periods.append(PlainPeriod(now, now + by, 0, is_trial=True))
            self._not_before(now + by)
            return
        end = running[-1].ends_at(self.every)
        moved = (end if now < end + self.grace else now) + by
        self._moves(running[-1], moved, later, shifts=now < end + self.grace)

    def freezes(self, now: datetime, length: timedelta) -> None:
        """Move the end of the running period by what is frozen from now on."""
        counting = [one for one in self.periods if not one.lost]
        running = [one for one in counting if one.starts_at <= now][-1]
        later = [one for one in counting if one.starts_at > now]
        self._moves(running, running.ends_at(self.every) + length, later, shifts=True)

    def _moves(self, period: PlainPeriod, end: datetime, later: list[PlainPeriod], *, shifts: bool) -> None:
        if self.next_at == period.ends_at(self.every) or (shifts and self._follows(period)):
            passing = self.next_count - (later[-1] if later else period).count
            self.next_anchor, self.next_count = end, passing + len(later)
            self.next_at = end + self.every * self.next_count
        else:
            self._not_before(end)
        period.anchor, period.count = end, 0
        for number, one in enumerate(later):
            one.starts_at, one.anchor, one.count = end + self.every * number, end, number + 1

    def _follows(self, period: PlainPeriod) -> bool:
        """Whether the next period is counted on from a period: nothing was lost, or begun anew, in between."""
        return period.anchor == self.next_anchor and not any(
            one.lost for one in self.periods[self.periods.index(period) :]
        )

    def _begins(self, now: datetime) -> None:
        self.next_at, self.next_anchor, self.next_count = now, now, 0

    def _not_before(self, at: datetime) -> None:
        if self.next_at < at:
            self._begins(at)
