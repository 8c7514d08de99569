"""Routes of customers: seen, found by what names them, made and changed."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from argosy.catalogue import door as catalogue
from argosy.customers import reads
from argosy.customers.commands import upsert_customers as upsert
from argosy.customers.model import Customer, CustomerRow, Refusal, Taken, channel_scope
from argosy.identity import Actor
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import (
    After,
    Answer,
    Batch,
    BatchOutcome,
    Limit,
    Outcomes,
    Page,
    Problem,
    decode_cursor,
    get,
    not_found,
    note_of,
    page_of,
    post,
    refuse,
)
from argosy.kernel.problems import FieldError
from argosy.kernel.refusals import Refused

_Text = Annotated[str, Meta(min_length=1, max_length=320)]
_STATUSES = {
    Refusal.CUSTOMER_NOT_FOUND: 404,
    Refusal.CUSTOMER_CHANGED_MEANWHILE: 412,
    Refusal.KEY_BELONGS_TO_ANOTHER: 409,
}


class CustomerOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one customer of a batch."""

    customer: Taken | None = None


@get("/v1/customers", permission="customers:read", summary="List customers")
async def list_customers(
    db: Database,
    *,
    after: After = None,
    limit: Limit = 50,
    email: _Text | None = None,
    channel: _Text | None = None,
    external_id: _Text | None = None,
    customer_group: _Text | None = None,
) -> Page[Customer]:
    """Return customers, newest first; `external_id` is looked up in `channel`.

    `email` finds every customer who gave that address, verified or not.
    """
    if (channel is None) != (external_id is None):
        detail = "`external_id` and `channel` belong together."
        fault = FieldError(None, "parameter_invalid", detail, "external_id")
        raise Problem(400, "parameter_invalid", "Parameter invalid", detail, [fault])
    last = None if after is None else decode_cursor(after, tuple[UUID])[0]
    async with db.reading() as tx:
        scope = None
        if channel is not None:
            known = (await catalogue.network(tx)).channel_by_code(channel)
            if known is None:
                return Page([])
            scope = channel_scope(known.channel_id)
        filters = reads.CustomerFilters(
            email=email, scope=scope, external_id=external_id, customer_group=customer_group
        )
        rows = await reads.list_customers(tx, filters, after=last, limit=limit + 1)
    return page_of(rows, limit, lambda row: row.customer_id)


@get(
    "/v1/customers/{customer_id}",
    permission="customers:read",
    summary="Get a customer",
    refuses=[Refusal.CUSTOMER_NOT_FOUND],
)
async def get_customer(db: Database, customer_id: UUID) -> Answer[Customer]:
    """Return one customer with every identifier; the version is the ETag."""
    async with db.reading() as tx:
        filters = reads.CustomerFilters(customer_ids=[customer_id])
        found = await reads.list_customers(tx, filters, limit=1)
    if not found:
        not_found("customer")
    return Answer(found[0], version=found[0].version)


@post(
    "/v1/customers",
    permission="customers:write",
    summary="Create or change a customer",
    refuses=list(Refusal),
)
async def upsert_customer(
    db: Database, clock: Clock, actor: Actor, if_match: int | None, data: CustomerRow
) -> Answer[Taken]:
    """Make a customer, or change the one that is named; what is left out stays.

    If-Match guards a customer that is named by `customer_id`.
    """
    outcome = (
        await db.run(lambda tx: upsert(tx, [data], by=actor, now=clock.now(), version=if_match))
    )[0]
    if isinstance(outcome, Refused):
        refuse(outcome, status=_STATUSES.get(Refusal(outcome.code), 422))
    return Answer(outcome, status=201 if outcome.created else 200, version=outcome.version)


@post(
    "/v1/customers/batch",
    permission="customers:write",
    summary="Create or change customers in a batch",
)
async def upsert_customers(
    db: Database, clock: Clock, actor: Actor, data: Batch[CustomerRow]
) -> Outcomes[CustomerOutcome]:
    """Make or change many customers, one outcome each."""
    done = await db.run(lambda tx: upsert(tx, data.items, by=actor, now=clock.now()))
    return Outcomes(
        [
            CustomerOutcome(index=index, status="refused", problem=note_of(outcome))
            if isinstance(outcome, Refused)
            else CustomerOutcome(index=index, status="done", customer=outcome)
            for index, outcome in enumerate(done)
        ]
    )


ROUTES = (list_customers, get_customer, upsert_customer, upsert_customers)
