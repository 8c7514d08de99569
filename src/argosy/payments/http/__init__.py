"""Routes of payments: the money of an order, gateways, invoices, and the sandbox's own books."""

from argosy.payments.http import gateways, invoices, money, sandbox

ROUTES = (*money.routes, *gateways.routes, *invoices.routes, *sandbox.routes)
