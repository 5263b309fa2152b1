"""Compile the message catalogues: each `kwiga_orders.po` to a `kwiga_orders.mo` next to it.

    python tools/catalogues.py

It needs Babel (the dependency group `test`). A test fails if the compiled files are outdated.
"""

from datetime import UTC, datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)  # a fixed date, so that the same source always gives the same file
LOCALE = Path(__file__).parent.parent / "src" / "kwiga_orders" / "locale"


def compiled(source: Path) -> Path:
    """Compile a catalogue and give the path of the compiled file."""
    with source.open("rb") as po:
        catalogue = read_po(po, abort_invalid=True)
    catalogue.creation_date = catalogue.revision_date = ALWAYS
    target = source.with_suffix(".mo")
    with target.open("wb") as mo:
        write_mo(mo, catalogue)
    return target


if __name__ == "__main__":
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        print(compiled(source))
