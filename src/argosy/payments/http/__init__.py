"""Routes of payments: the money of an order, gateways, invoices, and the sandbox's own books."""

from argosy.kernel.http import HotRoute, Route
from argosy.payments.http import gateways, invoices, money, sandbox
from argosy.payments.model import gateway_names
from argosy.payments.model.gateway import SANDBOX

ROUTES: tuple[Route | HotRoute, ...] = (
    *money.routes,
    *gateways.routes,
    *invoices.routes,
    *(sandbox.routes if SANDBOX in gateway_names() else ()),
)
