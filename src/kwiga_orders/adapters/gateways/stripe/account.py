"""An account at Stripe, and how its webhooks are signed."""

import hmac

import attrs

from kwiga_orders.adapters.system import SystemClock
from kwiga_orders.errors import Refused
from kwiga_orders.ports import Clock

__all__ = ["NAME", "Account", "refuse_unless_signed"]

NAME = "stripe"
"""The name of this gateway in errors."""

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


def refuse_unless_signed(account: Account, body: bytes, header: str) -> None:
    """Refuse a webhook that none of the account's secrets signed within the tolerance (docs.stripe.com/webhooks).

    The header is `t=<unix seconds>,v1=<hex>,…`; what is signed is `<t>.<raw body>`, by HMAC-SHA256.

    Raises:
        Refused: `callback.not_verified`.
    """
    time, signatures = _read(header)
    payload = b"%d." % time + body
    expected = [hmac.new(secret.encode(), payload, "sha256").hexdigest().encode() for secret in account.webhook_secrets]
    # every pair is compared, each in constant time, so that the time taken does not tell which secret is in use
    fits = sum(hmac.compare_digest(one, other) for one in expected for other in signatures)
    if not fits or abs(account.clock.now().timestamp() - time) > account.tolerance:
        raise Refused("callback.not_verified", gateway=NAME)


def _read(header: str) -> tuple[int, list[bytes]]:
    time, signatures = 0, list[bytes]()
    for item in header.split(",", _MOST_SIGNATURES):
        name, _, value = item.partition("=")
        if name == "t" and value.isascii() and value.isdigit() and len(value) < 12:
            time = int(value)
        elif name == "v1":
            signatures.append(value.encode())
    return time, signatures
