"""What `serve` connects by its file: payment systems, mail, and secrets that are elsewhere."""

import asyncio
import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from kwiga_orders.adapters.settings_file import with_secrets
from kwiga_orders.cli import main
from kwiga_orders.cli.outside import outside_of
from kwiga_orders.contrib.serve import Served, new_token, serving
from kwiga_orders.errors import InvalidInput
from kwiga_orders.orders.commands import MarkPaid
from kwiga_orders.testing.liqpay_server import LiqPaySandbox
from kwiga_orders.testing.mailbox import LocalMailbox
from kwiga_orders.testing.school import School
from tests.in_process import InProcessClient

PROJECTS = [{"id": "school", "timezone": "Europe/Kyiv", "currency": "UAH", "locale": "en"}]
LIQPAY = {"kind": "liqpay", "project": "school", "public_key": "i0", "private_key": "sandbox key"}
MAIL = {"server": {"host": "smtp.example"}, "sender": {"address": "school@school.example"}}


def paths(document: Any) -> dict[str, str]:
    """Give the faults of a document."""
    with pytest.raises(InvalidInput) as wrong:
        outside_of(document)
    return {fault.path: fault.hint for fault in wrong.value.faults}


class TestSecrets:
    """settings_file, law 1."""

    def test_they_are_elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A text of the environment or of a file stands wherever its name does."""
        monkeypatch.setenv("KEY", "of the environment")
        (tmp_path / "key").write_text("of a file\n", encoding="utf-8")
        document = {"one": [{"env": "KEY"}], "two": {"three": {"file": f"{tmp_path}/key"}}, "env": "KEY", "file": 1}

        assert with_secrets(document) == {  # type: ignore[arg-type]
            "one": ["of the environment"], "two": {"three": "of a file"}, "env": "KEY", "file": 1,
        }  # fmt: skip

    def test_what_is_missing(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Every secret that is not there is a fault at its place, and nothing is served."""
        file = tmp_path / "serve.json"
        gateway = LIQPAY | {"private_key": {"env": "NO_SUCH_KEY"}, "public_key": {"file": "nowhere"}}
        file.write_text(json.dumps({"projects": PROJECTS, "tokens": [], "gateways": [gateway]}))

        assert main(["serve", f"sqlite:///{tmp_path}/orders.db", "--settings", str(file)]) == 2
        said = capsys.readouterr().err
        assert "gateways.0.private_key (the env has no NO_SUCH_KEY)" in said
        assert "gateways.0.public_key (the file has no nowhere)" in said


class TestFaults:
    """settings_file, law 2: all of them, each at its path."""

    def test_gateways(self) -> None:
        """Kinds, fields that are unknown or missing, and types."""
        stripe = {"kind": "stripe", "webhook_secrets": "one", "api_key": 7}
        fields = "account, api_url, callback_url, domain, password, pay_url, regular_url, return_url, secret"
        assert paths(
            {"gateways": [{"kind": "bank"}, stripe, {"kind": "wayforpay", "account": "a", "key": "k"}, 1]}
        ) == {
            "gateways.0.kind": "one of liqpay, sandbox, stripe, wayforpay",
            "gateways.1.api_key": "a text",
            "gateways.1.webhook_secrets": "a list of texts",
            "gateways.2.domain": "is required",
            "gateways.2.key": f"one of {fields}",
            "gateways.2.secret": "is required",
            "gateways.3.kind": "one of liqpay, sandbox, stripe, wayforpay",
        }
        assert paths({"gateways": {}}) == {"gateways": "a list"}

    @pytest.mark.parametrize(
        ("mail", "path"),
        [
            ("smtp.example", "mail"),
            ({"server": {}}, "mail.server.host"),
            ({"server": {"host": "smtp.example", "port": "25"}}, "mail.server.port"),
            ({"server": {"host": "smtp.example", "security": "ssl"}}, "mail.server.security"),
            ({"server": {"host": "smtp.example"}}, "mail.sender"),
            (MAIL | {"pages": {"home": "https://lms.example"}}, "mail.pages"),
        ],
    )
    def test_mail(self, mail: Any, path: str) -> None:
        assert set(paths({"mail": mail})) == {path}

    def test_the_rest_of_the_file(self) -> None:
        """Tokens that let nobody in, an LMS and webhooks that are not what they should be."""
        _, token = new_token(project="school", role="owner", kind="host", id="lms")
        good = {"projects": PROJECTS, "tokens": [attrs.asdict(token)]}
        for wrong, path in (
            ({"tokens": [attrs.asdict(token) | {"sha256": "the token itself"}]}, "tokens.0"),
            ({"tokens": [attrs.asdict(token) | {"kind": "king"}]}, "tokens.0.kind"),
            ({"tokens": {}}, "tokens"),
            ({"lms": {"url": 3}}, "lms.url"),
            ({"webhooks": [{"url": "https://lms.example", "secrets": "one"}]}, "webhooks.0.secrets"),
        ):
            with pytest.raises(InvalidInput) as problem:
                Served.read(good | wrong)
            assert [fault.path for fault in problem.value.faults] == [path]
        assert Served.read(good).tokens == (token,)

    def test_no_database(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """What is wrong with the database is one line, before anything is served."""
        file = tmp_path / "serve.json"
        file.write_text(json.dumps({"projects": PROJECTS, "tokens": []}))
        assert main(["serve", f"sqlite:///{tmp_path}/nowhere/orders.db", "--settings", str(file)]) == 2
        assert capsys.readouterr().err.count("\n") == 1


class Serving:
    """A service with one gateway of a file, and an order whose payment that gateway takes."""

    def __init__(self, folder: Path, gateway: dict[str, str]) -> None:
        secret, token = new_token(project="school", role="owner", kind="host", id="lms")
        document = {"projects": PROJECTS, "tokens": [attrs.asdict(token)], "gateways": [gateway]}
        document["url"] = "https://orders.example/"  # type: ignore[assignment]
        self.outside = outside_of(document)  # type: ignore[arg-type]
        app = serving(f"sqlite:///{folder}/orders.db", Served.read(document), works=False, outside=self.outside)
        self._runner = asyncio.Runner()
        self._lifespan = app.router.lifespan_context(app)
        self._bearer = {"authorization": f"Bearer {secret}"}
        self.client = InProcessClient(self._runner, app)

    def __enter__(self) -> "Serving":
        self._runner.run(self._lifespan.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._lifespan.__aexit__(None, None, None))
        self._runner.close()

    def does(self, path: str, **body: Any) -> Any:
        """Send a command or a query."""
        return self.client.asks("POST", f"/school/{path}", json=body, headers=self._bearer).json()

    def link(self, gateway: str) -> str:
        """Make an order, and give where it is paid."""
        self.does("commands/save_contact", id="42", name="Olena")
        made = self.does("commands/create_order", contact="42", lines=[{"product": "python", "price": "10.00"}])
        payment = self.does("commands/add_payment", order=made["order"], amount="10.00", gateway=gateway)["made"]
        return str(self.does("queries/payment_link", order=made["order"], payment=payment)["url"])

    def is_open(self) -> bool:
        """Tell whether the product is."""
        return bool(self.does("queries/access", contact="42", product="python")["open"])


class TestGateways:
    """Payment systems of a file."""

    def test_a_payment(self, tmp_path: Path) -> None:
        """P3, P11: the link leads to the payment system, whose call to the service pays the order."""
        with LiqPaySandbox() as sandbox:
            liqpay = LIQPAY | {"api_url": f"{sandbox.server.url}/api/request"}
            with Serving(tmp_path, liqpay) as service:
                sandbox.pays(service.link("liqpay"))
                (call,) = sandbox.called()
                told = service.client.asks("POST", "/school/webhooks/liqpay", content=call.body)
                assert (told.status_code, service.is_open()) == (200, True)
        shop = service.outside.gateways("school")["liqpay"].shop  # type: ignore[attr-defined]
        assert shop.callback_url == "https://orders.example/school/webhooks/liqpay"
        assert service.outside.gateways("other") == {}

    def test_a_sandbox(self, tmp_path: Path) -> None:
        """Its page declines and pays at a click; a link that it did not make pays nothing."""
        with Serving(tmp_path, {"kind": "sandbox", "name": "desk", "project": "school"}) as service:
            link = service.link("desk")
            assert link.startswith("https://orders.example/school/sandbox/desk/")
            path = link.removeprefix("https://orders.example")

            def click(outcome: str, at: str = path) -> tuple[int, bool]:
                return service.client.asks("POST", at, content=f"outcome={outcome}").status_code, service.is_open()

            page = service.client.asks("GET", path)
            assert "Pay 10.00 UAH" in page.text
            assert "form-action 'self'" in page.headers["content-security-policy"]
            assert click("declined") == (200, False)
            assert click("paid", path.replace("1000UAH", "1UAH")) == (404, False)
            assert click("paid", path.replace("/sandbox/desk/", "/sandbox/other/")) == (404, False)
            assert click("paid") == (200, True)
            assert service.client.asks("GET", "/school/sandbox/desk/o.1/ten").status_code == 404
        assert paths({"gateways": [{"kind": "sandbox", "project": "school"}]}) == {"gateways.0.page": "is required"}


class TestLetters:
    """Letters of a file's mail server."""

    def test_they_go_out(self) -> None:
        """N1, N4: to the contact of the store, from the sender of the file, with its pages and titles of courses."""
        school = School()
        school.sells()
        order = school.opens()
        # by the service alone: the school would hand the letters on by itself
        school.orders.execute(MarkPaid(order=order, payment=f"{order}.1"))
        with LocalMailbox() as mailbox:
            pages = {"product": "https://lms.example/{project}/{product}"}
            server = {"host": mailbox.server.host, "port": mailbox.server.port, "security": "none"}
            orders = school.awaited()
            notifier = outside_of({"mail": MAIL | {"server": server, "pages": pages}}).letters(orders)  # type: ignore[dict-item]
            assert notifier is not None
            asyncio.run(orders.relay_once(notifier))

        letter = next(one for one in mailbox.letters if "Python" in one["Subject"])
        assert letter["From"] == "school <school@school.example>"
        assert letter["Message-ID"].endswith("@school.example>")
        body = letter.get_body(("plain",))
        assert body is not None
        assert "https://lms.example/school/python" in body.get_content()

    def test_without_a_mail_server(self) -> None:
        """They are the LMS's to write."""
        assert outside_of({}).letters(School().awaited()) is None
