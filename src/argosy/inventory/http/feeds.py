"""The door through which locations report what they have."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from argosy.catalogue import door as catalogue
from argosy.identity import Access
from argosy.inventory import reads
from argosy.inventory.commands.feed import FeedAsk, Outcome, take_feeds
from argosy.inventory.http.answering import TAGS, status_of
from argosy.inventory.model import Refusal
from argosy.inventory.model.availability import FeedPart
from argosy.inventory.model.feeds import Feed, FeedAnswer
from argosy.kernel.bodies import BodyDecoder
from argosy.kernel.database import Database
from argosy.kernel.http import (
    After,
    HotHandler,
    HotRequest,
    Limit,
    Page,
    Services,
    decode_cursor,
    get,
    hot_route,
    page_of,
    refuse,
)
from argosy.kernel.refusals import Refused

_feed: BodyDecoder[Feed] = BodyDecoder(Feed)
_encode = msgspec.json.Encoder().encode
_Code = Annotated[str, Meta(min_length=1, max_length=100)]


@hot_route(
    "POST",
    "/v1/inventory/feed",
    permission="inventory:write",
    request_type=Feed,
    response_type=FeedAnswer,
    summary="Feed positions of a location",
    tags=TAGS,
    refuses=[
        Refusal.LOCATION_UNKNOWN,
        Refusal.AS_OF_IN_THE_FUTURE,
        Refusal.DATE_OUT_OF_RANGE,
        Refusal.FEED_REFERENCE_REUSED,
        Refusal.FEED_PARTS_DISAGREE,
        Refusal.SKU_UNKNOWN,
        Refusal.SKU_NOT_STOCKED,
        Refusal.POSITION_REPEATED,
        Refusal.BELOW_PROMISED,
    ],
    scoped=True,
)
def feed_positions(services: Services) -> HotHandler:
    """Set the quantities of up to 2,000 SKUs of a location as of a time.

    What moved after that time stays moved, and a position that is older than what was counted or
    fed before is stale. Feeds are known by location, reference and part: the same part again
    answers what became of it (`repeated`). A single bad position never fails its neighbours.
    """

    async def run(batch: Sequence[FeedAsk]) -> Sequence[Outcome]:
        return await take_feeds(services.db, batch, services.clock.now())

    coalescer = services.coalescer("inventory.take_feeds", run)

    async def answer(request: HotRequest) -> tuple[int, bytes]:
        asked = FeedAsk(_feed.decode(request.body), str(request.actor), request.access.location_ids)
        taken = await coalescer.submit(asked)
        if isinstance(taken, Refused):
            refuse(taken, status=status_of(taken))
        return 200, _encode(taken)

    return answer


@get(
    "/v1/inventory/feeds",
    permission="inventory:read",
    summary="List what a location has fed",
    tags=TAGS,
    refuses=[Refusal.LOCATION_UNKNOWN],
)
async def list_feeds(
    db: Database, access: Access, location: _Code, after: After = None, limit: Limit = 50
) -> Page[FeedPart]:
    """Return the feeds of a location by reference and part, with what became of them."""
    since = None if after is None else decode_cursor(after, tuple[str, int])
    async with db.reading() as tx:
        found = (await catalogue.network(tx)).location_by_code(location)
        if found is None or not access.sees_location(found.location_id):
            detail = f"There is no location {location}."
            refuse(Refused(Refusal.LOCATION_UNKNOWN, detail), status=422)
        rows = await reads.list_feeds(tx, found.location_id, since, limit + 1)
    return page_of(rows, limit, lambda row: (row.reference, row.part))


routes = (feed_positions, list_feeds)
