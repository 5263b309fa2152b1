"""From a command to all that it writes, as a pure value."""

from kwiga_orders.decisions.deciding import decide, fingerprint
from kwiga_orders.decisions.gathering import Decision, Moment, courses_of, offers_of
from kwiga_orders.decisions.on_offers import edited_offer

__all__ = ["Decision", "Moment", "courses_of", "decide", "edited_offer", "fingerprint", "offers_of"]
