"""Routes of orders: the doors they come in by, how they are seen, and how they are held."""

from argosy.orders.http import capture, holds, views

ROUTES = (*capture.ROUTES, *views.ROUTES, *holds.ROUTES)
