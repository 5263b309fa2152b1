"""Instants, amounts and periods in the format of a language.

The patterns are in the catalogues, and tests compare them with Babel's tables. Babel is not used at run time, because
its texts change with its version and it rounds amounts, which must stay exact (M1).
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from kwiga_orders.locale.catalogue import Catalogue
from kwiga_orders.money import Money
from kwiga_orders.periods import Period, utc

__all__ = ["amount_text", "day_text", "figure_text", "instant_text", "one_line", "period_text", "quoted"]

_JOINERS = "\u200c\u200d"  # joiners that keep letters and emoji together


def instant_text(words: Catalogue, at: datetime, *, zone: ZoneInfo) -> str:
    """Write an instant in the local time of `zone`: 21 грудня 2026, 10:00.

    Raises:
        Refused: `time.naive` (T1).
    """
    local = utc(at).astimezone(zone)
    month = words.get(f"month.{local.month}")
    return words.say("format.instant", day=local.day, month=month, year=local.year, time=f"{local:%H:%M}")


def day_text(words: Catalogue, at: datetime, *, zone: ZoneInfo) -> str:
    """Write the day of an instant by the calendar of `zone`: 21 грудня 2026.

    Raises:
        Refused: `time.naive` (T1).
    """
    local = utc(at).astimezone(zone)
    return words.say("format.day", day=local.day, month=words.get(f"month.{local.month}"), year=local.year)


def amount_text(words: Catalogue, money: Money) -> str:
    """Write an amount with its currency: 1 000,00 грн."""
    # the minus comes before the whole text: "-1 000,00 грн", "-$1,000.00"
    sign, figure = _signed(money.amount)
    template = words.find(f"currency.{money.currency}") or words.get("currency.other")
    return sign + template.format(amount=_grouped(words, figure), currency=money.currency)


def figure_text(words: Catalogue, figure: str) -> str:
    """Write a decimal figure, given in the format of the wire, without a currency: 1 000,00."""
    sign, figure = _signed(figure)
    return sign + _grouped(words, figure)


def _signed(figure: str) -> tuple[str, str]:
    return ("-", figure[1:]) if figure.startswith("-") else ("", figure)


def _grouped(words: Catalogue, figure: str) -> str:
    whole, point, decimals = figure.partition(".")
    # Python groups by commas; the catalogue has the separator of the language.
    grouped = f"{int(whole):,}".replace(",", words.get("format.group"))
    return f"{grouped}{words.get('format.decimal')}{decimals}" if point else grouped


def period_text(words: Catalogue, period: Period) -> str:
    """Write a period: 7 днів, 1 місяць."""
    if period.days:
        return words.count("period.days", period.days)
    return words.count("period.months", period.months)


def one_line(value: str) -> str:
    """Make one line of a host's value, without control characters, so that it cannot break a text or a subject."""
    return " ".join("".join(sign if sign.isprintable() or sign in _JOINERS else " " for sign in value).split())


def quoted(words: Catalogue, value: str) -> str:
    """Write a title from the host in the quotation marks of the language: «Python»."""
    return words.say("format.quoted", text=one_line(value))
