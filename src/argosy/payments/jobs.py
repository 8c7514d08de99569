"""Background work of payments: what they hear, calls to gateways, and what is looked for again."""

from datetime import datetime, timedelta

from argosy.kernel.database import Database
from argosy.kernel.jobs import JobKind
from argosy.kernel.readers import Reader
from argosy.kernel.schedules import Sweep
from argosy.payments import events
from argosy.payments.commands.calls import charge_again, reconcile_movements, run_movements
from argosy.payments.commands.hear import HEARD, hear_orders
from argosy.payments.commands.notices import match_strays, watch_gateways
from argosy.payments.decide.answers import is_final
from argosy.payments.store import ledger

__all__ = ["JOB_KINDS", "READERS", "SWEEPS", "events"]

UNASKED_FOR = timedelta(minutes=10)
"""How long the job of a movement is left alone before the sweep asks for it too."""

_BATCH = 500


async def reconcile_unsettled(db: Database, now: datetime) -> int:
    """Ask gateways about movements that were not settled for long; return how many are now."""
    async with db.reading() as tx:
        unsettled = await ledger.find_unsettled(tx, now - UNASKED_FOR, _BATCH)
    after = await reconcile_movements(db, unsettled, now)
    return sum(is_final(each.state) for each in after.values())


def _kind(name: str) -> JobKind:
    return JobKind(
        kind=f"payments.{name}",
        run=run_movements,
        batch=_BATCH,
        max_attempts=24,
        lease_seconds=120,
        first_backoff_seconds=2,
        exception_category="payment",
    )


READERS = (Reader("payments.hear_orders", hear_orders, HEARD),)
JOB_KINDS = (
    _kind("authorize"),
    _kind("capture"),
    _kind("void"),
    _kind("refund"),
    JobKind(kind="payments.charge", run=charge_again, batch=_BATCH, exception_category="payment"),
)
SWEEPS = (
    Sweep("payments.reconcile", 60, reconcile_unsettled),
    Sweep("payments.watch_gateways", 60, watch_gateways),
    Sweep("payments.match_strays", 10, match_strays),
)
