"""`Texts` writes everything that the library answers in one language."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.access import Entry, Reason
from kwiga_orders.certificate import Unmet
from kwiga_orders.changes import OutboxRow
from kwiga_orders.errors import Fault, KwigaOrdersError
from kwiga_orders.locale.catalogue import LOCALES, Catalogue, catalogue_of, locale_of
from kwiga_orders.locale.formats import amount_text, day_text, instant_text, one_line, period_text
from kwiga_orders.locale.hints import hint_in
from kwiga_orders.locale.letters import LetterFacts, Letters, LetterText
from kwiga_orders.locale.refusals import Refusals
from kwiga_orders.money import Money
from kwiga_orders.payments import PaymentState, PaymentStatus
from kwiga_orders.periods import Period, zone_named
from kwiga_orders.project import Contact, Locale, Project
from kwiga_orders.reconciliation import Disagreement, Reconciliation

__all__ = ["Texts"]


@attrs.frozen
class Texts:
    """Writes texts in `locale`, with instants in the local time of `timezone`, an IANA zone.

        texts = Texts.of(project, contact)
        texts.reason(reason)    # Доступ заморожено до 21 грудня 2026, 10:00
        texts.error(refused)    # Повернути 2,00 грн не можна: від платежу на 100,00 грн залишилося 1,00 грн

    Sentences begin with a capital letter and have no full stop, so they can stand alone, in a list or in a sentence.

    Raises:
        Refused: `input.invalid` if there is no such zone.
    """

    locale: Locale
    timezone: str = attrs.field(kw_only=True)
    _zone: ZoneInfo = attrs.field(init=False, eq=False, repr=False)
    _words: Catalogue = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        # The class is frozen, so derived fields are set without the usual assignment.
        object.__setattr__(self, "_zone", zone_named(self.timezone))
        object.__setattr__(self, "_words", catalogue_of(self.locale))

    @classmethod
    def of(cls, project: Project, contact: Contact | None = None) -> "Texts":
        """Give the texts for a contact: in its language, else the project's, else Ukrainian; in the project's zone."""
        wanted = None if contact is None else contact.locale
        return cls(locale_of(wanted, project.locale), timezone=project.timezone)

    def instant(self, at: datetime) -> str:
        """Write an instant: 21 грудня 2026, 10:00."""
        return instant_text(self._words, at, zone=self._zone)

    def amount(self, money: Money) -> str:
        """Write an amount: 1 000,00 грн."""
        return amount_text(self._words, money)

    def period(self, period: Period) -> str:
        """Write a period: 7 днів, 1 місяць."""
        return period_text(self._words, period)

    def reason(self, reason: Reason, *, names: Mapping[str, str] | None = None) -> str:
        """Say why a product or a lesson is closed, with dates and amounts if the reason has them (A5, L4).

        `names` has the titles of lessons; with them the text of a checkpoint lists the lessons it waits for.
        """
        key = f"reason.{reason.code.value}"
        if reason.asked is not None and reason.since is not None:
            return self._words.get(f"{key}.asked").format(
                asked=self.amount(reason.asked), since=self.instant(reason.since)
            )
        if reason.lessons and names is not None:
            titles = ", ".join(one_line(names.get(lesson, lesson)) for lesson in reason.lessons)
            return self._words.get(f"{key}.lessons").format(lessons=titles)
        dated = None if reason.until is None else self._words.find(f"{key}.until")
        if reason.until is None or dated is None:
            return self._words.get(key)
        return dated.format(until=self.instant(reason.until))

    def error(self, error: KwigaOrdersError, *, names: Mapping[str, str] | None = None) -> str:
        """Say what went wrong: subject, fact, rule (K5). `names` has titles to show instead of ids."""
        return self._refusals(names).sentence(error)

    def hint(self, fault: Fault) -> str:
        """Say what is expected in place of a fault (K5); a host's own hint stays as it is."""
        return hint_in(self._words, fault.hint)

    def unmet(self, unmet: Unmet, *, currency: str | None = None, names: Mapping[str, str] | None = None) -> str:
        """Say which condition of a certificate is not met, and the progress so far (C2); amounts are in `currency`."""
        return self._refusals(names).unmet(unmet, currency)

    def _refusals(self, names: Mapping[str, str] | None) -> Refusals:
        return Refusals(words=self._words, zone=self._zone, names=names or {})

    def status(self, id: str, name: str | None = None) -> str:
        """Give the name of a funnel's status: the school's own name, or a translated one for a default status (F1).

        A default status is translated by its id if `name` is None or still one of the default names in any language.
        """
        ours = self._words.find(f"status.{id}")
        # A renamed status keeps the school's name; one with a default name is shown in the reader's language.
        if ours is not None and (name is None or name in _said(f"status.{id}")):
            return ours
        return one_line(name or id)

    def payment_status(self, status: PaymentStatus | str) -> str:
        """Give the name of an order's payment status (P7)."""
        return self._words.get(f"payment_status.{PaymentStatus(status).value}")

    def payment_state(self, state: PaymentState | str) -> str:
        """Give the name of a payment's state (P2)."""
        return self._words.get(f"payment_state.{PaymentState(state).value}")

    def event(self, name: str) -> str:
        """Give the name of an event, such as `order.paid`; an event of the host has no translation (F3)."""
        return self._words.find(f"event.{name}") or one_line(name)

    def entry(self, entry: Entry, *, lesson: str | None = None) -> str:
        """Say what happens at an entry of a schedule (L12); `lesson` is the title of its lesson."""
        key = f"schedule.{entry.what.value}"
        named = None if lesson is None else self._words.find(f"{key}.lesson")
        said = self._words.get(key) if lesson is None or named is None else named.format(lesson=one_line(lesson))
        if entry.after_checkpoint is None:
            return said
        return self._words.get("schedule.after_checkpoint").format(entry=said)

    def letter_kind(self, kind: str) -> str:
        """Give the name of a kind of letter, such as `payment_added` (N2)."""
        return self._words.find(f"letter_kind.{kind}") or one_line(kind)

    def scene(self, name: str) -> str:
        """Give the caption of a scene of the demo."""
        return self._words.get(f"scene.{name}")

    def reconciled(self, reconciliation: Reconciliation) -> list[str]:
        """Report the comparison of a day at a gateway with the orders: a heading, then one line per difference."""
        day = day_text(self._words, reconciliation.starts_at, zone=self._zone)
        compared, count = reconciliation.compared, len(reconciliation.disagreements)
        gateway = one_line(reconciliation.gateway)
        head = self._words.say("reconciled.day", gateway=gateway, day=day, compared=compared, count=count)
        return [head, *map(self._disagreement, reconciliation.disagreements)]

    def _disagreement(self, one: Disagreement) -> str:
        here, there = one.here, one.there
        values = {
            "what": self._words.get(f"reconciled.{one.kind}"),
            "reference": one_line(one.reference),
            "order": "" if here is None else here.number,
            "here": "" if here is None else self.amount(here.amount),
            "here_outcome": "" if here is None else self._words.get(f"outcome.{here.outcome.value}"),
            "there": "" if there is None or there.amount is None else self.amount(there.amount),
            "there_outcome": "" if there is None else self._words.get(f"outcome.{there.outcome.value}"),
        }
        return self._words.get(f"reconciled.{one.difference}").format_map(values)

    def letter(self, row: OutboxRow, facts: LetterFacts | None = None) -> LetterText:
        """Write a letter of the outbox (N2). `facts` are those that only the host knows; they may be left out.

        Raises:
            Corrupt: `text.missing` for a kind without texts, `letter.incomplete` if its row lacks a value.
        """
        return Letters(words=self._words, zone=self._zone).written(row, facts or LetterFacts())


def _said(key: str) -> set[str | None]:
    return {catalogue_of(locale).find(key) for locale in LOCALES}
