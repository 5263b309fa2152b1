"""A demonstration of payments and letters: a real gateway adapter and local servers for gateway and mail, over HTTP.

A card is declined, a letter with a payment link arrives, another card pays through it, the gateway repeats its reports,
part of the money is refunded, a dispute is opened and won. Money moves only by callbacks that the gateway's server
posts to the school's server, and the letters shown are those that the mail server received.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal

import attrs

from kwiga_orders.adapters.gateways.liqpay import LiqPay
from kwiga_orders.adapters.gateways.stripe import StripeGateway
from kwiga_orders.adapters.gateways.wayforpay import WayForPay
from kwiga_orders.adapters.http import Http, Httpx, Request
from kwiga_orders.adapters.links import LinkedNotifier
from kwiga_orders.adapters.mail import MailNotifier, Sender
from kwiga_orders.changes import OutboxRow
from kwiga_orders.cli.drawing import card, letter
from kwiga_orders.cli.stores import opened
from kwiga_orders.codec import Json
from kwiga_orders.errors import Refused
from kwiga_orders.extras import extra
from kwiga_orders.locale import LetterFacts, LetterText, Texts
from kwiga_orders.orders.commands import RefundPayment, Remind, ReportRefund
from kwiga_orders.payments import Outcome
from kwiga_orders.ports import Clock, PaymentGateway
from kwiga_orders.project import Contact, Locale, Project
from kwiga_orders.queries import OrderQuery
from kwiga_orders.service import Orders
from kwiga_orders.testing.gateways import Delivery
from kwiga_orders.testing.liqpay_server import LiqPaySandbox
from kwiga_orders.testing.local_server import Answered, Asked, LocalServer
from kwiga_orders.testing.mailbox import LocalMailbox
from kwiga_orders.testing.school import local
from kwiga_orders.testing.stage import SchoolStage
from kwiga_orders.testing.stripe_server import StripeSandbox
from kwiga_orders.testing.wayforpay_server import WayForPaySandbox
from kwiga_orders.wire import read_command, read_contact, read_course, read_project

with extra("cli"):
    from rich.console import Console

__all__ = ["MONEY_SCENES", "run_money_demo"]

_ZONE = "Europe/Kyiv"
_PAGE = 120
_SENDER = Sender(address="school@school.example", domain="school.example", unsubscribe="https://school.example/off")
_OFFER: Json = {
    "command": "create_offer",
    "code": "python",
    "title": "Python",
    "state": "published",
    "currency": "UAH",
    "items": [{"product": "python", "price": "1000.00"}],
}


@attrs.frozen(kw_only=True)
class _OtherSide:
    """A gateway and its local server, with what the story does there; `dispute` is None if it reports no disputes."""

    gateway: PaymentGateway
    pays: Callable[[str, bool], str]
    called: Callable[[], list[Delivery]]
    dispute: Callable[[str], None] | None = None
    win: Callable[[], None] | None = None


@contextmanager
def _other_side(name: str, clock: Clock) -> Iterator[_OtherSide]:
    if name == "stripe":
        with StripeSandbox(clock=clock) as stripe:
            disputes: list[str] = []

            # the gateway takes the money back at once, and asks the school for proof only then
            def dispute(intent: str) -> None:
                disputes.append(stripe.disputes(intent, 70_000))
                stripe.withdraws(disputes[0])

            yield _OtherSide(
                gateway=StripeGateway(stripe.account()),
                pays=lambda url, succeeds: stripe.pays(url, succeeds=succeeds),
                called=lambda: list(stripe.called()),
                dispute=dispute,
                win=lambda: stripe.decides(disputes[0], won=True),
            )
    elif name == "wayforpay":
        with WayForPaySandbox(clock=clock) as wayforpay:
            yield _OtherSide(
                gateway=WayForPay(wayforpay.merchant()),
                pays=lambda url, succeeds: wayforpay.pays(url, succeeds=succeeds),
                called=lambda: list(wayforpay.called()),
            )
    else:
        with LiqPaySandbox(clock=clock) as liqpay:
            yield _OtherSide(
                gateway=LiqPay(liqpay.shop()),
                pays=lambda url, succeeds: liqpay.pays(url, succeeds=succeeds),
                called=lambda: list(liqpay.called()),
            )


@attrs.frozen
class _School:
    """The school's server: every request to it is a callback of the gateway."""

    orders: Orders
    name: str

    def answer(self, asked: Asked, /) -> Answered:
        """Take in a callback and give the answer that the gateway expects; an unsigned or outdated one is refused."""
        try:
            answer = self.orders.receive(self.name, asked.body, asked.headers)
        except Refused:
            # the gateway repeats a refused callback, so the answer must not look like success
            return Answered(status=400)
        return Answered(status=answer.status, body=answer.body, content_type=answer.content_type)


@attrs.frozen
class _Known:
    """What letters need to know, and the URLs of their links."""

    orders: Orders
    school: Project

    def find_contact(self, project: str, contact: str, /) -> Contact | None:
        """Find a contact."""
        with self.orders.store.transaction(project, writes=False) as records:
            return records.find_contact(contact)

    def get_project(self, _: str, /) -> Project:
        """Give the school."""
        return self.school

    def facts_of(self, _: str, __: OutboxRow, /) -> LetterFacts:
        """Give the name of the school and the title of its course."""
        return LetterFacts(school="KWIGA", titles={"python": "Python"})

    def payment(self, _: str, /, *, order: str, payment: str) -> str:
        """Give the gateway's page for a payment. It is asked for when the letter is sent."""
        return self.orders.payment_link(order=order, payment=payment).url

    def product(self, _: str, /, *, contact: str, product: str) -> str:
        """Give the URL of a course."""
        return f"https://school.example/{product}"

    def certificate(self, _: str, /, *, contact: str, number: int) -> str:
        """Give no URL: certificates have no page here."""
        return ""


def run_money_demo(*, gateway: str, store: str, locale: Locale) -> int:
    """Play the story with that gateway on a store; give the exit code."""
    console = Console(highlight=False)
    # a log has no width, and columns would be cut at 80 characters
    if not console.is_terminal:
        console = Console(highlight=False, width=_PAGE)
    with ExitStack() as open_things:
        stage = SchoolStage(store=open_things.enter_context(opened(store)))
        stage.at(local("2026-11-02 10:00"))
        stage.project(read_project({"id": f"school-{gateway}", "timezone": _ZONE, "currency": "UAH", "locale": locale}))
        stage.course(read_course({"product": "python", "title": "Python", "modules": []}))
        stage.contact(read_contact({"id": "olena", "name": "Олена Коваль", "email": "olena@example.com"}))
        # the gateway needs the stage's clock, because signatures are valid only for minutes
        other = open_things.enter_context(_other_side(gateway, stage.clock))
        orders = attrs.evolve(stage.orders, gateways={gateway: other.gateway})
        # callbacks go over HTTP as in production, and the server's address is known only now
        server = LocalServer(_School(orders, gateway))
        server.start()
        open_things.callback(server.stop)
        story = _Story(
            name=gateway,
            stage=stage,
            orders=orders,
            other=other,
            mailbox=open_things.enter_context(LocalMailbox()),
            school_url=server.url,
            console=console,
            texts=Texts(locale, timezone=_ZONE),
        )
        for at, caption, act in MONEY_SCENES:
            story.play(at, caption, act)
    return 0


@attrs.define(kw_only=True)
class _Story:
    name: str
    stage: SchoolStage
    orders: Orders
    other: _OtherSide
    mailbox: LocalMailbox
    school_url: str
    console: Console
    texts: Texts
    http: Http = attrs.field(factory=Httpx)
    order: str = ""
    reference: str = ""
    heard: list[Delivery] = attrs.field(factory=list)
    shown: int = 0

    @property
    def payment(self) -> str:
        """The id of the order's first payment (P1)."""
        return f"{self.order}.1"

    def play(self, at: str, caption: str, act: "Callable[[_Story], None]") -> None:
        """Play a scene; show the order and the letters that arrived."""
        self.stage.at(local(at))
        now = self.texts.instant(self.stage.clock.now())
        self.console.print(f"\n[bold]{now} · {self.texts.scene(caption)}[/]\n")
        act(self)
        # what the scene asked of the gateway is sent first, so that the gateway can call back
        self.relay()
        self.hear()
        # what the callbacks caused, such as letters, is sent in the same scene
        self.relay()
        view = self.orders.ask(OrderQuery(order=self.order))
        self.console.print(card(view, self.texts))
        for item in view["attention"]:
            self.console.print(f"[yellow]! {item['code']}[/] {item['amount'] or ''} {item['reference'] or ''}")
        # letters of earlier scenes are not shown again
        for message in self.mailbox.letters[self.shown :]:
            body = message.get_body(("plain",))
            text = LetterText(subject=str(message["Subject"]), body="" if body is None else str(body.get_content()))
            self.console.print(letter(str(message["To"]), text))
        self.shown = len(self.mailbox.letters)

    def relay(self) -> None:
        """Send what waits for the gateway, and the letters."""
        with self.orders.store.transaction(self.orders.project, writes=False) as records:
            known = _Known(self.orders, records.get_project())
        mail = MailNotifier(server=self.mailbox.server, sender=_SENDER, people=known)
        # one round sends one batch, and sending may add rows
        while self.orders.relay_once(LinkedNotifier(mail, links=known)):
            pass

    def hear(self) -> None:
        """Let the gateway's server post its callbacks to the school's server."""
        for delivery in self.other.called():
            self.heard.append(delivery)
            self.post(delivery)

    def post(self, delivery: Delivery) -> None:
        """Post a callback over HTTP."""
        url = f"{self.school_url}/pay/{self.name}"
        answer = self.http.send(Request(url=url, headers=delivery.headers, body=delivery.body))
        self.console.print(f"[dim]→ POST /pay/{self.name} {len(delivery.body)} B → {answer.status}[/]")


def declined(story: _Story) -> None:
    """A card is declined on the gateway's page (P4)."""
    story.stage.do(read_command(_OFFER))
    opened_order = story.orders.execute(
        read_command({"command": "open_offer", "offer": "python", "contact": "olena"})
    ).order
    assert opened_order is not None, "opening an offer makes an order"
    story.order = opened_order
    link = story.orders.payment_link(order=story.order, payment=story.payment)
    story.other.pays(link.url, False)


def pays_by_letter(story: _Story) -> None:
    """A reminder brings a new link, and another card pays through it (P3, P14)."""
    story.orders.execute(Remind(order=story.order, payment=story.payment))
    story.relay()
    body = story.mailbox.letters[-1].get_body(("plain",))
    assert body is not None, "every letter has a text"
    found = re.search(r"https://\S+", str(body.get_content()))
    assert found is not None, "a reminder has a link"
    story.reference = story.other.pays(found[0], True)


def told_again(story: _Story) -> None:
    """All reports of the gateway arrive again, in reverse order (P11)."""
    for delivery in reversed(story.heard[:]):
        story.post(delivery)


def refunded(story: _Story) -> None:
    """Part of the money is refunded (P9)."""
    story.orders.execute(RefundPayment(order=story.order, payment=story.payment, amount=Decimal("300.00")))


def disputed(story: _Story) -> None:
    """The bank takes the rest back (P10). If the gateway reports no disputes, the school records it by hand."""
    if story.other.dispute is not None:
        story.other.dispute(story.reference)
    else:
        story.orders.execute(_chargeback(story, Outcome.SUCCEEDED))


def won(story: _Story) -> None:
    """The dispute is won (P10)."""
    if story.other.win is not None:
        story.other.win()
    else:
        story.orders.execute(_chargeback(story, Outcome.FAILED))


def _chargeback(story: _Story, outcome: Outcome) -> ReportRefund:
    return ReportRefund(
        order=story.order,
        payment=story.payment,
        reference="dispute-1",
        amount=Decimal("700.00"),
        outcome=outcome,
        chargeback=True,
    )


MONEY_SCENES: tuple[tuple[str, str, Callable[[_Story], None]], ...] = (
    ("2026-11-02 10:00", "card_declined", declined),
    ("2026-11-02 18:00", "pays_by_link", pays_by_letter),
    ("2026-11-02 18:01", "told_again", told_again),
    ("2026-11-05 12:00", "refunded_by_gateway", refunded),
    ("2026-11-20 09:00", "dispute_opened", disputed),
    ("2026-12-10 09:00", "dispute_won", won),
)
"""The scenes in order: the time, the name of the caption, and the action."""
