"""Answers about the school: everything that a front end would otherwise need as configuration (V8)."""

from collections.abc import Sequence
from datetime import datetime

from kwiga_orders import queries
from kwiga_orders.answering.naming import Names, names_for
from kwiga_orders.asking import (
    Asking,
    all_funnels,
    connected_gateways,
    get_contact,
    get_course,
    get_funnel,
    get_project,
    look_up,
)
from kwiga_orders.listing import ContactSearch, ContactSums, LabelCounts, SumsOfContacts
from kwiga_orders.project import Contact
from kwiga_orders.views.plain import amounts
from kwiga_orders.views.school import course_view, funnel_view, gateway_view, project_view
from kwiga_orders.views.school_shapes import (
    BoughtView,
    ContactsView,
    ContactView,
    CourseView,
    FunnelView,
    GatewayView,
    ProjectView,
    TagView,
)

__all__ = [
    "answer_contact",
    "answer_contacts",
    "answer_course",
    "answer_funnel",
    "answer_funnels",
    "answer_gateways",
    "answer_project",
    "answer_tags",
]

_NOTHING = ContactSums()


def answer_project(_: queries.ProjectQuery, __: datetime) -> Asking[ProjectView]:
    """Give the settings of the project."""
    # decision 0058: they are shown here and set by the host, so no command changes them
    return project_view((yield from get_project()))


def answer_gateways(_: queries.GatewaysQuery, __: datetime) -> Asking[list[GatewayView]]:
    """List the connected gateways by name, with what they can do (P3)."""
    gateways = yield from connected_gateways()
    # without the one named "", which handles payments that name none and cannot be chosen
    return [gateway_view(name, capabilities) for name, capabilities in sorted(gateways.items()) if name]


def answer_tags(_: queries.TagsQuery, __: datetime) -> Asking[list[TagView]]:
    """List the tags in use, with how many orders have each."""
    counts = yield from look_up(LabelCounts(kind="tag"))
    return [TagView(tag=one.value, count=one.count) for one in counts]


def answer_funnels(_: queries.FunnelsQuery, __: datetime) -> Asking[list[FunnelView]]:
    """List all funnels, the default one first (F1, F7)."""
    return [funnel_view(funnel) for funnel in (yield from all_funnels())]


def answer_funnel(query: queries.FunnelQuery, _: datetime) -> Asking[FunnelView]:
    """Give a funnel (F1)."""
    return funnel_view((yield from get_funnel(query.funnel)))


def answer_course(query: queries.CourseQuery, _: datetime) -> Asking[CourseView]:
    """Give the outline of a product."""
    return course_view((yield from get_course(query.product)))


def answer_contacts(query: queries.ContactsQuery, _: datetime) -> Asking[ContactsView]:
    """Give a page of contacts, with what each has ordered (V3)."""
    page = yield from look_up(ContactSearch(text=query.search, limit=query.limit, after=query.after))
    return ContactsView(rows=(yield from _contacts(page.contacts)), next=page.next)


def answer_contact(query: queries.ContactQuery, _: datetime) -> Asking[ContactView]:
    """Give a contact with its orders."""
    contact = yield from get_contact(query.contact)
    (view,) = yield from _contacts([contact])
    return view


def _contacts(contacts: Sequence[Contact]) -> Asking[list[ContactView]]:
    sums = yield from look_up(SumsOfContacts(ids=tuple(contact.id for contact in contacts)))
    names = yield from names_for(products=[product for one in sums.values() for product in one.bought])
    # A contact without orders has no row of sums.
    return [_contact(contact, sums.get(contact.id, _NOTHING), names) for contact in contacts]


def _contact(contact: Contact, sums: ContactSums, names: Names) -> ContactView:
    return ContactView(
        id=contact.id,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        locale=contact.locale,
        no_letters=sorted(contact.no_letters),
        orders=sums.orders,
        bought=[BoughtView(product=one, product_title=names.products.get(one)) for one in sums.bought],
        paid=amounts(sums.paid),
        owed=amounts(sums.owed),
        merged_into=contact.merged_into,
        erased=contact.erased,
    )
