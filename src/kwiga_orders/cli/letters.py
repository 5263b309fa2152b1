"""Write every letter of a case as HTML files, one per language, to view in a browser."""

from pathlib import Path
from typing import get_args

from kwiga_orders.adapters.mail import Templates
from kwiga_orders.changes import OutboxRow
from kwiga_orders.cli.stores import opened
from kwiga_orders.locale import LetterFacts, Texts
from kwiga_orders.project import Locale
from kwiga_orders.testing.case_files import read_case_file
from kwiga_orders.testing.stage import SchoolStage
from kwiga_orders.wire.case_runner import run_case

__all__ = ["preview_letters"]

_WENT_ANOTHER_WAY = 1


def preview_letters(*, case: str, folder: str, templates: str | None) -> int:
    """Play a case, write its letters to a folder and print the file names; give the exit code.

    1: a step did not go as the case expects; the letters are written nevertheless. `templates` is a folder with
    templates of the host, as for `MailNotifier`.
    """
    told = read_case_file(Path(case))
    with opened("memory") as store:
        stage = SchoolStage(store=store)
        failures = run_case(told, stage)
    found = [row for row in stage.notifier.rows if row.kind == "letter"]
    titles = {course.product: course.title for course in told.courses}
    facts = LetterFacts(school=told.project.id, titles=titles, link="https://school.example/go")
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    looks = Templates(None if templates is None else Path(templates))
    for number, row in enumerate(found, start=1):
        for locale in get_args(Locale):
            path = target / f"{number:02d}-{row.name}.{locale}.html"
            path.write_text(_page(row, looks, locale, told.project.timezone, facts), encoding="utf-8")
            print(path)
    return _WENT_ANOTHER_WAY if failures else 0


def _page(row: OutboxRow, looks: Templates, locale: Locale, zone: str, facts: LetterFacts) -> str:
    return looks.html(row, Texts(locale, timezone=zone).letter(row, facts), locale=locale, facts=facts)
