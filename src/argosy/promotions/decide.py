"""Which price counts, what a code takes off and who may use it, and which rows are taken. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from argosy.catalogue import Network, Sku, currency_fault
from argosy.kernel.money import round_half_up
from argosy.kernel.refusals import Refused
from argosy.promotions.model import (
    Basket,
    Discount,
    PriceList,
    PriceListRow,
    PriceRow,
    PromotionCode,
    PromotionCodeRow,
    Refusal,
    Terms,
)

NewId = Callable[[], UUID]


def fold(code: str) -> str:
    """Return a code as it is kept: case and spaces around it do not matter."""
    return code.strip().upper()


def _within(moment: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or since <= moment) and (until is None or moment < until)


def price_of(
    terms: Terms, basket: Basket, sku_id: UUID, quantity: int
) -> tuple[PriceList, Decimal] | None:
    """Return the list and unit price that count for `quantity` units of a SKU, or None.

    Lists go by priority, then those for a customer group, then those for a channel, then the one
    that began last. In a list the price from the most units on counts.
    """
    group = basket.customer_group
    if group is None and basket.customer is not None:
        group = terms.customer_groups.get(basket.customer.name)
    best: tuple[tuple[object, ...], PriceList, Decimal] | None = None
    for price_list, from_units, price in terms.prices.get(sku_id, ()):
        if (
            from_units > quantity
            or not price_list.active
            or price_list.currency != basket.currency
            or price_list.channel_id not in (None, basket.channel_id)
            or price_list.customer_group not in (None, group)
            or not _within(basket.at, price_list.valid_from, price_list.valid_until)
        ):
            continue
        began = price_list.valid_from
        rank = (
            price_list.priority,
            price_list.customer_group is None,
            price_list.channel_id is None,
            -began.timestamp() if began is not None else 0.0,
            price_list.code,
            -from_units,
        )
        if best is None or rank < best[0]:
            best = (rank, price_list, price)
    return None if best is None else (best[1], best[2])


def price_fault(listed: Decimal, asked: Decimal, tolerance_percent: Decimal) -> bool:
    """Return whether `asked` is farther from the listed price than the tolerance allows."""
    return abs(asked - listed) * 100 > listed * tolerance_percent


def discount_of(code: PromotionCode, left_minor: int) -> int:
    """Return what a code takes off goods worth `left_minor`; never more than they are worth."""
    if code.percent is not None:
        exact = Decimal(left_minor) * code.percent / 100
        return min(left_minor, int(exact.quantize(Decimal(1), "ROUND_HALF_UP")))
    assert code.amount_minor is not None, "a code has a percentage or an amount"
    return min(left_minor, code.amount_minor)


def decide_discounts(
    terms: Terms, basket: Basket, codes: Sequence[str]
) -> list[Discount | Refused]:
    """Return what each code takes off, one after another, or why it is not good; counts nothing."""
    decided: list[Discount | Refused] = []
    left = basket.goods_minor
    counts = Counter(fold(code) for code in codes)
    for code in codes:
        known = terms.codes.get(fold(code))
        fault = _code_fault(terms, basket, code, known)
        if fault is None and counts[fold(code)] > 1:
            detail = f"The code {code!r} is named more than once; once is enough."
            fault = Refused(Refusal.PROMOTION_CODE_REPEATED, detail)
        if fault is not None:
            decided.append(fault)
            continue
        assert known is not None, "an unknown code has a fault"
        off = discount_of(known, left)
        left -= off
        customer = basket.customer.name if basket.customer is not None else None
        decided.append(Discount(known.promotion_code_id, known.code, off, customer))
    return decided


def _code_fault(
    terms: Terms, basket: Basket, code: str, known: PromotionCode | None
) -> Refused | None:
    if known is None:
        return Refused(
            Refusal.PROMOTION_CODE_UNKNOWN,
            f"There is no promotion code {code!r}; the shop's own discounts go into discounts.",
        )
    if not known.active or not _within(basket.at, known.valid_from, known.valid_until):
        detail = f"The code {known.code} is not valid at the time of the order."
        return Refused(Refusal.PROMOTION_NOT_VALID_NOW, detail)
    if known.channel_ids and basket.channel_id not in known.channel_ids:
        detail = f"The code {known.code} is good in other channels."
        return Refused(Refusal.PROMOTION_NOT_FOR_CHANNEL, detail)
    if known.currency not in (None, basket.currency):
        detail = f"The code {known.code} is good for orders in {known.currency}."
        return Refused(Refusal.PROMOTION_NOT_FOR_CURRENCY, detail)
    if basket.goods_minor < known.minimum_minor:
        detail = f"The code {known.code} needs goods worth {known.minimum_minor} at least."
        return Refused(Refusal.PROMOTION_BELOW_MINIMUM, detail)
    if known.most_uses_per_customer is not None and basket.customer is None:
        detail = f"The code {known.code} is limited per customer, and the order names none."
        return Refused(Refusal.PROMOTION_NEEDS_CUSTOMER, detail)
    return _limit_fault(terms, known, basket.customer.name if basket.customer else None)


def _limit_fault(terms: Terms, code: PromotionCode, customer: str | None) -> Refused | None:
    used = terms.uses.get(code.promotion_code_id, code.used)
    if code.most_uses is not None and used >= code.most_uses:
        detail = f"The code {code.code} was used {used} times, which is all it is good for."
        return Refused(Refusal.PROMOTION_USED_UP, detail, facts={"code": code.code})
    if code.most_uses_per_customer is not None and customer is not None:
        own = terms.customer_uses.get((code.promotion_code_id, customer), 0)
        if own >= code.most_uses_per_customer:
            detail = f"This customer has used the code {code.code} {own} times already."
            return Refused(Refusal.PROMOTION_USED_BY_CUSTOMER, detail, facts={"code": code.code})
    return None


def spend(terms: Terms, discounts: Sequence[Discount]) -> Refused | None:
    """Count one use of each code in the working copy; or count none and say which has none left."""
    by_id = {code.promotion_code_id: code for code in terms.codes.values()}
    for each in discounts:
        fault = _limit_fault(terms, by_id[each.promotion_code_id], each.customer)
        if fault is not None:
            return fault
    _count(terms, discounts, 1)
    return None


def give_back(terms: Terms, discounts: Sequence[Discount]) -> None:
    """Take back what `spend` counted, for the order was refused for another reason."""
    _count(terms, discounts, -1)


def _count(terms: Terms, discounts: Sequence[Discount], units: int) -> None:
    used = {code.promotion_code_id: code.used for code in terms.codes.values()}
    for each in discounts:
        code_id = each.promotion_code_id
        terms.uses[code_id] = terms.uses.get(code_id, used[code_id]) + units
        if each.customer is not None:
            own = (code_id, each.customer)
            terms.customer_uses[own] = terms.customer_uses.get(own, 0) + units


def amount_of(price: Decimal, quantity: int, currency: str) -> int:
    """Return what `quantity` units cost in minor units."""
    return round_half_up(price * quantity, currency)


def decide_price_lists(
    rows: Sequence[PriceListRow], known: Mapping[str, PriceList], network: Network, new_id: NewId
) -> list[PriceList | Refused]:
    """Return each row as it would be kept, or why it is refused."""
    counts = Counter(row.code for row in rows)
    decided: list[PriceList | Refused] = []
    for row in rows:
        refused = currency_fault(row.currency) or _dates_fault(row)
        channel = None if row.channel is None else network.channel_by_code(row.channel)
        if counts[row.code] > 1:
            detail = f"{counts[row.code]} rows of this batch are called {row.code!r}."
            refused = Refused(Refusal.CODE_REPEATED, detail, "/code")
        elif row.channel is not None and channel is None:
            refused = Refused(
                Refusal.CHANNEL_UNKNOWN, f"There is no channel {row.channel!r}.", "/channel"
            )
        decided.append(
            refused
            or PriceList(
                price_list_id=known[row.code].price_list_id if row.code in known else new_id(),
                code=row.code,
                name=row.name,
                currency=row.currency,
                channel_id=channel.channel_id if channel else None,
                customer_group=row.customer_group,
                priority=row.priority,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                active=row.active,
            )
        )
    return decided


def _dates_fault(row: PriceListRow | PromotionCodeRow) -> Refused | None:
    if row.valid_from is None or row.valid_until is None or row.valid_from < row.valid_until:
        return None
    detail = "It ends before it begins; valid_until is later than valid_from."
    return Refused(Refusal.DATES_REVERSED, detail, "/valid_until")


def decide_prices(
    rows: Sequence[PriceRow], lists: Mapping[str, PriceList], skus: Mapping[str, Sku]
) -> list[tuple[UUID, UUID, int, Decimal] | Refused]:
    """Return list, SKU, quantity and price of each row, or why it is refused."""
    counts = Counter((row.price_list, row.sku, row.min_quantity) for row in rows)
    decided: list[tuple[UUID, UUID, int, Decimal] | Refused] = []
    for row in rows:
        price_list, sku = lists.get(row.price_list), skus.get(row.sku)
        if counts[row.price_list, row.sku, row.min_quantity] > 1:
            detail = "Two rows of this batch are about the same price."
            decided.append(Refused(Refusal.CODE_REPEATED, detail, "/sku"))
        elif price_list is None:
            detail = f"There is no price list {row.price_list!r}."
            decided.append(Refused(Refusal.PRICE_LIST_UNKNOWN, detail, "/price_list"))
        elif sku is None:
            detail = f"There is no SKU {row.sku!r}."
            decided.append(Refused(Refusal.SKU_UNKNOWN, detail, "/sku"))
        else:
            price = Decimal(row.unit_price)
            decided.append((price_list.price_list_id, sku.sku_id, row.min_quantity, price))
    return decided


def decide_codes(
    rows: Sequence[PromotionCodeRow],
    known: Mapping[str, PromotionCode],
    network: Network,
    new_id: NewId,
) -> list[PromotionCode | Refused]:
    """Return each row as it would be kept, or why it is refused."""
    counts = Counter(fold(row.code) for row in rows)
    decided: list[PromotionCode | Refused] = []
    for row in rows:
        code = fold(row.code)
        before = known.get(code)
        refused = _code_row_fault(row, before, network) or _dates_fault(row)
        if not code or counts[code] > 1:
            detail = f"{counts[code]} rows of this batch are called {code!r}; case does not matter."
            refused = Refused(Refusal.CODE_REPEATED, detail, "/code")
        if refused is not None:
            decided.append(refused)
            continue
        decided.append(
            PromotionCode(
                promotion_code_id=before.promotion_code_id if before else new_id(),
                code=code,
                title=row.title,
                percent=row.percent,
                amount_minor=row.amount_minor,
                currency=row.currency,
                minimum_minor=row.minimum_minor,
                channel_ids=tuple(
                    sorted({network.channel_codes[channel] for channel in row.channels})
                ),
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                most_uses=row.most_uses,
                most_uses_per_customer=row.most_uses_per_customer,
                used=before.used if before else 0,
                active=row.active,
            )
        )
    return decided


def _code_row_fault(
    row: PromotionCodeRow, before: PromotionCode | None, network: Network
) -> Refused | None:
    if (row.percent is None) is (row.amount_minor is None):
        detail = "A code takes a percentage off or an amount: name one of percent, amount_minor."
        return Refused(Refusal.DISCOUNT_UNCLEAR, detail, "/percent")
    if row.currency is None and (row.amount_minor is not None or row.minimum_minor):
        detail = "An amount needs its currency."
        return Refused(Refusal.CURRENCY_MISSING, detail, "/currency")
    if row.currency is not None:
        fault = currency_fault(row.currency)
        if fault is not None:
            return fault
    for index, channel in enumerate(row.channels):
        if channel not in network.channel_codes:
            detail = f"There is no channel {channel!r}."
            return Refused(Refusal.CHANNEL_UNKNOWN, detail, f"/channels/{index}")
    if before is not None and row.most_uses is not None and row.most_uses < before.used:
        detail = f"It was used {before.used} times already; the limit is that at least."
        return Refused(Refusal.LIMIT_BELOW_USES, detail, "/most_uses")
    return None
