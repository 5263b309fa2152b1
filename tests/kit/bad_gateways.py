"""Gateways that are wrong: each is the one in memory with one fault, said by its docstring."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import attrs

from kwiga_orders import gateways
from kwiga_orders.errors import AdapterFailed, Refused
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome
from kwiga_orders.ports import Clock
from kwiga_orders.reconciliation import Listed
from kwiga_orders.testing.gateways import FakeGateway

__all__ = ["BAD_GATEWAYS", "BadGateway"]


@attrs.define
class BadGateway(FakeGateway):
    """The gateway in memory; what is not said here goes as it should."""

    told_by: ClassVar[str]


# Callbacks


class BelievesAnybody(BadGateway):
    """Callbacks are not verified."""

    told_by = "test_what_is_not_signed"

    def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> gateways.Callback:
        if not body.startswith(b"{"):
            raise Refused("callback.not_verified", gateway=self.name)
        return super().read_callback(body, self.signed_again(body))

    def signed_again(self, body: bytes) -> Mapping[str, str]:
        return {"X-Fake-Signature": self._signature(body)}


class SignsTheReference(BadGateway):
    """The signature covers the reference and the outcome, and nothing of the amount."""

    told_by = "test_what_was_changed_is_not_believed"

    def _signature(self, body: bytes) -> str:
        try:
            facts = json.loads(body)["facts"]
            signed = json.dumps([[fact["payment"], fact["reference"], fact["outcome"]] for fact in facts])
        except (KeyError, TypeError, ValueError):
            return super()._signature(body)
        return super()._signature(signed.encode())


class HeadersHaveCase(BadGateway):
    """The header is looked for as the documentation spells it."""

    told_by = "test_headers_have_no_case"

    def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> gateways.Callback:
        found = {name: value for name, value in headers.items() if name == "X-Fake-Signature"}
        return super().read_callback(body, found)


class SeenOnce(BadGateway):
    """A callback that comes again is answered with an error."""

    told_by = "test_a_callback_comes_twice"
    seen: ClassVar[set[bytes]] = set()

    def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> gateways.Callback:
        callback = super().read_callback(body, headers)
        if body in self.seen:
            return attrs.evolve(callback, facts=(), status=409)
        self.seen.add(body)
        return callback


class OtherReferences(BadGateway):
    """A success is told twice, in callbacks under another reference than in states."""

    told_by = "test_callback_and_state_agree"

    def state_of(self, request: gateways.StateRequest, /) -> Sequence[gateways.GatewayFact]:
        return [attrs.evolve(fact, reference=f"s-{fact.reference}") for fact in super().state_of(request)]


# Amounts


class CountsInFloats(BadGateway):
    """Amounts go through floats, and are cut off: 19.99 becomes 19.98."""

    told_by = "test_money_keeps_its_amount"

    def make_link(self, request: gateways.LinkRequest, /) -> gateways.PaymentLink:
        minor = int(float(request.amount.decimal) * 100)
        if request.amount.currency != "UAH":
            return super().make_link(request)
        cut = attrs.evolve(request, amount=Money(minor, request.amount.currency))
        return attrs.evolve(super().make_link(cut), amount=request.amount)


class CountsInHundredths(BadGateway):
    """Every currency is taken to have two decimals."""

    told_by = "test_money_keeps_its_amount"

    def make_link(self, request: gateways.LinkRequest, /) -> gateways.PaymentLink:
        currency = request.amount.currency
        wrong = Money(int(request.amount.decimal * 100), currency)
        return attrs.evolve(super().make_link(attrs.evolve(request, amount=wrong)), amount=request.amount)


class RoundsRefunds(BadGateway):
    """A refund is rounded to a whole of the currency."""

    told_by = "test_a_refund_keeps_its_amount"

    def refund(self, request: gateways.RefundRequest, /) -> gateways.GatewayFact:
        currency = request.amount.currency
        whole = Money.of(str(int(request.amount.decimal)), currency)
        return super().refund(attrs.evolve(request, amount=whole))


class KeepsTheFirstAmount(BadGateway):
    """An edited payment is still paid by its first amount."""

    told_by = "test_a_link_is_for_its_amount"

    def make_link(self, request: gateways.LinkRequest, /) -> gateways.PaymentLink:
        known = [one for one in self._links.values() if one.payment == request.payment]
        link = super().make_link(request)
        if known:
            self._links[link.url] = attrs.evolve(request, amount=known[0].amount)
        return link


# Moving money


class ForgetsKeysOfRefunds(BadGateway):
    """A refund that is asked for again goes back again."""

    told_by = "test_a_refund_happens_once"

    def refund(self, request: gateways.RefundRequest, /) -> gateways.GatewayFact:
        return super().refund(attrs.evolve(request, key=f"{request.key}.{len(self._facts)}"))


class RefundsByAmount(BadGateway):
    """Two refunds of one amount are taken for one."""

    told_by = "test_two_refunds_are_two"

    def refund(self, request: gateways.RefundRequest, /) -> gateways.GatewayFact:
        return super().refund(attrs.evolve(request, key=f"{request.payment}.{request.amount.minor}"))


class TimeoutIsADecline(BadGateway):
    """An answer that was lost is reported as a failure."""

    told_by = "test_a_lost_answer_moves_nothing_twice"

    def refund(self, request: gateways.RefundRequest, /) -> gateways.GatewayFact:
        fact = super().refund(request)
        return attrs.evolve(fact, outcome=Outcome.FAILED) if fact.outcome is Outcome.UNKNOWN else fact


class UnknownUnderAnotherName(BadGateway):
    """What became of a lost refund is told under a reference that nobody was told before."""

    told_by = "test_a_lost_answer_moves_nothing_twice"

    def refund(self, request: gateways.RefundRequest, /) -> gateways.GatewayFact:
        fact = super().refund(request)
        return attrs.evolve(fact, reference="temporary") if fact.outcome is Outcome.UNKNOWN else fact


class RefusalsBreak(BadGateway):
    """What the gateway refuses is raised as if it could not be reached."""

    told_by = "test_what_the_gateway_refuses"

    def refund(self, request: gateways.RefundRequest, /) -> gateways.GatewayFact:
        fact = super().refund(request)
        if fact.outcome is Outcome.FAILED:
            raise AdapterFailed("gateway.unreachable", gateway=self.name)
        return fact


class RefusesWithoutAReason(BadGateway):
    """A refund that failed does not say why."""

    told_by = "test_what_the_gateway_refuses"

    def refund(self, request: gateways.RefundRequest, /) -> gateways.GatewayFact:
        return attrs.evolve(super().refund(request), reason=None)


class ChargesTwice(BadGateway):
    """A charge that is asked for again takes money again."""

    told_by = "test_a_saved_card_is_charged_once"

    def charge(self, request: gateways.ChargeRequest, /) -> gateways.GatewayFact:
        return super().charge(attrs.evolve(request, key=f"{request.key}.{len(self._facts)}"))


class LostChargesFail(BadGateway):
    """A charge whose answer was lost is reported as declined."""

    told_by = "test_a_lost_charge_takes_nothing_twice"

    def charge(self, request: gateways.ChargeRequest, /) -> gateways.GatewayFact:
        fact = super().charge(request)
        return attrs.evolve(fact, outcome=Outcome.FAILED) if fact.outcome is Outcome.UNKNOWN else fact


class NobodyIsADecline(BadGateway):
    """A gateway that cannot be reached declines the charge."""

    told_by = "test_a_charge_that_reaches_nobody"

    def charge(self, request: gateways.ChargeRequest, /) -> gateways.GatewayFact:
        try:
            return super().charge(request)
        except AdapterFailed:
            return gateways.GatewayFact(
                payment=request.payment, reference="x", outcome=Outcome.FAILED, amount=request.amount
            )


class RefundsCallBackAsPayments(BadGateway):
    """The callback about a refund says that the payment failed."""

    told_by = "test_a_refund_is_called_back"

    def refund(self, request: gateways.RefundRequest, /) -> gateways.GatewayFact:
        fact = super().refund(request)
        wrong = gateways.GatewayFact(payment=fact.payment, reference="x", outcome=Outcome.FAILED, amount=fact.amount)
        self.waiting.append(self.signed(wrong))
        return fact


# Links and states


class LinksReserve(BadGateway):
    """Asking for a link begins an attempt."""

    told_by = "test_a_link_changes_nothing"

    def make_link(self, request: gateways.LinkRequest, /) -> gateways.PaymentLink:
        fact = gateways.GatewayFact(
            payment=request.payment, reference=f"p-{request.payment}", outcome=Outcome.PENDING, amount=request.amount
        )
        self._facts[fact.reference] = fact
        return super().make_link(request)


class NobodyKnowsNothing(BadGateway):
    """A gateway that cannot be reached is said to know of no attempt."""

    told_by = "test_nobody_there"

    def state_of(self, request: gateways.StateRequest, /) -> Sequence[gateways.GatewayFact]:
        return () if self.is_down else super().state_of(request)


class TellsOfStrangers(BadGateway):
    """A payment that it does not know is reported as pending."""

    told_by = "test_what_it_never_heard_of"

    def state_of(self, request: gateways.StateRequest, /) -> Sequence[gateways.GatewayFact]:
        known = super().state_of(request)
        unheard = gateways.GatewayFact(payment=request.payment or "o.1", reference="?", outcome=Outcome.PENDING)
        return known or (unheard,)


class AskingCalls(BadGateway):
    """Each question for a state makes a callback."""

    told_by = "test_asking_changes_nothing"

    def state_of(self, request: gateways.StateRequest, /) -> Sequence[gateways.GatewayFact]:
        known = super().state_of(request)
        self.waiting.extend(self.signed(fact) for fact in known)
        return known


class NeedsThePayment(BadGateway):
    """Asked by a reference alone, it says nothing."""

    told_by = "test_whose_attempt_it_is"

    def state_of(self, request: gateways.StateRequest, /) -> Sequence[gateways.GatewayFact]:
        return super().state_of(request) if request.payment else ()


class OneReferenceForAll(BadGateway):
    """A decline and the success after it are one attempt."""

    told_by = "test_paid_after_a_decline"

    def pays(self, url: str, *, succeeds: bool = True, saves: bool = False, reason: str | None = None) -> str:
        reference = super().pays(url, succeeds=succeeds, saves=saves, reason=reason)
        fact = attrs.evolve(self._facts.pop(reference), reference=f"one-{self._links[url].payment}")
        self._facts[fact.reference] = fact
        self.waiting[-1] = self.signed(fact)
        return fact.reference


# Money that goes back by itself


class RefundsAreWhole(BadGateway):
    """Money given back at its own desk is told as all of the payment."""

    told_by = "test_money_given_back_at_its_desk"

    def takes_back(self, reference: str, amount: Money, **kind: str) -> str:
        whole = self._facts[reference].amount
        assert whole is not None
        return super().takes_back(reference, whole, **kind)  # type: ignore[arg-type]


class ChargebacksChangeTheirNames(BadGateway):
    """What ends has another reference than what began."""

    told_by = "test_a_chargeback_has_a_life"

    def settles(self, reference: str, outcome: Outcome) -> None:
        fact = self._facts.pop(reference)
        self._facts[f"{reference}-closed"] = attrs.evolve(fact, reference=f"{reference}-closed")
        super().settles(f"{reference}-closed", outcome)


class BouncesAreSilent(BadGateway):
    """A refund that comes back stays done in its state."""

    told_by = "test_a_refund_bounces"

    def settles(self, reference: str, outcome: Outcome) -> None:
        fact = self._facts[reference]
        super().settles(reference, outcome)
        self._facts[reference] = fact


class ListsForEver(BadGateway):
    """The list has no end."""

    told_by = "test_what_it_lists"

    def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        return super().list_facts(starts_at - timedelta(days=9), ends_at + timedelta(days=9))


class ListsTwice(BadGateway):
    """A payment that was paid is listed once more for its settlement."""

    told_by = "test_what_it_lists"

    def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        listed = super().list_facts(starts_at, ends_at)
        return attrs.evolve(listed, facts=listed.facts * 2)


class SaysLessThanItCan(BadGateway):
    """It charges saved cards, and its capabilities say that it does not."""

    told_by = "test_what_it_can_do"

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, capabilities=gateways.Capabilities(lists=True, saved_means=False))


BAD_GATEWAYS: tuple[type[BadGateway], ...] = tuple(BadGateway.__subclasses__())
