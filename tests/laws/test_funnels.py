"""F1, F2, F7: funnels, and where in them an order starts."""

from decimal import Decimal
from typing import Any

import pytest

from kwiga_orders.errors import Refused
from kwiga_orders.funnel import CreateFunnel, EditStatus, FunnelStatus, Rule, born_with
from kwiga_orders.locale import LOCALES, Texts
from kwiga_orders.offers import EditOffer
from kwiga_orders.payments import Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.project import Locale
from tests.laws.office import Office

MONTHLY = Subscribe(id="sub", amount=Decimal(300), every=Period(months=1))


class TestF1:
    """A funnel is a named, ordered list of statuses, with rules event → status. A project is born with the default
    funnel: New, Paid, Subscription, Partially paid, Refund, Full refund, mapped to `order.created`, `order.paid`,
    `order.subscribed`, `order.partially_paid`, `order.partially_refunded`, `order.refunded`.
    """

    def test_born_with(self) -> None:
        """Six statuses in this order, each with its event; it is the default one."""
        funnel = Office().funnel("default")

        ids = ["new", "paid", "subscription", "partially_paid", "refund", "full_refund"]
        assert [status.id for status in funnel.statuses] == ids
        assert {rule.event: rule.status for rule in funnel.rules} == {
            "order.created": "new",
            "order.paid": "paid",
            "order.subscribed": "subscription",
            "order.partially_paid": "partially_paid",
            "order.partially_refunded": "refund",
            "order.refunded": "full_refund",
        }
        assert funnel.default

    def test_the_life_of_an_order(self) -> None:
        """New, partly paid, paid, partly refunded, refunded: it stands where its money is."""
        school = Office()
        order = school.makes("1000.00")
        stood = [school.status(order)]
        for amount in ("400.00", "600.00"):
            school.owes(order, amount, paid=True)
            stood.append(school.status(order))
        for number, amount in ((1, "400.00"), (2, "600.00")):
            school.refunds(order, amount, number)
            stood.append(school.status(order))

        assert stood == ["new", "partially_paid", "paid", "refund", "full_refund"]

    def test_own_funnel(self) -> None:
        """It has the name, the statuses in order, and the rules it was given."""
        school = Office()
        rule = Rule(event="order.paid", status="paid", only_from=("new", "call"))

        school.builds(rule)

        funnel = school.funnel("vip")
        assert (funnel.name, funnel.default, funnel.rules) == ("VIP", False, (rule,))
        assert [status.id for status in funnel.statuses] == ["new", "call", "agreed", "paid"]

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"id": "default"}, "input.invalid"),
            ({"statuses": (FunnelStatus(id="a", name="A", archived=True),)}, "status.last"),
            ({"statuses": (FunnelStatus(id="a", name="A"), FunnelStatus(id="a", name="B"))}, "status.duplicate"),
            ({"rules": (Rule(event="order.paid", status="paid"),)}, "not_found"),
            ({"rules": (Rule(event="order.paid", status="a", only_from=("paid",)),)}, "not_found"),
        ],
    )
    def test_what_is_no_funnel(self, fields: dict[str, Any], code: str) -> None:
        """An id that is taken, no statuses, one of them twice, or a rule about one that it does not have."""
        made = {"id": "vip", "title": "VIP", "statuses": (FunnelStatus(id="a", name="A"),), **fields}

        assert Office().refused(CreateFunnel(**made)) == code


class TestF2:
    """An order is always in exactly one existing status of exactly one funnel. It starts in the status mapped to
    `order.created` (by subscription: to `order.subscribed` if mapped), else the first.
    """

    @pytest.mark.parametrize(
        ("mapped", "regular", "subscribed"),
        [
            ({}, "new", "new"),
            ({"order.created": "call"}, "call", "call"),
            ({"order.subscribed": "agreed"}, "new", "agreed"),
            ({"order.created": "call", "order.subscribed": "agreed"}, "call", "agreed"),
        ],
    )
    def test_where_it_starts(self, mapped: dict[str, str], regular: str, subscribed: str) -> None:
        """Opened or made by hand, it starts where the rules say; without rules, in the first status."""
        school = Office()
        school.builds(*(Rule(event=event, status=status) for event, status in mapped.items()))
        school.offers("one", funnel="vip")
        school.offers("many", funnel="vip", payment_options=(MONTHLY,))

        assert school.status(school.opens("one")) == regular
        assert school.status(school.opens("many")) == subscribed
        assert school.status(school.makes(funnel="vip")) == regular
        by_hand = school.makes(lines=(), offer="many", status=None)
        assert school.status(by_hand) == subscribed
        assert school.events(by_hand)[1] == "order.subscribed"

    def test_where_it_is_put(self) -> None:
        """By hand it may be made in any status of its funnel (O4); one that is not there is not found."""
        school = Office()
        school.builds()

        assert school.status(school.makes(funnel="vip", status="agreed")) == "agreed"
        with pytest.raises(Refused, match="not_found"):
            school.makes(funnel="vip", status="refund")
        with pytest.raises(Refused, match="not_found"):
            school.makes(funnel="gone")

    def test_archived_takes_no_new_ones(self) -> None:
        """Without a rule it starts in the first status that is not archived."""
        school = Office()
        school.builds(statuses="new call")
        school.does(EditStatus(funnel="vip", id="new", archived=True))

        assert school.status(school.makes(funnel="vip")) == "call"

    def test_the_creation_is_not_a_move(self) -> None:
        """It is born where it starts; history has no move."""
        school = Office()
        order = school.sold(payment_options=(MONTHLY,))

        assert school.status(order) == "subscription"
        assert "order.moved" not in school.events(order)


class TestF7:
    """One funnel is the project's default; an offer may name another; a change affects new orders only."""

    def test_by_default(self) -> None:
        """Orders made by hand and offers that name none take the default one of that moment."""
        school = Office()
        early = school.sold()
        school.builds(default=True)
        school.offers("later")

        assert school.order(early).funnel == "default"
        assert school.order(school.opens()).funnel == "default"
        assert school.order(school.opens("later")).funnel == school.order(school.makes()).funnel == "vip"
        assert not school.funnel("default").default

    def test_an_offer_names_another(self) -> None:
        """Its orders go there; edited, new ones go elsewhere and old ones stay."""
        school = Office()
        school.builds()
        early = school.sold(funnel="vip")

        school.does(EditOffer(offer="basic", funnel="default"))

        assert school.order(early).funnel == "vip"
        assert school.order(school.opens()).funnel == "default"

    def test_none_is_the_default_one(self) -> None:
        """An offer whose funnel is taken away takes the default one of that moment (O1)."""
        school = Office()
        school.builds(default=True)
        school.offers(funnel="default")

        school.does(EditOffer(offer="basic", funnel=None))

        assert school.order(school.opens()).funnel == "vip"

    def test_one_that_is_not_there(self) -> None:
        """An offer cannot name a funnel that the project does not have."""
        school = Office()
        school.offers()

        assert school.refused(EditOffer(offer="basic", funnel="gone")) == "not_found"
        with pytest.raises(Refused, match="not_found"):
            school.offers("other", funnel="gone")


class TestF8:
    """Statuses that a project is born with are named in its locale."""

    @pytest.mark.parametrize(
        ("locale", "name", "names"),
        [
            ("uk", "Основна", "Нове, Оплачено, Підписка, Частково оплачено, Повернення, Повне повернення"),
            ("ru", "Основная", "Новый, Оплачен, Подписка, Частично оплачен, Возврат, Полный возврат"),
            ("en", "Default", "New, Paid, Subscription, Partially paid, Refund, Full refund"),
        ],
    )
    def test_named_in_its_locale(self, locale: Locale, name: str, names: str) -> None:
        """The funnel and its statuses, in Ukrainian, Russian or English."""
        funnel = born_with(locale)

        assert (funnel.name, [status.name for status in funnel.statuses]) == (name, names.split(", "))

    @pytest.mark.parametrize("locale", LOCALES)
    def test_as_the_catalogue_has_them(self, locale: Locale) -> None:
        """What they are named is what the texts of that language say, so that they can be translated."""
        texts = Texts(locale, timezone="Europe/Kyiv")

        for status in born_with(locale).statuses:
            assert status.name == texts.status(status.id)
