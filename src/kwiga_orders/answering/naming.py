"""Names for ids in answers, so that a front end need not look them up (V8).

They are loaded once for each answer, however many rows it has.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import attrs

from kwiga_orders.asking import Asking, all_funnels, find_names, look_up
from kwiga_orders.changes import OutboxRow
from kwiga_orders.decisions import courses_of, offers_by_code
from kwiga_orders.funnel import Funnel
from kwiga_orders.listing import Card, ContactsById
from kwiga_orders.lookups import NewestOpenings
from kwiga_orders.project import Actor, Contact
from kwiga_orders.views.answers import letters_view
from kwiga_orders.views.list_shapes import RowView
from kwiga_orders.views.shapes import LetterView

__all__ = ["Names", "named_letters", "named_rows", "names_for", "newest_openings", "staff_among"]


@attrs.frozen(kw_only=True)
class Names:
    """The names for ids of an answer, as far as they have one."""

    contacts: Mapping[str, Contact] = attrs.field(factory=dict)
    products: Mapping[str, str] = attrs.field(factory=dict)
    offers: Mapping[str, str] = attrs.field(factory=dict)
    funnels: Mapping[str, Funnel] = attrs.field(factory=dict)
    people: Mapping[str, str] = attrs.field(factory=dict)

    def funnel(self, id: str) -> str | None:
        """Give the name of a funnel."""
        return self.funnels[id].name if id in self.funnels else None

    # found once, because every row of a list names its status
    @cached_property
    def _statuses(self) -> Mapping[tuple[str, str], str]:
        return {(id, status.id): status.name for id, funnel in self.funnels.items() for status in funnel.statuses}

    def status(self, funnel: str, id: str) -> str | None:
        """Give the name of a status."""
        return self._statuses.get((funnel, id))

    def contact(self, id: str) -> str | None:
        """Give the name of a contact."""
        return self.contacts[id].name if id in self.contacts else None

    def person(self, id: str | None) -> str | None:
        """Give the name of a member of the staff."""
        return None if id is None else self.people.get(id)


def names_for(
    *,
    contacts: Iterable[str] = (),
    products: Iterable[str] = (),
    offers: Iterable[str] = (),
    people: Iterable[str] = (),
) -> Asking[Names]:
    """Load the names of these, and of all funnels with their statuses."""
    # each code once
    codes = dict.fromkeys(offers)
    outlines = yield from courses_of(dict.fromkeys(products))
    return Names(
        contacts=(yield from look_up(ContactsById(ids=tuple(dict.fromkeys(contacts))))),
        products={product: course.title for product, course in outlines.items()},
        offers={code: offer.current.title for code, offer in (yield from offers_by_code(codes)).items()},
        # all funnels, because there are few and every row names one
        funnels={funnel.id: funnel for funnel in (yield from all_funnels())},
        people=(yield from find_names(people)),
    )


def staff_among(actors: Iterable[Actor]) -> Iterator[str]:
    """Give the ids of actors who are staff; only the host knows their names."""
    return (actor.id for actor in actors if actor.kind == "staff" and actor.id)


def named_letters(rows: Iterable[OutboxRow]) -> Asking[list[LetterView]]:
    """Give the letters among outbox rows, with the names of their recipients (V8)."""
    letters = [row for row in rows if row.kind == "letter"]
    # Most commands make no letter, and then no contact is loaded.
    ids = tuple(dict.fromkeys(row.contact for row in letters))
    return letters_view(letters, (yield from look_up(ContactsById(ids=ids))) if ids else {})


def named_rows(cards: Sequence[Card]) -> Asking[list[RowView]]:
    """Give cards as rows with the names behind their ids (V8)."""
    people = (id for card in cards for id in (card["manager"], *card["responsibles"]) if id is not None)
    names = yield from names_for(
        contacts=[card["contact"] for card in cards],
        products=[product for card in cards for product in card["products"]],
        offers=[card["offer"] for card in cards if card["offer"] is not None],
        people=people,
    )
    newest = yield from newest_openings(
        # O3: a cancelled order keeps its stored opening.
        [card["id"] for card in cards if card["superseded_by"] is not None and not card["cancelled"]]
    )
    return [_row(card, names, newest) for card in cards]


def newest_openings(superseded: Sequence[str]) -> Asking[Mapping[str, str]]:
    """Give for each of these superseded orders the newest opening (O3)."""
    # decision 0044: an order stores only the first opening that superseded it
    if not superseded:
        return {}
    return (yield from look_up(NewestOpenings(orders=tuple(superseded))))


def _row(card: Card, names: Names, newest: Mapping[str, str]) -> RowView:
    contact = names.contacts.get(card["contact"])
    offer = card["offer"]
    return {
        **card,
        # decision 0044: answers name the newest opening, not the stored one
        "superseded_by": newest.get(card["id"], card["superseded_by"]),
        "contact_name": None if contact is None else contact.name,
        "email": None if contact is None else contact.email,
        "phone": None if contact is None else contact.phone,
        "product_titles": [names.products.get(product) for product in card["products"]],
        "offer_title": None if offer is None else names.offers.get(offer),
        "funnel_name": names.funnel(card["funnel"]),
        "status_name": names.status(card["funnel"], card["status"]),
        "manager_name": names.person(card["manager"]),
        "responsible_names": [names.person(id) for id in card["responsibles"]],
    }
