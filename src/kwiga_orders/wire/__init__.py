"""The wire: turns JSON into commands, queries and other values of the domain. The only package that uses pydantic.

    command = read_command(read_json(body))

Laws:

1. Unknown fields are refused, and all faults of a document are reported at once, each with its path and code.
2. Documents use only texts, booleans and whole numbers; an amount is a text and never a number.
3. No answer and no error contains input that was not understood.
"""

from kwiga_orders.wire.commands import read_command
from kwiga_orders.wire.objects import Contact, Funnel, Offer, Project
from kwiga_orders.wire.outlines import Course, Progress
from kwiga_orders.wire.parsing import read_json
from kwiga_orders.wire.queries import read_query
from kwiga_orders.wire.terms import AccessTerms

# decision 0003: pydantic reads documents at this edge; the rest of the library uses attrs
__all__ = [
    "read_command",
    "read_contact",
    "read_course",
    "read_funnel",
    "read_json",
    "read_offer",
    "read_progress",
    "read_project",
    "read_query",
    "read_terms",
]

read_contact = Contact.read
"""Read a contact from parsed JSON."""

read_course = Course.read
"""Read the outline of a product from parsed JSON."""

read_funnel = Funnel.read
"""Read a funnel from parsed JSON; the result is the command that makes it."""

read_offer = Offer.read
"""Read an offer from parsed JSON; the result is the command that makes it."""

read_progress = Progress.read
"""Read a contact's learning progress from parsed JSON."""

read_project = Project.read
"""Read a project from parsed JSON."""

read_terms = AccessTerms.read
"""Read terms of access from parsed JSON; the result is a change of terms."""
