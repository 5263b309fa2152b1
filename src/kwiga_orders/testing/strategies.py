"""Hypothesis strategies for everything that the rules of access use: courses, terms, orders, progress.

The drawn values are small and close together on purpose: a few months, a few lessons, instants that often coincide,
because rules break where things meet. Orders are made by commands through the rules (`lives`), so every drawn order
could really have happened. The docs say how often each kind is drawn, and a test checks it.
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
