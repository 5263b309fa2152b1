"""What the site of the tests brings: two projects, and a payment system that is in memory."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from django.http import HttpRequest

from kwiga_orders import Course, Project
from kwiga_orders.contrib.django import Host
from kwiga_orders.ports import PaymentGateway
from kwiga_orders.testing.gateways import FakeGateway
from kwiga_orders.testing.school import FrozenClock


class SiteHost(Host):
    """Two tenants, told apart by a header."""

    fake = FakeGateway(FrozenClock())
    woken: ClassVar[list[str]] = []

    def projects(self) -> Iterable[Project]:
        return (Project(id=id, timezone="Europe/Kyiv", currency="UAH") for id in ("school", "other"))

    def project_of(self, request: HttpRequest) -> str:
        return request.headers.get("x-tenant", "school")

    def find_course(self, project: str, product: str, /) -> Course | None:
        return Course(product=product, title=product.title()) if product == "python" else None

    def gateways(self, project: str) -> Mapping[str, PaymentGateway]:
        return {"fake": self.fake}

    def wake(self, project: str) -> None:
        self.woken.append(project)
