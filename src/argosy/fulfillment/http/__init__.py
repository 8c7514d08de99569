"""Routes of fulfillment: steps, views, pick lists, tracking, and routing."""

from argosy.fulfillment.http import routing, steps, views

# Exact paths stand before those with a parameter in the same place.
ROUTES = [*views.ROUTES, *steps.ROUTES, *routing.ROUTES]
