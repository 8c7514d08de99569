"""What the routes of stock share: outcomes of rows, statuses of refusals, filters by code."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar
from uuid import UUID

from msgspec import Meta

from argosy.catalogue import door as catalogue
from argosy.identity import Access
from argosy.inventory.model import Refusal
from argosy.kernel.database import Tx
from argosy.kernel.http import BatchOutcome, note_of
from argosy.kernel.refusals import Refused

T = TypeVar("T", bound=BatchOutcome)

TAGS = ("inventory",)
Code = Annotated[str, Meta(min_length=1, max_length=100)]
Codes = Annotated[list[Code], Meta(max_length=500)]

UNPROCESSABLE = frozenset(
    {
        Refusal.SKU_UNKNOWN,
        Refusal.SKU_NOT_STOCKED,
        Refusal.LOCATION_UNKNOWN,
        Refusal.LOCATION_GROUP_UNKNOWN,
        Refusal.CHANNEL_UNKNOWN,
        Refusal.METHOD_UNKNOWN,
        Refusal.AS_OF_IN_THE_FUTURE,
        Refusal.DATE_OUT_OF_RANGE,
        Refusal.QUANTITY_IS_ZERO,
        Refusal.SKU_OR_LOCATION_NEEDED,
        Refusal.TRANSFER_TO_ITSELF,
        Refusal.NOT_ON_TRANSFER,
        Refusal.TOO_MANY_POSITIONS,
    }
)
_MISSING = frozenset(
    {Refusal.TRANSFER_UNKNOWN, Refusal.RESERVATION_UNKNOWN, Refusal.INCOMING_UNKNOWN}
)


def status_of(refused: Refused) -> int:
    """Return the HTTP status of a refusal of a single thing."""
    if refused.code in UNPROCESSABLE:
        return 422
    return 404 if refused.code in _MISSING else 409


def outcome(kind: type[T], index: int, became: Any | Refused, field: str | None) -> T:
    """Return the outcome of row `index`; what a done row gives stands in `field`."""
    if isinstance(became, Refused):
        return kind(index=index, status="refused", problem=note_of(became))
    given = {} if field is None else {field: became}
    return kind(index=index, status="done", **given)


def outcomes(kind: type[T], became: Sequence[Any], field: str | None = None) -> list[T]:
    """Return one outcome for each row, in order."""
    return [outcome(kind, index, each, field) for index, each in enumerate(became)]


async def locations_named(tx: Tx, codes: Sequence[str], access: Access) -> list[UUID] | None:
    """Return the ids of locations called `codes` that are in reach; None when all are meant."""
    if not codes:
        return None if access.location_ids is None else sorted(access.location_ids)
    network = await catalogue.network(tx)
    found = [network.location_by_code(code) for code in codes]
    ids = {each.location_id for each in found if each is not None}
    return sorted(ids if access.location_ids is None else ids & access.location_ids)


async def skus_named(tx: Tx, codes: Sequence[str]) -> list[UUID] | None:
    """Return the ids of the SKUs called `codes`; None when all are meant."""
    if not codes:
        return None
    return sorted(sku.sku_id for sku in (await catalogue.skus_by_code(tx, codes)).values())
