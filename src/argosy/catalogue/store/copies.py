"""Copies of the catalogue in memory that know when they are old.

Every change of the catalogue moves `catalogue_version` in its own transaction, and draws a new
stamp. A caller asks for both once in its transaction; when they differ, it reads anew. A copy that
was read inside a change that is not committed yet has a stamp that nobody else will ever see, so a
change that is rolled back leaves nothing behind in memory.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from argosy.catalogue.model import Network, Sku
from argosy.catalogue.store.statements import find_version, load_network, load_skus
from argosy.kernel.database import Tx

MOST_SKUS_KEPT = 200_000
MOST_DATABASES_KEPT = 8

_copies: dict[int, Network] = {}


async def network(tx: Tx) -> Network:
    """Return the network as of this statement: channels, locations, groups, methods, transit."""
    state = await find_version(tx)
    copy = _copies.get(state.place)
    if copy is None or (copy.version, copy.stamp) != (state.version, state.stamp):
        copy = await load_network(tx)
        _remember(state.place, copy)
    elif len(copy.skus_by_id) > MOST_SKUS_KEPT:
        # Whoever still works with the full copy keeps it whole; the next ones begin a new one.
        copy = msgspec.structs.replace(copy, skus_by_code={}, skus_by_id={})
        _remember(state.place, copy)
    return copy


def _remember(place: int, copy: Network) -> None:
    _copies.pop(place, None)
    _copies[place] = copy
    while len(_copies) > MOST_DATABASES_KEPT:
        del _copies[next(iter(_copies))]


async def skus_by_code(
    tx: Tx, codes: Iterable[str], *, known: Network | None = None
) -> dict[str, Sku]:
    """Return the SKUs called `codes`; unknown ones are left out.

    `known` is the network that was asked for in the same transaction, after any change that the
    transaction made to the catalogue; without it, it is asked for.
    """
    copy = known or await network(tx)
    wanted = set(codes)
    missing = [code for code in wanted if code not in copy.skus_by_code]
    if missing:
        _keep(copy, await load_skus(tx, missing, []))
    return {code: copy.skus_by_code[code] for code in wanted if code in copy.skus_by_code}


async def skus_by_id(
    tx: Tx, sku_ids: Iterable[UUID], *, known: Network | None = None
) -> dict[UUID, Sku]:
    """Return the SKUs with `sku_ids`; unknown ones are left out. `known` as in `skus_by_code`."""
    copy = known or await network(tx)
    wanted = set(sku_ids)
    missing = [sku_id for sku_id in wanted if sku_id not in copy.skus_by_id]
    if missing:
        _keep(copy, await load_skus(tx, [], missing))
    return {sku_id: copy.skus_by_id[sku_id] for sku_id in wanted if sku_id in copy.skus_by_id}


def _keep(copy: Network, skus: Iterable[Sku]) -> None:
    for sku in skus:
        copy.skus_by_code[sku.code] = sku
        copy.skus_by_id[sku.sku_id] = sku
