"""Hypothesis strategies for everything the rules of access are about: courses, terms, orders, progress.

What they draw is small and close together on purpose: a few months, a few lessons, instants that often coincide. Rules
break where things meet, not where they are far apart. Orders are made by commands through the rules (`lives`), so
whatever is drawn could have happened; how often what is drawn is in the docs, and held by a test.
"""

from kwiga_orders.testing.drawn_orders import Learner, grants, learner_of, learners, lines, lives, moments, orders
from kwiga_orders.testing.drawn_terms import (
    courses,
    delays,
    instants,
    often,
    periods,
    progress,
    projects,
    terms,
    zones,
)
from kwiga_orders.testing.lives import Did, Life, Made, Sold, Superseded
from kwiga_orders.testing.readable import instant

__all__ = [
    "Did",
    "Learner",
    "Life",
    "Made",
    "Sold",
    "Superseded",
    "courses",
    "delays",
    "grants",
    "instant",
    "instants",
    "learner_of",
    "learners",
    "lines",
    "lives",
    "moments",
    "often",
    "orders",
    "periods",
    "progress",
    "projects",
    "terms",
    "zones",
]
