"""How gateways speak to us, and how they are asked about what nobody knows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import (
    PUBLIC,
    HotHandler,
    HotRequest,
    HotRoute,
    Limit,
    Route,
    Services,
    get,
    hot_route,
    not_found,
    post,
    problem_of,
)
from argosy.kernel.refusals import Refused
from argosy.payments.commands.calls import reconcile_movements
from argosy.payments.commands.gateways import gateways
from argosy.payments.commands.notices import Heard, take_notices
from argosy.payments.decide.answers import is_final
from argosy.payments.decide.sandbox import BEHAVIORS, SPECIAL
from argosy.payments.model import Refusal, gateway_names
from argosy.payments.model.gateway import MANUAL
from argosy.payments.store import ledger, notices

_WEBHOOK_STATUS = {
    Refusal.SIGNATURE_INVALID: 401,
    Refusal.WEBHOOK_TOO_OLD: 400,
    Refusal.WEBHOOK_MALFORMED: 422,
}
_MOST = 500


class ReconcileBody(Struct, forbid_unknown_fields=True):
    """Whose movements are asked about: those of one order, or the oldest of all.

    `older_than_seconds` leaves out what was asked, or asked about, more recently.
    """

    order_id: UUID | None = None
    older_than_seconds: Annotated[int, Meta(ge=0, le=30 * 86400)] = 0
    limit: Annotated[int, Meta(ge=1, le=_MOST)] = _MOST

    __examples__ = ({"older_than_seconds": 60},)


class Reconciled(Struct, frozen=True):
    """What asking came to: how many movements were asked about, and how they stand now."""

    asked: int
    settled: int
    pending: int
    unknown: int


class GatewayView(Struct, frozen=True):
    """A gateway that payments may name; `tokens` are those that a test gateway knows."""

    name: str
    tokens: dict[str, str] = {}


class StrayView(Struct, frozen=True, kw_only=True):
    """Money that a gateway moved and that fits no payment of ours."""

    stray_id: UUID
    gateway: str
    reference: str
    authorization_reference: str | None
    kind: str
    amount_minor: int
    currency: str
    hint: dict[str, Any]
    reason: str
    state: str
    found_by: str
    found_at: datetime
    order_id: UUID | None
    matched_at: datetime | None


class Strays(Struct, frozen=True):
    """Stray payments, the latest first."""

    items: list[StrayView]


class Gateways(Struct, frozen=True):
    """Every gateway."""

    items: list[GatewayView]


@post(
    "/v1/payments/reconcile",
    permission="payments:write",
    summary="Ask gateways about movements that are not settled",
    keyed=False,
    refuses=[Refusal.ORDER_NOT_FOUND],
)
async def reconcile_payments(db: Database, clock: Clock, data: ReconcileBody) -> Reconciled:
    """Ask now, as the sweep does by itself; the shop's return page calls it for its order.

    Nothing is repeated: a movement is looked up by its key, and only a gateway that never heard of
    it is asked again.
    """
    now = clock.now()
    async with db.reading() as tx:
        if data.order_id is not None and not await ledger.load_money(tx, [data.order_id]):
            not_found("order")
        before = now - timedelta(seconds=data.older_than_seconds)
        unsettled = await ledger.find_unsettled(tx, before, data.limit, data.order_id)
    after = (await reconcile_movements(db, unsettled, now)).values()
    return Reconciled(
        len(unsettled),
        sum(is_final(each.state) for each in after),
        sum(each.state == "pending" for each in after),
        sum(each.state == "unknown" for each in after),
    )


@get("/v1/payments/gateways", permission="payments:read", summary="List gateways", scoped=True)
async def list_gateways() -> Gateways:
    """List the gateways that payments may name, with the tokens of the sandbox."""
    tokens = {"tok_ok": "everything is done at once"}
    tokens |= {f"tok_{name}": f"authorization {what}" for name, what in BEHAVIORS.items()}
    tokens |= {
        f"tok_{kind}_{name}": f"each {kind} {what}"
        for kind in ("capture", "void", "refund")
        for name, what in BEHAVIORS.items()
    }
    tokens |= SPECIAL
    return Gateways(
        [GatewayView(name, tokens if name == "sandbox" else {}) for name in sorted(gateway_names())]
    )


@get(
    "/v1/stray-payments",
    permission="payments:read",
    summary="List money that fits no payment",
)
async def list_stray_payments(
    db: Database,
    state: Annotated[str, Meta(pattern="^(open|matched)$")] | None = None,
    limit: Limit = 100,
) -> Strays:
    """List what gateways took without an order of ours; the latest first."""
    async with db.reading() as tx:
        rows = await notices.list_strays(tx, state=state, limit=limit)
    return Strays([StrayView(**row) for row in rows])


def _webhook(gateway: str) -> HotRoute:
    """Return the door of one gateway's webhooks: raw bytes, because they are signed."""

    def open_door(services: Services) -> HotHandler:
        async def answer(request: HotRequest) -> tuple[int, bytes]:
            now = services.clock.now()
            headers = _headers(request)
            told = await gateways(services.db)[gateway].read_webhook(request.body, headers, now)
            if isinstance(told, Refused):
                raise problem_of(told, status=_WEBHOOK_STATUS.get(Refusal(told.code), 400))
            heard = await services.db.run(
                lambda tx: take_notices(tx, gateway, told, found_by="webhook", now=now)
            )
            return 200, msgspec.json.encode(heard)

        return answer

    open_door.__name__ = f"take_{gateway}_webhook"
    open_door.__doc__ = (
        "Take in what the gateway tells by itself. It is signed by the gateway, and each movement "
        "counts once, however often and in whatever order it is told."
    )
    return hot_route(
        "POST",
        f"/v1/payments/{gateway}/webhook",
        permission=PUBLIC,
        request_type=dict[str, Any],
        response_type=Heard,
        summary=f"Webhook of the gateway {gateway}",
        tags=("payments",),
        refuses=list(_WEBHOOK_STATUS),
        scoped=True,
    )(open_door)


def _headers(request: HotRequest) -> Mapping[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers
    }


routes: list[Route | HotRoute] = [
    reconcile_payments,
    list_gateways,
    list_stray_payments,
    *(_webhook(name) for name in sorted(gateway_names() - {MANUAL})),
]
