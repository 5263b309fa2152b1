"""Upgrade offers of the first edition: their documents held all versions, now each holds only the newest.

The versions themselves go to rows of their own: a migration writes them, from what `versions_of_first_edition` gives.
"""

from typing import Any

__all__ = ["offer_of_second_edition", "versions_of_first_edition"]

_Document = dict[str, Any]


def offer_of_second_edition(document: _Document) -> _Document:
    """Give an offer with its newest version, and which products were pinned when (O8)."""
    versions = versions_of_first_edition(document)
    pinned_at = {product: version["number"] for version in versions for product in version.get("pinned", ())}
    offer = {"code": document["code"], "currency": document["currency"], "current": versions[-1]}
    return {**offer, "pinned_at": pinned_at} if pinned_at else offer


def versions_of_first_edition(document: _Document) -> list[_Document]:
    """Give the versions of an offer; the state it had is that of all, for the first edition kept no other."""
    state = {"state": document["state"]} if "state" in document else {}
    versions: list[_Document] = []
    before: list[str] = []
    for version in document["versions"]:
        said = {name: value for name, value in version.items() if name != "reaches_followers"}
        there = [item["product"] for item in version["items"]]
        reaches = version.get("reaches_followers", True)
        # Everything that followed until then is pinned by a version for new orders only (O8).
        pinned = [product for product in before if not reaches or product not in there]
        # a field that has its default is left out
        named = {"pinned": pinned} if pinned else {}
        versions.append({**said, **state, **named})
        before = there
    return versions
