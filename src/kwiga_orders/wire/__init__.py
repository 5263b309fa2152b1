"""The wire: JSON in, values of the domain out. The only place where pydantic lives.

    command = read_command(read_json(body))

Laws:

1. Unknown fields are refused, and all faults of a document are reported at once, each with path and code.
2. A document says everything in texts, flags and whole numbers; an amount is never a number.
3. No answer and no error carries what a document said that was not understood.
"""

from kwiga_orders.wire.commands import read_command
from kwiga_orders.wire.objects import Contact, Funnel, Offer, Project
from kwiga_orders.wire.outlines import Course, Progress
from kwiga_orders.wire.parsing import read_json
from kwiga_orders.wire.queries import read_query
from kwiga_orders.wire.terms import AccessTerms

# decision 0003: pydantic reads documents at this edge; inside there are attrs values
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
"""Read a contact from a document that was parsed from JSON."""

read_course = Course.read
"""Read the outline of a product from a document that was parsed from JSON."""

read_funnel = Funnel.read
"""Read a funnel, as the command that makes it, from a document that was parsed from JSON."""

read_offer = Offer.read
"""Read an offer, as the command that makes it, from a document that was parsed from JSON."""

read_progress = Progress.read
"""Read what a contact has done from a document that was parsed from JSON."""

read_project = Project.read
"""Read a project from a document that was parsed from JSON."""

read_terms = AccessTerms.read
"""Read access terms, as the change that they are, from a document that was parsed from JSON."""
