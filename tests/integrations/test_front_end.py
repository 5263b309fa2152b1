"""What a front end has of `kwiga-orders serve`: its files, who is signed in, a customer's way in."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from httpx import Response

from kwiga_orders.adapters.customer_links import Links
from kwiga_orders.contrib.serve import Served, new_token, serving
from kwiga_orders.testing.school import FrozenClock
from tests.in_process import InProcessClient

PROJECTS = [{"id": id, "timezone": "Europe/Kyiv", "currency": "UAH"} for id in ("school", "other")]
COURSE = {"product": "python", "title": "Python", "modules": [{"id": "m1", "title": "Start", "lessons": []}]}
OFFER = {"code": "basic", "title": "Basic", "state": "published", "items": [{"product": "python", "price": "1000.00"}]}


@attrs.frozen(kw_only=True)
class Site(InProcessClient):
    """A client with the secrets of an owner, of a viewer, and of an owner of another project."""

    owner: str
    viewer: str
    stranger: str

    def says(self, path: str, body: Any, secret: str) -> Response:
        """Send a document."""
        return self.asks("POST", path, json=body, headers={"authorization": f"Bearer {secret}"})

    def session(self, secret: str) -> Response:
        """Ask who that is."""
        return self.asks("GET", "/session", headers={"authorization": f"Bearer {secret}"})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give a client of a service with pages and links, which runs as long as the test."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "index.html").write_text("<title>orders</title>")
    secrets, tokens = {}, []
    for name, role, project, id in (
        ("owner", "owner", "school", "ira"),
        ("viewer", "viewer", "school", "ira"),
        ("stranger", "owner", "other", "oleh"),
    ):
        secrets[name], token = new_token(project=project, role=role, kind="staff", id=id)
        tokens.append(attrs.asdict(token))
    people = {"ira": "Iryna", "oleh": "Oleh"}
    said = {"projects": PROJECTS, "tokens": tokens, "courses": [COURSE], "people": people, "links_key": "key"}
    app = serving(f"sqlite:///{tmp_path}/orders.db", Served.read(said), works=False, site=tmp_path / "pages")
    with asyncio.Runner() as runner:
        lifespan = app.router.lifespan_context(app)
        runner.run(lifespan.__aenter__())
        yield Site(runner, app, owner=secrets["owner"], viewer=secrets["viewer"], stranger=secrets["stranger"])
        runner.run(lifespan.__aexit__(None, None, None))


class TestFrontEnd:
    """Laws 1 and 2 of `front_end`, and what the file gives to it."""

    def test_pages_run_no_foreign_script(self, site: Site) -> None:
        """Law 1: the page and the answers beside it have the headers."""
        page, answer = site.asks("GET", "/"), site.says("/school/queries/project", {}, site.owner)
        assert (page.status_code, page.text) == (200, "<title>orders</title>")
        for response in (page, answer, site.asks("GET", "/no/such/file")):
            policy = response.headers["content-security-policy"]
            assert "script-src 'self';" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert response.headers["x-content-type-options"] == "nosniff"
            # law 2: nothing is kept that a browser would send along by itself
            assert "set-cookie" not in response.headers

    def test_who_is_signed_in(self, site: Site) -> None:
        """A token says its project and role, and the name that the file has for its person."""
        said = {"project": "school", "kind": "staff", "id": "ira", "name": "Iryna"}
        said |= {"timezone": "Europe/Kyiv", "currency": "UAH", "locale": "uk"}
        assert site.session(site.viewer).json() == {**said, "role": "viewer"}
        assert site.session("wrong").json()["code"] == "token.unknown"

    def test_the_staff_of_a_project(self, site: Site) -> None:
        """V8: the people of the file are offered by name, but nobody whose tokens are all of other projects (K6)."""
        said = {"rows": [{"id": "ira", "name": "Iryna"}], "next": None, "listed": True}
        assert site.says("/school/queries/staff", {}, site.viewer).json() == said
        assert site.says("/other/queries/staff", {}, site.stranger).json() == {
            **said,
            "rows": [{"id": "oleh", "name": "Oleh"}],
        }

    def test_a_link_lets_in_one_customer(self, site: Site) -> None:
        """Who has the link sees what is theirs, and what customers may see; nobody else's (K8)."""
        for id in ("olena", "taras"):
            site.says("/school/commands/save_contact", {"id": id, "name": id}, site.owner)
        site.says("/school/commands/create_offer", OFFER, site.owner)
        order = site.says("/school/commands/open_offer", {"offer": "basic", "contact": "olena"}, site.owner)
        secret = site.says("/school/links/olena", {}, site.owner).json()["secret"]

        assert site.session(secret).json()["kind"] == "customer"
        mine = site.says("/school/queries/customer_orders", {"contact": "olena"}, secret).json()
        assert [one["id"] for one in mine] == [order.json()["order"]]
        assert site.says("/school/queries/course", {"product": "python"}, secret).json()["modules"][0]["id"] == "m1"
        for asked, body in (
            ("customer_orders", {"contact": "taras"}),
            ("order", {"order": order.json()["order"]}),
            ("orders", {}),
        ):
            assert site.says(f"/school/queries/{asked}", body, secret).status_code == 403
        # a link of one project is none of another (K6)
        assert site.says("/other/queries/customer_orders", {"contact": "olena"}, secret).status_code == 401

    def test_who_may_make_a_link(self, site: Site) -> None:
        """Who may save a contact; a viewer and a customer may not."""
        assert site.says("/school/links/olena", {}, site.viewer).json()["code"] == "actor.not_allowed"
        secret = site.says("/school/links/olena", {}, site.owner).json()["secret"]
        assert site.says("/school/links/taras", {}, secret).status_code == 403


class TestLinks:
    """The secrets of customers' own pages."""

    def test_it_ends_by_itself(self) -> None:
        """A link opens the page until its end, and not at it."""
        clock = FrozenClock()
        links = Links(key="key", clock=clock, lasts=timedelta(days=1))
        secret, link = links.make(project="school", contact="olena")
        assert links.find(secret) == link
        clock.set(link.until)
        assert links.find(secret) is None

    @pytest.mark.parametrize("wrong", ["", "x", "a.b", "a.b.c", "é.é"])
    def test_what_was_not_made_here(self, wrong: str) -> None:
        """Nothing else is a link, whatever its form."""
        assert Links(key="key", clock=FrozenClock()).find(wrong) is None

    def test_another_key_makes_links_void(self) -> None:
        """So does a part of one link put to another, and no key at all."""
        clock = FrozenClock()
        first, second = (Links(key="key", clock=clock).make(project="school", contact=id)[0] for id in "ab")
        mixed = f"{first.split('.')[0]}.{second.split('.')[1]}"
        assert Links(key="key", clock=clock).find(mixed) is None
        assert Links(key="other", clock=clock).find(first) is None
        unsigned = Links(key="", clock=clock)
        assert unsigned.find(unsigned.make(project="school", contact="a")[0]) is None
