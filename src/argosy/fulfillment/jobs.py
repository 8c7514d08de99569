"""Background work of fulfillment; what frees an order for routing makes it due by itself."""

from argosy.fulfillment.commands.route import route_due_groups
from argosy.fulfillment.commands.sweeps import apply_tracking, deliver_digital_orders
from argosy.kernel.jobs import JobKind
from argosy.kernel.readers import Reader
from argosy.kernel.schedules import Sweep

READERS: tuple[Reader, ...] = ()
JOB_KINDS: tuple[JobKind, ...] = ()
SWEEPS = (
    Sweep("fulfillment.route", 1, route_due_groups),
    Sweep("fulfillment.deliver_digital", 2, deliver_digital_orders),
    Sweep("fulfillment.apply_tracking", 30, apply_tracking),
)
