"""Upgrade offers of the first edition: a document held all versions, now it holds only the newest.

A migration writes the older versions to rows of their own, with `versions_of_first_edition`.
"""

from typing import Any

__all__ = ["offer_of_second_edition", "versions_of_first_edition"]

_Document = dict[str, Any]


def offer_of_second_edition(document: _Document) -> _Document:
    """Give an offer with its newest version, and the version at which each product was pinned (O8)."""
    versions = versions_of_first_edition(document)
    pinned_at = {product: version["number"] for version in versions for product in version.get("pinned", ())}
    offer = {"code": document["code"], "currency": document["currency"], "current": versions[-1]}
    return {**offer, "pinned_at": pinned_at} if pinned_at else offer


def versions_of_first_edition(document: _Document) -> list[_Document]:
    """Give the versions of an offer, all with its current state: the first edition kept no earlier states."""
    state = {"state": document["state"]} if "state" in document else {}
    versions: list[_Document] = []
    before: list[str] = []
    for version in document["versions"]:
        said = {name: value for name, value in version.items() if name != "reaches_followers"}
        there = [item["product"] for item in version["items"]]
        reaches = version.get("reaches_followers", True)
        # O8: a version for new orders only pins all products of the version before; any version pins those it drops.
        pinned = [product for product in before if not reaches or product not in there]
        # documents leave out fields that have their default
        named = {"pinned": pinned} if pinned else {}
        versions.append({**said, **state, **named})
        before = there
    return versions
