"""A local Stripe server: Checkout, payment intents, refunds, disputes, idempotency keys, signed webhooks, over HTTP.

    with StripeSandbox() as sandbox:
        gateway = StripeGateway(sandbox.account())
        sandbox.pays(gateway.make_link(request).url)
        delivery = sandbox.called()[0]
        gateway.read_callback(delivery.body, delivery.headers)

It answers only the calls that the adapter makes, as docs.stripe.com/api describes them. Its callbacks wait in `called`
until a test delivers them: in any order, once or twice.
"""

import hmac
import json
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from kwiga_orders.adapters.gateways.stripe import Account
from kwiga_orders.codec import Json
from kwiga_orders.ports import Clock
from kwiga_orders.testing.gateways import Delivery
from kwiga_orders.testing.local_server import Answered, Asked, GatewaySandbox

__all__ = ["StripeSandbox"]

_Object = dict[str, Json]
_Form = dict[str, str]
_END_OF_TIME = 10**11


class StripeSandbox(GatewaySandbox):
    """An account at a local Stripe server; a context manager that threads may share."""

    def __init__(self, *, clock: Clock | None = None, secret: str = "whsec_sandbox") -> None:
        self.secret = secret
        super().__init__(clock)
        self._objects: dict[str, _Object] = {}
        self._keys: dict[str, tuple[str, Answered]] = {}
        # One counter for all objects, so that ids show the order in which they were made.
        self._count = 0
        self.page = 100

    def account(self, *, secrets: tuple[str, ...] = ()) -> Account:
        """Give the settings of the account."""
        return Account(
            api_key="sk_test_sandbox",
            webhook_secrets=(*secrets, self.secret),
            return_url="https://school.test/thanks",
            clock=self._clock,
            api_base=self.server.url,
        )

    # What happens at the gateway

    def pays(self, url: str, *, succeeds: bool = True) -> str:
        """Let a customer pay on the page of a session, or be declined; give the payment intent."""
        with self._lock:
            # A session is found by its page, because a customer has nothing else.
            session = next(one for one in self._objects.values() if one.get("url") == url)
            intent = self._objects[str(session["payment_intent"])]
            if succeeds:
                self._succeeds(intent)
                session |= {"status": "complete", "payment_status": "paid"}
                # Stripe reports both; the adapter reads only the event of the intent.
                self.calls("checkout.session.completed", session)
                self.calls("payment_intent.succeeded", intent)
            else:
                intent["last_payment_error"] = {"code": "card_declined", "decline_code": "insufficient_funds"}
                self.calls("payment_intent.payment_failed", intent)
            return str(intent["id"])

    def takes_back(self, intent: str, amount: int) -> str:
        """Refund money at Stripe itself, without our metadata; give the refund."""
        with self._lock:
            refund = self._new("re", object="refund", payment_intent=intent, amount=amount, status="succeeded")
            # No metadata, because a person at Stripe does not know the adapter's names.
            refund |= {"currency": self._objects[intent]["currency"], "metadata": {}}
            self.calls("refund.created", refund)
            return str(refund["id"])

    def bounces(self, refund: str) -> None:
        """Let the bank return a refund."""
        # As at Stripe, the status of the same refund changes, and no second object is made.
        with self._lock:
            self._objects[refund] |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
            self.calls("refund.failed", self._objects[refund])

    def disputes(self, intent: str, amount: int) -> str:
        """Let the payer's bank open a dispute; give the dispute."""
        with self._lock:
            dispute = self._new("dp", object="dispute", payment_intent=intent, amount=amount, status="needs_response")
            dispute |= {"currency": self._objects[intent]["currency"], "reason": "fraudulent", "metadata": {}}
            self.calls("charge.dispute.created", dispute)
            return str(dispute["id"])

    def withdraws(self, dispute: str) -> None:
        """Withdraw the disputed money."""
        with self._lock:
            self.calls("charge.dispute.funds_withdrawn", self._objects[dispute])

    def decides(self, dispute: str, *, won: bool) -> None:
        """Decide a dispute; if it is won, the money is reinstated."""
        with self._lock:
            self._objects[dispute]["status"] = "won" if won else "lost"
            if won:
                self.calls("charge.dispute.funds_reinstated", self._objects[dispute])
            self.calls("charge.dispute.closed", self._objects[dispute])

    def calls(self, kind: str, thing: _Object) -> None:
        """Send an event, signed."""
        event: _Object = {"id": self._id("evt"), "object": "event", "type": kind, "created": self._seconds()}
        event["data"] = {"object": thing}
        self._waiting.append(self.signed(json.dumps(event).encode()))

    def signed(self, body: bytes, *, at: int | None = None) -> Delivery:
        """Sign a body like Stripe."""
        time = self._seconds() if at is None else at
        signature = hmac.new(self.secret.encode(), b"%d." % time + body, "sha256").hexdigest()
        # Like Stripe, it also sends the signature of an old scheme, which must be ignored.
        return Delivery(body=body, headers={"Stripe-Signature": f"t={time},v1={signature},v0=old"})

    # The protocol

    def answer(self, asked: Asked, /) -> Answered:
        """Answer a call to the API."""
        with self._lock:
            # A wrong key must fail here, or a test would pass without sending one.
            if asked.headers.get("authorization") != "Bearer sk_test_sandbox":
                return _error(401, "invalid_api_key")
            path = urlsplit(asked.path)
            if asked.method == "GET":
                return self._read(path.path, dict(parse_qsl(path.query)))
            key = asked.headers.get("idempotency-key", self._id("key"))
            known = self._keys.get(key)
            if known is not None:
                # As at Stripe, the same key with another body is an error of the caller.
                return known[1] if known[0] == str(asked.body) else _error(400, "idempotency_key_in_use")
            answered = self._write(path.path, dict(parse_qsl(asked.body.decode())))
            self._keys[key] = (str(asked.body), answered)
            return answered

    def _read(self, path: str, query: _Form) -> Answered:
        _, _, kind, *rest = path.split("/")
        if rest == ["search"]:
            # The query is in Stripe's search language; the adapter uses one form of it.
            name = query["query"].partition(":'")[2].rstrip("'")
            found = [
                one
                for one in self._of("payment_intent")
                if cast(_Object, one.get("metadata") or {}).get("payment") == name
            ]
        elif rest:
            return (
                Answered.saying(self._objects[rest[0]]) if rest[0] in self._objects else _error(404, "resource_missing")
            )
        else:
            return self._list(kind.removesuffix("s"), query)
        return Answered.saying({"object": "list", "data": cast(Json, _tried(found)), "has_more": False})

    def _list(self, kind: str, query: _Form) -> Answered:
        """List objects of a kind, the newest first; `starting_after` names the last object of the page before."""
        begin, end = int(query.pop("created[gte]", 0)), int(query.pop("created[lt]", _END_OF_TIME))
        after, limit = query.pop("starting_after", None), int(query.pop("limit", 10))
        found = [one for one in reversed(self._of(kind)) if query.items() <= one.items()]
        found = [one for one in found if begin <= cast(int, one["created"]) < end]
        if after is not None:
            found = found[[one["id"] for one in found].index(after) + 1 :]
        page = _tried(found[: min(limit, self.page)])
        return Answered.saying({"object": "list", "data": cast(Json, page), "has_more": len(found) > len(page)})

    def _write(self, path: str, form: _Form) -> Answered:
        if path == "/v1/checkout/sessions":
            return self._session(form)
        if path == "/v1/payment_intents":
            metadata, customer = _nested(form, "metadata"), form["customer"]
            paid = [one for one in self._of("payment_intent") if one["status"] == "succeeded"]
            is_known = any(one.get("customer") == customer for one in paid)
            intent = self._intent(int(form["amount"]), form["currency"], metadata, customer=customer)
            # A card can be charged only if a customer has paid with it before.
            if not is_known:
                intent["last_payment_error"] = {"code": "card_declined", "decline_code": "lost_card"}
                return _error(402, "card_declined", decline_code="lost_card", payment_intent=intent)
            self._succeeds(intent)
            self.calls("payment_intent.succeeded", intent)
            return Answered.saying(intent)
        return self._refund(form)

    def _session(self, form: _Form) -> Answered:
        saves = form.get("payment_intent_data[setup_future_usage]")
        intent = self._intent(
            int(form["line_items[0][price_data][unit_amount]"]),
            form["line_items[0][price_data][currency]"],
            _nested(form, "payment_intent_data[metadata]"),
            customer=self._id("cus") if saves else None,
            setup_future_usage=saves,
        )
        session = self._new("cs", object="checkout.session", payment_intent=intent["id"], status="open")
        session |= {
            "url": f"https://checkout.stripe.test/c/pay/{session['id']}",
            "expires_at": self._seconds() + 86_400,
        }
        return Answered.saying(session)

    def _refund(self, form: _Form) -> Answered:
        intent = self._objects.get(form["payment_intent"])
        if intent is None or intent["status"] != "succeeded":
            return _error(404, "resource_missing")
        refunds = [one for one in self._of("refund") if one["payment_intent"] == intent["id"]]
        # A failed refund returned no money, so it does not count.
        back = sum(cast(int, one["amount"]) for one in refunds if one["status"] != "failed")
        if back + int(form["amount"]) > cast(int, intent["amount"]):
            return _error(400, "charge_already_refunded")
        refund = self._new("re", object="refund", payment_intent=intent["id"], amount=int(form["amount"]))
        refund |= {"status": "succeeded", "currency": intent["currency"], "metadata": _nested(form, "metadata")}
        self.calls("refund.created", refund)
        return Answered.saying(refund)

    # Internals

    def _moves_money(self, asked: Asked) -> bool:
        return asked.method == "POST" and "/checkout/" not in asked.path

    def _intent(self, amount: int, currency: str, metadata: _Object, **fields: Json) -> _Object:
        intent = self._new("pi", object="payment_intent", amount=amount, currency=currency, metadata=metadata, **fields)
        intent |= {"status": "requires_payment_method", "amount_received": 0}
        return intent

    def _succeeds(self, intent: _Object) -> None:
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "payment_method": f"pm_{intent['id']}"}
        # As at Stripe, a success after a decline removes the error of the decline.
        intent.pop("last_payment_error", None)
        charge = self._new("ch", object="charge", payment_intent=intent["id"], currency=intent["currency"])
        charge |= {"amount": intent["amount"], "amount_captured": intent["amount"], "status": "succeeded"}
        charge["metadata"] = intent["metadata"]

    def _new(self, prefix: str, **fields: Json) -> _Object:
        made: _Object = {"id": self._id(prefix), "created": self._seconds(), **fields}
        self._objects[str(made["id"])] = made
        return made

    def _of(self, kind: str) -> list[_Object]:
        return [one for one in self._objects.values() if one["object"] == kind]

    def _id(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}_{self._count}"


def _tried(found: list[_Object]) -> list[_Object]:
    """Leave out intents that nobody tried to pay; their pages were only opened."""
    return [one for one in found if one.get("status") != "requires_payment_method" or one.get("last_payment_error")]


def _nested(form: _Form, name: str) -> _Object:
    begins = f"{name}["
    return {key[len(begins) : -1]: value for key, value in form.items() if key.startswith(begins)}


def _error(status: int, code: str, **more: Json) -> Answered:
    kind = "card_error" if status == 402 else "invalid_request_error"
    body = {"error": {"type": kind, "code": code, "message": code, **more}}
    return Answered.saying(body, status=status)
