"""Routes of the catalogue: products and SKUs, and the network of places and channels."""

from argosy.catalogue.http import channels, places, products, skus

# Exact paths stand before those with a parameter in the same place.
ROUTES = (*products.ROUTES, *skus.ROUTES, *places.ROUTES, *channels.ROUTES)
