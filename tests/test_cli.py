"""The command line: what it prints, and with which code it ends."""

import csv
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from kwiga_orders.adapters.embedded import open_orders
from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.cli import main
from kwiga_orders.course import Course
from kwiga_orders.orders.commands import AddPayment, CreateOrder, LineAsked
from kwiga_orders.project import Contact, Project
from kwiga_orders.testing.case_files import cases_folder
from tests import postgres

CASES = cases_folder()
STORY = CASES / "quickstart" / "olena-buys-python.json"


def changed(tmp_path: Path, **fields: object) -> Path:
    """Give a file with the quickstart story, some of its fields replaced."""
    document = json.loads(STORY.read_text(encoding="utf-8")) | fields
    file = tmp_path / "story.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


class TestCheck:
    """Case files are run each on a fresh store; a line a case, and a last line with the sums."""

    @pytest.mark.parametrize("store", ["memory", "sqlite", "sqlite:///{tmp_path}/school.db", "postgresql"])
    def test_all_told_right(self, store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """All stories of a folder pass: a line each, the sums, 0."""
        place = postgres.emptied() if store == "postgresql" else store.format(tmp_path=tmp_path)
        code = main(["check", "--store", place, str(CASES / "access"), str(STORY)])

        *lines, last = capsys.readouterr().out.splitlines()
        stories = len([*(CASES / "access").glob("*.json"), STORY])
        assert (code, last) == (0, f"{stories} passed, 0 failed")
        assert len(lines) == stories
        assert all(line.endswith(" ok") for line in lines)

    def test_a_story_that_goes_another_way(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The step, what was expected and what was found are told; 1."""
        steps = json.loads(STORY.read_text(encoding="utf-8"))["steps"][:2]
        steps[1]["is"]["total"] = "999.00"

        code = main(["check", str(changed(tmp_path, steps=steps)), str(STORY)])

        out = capsys.readouterr().out
        assert code == 1
        assert out.splitlines()[-1] == "1 passed, 1 failed"
        assert "steps.1" in out
        assert "999.00" in out
        assert "1000.00" in out

    def test_files_that_are_no_cases(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Every fault of every file is told with its path, and what is a case is run all the same; 2."""
        no_json = tmp_path / "no.json"
        no_json.write_text("{", encoding="utf-8")
        bad = changed(tmp_path, surprise=1, project={"id": "school", "timezone": "Mars/Olympus", "currency": "UAH"})

        code = main(["check", str(STORY), str(no_json), str(bad), str(tmp_path / "missing.json")])

        streams = capsys.readouterr()
        assert code == 2
        assert streams.out.splitlines()[-1] == "1 passed, 0 failed"
        assert all(word in streams.err for word in ("no.json", "surprise", "project.timezone", "missing.json"))

    def test_nested_too_deep(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Ten megabytes nested deep are refused, not a crash; 2."""
        file = tmp_path / "deep.json"
        file.write_text("[" * 5_000_000 + "]" * 5_000_000, encoding="utf-8")

        assert main(["check", str(file)]) == 2
        assert "nested" in capsys.readouterr().err

    def test_more_faults_than_are_listed(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """K5: at most 100 faults are told, with how many there are."""
        steps = [{"at": "2026-11-01T10:00:00+02:00", "run_due": True, "surprise": n} for n in range(101)]

        assert main(["check", str(changed(tmp_path, steps=steps))]) == 2
        *listed, last = capsys.readouterr().err.splitlines()
        assert (len(listed), last.endswith("101 faults in all")) == (100, True)


class TestExplain:
    """Every lesson: open or closed, all reasons, when it opens, what changes next."""

    ASKED = ("explain", str(STORY), "--contact", "olena", "--product", "python", "--at", "2026-11-02T10:00:00+02:00")

    def test_says_why(self, capsys: pytest.CaptureFixture[str]) -> None:
        """In the language asked for, with the instants."""
        assert main([*self.ASKED, "--locale", "en"]) == 0

        out = capsys.readouterr().out
        assert "● Hello" in out
        assert "○ Loops: The lesson opens on 8 November 2026, 09:00" in out
        assert "○ Functions" in out
        assert "checkpoint" in out
        assert "30 January 2027, 10:10" in out

    def test_walks_through_time(self, capsys: pytest.CaptureFixture[str]) -> None:
        """From one instant to another, each at which something changes: by a step, or by time alone."""
        window = ("--from", "2026-11-01T00:00:00+02:00", "--until", "2026-11-10T00:00:00+02:00")
        assert main([*self.ASKED[:-2], *window, "--json"]) == 0

        answers = json.loads(capsys.readouterr().out)
        assert [(one["at"][8:10], one["access"]["open"], one["lessons"]["open"]) for one in answers] == [
            ("01", False, []),
            ("01", False, []),
            ("01", False, []),
            ("01", True, ["l1"]),
            ("08", True, ["l1", "l2"]),
        ]

    def test_as_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The same as data, in the wire's shapes."""
        assert main([*self.ASKED, "--json"]) == 0

        answer = json.loads(capsys.readouterr().out)
        assert answer["lessons"]["open"] == ["l1"]
        assert answer["lessons"]["closed"]["l3"]["reasons"] == ["delayed", "checkpoint"]
        assert answer["access"]["next_change_at"] == "2027-01-30T08:10:00Z"

    def test_draws_the_order(self, tmp_path: Path) -> None:
        """The timeline of the newest order of the product, as a file."""
        file = tmp_path / "order.svg"
        assert main([*self.ASKED, "--locale", "en", "--svg", str(file)]) == 0
        assert "<title>Order 2</title>" in file.read_text(encoding="utf-8")

    def test_a_product_that_is_not_there(self, capsys: pytest.CaptureFixture[str]) -> None:
        """An error with its code; 2."""
        assert main([*self.ASKED[:4], "--product", "chess"]) == 2
        assert "not_found" in capsys.readouterr().err


class TestLetters:
    """Letters to look at, without sending any."""

    def test_every_letter_in_each_language(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Each letter of the case is a page in uk, ru and en."""
        assert main(["letters", "preview", str(STORY), "-o", str(tmp_path)]) == 0

        names = [Path(line).name for line in capsys.readouterr().out.splitlines()]
        assert names
        assert {name.split(".")[1] for name in names} == {"uk", "ru", "en"}
        for name in names:
            page = (tmp_path / name).read_text(encoding="utf-8")
            assert f'<html lang="{name.split(".")[1]}">' in page


class TestMoneyDemo:
    """Money and letters, by real HTTP and SMTP on loopback."""

    @pytest.mark.parametrize("gateway", ["wayforpay", "stripe", "liqpay"])
    def test_each_gateway(self, gateway: str, capsys: pytest.CaptureFixture[str]) -> None:
        """A card is declined, another one pays by the link of a letter, a part goes back, a dispute is won."""
        assert main(["demo", "--gateway", gateway, "--store", "memory"]) == 0

        shown = capsys.readouterr().out.replace("\xa0", " ")
        last = shown[shown.rindex("╭") :]
        assert re.findall(r"✉ .*? · (.*?) ─", shown) == [
            "Payment for order 1 failed",
            "A reminder to pay for order 1",
            "Payment for order 1 received",
            "Your access: “Python”",
            "Refund for order 1",
            "Refund for order 1",
        ]
        assert f"→ POST /pay/{gateway}" in shown
        assert "! chargeback" in shown
        assert "!" not in last
        assert "UAH 1,000.00 − UAH 300.00" in last

    @pytest.mark.parametrize("locale", ["uk", "ru"])
    def test_each_language(self, locale: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Letters and captions are in the language of the story."""
        assert main(["demo", "--gateway", "stripe", "--store", "memory", "--locale", locale]) == 0
        assert "scene." not in capsys.readouterr().out


class TestDemo:
    """The whole story, on a store that is really there."""

    @pytest.mark.parametrize("locale", ["en", "uk", "ru"])
    def test_ends_with_the_last_card(self, locale: str, capsys: pytest.CaptureFixture[str]) -> None:
        """It plays to the end in every language; the last thing shown is the card of the order."""
        assert main(["demo", "--store", "memory", "--locale", locale]) == 0

        lines = capsys.readouterr().out.rstrip().splitlines()
        assert lines[-1].startswith("╰")
        assert "№ 2 · olena" in "".join(lines[-6:])

    def test_letters_that_went_out(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Each letter is shown as its reader gets it, the reminder of what fell due among them."""
        main(["demo", "--store", "memory", "--locale", "uk"])

        shown = capsys.readouterr().out.replace("\xa0", " ")
        assert shown.count("✉") == 11
        assert "Замовлення № 3 очікує на оплату: 400,00 грн." in shown

    def test_on_a_file(self, tmp_path: Path) -> None:
        """With a URL the school stays in the database; told again, it is the story of another school."""
        url = f"sqlite:///{tmp_path / 'school.db'}"

        assert [main(["demo", "--store", url]) for _ in range(2)] == [0, 0]
        with SqlOrderStore.from_url(url) as store:
            for school in ("school", "school-2"):
                with store.transaction(school, writes=False) as records:
                    assert records.next_number("order") == 4

    def test_on_a_server(self) -> None:
        """The same on PostgreSQL."""
        url = postgres.emptied()

        assert main(["demo", "--store", url]) == 0
        with SqlOrderStore.from_url(url) as store, store.transaction("school", writes=False) as records:
            assert records.next_number("order") == 4

    def test_no_server(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A server that does not answer is told; 2."""
        assert main(["demo", "--store", "postgresql://127.0.0.1:1/school"]) == 2
        assert "store.unreachable" in capsys.readouterr().err


class TestSchema:
    """JSON Schema of everything on the wire."""

    def test_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        """One by its name."""
        assert main(["schema", "--name", "OpenOffer"]) == 0
        assert json.loads(capsys.readouterr().out)["$ref"] == "#/$defs/OpenOffer"

    def test_unknown(self, capsys: pytest.CaptureFixture[str]) -> None:
        """An unknown name is told, with those that there are; 2."""
        assert main(["schema", "--name", "nothing"]) == 2
        assert "OpenOffer" in capsys.readouterr().err


@pytest.fixture
def school(tmp_path: Path) -> str:
    """Give the URL of a database in which a school has three orders, the first of them paid."""
    url = f"sqlite:///{tmp_path / 'school.db'}"
    with open_orders(Project(id="school", timezone="Europe/Kyiv", currency="UAH"), url) as orders:
        orders.save_contact(Contact(id="olena", name="=Олена"))
        orders.save_course(Course(product="python", title="Python"))
        line = LineAsked(product="python", price=Decimal(1000))
        made = [orders.execute(CreateOrder(contact="olena", lines=(line,))).order for _ in range(3)]
        orders.execute(AddPayment(order=str(made[0]), amount=Decimal(400), paid=True))
    return url


class TestExport:
    """Orders are taken away as CSV or JSON lines (V7)."""

    def test_csv_to_a_file(self, school: str, tmp_path: Path) -> None:
        """A row an order, under a line of names; a formula is defused."""
        file = tmp_path / "orders.csv"

        assert main(["export", school, "--project", "school", "-o", str(file)]) == 0

        with file.open(encoding="utf-8", newline="") as text:
            rows = list(csv.DictReader(text, strict=True))
        assert [(row["number"], row["paid"]) for row in rows] == [("1", "400.00"), ("2", "0.00"), ("3", "0.00")]
        assert rows[0]["contact_name"] == "'=Олена"
        assert [one.name for one in tmp_path.glob("orders*")] == ["orders.csv"]

    def test_json_lines_with_filters(self, school: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        """Filters and sorting are those of the list; without a file, to the output, and without a bar."""
        filters = [
            "--payment-status",
            "unpaid",
            "--type",
            "regular",
            "--created-from",
            "2020-01-01",
            "--sort=-number",
        ]

        assert main(["export", school, "--project", "school", "--format", "jsonl", *filters]) == 0

        out, err = capfdbinary.readouterr()
        assert [json.loads(line)["computed"]["number"] for line in out.splitlines()] == [3, 2]
        assert err == b""

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["--project", "other"], "not_found"),
            (["--project", "school", "--created-from", "yesterday"], "created_from"),
            (["--project", "school", "-o", "/nowhere/orders.csv"], "file.unwritable"),
        ],
    )
    def test_what_cannot_be_exported(
        self, arguments: list[str], told: str, school: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """An unknown project, a filter that is wrong, a file that cannot be written are told; 2."""
        assert main(["export", school, *arguments]) == 2
        assert told in capsys.readouterr().err


class TestImport:
    """Contacts, offers and orders come in from a file, once (V7, K1)."""

    @pytest.mark.parametrize("form", ["jsonl", "csv"])
    def test_what_was_exported(
        self, form: str, school: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """An empty school gets what another one exported; again, and nothing is made twice."""
        file, other = tmp_path / f"orders.{form}", f"sqlite:///{tmp_path / 'other.db'}"
        open_orders(Project(id="other", timezone="Europe/Kyiv", currency="UAH"), other).close()
        main(["export", school, "--project", "school", "--format", form, "-o", str(file)])

        codes = [main(["import", other, str(file), "--project", "other", "--batch", "2"]) for _ in range(2)]

        streams = capsys.readouterr()
        assert codes == [0, 0]
        assert streams.out.splitlines() == [
            "3 imported, 0 known, 0 refused",
            "0 imported, 3 known, 0 refused",
        ]
        assert streams.err == ""

    def test_a_faulty_line(self, school: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Every fault is told with file, line and path, and nothing is written, unless faulty lines are skipped."""
        file = tmp_path / "orders.jsonl"
        right = {"kind": "order", "key": "a", "contact": "olena", "lines": [{"product": "p", "price": "1.00"}]}
        refused = right | {"key": "b", "contact": "nobody"}
        file.write_text("\n".join([json.dumps(right), '{"kind": "order"}', json.dumps(refused)]), encoding="utf-8")
        arguments = ["import", school, str(file), "--project", "school"]

        codes = [main(arguments), main([*arguments, "--skip-faulty"])]

        streams = capsys.readouterr()
        assert codes == [2, 1]
        assert streams.out == "1 imported, 0 known, 1 refused, 1 faulty\n"
        assert f"{file}:2: key: input.invalid" in streams.err
        assert f"{file}:2: lines: input.invalid" in streams.err
        assert f"{file}:3: there is no such contact" in streams.err

    def test_what_cannot_be_read(self, school: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A file that is not there, a project that is not; 2."""
        missing = str(tmp_path / "missing.csv")

        assert main(["import", school, missing, "--project", "school"]) == 2
        assert main(["import", school, missing, "--project", "other"]) == 2
        err = capsys.readouterr().err
        assert "file.unreadable" in err
        assert "not_found" in err


def test_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a subcommand it says so; 2, as for all wrong arguments."""
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "say what to do" in capsys.readouterr().err
