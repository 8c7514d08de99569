"""Which benchmarks there are."""

from collections.abc import Coroutine
from typing import Any, Protocol

from argosy.bench.capture import measure_capture
from argosy.bench.inventory import measure_inventory
from argosy.bench.lifecycle import measure_lifecycle
from argosy.bench.reads import measure_reads
from argosy.bench.report import Report
from argosy.bench.workbench import Workbench


class Bench(Protocol):
    """A benchmark: runs on a bench, with smaller sizes when `quick`."""

    def __call__(self, bench: Workbench, *, quick: bool) -> Coroutine[Any, Any, Report]:
        """Run and report."""
        ...


BENCHES: dict[str, Bench] = {
    "capture": measure_capture,
    "lifecycle": measure_lifecycle,
    "reads": measure_reads,
    "inventory": measure_inventory,
}
