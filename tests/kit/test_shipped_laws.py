"""The laws that ship to hosts hold on the true rules, in a plain school and in one within a transaction of a host."""

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.testing import laws
from kwiga_orders.testing.school import School
from tests.effort import is_thorough
from tests.hosts import in_memory


def hosted() -> School:
    """Give a school in a transaction that a host has begun and never ends."""
    return School(store=SqlOrderStore.within(in_memory()))


class TestTime(laws.TimeLaws):
    """T."""


class TestMoney(laws.MoneyLaws):
    """M."""


class TestPayments(laws.PaymentLaws):
    """P, O3, O12."""


class TestSubscriptions(laws.SubscriptionLaws):
    """P13."""


class TestAccess(laws.AccessLaws):
    """A."""


class TestLessons(laws.LessonLaws):
    """L."""


class TestCertificates(laws.CertificateLaws):
    """C."""


class TestFunnels(laws.FunnelLaws):
    """F."""


class TestKeeping(laws.KeepingLaws):
    """K, O10, V5, N2."""


class TestKeepingWithin(laws.KeepingLaws):
    """K, O10, V5, N2, within a transaction of the host."""

    school = staticmethod(hosted)


if is_thorough():
    # what else the rules say is the same on every store
    class TestPaymentsWithin(laws.PaymentLaws):
        """P, O3, O12, within a transaction of the host."""

        school = staticmethod(hosted)

    class TestFunnelsWithin(laws.FunnelLaws):
        """F, within a transaction of the host."""

        school = staticmethod(hosted)
