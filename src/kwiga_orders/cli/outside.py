"""The outside systems that `serve` connects by its settings file: gateways, a mail server, the pages of letters.

    {"url": "https://orders.example",
     "gateways": [{"kind": "liqpay", "project": "school", "public_key": "i0", "private_key": {"env": "LIQPAY_KEY"}}],
     "mail": {"server": {"host": "smtp.example", "user": "school", "password": {"file": "/run/secrets/smtp"}},
              "sender": {"address": "school@school.example", "name": "School"},
              "pages": {"payment": "https://lms.example/pay/{order}/{payment}"}}}

Laws:

1. A gateway belongs to its `project`, or to all projects if it names none. Its `name` is its `kind` unless given. Its
   other settings are the fields of `Shop`, `Account` or `Merchant`. If `url`, the address of the service, is given, the
   callbacks of a project's gateway go there unless it has its own `callback_url`. A `sandbox` needs `url` and
   `project`, for its pages.
2. All faults of these parts are reported at once, and no report contains a value of the file.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import attrs

from kwiga_orders.adapters.links import AsyncLinkedNotifier, AsyncLinks
from kwiga_orders.adapters.mail import AsyncMailNotifier, AsyncStoredPeople, MailServer, Sender
from kwiga_orders.adapters.settings_file import fault_at, read_settings
from kwiga_orders.aio import AsyncOrders
from kwiga_orders.codec import Json
from kwiga_orders.contrib.serve import Outside
from kwiga_orders.contrib.serve.sandbox import Sandbox, opened
from kwiga_orders.errors import Fault, InvalidInput
from kwiga_orders.extras import extra
from kwiga_orders.locale import LetterFacts
from kwiga_orders.ports import AsyncNotifier, AsyncPaymentGateway
from kwiga_orders.testing.gateways import AsyncFakeGateway

__all__ = ["outside_of"]

# Gateways


def _liqpay() -> tuple[type, Callable[[Any], AsyncPaymentGateway]]:
    from kwiga_orders.adapters.gateways.liqpay import AsyncLiqPay, Shop

    return Shop, AsyncLiqPay


def _stripe() -> tuple[type, Callable[[Any], AsyncPaymentGateway]]:
    from kwiga_orders.adapters.gateways.stripe import Account, AsyncStripeGateway

    return Account, AsyncStripeGateway


def _wayforpay() -> tuple[type, Callable[[Any], AsyncPaymentGateway]]:
    from kwiga_orders.adapters.gateways.wayforpay import AsyncWayForPay, Merchant

    return Merchant, AsyncWayForPay


def _sandbox() -> tuple[type, Callable[[Any], AsyncPaymentGateway]]:
    return Sandbox, opened


# each needs its own extra, so it is imported only if the file names it
_KINDS: Mapping[str, Callable[[], tuple[type, Callable[[Any], AsyncPaymentGateway]]]] = {
    "liqpay": _liqpay,
    "sandbox": _sandbox,
    "stripe": _stripe,
    "wayforpay": _wayforpay,
}


@attrs.frozen(kw_only=True)
class _Connected:
    """A gateway and its project; None means all projects."""

    name: str
    project: str | None
    gateway: AsyncPaymentGateway


def _connected(said: Mapping[str, Json], path: str, url: str) -> _Connected:
    kind, project = str(said.get("kind")), said.get("project")
    if kind not in _KINDS:
        raise InvalidInput([fault_at(f"{path}.kind", f"one of {', '.join(_KINDS)}")])
    settings, gateway = _KINDS[kind]()
    name = str(said.get("name", kind))
    of_shop = {field: value for field, value in said.items() if field not in ("kind", "name", "project")}
    if url and project is not None:
        # the paths at which the service accepts callbacks of this gateway, and at which it shows a sandbox
        for field, path_of in (("callback_url", "webhooks"), ("page", "sandbox")):
            if field in attrs.fields_dict(settings):
                of_shop.setdefault(field, f"{url.rstrip('/')}/{quote(str(project))}/{path_of}/{quote(name)}")
    made = gateway(read_settings(settings, of_shop, path))
    return _Connected(name=name, project=None if project is None else str(project), gateway=made)


# Letters


@attrs.frozen(kw_only=True)
class _Pages:
    """`AsyncLinks` from URL patterns with `{project}`, `{order}`, `{payment}`, `{contact}`, `{product}`, `{number}`."""

    patterns: Mapping[str, str]

    async def payment(self, project: str, /, *, order: str, payment: str) -> str:
        return self._page("payment", project=project, order=order, payment=payment)

    async def product(self, project: str, /, *, contact: str, product: str) -> str:
        return self._page("product", project=project, contact=contact, product=product)

    async def certificate(self, project: str, /, *, contact: str, number: int) -> str:
        return self._page("certificate", project=project, contact=contact, number=str(number))

    def _page(self, name: str, **ids: str) -> str:
        page = self.patterns.get(name, "")
        for id, value in ids.items():
            # an id may hold any character, and must not change the path
            page = page.replace(f"{{{id}}}", quote(value, safe=""))
        return page


@attrs.frozen(kw_only=True)
class _Mail:
    """The mail server, the sender, and the pages that letters link to."""

    server: MailServer
    sender: Sender
    pages: _Pages

    def of(self, orders: AsyncOrders) -> AsyncNotifier:
        """Give the notifier that sends the letters of a project."""
        school = self.sender.name
        people = AsyncStoredPeople(
            store=orders.store,
            courses=orders.courses,
            facts=lambda project, _: LetterFacts(school=school or project),
        )
        letters = AsyncMailNotifier(server=self.server, sender=self.sender, people=people)
        return AsyncLinkedNotifier(letters, links=self.pages)


def _mail(said: Json) -> _Mail:
    if not isinstance(said, dict) or said.keys() - {"server", "sender", "pages"}:
        raise InvalidInput([fault_at("mail", "an object with server, sender, pages")])
    with extra("mail"):
        # imported now, so that a missing extra is reported at the start and not with the first letter
        import_module("jinja2")
    sender, pages = said.get("sender"), said.get("pages", {})
    if isinstance(sender, dict):
        # message ids need a domain; by default that of the sender's address
        sender = {"domain": str(sender.get("address", "")).rpartition("@")[2], **sender}
    if not isinstance(pages, dict) or pages.keys() - {"payment", "product", "certificate"}:
        raise InvalidInput([fault_at("mail.pages", "an object with payment, product, certificate")])
    return _Mail(
        server=read_settings(MailServer, said.get("server"), "mail.server"),
        sender=read_settings(Sender, sender, "mail.sender"),
        pages=_Pages(patterns={name: str(page) for name, page in pages.items()}),
    )


# All parts


def outside_of(document: Json) -> Outside:
    """Read the parts `url`, `gateways` and `mail` of a file.

    Raises:
        InvalidInput: with all faults of these parts.
        MissingExtra: if a gateway in the file needs an extra that is not installed.
    """
    said = document if isinstance(document, dict) else {}
    url, listed = str(said.get("url", "")), said.get("gateways", [])
    faults: list[Fault] = [] if isinstance(listed, list) else [fault_at("gateways", "a list")]
    connected: list[_Connected] = []
    mail: _Mail | None = None
    for n, one in enumerate(listed if isinstance(listed, list) else ()):
        try:
            connected.append(_connected(one if isinstance(one, dict) else {}, f"gateways.{n}", url))
        except InvalidInput as wrong:
            faults += wrong.faults
    try:
        mail = None if said.get("mail") is None else _mail(said["mail"])
    except InvalidInput as wrong:
        faults += wrong.faults
    if faults:
        raise InvalidInput(faults)
    return Outside(
        gateways=lambda project: {one.name: one.gateway for one in connected if one.project in (None, project)},
        letters=lambda orders: None if mail is None else mail.of(orders),
        sandboxes={
            (one.project, one.name): one.gateway.gateway
            for one in connected
            if one.project is not None and isinstance(one.gateway, AsyncFakeGateway)
        },
    )


if TYPE_CHECKING:

    def _fit(pages: _Pages) -> AsyncLinks:
        return pages
