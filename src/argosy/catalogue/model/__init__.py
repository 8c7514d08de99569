"""The nouns of the catalogue, the rows that change them, and why a row is refused."""

from argosy.catalogue.model.nouns import (
    Channel,
    ChannelSettings,
    DeliveryMethod,
    Location,
    LocationGroup,
    Network,
    Sku,
    Transit,
)
from argosy.catalogue.model.outcomes import Change, Outcome, Refusal, Taken
from argosy.catalogue.model.records import (
    ProductRecord,
    SkuFacts,
    SkuRecord,
    TransitRecord,
)
from argosy.catalogue.model.rows import (
    ChannelRow,
    ComponentRow,
    LocationGroupRow,
    LocationRow,
    MethodRow,
    ProductRow,
    SkuRename,
    SkuRow,
    TransitKey,
    TransitRow,
)

__all__ = [
    "Change",
    "Channel",
    "ChannelRow",
    "ChannelSettings",
    "ComponentRow",
    "DeliveryMethod",
    "Location",
    "LocationGroup",
    "LocationGroupRow",
    "LocationRow",
    "MethodRow",
    "Network",
    "Outcome",
    "ProductRecord",
    "ProductRow",
    "Refusal",
    "Sku",
    "SkuFacts",
    "SkuRecord",
    "SkuRename",
    "SkuRow",
    "Taken",
    "Transit",
    "TransitKey",
    "TransitRecord",
    "TransitRow",
]
