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
"""Characters of `t=` and a Unix time that no calendar reaches."""
_MOST_SIGNATURES = 20
"""Stripe signs with each secret of a rotation: two, at most a few. More are a way to make us work."""


@attrs.frozen(kw_only=True)
class Account:
    """An account at Stripe; its key and its secrets are never shown.

    `webhook_secrets` are those that may have signed, the newest first; `tolerance` is how many seconds old a webhook
    may be. The payer's browser returns to `return_url` or `cancel_url`. `api_base` is another address of the API, for
    tests.
    """

    api_key: str = attrs.field(repr=False)
    webhook_secrets: tuple[str, ...] = attrs.field(repr=False)
    return_url: str | None = None
    cancel_url: str | None = None
    tolerance: int = 300
    clock: Clock = attrs.field(factory=SystemClock, repr=False)
    api_base: str | None = None
    signing: tuple[hmac.HMAC, ...] = attrs.field(init=False, repr=False, eq=False)
    """Each holds a secret, ready to be copied: half of the work of a short signature is to set the key up."""

    @signing.default
    def _keyed(self) -> tuple[hmac.HMAC, ...]:
        return tuple(hmac.new(secret.encode(), digestmod="sha256") for secret in self.webhook_secrets)


def refuse_unless_signed(account: Account, body: bytes, header: str) -> None:
    """Refuse a webhook that none of the account's secrets signed within the tolerance (docs.stripe.com/webhooks).

    The header is `t=<unix seconds>,v1=<hex>,…`; what is signed is `<t>.<raw body>`, by HMAC-SHA256.

    Raises:
        Refused: `callback.not_verified`.
    """
    time = 0
    signatures: list[str] = []
    # a signature is of hexadecimal digits, and texts are compared in constant time only if they are ASCII
    for item in header.split(",", _MOST_SIGNATURES) if header.isascii() else ():
        if item[:3] == "v1=":
            signatures.append(item[3:])
        elif item[:2] == "t=" and item[2:].isdigit() and len(item) < _LONGEST_TIME:
            time = int(item[2:])
    # what is signed is the number, as Stripe's own library reads it
    payload = b"%d.%b" % (time, body)
    fits = 0
    # every pair is compared, each in constant time, so that the time taken does not tell which secret is in use
    for keyed in account.signing:
        signing = keyed.copy()
        signing.update(payload)
        expected = signing.hexdigest()
        for signature in signatures:
            fits += hmac.compare_digest(expected, signature)
    if not fits or abs(account.clock.now().timestamp() - time) > account.tolerance:
        raise Refused("callback.not_verified", gateway=NAME)
