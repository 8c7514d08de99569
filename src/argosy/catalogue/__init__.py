"""The catalogue: what is sold, where it lies, and on which channel it is sold."""

from argosy.catalogue.decide import arrives_at, is_working_day, ready_at
from argosy.catalogue.model import (
    Channel,
    ChannelSettings,
    DeliveryMethod,
    Location,
    Network,
    Refusal,
    Sku,
    Transit,
)

__all__ = [
    "Channel",
    "ChannelSettings",
    "DeliveryMethod",
    "Location",
    "Network",
    "Refusal",
    "Sku",
    "Transit",
    "arrives_at",
    "is_working_day",
    "ready_at",
]
