"""Answer queries with views. A query changes nothing.

Laws:

1. An answer is a pure function of the facts it asks for, the query and the time (T6).
2. A preview is made from the same decision that executing the command would commit (K3).
3. Data of another project do not exist (K6).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar, cast

from kwiga_orders import queries
from kwiga_orders.answering import (
    of_access,
    of_actions,
    of_deliveries,
    of_impact,
    of_lists,
    of_offers,
    of_orders,
    of_previews,
    of_school,
    of_staff,
    of_takings,
    of_texts,
)
from kwiga_orders.answering.of_access import plan_for
from kwiga_orders.answering.of_jobs import JobStep, job_count, job_page, receipt_of_job, repeated_job
from kwiga_orders.answering.of_lists import count_for, search_for
from kwiga_orders.answering.of_orders import payment_link_view
from kwiga_orders.asking import Asking
from kwiga_orders.codec import Json
from kwiga_orders.errors import Conflict, Fault, InvalidInput, Refused
from kwiga_orders.periods import utc
from kwiga_orders.policy import Permit
from kwiga_orders.views.answers import problem_view
from kwiga_orders.views.shapes import View

__all__ = [
    "JobStep",
    "answer",
    "count_for",
    "job_count",
    "job_page",
    "payment_link_view",
    "plan_for",
    "receipt_of_job",
    "repeated_job",
    "search_for",
]

V = TypeVar("V")
Q = TypeVar("Q")


def answer(query: queries.Query[V], *, now: datetime, fresh_id: str = "", permit: Permit | None = None) -> Asking[V]:
    """Answer a query as of `now`, as far as the permit goes (K8); a preview makes its order under `fresh_id` (K3).

    Raises:
        NotFound: if the project does not have what the query names.
        InvalidInput: if it is not a query.
        Refused: `actor.not_allowed` by the permit.
    """
    if permit is not None:
        query = yield from permit.query(query)
    if isinstance(query, queries.BatchQuery):
        # V8: all in one transaction, so of one snapshot; a refused query does not stop the others
        answers: list[Json] = []
        # K8: the permit applies to each query of the batch.
        for one in query.queries:
            try:
                view = yield from answer(one, now=now, fresh_id=fresh_id, permit=permit)
            except (Refused, Conflict, InvalidInput) as problem:
                view = problem_view(problem)
            answers.append(cast(Json, view))
        return cast(V, answers)
    # Previews and quotes also need the fresh id, so they are not in the table below.
    if isinstance(query, queries.PreviewQuery):
        return cast(V, (yield from of_previews.answer_preview(query, utc(now), fresh_id)))
    if isinstance(query, queries.QuoteQuery):
        return cast(V, (yield from of_previews.answer_quote(query, utc(now), fresh_id)))
    if type(query) not in _ANSWERS:
        hint = "a query, such as read_query gives; commands are executed, not asked"
        raise InvalidInput([Fault(path="query", code="input.invalid", hint=hint)])
    view = yield from _ANSWERS[type(query)](query, utc(now))
    # The list of actions also shows what the permit refuses.
    if permit is not None and isinstance(query, queries.ActionsQuery):
        view = cast(View, permit.actions(cast(dict[str, str | None], view)))
    return cast(V, view)


def _answered(
    kind: type[Q], answers: Callable[[Q, datetime], Asking[View]]
) -> tuple[type[object], Callable[..., Asking[View]]]:
    """Pair a class of queries with the function that answers it; a type checker refuses a pair that does not fit."""
    return kind, answers


_ANSWERS: Mapping[type[object], Callable[..., Asking[View]]] = dict(
    (
        _answered(queries.OrderQuery, of_orders.answer_order),
        _answered(queries.CustomerOrderQuery, of_orders.answer_customer_order),
        _answered(queries.CustomerOrdersQuery, of_orders.answer_customer_orders),
        _answered(queries.AccessQuery, of_access.answer_access),
        _answered(queries.LessonsQuery, of_access.answer_lessons),
        _answered(queries.ScheduleQuery, of_access.answer_schedule),
        _answered(queries.CertificateQuery, of_access.answer_certificate),
        _answered(queries.ProductsQuery, of_access.answer_products),
        _answered(queries.ParticipantsQuery, of_access.answer_participants),
        _answered(queries.StaysQuery, of_orders.answer_stays),
        _answered(queries.TimeInStatusQuery, of_orders.answer_time_in_status),
        _answered(queries.OffersQuery, of_offers.answer_offers),
        _answered(queries.OfferQuery, of_offers.answer_offer),
        _answered(queries.ConversionQuery, of_lists.answer_conversion),
        _answered(queries.OrdersQuery, of_lists.answer_orders),
        _answered(queries.BoardQuery, of_lists.answer_board),
        _answered(queries.CountQuery, of_lists.answer_count),
        _answered(queries.TotalsQuery, of_lists.answer_totals),
        _answered(queries.HistoryQuery, of_orders.answer_history),
        _answered(queries.LettersQuery, of_orders.answer_letters),
        _answered(queries.OfferImpactQuery, of_impact.answer_offer_impact),
        _answered(queries.ActionsQuery, of_actions.answer_actions),
        _answered(queries.ProjectQuery, of_school.answer_project),
        _answered(queries.GatewaysQuery, of_school.answer_gateways),
        _answered(queries.TagsQuery, of_school.answer_tags),
        _answered(queries.FunnelsQuery, of_school.answer_funnels),
        _answered(queries.FunnelQuery, of_school.answer_funnel),
        _answered(queries.ContactsQuery, of_school.answer_contacts),
        _answered(queries.ContactQuery, of_school.answer_contact),
        _answered(queries.StaffQuery, of_staff.answer_staff),
        _answered(queries.CourseQuery, of_school.answer_course),
        _answered(queries.TasksQuery, of_lists.answer_tasks),
        _answered(queries.ChangesQuery, of_lists.answer_changes),
        _answered(queries.DueQuery, of_lists.answer_due),
        _answered(queries.TakingsQuery, of_takings.answer_takings),
        _answered(queries.ParkedDeliveriesQuery, of_deliveries.answer_parked),
        _answered(queries.TextsQuery, of_texts.answer_texts),
    )
)
