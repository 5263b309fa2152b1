"""A shop at LiqPay: its settings, and the signatures of requests and callbacks."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from urllib.parse import urlencode

import attrs

from kwiga_orders.adapters.http import read_object
from kwiga_orders.codec import Json
from kwiga_orders.errors import Refused

__all__ = ["NAME", "Shop"]

NAME = "liqpay"
"""The name of this gateway in errors."""


@attrs.frozen(kw_only=True)
class Shop:
    """A shop at LiqPay; `repr` leaves its private key out.

    LiqPay posts callbacks to `callback_url`, and sends the payer's browser to `return_url` afterwards.
    """

    public_key: str
    private_key: str = attrs.field(repr=False)
    callback_url: str | None = None
    return_url: str | None = None
    checkout_url: str = "https://www.liqpay.ua/api/3/checkout"
    api_url: str = "https://www.liqpay.ua/api/request"

    def signature(self, data: str) -> str:
        """Sign a request. LiqPay's protocol requires SHA-1 with the key on both sides."""
        # `usedforsecurity=False` lets it run on systems that otherwise disable SHA-1.
        digest = hashlib.sha1(f"{self.private_key}{data}{self.private_key}".encode(), usedforsecurity=False)
        return base64.b64encode(digest.digest()).decode()

    def form(self, fields: Mapping[str, Json]) -> str:
        """Give the signed form of a request, ready for a URL or a body."""
        told = {"version": 3, "public_key": self.public_key, **fields}
        data = base64.b64encode(json.dumps(told).encode()).decode()
        return urlencode({"data": data, "signature": self.signature(data)})

    def opened(self, data: str, signature: str) -> Mapping[str, Json]:
        """Parse signed `data`; numbers are kept as text.

        Raises:
            Refused: `callback.not_verified` if this shop's key did not sign it.
            ValueError: if the signed data are not a JSON object.
        """
        # In constant time, so that the time of a refusal tells a forger nothing.
        if not hmac.compare_digest(signature.encode(), self.signature(data).encode()):
            raise Refused("callback.not_verified", gateway=NAME)
        try:
            return read_object(base64.b64decode(data, validate=True), exact=True)
        except binascii.Error:
            raise ValueError("not base64") from None
