"""How a business routes: one versioned document, kept as the setting row `routing`."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

MOST_SPLITS = 25
"""A delivery group is never spread over more locations than this."""

Percent = Annotated[float, msgspec.Meta(ge=0, le=1000)]
WhenShort = Literal["wait", "part_ship"]


class Objective(StrEnum):
    """What makes one choice of locations better than another; less is better for each."""

    FEWEST_SPLITS = "fewest_splits"
    SHIP_BY = "ship_by"
    DISTANCE = "distance"
    COST = "cost"
    LOAD = "load"
    STOCK_LEVEL = "stock_level"
    PRIORITY = "priority"


class ChannelRouting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one channel does differently; None means as everybody."""

    when_short: WhenShort | None = None
    max_distance_km: Annotated[int, msgspec.Meta(gt=0)] | None = None
    max_splits: Annotated[int, msgspec.Meta(ge=1, le=MOST_SPLITS)] | None = None


class RoutingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules a routing decision was made by; `name` and `version` are stored with it.

    `lexicographic` compares the objectives in their order; `weighted` sums them, each scaled to
    0 … 1 over the choices at hand, by `weights` (an objective without a weight counts 1).
    `when_short`: with part_ship what can go goes now, with wait nothing goes until everything can,
    or until the order is `part_ship_after_hours` old.
    """

    name: str = "default"
    version: Annotated[int, msgspec.Meta(ge=1)] = 1
    mode: Literal["lexicographic", "weighted"] = "lexicographic"
    objectives: tuple[Objective, ...] = (
        Objective.FEWEST_SPLITS,
        Objective.SHIP_BY,
        Objective.DISTANCE,
        Objective.COST,
        Objective.LOAD,
        Objective.STOCK_LEVEL,
        Objective.PRIORITY,
    )
    weights: dict[Objective, Percent] = {}
    max_distance_km: Annotated[int, msgspec.Meta(gt=0)] | None = None
    max_splits: Annotated[int, msgspec.Meta(ge=1, le=MOST_SPLITS)] = MOST_SPLITS
    when_short: WhenShort = "part_ship"
    part_ship_after_hours: Annotated[int, msgspec.Meta(ge=0)] | None = None
    retry_minutes: Annotated[int, msgspec.Meta(ge=1, le=10_080)] = 15
    attempts_before_exception: Annotated[int, msgspec.Meta(ge=1)] = 5
    require_authorization: bool = True
    channels: dict[str, ChannelRouting] = {}

    def for_channel(self, code: str) -> "RoutingSettings":
        """Return these settings with what the channel `code` does differently."""
        own = self.channels.get(code)
        if own is None:
            return self
        changed = {
            name: value
            for name in ("when_short", "max_distance_km", "max_splits")
            if (value := getattr(own, name)) is not None
        }
        return msgspec.structs.replace(self, **changed)

    def patient_on(self, codes: Iterable[str]) -> "RoutingSettings":
        """Return these settings with the channels `codes` waiting, where nothing else is said."""
        channels = dict(self.channels)
        for code in codes:
            own = channels.get(code, ChannelRouting())
            if own.when_short is None:
                channels[code] = msgspec.structs.replace(own, when_short="wait")
        return msgspec.structs.replace(self, channels=channels)


def read_settings(document: object) -> RoutingSettings:
    """Return the settings of a stored document, the defaults for None; raises ValidationError."""
    return RoutingSettings() if document is None else msgspec.convert(document, RoutingSettings)
