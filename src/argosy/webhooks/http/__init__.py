"""Routes of webhooks: endpoints, deliveries, replays and dry runs."""

from argosy.webhooks.http import deliveries, endpoints

ROUTES = (*endpoints.ROUTES, *deliveries.ROUTES)
