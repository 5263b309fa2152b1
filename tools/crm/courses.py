"""The courses, offers and staff of the school of `make crm`, as documents of the wire."""

from typing import Any

__all__ = ["COURSES", "FUNNEL", "OFFERS", "PEOPLE", "PROJECT"]

Document = dict[str, Any]

PROJECT: Document = {
    "id": "school",
    "timezone": "Europe/Kyiv",
    "currency": "UAH",
    "locale": "uk",
    "grace": {"days": 2},
    "gateway": "wayforpay",
    "remind_before": {"days": 3},
    "quiet_hours": {"from": "21:00", "until": "09:00"},
}
PEOPLE = {"iryna": "Ірина Бойко", "maksym": "Максим Гнатюк", "oksana": "Оксана Лисенко", "andrii": "Андрій Поліщук"}


def _module(id: str, title: str, lessons: list[tuple[str, str]], **settings: Any) -> Document:
    return {"id": id, "title": title, "lessons": [{"id": one, "title": name} for one, name in lessons], **settings}


def _python() -> Document:
    """A course with delays, a checkpoint after a practice, and a certificate."""
    start = _module(
        "start", "Перші кроки", [("hello", "Привіт, Python"), ("types", "Числа й рядки"), ("loops", "Цикли")]
    )
    start["lessons"][2] |= {
        "practices": [{"id": "loops-task", "required": True, "review": "curator"}],
        "checkpoint": {"release_on": "accepted"},
    }
    week = {"kind": "after", "period": {"days": 7}, "at": "09:00"}
    deep = _module("deep", "Глибше", [("functions", "Функції"), ("files", "Файли"), ("classes", "Класи")], delay=week)
    deep["lessons"][2] |= {"tests": ["final"]}
    month = {"kind": "after", "period": {"months": 1}}
    project = _module("project", "Власний проєкт", [("idea", "Ідея"), ("defence", "Захист")], delay=month)
    certificate = {"kind": "when", "lessons_percent": 80, "required_practices": True, "tests": {"final": 60}}
    return {
        "product": "python",
        "title": "Python з нуля",
        "comments": True,
        "certificate": certificate,
        "modules": [start, deep, project],
    }


COURSES: list[Document] = [
    _python(),
    {
        "product": "design",
        "title": "Дизайн інтерфейсів",
        "comments": True,
        "certificate": {"kind": "none"},
        "modules": [
            _module("grid", "Сітка", [("rhythm", "Ритм"), ("columns", "Колонки")]),
            _module("colour", "Колір", [("contrast", "Контраст"), ("themes", "Світла й темна теми")]),
        ],
    },
    {
        "product": "marketing",
        "title": "Маркетинг для експертів",
        "comments": False,
        "certificate": {"kind": "none"},
        "modules": [_module("base", "Основа", [("market", "Ринок"), ("offer", "Пропозиція"), ("funnel", "Воронка")])],
    },
    {"product": "club", "title": "Клуб випускників", "modules": []},
]

_PARTS = {"id": "parts", "kind": "parts", "count": 3, "every": {"months": 1}}
_HALF_YEAR = {"duration": {"kind": "for", "period": {"months": 6}}}

OFFERS: list[Document] = [
    {
        "code": "python-basic",
        "title": "Python: базовий",
        "items": [{"product": "python", "price": "7800.00", "terms": _HALF_YEAR, "curators": ["oksana"]}],
        "payment_options": [{"id": "full", "kind": "full"}, {**_PARTS, "total": "8400.00"}],
    },
    {
        "code": "python-mentor",
        "title": "Python з ментором",
        "items": [
            {
                "product": "python",
                "price": "14900.00",
                "terms": {"duration": {"kind": "forever"}},
                "curators": ["andrii"],
            },
            {"product": "club", "price": "1200.00", "terms": _HALF_YEAR},
        ],
        "discount": {"percent": "10"},
        "payment_options": [{"id": "full", "kind": "full"}, _PARTS],
        "funnel": "vip",
        "refund_policy": "close_line",
    },
    {
        "code": "design",
        "title": "Дизайн інтерфейсів",
        "items": [{"product": "design", "price": "5400.00", "terms": _HALF_YEAR}],
        "payment_options": [{"id": "full", "kind": "full"}],
    },
    {
        "code": "marketing",
        "title": "Маркетинг: інтенсив",
        "items": [
            {"product": "marketing", "price": "3200.00", "terms": {"duration": {"kind": "for", "period": {"days": 45}}}}
        ],
        "payment_options": [{"id": "full", "kind": "full"}],
    },
    {
        "code": "club",
        "title": "Клуб випускників",
        "items": [{"product": "club", "price": "390.00"}],
        "payment_options": [
            {"id": "month", "kind": "subscription", "amount": "390.00", "every": {"months": 1}, "trial": {"days": 7}}
        ],
    },
]

FUNNEL: Document = {
    "command": "create_funnel",
    "id": "vip",
    "name": "З ментором",
    "statuses": [
        {"id": "request", "name": "Нова заявка", "colour": "#5b8def"},
        {"id": "call", "name": "Очікує дзвінка", "colour": "#d9a441"},
        {"id": "agreed", "name": "Погоджено", "colour": "#8e6bd8"},
        {"id": "learning", "name": "Навчається", "colour": "#3fa66b"},
        {"id": "back", "name": "Повернення", "colour": "#c65b5b"},
    ],
    "rules": [
        {"event": "order.created", "status": "request"},
        {"event": "order.partially_paid", "status": "learning"},
        {"event": "order.paid", "status": "learning"},
        {"event": "order.refunded", "status": "back"},
    ],
}
