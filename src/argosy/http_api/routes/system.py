"""Whether the server lives and can work, and what it measures."""

import asyncio
from typing import Any

import msgspec
import structlog

from argosy.http_api.measures import CONTENT_TYPE
from argosy.kernel.http import PUBLIC, Answer, get
from argosy.kernel.migrations import pending

log = structlog.get_logger("argosy.http")

READY_SECONDS = 3.0


class Health(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str

    __examples__ = ({"status": "ok"},)


class Readiness(msgspec.Struct, frozen=True):
    """Whether requests can be answered, and what stands in the way."""

    ready: bool
    checks: dict[str, str]

    __examples__ = ({"ready": True, "checks": {"server": "ok", "database": "ok", "schema": "ok"}},)


@get("/healthz", permission=PUBLIC, summary="Tell that the process lives", tags=["system"])
async def get_health() -> Health:
    """Answer as soon as the process can answer; it looks at nothing else."""
    return Health("ok")


@get("/readyz", permission=PUBLIC, summary="Tell whether requests can be answered", tags=["system"])
async def get_readiness(services: Any) -> Answer[Readiness]:
    """Answer 200 when the database answers and has this version's schema, otherwise 503."""
    checks = {"server": "stopping" if services.stopping else "ok"}
    try:
        async with asyncio.timeout(READY_SECONDS), services.db.reading() as tx:
            rows = await tx.fetch("select number, sha256 from schema_migration")
        checks["database"] = "ok"
        checks["schema"] = _schema_of({row["number"]: row["sha256"] for row in rows})
    except Exception as error:  # noqa: BLE001  (whatever it is, the answer is "not ready")
        log.warning("not_ready", error=f"{type(error).__name__}: {error}")
        checks |= {"database": "unreachable", "schema": "unknown"}
    ready = all(each == "ok" for each in checks.values())
    return Answer(Readiness(ready, checks), status=200 if ready else 503)


def _schema_of(applied: dict[int, str]) -> str:
    try:
        return "behind" if pending(applied) else "ok"
    except RuntimeError:
        return "different"


@get(
    "/metrics",
    permission="metrics:read",
    summary="Read the metrics",
    tags=["system"],
    media_type="text/plain",
    scoped=True,
)
async def get_metrics(services: Any) -> Answer[bytes]:
    """Return what this process measures, and the backlog, in Prometheus' text format."""
    return Answer(await services.measures.exposition(), media_type=CONTENT_TYPE)


ROUTES = (get_health, get_readiness, get_metrics)
