"""The doors through which orders come in: one by one, coalesced, and in batches."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from argosy.kernel.bodies import BodyDecoder
from argosy.kernel.http import (
    MOST_ITEMS,
    BatchOutcome,
    HotHandler,
    HotRequest,
    Outcomes,
    Problem,
    ProblemNote,
    Services,
    hot_route,
)
from argosy.kernel.problems import FieldError, title_of
from argosy.orders.commands.capture import place_orders
from argosy.orders.commands.outcomes import (
    Captured,
    CaptureOutcome,
    CaptureRefused,
    CaptureRequest,
)
from argosy.orders.model import OrderSummary, PlaceOrder, Refusal

BATCH = 200
LONGEST_KEY = 200

_CONFLICTS = frozenset(
    {
        Refusal.EXTERNAL_ID_REUSED,
        Refusal.IDEMPOTENCY_KEY_REUSED,
        Refusal.OUT_OF_STOCK,
        Refusal.CHANNEL_CLOSED,
        Refusal.PAYMENT_REFERENCE_USED,
        Refusal.RESERVATION_UNKNOWN,
    }
)
_encode = msgspec.json.Encoder().encode


class PlaceOrders(msgspec.Struct, forbid_unknown_fields=True):
    """Orders to be placed together, each with its own outcome."""

    items: Annotated[list[PlaceOrder], Meta(min_length=1, max_length=MOST_ITEMS)]


class _RawOrders(msgspec.Struct, forbid_unknown_fields=True):
    """The same, with orders decoded one by one, so that a bad one fails alone."""

    items: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MOST_ITEMS)]


class OrderOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one order; `created` is false when it stood before."""

    order: OrderSummary | None = None
    created: bool = False
    errors: Sequence[FieldError] = ()


_one: BodyDecoder[PlaceOrder] = BodyDecoder(PlaceOrder)
_many: BodyDecoder[_RawOrders] = BodyDecoder(_RawOrders)


def _problem(refused: CaptureRefused) -> Problem:
    """Return the problem document of an order that was not placed."""
    first = refused.faults[0]
    return Problem(
        409 if first.code in _CONFLICTS else 422,
        first.code.value,
        title_of(first.code.value),
        first.detail,
        [FieldError(each.pointer, each.code.value, each.detail) for each in refused.faults],
    )


def _request(asked: PlaceOrder, request: HotRequest) -> CaptureRequest:
    by, channel_ids = str(request.actor), request.access.channel_ids
    key = request.header(b"idempotency-key")
    if key is None:
        return CaptureRequest(asked, by, channel_ids=channel_ids)
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        detail = f"An Idempotency-Key has 1 to {LONGEST_KEY} printable characters."
        raise Problem(422, "idempotency_key_invalid", "Idempotency key invalid", detail)
    return CaptureRequest(asked, by, f"request:{by}", key, channel_ids)


@hot_route(
    "POST",
    "/v1/orders",
    permission="orders:write",
    request_type=PlaceOrder,
    response_type=OrderSummary,
    summary="Place an order",
    status_code=201,
    refuses=[Refusal],
    scoped=True,
)
def place_order(services: Services) -> HotHandler:
    """Check an order, promise and reserve its stock, record its payments, and make it visible.

    Or refuse it whole, with every fault that was found. An order is known by its channel and
    external id: the same one again answers 200 with the same `order_id`, another one 409.
    """

    async def run(batch: Sequence[CaptureRequest]) -> Sequence[CaptureOutcome]:
        return await place_orders(services.db, batch, services.clock.now())

    coalescer = services.coalescer("orders.place_orders", run, max_batch=BATCH)

    async def answer(request: HotRequest) -> tuple[int, bytes]:
        outcome = await coalescer.submit(_request(_one.decode(request.body), request))
        if isinstance(outcome, CaptureRefused):
            raise _problem(outcome)
        return (201 if outcome.created else 200), _encode(outcome.summary)

    return answer


@hot_route(
    "POST",
    "/v1/orders/batch",
    permission="orders:write",
    request_type=PlaceOrders,
    response_type=Outcomes[OrderOutcome],
    summary="Place orders in a batch",
    refuses=[Refusal],
    scoped=True,
)
def place_orders_batch(services: Services) -> HotHandler:
    """Place up to 2,000 orders, one outcome each; a bad one never fails its neighbours."""

    async def answer(request: HotRequest) -> tuple[int, bytes]:
        items = _many.decode(request.body).items
        outcomes: list[OrderOutcome] = []
        wanted: list[tuple[int, CaptureRequest]] = []
        for index, raw in enumerate(items):
            try:
                asked = _one.decode(bytes(raw))
            except Problem as problem:
                outcomes.append(_undecoded(index, problem))
                continue
            by, channel_ids = str(request.actor), request.access.channel_ids
            wanted.append((index, CaptureRequest(asked, by, channel_ids=channel_ids)))
        for first in range(0, len(wanted), BATCH):
            part = wanted[first : first + BATCH]
            placed = await place_orders(
                services.db, [each for _, each in part], services.clock.now()
            )
            outcomes += [
                _outcome(index, each) for (index, _), each in zip(part, placed, strict=True)
            ]
        outcomes.sort(key=lambda each: each.index)
        return 200, _encode(Outcomes(outcomes))

    return answer


def _undecoded(index: int, problem: Problem) -> OrderOutcome:
    pointer = problem.errors[0].pointer if problem.errors else None
    note = ProblemNote(problem.code, problem.detail, pointer)
    return OrderOutcome(index=index, status="refused", problem=note, errors=problem.errors)


def _outcome(index: int, outcome: CaptureOutcome) -> OrderOutcome:
    if isinstance(outcome, Captured):
        return OrderOutcome(
            index=index, status="done", order=outcome.summary, created=outcome.created
        )
    first = outcome.faults[0]
    return OrderOutcome(
        index=index,
        status="refused",
        problem=ProblemNote(first.code.value, first.detail, first.pointer),
        errors=[FieldError(each.pointer, each.code.value, each.detail) for each in outcome.faults],
    )


ROUTES = (place_order, place_orders_batch)
