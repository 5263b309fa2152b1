"""A school with a gateway, and few words to run what is due and to see what came of it."""

from collections.abc import Sequence

import attrs

from kwiga_orders.due import DueItem
from kwiga_orders.orders.events import DueNoted
from kwiga_orders.periods import Period
from kwiga_orders.project import Project
from kwiga_orders.terms import For, TermsChange
from tests.laws.office import Office

__all__ = ["DAY", "MONTH", "TEN_DAYS", "Desk", "kinds", "noted", "paid", "ran", "school_with"]

DAY, MONTH = Period(days=1), Period(months=1)
TEN_DAYS = TermsChange(duration=For(period=Period(days=10)))


class Desk(Office):
    """An office with a gateway."""

    def __init__(self, project: Project) -> None:
        super().__init__(project=project)
        self.gateway = self.connects("fake")


def school_with(*, grace: Period | None = None, notice: Period | None = None) -> Desk:
    """Give a school whose settings are these."""
    project = Project(id="school", timezone="Europe/Kyiv", currency="UAH", grace=grace)
    return Desk(project if notice is None else attrs.evolve(project, notice=notice))


def paid(school: Office, terms: TermsChange = TEN_DAYS) -> str:
    """Sell a product on these terms and have it paid; give the order, of which all that is due was told."""
    school.sells(terms=terms)
    order = school.opens()
    school.pays(order)
    ran(school)
    school.notifier.rows.clear()
    return order


def ran(school: Office, at: str | None = None) -> list[str]:
    """Run what is due, at a local time if one is given, until nothing is left; give the letters it made."""
    if at is not None:
        school.at(at)
    before = len(school.notifier.letters)
    while school.orders.run_due(limit=2):
        pass
    school.orders.relay_once(school.notifier, limit=1000)
    return school.notifier.letters[before:]


def noted(school: Office, order: str) -> list[DueNoted]:
    """Give what was noted for an order, in order."""
    return [recorded.event for recorded in school.history(order) if isinstance(recorded.event, DueNoted)]


def kinds(items: Sequence[DueItem | DueNoted]) -> list[str]:
    """Give what fell due."""
    return [item.due.value for item in items]
