"""What would be given back of orders that cost less; nothing is changed."""

from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct

from argosy.kernel.database import Tx
from argosy.payments.decide.spreading import decide_give_back
from argosy.payments.model import MovementKind
from argosy.payments.store import ledger


class PlannedMovement(Struct, frozen=True):
    """What a gateway will be asked for."""

    payment_no: int
    gateway: str
    method: str
    kind: MovementKind
    amount_minor: int


class GiveBackPlan(Struct, frozen=True):
    """How money is given back: `waits_minor` is being captured now and is refunded after that.

    `unpaid_minor` was never set aside, so that nothing of it is given back.
    """

    movements: list[PlannedMovement]
    waits_minor: int
    unpaid_minor: int


async def plan_give_back(
    tx: Tx, canceled: Mapping[UUID, tuple[int, int]]
) -> dict[UUID, GiveBackPlan]:
    """Return how money is given back when orders cost (new total, less by), by order.

    The same rule gives it back when payments hear of the cancellation.
    """
    plans = {}
    for order_id, money in (await ledger.load_money(tx, canceled)).items():
        total_minor, value_minor = canceled[order_id]
        back = decide_give_back(money, total_minor)
        named = {each.payment_no: each for each in money.payments}
        plans[order_id] = GiveBackPlan(
            [
                PlannedMovement(
                    payment_no, named[payment_no].gateway, named[payment_no].method, kind, amount
                )
                for kind, parts in (
                    (MovementKind.VOID, back.voids),
                    (MovementKind.REFUND, back.refunds),
                )
                for payment_no, amount in parts
            ],
            back.waits_minor,
            max(0, value_minor - back.amount_minor),
        )
    return plans
