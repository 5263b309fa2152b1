"""Compile the message catalogues: each `kwiga_orders.po` beside its `kwiga_orders.mo`.

    python tools/catalogues.py

It needs Babel (the dependency group `test`); a test fails when it was forgotten.
"""

from datetime import UTC, datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)  # the same source gives the same file, whenever it is compiled
LOCALE = Path(__file__).parent.parent / "src" / "kwiga_orders" / "locale"


def compiled(source: Path) -> Path:
    """Compile a catalogue, and give the file that was written."""
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
