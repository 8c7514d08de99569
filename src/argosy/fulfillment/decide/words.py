"""Routing decisions in words, for people who ask why."""

from collections.abc import Mapping
from typing import Any

_UNFIT = {
    "excluded": "it turned this group down before",
    "cannot_pickup": "nothing can be picked up there",
    "not_the_pickup_location": "the buyer picks up somewhere else",
    "cannot_ship": "it does not ship",
}

_LOST = {
    "fewest_splits": "needs more parcels",
    "ship_by": "would be later",
    "distance": "is farther from the buyer",
    "cost": "costs more",
    "load": "is busier",
    "stock_level": "has less stock",
    "priority": "comes later in the order of preference",
    "weighted_score": "has the worse score over all objectives",
    "reserved_elsewhere": "is as good, but the units are reserved at the one chosen",
    "tie": "is as good; the choice fell by code",
}

_CHOSEN = {
    "only_one_with_everything": "it alone has everything",
    "together_have_everything": "together the chosen locations have everything",
    "gives_what_it_has": "it gives what it has; the rest waits",
    "fewest_splits": "it needs the fewest parcels",
    "ship_by": "it is soonest",
    "distance": "it is nearest to the buyer",
    "cost": "it costs least",
    "load": "it is least busy",
    "stock_level": "it has the most stock",
    "priority": "it comes first in the order of preference",
    "weighted_score": "it has the best score over all objectives",
    "reserved_elsewhere": "the units are reserved there",
    "tie": "it is as good as the next, and first by code",
}

_OUTCOME = {
    "everything_fits": "Everything found a location.",
    "nothing_to_ship": "Nothing of it needs a location.",
    "rest_is_backordered": "What is in stock found a location; the rest is back-ordered.",
    "not_enough_stock": "There is not enough stock for everything.",
    "waits_for_the_rest": "Some is in stock, but this order goes only when all of it can.",
    "backordered": "All of it is back-ordered.",
    "sku_unknown": "Some of it is of a SKU that the catalogue does not have.",
    "locations_full": "The locations that could do it have no capacity left that day.",
    "no_location_fits": "No location of the channel may do it.",
    "no_location_on_this_channel": "The channel sells from no location.",
}


def say_outcome(reason: str) -> str:
    """Return the sentence for the reason of a decision."""
    return _OUTCOME.get(reason, reason)


def say_candidate(candidate: Mapping[str, Any]) -> str:
    """Return one sentence on why a candidate was chosen, lost or was not asked."""
    code, reason = candidate["code"], candidate["reason"]
    detail = candidate.get("detail", {})
    if candidate["outcome"] == "chosen":
        return f"{code} was chosen: {_CHOSEN.get(reason, reason)}."
    if reason == "too_far":
        return (
            f"{code} was not asked: {detail['distance_km']} km away, "
            f"the limit is {detail['limit_km']} km."
        )
    if reason == "full":
        return (
            f"{code} was not asked: its {detail['capacity']} orders for {detail['day']} are given."
        )
    if candidate["outcome"] == "unfit":
        return f"{code} was not asked: {_UNFIT.get(reason, reason)}."
    if reason == "lacks_stock":
        missing = ", ".join(f"{units} of {sku}" for sku, units in sorted(detail["missing"].items()))
        return f"{code} lost: it lacks {missing}."
    if reason == "shares_stock_between_lines":
        return f"{code} lost: its stock is enough for each line, but not for all of them."
    return f"{code} lost: it {_LOST.get(reason, reason)}."
