"""Exceptions: opened with what went wrong, and settled once by a person."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argosy.exceptions import NewException, door as exceptions
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.kernel.jobs import Dead, Done, Job, JobKind, JobOutcome
from argosy.worker.loop import settle
from argosy.worker.wiring import Wiring

Rows = Callable[..., Awaitable[list[dict[str, Any]]]]
NOWHERE = "0193f3a0-5b5e-7c3e-8f00-0a1b2c3d4e5f"


@pytest.fixture
def rows(db: Database) -> Rows:
    async def fetch(query: str, *arguments: Any) -> list[dict[str, Any]]:
        async with db.transaction() as tx:
            return [dict(row) for row in await tx.fetch(query, *arguments)]

    return fetch


async def open_some(db: Database, clock: FixedClock, *messages: str, **more: Any) -> list[str]:
    asked = [
        NewException(
            **(
                {
                    "category": "routing",
                    "subject_kind": "order",
                    "subject_id": uuid4(),
                    "order_id": None,
                    "message": message,
                }
                | more
            )
        )
        for message in messages
    ]
    opened = await db.run(lambda tx: exceptions.open_exceptions(tx, asked, clock.now()))
    return [str(each) for each in opened]


async def test_an_exception_is_seen_assigned_and_resolved(
    client: httpx.AsyncClient, db: Database, clock: FixedClock, rows: Rows
) -> None:
    order_id = uuid4()
    [one] = await open_some(db, clock, "No location.", order_id=order_id, subject_id=order_id)
    path = f"/v1/exceptions/{one}"
    seen = await client.get(path)
    assert (seen.json()["status"], seen.json()["message"]) == ("open", "No location.")
    taken = await client.post(f"{path}/assign", json={"owner": "I. Morgan"})
    assert taken.json()["owner"] == "I. Morgan"
    mine = await client.get("/v1/exceptions?status=open&owner=I. Morgan&category=routing")
    assert [each["exception_id"] for each in mine.json()["items"]] == [one]
    stale = await client.post(
        f"{path}/resolve", json={"resolution": "x"}, headers={"If-Match": seen.headers["etag"]}
    )
    assert stale.status_code == 412
    done = await client.post(
        f"{path}/resolve",
        json={"resolution": "Stock was found."},
        headers={"If-Match": taken.headers["etag"]},
    )
    assert done.json()["status"] == "resolved"
    events = await rows(
        "select name from event where subject_id = $1 order by recorded_at", order_id
    )
    assert [each["name"] for each in events] == [
        "exception.opened.v1",
        "exception.assigned.v1",
        "exception.resolved.v1",
    ]
    audit = await rows("select action, actor from audit_log where subject_kind = 'exception'")
    assert {each["action"] for each in audit} == {"assign_exception", "resolve_exception"}


async def test_what_is_over_is_not_settled_again(
    client: httpx.AsyncClient, db: Database, clock: FixedClock
) -> None:
    [one] = await open_some(db, clock, "Odd.")
    assert (await client.post(f"/v1/exceptions/{one}/ignore", json={"reason": "A test."})).json()[
        "status"
    ] == "ignored"
    for verb, body in (("resolve", {"resolution": "x"}), ("assign", {"owner": "x"}), ("retry", {})):
        answer = await client.post(f"/v1/exceptions/{one}/{verb}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "exception_is_closed")
    missing = await client.post(f"/v1/exceptions/{NOWHERE}/retry", json={})
    assert (missing.status_code, missing.json()["code"]) == (404, "exception_not_found")
    nothing = await client.post(f"/v1/exceptions/{one}/resolve", json={"resolution": ""})
    assert nothing.status_code == 422


async def test_each_of_a_batch_is_settled_by_itself(
    client: httpx.AsyncClient, db: Database, clock: FixedClock
) -> None:
    one, two, three = await open_some(db, clock, "1", "2", "3")
    await client.post(f"/v1/exceptions/{two}/ignore", json={"reason": "A test."})
    items = [
        {"exception_id": one, "resolution": "Done."},
        {"exception_id": two, "resolution": "Done."},
        {"exception_id": NOWHERE, "resolution": "Done."},
        {"exception_id": three, "resolution": "Done.", "version": 9},
        {"exception_id": one, "resolution": "Again."},
    ]
    answer = await client.post("/v1/exceptions/resolve/batch", json={"items": items})
    outcomes = answer.json()["outcomes"]
    assert [each.get("problem", {}).get("code") for each in outcomes] == [
        None,
        "exception_is_closed",
        "exception_not_found",
        "exception_changed_meanwhile",
        "exception_changed_meanwhile",
    ]
    left = (await client.get("/v1/exceptions?status=open")).json()["items"]
    assert [each["exception_id"] for each in left] == [three]
    for verb, extra in (("assign", {"owner": None}), ("ignore", {"reason": "x"}), ("retry", {})):
        body = {"items": [{"exception_id": three, **extra}]}
        answer = await client.post(f"/v1/exceptions/{verb}/batch", json=body)
        assert answer.status_code == 200, answer.text


async def test_of_many_at_once_one_settles_it(
    client: httpx.AsyncClient, db: Database, clock: FixedClock, rows: Rows
) -> None:
    [one] = await open_some(db, clock, "Odd.")
    answers = await asyncio.gather(
        *(
            client.post(f"/v1/exceptions/{one}/resolve", json={"resolution": str(number)})
            for number in range(8)
        )
    )
    assert sorted(each.status_code for each in answers) == [200] + [409] * 7
    assert len(await rows("select 1 from event where name = 'exception.resolved.v1'")) == 1


async def test_pain_41_a_job_that_was_given_up_is_seen_and_retried(
    client: httpx.AsyncClient, db: Database, clock: FixedClock, rows: Rows
) -> None:
    """The job is dead, a person is asked, puts it right and has it tried again."""
    works = False

    async def run(_: Database, jobs: Sequence[Job], now: datetime) -> list[JobOutcome]:
        return [Done({"label": "L-1"}) if works else Dead("The account is closed.")] * len(jobs)

    wiring = Wiring((), (JobKind("test.buy_label", run, exception_category="fulfillment"),), ())
    job_id: UUID = (
        await rows(
            "insert into job (bucket, job_id, kind, key, subject_id, body, run_at) "
            "values (0, gen_random_uuid(), 'test.buy_label', '1', gen_random_uuid(), '{}', $1) "
            "returning job_id",
            clock.now(),
        )
    )[0]["job_id"]
    await settle(db, clock, wiring)
    [asked] = (await client.get("/v1/exceptions?status=open")).json()["items"]
    assert (asked["step"], asked["subject_id"]) == ("test.buy_label", str(job_id))
    works = True
    path = f"/v1/exceptions/{asked['exception_id']}/retry"
    clock.advance(timedelta(minutes=1))
    answer = await client.post(path, json={"note": "The account is open again."})
    assert answer.status_code == 200, answer.text
    await settle(db, clock, wiring)
    [job] = await rows("select state, result from job")
    assert job == {"state": "done", "result": {"label": "L-1"}}
    [again] = await open_some(
        db, clock, "Again.", subject_kind="job", subject_id=job_id, step="test.buy_label"
    )
    late = await client.post(f"/v1/exceptions/{again}/retry", json={})
    assert (late.status_code, late.json()["code"]) == (409, "nothing_to_retry")
    assert (await rows("select state from job"))[0]["state"] == "done"


async def test_what_has_no_step_cannot_be_retried(
    client: httpx.AsyncClient, db: Database, clock: FixedClock
) -> None:
    [one] = await open_some(db, clock, "The parcel was lost.")
    answer = await client.post(f"/v1/exceptions/{one}/retry", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_retry")


async def test_a_step_of_a_context_is_announced(
    client: httpx.AsyncClient, db: Database, clock: FixedClock, rows: Rows
) -> None:
    order_id = uuid4()
    [one] = await open_some(db, clock, "Odd.", order_id=order_id, step="fulfillment.route")
    assert (await client.post(f"/v1/exceptions/{one}/retry", json={})).status_code == 200
    [event] = await rows("select * from event where name = 'exception.retried.v1'")
    assert event["subject_id"] == order_id
    assert event["body"]["step"] == "fulfillment.route"


async def test_reading_needs_its_permission_and_settling_another(
    make_client: Callable[..., Awaitable[httpx.AsyncClient]], db: Database, clock: FixedClock
) -> None:
    [one] = await open_some(db, clock, "Odd.")
    reader = await make_client(["exceptions:read"])
    assert (await reader.get(f"/v1/exceptions/{one}")).status_code == 200
    answer = await reader.post(f"/v1/exceptions/{one}/resolve", json={"resolution": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
