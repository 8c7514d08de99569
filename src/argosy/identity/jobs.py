"""What comes due by itself: old answers under Idempotency-Keys are dropped."""

from argosy.kernel.idempotency import SWEEP
from argosy.kernel.jobs import JobKind
from argosy.kernel.readers import Reader
from argosy.kernel.schedules import Sweep

READERS: tuple[Reader, ...] = ()
JOB_KINDS: tuple[JobKind, ...] = ()
SWEEPS: tuple[Sweep, ...] = (SWEEP,)
