"""A local LiqPay server with its protocol, real signatures and real HTTP, for tests and demonstrations.

    with LiqPaySandbox() as sandbox:
        gateway = LiqPay(sandbox.shop())
        sandbox.pays(gateway.make_link(request).url)
        gateway.read_callback(sandbox.called()[0].body, {})

Its callbacks wait in `called` until they are delivered: in any order, once or twice. Amounts are JSON numbers, as in
LiqPay; for refunds it reports only their sum.
"""

import base64
import hashlib
import json
from urllib.parse import parse_qsl, urlencode, urlsplit

import attrs

from kwiga_orders.adapters.gateways.liqpay import Shop
from kwiga_orders.codec import Json
from kwiga_orders.money import Money
from kwiga_orders.ports import Clock
from kwiga_orders.testing.gateways import Delivery
from kwiga_orders.testing.local_server import Answered, Asked, GatewaySandbox

__all__ = ["LiqPaySandbox"]

_Fields = dict[str, str]


@attrs.define
class _Paid:
    """The state of one order id."""

    amount: Money
    status: str
    token: str = ""
    refunded: int = 0
    at: int = 0


class LiqPaySandbox(GatewaySandbox):
    """A shop at a local LiqPay server; a context manager that threads may share."""

    def __init__(self, *, clock: Clock | None = None, public_key: str = "i0", private_key: str = "sandbox key") -> None:
        # Sent in every answer and callback, so that the adapter has to verify them.
        self.public_key, self.private_key = public_key, private_key
        super().__init__(clock)
        self._paid: dict[str, _Paid] = {}

    def shop(self, *, callback_url: str | None = None) -> Shop:
        """Give the settings of the shop."""
        return Shop(
            public_key=self.public_key,
            private_key=self.private_key,
            callback_url=callback_url,
            checkout_url="https://www.liqpay.test/api/3/checkout",
            api_url=f"{self.server.url}/api/request",
        )

    # What happens at the gateway

    def pays(self, url: str, *, succeeds: bool = True, saves: bool = False) -> str:
        """Let a customer pay on a page, or be declined; with `saves`, save the card. Give the order id.

        Raises:
            ValueError: if the page is not signed with the shop's key, or was already used.
        """
        fields = self._opened(urlsplit(url).query)
        # A page without the shop's signature must not be payable, or a test of signatures would prove nothing.
        if fields is None:
            raise ValueError("the page is not signed by this shop")
        with self._lock:
            reference = fields["order_id"]
            # LiqPay accepts an order id only once, paid or not.
            if reference in self._paid:
                raise ValueError("the order id was used up")
            amount = Money.of(fields["amount"], fields["currency"])
            token = f"card-{reference}" if saves and succeeds and fields.get("recurringbytoken") else ""
            status = "success" if succeeds else "failure"
            self._paid[reference] = _Paid(amount, status, token, at=self._milliseconds())
            self._calls(reference)
        return reference

    def takes_back(self, reference: str, minor: int) -> None:
        """Refund money at LiqPay itself."""
        with self._lock:
            paid = self._paid[reference]
            paid.refunded += minor
            # LiqPay calls only a full refund `reversed`; after a partial refund the status stays `success`.
            paid.status = "reversed" if paid.refunded == paid.amount.minor else "success"
            self._calls(reference)

    def signed(self, body: bytes) -> Delivery:
        """Sign a JSON text like LiqPay."""
        data = base64.b64encode(body).decode()
        return Delivery(body=urlencode({"data": data, "signature": self._signature(data)}).encode(), headers={})

    # The protocol

    def answer(self, asked: Asked, /) -> Answered:
        """Answer a request like LiqPay: with 200, and the outcome in the body."""
        fields = self._opened(asked.body.decode())
        if fields is None:
            # LiqPay does not say which field is wrong.
            return Answered.saying({"result": "error", "status": "error", "err_code": "err_signature"})
        with self._lock:
            if fields["action"] == "reports":
                return self._list(int(fields["date_from"]), int(fields["date_to"]))
            if fields["action"] == "status":
                return self._state(fields["order_id"])
            return self._charge(fields) if fields["action"] == "paytoken" else self._refund(fields)

    def _list(self, begin: int, end: int) -> Answered:
        found = [self._report_of(one).decode() for one, paid in self._paid.items() if begin <= paid.at <= end]
        return Answered(body=f'{{"result":"success","data":[{",".join(found)}]}}'.encode())

    def _state(self, reference: str) -> Answered:
        if reference not in self._paid:
            return Answered.saying({"result": "error", "status": "error", "err_code": "payment_not_found"})
        return Answered(body=self._report_of(reference))

    def _charge(self, fields: _Fields) -> Answered:
        reference = fields["order_id"]
        if reference in self._paid:
            return Answered.saying({"result": "error", "status": "error", "err_code": "order_id_duplicates"})
        # A token is known if a customer saved a card on this server.
        is_known = any(paid.token == fields["card_token"] for paid in self._paid.values())
        amount, status = Money.of(fields["amount"], fields["currency"]), "success" if is_known else "failure"
        self._paid[reference] = _Paid(amount, status, at=self._milliseconds())
        self._calls(reference)
        return Answered(body=self._report_of(reference))

    def _refund(self, fields: _Fields) -> Answered:
        paid = self._paid.get(fields["order_id"])
        amount = None if paid is None else Money.of(fields["amount"], paid.amount.currency)
        # LiqPay refuses a refund beyond the payment, but answers with 200.
        if paid is None or amount is None or paid.refunded + amount.minor > paid.amount.minor:
            return Answered.saying({"result": "error", "status": "error", "err_code": "err_amount_refund"})
        self.takes_back(fields["order_id"], amount.minor)
        return Answered.saying({"action": "refund", "result": "ok", "status": paid.status, "payment_id": 1})

    # Internals

    def _moves_money(self, asked: Asked) -> bool:
        # Decided before the request is executed, to cut the connection at the right one.
        fields = self._opened(asked.body.decode())
        return fields is not None and fields["action"] in ("paytoken", "refund")

    def _opened(self, form: str) -> _Fields | None:
        fields = dict(parse_qsl(form))
        data = fields.get("data", "")
        # The fields are read only if the signature is right.
        if fields.get("signature") != self._signature(data):
            return None
        return {name: str(value) for name, value in json.loads(base64.b64decode(data)).items()}

    def _calls(self, reference: str) -> None:
        self._waiting.append(self.signed(self._report_of(reference)))

    def _report_of(self, reference: str) -> bytes:
        paid = self._paid[reference]
        told: dict[str, Json] = {
            "result": "ok" if paid.status != "failure" else "error",
            "action": "pay",
            "status": paid.status,
            "order_id": reference,
            "currency": paid.amount.currency,
            "create_date": paid.at,
            "end_date": paid.at,
            "sender_card_mask2": "516875*12",
        }
        if paid.status == "failure":
            told["err_code"] = "limit"
        if paid.token:
            told["card_token"] = paid.token
        # numbers are not quoted, as in LiqPay
        amounts = f'"amount":{paid.amount.amount}'
        if paid.refunded:
            amounts += f',"refund_amount":{Money(paid.refunded, paid.amount.currency).amount}'
        return f"{{{amounts},{json.dumps(told)[1:]}".encode()

    def _signature(self, data: str) -> str:
        digest = hashlib.sha1(f"{self.private_key}{data}{self.private_key}".encode(), usedforsecurity=False).digest()
        return base64.b64encode(digest).decode()

    def _milliseconds(self) -> int:
        return int(self._clock.now().timestamp() * 1000)
