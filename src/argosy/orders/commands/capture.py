"""Placing orders: check, match the buyer, promise stock, record payments, make visible.

Everything happens in one transaction for many orders. Stock is read without locks and taken by a
statement that locks only what it takes, in one order, and refuses what is no longer there; a batch
that loses such a race is decided again under the locks of all its stock.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

import asyncpg
import msgspec

from argosy.catalogue import Network, Sku, door as catalogue
from argosy.customers import BuyerKey, door as customers
from argosy.inventory import Demand, Promise, PromiseRules, Shortage, SkuStock, decide_promise
from argosy.inventory import door as inventory
from argosy.kernel.database import Database, Tx
from argosy.kernel.ids import id_at
from argosy.orders import store
from argosy.orders.decide.capture import Capture, Fault, decide_capture
from argosy.orders.decide.promise_dates import date_groups, promise_rules
from argosy.orders.model import Line, OrderSummary, PlaceOrder, Refusal
from argosy.payments import OrderMoney, PaymentAsk, door as payments

_encode = msgspec.json.Encoder(order="deterministic").encode
MOST_TRIES = 5


class CaptureRequest(msgspec.Struct, frozen=True):
    """One order to be placed; `request_scope` and `request_key` come from an Idempotency-Key."""

    asked: PlaceOrder
    by: str
    request_scope: str | None = None
    request_key: str | None = None


class Captured(msgspec.Struct, frozen=True):
    """The order stands; `created` is False when it stood before."""

    summary: OrderSummary
    created: bool


class CaptureRefused(msgspec.Struct, frozen=True):
    """The order was not placed and nothing was changed; `faults` says why, by pointer."""

    faults: list[Fault]


CaptureOutcome = Captured | CaptureRefused


class StockMoved(Exception):  # noqa: N818  (it names what happened)
    """Somebody else took the stock between the reading and the taking."""


async def place_orders(
    db: Database, requests: Sequence[CaptureRequest], now: datetime
) -> list[CaptureOutcome]:
    """Place many orders, one outcome each; one bad order never fails its neighbours.

    Opens its own transactions: one for all, and smaller ones where the database refuses a batch.
    Orders that take over a cart's reservation go one by one, because the cart must be kept when
    the order is refused.
    """
    outcomes: list[CaptureOutcome | None] = [None] * len(requests)
    together = [i for i, each in enumerate(requests) if each.asked.reservation_id is None]
    alone = [i for i, each in enumerate(requests) if each.asked.reservation_id is not None]
    for indexes in [together] if together else []:
        for index, outcome in zip(
            indexes, await _place_split(db, [requests[i] for i in indexes], now), strict=True
        ):
            outcomes[index] = outcome
    for index in alone:
        outcomes[index] = (await _place_split(db, [requests[index]], now))[0]
    return [outcome for outcome in outcomes if outcome is not None]


async def _place_split(
    db: Database, requests: Sequence[CaptureRequest], now: datetime
) -> list[CaptureOutcome]:
    try:
        return await _place_retried(db, requests, now)
    except asyncpg.IntegrityConstraintViolationError as error:
        if len(requests) == 1:
            return [_refused_by_row(error)]
    except _Rollback as rolled:
        return [rolled.outcome]
    middle = len(requests) // 2
    return [
        *await _place_split(db, requests[:middle], now),
        *await _place_split(db, requests[middle:], now),
    ]


def _refused_by_row(error: asyncpg.IntegrityConstraintViolationError) -> CaptureRefused:
    """Translate what the last guard, a row, refused for a single order."""
    if error.constraint_name == "gateway_reference_pkey":
        detail = "The gateway's reference belongs to another payment already."
        pointer = "/payments/0/authorization_ref"
        return CaptureRefused([Fault(Refusal.PAYMENT_REFERENCE_USED, pointer, detail)])
    raise error


async def _place_retried(
    db: Database, requests: Sequence[CaptureRequest], now: datetime
) -> list[CaptureOutcome]:
    for attempt in range(MOST_TRIES):
        try:
            return await db.run(
                lambda tx, lock=attempt > 0: capture_orders(tx, requests, now, lock=lock)
            )
        except StockMoved:
            if attempt == MOST_TRIES - 1:
                raise
        except asyncpg.UniqueViolationError as error:
            # Somebody placed the same order a moment ago; the next look finds it.
            if error.constraint_name != "order_key_pkey" or attempt == MOST_TRIES - 1:
                raise
    raise AssertionError("unreachable")


class _Rollback(Exception):  # noqa: N818
    """Carries the outcome of an order whose transaction must leave nothing behind."""

    def __init__(self, outcome: CaptureOutcome) -> None:
        super().__init__("rolled back")
        self.outcome = outcome


async def capture_orders(
    tx: Tx, requests: Sequence[CaptureRequest], now: datetime, *, lock: bool
) -> list[CaptureOutcome]:
    """Place `requests` in the caller's transaction, about nine statements however many they are.

    Raises StockMoved when stock was taken meanwhile (only without `lock`), and UniqueViolationError
    when a key was taken meanwhile; the caller rolls back and calls again.
    """
    network = await catalogue.network(tx)
    codes = {line.sku for request in requests for line in request.asked.lines}
    skus = await catalogue.skus_by_code(tx, codes, known=network)
    digests = [_digest(request.asked) for request in requests]
    known = await store.find_placed(tx, _keys(requests, network))
    outcomes: list[CaptureOutcome | int | None] = []
    fresh: list[tuple[int, Capture]] = []
    first: dict[tuple[str, str], int] = {}
    for index, request in enumerate(requests):
        outcome = _placed_before(request, digests[index], network, known)
        if outcome is None:
            twin = _twin(request, index, network, first)
            if twin is not None:
                outcomes.append(twin)
                continue
            decided = decide_capture(request.asked, network, skus, now)
            if isinstance(decided, list):
                outcome = CaptureRefused(decided)
            else:
                fresh.append((index, decided))
        outcomes.append(outcome)
    placed = await _place_fresh(tx, requests, digests, fresh, network, skus, now, lock=lock)
    for (index, _), outcome in zip(fresh, placed, strict=True):
        outcomes[index] = outcome
    return [_resolved(outcomes, requests, digests, index) for index in range(len(requests))]


def _digest(asked: PlaceOrder) -> bytes:
    return hashlib.blake2b(_encode(asked), digest_size=16).digest()


def _keys(requests: Sequence[CaptureRequest], network: Network) -> list[tuple[str, str]]:
    keys = []
    for request in requests:
        channel = network.channel_by_code(request.asked.channel)
        if channel is not None:
            keys.append((store.channel_scope(channel.channel_id), request.asked.external_id))
        if request.request_scope is not None and request.request_key is not None:
            keys.append((request.request_scope, request.request_key))
    return keys


def _placed_before(
    request: CaptureRequest,
    digest: bytes,
    network: Network,
    known: Mapping[tuple[str, str], store.Known],
) -> CaptureOutcome | None:
    """Return the outcome of an order that stands already under one of its keys."""
    if request.request_scope is not None and request.request_key is not None:
        earlier = known.get((request.request_scope, request.request_key))
        if earlier is not None:
            if earlier.digest == digest:
                return Captured(earlier.summary, created=False)
            return _reused(Refusal.IDEMPOTENCY_KEY_REUSED)
    channel = network.channel_by_code(request.asked.channel)
    if channel is None:
        return None
    earlier = known.get((store.channel_scope(channel.channel_id), request.asked.external_id))
    if earlier is None:
        return None
    if earlier.digest == digest:
        return Captured(earlier.summary, created=False)
    return _reused(Refusal.EXTERNAL_ID_REUSED)


def _reused(code: Refusal) -> CaptureRefused:
    if code is Refusal.IDEMPOTENCY_KEY_REUSED:
        detail = "This Idempotency-Key was used for another order."
        return CaptureRefused([Fault(code, "", detail)])
    detail = "The channel has handed in another order under this external id."
    return CaptureRefused([Fault(code, "/external_id", detail)])


def _twin(
    request: CaptureRequest, index: int, network: Network, first: dict[tuple[str, str], int]
) -> int | None:
    """Return the index of an earlier request of this batch that shares a key with this one."""
    twin = None
    for key in _keys([request], network):
        earlier = first.setdefault(key, index)
        if earlier != index and twin is None:
            twin = earlier
    return twin


def _resolved(
    outcomes: Sequence[CaptureOutcome | int | None],
    requests: Sequence[CaptureRequest],
    digests: Sequence[bytes],
    index: int,
) -> CaptureOutcome:
    outcome = outcomes[index]
    if not isinstance(outcome, int):
        assert outcome is not None
        return outcome
    first = _resolved(outcomes, requests, digests, outcome)
    if digests[outcome] == digests[index]:
        if isinstance(first, Captured):
            return Captured(first.summary, created=False)
        return first
    same_id = requests[outcome].asked.external_id == requests[index].asked.external_id
    return _reused(Refusal.EXTERNAL_ID_REUSED if same_id else Refusal.IDEMPOTENCY_KEY_REUSED)


async def _place_fresh(
    tx: Tx,
    requests: Sequence[CaptureRequest],
    digests: Sequence[bytes],
    fresh: Sequence[tuple[int, Capture]],
    network: Network,
    skus: Mapping[str, Sku],
    now: datetime,
    *,
    lock: bool,
) -> list[CaptureOutcome]:
    if not fresh:
        return []
    by = requests[fresh[0][0]].by
    for index, _ in fresh:
        cart_id = requests[index].asked.reservation_id
        if cart_id is not None and not await inventory.release_cart(tx, cart_id, by=by, now=now):
            detail = "The reservation has expired or was used already."
            fault = Fault(Refusal.RESERVATION_UNKNOWN, "/reservation_id", detail)
            return [CaptureRefused([fault])]
    stock = await inventory.load_stock(tx, _stocked(fresh), lock=lock)
    taking: list[tuple[int, store.NewOrder, Promise]] = []
    outcomes: list[CaptureOutcome | None] = []
    for index, decided in fresh:
        promise = _promise(decided, network, stock)
        if isinstance(promise, Shortage):
            refused = CaptureRefused(_shortage_faults(decided, promise, skus))
            if requests[index].asked.reservation_id is not None:
                raise _Rollback(refused)
            outcomes.append(refused)
            continue
        outcomes.append(None)
        order = _new_order(decided, digests[index], requests[index])
        order.promised_at = date_groups(
            decided.groups, decided.lines, promise, decided.placed_at, network
        )
        order.backordered = _waiting_units(decided.lines, promise)
        taking.append((index, order, promise))
    if taking:
        placed = iter(await _apply(tx, taking, by, now))
        outcomes = [outcome or next(placed) for outcome in outcomes]
    return [outcome for outcome in outcomes if outcome is not None]


def _waiting_units(lines: Sequence[Line], promise: Promise) -> dict[int, int]:
    """Return, by line, how many units wait for stock; a kit waits for its scarcest part."""
    if not promise.backordered:
        return {}
    by_line = {line.line_no: line for line in lines}
    waiting: dict[int, int] = {}
    for each in promise.backordered:
        per_unit = dict(_parts(by_line[each.line_no]))[each.sku_id]
        units = -(-each.quantity // per_unit)
        waiting[each.line_no] = max(waiting.get(each.line_no, 0), units)
    return waiting


def _stocked(fresh: Sequence[tuple[int, Capture]]) -> list[UUID]:
    """Return every SKU whose stock the orders need, kits exploded, sorted."""
    wanted = {
        sku_id for _, decided in fresh for line in decided.lines for sku_id, _ in _parts(line)
    }
    return sorted(wanted)


def _parts(line: Line) -> Sequence[tuple[UUID, int]]:
    """Return the stocked SKUs of a line with the units of each that one unit needs."""
    if line.kind != "physical" or line.sku_id is None:
        return ()
    return line.components or ((line.sku_id, 1),)


def _promise(
    decided: Capture, network: Network, stock: Mapping[UUID, SkuStock]
) -> Promise | Shortage:
    """Promise every delivery group of one order from the working copy `stock`, or none of them."""
    promises = []
    undo = []
    for group in decided.groups:
        demands = [
            Demand(line.line_no, sku_id, line.ordered * per_unit)
            for line in decided.lines
            if line.group_no == group.group_no
            for sku_id, per_unit in _parts(line)
        ]
        if not demands:
            continue
        rules = promise_rules(decided, group, network)
        made = decide_promise(stock, demands, rules)
        if isinstance(made, Shortage):
            for earlier in undo:
                _give_back(stock, earlier)
            return made
        promises.append(made)
        undo.append(made)
    return Promise(
        tuple(taken for made in promises for taken in made.taken),
        tuple(each for made in promises for each in made.backordered),
    )


def _give_back(stock: Mapping[UUID, SkuStock], promise: Promise) -> None:
    for taken in promise.taken:
        stock[taken.sku_id].free[taken.location_id] += taken.quantity
    for each in promise.backordered:
        stock[each.sku_id].backlog_left += each.quantity
        stock[each.sku_id].backlog_units -= each.quantity


def _shortage_faults(decided: Capture, shortage: Shortage, skus: Mapping[str, Sku]) -> list[Fault]:
    short = {
        sku_id
        for sku_id, units in shortage.asked.items()
        if units > shortage.available.get(sku_id, 0)
    }
    codes = {sku.sku_id: sku.code for sku in skus.values()}
    return [
        Fault(
            Refusal.OUT_OF_STOCK,
            f"/lines/{line.line_no - 1}/quantity",
            f"{codes.get(sku_id, 'A part of the kit')}: {shortage.asked[sku_id]} asked, "
            f"{shortage.available.get(sku_id, 0)} can be promised.",
        )
        for line in decided.lines
        for sku_id, _ in _parts(line)
        if sku_id in short
    ]


def _new_order(decided: Capture, digest: bytes, request: CaptureRequest) -> store.NewOrder:
    return store.NewOrder(
        order_id=id_at(decided.placed_at),
        order_number="",
        channel_id=decided.channel.channel_id,
        digest=digest,
        asked=decided.asked,
        placed_at=decided.placed_at,
        customer_id=None,
        groups=decided.groups,
        lines=decided.lines,
        holds=decided.holds,
        goods_minor=decided.goods_minor,
        discount_minor=decided.discount_minor,
        shipping_minor=decided.shipping_minor,
        fee_minor=decided.fee_minor,
        tax_minor=decided.tax_minor,
        backordered={},
        promised_at=None,
        request_scope=request.request_scope,
        request_key=request.request_key,
    )


async def _apply(
    tx: Tx, taking: Sequence[tuple[int, store.NewOrder, Promise]], by: str, now: datetime
) -> list[CaptureOutcome]:
    orders = [order for _, order, _ in taking]
    await _take_stock(tx, taking, by, now)
    buyers = [_buyer(order) for order in orders]
    for order, customer_id in zip(
        orders, await customers.match_customers(tx, buyers, now), strict=True
    ):
        order.customer_id = customer_id
    for order, number in zip(orders, await store.take_order_numbers(tx, len(orders)), strict=True):
        order.order_number = number
    await store.place_orders(tx, orders, by, now)
    statuses = await payments.record_at_placement(tx, [_money(order) for order in orders], now)
    return [
        Captured(
            OrderSummary(
                order_id=order.order_id,
                order_number=order.order_number,
                lifecycle="placed",
                payment_status=status,
                fulfillment_status="backordered" if order.backordered else "unfulfilled",
                return_status="none",
                holds=[hold.kind.value for hold in order.holds],
                version=1,
                promised_at=order.promised_at,
            ),
            created=True,
        )
        for order, status in zip(orders, statuses, strict=True)
    ]


async def _take_stock(
    tx: Tx, taking: Sequence[tuple[int, store.NewOrder, Promise]], by: str, now: datetime
) -> None:
    taken = [
        inventory.Reserve(t.sku_id, order.order_id, t.line_no, t.location_id, t.quantity)
        for _, order, promise in taking
        for t in promise.taken
    ]
    beyond = [
        inventory.QueueBackorder(
            b.sku_id,
            order.order_id,
            b.line_no,
            b.quantity,
            b.kind,
            order.channel_id,
            None
            if b.expected_on is None
            else datetime.combine(b.expected_on, time(), now.tzinfo) + timedelta(days=1),
        )
        for _, order, promise in taking
        for b in promise.backordered
    ]
    if not await inventory.reserve_units(
        tx, taken, owner_kind="order", expires_at=None, by=by, now=now
    ):
        raise StockMoved
    if not await inventory.backorder_units(tx, beyond, now):
        raise StockMoved


def _buyer(order: store.NewOrder) -> BuyerKey:
    buyer = order.asked.customer
    if buyer is None:
        return BuyerKey(order.channel_id, None, None, None, None)
    email = buyer.email if buyer.email_verified else None
    return BuyerKey(order.channel_id, buyer.external_id, email, buyer.name, buyer.phone)


def _money(order: store.NewOrder) -> OrderMoney:
    return OrderMoney(
        order_id=order.order_id,
        currency=order.asked.currency,
        total_minor=order.asked.total_minor,
        payments=[
            PaymentAsk(
                gateway=payment.gateway,
                method=payment.method,
                amount_minor=payment.amount_minor,
                authorization_ref=payment.authorization_ref,
                token=payment.token,
                expires_at=payment.expires_at,
            )
            for payment in order.asked.payments
        ],
    )
