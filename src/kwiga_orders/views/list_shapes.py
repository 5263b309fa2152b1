"""The JSON shapes of lists: rows, boards, sums. Instants are UTC strings, amounts are decimal strings."""

from typing import TypedDict

__all__ = [
    "BoardView",
    "CardView",
    "ChangeView",
    "ChangesView",
    "ColumnView",
    "DeliveriesView",
    "DeliveryView",
    "DueView",
    "OrdersView",
    "RowView",
    "TakingsView",
    "TaskRowView",
    "TotalsView",
]


class CardView(TypedDict):
    """The fields of an order in a list or on the board (V1, V2), with its total and the parts of the total (M5)."""

    id: str
    number: int
    funnel: str
    status: str
    payment_status: str
    type: str
    contact: str
    manager: str | None
    responsibles: list[str]
    tags: list[str]
    products: list[str]
    offer: str | None
    price: str
    discount: str
    plan_difference: str
    on_top: str
    total: str
    paid: str
    owed: str
    balance: str
    overpaid: str
    currency: str
    created_at: str
    updated_at: str
    due_at: str | None
    superseded_by: str | None
    needs_attention: bool
    cancelled: bool


class RowView(CardView):
    """An order in a list or on the board, with the names for its ids (V8).

    `product_titles` has the order of `products`, `responsible_names` that of `responsibles`. An unknown name is null.
    """

    contact_name: str | None
    email: str | None
    phone: str | None
    product_titles: list[str | None]
    offer_title: str | None
    funnel_name: str | None
    status_name: str | None
    manager_name: str | None
    responsible_names: list[str | None]


class OrdersView(TypedDict):
    """A page of orders. `next` is the cursor of the next page, null on the last one (V1)."""

    rows: list[RowView]
    next: str | None


class ColumnView(TypedDict):
    """A status on the board: how many orders, their total, net paid and owed amounts, the first cards (V2, P7)."""

    status: str
    name: str
    colour: str | None
    archived: bool
    count: int
    sums: dict[str, str]
    paid: dict[str, str]
    owed: dict[str, str]
    cards: list[RowView]


class BoardView(TypedDict):
    """The board of a funnel (V2)."""

    columns: list[ColumnView]


class TotalsView(TypedDict):
    """The sums of the orders in a list, in one currency: total, net paid, owed (V1, P7)."""

    total: str
    paid: str
    owed: str


class TaskRowView(TypedDict):
    """A task, with the order that it belongs to (O14)."""

    order: str
    number: int
    contact: str
    contact_name: str | None
    task: str
    title: str
    assignee: str | None
    assignee_name: str | None
    due_at: str | None
    done_at: str | None


class ChangeView(TypedDict):
    """One change of an order (V8)."""

    order: str
    number: int
    version: int
    at: str
    event: str


class ChangesView(TypedDict):
    """Changes in the order they were written. `next` is the cursor to continue from, even if there are no more yet."""

    rows: list[ChangeView]
    next: str


class TakingsView(TypedDict):
    """Received and refunded money for one key, in one currency. `count` is the number of received payments (V8).

    `key` is a day, a month or an id, and `name` is the name for that id. A null key collects money that has none.
    """

    key: str | None
    name: str | None
    currency: str
    paid: str
    refunded: str
    net: str
    count: int


class DeliveryView(TypedDict):
    """An outbox row that could not be sent. If the row cannot be read, most fields are null (N1)."""

    row: str
    order: str | None
    kind: str | None
    name: str | None
    gateway: str | None
    at: str | None
    tries: int
    error: str
    parked_at: str


class DeliveriesView(TypedDict):
    """A page of parked outbox rows. `next` is the cursor of the next page, null on the last one."""

    rows: list[DeliveryView]
    next: str | None


class DueView(TypedDict):
    """Something that falls due and has not been recorded yet (P14)."""

    key: str
    at: str
    what: str
    order: str
    number: int
    contact: str
    contact_name: str | None
    payment: str | None
    product: str | None
    product_title: str | None
