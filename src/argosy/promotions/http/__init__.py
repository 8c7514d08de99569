"""Routes of promotions: price lists and prices, codes, and what a basket costs."""

from argosy.promotions.http import codes, prices

# Exact paths stand before those with a parameter in the same place.
ROUTES = (*prices.ROUTES, *codes.ROUTES)
