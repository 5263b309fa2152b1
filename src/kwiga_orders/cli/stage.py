"""Deprecated alias: the stage of case files is in `kwiga_orders.testing.stage`. Old imports work, with a warning."""

from typing import TYPE_CHECKING

from kwiga_orders._moved import answers_for

if not TYPE_CHECKING:
    __getattr__ = answers_for(__name__, dict.fromkeys(("SchoolStage", "StageGateway"), "kwiga_orders.testing.stage"))
