"""Deprecated: the names of the first edition moved to `asking`, `changes`, `listing` and `ports`."""

from typing import TYPE_CHECKING

from kwiga_orders._moved import answers_for

if not TYPE_CHECKING:
    __getattr__ = answers_for(
        __name__,
        {
            **dict.fromkeys(("NOTHING", "Changes", "OutboxRow", "Receipt", "Repeated"), "kwiga_orders.changes"),
            **dict.fromkeys(("Asking", "Sources", "ask"), "kwiga_orders.asking"),
            "Look": "kwiga_orders.asking:Question",
            **dict.fromkeys(
                ("Card", "CardPage", "OrderSearch", "Page", "StatusCount", "TrackPage"), "kwiga_orders.listing"
            ),
            **dict.fromkeys(("Courses", "ProgressSource", "Records"), "kwiga_orders.ports"),
        },
    )
