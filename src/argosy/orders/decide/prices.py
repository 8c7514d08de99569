"""Whether the prices and codes of an order agree with price lists and promotions. Pure."""

from argosy.catalogue import Channel, ChannelSettings
from argosy.kernel.refusals import Refused
from argosy.orders.decide.capture import Capture
from argosy.orders.decide.faults import Fault
from argosy.orders.model import Hold, HoldKind, PlaceOrder, Refusal
from argosy.promotions import (
    Basket,
    CustomerKey,
    Terms,
    decide_discounts,
    give_back,
    price_fault,
    price_of,
    spend,
)


def checks_prices(settings: ChannelSettings) -> bool:
    """Return whether a channel wants prices looked at; else the shop's calculation is accepted."""
    return settings.price_mismatch != "accept"


def customer_of(asked: PlaceOrder, channel: Channel) -> CustomerKey | None:
    """Return whom uses of codes are counted for, None for a guest without an e-mail address."""
    buyer = asked.customer
    if buyer is not None and buyer.external_id is not None:
        return CustomerKey(f"channel:{channel.channel_id}", buyer.external_id)
    if buyer is not None and buyer.email is not None and buyer.email.strip():
        return CustomerKey("email", buyer.email.strip().lower())
    return None


def apply_terms(decided: Capture, terms: Terms) -> Capture | list[Fault]:
    """Return the order with what its codes take off, or why it is refused.

    A code that is not good refuses the order, and a price beyond the channel's tolerance does so
    where the channel says; where it says so, both become one hold. No use is counted yet.
    """
    asked, settings = decided.asked, decided.channel.settings
    basket = Basket(
        decided.channel.channel_id,
        asked.currency,
        decided.placed_at,
        decided.goods_minor,
        customer_of(asked, decided.channel),
    )
    faults = []
    for index, each in enumerate(decide_discounts(terms, basket, asked.promotion_codes)):
        if isinstance(each, Refused):
            pointer = f"/promotion_codes/{index}"
            faults.append(Fault(Refusal.PROMOTION_REFUSED, pointer, each.detail))
        else:
            decided.promotions.append(each)
    if checks_prices(settings):
        faults += _price_faults(decided, terms, basket)
    if not faults:
        return decided
    if settings.price_mismatch != "hold":
        return faults
    _hold(decided, faults)
    return decided


def _price_faults(decided: Capture, terms: Terms, basket: Basket) -> list[Fault]:
    settings = decided.channel.settings
    tolerance = settings.price_tolerance_percent
    faults = []
    listed_any = False
    for line in decided.lines:
        found = None
        if line.sku_id is not None:
            found = price_of(terms, basket, line.sku_id, line.ordered)
        if found is None:
            continue
        listed_any = True
        price_list, price = found
        if price_fault(price, line.unit_price, tolerance):
            detail = (
                f"{line.sku_code} costs {price.normalize():f} by the price list "
                f"{price_list.code!r}, not {line.unit_price.normalize():f}."
            )
            pointer = f"/lines/{line.line_no - 1}/unit_price"
            faults.append(Fault(Refusal.PRICE_MISMATCH, pointer, detail))
    if not listed_any:
        return faults
    given = sum(line.discount_minor for line in decided.asked.lines)
    given += sum(charge.amount_minor for charge in decided.asked.discounts)
    explained = sum(each.discount_minor for each in decided.promotions)
    allowed = max(settings.total_tolerance_minor, int(decided.goods_minor * tolerance / 100))
    if abs(given - explained) > allowed:
        detail = f"The discounts sum to {given}; the promotion codes give {explained}."
        faults.append(Fault(Refusal.PRICE_MISMATCH, "/discounts", detail))
    return faults


def _hold(decided: Capture, faults: list[Fault]) -> None:
    facts = {"faults": [[each.code.value, each.pointer, each.detail] for each in faults[:20]]}
    decided.holds.append(Hold(HoldKind.PRICE, faults[0].detail[:500], facts))


def spend_codes(decided: Capture, terms: Terms) -> Fault | None:
    """Count the uses of an order's codes in the working copy, or say which has none left.

    Where the channel holds orders with odd prices, such an order is held and uses nothing.
    """
    refused = spend(terms, decided.promotions)
    if refused is None:
        return None
    fault = Fault(Refusal.PROMOTION_REFUSED, _pointer(decided, refused), refused.detail)
    if decided.channel.settings.price_mismatch != "hold":
        return fault
    decided.promotions = []
    _hold(decided, [fault])
    return None


def _pointer(decided: Capture, refused: Refused) -> str:
    for index, code in enumerate(decided.asked.promotion_codes):
        if code.strip().upper() == refused.facts.get("code"):
            return f"/promotion_codes/{index}"
    return "/promotion_codes"


def unspend_codes(decided: Capture, terms: Terms) -> None:
    """Take back what `spend_codes` counted, for the order was refused for another reason."""
    give_back(terms, decided.promotions)
