"""Pick lists: one walk through a location for many fulfillment orders."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from argosy.fulfillment.model import Refusal, State
from argosy.fulfillment.model.work import Work
from argosy.fulfillment.store import pick_lists as store
from argosy.fulfillment.store.work import load_work
from argosy.kernel.database import Tx
from argosy.kernel.ids import id_at
from argosy.kernel.refusals import Refused


class PickListMade(msgspec.Struct, frozen=True):
    """A pick list, and one outcome for each fulfillment order that was to be on it."""

    pick_list_id: UUID
    number: str
    outcomes: list[UUID | Refused]


async def make_pick_list(
    tx: Tx,
    location_id: UUID,
    fulfillment_order_ids: Sequence[UUID] | None,
    *,
    most: int = 100,
    by: str,
    now: datetime,
) -> PickListMade | Refused:
    """List accepted fulfillment orders of a location; without ids its `most` urgent ones.

    Refused as a whole when not one of them can be listed.
    """
    asked = fulfillment_order_ids
    if asked is None:
        asked = await store.find_to_pick(tx, location_id, most)
    works = await load_work(tx, asked, lock=True, packages=False)
    outcomes: list[UUID | Refused] = []
    listed: list[Work] = []
    seen: set[UUID] = set()
    for key in asked:
        work = works.get(key)
        refused = _refusal(work, location_id, key in seen)
        seen.add(key)
        if refused is None and work is not None:
            listed.append(work)
            outcomes.append(key)
        elif refused is not None:
            outcomes.append(refused)
    if not listed:
        first = next((each for each in outcomes if isinstance(each, Refused)), None)
        return first or Refused(Refusal.NOTHING_TO_DO, "Nothing is accepted and not yet listed.")
    pick_list_id = id_at(now)
    rows = [(work.order_id, work.fulfillment_order_id) for work in listed]
    number = await store.make_pick_list(tx, pick_list_id, location_id, rows, by=by, now=now)
    return PickListMade(pick_list_id, number, outcomes)


def _refusal(work: Work | None, location_id: UUID, repeated: bool) -> Refused | None:
    if work is None:
        return Refused(Refusal.FULFILLMENT_ORDER_NOT_FOUND, "There is no such fulfillment order.")
    if repeated:
        return Refused(Refusal.NAMED_TWICE, f"{work.number} is named twice.")
    if work.location_id != location_id:
        return Refused(Refusal.ANOTHER_LOCATION, f"{work.number} is at another location.")
    if work.state is not State.ACCEPTED:
        return Refused(Refusal.WRONG_STATE, f"{work.number} is {work.state}, not accepted.")
    if work.pick_list_id is not None:
        return Refused(
            Refusal.ALREADY_ON_A_PICK_LIST,
            f"{work.number} is on a pick list already.",
            facts={"pick_list_id": work.pick_list_id},
        )
    return None
