"""Changes of the catalogue: many rows at once, one outcome each; the caller owns the transaction.

One change goes at a time: each command first takes the row of `catalogue_version` and keeps it
until the end of the transaction, so what it decided on cannot move before it is applied.
"""

from argosy.catalogue.commands.network import (
    remove_transit_times,
    upsert_channels,
    upsert_location_groups,
    upsert_locations,
    upsert_methods,
    upsert_transit_times,
)
from argosy.catalogue.commands.skus import rename_skus, upsert_products, upsert_skus
from argosy.catalogue.store import lock_catalogue

__all__ = [
    "lock_catalogue",
    "remove_transit_times",
    "rename_skus",
    "upsert_channels",
    "upsert_location_groups",
    "upsert_locations",
    "upsert_methods",
    "upsert_products",
    "upsert_skus",
    "upsert_transit_times",
]
