"""The transaction that places orders: check, promise, take, match the buyer, make visible."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from argosy.catalogue import Network, Sku, door as catalogue
from argosy.customers import BuyerKey, door as customers
from argosy.inventory import Backordered, PromiseRules, Shortage, SkuStock, door as inventory
from argosy.kernel.database import Tx
from argosy.kernel.ids import id_at
from argosy.orders import store
from argosy.orders.commands.again import Key, Twins, digest_of, keys_of, placed_before
from argosy.orders.commands.outcomes import (
    Captured,
    CaptureOutcome,
    CaptureRefused,
    CaptureRequest,
)
from argosy.orders.commands.terms import load_terms, redeem_codes
from argosy.orders.decide.capture import Capture, decide_capture
from argosy.orders.decide.faults import Fault
from argosy.orders.decide.prices import apply_terms, spend_codes, unspend_codes
from argosy.orders.decide.promise_dates import KnownDates, date_groups
from argosy.orders.decide.promising import (
    GroupPromise,
    RuleKey,
    parts,
    promise_order,
    shortage_faults,
    stocked_skus,
    waiting_units,
)
from argosy.orders.model import OrderSummary, Refusal
from argosy.payments import OrderMoney, PaymentAsk, door as payments
from argosy.promotions import Terms

BY = "system:orders"  # Who moves stock for many orders at once; each order says who placed it.


class StockMoved(Exception):  # noqa: N818  (it names what happened)
    """Somebody else took the stock between the reading and the taking."""


class CodesUsedUp(StockMoved):
    """Somebody else used a promotion code between the reading and the counting."""


class RolledBack(Exception):  # noqa: N818  (it names what happened)
    """Carries the outcome of an order whose transaction must leave nothing behind."""

    def __init__(self, outcome: CaptureOutcome) -> None:
        super().__init__("rolled back")
        self.outcome = outcome


class _Fresh:
    """An order that stands nowhere yet and passed its checks."""

    __slots__ = ("decided", "digest", "index", "keys", "request")

    def __init__(
        self,
        index: int,
        request: CaptureRequest,
        keys: Sequence[Key],
        digest: bytes,
        decided: Capture,
    ) -> None:
        self.index = index
        self.request = request
        self.keys = keys
        self.digest = digest
        self.decided = decided


Taking = tuple[_Fresh, store.NewOrder, list[GroupPromise]]


async def capture_orders(
    tx: Tx, requests: Sequence[CaptureRequest], now: datetime, *, lock: bool
) -> list[CaptureOutcome]:
    """Place `requests` in the caller's transaction, about eight statements however many they are.

    Raises StockMoved when stock was taken meanwhile (only without `lock`), UniqueViolationError
    when a key was taken meanwhile, and RolledBack when nothing may stay of a refused order; the
    caller rolls back.
    """
    network = await catalogue.network(tx)
    codes = {line.sku for request in requests for line in request.asked.lines}
    skus = await catalogue.skus_by_code(tx, codes, known=network)
    digests = [digest_of(request.asked) for request in requests]
    keys = [keys_of(request, network) for request in requests]
    known = await store.find_placed(tx, [key for each in keys for key in each])
    terms = await load_terms(tx, requests, network, skus, lock=lock)
    outcomes: list[CaptureOutcome | None] = [None] * len(requests)
    fresh: list[_Fresh] = []
    for index, request in enumerate(requests):
        outcome = _known_outcome(request, network, keys[index], digests[index], known)
        if outcome is None:
            decided = decide_capture(request.asked, network, skus, now)
            if terms is not None and isinstance(decided, Capture):
                decided = apply_terms(decided, terms)
            if isinstance(decided, Capture):
                fresh.append(_Fresh(index, request, keys[index], digests[index], decided))
            else:
                outcome = CaptureRefused(decided)
        outcomes[index] = outcome
    if fresh:
        await _load_parts(tx, fresh, network)
        twins = Twins()
        placed = await _place_fresh(tx, fresh, twins, network, skus, terms, now, lock=lock)
        for index, outcome in placed.items():
            outcomes[index] = outcome
        twins.resolve(outcomes, digests)
    return [outcome for outcome in outcomes if outcome is not None]


def _known_outcome(
    request: CaptureRequest,
    network: Network,
    keys: Sequence[Key],
    digest: bytes,
    known: Mapping[Key, store.Known],
) -> CaptureOutcome | None:
    """Return what needs no decision: a channel out of reach, or an order that stands already."""
    if request.channel_ids is not None:
        channel = network.channel_by_code(request.asked.channel)
        if channel is None or channel.channel_id not in request.channel_ids:
            detail = f"There is no channel {request.asked.channel!r} in reach of this key."
            return CaptureRefused([Fault(Refusal.CHANNEL_UNKNOWN, "/channel", detail)])
    return placed_before(keys, digest, known)


async def _load_parts(tx: Tx, fresh: Sequence[_Fresh], network: Network) -> None:
    """Have the parts of kits in memory, for they may be sold before they are released."""
    wanted = {
        sku_id
        for each in fresh
        for line in each.decided.lines
        for sku_id, _ in line.components
        if sku_id not in network.skus_by_id
    }
    if wanted:
        await catalogue.skus_by_id(tx, wanted, known=network)


async def _place_fresh(
    tx: Tx,
    fresh: Sequence[_Fresh],
    twins: Twins,
    network: Network,
    skus: Mapping[str, Sku],
    terms: Terms | None,
    now: datetime,
    *,
    lock: bool,
) -> dict[int, CaptureOutcome]:
    """Place what passed the checks; return the outcomes by index, those of twins left out."""
    for each in fresh:
        cart_id = each.request.asked.reservation_id
        if cart_id is not None and not await inventory.release_cart(tx, cart_id, by=BY, now=now):
            detail = "The reservation has expired or was used already; order without it."
            fault = Fault(Refusal.RESERVATION_UNKNOWN, "/reservation_id", detail)
            return {each.index: CaptureRefused([fault])}
    wanted = stocked_skus(each.decided for each in fresh)
    stock = await inventory.load_stock(tx, wanted, lock=lock) if wanted else {}
    rules: dict[RuleKey, PromiseRules] = {}
    dates = KnownDates(network)
    taking: list[Taking] = []
    outcomes: dict[int, CaptureOutcome] = {}
    for each in fresh:
        if twins.is_twin(each.index, each.keys):
            continue
        decided = each.decided
        promises = _decide(decided, network, skus, stock, rules, terms)
        if isinstance(promises, CaptureRefused):
            if each.request.asked.reservation_id is not None:
                raise RolledBack(promises)
            outcomes[each.index] = promises
            continue
        twins.note_placed(each.index, each.keys)
        order = _new_order(each)
        order.promised_at = date_groups(promises, decided.lines, decided.placed_at, dates)
        order.backordered = waiting_units(decided.lines, promises)
        taking.append((each, order, promises))
    if taking:
        placed = await _apply(tx, taking, now)
        for (each, _, _), outcome in zip(taking, placed, strict=True):
            outcomes[each.index] = outcome
    return outcomes


def _decide(
    decided: Capture,
    network: Network,
    skus: Mapping[str, Sku],
    stock: Mapping[UUID, SkuStock],
    rules: dict[RuleKey, PromiseRules],
    terms: Terms | None,
) -> list[GroupPromise] | CaptureRefused:
    """Use the order's codes and promise its stock, in the working copies; or leave these be."""
    if terms is not None and decided.promotions:
        fault = spend_codes(decided, terms)
        if fault is not None:
            return CaptureRefused([fault])
    promises = promise_order(decided, network, stock, rules)
    if not isinstance(promises, Shortage):
        return promises
    if terms is not None:
        unspend_codes(decided, terms)
    codes = {sku.sku_id: sku.code for sku in skus.values()}
    return CaptureRefused(shortage_faults(decided, promises, codes))


def _new_order(each: _Fresh) -> store.NewOrder:
    decided = each.decided
    return store.NewOrder(
        order_id=id_at(decided.placed_at),
        order_number="",
        channel_id=decided.channel.channel_id,
        digest=each.digest,
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
        rounding_minor=decided.rounding_minor,
        backordered={},
        promised_at=None,
        captured_by=each.request.by,
        request_scope=each.request.request_scope,
        request_key=each.request.request_key,
        capture_when=decided.channel.settings.capture_when,
    )


async def _apply(tx: Tx, taking: Sequence[Taking], now: datetime) -> list[Captured]:
    orders = [order for _, order, _ in taking]
    buyers = [_buyer(order) for order in orders]
    for order, customer_id in zip(
        orders, await customers.match_customers(tx, buyers, now), strict=True
    ):
        order.customer_id = customer_id
    for order, number in zip(orders, await store.take_order_numbers(tx, len(orders)), strict=True):
        order.order_number = number
    await store.place_orders(tx, orders, now)
    if not await redeem_codes(tx, [(each.decided, order) for each, order, _ in taking], now):
        raise CodesUsedUp
    statuses = await payments.record_at_placement(tx, [_money(order) for order in orders], now)
    # Last, so that the balances that many want are locked no longer than they must be.
    await _take_stock(tx, taking, now)
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


async def _take_stock(tx: Tx, taking: Sequence[Taking], now: datetime) -> None:
    """Reserve and queue what was promised; raises StockMoved when it is no longer there."""
    taken = [
        inventory.Reserve(t.sku_id, order.order_id, t.line_no, t.location_id, t.quantity)
        for _, order, promises in taking
        for made in promises
        for t in made.promise.taken
    ]
    beyond = [
        _queued(order, each)
        for _, order, promises in taking
        for made in promises
        for each in made.promise.backordered
    ]
    if not await inventory.reserve_units(
        tx, taken, owner_kind="order", expires_at=None, by=BY, now=now
    ):
        raise StockMoved
    if not await inventory.backorder_units(tx, beyond, now):
        raise StockMoved


def _queued(order: store.NewOrder, each: Backordered) -> inventory.QueueBackorder:
    promised_at = None
    if each.expected_on is not None:
        promised_at = datetime.combine(each.expected_on, time(), UTC) + timedelta(days=1)
    line = order.lines[each.line_no - 1]
    per_unit = dict(parts(line))[each.sku_id]
    return inventory.QueueBackorder(
        each.sku_id,
        order.order_id,
        each.line_no,
        each.quantity,
        each.kind,
        order.channel_id,
        promised_at,
        per_unit,
        order.groups[line.group_no - 1].pickup_location_id,
    )


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
        channel_id=order.channel_id,
        capture_when=order.capture_when,
    )
