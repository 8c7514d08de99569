"""Routes of stock: the questions, the ledger, feeds, transfers, and reservations of carts."""

from argosy.inventory.http import (
    availability,
    feeds,
    previews,
    reservations,
    settings,
    stock,
    transfers,
)

ROUTES = (
    *availability.routes,
    *stock.routes,
    *feeds.routes,
    *transfers.routes,
    *previews.routes,
    *settings.routes,
    *reservations.routes,
)
