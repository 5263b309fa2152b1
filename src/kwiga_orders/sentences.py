"""One English sentence for each error code: subject, fact, rule (K5).

These are for logs, tracebacks and developers. The texts for the people of a school are in the message catalogues, by
the same codes.

Each code has several sentences, the longest first. The first one whose values the error has is used; the last one needs
no values. No sentence contains personal data, such as a contact or a text that somebody wrote.
"""

from collections.abc import Mapping, Sequence

__all__ = ["SENTENCES", "sentence"]

SENTENCES: Mapping[str, tuple[str, ...]] = {
    # Input
    "input.invalid": (
        "the input does not have the form it should: {faults}",
        "{field} has to be more than {more_than}",
        "{field} has to be {least} or later",
        "{field} {event} is not an event that a host may report",
        "{field} has a value that does not belong there",
        "{currency} is not an ISO 4217 currency in use",
        "{timezone} is not an IANA time zone",
        "{amount} is not an amount of money",
        "a value does not belong where it is",
    ),
    "input.unknown_field": (
        "the input has a field that the wire does not know: {faults}",
        "the input has a field that the wire does not know",
    ),
    "input.too_large": (
        "the input is larger than it may be: {faults}",
        "order {order} has as many {what} as an order may: {most}",
        "there are more {what} than there may be: {most}",
        "the input is larger than it may be",
    ),
    "time.naive": (
        "an instant has no offset from UTC: {faults}",
        "the instant {value} has no offset from UTC, and needs one",
        "an instant has no offset from UTC, and needs one",
    ),
    "time.out_of_range": (
        "an instant lies outside of the supported years: {faults}",
        "{value}, or an instant computed from it, lies outside of the years {first} to {last}",
        "an instant lies outside of the supported years",
    ),
    "period.unit": (
        "a period is not either days or months: {faults}",
        "a period is {days} days and {months} months, and has to be 1 to 3660 days or 1 to 120 months",
        "a period is either 1 to 3660 days or 1 to 120 months",
    ),
    "money.too_precise": (
        "an amount is finer than its currency allows: {faults}",
        "{amount} {currency} is too fine: the currency has {decimals} decimals",
        "an amount is finer than its currency allows",
    ),
    "money.too_large": (
        "an amount is larger than any that can be kept: {faults}",
        "a sum of order {order} would be larger than any that can be kept",
        "an amount is larger than any that can be kept",
    ),
    "money.currency_mismatch": (
        "the amount is in {found}, and an order has one currency, here {expected}",
        "an amount is in another currency than its order",
    ),
    # Anything
    "not_found": ("there is no such {what} in this project", "there is no such thing in this project"),
    "order.conflict": (
        "order {order} is at version {found}, and the command is based on version {expected}",
        "{what} {id} changed since version {expected}",
        "what the command is based on changed meanwhile",
    ),
    "offer.conflict": (
        "offer {offer} is at version {found}, and the command is based on version {expected}",
        "the offer changed meanwhile",
    ),
    "funnel.conflict": (
        "funnel {funnel} is at version {found}, and the command is based on version {expected}",
        "the funnel changed meanwhile",
    ),
    "idempotency.conflict": ("the idempotency key was already used for another command: a key stands for one command",),
    "actor.not_allowed": (
        "{kind} may not use {command}: the policy does not allow it",
        "this actor may not do that: the policy does not allow it",
    ),
    # Contacts
    "contact.merged": ("the contact was merged into another one, and takes no commands",),
    "contact.erased": ("the contact was erased, and takes no commands",),
    # Orders
    "order.cancelled": (
        "order {order} is cancelled, and has to be reopened first",
        "the order is cancelled, and has to be reopened first",
    ),
    "order.not_cancelled": (
        "order {order} is not cancelled, so there is nothing to reopen",
        "the order is not cancelled, so there is nothing to reopen",
    ),
    "order.not_subscription": (
        "order {order} is not a subscription, and the command is for those",
        "the order is not a subscription, and the command is for those",
    ),
    "order.last_line": (
        "order {order} has one line, and keeps at least one",
        "the order has one line, and keeps at least one",
    ),
    "order.duplicate_product": (
        "product {product} is listed twice: an order holds each product once",
        "a product is listed twice: an order holds each product once",
    ),
    "attention.none": (
        "order {order} has no such item that needs attention",
        "the order has no such item that needs attention",
    ),
    # Offers and terms
    "offer.not_on_sale": (
        "offer {offer} is not on sale: it is {state}, or outside of its sales window",
        "the offer is not on sale: it is not published, or outside of its sales window",
    ),
    "offer.window_empty": (
        "offer {offer} cannot be sold: access to {product} would end before it starts",
        "the offer cannot be sold: access would end before it starts",
    ),
    "offer.duplicate_code": (
        "offer {offer} exists already, and codes are unique in a project",
        "an offer has this code already, and codes are unique in a project",
    ),
    "terms.window_empty": (
        "access to {product} would end before it starts on these terms",
        "access would end before it starts on these terms",
    ),
    "course.unknown_lesson": (
        "course {product} has no modules, lessons or sections {ids}",
        "the terms name modules, lessons or sections that the course does not have",
    ),
    "course.unknown_practice": (
        "course {product} has no practices {ids}",
        "the terms name practices that the course does not have",
    ),
    "course.unknown_test": (
        "course {product} has no tests {ids}",
        "the terms name tests that the course does not have",
    ),
    # Payments
    "payment.already_paid": (
        "payment {payment} is paid, and is not paid twice",
        "the payment is paid, and is not paid twice",
    ),
    "payment.void": (
        "payment {payment} is void, and is neither paid nor edited by hand",
        "the payment is void, and is neither paid nor edited by hand",
    ),
    "payment.not_editable": (
        "payment {payment} is paid, and its {fields} cannot be edited any more",
        "payment {payment} cannot be changed like that any more",
        "the payment is paid, and only its comment can be edited",
    ),
    "payment.in_future": (
        "payment {payment} cannot be paid at {paid_at}: that is in the future",
        "a payment cannot be paid at {paid_at}: that is in the future",
        "a payment cannot be paid in the future",
    ),
    "payment.not_owed": (
        "payment {payment} asks for nothing, so nobody is asked to pay it",
        "the payment asks for nothing, so nobody is asked to pay it",
    ),
    "payment.by_gateway": (
        "payment {payment} came through a gateway, and what a gateway reported is not taken back",
        "the payment came through a gateway, and what a gateway reported is not taken back",
    ),
    "payment.no_anomaly": (
        "payment {payment} has no money under {reference} that waits to be accepted",
        "the payment has no money that waits to be accepted",
    ),
    "payment.period_unpaid": (
        "payment {payment} is a period that is unpaid: money for it is marked on it, not added beside it",
        "a period is unpaid: money for it is marked on it, not added beside it",
    ),
    "attempt.unresolved": (
        "payment {payment} has an attempt whose outcome is unknown, and a new one waits for it",
        "the outcome of an attempt is unknown, and a new one waits for it",
    ),
    "gateway.unavailable": (
        "gateway {gateway} is not connected; connected are: {connected}",
        "gateway {gateway} does not take payment {payment}",
        "gateway {gateway} is not connected",
        "payment {payment} is not paid through a gateway",
        "no gateway takes this",
    ),
    "gateway.cannot_list": (
        "gateway {gateway} cannot list what happened there",
        "the gateway cannot list what happened there",
    ),
    "callback.not_verified": (
        "the callback is not signed by gateway {gateway}",
        "the callback is not signed by the gateway",
    ),
    "refund.exceeds_paid": (
        "payment {payment} cannot be refunded by {asked} {currency}: {left} of {paid} {currency} is left",
        "no more can be refunded than is left of the payment",
    ),
    "refund.not_paid": (
        "payment {payment} is not paid, so there is nothing to refund",
        "the payment is not paid, so there is nothing to refund",
    ),
    "reminder.too_soon": (
        "payment {payment} was reminded of less than an hour ago: the next reminder may go out at {again_at}",
        "a payment is reminded of at most once an hour",
    ),
    "reminder.not_unpaid": (
        "payment {payment} is {state}, so there is nothing to remind of",
        "the payment is not unpaid, so there is nothing to remind of",
    ),
    # Access
    "access.no_end": (
        "access to {product} in order {order} has no end that could be moved",
        "access has no end that could be moved",
    ),
    "access.not_started": (
        "order {order} is not activated, so there is no access to {product} to extend or freeze",
        "the order is not activated, so there is no access to extend or freeze",
    ),
    "freeze.overlaps": (
        "access to {product} in order {order} is frozen at that time already, and freezes do not overlap",
        "access is frozen at that time already, and freezes do not overlap",
    ),
    "freeze.none": (
        "access to {product} in order {order} has no freeze that goes on or is planned",
        "access has no freeze that goes on or is planned",
    ),
    "freeze.after_end": (
        "access to {product} in order {order} has ended before the freeze would begin",
        "access has ended before the freeze would begin",
    ),
    # Funnels
    "status.in_use": (
        "status {status} of funnel {funnel} holds orders {orders} and is named by rules {rules}: say where they go",
        "status {status} of funnel {funnel} holds orders {orders}: say where they go",
        "status {status} of funnel {funnel} is named by rules {rules}: say where they go",
        "status {status} of funnel {funnel} is in use",
        "the status is in use: say where its orders and rules go",
    ),
    "status.last": (
        "funnel {funnel} has one status, and keeps at least one",
        "a funnel keeps at least one status",
    ),
    "status.duplicate": (
        "funnel {funnel} has two statuses with the id {statuses}: ids are unique in a funnel",
        "a funnel has two statuses of one id",
    ),
    "status.archived": (
        "status {status} of funnel {funnel} is archived, and takes no orders",
        "status {status} is archived, and takes no orders",
        "the status is archived, and takes no orders",
    ),
    "funnel.is_default": (
        "funnel {funnel} is the default one, and a project has always one",
        "the funnel is the default one, and a project has always one",
    ),
    "funnel.in_use": (
        "funnel {funnel} holds orders {orders} and is named by offers {offers}: say where they go",
        "funnel {funnel} holds orders {orders}: say where they go",
        "funnel {funnel} is named by offers {offers}: say where they go",
        "the funnel is in use: say where its orders go",
    ),
    # Certificates
    "certificate.not_eligible": (
        "the certificate of {product} in order {order} is not earned yet: unmet are {unmet}",
        "the certificate is not earned yet",
    ),
    "certificate.not_issued": (
        "order {order} has no certificate of {product} that could be revoked",
        "there is no certificate that could be revoked",
    ),
    # Outside
    "gateway.refused": (
        "gateway {gateway} answered and refused: {reason}",
        "gateway {gateway} answered and refused",
        "the gateway answered and refused",
    ),
    "gateway.unreachable": ("gateway {gateway} cannot be reached", "the gateway cannot be reached"),
    "lms.failed": (
        "the LMS answered with {status}, and not with what it was asked for",
        "the LMS answered with something else than it was asked for",
    ),
    "lms.unreachable": ("the LMS cannot be reached",),
    "store.locked": ("another writer held the store for longer than the timeout: try again",),
    "store.isolation": ("orders are changed at READ COMMITTED only, and the transaction is not: begin it so",),
    "store.full": ("the disk of the store is full, and nothing was written: make room",),
    "store.unreachable": ("the store cannot be reached: see that it runs, and that host, port and user are right",),
    "store.not_migrated": (
        "the store is of version {version}, this library needs {newest}: run kwiga-orders migrate",
        "tables or columns are missing in the store: run kwiga-orders migrate",
    ),
    "store.too_new": (
        "the store is of version {version}, this library knows {newest} at most: install a newer one",
        "the store was made by a newer version of the library: install that one",
    ),
    "store.timed_out": (
        "the database took longer than its timeout, and nothing was written: try again, and see what is slow",
    ),
    "store.lost": (
        "the connection was lost during COMMIT, its outcome is {outcome}: repeat the command with its key",
        "the connection to the database was lost, and nothing was written: try again",
    ),
    "store.overloaded": (
        "the database has no room for another connection: try again later, or keep fewer connections",
    ),
    "store.failed": ("the database refused a statement, and nothing was written: look at the cause",),
    "store.read_only": (
        "the store is read-only: mend the rights of the file and its folder, or connect to the primary server",
    ),
    "store.not_opened": ("the database is not there, or may not be opened: make it, or mend the URL",),
    "store.not_a_database": ("the file is not a database, and was left alone: mend the URL",),
    "store.damaged": ("the database is damaged: put a backup back",),
    "store.disk_failed": (
        "the disk of the store failed during COMMIT, its outcome is {outcome}: mend it, and repeat the command",
        "the disk of the store failed, and nothing was written: look at the machine",
    ),
    "mail.deferred": (
        "the mail server does not take the letter now, with reply {reply}",
        "the mail server does not take the letter now",
    ),
    "mail.refused": ("the mail server refused the letter for good, with reply {reply}", "the letter was refused"),
    "store.forbidden": ("the database does not let this user do that: give the user the right, or mend the URL",),
    "store.inconsistent": ("the store holds what contradicts itself",),
    "webhook.address_refused": (
        "the endpoint at {host} is not one of http, or leads into a private network",
        "an endpoint may not be called",
    ),
    "webhook.failed": ("the endpoint at {host} answered with status {status}", "an endpoint did not take it"),
    "webhook.unreachable": ("the host {host} of an endpoint has no address", "an endpoint has no address"),
    "file.unreadable": ("the file {path} cannot be read", "the file cannot be read"),
    "file.unwritable": ("the file {path} cannot be written", "the file cannot be written"),
    # Corrupt
    "orders.unreadable": ("{count} orders cannot be read", "some orders cannot be read"),
    "document.unreadable": (
        "{document} {id}, written by schema {schema}, cannot be read",
        "a stored {kind} cannot be read: its {field} is not what was written",
        "a stored {kind} cannot be read",
        "a stored document cannot be read",
    ),
    "document.too_new": (
        "{document} {id} was written by schema {schema}, and this library knows {newest} at most",
        "a stored document was written by a newer version of the library",
    ),
    "line.without_pin": (
        "offer {offer} was loaded without what pinned lines of product {product} have",
        "an offer was loaded without what pinned lines have",
    ),
    "line.without_offer": (
        "the line of {product} in order {order} follows an offer that is not there",
        "a line follows an offer that is not there",
    ),
    "letter.incomplete": ("the letter {letter} lacks {lacking}", "a letter lacks what its text needs"),
    "text.missing": ("the catalogue {locale} has no text {key}", "a catalogue lacks a text"),
}
"""The sentences of every code that the library raises."""

_SHOWN_AT_MOST = 5


def sentence(code: str, details: Mapping[str, object]) -> str:
    """Give the longest sentence for the details, with the code after it; for a host's own code, only the values."""
    # A sentence with an empty value would have a gap, so a shorter one is used.
    values = {name: text for name, one in details.items() if (text := _shown(one))}
    # The longest comes first.
    for template in SENTENCES.get(code, ()):
        try:
            return f"{template.format_map(values)} ({code})"
        except KeyError:
            continue
    listed = ", ".join(f"{name}={text}" for name, text in values.items())
    return f"{code}: {listed}" if listed else code


def _shown(value: object) -> str:
    """Write a value for a sentence; "" for an empty value."""
    if isinstance(value, Mapping):
        # a fault of a document, or an unmet condition
        if "path" in value:
            says = value.get("hint") or value.get("code")
            return f"{value['path']} ({says})" if value["path"] else str(says)
        if "code" in value:
            return str(value["code"])
        return ", ".join((f"{name}: {_shown(inner)}" for name, inner in value.items()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        more = len(value) - _SHOWN_AT_MOST
        # Five are enough to find the mistake.
        shown = ", ".join(map(_shown, value[:_SHOWN_AT_MOST]))
        return f"{shown} and {more} more" if more > 0 else shown
    return "" if value is None else str(value)
