"""What is said in three languages: dates, amounts and plurals as each writes them; reasons, refusals, names (N3)."""

from datetime import UTC, datetime

import pytest
from babel.dates import get_month_names
from babel.numbers import format_currency, format_decimal, get_currency_symbol

from kwiga_orders.access import Entry, EntryKind, Reason, ReasonCode
from kwiga_orders.certificate import Unmet, UnmetCode
from kwiga_orders.errors import (
    AdapterFailed,
    Conflict,
    Corrupt,
    Detail,
    Fault,
    InvalidInput,
    KwigaOrdersError,
    NotFound,
    Refused,
)
from kwiga_orders.locale import LOCALES, Texts, locale_of
from kwiga_orders.locale.catalogue import catalogue_of
from kwiga_orders.locale.formats import figure_text
from kwiga_orders.money import Money
from kwiga_orders.payments import PaymentState, PaymentStatus
from kwiga_orders.periods import Period
from kwiga_orders.project import Contact, Locale, Project

NBSP = "\u00a0"
AT = datetime(2026, 12, 21, 8, 0, tzinfo=UTC)
UK, RU, EN = (Texts(locale, timezone="Europe/Kyiv") for locale in LOCALES)
_THINGS = ("order", "offer", "product", "payment", "payment_option", "funnel", "status", "task", "project")


class TestPlurals:
    """1 день, 3 дні, 5 днів."""

    COUNTS = (0, 1, 2, 5, 11, 21, 22, 25, 111)

    @pytest.mark.parametrize(
        ("locale", "key", "forms"),
        [
            ("uk", "period.days", "днів день дні днів днів день дні днів днів"),
            ("uk", "period.months", "місяців місяць місяці місяців місяців місяць місяці місяців місяців"),
            ("ru", "period.days", "дней день дня дней дней день дня дней дней"),
            ("ru", "period.months", "месяцев месяц месяца месяцев месяцев месяц месяца месяцев месяцев"),
            ("en", "period.days", "days day days days days days days days days"),
            ("en", "period.months", "months month months months months months months months months"),
        ],
    )
    def test_forms(self, locale: Locale, key: str, forms: str) -> None:
        """Each number has the form that goes with it."""
        said = [catalogue_of(locale).count(key, count) for count in self.COUNTS]

        assert said == [f"{count} {form}" for count, form in zip(self.COUNTS, forms.split(), strict=True)]

    def test_periods(self) -> None:
        """A period is in days or in months."""
        assert [UK.period(Period(days=3)), RU.period(Period(months=5)), EN.period(Period(days=1))] == [
            "3 дні",
            "5 месяцев",
            "1 day",
        ]


class TestInstants:
    """Instants are shown in the project's zone, with the month in words."""

    def test_in_three_languages(self) -> None:
        """The day, the month, the year, and the time."""
        assert [texts.instant(AT) for texts in (UK, RU, EN)] == [
            "21 грудня 2026, 10:00",
            "21 декабря 2026, 10:00",
            "21 December 2026, 10:00",
        ]

    def test_zone(self) -> None:
        """The same instant is another local time in another zone, and in summer (T1)."""
        assert Texts("en", timezone="America/New_York").instant(AT) == "21 December 2026, 03:00"
        assert EN.instant(datetime(2026, 7, 1, 21, 30, tzinfo=UTC)) == "2 July 2026, 00:30"

    def test_naive_is_refused(self) -> None:
        """An instant without a zone is no instant (T1)."""
        with pytest.raises(Refused, match=r"time\.naive"):
            EN.instant(datetime(2026, 12, 21, 8, 0))

    @pytest.mark.parametrize("locale", LOCALES)
    def test_months_are_those_of_babel(self, locale: Locale) -> None:
        """Month names are those that CLDR has for dates."""
        names = get_month_names("wide", context="format", locale=locale)

        assert [catalogue_of(locale).get(f"month.{n}") for n in range(1, 13)] == [names[n] for n in range(1, 13)]


class TestAmounts:
    """Amounts are exact, grouped, with the currency where the language has it."""

    @pytest.mark.parametrize(
        ("texts", "amount", "currency", "text"),
        [
            (UK, "1000", "UAH", f"1{NBSP}000,00{NBSP}грн"),
            (RU, "1000", "UAH", f"1{NBSP}000,00{NBSP}грн"),
            (EN, "1000", "UAH", f"UAH{NBSP}1,000.00"),
            (UK, "1234567.5", "USD", f"1{NBSP}234{NBSP}567,50{NBSP}$"),
            (EN, "1234567.5", "USD", "$1,234,567.50"),
            (UK, "-0.50", "EUR", f"-0,50{NBSP}€"),
            (EN, "-0.50", "EUR", "-€0.50"),
            (RU, "0", "PLN", f"0,00{NBSP}zł"),
            (UK, "1500", "JPY", f"1{NBSP}500{NBSP}JPY"),
            (EN, "1.234", "KWD", f"KWD{NBSP}1.234"),
        ],
    )
    def test_amount(self, texts: Texts, amount: str, currency: str, text: str) -> None:
        """As many decimals as the currency has, none rounded (M1)."""
        assert texts.amount(Money.of(amount, currency)) == text

    @pytest.mark.parametrize("locale", LOCALES)
    @pytest.mark.parametrize("figure", ["0.01", "999.00", "1000.00", "-1234567.89"])
    def test_figures_are_those_of_babel(self, locale: Locale, figure: str) -> None:
        """Grouping and decimals are those that CLDR has."""
        said = figure_text(catalogue_of(locale), figure)

        assert said == format_decimal(figure, format="#,##0.00", locale=locale)

    @pytest.mark.parametrize("locale", LOCALES)
    @pytest.mark.parametrize("currency", ["USD", "EUR", "GBP"])
    def test_currencies_are_those_of_babel(self, locale: Locale, currency: str) -> None:
        """The place of the sign is the one that CLDR has; CLDR itself shows Ukrainians codes for foreign money."""
        said = Texts(locale, timezone="UTC").amount(Money.of("-1234.50", currency))
        sign = get_currency_symbol(currency, locale="en")

        assert said == format_currency("-1234.50", currency, locale=locale).replace(currency, sign)


class TestLocales:
    """The contact's language, else the project's, else Ukrainian."""

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            (("en", "ru"), "en"),
            ((None, "ru"), "ru"),
            (("de", "ru"), "ru"),
            (("en-US", "ru"), "en"),
            (("uk_UA",), "uk"),
            (("de", "fr"), "uk"),
            ((), "uk"),
        ],
    )
    def test_locale_of(self, wanted: tuple[str | None, ...], found: Locale) -> None:
        """The first that is known counts."""
        assert locale_of(*wanted) == found

    def test_of_contact(self) -> None:
        """A contact is told in its language and the project's zone."""
        project = Project(id="school", timezone="Europe/Warsaw", currency="PLN", locale="ru")

        assert Texts.of(project, Contact(id="olena", locale="en")) == Texts("en", timezone="Europe/Warsaw")
        assert Texts.of(project, Contact(id="olena")) == Texts.of(project) == Texts("ru", timezone="Europe/Warsaw")

    def test_unknown_zone_is_refused(self) -> None:
        """A zone that there is not is refused at once (T2)."""
        with pytest.raises(Refused, match=r"input\.invalid"):
            Texts("uk", timezone="Europe/Kwiga")


class TestReasons:
    """Why something is closed, in one sentence."""

    DATED = [code for code in ReasonCode if catalogue_of("en").find(f"reason.{code.value}.until")]

    def test_with_its_instant(self) -> None:
        """The instant that belongs to a reason is in its sentence."""
        reason = Reason(ReasonCode.FROZEN, "o1", AT)

        assert [texts.reason(reason) for texts in (UK, RU, EN)] == [
            "Доступ заморожено до 21 грудня 2026, 10:00",
            "Доступ заморожен до 21 декабря 2026, 10:00",
            "Access is frozen until 21 December 2026, 10:00",
        ]

    def test_with_what_is_asked(self) -> None:
        """A payment that is due says how much it asks for, and since when it closes (P8)."""
        reason = Reason(ReasonCode.PAYMENT_DUE, "o1", payment="o1.2", asked=Money(50_000, "UAH"), since=AT)

        assert [texts.reason(reason) for texts in (UK, RU, EN)] == [
            "Доступ закрито з 21 грудня 2026, 10:00, доки не сплачено 500,00\xa0грн",
            "Доступ закрыт с 21 декабря 2026, 10:00, пока не оплачено 500,00\xa0грн",
            "Access has been closed since 21 December 2026, 10:00: a due payment of UAH\xa0500.00 is not paid",
        ]

    def test_with_what_a_checkpoint_waits_for(self) -> None:
        """A checkpoint names the lessons it waits for, if their titles are known (L6)."""
        reason = Reason(ReasonCode.CHECKPOINT, "o1", checkpoint="l2", lessons=("l1", "l2"))

        said = EN.reason(reason, names={"l1": "Hello", "l2": "Loops"})
        assert said == "The lesson opens after a checkpoint, once the practices of these lessons are done: Hello, Loops"
        assert EN.reason(reason) == "The lesson opens after a checkpoint, once the practices before it are done"

    def test_which_are_dated(self) -> None:
        """The reasons that time brings and takes have a sentence with an instant."""
        assert [code.value for code in self.DATED] == [
            "not_started",
            "expired",
            "subscription_lapsed",
            "frozen",
            "delayed",
            "lesson_closed",
        ]

    @pytest.mark.parametrize("code", ReasonCode)
    @pytest.mark.parametrize("locale", LOCALES)
    def test_without_an_instant(self, locale: Locale, code: ReasonCode) -> None:
        """Each can do without, and one that has no place for an instant ignores it."""
        texts = Texts(locale, timezone="UTC")
        plain = texts.reason(Reason(code))

        assert "{" not in plain
        assert (texts.reason(Reason(code, until=AT)) == plain) == (code not in self.DATED)


class TestErrors:
    """Subject, fact, rule."""

    EXCESS = Refused("refund.exceeds_paid", payment="o1.1", asked="2.00", left="1.00", paid="100.00", currency="UAH")

    def test_with_amounts(self) -> None:
        """Amounts are written as amounts."""
        assert UK.error(self.EXCESS).replace(NBSP, " ") == (
            "Повернути 2,00 грн не можна: від платежу на 100,00 грн залишилося 1,00 грн"
        )

    @pytest.mark.parametrize(
        ("code", "details", "text"),
        [
            ("order.cancelled", {"order": 1042}, "Order 1042 is cancelled: it must be reopened first"),
            ("order.cancelled", {"order": "x7-opaque"}, "The order is cancelled: it must be reopened first"),
            ("order.cancelled", {}, "The order is cancelled: it must be reopened first"),
            ("refund.exceeds_paid", {"asked": "2.00"}, "The refund is more than what is left of the payment"),
            (
                "reminder.too_soon",
                {"payment": "o1.1", "again_at": AT.isoformat()},
                "A reminder was sent just now: the next one can be sent after 21 December 2026, 10:00",
            ),
            (
                "status.in_use",
                {"funnel": "vip", "status": "call", "orders": [7, 9], "rules": []},
                "Status “call” is in use: choose where its orders go (7, 9)",
            ),
            (
                "status.in_use",
                {"funnel": "vip", "status": "call", "orders": [], "rules": ["order.paid", "x.called"]},
                "Status “call” is in use: choose where its rules go (Order paid, x.called)",
            ),
            (
                "status.in_use",
                {"funnel": "vip", "status": "call", "orders": [7], "rules": ["order.paid"]},
                "Status “call” is in use: choose where its orders (7) and rules (Order paid) go",
            ),
            ("input.invalid", {"field": "from"}, "The data does not match the format, check: from"),
            ("input.invalid", {"currency": "XXX"}, "The data does not match the format, check: currency"),
            ("input.invalid", {}, "The data does not match the format"),
            ("x.own_rule", {"secret": "hush", "paid_at": "soon"}, "The action was not carried out: x.own_rule"),
            ("reminder.too_soon", {"again_at": None}, "A payment reminder can be sent at most once an hour"),
            (
                "course.unknown_lesson",
                {"product": "python", "ids": ["l7", "l9"]},
                "Course “python” has no such lessons, modules or sections: l7, l9",
            ),
        ],
    )
    def test_fullest_that_can_be_filled(self, code: str, details: dict[str, Detail], text: str) -> None:
        """A fuller sentence is taken when its values are there; an order is named by its number, never by its id."""
        assert EN.error(Refused(code, **details)) == text

    def test_conditions_of_a_certificate(self) -> None:
        """The whole list is told (C2)."""
        unmet: list[Detail] = [
            {"code": "lessons_percent", "have": 50, "need": 100, "test": None},
            {"code": "test", "have": 0, "need": 70, "test": "t1"},
        ]
        refused = Refused("certificate.not_eligible", order=1, product="python", unmet=unmet)

        assert EN.error(refused, names={"t1": "Final test"}) == (
            "The conditions of the certificate are not met yet: 50% of the lessons are completed, 100% are needed; "
            "test “Final test”: the score is 0, at least 70 is needed"
        )

    def test_names_in_place_of_ids(self) -> None:
        """Titles that the host hands in are shown in place of ids."""
        refused = Refused("access.no_end", order=1, product="python")

        assert RU.error(refused, names={"python": "Python с нуля"}) == (
            "Доступ к продукту «Python с нуля» бессрочный, продлевать нечего"
        )

    @pytest.mark.parametrize("what", _THINGS)
    def test_not_found(self, what: str) -> None:
        """What was not found is named, with the id that was asked for."""
        assert "“id7”" in EN.error(NotFound(what, "id7"))

    def test_contacts_stay_unnamed(self) -> None:
        """Hosts may use e-mail addresses as ids of contacts, so these are not shown (K5)."""
        assert UK.error(NotFound("contact", "olena@example.com")) == "Такого контакту в проєкті немає"

    def test_faults_by_their_paths(self) -> None:
        """A document's faults are told by where they are, never by what was written there (K5)."""
        faults = [
            Fault(path="lines.0.price", code="input.invalid", hint="a decimal"),
            Fault(path="contact", code="input.invalid"),
            Fault(path="contact", code="input.invalid"),
        ]
        unknown = [*faults, Fault(path="lines.0.prise", code="input.unknown_field")]

        assert EN.error(InvalidInput(faults)) == "The data does not match the format, check: lines.0.price, contact"
        assert EN.error(InvalidInput(unknown)) == "The data has unknown fields: lines.0.prise"
        assert EN.error(InvalidInput([Fault(path="", code="input.invalid")])) == "The data does not match the format"

    @pytest.mark.parametrize(
        ("error", "text"),
        [
            (AdapterFailed("store.locked", project="p"), "An outside service does not answer now: try again later"),
            (Corrupt("document.unreadable", document="order"), "Stored data contradicts itself: contact support"),
            (Conflict("x.conflict"), "The data has changed in the meantime: load it again and repeat the action"),
            (
                Conflict("order.conflict", order=7, expected=1, found=3),
                "Order 7 has changed in the meantime: the action was based on version 1, but it is now at version 3",
            ),
            (
                Conflict("order.conflict", order="x7", expected=1, found=3),
                "The data has changed in the meantime: load it again and repeat the action",
            ),
        ],
    )
    def test_families(self, error: KwigaOrdersError, text: str) -> None:
        """An error without a sentence of its own says what to do about it, and nothing of what is inside."""
        assert EN.error(error) == text


class TestUnmet:
    """Progress in words (C2)."""

    @pytest.mark.parametrize(
        ("unmet", "text"),
        [
            (Unmet(code=UnmetCode.NO_ACCESS), "Немає доступу до продукту"),
            (Unmet(code=UnmetCode.LESSONS_PERCENT, have=50, need=100), "Пройдено 50% уроків, потрібно 100%"),
            (
                Unmet(code=UnmetCode.REQUIRED_PRACTICES, have=1, need=3),
                "Обов’язкові практичні завдання: зараховано 1 з 3",
            ),
            (
                Unmet(code=UnmetCode.NOT_BEFORE, have="2026-11-01T08:00:00Z", need="2026-12-21T08:00:00Z"),
                "Сертифікат можна отримати з 21 грудня 2026, 10:00",
            ),
            (Unmet(code=UnmetCode.NOT_FULLY_PAID, have="0.50", need="1000.00"), "Сплачено 0,50 грн з 1 000,00 грн"),
        ],
    )
    def test_text(self, unmet: Unmet, text: str) -> None:
        """Instants and amounts are written as such."""
        assert UK.unmet(unmet, currency="UAH").replace(NBSP, " ") == text

    def test_without_a_currency(self) -> None:
        """Amounts whose currency is not known stay figures."""
        unmet = Unmet(code=UnmetCode.NOT_FULLY_PAID, have="-5.00", need="1000.00")

        assert EN.unmet(unmet) == "-5.00 of 1,000.00 is paid"


class TestNames:
    """Statuses, events, entries of a schedule, kinds of letters."""

    @pytest.mark.parametrize(
        ("id", "name", "text"),
        [
            ("new", None, "Нове"),
            ("new", "New", "Нове"),
            ("new", "Новый", "Нове"),
            ("new", "Свіже", "Свіже"),
            ("call", "Очікує\nдзвінка", "Очікує дзвінка"),
            ("call", None, "call"),
        ],
    )
    def test_statuses(self, id: str, name: str | None, text: str) -> None:
        """A status has the name that the school gave it; one that a project is born with is translated (F1, F6)."""
        assert UK.status(id, name) == text

    def test_money(self) -> None:
        """Both the enum and its value are understood."""
        assert UK.payment_status(PaymentStatus.PARTIALLY_PAID) == UK.payment_status("partially_paid")
        assert RU.payment_state(PaymentState.VOID) == RU.payment_state("void") == "Аннулированный"

    def test_events(self) -> None:
        """An event of the host's own keeps its name (F3)."""
        assert [UK.event("order.paid"), UK.event("x.called")] == ["Замовлення оплачено", "x.called"]

    def test_letter_kinds(self) -> None:
        """A kind has a name for the staff (N2)."""
        assert [RU.letter_kind("payment_added"), RU.letter_kind("own")] == ["Новый платеж", "own"]

    def test_entries_behind_a_checkpoint(self) -> None:
        """An entry behind a checkpoint says that it depends on it (L12)."""
        entry = Entry(AT, EntryKind.LESSON_OPENS, "l2", after_checkpoint="l1")

        assert UK.entry(entry, lesson="Цикли") == "Відкривається урок «Цикли», якщо пройдено чекпоінт"

    def test_entries(self) -> None:
        """An entry names its lesson, if its title is known (L12)."""
        entry = Entry(AT, EntryKind.LESSON_OPENS, "l1")

        assert UK.entry(entry) == "Відкривається урок"
        assert UK.entry(entry, lesson="Вступ") == "Відкривається урок «Вступ»"
        assert UK.entry(Entry(AT, EntryKind.ACCESS_ENDS), lesson="Вступ") == "Закривається доступ"
