"""Every reader of foreign bytes, by its name."""

from collections.abc import Mapping
from functools import cache

from tests.fuzz.fuzzing import Reader

__all__ = ["OF_DOCUMENTS", "OF_GATEWAYS", "get_reader"]

OF_GATEWAYS = (
    "wayforpay_callback", "liqpay_callback", "stripe_webhook", "stripe_signature", "wayforpay_answer", "liqpay_answer",
    "stripe_answer",
)  # fmt: skip
OF_DOCUMENTS = (
    "read_json", "commands", "cases", "stored_documents", "import_json_lines", "import_csv", "cursors", "texts", "urls",
    "http_answers", "mail_replies",
)  # fmt: skip


def get_reader(name: str) -> Reader:
    """Give the reader of that name."""
    return _of_gateways()[name] if name in OF_GATEWAYS else _of_documents()[name]


# made when they are first needed: their inputs are what servers on loopback say, and Stripe's package is slow to import


@cache
def _of_gateways() -> Mapping[str, Reader]:
    from tests.fuzz import of_gateways

    return {one.name: one for one in of_gateways.readers()}


@cache
def _of_documents() -> Mapping[str, Reader]:
    from tests.fuzz import of_documents

    return {one.name: one for one in of_documents.readers()}
