"""Any number of contacts, each with a name, an e-mail and a phone; names repeat, as in reality."""

from itertools import product

from kwiga_orders.project import Contact

__all__ = ["contact_id", "person"]

_FIRST = (
    ("Олена", "olena"), ("Тарас", "taras"), ("Марія", "maria"), ("Ігор", "ihor"), ("Оксана", "oksana"),
    ("Андрій", "andrii"), ("Наталія", "nataliia"), ("Богдан", "bohdan"), ("Ірина", "iryna"), ("Юрій", "yurii"),
    ("Софія", "sofiia"), ("Максим", "maksym"), ("Анна", "anna"), ("Дмитро", "dmytro"), ("Вікторія", "viktoriia"),
    ("Роман", "roman"), ("Людмила", "liudmyla"), ("Сергій", "serhii"), ("Катерина", "kateryna"), ("Павло", "pavlo"),
)  # fmt: skip
_ROOTS = (
    ("Коваль", "koval"), ("Шевч", "shevch"), ("Бонд", "bond"), ("Ткач", "tkach"), ("Мельн", "meln"),
    ("Кравч", "kravch"), ("Олійн", "oliin"), ("Поліщ", "polishch"), ("Лис", "lys"), ("Марч", "march"),
    ("Рудн", "rudn"), ("Савч", "savch"), ("Гонч", "honch"), ("Петр", "petr"), ("Климч", "klymch"),
    ("Харч", "kharch"), ("Мороз", "moroz"), ("Заха", "zakha"), ("Юрч", "yurch"), ("Васил", "vasyl"),
)  # fmt: skip
_ENDINGS = (
    ("енко", "enko"), ("ук", "uk"), ("аренко", "arenko"), ("ик", "yk"), ("чук", "chuk"), ("ишин", "yshyn"),
    ("івський", "ivskyi"), ("ець", "ets"), ("як", "iak"), ("юк", "iuk"),
)  # fmt: skip
_SURNAMES = [(root + ending, latin + end) for (root, latin), (ending, end) in product(_ROOTS, _ENDINGS)]


def contact_id(number: int) -> str:
    """Give the id of a contact."""
    return f"contact-{number}"


def person(number: int) -> Contact:
    """Give a contact. The numbers are spread, so that contacts with the same name are not next to each other."""
    spread = number * 7919
    first, latin = _FIRST[spread % len(_FIRST)]
    surname, latin_surname = _SURNAMES[spread // len(_FIRST) % len(_SURNAMES)]
    return Contact(
        id=contact_id(number),
        name=f"{first} {surname}",
        email=f"{latin}.{latin_surname}.{number}@mail{number % 40}.example",
        phone=f"+38067{number * 104_729 % 10_000_000:07}",
        locale="uk",
    )
