"""Laws of the rules, to be run on a school of your own: a class a chapter, each law named by its rule.

from kwiga_orders.testing.laws import AccessLaws

class TestMyAccess(AccessLaws):
    school = my_school
"""

from kwiga_orders.testing.laws.law import Draw, Laws, Met, law, laws_of
from kwiga_orders.testing.laws.of_access import AccessLaws, LessonLaws
from kwiga_orders.testing.laws.of_keeping import CertificateLaws, FunnelLaws, KeepingLaws
from kwiga_orders.testing.laws.of_money import MoneyLaws
from kwiga_orders.testing.laws.of_payments import PaymentLaws
from kwiga_orders.testing.laws.of_subscriptions import SubscriptionLaws
from kwiga_orders.testing.laws.of_time import TimeLaws

__all__ = [
    "CHAPTERS",
    "AccessLaws",
    "CertificateLaws",
    "Draw",
    "FunnelLaws",
    "KeepingLaws",
    "Laws",
    "LessonLaws",
    "Met",
    "MoneyLaws",
    "PaymentLaws",
    "SubscriptionLaws",
    "TimeLaws",
    "law",
    "laws_of",
]

CHAPTERS: tuple[type[Laws], ...] = (
    TimeLaws, MoneyLaws, PaymentLaws, SubscriptionLaws, AccessLaws, LessonLaws, CertificateLaws, FunnelLaws,
    KeepingLaws,
)  # fmt: skip
"""All laws, chapter by chapter."""
