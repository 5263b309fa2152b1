"""The laws that ship to hosts hold on the true rules, in a plain school."""

from kwiga_orders.testing import laws


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
