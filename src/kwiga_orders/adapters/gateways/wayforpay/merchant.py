"""A merchant's account: its settings, its signatures, and the form of a purchase."""

import hmac

import attrs

from kwiga_orders.adapters.system import SystemClock
from kwiga_orders.gateways import LinkRequest
from kwiga_orders.money import Money
from kwiga_orders.ports import Clock

__all__ = [
    "NAME",
    "Merchant",
    "PurchaseForm",
    "purchase_fields",
    "purchase_form",
]

NAME = "wayforpay"
"""The name of this gateway in errors."""

_LANGUAGES = {"uk": "UA", "ru": "RU", "en": "EN"}


@attrs.frozen(kw_only=True)
class Merchant:
    """An account at WayForPay. Only its regular payments need `password`; `repr` leaves secrets out.

    WayForPay posts callbacks to `callback_url`, and sends the payer's browser to `return_url` afterwards.
    """

    account: str
    secret: str = attrs.field(repr=False)
    domain: str
    callback_url: str | None = None
    return_url: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    clock: Clock = attrs.field(factory=SystemClock, repr=False)
    pay_url: str = "https://secure.wayforpay.com/pay"
    api_url: str = "https://api.wayforpay.com/api"
    regular_url: str = "https://api.wayforpay.com/regularApi"
    _signing: hmac.HMAC = attrs.field(init=False, repr=False, eq=False)
    """An HMAC with the key, to be copied: setting up the key is half the work of a short signature."""

    @_signing.default
    def _keyed(self) -> hmac.HMAC:
        return hmac.new(self.secret.encode(), digestmod="md5")

    def signature(self, *fields: str) -> str:
        """Sign fields in their order."""
        signing = self._signing.copy()
        # `surrogatepass`, because JSON from outside may contain lone surrogates
        signing.update(";".join(fields).encode(errors="surrogatepass"))
        return signing.hexdigest()

    def has_signed(self, given: object, *fields: str) -> bool:
        """Tell, in constant time, whether `given` is the signature of fields."""
        if not isinstance(given, str) or not given.isascii():
            return False
        return hmac.compare_digest(given, self.signature(*fields))

    def seconds(self) -> str:
        """Give the current Unix time as text."""
        return str(int(self.clock.now().timestamp()))


@attrs.frozen(kw_only=True)
class PurchaseForm:
    """A form that a browser posts to `url` to open the page of a payment; a field may occur several times."""

    url: str
    fields: tuple[tuple[str, str], ...] = attrs.field(repr=False)


# The form of a purchase


def purchase_form(merchant: Merchant, request: LinkRequest, reference: str) -> PurchaseForm:
    """Give the signed form of a purchase. It has one product, because the amount may be only a part of an order."""
    # `;` separates the signed fields, so a title must not contain it.
    titles = ", ".join(item.title for item in request.items).replace(";", ",")
    fields = {
        **purchase_fields(merchant, reference, request.amount, f"{titles or 'Order'} ({request.number})"),
        "merchantTransactionSecureType": "AUTO",
        "language": _LANGUAGES.get(request.payer.locale, "AUTO"),
        "returnUrl": request.return_url or merchant.return_url,
        "serviceUrl": request.callback_url or merchant.callback_url,
        "clientFirstName": request.payer.name,
        "clientEmail": request.payer.email,
        "clientPhone": request.payer.phone,
    }
    lists = {"productName", "productCount", "productPrice"}
    return PurchaseForm(
        url=merchant.pay_url,
        # Empty fields are left out, because WayForPay validates every field it gets.
        fields=tuple((f"{name}[]" if name in lists else name, value) for name, value in fields.items() if value),
    )


def purchase_fields(merchant: Merchant, reference: str, amount: Money, product: str) -> dict[str, str | None]:
    """Give the signed fields that purchases and charges share."""
    date = merchant.seconds()
    signed = (reference, date, amount.amount, amount.currency, product, "1", amount.amount)
    return {
        "merchantAccount": merchant.account,
        "merchantAuthType": "SimpleSignature",
        "merchantDomainName": merchant.domain,
        "merchantSignature": merchant.signature(merchant.account, merchant.domain, *signed),
        "orderReference": reference,
        "orderDate": date,
        "amount": amount.amount,
        "currency": amount.currency,
        "productName": product,
        "productCount": "1",
        "productPrice": amount.amount,
    }
