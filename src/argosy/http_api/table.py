"""Every route there is, in one table: those of the contexts, and the application's own."""

from argosy.catalogue import http as catalogue
from argosy.customers import http as customers
from argosy.exceptions import http as exceptions
from argosy.fulfillment import http as fulfillment
from argosy.http_api.routes import docs, events, jobs, system
from argosy.identity import http as identity
from argosy.inventory import http as inventory
from argosy.kernel.http import HotRoute, Route
from argosy.orders import http as orders
from argosy.payments import http as payments
from argosy.promotions import http as promotions
from argosy.webhooks import http as webhooks


def every_route() -> tuple[Route | HotRoute, ...]:
    """Return every route of the house, by context."""
    return (
        *system.ROUTES,
        *docs.ROUTES,
        *events.ROUTES,
        *jobs.ROUTES,
        *identity.ROUTES,
        *catalogue.ROUTES,
        *customers.ROUTES,
        *inventory.ROUTES,
        *payments.ROUTES,
        *promotions.ROUTES,
        *orders.ROUTES,
        *fulfillment.ROUTES,
        *webhooks.ROUTES,
        *exceptions.ROUTES,
    )
