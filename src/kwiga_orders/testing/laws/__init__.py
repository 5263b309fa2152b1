"""Laws of the rules, to run on a school of your own: one class for each chapter, and each law named by its rule.

from kwiga_orders.testing.laws import AccessLaws

class TestMyAccess(AccessLaws):
    school = my_school
"""

from kwiga_orders.testing.laws.desk import Desk
from kwiga_orders.testing.laws.law import Draw, Laws, Met, law, laws_of
from kwiga_orders.testing.laws.of_access import AccessLaws
from kwiga_orders.testing.laws.of_cases import CaseLaws
from kwiga_orders.testing.laws.of_certificates import CertificateLaws
from kwiga_orders.testing.laws.of_keeping import FunnelLaws, KeepingLaws
from kwiga_orders.testing.laws.of_lessons import LessonLaws
from kwiga_orders.testing.laws.of_lists import ListLaws
from kwiga_orders.testing.laws.of_money import MoneyLaws
from kwiga_orders.testing.laws.of_offers import OfferLaws
from kwiga_orders.testing.laws.of_outside import OutsideLaws
from kwiga_orders.testing.laws.of_payments import PaymentLaws
from kwiga_orders.testing.laws.of_subscriptions import SubscriptionLaws
from kwiga_orders.testing.laws.of_time import TimeLaws

__all__ = [
    "CHAPTERS",
    "AccessLaws",
    "CaseLaws",
    "CertificateLaws",
    "Desk",
    "Draw",
    "FunnelLaws",
    "KeepingLaws",
    "Laws",
    "LessonLaws",
    "ListLaws",
    "Met",
    "MoneyLaws",
    "OfferLaws",
    "OutsideLaws",
    "PaymentLaws",
    "SubscriptionLaws",
    "TimeLaws",
    "law",
    "laws_of",
]

CHAPTERS: tuple[type[Laws], ...] = (
    TimeLaws, MoneyLaws, OfferLaws, PaymentLaws, SubscriptionLaws, AccessLaws, LessonLaws, CertificateLaws, FunnelLaws,
    ListLaws, OutsideLaws, KeepingLaws, CaseLaws,
)  # fmt: skip
"""All laws, by chapter."""
