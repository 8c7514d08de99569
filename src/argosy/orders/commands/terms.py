"""The prices and promotion codes that orders are checked against, and the counting of uses."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from argosy.catalogue import Network, Sku
from argosy.kernel.database import Tx
from argosy.orders import store
from argosy.orders.commands.outcomes import CaptureRequest
from argosy.orders.decide.capture import Capture
from argosy.orders.decide.prices import checks_prices, customer_of
from argosy.promotions import CustomerKey, Redemption, Terms, door as promotions, fold


async def load_terms(
    tx: Tx,
    requests: Sequence[CaptureRequest],
    network: Network,
    skus: Mapping[str, Sku],
    *,
    lock: bool,
) -> Terms | None:
    """Return what the orders are checked against, in one statement; None when there is nothing to.

    Nothing is asked of the database unless an order names a code or its channel checks prices.
    """
    codes: set[str] = set()
    priced: set[str] = set()
    customers: dict[str, CustomerKey] = {}
    for request in requests:
        asked = request.asked
        channel = network.channel_by_code(asked.channel)
        if channel is None:
            continue
        checked = checks_prices(channel.settings)
        if not checked and not asked.promotion_codes:
            continue
        codes.update(fold(code) for code in asked.promotion_codes)
        customer = customer_of(asked, channel)
        if customer is not None:
            customers[customer.name] = customer
        if checked:
            priced.update(line.sku for line in asked.lines)
    if not codes and not priced:
        return None
    sku_ids = sorted(skus[code].sku_id for code in priced if code in skus)
    return await promotions.load_terms(
        tx, sorted(codes), sku_ids, list(customers.values()), lock=lock
    )


async def redeem_codes(
    tx: Tx, placed: Sequence[tuple[Capture, store.NewOrder]], now: datetime
) -> bool:
    """Count the uses of codes and record them; False when somebody else took the last ones."""
    redemptions = [
        Redemption(each.promotion_code_id, order.order_id, each.customer, each.discount_minor)
        for decided, order in placed
        for each in decided.promotions
    ]
    return not redemptions or await promotions.redeem_codes(tx, redemptions, now)
