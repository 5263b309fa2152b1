"""Import contacts, offers and orders from a file of JSON lines or CSV.

The file is first read to its end to find every fault, so that nothing is written from a file with faults. The entries
wait in a temporary file and are then written in batches. Importing a file again continues where it stopped and makes
nothing twice (K1).
"""

import gc
import marshal
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

import attrs

from kwiga_orders.cli.progress import progress
from kwiga_orders.cli.stores import opened_project
from kwiga_orders.codec import decode, encode
from kwiga_orders.course import Course
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.importing import Entry, ImportedOrder, Importer, MatchBy, RestoredOrder
from kwiga_orders.offers import CreateOffer
from kwiga_orders.project import Contact
from kwiga_orders.wire.csv_files import CsvSource, read_csv
from kwiga_orders.wire.imports import Faulty, read_json_lines

__all__ = ["How", "Spool", "run_import", "seldom_collected"]

_KINDS: Mapping[str, type[Contact | CreateOffer | Course | ImportedOrder | RestoredOrder]] = {
    kind.__name__: kind for kind in (Contact, CreateOffer, Course, ImportedOrder, RestoredOrder)
}
# new objects between two runs of the collector; with the default of 700 an import spends a third of its time there
_SELDOM = 100_000

_DONE, _REFUSED, _UNUSABLE = 0, 1, 2


@attrs.frozen(kw_only=True)
class How:
    """How a file is imported: the size of a batch, whether to skip faulty lines, whether to send letters and events.

    `match` says how unknown contacts are found, `source` the format of a CSV file.
    """

    batch: int = 500
    skip_faulty: bool = False
    notifies: bool = False
    match: tuple[MatchBy, ...] = ()
    source: CsvSource = CsvSource()


def run_import(url: str, *, project: str, file: str, how: How) -> int:
    """Import a file; give the exit code: 0 all was imported, 1 rules refused some lines, 2 the file has faults.

    Raises:
        NotFound: if there is no such project.
        AdapterFailed: if the file cannot be read or the store cannot be reached.
    """
    path = Path(file)
    # a course that is only known to the host must not make a line fail
    with opened_project(url, project, courses=_TrustedCourses()) as orders, Spool() as spool, seldom_collected():
        faulty = _read_all(path, spool, how.source)
        # a half imported file is harder to repair than one that was refused as a whole
        if faulty and not how.skip_faulty:
            print(f"{faulty} faulty lines; nothing was imported", file=sys.stderr)
            return _UNUSABLE
        importer = Importer(orders=orders, batch=how.batch, notifies=how.notifies, match=how.match)
        states = _imported(path, spool, importer)
    summary = ", ".join(f"{states[state]} {state}" for state in ("imported", "known", "refused"))
    print(f"{summary}, {faulty} faulty" if faulty else summary)
    return _REFUSED if states["refused"] or faulty else _DONE


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Collect garbage rarely: a batch has many objects without cycles, and every run would scan all of them."""
    thresholds = gc.get_threshold()
    gc.set_threshold(_SELDOM, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


class Spool:
    """Keeps the entries of a file on disk until they are written, so that memory does not grow with their number."""

    def __init__(self) -> None:
        # a file without a name is removed with the process, even if that is killed
        self._file = TemporaryFile(prefix="kwiga-orders-")  # noqa: SIM115 - closed by __exit__
        self.count = 0

    def put(self, entry: Entry) -> None:
        """Add an entry."""
        kind = type(entry.what)
        # only this process reads the file, and marshal is much faster than JSON
        packed = marshal.dumps((entry.line, entry.fingerprint, kind.__name__, encode(entry.what, kind)))
        self._file.write(b"%d\n%b" % (len(packed), packed))
        self.count += 1

    def entries(self) -> Iterator[Entry]:
        """Give all entries, in order."""
        self._file.seek(0)
        # each entry is stored after its length, because it may contain line breaks
        while size := self._file.readline():
            line, fingerprint, kind, document = marshal.loads(self._file.read(int(size)))
            yield Entry(line=line, what=decode(document, _KINDS[kind]), fingerprint=fingerprint)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._file.close()


def _read_all(path: Path, spool: Spool, source: CsvSource) -> int:
    """Read a file into the spool and print every fault; give the number of faulty lines."""
    faulty = 0
    with progress("reading", total=None) as advance:
        for one in _read(path, source):
            advance(1)
            if isinstance(one, Entry):
                spool.put(one)
                continue
            faulty += 1
            for fault in one.faults:
                # a fault without a path is about the whole line, such as broken JSON
                where = fault.path or "line"
                print(f"{path}:{one.line}: {where}: {fault.code} {fault.hint}".rstrip(), file=sys.stderr)
    return faulty


def _imported(path: Path, spool: Spool, importer: Importer) -> Counter[str]:
    states: Counter[str] = Counter()
    with progress("importing", total=spool.count) as advance:
        for outcome in importer.carried_out(spool.entries()):
            states[outcome.state] += 1
            advance(1)
            # a refused line is one order that a rule refuses; the others are imported nevertheless
            if outcome.error is not None:
                print(f"{path}:{outcome.line}: {outcome.error}", file=sys.stderr)
    return states


def _read(path: Path, source: CsvSource) -> Iterator[Entry | Faulty]:
    try:
        with path.open("rb") as file:
            # the ending decides, because the first line of a CSV file may be valid JSON, too
            yield from read_csv(file, source) if path.suffix.lower() == ".csv" else read_json_lines(file)
    except OSError as problem:
        raise AdapterFailed("file.unreadable", path=str(path)) from problem


class _TrustedCourses:
    """Courses without a host: a product that has no outline in the file has no lessons."""

    def find_course(self, _: str, product: str, /) -> Course | None:
        """Give an outline without lessons."""
        return Course(product=product, title=product)
