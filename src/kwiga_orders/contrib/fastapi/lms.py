"""Deprecated: the names moved to `contrib.serve.lms`."""

from typing import TYPE_CHECKING

from kwiga_orders._moved import answers_for

if not TYPE_CHECKING:
    _NAMES = ("HttpLms",)
    __getattr__ = answers_for(__name__, dict.fromkeys(_NAMES, "kwiga_orders.contrib.serve.lms"))
