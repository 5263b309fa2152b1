"""Letters as they are read: what each says, what is left out, what is refused."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from kwiga_orders.changes import OutboxRow
from kwiga_orders.errors import Corrupt
from kwiga_orders.letter_kinds import LETTER_KINDS
from kwiga_orders.locale import LOCALES, LetterFacts, LetterText, Texts
from kwiga_orders.project import Locale

AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
PAST, SOON, LATER = "2026-10-01T07:00:00+00:00", "2026-12-01T08:00:00+00:00", "2026-12-21T08:00:00+00:00"
FACTS = LetterFacts(
    school="Школа Олени", titles={"python": "Python з нуля", "sql": "SQL"}, link="https://school.example/go"
)
DATA: Mapping[str, object] = {
    "number": 1042,
    "payment": "o1.1",
    "amount": "1000.00",
    "currency": "UAH",
    "due_at": SOON,
    "paid_at": PAST,
    "starts_at": SOON,
    "ends_at": LATER,
    "products": [{"product": "python", "starts_at": PAST, "ends_at": LATER}],
    "certificate": 12,
}
UK, RU, EN = (Texts(locale, timezone="Europe/Kyiv") for locale in LOCALES)


def row(kind: str, **changed: object) -> OutboxRow:
    """Give a row with all that a letter may need; a value that is changed to None is left out."""
    data = {name: value for name, value in {**DATA, **changed}.items() if value is not None}
    return OutboxRow(id="o1:1", kind="letter", name=kind, order="o1", contact="olena", at=AT, key="k", data=data)


def plain(letter: LetterText) -> tuple[str, list[str]]:
    """Give the subject, and the lines of the body between greeting and signature, with ordinary spaces."""
    lines = letter.body.replace("\u00a0", " ").split("\n")
    return letter.subject.replace("\u00a0", " "), lines[2:-3]


class TestEachKind:
    """What a contact reads."""

    @pytest.mark.parametrize(
        ("kind", "subject", "lines"),
        [
            (
                "payment_added",
                "Новий платіж за замовленням № 1042",
                [
                    "До замовлення № 1042 додано платіж: 1 000,00 грн.",
                    "Сплатити його потрібно до 1 грудня 2026, 10:00.",
                    "Оплатити: https://school.example/go",
                ],
            ),
            (
                "payment_reminder",
                "Нагадуємо про оплату замовлення № 1042",
                [
                    "Замовлення № 1042 очікує на оплату: 1 000,00 грн.",
                    "Строк оплати: 1 грудня 2026, 10:00.",
                    "Оплатити: https://school.example/go",
                    "Якщо ви вже оплатили, не зважайте на цей лист.",
                ],
            ),
            (
                "payment_succeeded",
                "Оплату за замовленням № 1042 отримано",
                [
                    "Ми отримали вашу оплату за замовленням № 1042: 1 000,00 грн.",
                    "Час оплати: 1 жовтня 2026, 10:00.",
                ],
            ),
            (
                "payment_failed",
                "Оплата замовлення № 1042 не пройшла",
                [
                    "Спроба оплатити 1 000,00 грн за замовленням № 1042 не вдалася.",
                    "Спробувати ще раз: https://school.example/go",
                    "Якщо кошти все ж списано, напишіть нам.",
                ],
            ),
            (
                "access_granted",
                "Ваш доступ: «Python з нуля»",
                [
                    "За замовленням № 1042 вам надано доступ:",
                    "• «Python з нуля» — до 21 грудня 2026, 10:00",
                    "Перейти до навчання: https://school.example/go",
                ],
            ),
            (
                "access_frozen",
                "Доступ заморожено: «Python з нуля»",
                [
                    "Доступ до «Python з нуля» заморожено з 1 грудня 2026, 10:00 до 21 грудня 2026, 10:00.",
                    "Цей час не зараховується до строку доступу.",
                ],
            ),
            (
                "access_unfrozen",
                "Доступ розморожено: «Python з нуля»",
                ["Заморозку знято. Ваш доступ:", "• «Python з нуля» — до 21 грудня 2026, 10:00"],
            ),
            (
                "access_extended",
                "Доступ продовжено: «Python з нуля»",
                ["Доступ продовжено:", "• «Python з нуля» — до 21 грудня 2026, 10:00"],
            ),
            (
                "access_expiring",
                "Скоро закінчиться доступ: «Python з нуля»",
                [
                    "Скоро закінчиться ваш доступ:",
                    "• «Python з нуля» — до 21 грудня 2026, 10:00",
                    "Продовжити доступ: https://school.example/go",
                ],
            ),
            (
                "access_expired",
                "Доступ закінчився: «Python з нуля»",
                [
                    "Ваш доступ закінчився:",
                    "• «Python з нуля» — до 21 грудня 2026, 10:00",
                    "Продовжити доступ: https://school.example/go",
                ],
            ),
            (
                "free_offer_accepted",
                "Замовлення № 1042 оформлено",
                ["Замовлення № 1042 оформлено, платити за нього не потрібно: «Python з нуля»."],
            ),
            (
                "refund_made",
                "Повернення коштів за замовленням № 1042",
                ["За замовленням № 1042 вам повернено 1 000,00 грн."],
            ),
            (
                "subscription_renewed",
                "Підписку поновлено: «Python з нуля»",
                [
                    "Ми отримали вашу оплату 1 000,00 грн: підписку за замовленням № 1042 поновлено.",
                    "Ваш доступ:",
                    "• «Python з нуля» — до 21 грудня 2026, 10:00",
                ],
            ),
            (
                "certificate_issued",
                "Ваш сертифікат: «Python з нуля»",
                ["Вам видано сертифікат № 12: «Python з нуля».", "Переглянути сертифікат: https://school.example/go"],
            ),
        ],
    )
    def test_in_ukrainian(self, kind: str, subject: str, lines: list[str]) -> None:
        """The whole letter, between greeting and signature."""
        assert plain(UK.letter(row(kind), FACTS)) == (subject, lines)

    @pytest.mark.parametrize("kind", LETTER_KINDS)
    @pytest.mark.parametrize("locale", LOCALES)
    def test_in_every_language(self, locale: Locale, kind: str) -> None:
        """No place for a value stays empty, and the school signs."""
        letter = Texts(locale, timezone="Europe/Kyiv").letter(row(kind), FACTS)

        assert not {"{", "}"} & set(letter.subject + letter.body)
        assert letter.body.endswith("\n\nШкола Олени\n")

    def test_whole(self) -> None:
        """A letter is a greeting, what it tells, and a signature."""
        assert EN.letter(row("refund_made", currency="USD"), FACTS) == LetterText(
            subject="Refund for order 1042",
            body="Hello,\n\n$1,000.00 was refunded to you for order 1042.\n\nШкола Олени\n",
        )


class TestWindows:
    """From when, if that is still to come, and until when."""

    @pytest.mark.parametrize(
        ("starts_at", "ends_at", "text"),
        [
            (PAST, LATER, "• “SQL” — until 21 December 2026, 10:00"),
            (PAST, None, "• “SQL” — with no end"),
            (SOON, LATER, "• “SQL” — from 1 December 2026, 10:00 until 21 December 2026, 10:00"),
            (SOON, None, "• “SQL” — from 1 December 2026, 10:00, with no end"),
        ],
    )
    def test_of_a_product(self, starts_at: str, ends_at: str | None, text: str) -> None:
        """Access opens at its start and closes at its end (T4)."""
        products = [{"product": "sql", "starts_at": starts_at, "ends_at": ends_at}]

        assert plain(EN.letter(row("access_granted", products=products), FACTS))[1][1] == text

    def test_of_several_products(self) -> None:
        """One letter tells of all products, each with its own window; one without a title is named by its id."""
        products = [
            {"product": "python", "starts_at": PAST, "ends_at": None},
            {"product": "excel", "starts_at": PAST, "ends_at": LATER},
        ]
        letter = RU.letter(row("access_extended", products=products), FACTS)

        assert plain(letter) == (
            "Доступ продлен: «Python з нуля», «excel»",
            [
                "Доступ продлен:",
                "• «Python з нуля» — без ограничения по времени",
                "• «excel» — до 21 декабря 2026, 10:00",
            ],
        )

    def test_of_a_freeze(self) -> None:
        """A freeze that has begun is told by its end alone."""
        letter = EN.letter(row("access_frozen", starts_at=AT.isoformat()), FACTS)

        assert plain(letter)[1][0] == "Access to “Python з нуля” is frozen until 21 December 2026, 10:00."


class TestWhatIsNotKnown:
    """A line about it is left out; a letter that lacks what it is about is refused."""

    def test_host_says_nothing(self) -> None:
        """Without a link, a school's name and titles there still is a letter."""
        letter = UK.letter(row("access_granted"))

        assert letter.body.replace("\u00a0", " ") == (
            "Добрий день.\n\nЗа замовленням № 1042 вам надано доступ:\n• «python» — до 21 грудня 2026, 10:00\n"
        )

    @pytest.mark.parametrize("due_at", [PAST, AT.isoformat(), None])
    def test_due_at_once(self, due_at: str | None) -> None:
        """What is due at once, or was due, has no date to pay by."""
        lines = plain(EN.letter(row("payment_added", due_at=due_at), FACTS))[1]

        assert lines == ["A payment was added to order 1042: UAH 1,000.00.", "Pay here: https://school.example/go"]

    @pytest.mark.parametrize(
        ("kind", "lacking"),
        [("refund_made", "amount"), ("payment_added", "number"), ("access_granted", "products")],
    )
    def test_is_refused(self, kind: str, lacking: str) -> None:
        """A letter is never sent with a hole in it."""
        with pytest.raises(Corrupt, match=r"letter\.incomplete") as caught:
            EN.letter(row(kind, **{lacking: None}), FACTS)

        assert lacking in str(caught.value.details["lacking"])

    def test_window_is_refused(self) -> None:
        """A product whose window is not told is not said to be open for ever."""
        with pytest.raises(Corrupt, match=r"letter\.incomplete"):
            EN.letter(row("access_granted", products=[{"product": "python"}]), FACTS)

    def test_unknown_kind_is_refused(self) -> None:
        """An event is no letter."""
        with pytest.raises(Corrupt, match=r"text\.missing"):
            EN.letter(row("order.paid"), FACTS)


class TestValuesOfTheHost:
    """They are one line of plain text, whatever is in them."""

    def test_no_new_lines(self) -> None:
        """A title cannot add a header to a letter, or lines to its body."""
        facts = LetterFacts(titles={"python": "Python\r\nBcc: all@example.com\x00\u2028\u202e"})
        letter = EN.letter(row("access_granted"), facts)

        assert letter.subject == "Your access: “Python Bcc: all@example.com”"
        assert len(letter.body.split("\n")) == 5

    def test_no_places_for_values(self) -> None:
        """Braces in a title are braces."""
        facts = LetterFacts(titles={"python": "{link} {number.__class__}"}, link="https://school.example")

        assert EN.letter(row("access_granted"), facts).subject == "Your access: “{link} {number.__class__}”"

    def test_emoji_stay_whole(self) -> None:
        """Joined emoji are one sign to a reader."""
        facts = LetterFacts(titles={"python": "Python 👩\u200d💻"})

        assert EN.letter(row("access_granted"), facts).subject == "Your access: “Python 👩\u200d💻”"
