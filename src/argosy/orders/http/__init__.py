"""Routes of orders: the doors they come in by, how they are seen, held and written on."""

from argosy.orders.http import capture, holds, notes, views

ROUTES = (*capture.ROUTES, *views.ROUTES, *holds.ROUTES, *notes.ROUTES)
