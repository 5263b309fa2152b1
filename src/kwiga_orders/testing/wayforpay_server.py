"""A local WayForPay server with its protocol, real signatures and real HTTP, for tests and demonstrations.

    with WayForPaySandbox() as sandbox:
        gateway = WayForPay(sandbox.merchant())
        sandbox.pays(gateway.make_link(request).url)
        gateway.read_callback(sandbox.called()[0].body, {})

Its callbacks wait in `called` until they are delivered: in any order, once or twice. Like WayForPay, it has no
idempotency keys, reports only the sum of refunds, and refuses a reference that was already used.
"""

import hmac
import json
from typing import cast
from urllib.parse import parse_qsl

import attrs

from kwiga_orders.adapters.gateways.wayforpay import Merchant
from kwiga_orders.codec import Json
from kwiga_orders.money import Money
from kwiga_orders.ports import Clock
from kwiga_orders.testing.gateways import Delivery
from kwiga_orders.testing.local_server import Answered, Asked, GatewaySandbox

__all__ = ["WayForPaySandbox"]

_SIGNED = (
    "merchantAccount", "orderReference", "amount", "currency", "authCode", "cardPan", "transactionStatus", "reasonCode",
)  # fmt: skip
_Fields = dict[str, str]


@attrs.define
class _Paid:
    """The state of one reference."""

    amount: Money
    callback_url: str
    status: str = "Created"
    reason: str = "1100"
    token: str = ""
    refunded: int = 0
    at: str = ""


class WayForPaySandbox(GatewaySandbox):
    """A shop account at a local WayForPay server; a context manager that threads may share."""

    def __init__(
        self, *, clock: Clock | None = None, account: str = "test_shop", secret: str = "sandbox secret"
    ) -> None:
        self.account, self.secret = account, secret
        super().__init__(clock)
        self._paid: dict[str, _Paid] = {}
        self._pages: dict[str, str] = {}
        self._regular: dict[str, str] = {}

    def merchant(self, *, callback_url: str | None = None) -> Merchant:
        """Give the settings of the shop account."""
        return Merchant(
            account=self.account,
            secret=self.secret,
            password="sandbox password",
            domain="school.test",
            callback_url=callback_url,
            # The school's clock, so that callbacks have instants that fit the scenario.
            clock=self._clock,
            pay_url=f"{self.server.url}/pay",
            api_url=f"{self.server.url}/api",
            regular_url=f"{self.server.url}/regularApi",
        )

    # What happens at the gateway

    def pays(self, url: str, *, succeeds: bool = True, saves: bool = False) -> str:
        """Let a customer pay on a page, or be declined; with `saves`, save the card. Give the reference."""
        with self._lock:
            reference = self._pages[url]
            paid = self._paid[reference]
            # Reason codes of WayForPay, which the adapter passes on.
            paid.status, paid.reason = ("Approved", "1100") if succeeds else ("Declined", "1101")
            paid.token = f"card-{reference}" if saves and succeeds else ""
            paid.at = str(self._seconds())
            self._calls(reference)
        return reference

    def takes_back(self, reference: str, minor: int) -> None:
        """Refund money at the gateway itself."""
        with self._lock:
            paid = self._paid[reference]
            paid.refunded += minor
            # WayForPay's status for a payment that was refunded in full.
            paid.status = "Refunded" if paid.refunded < paid.amount.minor else "Voided"
            self._calls(reference)

    @property
    def moved(self) -> dict[str, int]:
        """The amount left of each paid reference, in minor units."""
        with self._lock:
            return {one: paid.amount.minor - paid.refunded for one, paid in self._paid.items() if paid.at}

    # The protocol

    def answer(self, asked: Asked, /) -> Answered:
        """Answer a request like WayForPay: always with 200, and the outcome in the body."""
        with self._lock:
            if asked.path.startswith("/pay"):
                return Answered.saying(self._page(dict(parse_qsl(asked.body.decode()))))
            # Lists are the goods of a charge, which are not used here.
            fields = {name: value for name, value in json.loads(asked.body).items() if not isinstance(value, list)}
            if asked.path == "/regularApi":
                return Answered.saying(self._regular_payment(fields))
            return Answered.saying(self._carried_out(fields))

    def _page(self, form: _Fields) -> dict[str, Json]:
        names = ("merchantAccount", "merchantDomainName", "orderReference", "orderDate", "amount", "currency")
        goods = ("productName[]", "productCount[]", "productPrice[]")
        if not self._is_signed(form, *names, *goods):
            return {"reason": "Invalid signature", "reasonCode": 1113}
        reference = form["orderReference"]
        known = self._paid.get(reference)
        # A page that was paid or declined cannot be used again; one that was only opened can.
        if known is not None and known.at:
            return {"reason": "Duplicate Order ID", "reasonCode": 1112}
        amount = Money.of(form["amount"], form["currency"])
        self._paid[reference] = _Paid(amount, form.get("serviceUrl", ""))
        url = f"https://secure.wayforpay.test/page?vkh={reference}"
        self._pages[url] = reference
        return {"url": url}

    def _carried_out(self, fields: _Fields) -> dict[str, Json]:
        kind, reference = fields["transactionType"], fields.get("orderReference", "")
        if kind == "CHECK_STATUS":
            if not self._is_signed(fields, "merchantAccount", "orderReference"):
                return {"reason": "Invalid signature", "reasonCode": 1113}
            # As at WayForPay, a page without a payment is unknown to status requests.
            if reference not in self._paid or not self._paid[reference].at:
                return {"orderReference": reference, "reason": "Order Not Found", "reasonCode": 1127}
            return cast("dict[str, Json]", self._report_of(reference))
        if kind == "TRANSACTION_LIST":
            return self._list(fields)
        if kind == "CHARGE":
            return self._charge(fields)
        return self._refund(fields)

    def _list(self, fields: _Fields) -> dict[str, Json]:
        if not self._is_signed(fields, "merchantAccount", "dateBegin", "dateEnd"):
            return {"reason": "Invalid signature", "reasonCode": 1113}
        begin, end = int(fields["dateBegin"]), int(fields["dateEnd"])
        found = [one for one, paid in self._paid.items() if paid.at and begin <= int(paid.at) <= end]
        told = [{**self._report_of(one), "transactionType": "PURCHASE"} for one in found]
        rows = [{name: value for name, value in row.items() if name != "merchantSignature"} for row in told]
        return {"reason": "Ok", "reasonCode": 1100, "transactionList": cast(Json, rows)}

    def _charge(self, fields: _Fields) -> dict[str, Json]:
        reference, token = fields["orderReference"], fields["recToken"]
        amount = Money.of(fields["amount"], fields["currency"])
        # Only a card that was saved on this server can be charged.
        is_known = any(paid.token == token for paid in self._paid.values())
        status, reason = ("Approved", "1100") if is_known else ("Declined", "1108")
        self._paid[reference] = _Paid(amount, "", status, reason, at=str(self._seconds()))
        self._calls(reference)
        return cast("dict[str, Json]", self._report_of(reference))

    def _refund(self, fields: _Fields) -> dict[str, Json]:
        reference, amount = fields["orderReference"], Money.of(fields["amount"], fields["currency"])
        if not self._is_signed(fields, "merchantAccount", "orderReference", "amount", "currency"):
            return {"reason": "Invalid signature", "reasonCode": 1113}
        paid = self._paid.get(reference)
        # The comment carries our key, so a refund without a comment must fail.
        if paid is None or paid.refunded + amount.minor > paid.amount.minor or not fields["comment"]:
            return {"orderReference": reference, "reason": "Invalid amount", "reasonCode": 1133}
        self.takes_back(reference, amount.minor)
        answer = {
            "merchantAccount": self.account,
            "orderReference": reference,
            "transactionStatus": paid.status,
            "reasonCode": "1100",
        }
        return {**answer, "merchantSignature": self._signature(*answer.values())}

    def _regular_payment(self, fields: _Fields) -> dict[str, Json]:
        if fields.get("merchantPassword") != "sandbox password":
            return {"reasonCode": 4101, "reason": "Wrong password"}
        words = {"SUSPEND": "Suspended", "RESUME": "Active", "REMOVE": "Removed"}
        reference = fields["orderReference"]
        self._regular[reference] = words.get(fields["requestType"], self._regular.get(reference, "Active"))
        return {"reasonCode": 4100, "status": self._regular[reference], "orderReference": reference}

    # Internals

    def _moves_money(self, asked: Asked) -> bool:
        return any(word in asked.body for word in (b'"CHARGE"', b'"REFUND"'))

    def _calls(self, reference: str) -> None:
        # numbers as WayForPay writes them: not quoted, with trailing zeros
        # Callbacks about a refund have no sum, so the adapter has to ask for it.
        fields = {name: value for name, value in self._report_of(reference).items() if name != "refundAmount"}
        amount, code = fields.pop("amount"), fields.pop("reasonCode")
        body = f'{{"amount":{amount},"reasonCode":{code},{json.dumps(fields, ensure_ascii=False)[1:]}'
        self._waiting.append(Delivery(body=body.encode(), headers={}))

    def _report_of(self, reference: str) -> _Fields:
        paid = self._paid[reference]
        fields = {
            "merchantAccount": self.account,
            "orderReference": reference,
            "amount": paid.amount.amount,
            "currency": paid.amount.currency,
            "authCode": "541963",
            "cardPan": "41****8217",
            "transactionStatus": paid.status,
            "reasonCode": paid.reason,
        }
        # Signed before the fields are added that WayForPay does not sign.
        signature = self._signature(*(fields[name] for name in _SIGNED))
        refunded = Money(paid.refunded, paid.amount.currency).amount if paid.refunded else ""
        fields |= {"recToken": paid.token, "processingDate": paid.at, "refundAmount": refunded}
        return {**fields, "merchantSignature": signature}

    def _is_signed(self, fields: _Fields, *names: str) -> bool:
        expected = self._signature(*(str(fields.get(name, "")) for name in names))
        return hmac.compare_digest(fields.get("merchantSignature", ""), expected)

    def _signature(self, *fields: str) -> str:
        return hmac.new(self.secret.encode(), ";".join(fields).encode(), "md5").hexdigest()
