"""The names of a new project's funnel and statuses in its locale (F1, F6, F8); the school may rename them.

No rule reads these names. They are data, as if the school had typed them.
"""

from collections.abc import Mapping
from typing import Final

from kwiga_orders.project import Locale

__all__ = ["FUNNEL_NAMES", "STATUS_NAMES"]

FUNNEL_NAMES: Final[Mapping[Locale, str]] = {"uk": "Основна", "ru": "Основная", "en": "Default"}
"""The default funnel."""

STATUS_NAMES: Final[Mapping[str, Mapping[Locale, str]]] = {
    "new": {"uk": "Нове", "ru": "Новый", "en": "New"},
    "paid": {"uk": "Оплачено", "ru": "Оплачен", "en": "Paid"},
    "subscription": {"uk": "Підписка", "ru": "Подписка", "en": "Subscription"},
    "partially_paid": {"uk": "Частково оплачено", "ru": "Частично оплачен", "en": "Partially paid"},
    "refund": {"uk": "Повернення", "ru": "Возврат", "en": "Refund"},
    "full_refund": {"uk": "Повне повернення", "ru": "Полный возврат", "en": "Full refund"},
}
"""The statuses of the default funnel, by id."""
