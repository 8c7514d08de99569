"""What one server process measures, told in Prometheus' text format.

The histograms are our own because every request pays for them: an observation is a bisection and
two additions.
"""

import asyncio
import time
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import structlog
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from argosy.kernel.coalescer import Coalescer
from argosy.kernel.database import Database
from argosy.kernel.sql import Statements

sql = Statements(__package__)
log = structlog.get_logger("argosy.http")

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FRESH_SECONDS = 5.0
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)


class Described(NamedTuple):
    """What a metric is: its kind, what it tells, and its labels."""

    kind: str
    text: str
    labels: tuple[str, ...] = ()


METRICS: dict[str, Described] = {
    "argosy_http_request_seconds": Described(
        "histogram", "Time from the first byte to the answer.", ("method", "route", "status")
    ),
    "argosy_http_problems": Described("counter", "Problems answered, by code.", ("route", "code")),
    "argosy_http_in_flight": Described("gauge", "Requests being answered."),
    "argosy_http_streams": Described("gauge", "Event streams being followed."),
    "argosy_coalescer_batch_size": Described(
        "histogram", "Items per coalesced commit.", ("coalescer",)
    ),
    "argosy_coalescer_waiting": Described("gauge", "Items that wait for a commit.", ("coalescer",)),
    "argosy_pool_connections": Described(
        "gauge", "Connections to the database: busy, idle, and the limit.", ("pool", "state")
    ),
    "argosy_database_up": Described("gauge", "1 when the database answers."),
    "argosy_events_last_position": Described("gauge", "Last position given to an event."),
    "argosy_events_backlog": Described(
        "gauge", "Events that wait for their position (counted up to 10,000)."
    ),
    "argosy_events_backlog_age_seconds": Described(
        "gauge", "Age of the oldest event that waits for its position."
    ),
    "argosy_reader_lag_events": Described(
        "gauge", "Events a reader has not heard yet.", ("reader",)
    ),
    "argosy_reader_failures": Described("gauge", "Failures in a row of a reader.", ("reader",)),
    "argosy_jobs": Described(
        "gauge", "Jobs that are not done, by kind and state.", ("kind", "state")
    ),
    "argosy_job_age_seconds": Described(
        "gauge",
        "How long the oldest job of a kind has been due (ready) or in its state.",
        ("kind", "state"),
    ),
}
_FAMILIES: dict[str, Any] = {
    "histogram": HistogramMetricFamily,
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
}


class Histogram:
    """Counts observations by bucket; `bounds` are the upper ones, ascending."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one observation."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """Return (upper bound, observations up to it) as Prometheus wants them."""
        told, sum_so_far = [], 0
        for bound, count in zip((*self.bounds, None), self.counts, strict=True):
            sum_so_far += count
            told.append(("+Inf" if bound is None else repr(bound), float(sum_so_far)))
        return told


class Measures:
    """All metrics of one process; what only the database knows is asked every 5 s at most."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._requests: dict[tuple[str, str, int], Histogram] = {}
        self._refusals: dict[tuple[str, str], int] = {}
        self._batches: dict[str, Histogram] = {}
        self._coalescers: dict[str, Coalescer[Any, Any]] = {}
        self._asking = asyncio.Lock()
        self._asked_at = float("-inf")
        self._stored: list[Metric] = []
        self.in_flight = 0
        self.streams = 0
        self._registry = CollectorRegistry()
        self._registry.register(_Collected(self))
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def requests(self, method: str, route: str, status: int) -> Histogram:
        """Return the histogram of the seconds that such requests took."""
        key = (method, route, status)
        histogram = self._requests.get(key)
        if histogram is None:
            histogram = self._requests[key] = Histogram(SECONDS)
        return histogram

    def note_refusal(self, route: str, code: str) -> None:
        """Count a problem that was answered."""
        self._refusals[route, code] = self._refusals.get((route, code), 0) + 1

    def batches(self, name: str) -> Histogram:
        """Return the histogram of the batch sizes of the coalescer called `name`."""
        return self._batches.setdefault(name, Histogram(SIZES))

    def watch(self, name: str, coalescer: Coalescer[Any, Any]) -> None:
        """Tell how many items wait in `coalescer`."""
        self._coalescers[name] = coalescer

    async def exposition(self) -> bytes:
        """Return everything in the text format; less the stored ones if the database is away."""
        async with self._asking:
            if time.monotonic() - self._asked_at > FRESH_SECONDS:
                self._asked_at = time.monotonic()
                await self._ask()
        return generate_latest(self._registry)

    async def _ask(self) -> None:
        try:
            async with self._db.reading() as tx:
                events = await tx.fetchrow(sql("measure_events"))
                readers = await tx.fetch(sql("measure_readers"))
                jobs = await tx.fetch(sql("measure_jobs"))
        except Exception:
            log.warning("metrics_incomplete", exc_info=True)
            self._stored = [_one("argosy_database_up", 0)]
            return
        assert events is not None, "an aggregate is one row"
        self._stored = _of_events(events, readers) + _of_jobs(jobs)

    def collect(self) -> Iterable[Metric]:
        """Return every metric family of this process and the stored ones."""
        yield from self._of_requests()
        yield from self._of_batches()
        pool = _family("argosy_pool_connections")
        for name, one in (("writing", self._db.writing_pool), ("reading", self._db.reading_pool)):
            size, idle = one.get_size(), one.get_idle_size()
            pool.add_metric([name, "busy"], size - idle)
            pool.add_metric([name, "idle"], idle)
            pool.add_metric([name, "limit"], one.get_max_size())
        yield pool
        yield from self._stored

    def _of_requests(self) -> Iterable[Metric]:
        requests = _family("argosy_http_request_seconds")
        for (method, route, status), histogram in sorted(self._requests.items()):
            labels = [method, route, str(status)]
            requests.add_metric(labels, histogram.buckets(), histogram.total)
        yield requests
        problems = _family("argosy_http_problems")
        for (route, code), count in sorted(self._refusals.items()):
            problems.add_metric([route, code], count)
        yield problems
        yield _one("argosy_http_in_flight", self.in_flight)
        yield _one("argosy_http_streams", self.streams)

    def _of_batches(self) -> Iterable[Metric]:
        sizes = _family("argosy_coalescer_batch_size")
        for name, histogram in sorted(self._batches.items()):
            sizes.add_metric([name], histogram.buckets(), histogram.total)
        yield sizes
        waiting = _family("argosy_coalescer_waiting")
        for name, coalescer in sorted(self._coalescers.items()):
            waiting.add_metric([name], coalescer.waiting)
        yield waiting


class _Collected:
    """Lets the registry collect from the measures."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def collect(self) -> Iterable[Metric]:
        return self._measures.collect()

    def describe(self) -> Iterable[Metric]:
        return ()


def _family(name: str) -> Any:
    """Return an empty family of the catalogue."""
    described = METRICS[name]
    return _FAMILIES[described.kind](name, described.text, labels=described.labels)


def _one(name: str, value: float) -> Metric:
    """Return a family of the catalogue with its only value."""
    family: Metric = _family(name)
    family.add_sample(name, {}, value)
    return family


def _of_events(events: Any, readers: Sequence[Any]) -> list[Metric]:
    lag, failures = _family("argosy_reader_lag_events"), _family("argosy_reader_failures")
    for row in readers:
        lag.add_metric([row["reader"]], row["lag"])
        failures.add_metric([row["reader"]], row["failures"])
    return [
        _one("argosy_database_up", 1),
        _one("argosy_events_last_position", events["last_position"]),
        _one("argosy_events_backlog", events["backlog"]),
        _one("argosy_events_backlog_age_seconds", events["age_seconds"]),
        lag,
        failures,
    ]


def _of_jobs(jobs: Sequence[Any]) -> list[Metric]:
    count, age = _family("argosy_jobs"), _family("argosy_job_age_seconds")
    for row in jobs:
        count.add_metric([row["kind"], row["state"]], row["jobs"])
        age.add_metric([row["kind"], row["state"]], row["age_seconds"])
    return [count, age]
