"""V7: files of CSV that are not quite right, and contacts that are known by another id."""

import io

import pytest

from kwiga_orders.errors import InvalidInput
from kwiga_orders.importing import Entry, ImportedOrder, Importer, MatchBy
from kwiga_orders.project import Contact
from kwiga_orders.wire.csv_files import CsvSource, read_csv
from kwiga_orders.wire.imports import Faulty
from tests.importing import order, read, stored, taught


class TestV7:
    """A doubled column is refused; a bad byte, an overlong cell or an empty row costs its own row only; cp1251 and
    semicolons by option, or a hint that names them.
    """

    @pytest.mark.parametrize(
        ("text", "lines"),
        [
            ("key,contact,surprise\r\n", [(1, ["surprise"])]),
            ("key,contact,products,prices\r\na,b\r\nb,olena,python,1.00\r\n", [(2, [""])]),
            ('key,comment,products,prices\r\na,"x\r\ny",p,1\r\nb,,p;q,1\r\n', [(2, ["contact"]), (4, ["prices"])]),
            ("key,contact,products,prices,paid\r\na,olena,p,1,5\r\n", [(2, ["paid_at"])]),
            ('key\r\n"a', [(2, [""])]),
            ("key,contact,products,prices\r\na,b,c,ten\r\n", [(2, ["lines.0.price"])]),
        ],
    )
    def test_csv(self, text: str, lines: list[tuple[int, list[str]]]) -> None:
        """Columns that are not known, rows that are too short, cells that say nothing right."""
        found = read_csv(io.BytesIO(text.encode()))

        assert [(one.line, [fault.path for fault in one.faults]) for one in found if isinstance(one, Faulty)] == lines

    @pytest.mark.parametrize(
        ("row", "hint"),
        [
            (
                b"\xce\xeb\xe5\xed\xe0,olena,python,1.00,",
                "text in utf-8; if it is cp1251, read it so: --encoding cp1251",
            ),
            (b'a,olena,python,1.00,"' + b"x" * 200_000 + b'"', "a cell that is too long"),
            (b'a,olena,python,1.00,"not closed', "CSV"),
            (b'a,olena,python,1.00,not" closed', ""),
            (b"a,olena,python", "5 cells"),
            (b"a" * 1_100_000, "at most 1000000 bytes in a row"),
        ],
        ids=["bad byte", "long cell", "open quote", "stray quote", "too few", "long row"],
    )
    def test_a_bad_row_costs_itself_alone(self, row: bytes, hint: str) -> None:
        """V7: the rows before and after it are read."""
        good = b"%b,olena,python,1.00,fine"
        text = b"\r\n".join([b"key,contact,products,prices,comment", good % b"b", row, good % b"c", good % b"d", b""])

        found = list(read_csv(io.BytesIO(text)))

        assert [one.line for one in found if isinstance(one, Entry)] == ([2, 3, 4, 5] if hint == "" else [2, 4, 5])
        assert [fault.hint for one in found if isinstance(one, Faulty) for fault in one.faults] == (
            [hint] if hint else []
        )

    def test_empty_rows_are_passed_over(self) -> None:
        """V7: whether there is nothing in them at all, or only separators and blanks."""
        rows = b"key,contact,products,prices\r\n\r\n,,,\r\n , ,,\r\na,olena,python,1.00\r\n\r\n"

        assert [(type(one), one.line) for one in read_csv(io.BytesIO(rows))] == [(Entry, 5)]

    def test_a_column_that_is_there_twice(self) -> None:
        """V7: it is refused; nothing of the file is read."""
        rows = b"key,contact,products,prices,contact\r\na,olena,python,1.00,taras\r\n"

        (found,) = read_csv(io.BytesIO(rows))

        assert isinstance(found, Faulty)
        assert [(fault.path, fault.hint) for fault in found.faults] == [("contact", "is there twice")]

    def test_other_encodings_and_separators(self) -> None:
        """V7: by option; without it the file says which option would read it."""
        rows = "key;contact;products;prices;comment\r\na;olena;python;1.00;Олена\r\n".encode("cp1251")

        (wrong,) = read_csv(io.BytesIO(rows))
        (half,) = read_csv(io.BytesIO(rows), CsvSource(separator=";"))
        (right,) = read_csv(io.BytesIO(rows), CsvSource(separator=";", encoding="cp1251"))

        assert isinstance(wrong, Faulty)
        assert isinstance(half, Faulty)
        assert "--separator" in wrong.faults[0].hint
        assert "--encoding cp1251" in half.faults[0].hint
        assert isinstance(right, Entry)
        assert isinstance(right.what, ImportedOrder)
        assert right.what.comment == "Олена"

    @pytest.mark.parametrize("text", ["key,contact\r\na,b\r\n", "ключ\r\n"])
    def test_a_file_in_utf_16(self, text: str) -> None:
        """V7: what a spreadsheet calls Unicode text is told by its mark."""
        (found,) = read_csv(io.BytesIO(text.encode("utf-16")))

        assert isinstance(found, Faulty)
        assert "utf-16" in found.faults[0].hint

    @pytest.mark.parametrize("options", [{"encoding": "utf-16"}, {"encoding": "none"}, {"separator": "="}])
    def test_options_that_read_nothing(self, options: dict[str, str]) -> None:
        """They are refused by name."""
        with pytest.raises(InvalidInput) as refused:
            CsvSource(**options)

        assert [fault.path for fault in refused.value.faults] == list(options)


class TestMatching:
    """V7: import matched by e-mail or phone on request."""

    PERSON = ("ivan", {"name": "Ivan", "email": "Olena@Example.com", "phone": "067 123-45-67"})

    @pytest.mark.parametrize(
        ("by", "contact"), [((), "ivan"), (("email",), "olena"), (("phone",), "taras"), (("phone", "email"), "taras")]
    )
    def test_who_it_is(self, by: tuple[MatchBy, ...], contact: str) -> None:
        """Somebody known by the first mark that finds one; else somebody new."""
        office = taught()
        office.knows(Contact(id="olena", name="Olena", email="olena@example.com"))
        office.knows(Contact(id="taras", name="Taras", phone="+380671234567"))
        id, person = self.PERSON

        importer = Importer(orders=office.orders, match=by)
        entries = [one for one in read(order("a", contact=id, person=person)) if isinstance(one, Entry)]

        assert [one.state for one in importer.carried_out(entries)] == ["imported"]
        assert [one.contact for one in stored(office)] == [contact]

    def test_a_known_contact_is_not_matched(self) -> None:
        """An id that is known here says who it is."""
        office = taught()
        office.knows(Contact(id="ivan", name="Ivan"))
        office.knows(Contact(id="olena", name="Olena", email="olena@example.com"))
        id, person = self.PERSON
        entries = [one for one in read(order("a", contact=id, person=person)) if isinstance(one, Entry)]

        list(Importer(orders=office.orders, match=("email",)).carried_out(entries))

        assert [one.contact for one in stored(office)] == ["ivan"]

    def test_one_person_in_several_lines_of_a_batch(self) -> None:
        """Who comes with one line is known to the next."""
        office = taught()
        person = {"name": "Ivan", "email": "ivan@example.com"}
        lines = read(order("a", contact="c1", person=person), order("b", contact="c2", person=person))
        entries = [one for one in lines if isinstance(one, Entry)]

        list(Importer(orders=office.orders, match=("email",)).carried_out(entries))

        assert [one.contact for one in stored(office)] == ["c1", "c1"]

    def test_two_people_of_one_address(self) -> None:
        """Nobody can know which: the line is refused, and names them."""
        office = taught()
        office.knows(Contact(id="a", email="Olena@example.com"))
        id, person = self.PERSON
        entries = [one for one in read(order("a", contact=id, person=person)) if isinstance(one, Entry)]

        (outcome,) = Importer(orders=office.orders, match=("email",)).carried_out(entries)

        assert outcome.error is not None
        assert outcome.error.details == {"field": "person.email", "contacts": ["a", "olena"]}
