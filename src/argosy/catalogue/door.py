"""What others may ask of the catalogue: its copies in memory, and the commands that change it."""

from argosy.catalogue.commands import (
    remove_transit_times,
    rename_skus,
    upsert_channels,
    upsert_location_groups,
    upsert_locations,
    upsert_methods,
    upsert_products,
    upsert_skus,
    upsert_transit_times,
)
from argosy.catalogue.store import network, skus_by_code, skus_by_id

__all__ = [
    "network",
    "remove_transit_times",
    "rename_skus",
    "skus_by_code",
    "skus_by_id",
    "upsert_channels",
    "upsert_location_groups",
    "upsert_locations",
    "upsert_methods",
    "upsert_products",
    "upsert_skus",
    "upsert_transit_times",
]
