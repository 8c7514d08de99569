"""What payments hear of orders and fulfillment: what is to be captured, invoiced, let go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.kernel.readers import EventRow
from argosy.payments.commands.charge import charge_orders
from argosy.payments.decide.invoicing import draft_invoices
from argosy.payments.model.invoices import Shipped, ShippedLine
from argosy.payments.store import invoices, ledger

HEARD = frozenset(
    {
        "order.placed.v1",
        "order.hold_placed.v1",
        "order.hold_released.v1",
        "order.closed.v1",
        "order.canceled.v1",
        "order.units_canceled.v1",
        "fulfillment.routed.v1",
        "fulfillment.shipped.v1",
    }
)


async def hear_orders(tx: Tx, events: Sequence[EventRow], now: datetime) -> None:
    """Invoice what was shipped and charge what is to be charged by now, many orders at once.

    The captures are pending and queued in the same transaction that hears of the shipments.
    """
    held: dict[UUID, bool] = {}
    placed: set[UUID] = set()
    released: set[UUID] = set()
    closed: set[UUID] = set()
    shipped: list[Shipped] = []
    canceled: dict[UUID, int] = {}
    for event in events:
        match event.name:
            case "order.placed.v1":
                placed.add(event.subject_id)
                if event.body.get("holds"):
                    held[event.subject_id] = True
            case "order.hold_placed.v1":
                held[event.subject_id] = True
            case "order.hold_released.v1":
                if event.body.get("active_holds") == 0:
                    held[event.subject_id] = False
                    placed.add(event.subject_id)
            case "fulfillment.routed.v1":
                released.add(event.subject_id)
            case "fulfillment.shipped.v1":
                shipped.append(_shipped(event.body, event.occurred_at))
            case "order.units_canceled.v1":
                value_minor = canceled.get(event.subject_id, 0) + event.body["value_minor"]
                canceled[event.subject_id] = value_minor
            case _:
                closed.add(event.subject_id)
    whole = await ledger.find_to_capture_whole(
        tx,
        sorted(placed - {order_id for order_id, is_held in held.items() if is_held}),
        sorted(released),
    )
    freed = {order_id for order_id, is_held in held.items() if not is_held}
    touched = {*held, *closed, *whole, *canceled, *(each.order_id for each in shipped)}
    if not touched:
        return
    await ledger.lock_money(tx, touched)
    await ledger.cancel_amounts(tx, canceled, now)
    await ledger.mark_orders(tx, sorted(held.items()), sorted(closed))
    if freed:
        whole = sorted({*whole, *await ledger.find_to_capture_whole(tx, sorted(freed), ())})
    await ledger.set_to_capture(tx, [(order_id, None) for order_id in whole], now)
    if shipped:
        await _invoice(tx, shipped, now)
    charged = {*whole, *closed, *freed, *canceled, *(each.order_id for each in shipped)}
    if charged:
        await charge_orders(tx, charged, now)


def _shipped(body: dict[str, Any], at: datetime) -> Shipped:
    return Shipped(
        UUID(body["order_id"]),
        UUID(body["shipment_id"]),
        body["currency"],
        body["amount_minor"],
        at,
        tuple(
            ShippedLine(line["line_no"], line["quantity"], line["total_minor"])
            for line in body["lines"]
        ),
    )


async def _invoice(tx: Tx, shipped: Sequence[Shipped], now: datetime) -> None:
    """Issue an invoice for each shipment that has none and is worth anything."""
    facts = await invoices.load_facts(tx, sorted({each.order_id for each in shipped}))
    settings = await invoices.get_settings(tx)
    drafts = draft_invoices(
        [
            (each, new_id())
            for each in shipped
            if (each.order_id, each.shipment_id) not in facts.shipments
        ],
        facts.placed,
        facts.invoiced,
        settings,
    )
    await invoices.issue_invoices(tx, drafts, settings, now)
