"""An account at Stripe, and how its webhooks are signed."""

import hmac

import attrs

from kwiga_orders.adapters.system import SystemClock
from kwiga_orders.errors import Refused
from kwiga_orders.ports import Clock

__all__ = ["NAME", "Account", "refuse_unless_signed"]

NAME = "stripe"
"""The name of this gateway in errors."""

_LONGEST_TIME = 14
"""The most characters of `t=` and a Unix time."""
_MOST_SIGNATURES = 20
"""During a rotation Stripe signs with two secrets, rarely more. The limit keeps forgers from making us compute."""


@attrs.frozen(kw_only=True)
class Account:
    """An account at Stripe; `repr` leaves its key and secrets out.

    `webhook_secrets` are the secrets for signatures, the newest first; `tolerance` is the highest age of a webhook in
    seconds. The payer's browser returns to `return_url` or `cancel_url`. `api_base` replaces the API's URL in tests.
    """

    api_key: str = attrs.field(repr=False)
    webhook_secrets: tuple[str, ...] = attrs.field(repr=False)
    return_url: str | None = None
    cancel_url: str | None = None
    tolerance: int = 300
    clock: Clock = attrs.field(factory=SystemClock, repr=False)
    api_base: str | None = None
    signing: tuple[hmac.HMAC, ...] = attrs.field(init=False, repr=False, eq=False)
    """An HMAC for each secret, to be copied: setting up the key is half the work of a short signature."""

    @signing.default
    def _keyed(self) -> tuple[hmac.HMAC, ...]:
        return tuple(hmac.new(secret.encode(), digestmod="sha256") for secret in self.webhook_secrets)


def refuse_unless_signed(account: Account, body: bytes, header: str) -> None:
    """Refuse a webhook that none of the account's secrets signed within the tolerance (docs.stripe.com/webhooks).

    The header is `t=<unix seconds>,v1=<hex>,…`, with HMAC-SHA256 signatures of `<t>.<raw body>`.

    Raises:
        Refused: `callback.not_verified`.
    """
    time = 0
    signatures: list[str] = []
    # `compare_digest` takes only ASCII texts, and a header of Stripe is always ASCII
    for item in header.split(",", _MOST_SIGNATURES) if header.isascii() else ():
        if item[:3] == "v1=":
            signatures.append(item[3:])
        elif item[:2] == "t=" and item[2:].isdigit() and len(item) < _LONGEST_TIME:
            time = int(item[2:])
    # the signature is over the number as Stripe's own library writes it, without leading zeros or spaces
    payload = b"%d.%b" % (time, body)
    fits = 0
    # all pairs are compared, each in constant time, so that the time does not tell which secret matched
    for keyed in account.signing:
        signing = keyed.copy()
        signing.update(payload)
        expected = signing.hexdigest()
        for signature in signatures:
            fits += hmac.compare_digest(expected, signature)
    if not fits or abs(account.clock.now().timestamp() - time) > account.tolerance:
        raise Refused("callback.not_verified", gateway=NAME)
