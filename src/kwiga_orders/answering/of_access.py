"""Answers about a contact and a product: access, lessons, schedule, certificate; and participants. Home of V6."""

from datetime import UTC, datetime

from kwiga_orders import queries
from kwiga_orders.access import Grant
from kwiga_orders.answering.naming import names_for
from kwiga_orders.asking import Asking, get_course, get_project, orders_of, progress_of, search_orders, standing_contact
from kwiga_orders.certificate import eligibility
from kwiga_orders.course import Course
from kwiga_orders.decisions import offers_for
from kwiga_orders.listing import OrderSearch
from kwiga_orders.orders.window import resolved
from kwiga_orders.periods import begins, zone_named
from kwiga_orders.plans import Plan, compile_plan
from kwiga_orders.project import Contact
from kwiga_orders.views.answers import access_view, certificate_view, lessons_view, schedule_view
from kwiga_orders.views.shapes import (
    AccessView,
    CertificateView,
    EntryView,
    LessonsView,
    ParticipantsView,
    ParticipantView,
    ProductView,
)

__all__ = [
    "answer_access",
    "answer_certificate",
    "answer_lessons",
    "answer_participants",
    "answer_products",
    "answer_schedule",
    "plan_for",
]


_EVER = datetime(1900, 1, 1, tzinfo=UTC)
"""An instant before all others, for the whole schedule (L12)."""


def plan_for(contact: str, product: str) -> Asking[Plan]:
    """Compile the plan of a contact and a product from the facts known now (A8).

    Raises:
        NotFound: if the project has no such contact, or the host no such product.
    """
    return (yield from _compiled(contact, product))[0]


def _compiled(contact: str, product: str) -> Asking[tuple[Plan, Course, list[Grant]]]:
    """Give the plan of a contact and a product, with what it was compiled from."""
    # V9: a contact that was merged away gives the remaining one.
    who = yield from standing_contact(contact)
    course, grants = yield from _grants(who, product)
    project = yield from get_project()
    progress = yield from progress_of(who, product)
    return compile_plan(grants, project=project, course=course, progress=progress), course, grants


def _grants(contact: Contact, product: str) -> Asking[tuple[Course, list[Grant]]]:
    course = yield from get_course(product)
    orders = yield from orders_of(contact.id, product=product)
    offers = yield from offers_for(orders)
    lines = [(order, order.line(product)) for order in orders]
    return course, [Grant(order=one, line=line, resolved=resolved(one, line, offers)) for one, line in lines]


def answer_access(query: queries.AccessQuery, now: datetime) -> Asking[AccessView]:
    """Tell whether a product is open to a contact, and why not (A1-A8)."""
    plan = yield from plan_for(query.contact, query.product)
    return access_view(plan.access(query.at or now))


def answer_lessons(query: queries.LessonsQuery, now: datetime) -> Asking[LessonsView]:
    """Tell which lessons are open, and why the others are not (L1-L9)."""
    plan, course, _ = yield from _compiled(query.contact, query.product)
    return lessons_view(plan.lessons(query.at or now), course)


def answer_schedule(query: queries.ScheduleQuery, now: datetime) -> Asking[list[EntryView]]:
    """Tell what opens and closes when (L12)."""
    plan, course, grants = yield from _compiled(query.contact, query.product)
    project = yield from get_project()
    zone = zone_named(project.timezone)
    starts_at = _EVER if query.starts_at is None else begins(query.starts_at, zone=zone)
    numbers = {grant.order.id: grant.order.number for grant in grants}
    return schedule_view(plan.schedule(starts_at, at=now), course, numbers)


def answer_certificate(query: queries.CertificateQuery, now: datetime) -> Asking[CertificateView]:
    """Tell whether a certificate can be issued, and what is unmet (C2)."""
    # C4: certificates are judged for each order.
    who = yield from standing_contact(query.contact)
    course, grants = yield from _grants(who, query.product)
    progress = yield from progress_of(who, query.product)
    return certificate_view(eligibility(grants, course=course, progress=progress, at=now))


def answer_products(query: queries.ProductsQuery, now: datetime) -> Asking[list[ProductView]]:
    """List the products that a contact has orders for, and whether each is open (V6)."""
    contact = (yield from standing_contact(query.contact)).id
    orders = yield from orders_of(contact)
    # In the order of buying, each product once.
    products = dict.fromkeys(line.product for order in orders for line in order.lines)
    names = yield from names_for(products=products)
    views = []
    for product in products:
        plan = yield from plan_for(contact, product)
        access = access_view(plan.access(query.at or now))
        views.append(ProductView(product=product, product_title=names.products.get(product), access=access))
    return views


def answer_participants(query: queries.ParticipantsQuery, now: datetime) -> Asking[ParticipantsView]:
    """Give a page of contacts with orders for a product, and whether it is open to each (V6)."""
    # Paged by order number, because stores can do that.
    search = OrderSearch(product=(query.product,), sort="number", limit=query.limit, after=query.after)
    page = yield from search_orders(search)
    names = yield from names_for(contacts=[order.contact for order in page.orders])
    rows = []
    for order in page.orders:
        orders = yield from orders_of(order.contact, product=query.product)
        # each contact is listed once, with its newest order
        if orders[-1].id == order.id:
            plan = yield from plan_for(order.contact, query.product)
            access = access_view(plan.access(query.at or now))
            name = names.contact(order.contact)
            rows.append(ParticipantView(contact=order.contact, contact_name=name, access=access))
    return ParticipantsView(rows=rows, next=page.next)
