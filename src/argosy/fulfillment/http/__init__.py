"""Routes of fulfillment: steps, views, pick lists, tracking, routing, cancellation of orders."""

from argosy.fulfillment.http import cancel, routing, steps, views

# Exact paths stand before those with a parameter in the same place.
ROUTES = [*views.ROUTES, *steps.ROUTES, *routing.ROUTES, *cancel.ROUTES]
