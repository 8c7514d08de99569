"""What other contexts may ask of orders: to count their units, hold them, and queue them."""

from argosy.orders.commands.cancel import (
    Canceled,
    cancel_units,
    load_cancel_facts,
    preview_cancel_units,
)
from argosy.orders.commands.capture import (
    Captured,
    CaptureRefused,
    CaptureRequest,
    place_orders,
)
from argosy.orders.commands.holds import hold_orders, release_order_holds
from argosy.orders.commands.preview import preview_orders
from argosy.orders.store import (
    GroupRouting,
    LineUnits,
    allocate_units,
    close_orders,
    deliver_units,
    fulfill_units,
    make_due,
    release_units,
    set_routing,
    start_units,
    unfulfill_units,
)

__all__ = [
    "Canceled",
    "CaptureRefused",
    "CaptureRequest",
    "Captured",
    "GroupRouting",
    "LineUnits",
    "allocate_units",
    "cancel_units",
    "close_orders",
    "deliver_units",
    "fulfill_units",
    "hold_orders",
    "load_cancel_facts",
    "make_due",
    "place_orders",
    "preview_cancel_units",
    "preview_orders",
    "release_order_holds",
    "release_units",
    "set_routing",
    "start_units",
    "unfulfill_units",
]
