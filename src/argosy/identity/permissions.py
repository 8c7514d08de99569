"""The catalogue of permissions: every name that a route may ask for and a key may be given."""

from collections.abc import Iterable

ALL = "*"

PERMISSIONS: dict[str, str] = {
    "catalogue:read": "See SKUs, kits, channels, locations and delivery methods.",
    "catalogue:write": "Create and change SKUs, kits, channels, locations and delivery methods.",
    "customers:read": "See customers.",
    "customers:write": "Create and change customers.",
    "events:read": "Read the event log and follow it live.",
    "exceptions:read": "See what needs a person.",
    "exceptions:write": "Take, retry and resolve what needs a person.",
    "fulfillment:read": "See fulfillment orders, shipments and packages.",
    "fulfillment:write": "Accept, reject, pick, pack, ship and hand over.",
    "identity:read": "See API keys, roles, permissions and the audit log.",
    "identity:admin": "Create and revoke API keys and change roles.",
    "inventory:read": "See stock, availability and promises.",
    "inventory:write": "Receive, adjust, count and transfer stock, and feed positions.",
    "jobs:read": "See background jobs, readers and sweeps.",
    "jobs:write": "Retry and cancel background jobs.",
    "metrics:read": "Read the metrics of the server.",
    "orders:cancel": "Cancel units of orders that have not left.",
    "orders:read": "See orders and their timelines.",
    "orders:write": "Place orders, hold and release them, write notes and tags.",
    "payments:read": "See payments, money movements and invoices.",
    "payments:write": "Capture, void and refund.",
    "prices:read": "See price lists and promotion codes.",
    "prices:write": "Create and change price lists and promotion codes.",
    "reservations:write": "Reserve stock for carts, extend and release it.",
    "routing:read": "See where orders would be and were routed, and why.",
    "routing:write": "Route orders anew and change how they are routed.",
    "webhooks:read": "See webhook endpoints and their deliveries.",
    "webhooks:write": "Create and change webhook endpoints, and replay deliveries.",
}

_IMPLIED = {"write": ("read",), "admin": ("read", "write"), "cancel": ("read",)}


def expand(given: Iterable[str]) -> frozenset[str]:
    """Return every permission that `given` amounts to.

    `*` is all of them, and who may write, cancel or administer a thing may read it.
    """
    every: set[str] = set()
    for name in given:
        if name == ALL:
            return frozenset(PERMISSIONS)
        subject, _, verb = name.partition(":")
        every.add(name)
        every.update(f"{subject}:{implied}" for implied in _IMPLIED.get(verb, ()))
    return frozenset(every & PERMISSIONS.keys())


def is_known(name: str) -> bool:
    """Return whether `name` can be given to a key or a role."""
    return name == ALL or name in PERMISSIONS
