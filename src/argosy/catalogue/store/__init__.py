"""The statements of the catalogue, and its copies in memory."""

from argosy.catalogue.store.copies import network, skus_by_code, skus_by_id
from argosy.catalogue.store.statements import (
    find_skus_by_code,
    load_products,
    load_sku_facts,
    lock_catalogue,
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

__all__ = [
    "find_skus_by_code",
    "load_products",
    "load_sku_facts",
    "lock_catalogue",
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
