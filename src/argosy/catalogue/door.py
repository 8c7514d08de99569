"""What others may ask of the catalogue: a copy in memory that knows when it is old.

Every change of the catalogue moves `catalogue_version` in its own transaction. A caller asks for
the version once in its transaction; when it moved, the copies are read anew.
"""

from collections.abc import Iterable
from uuid import UUID

from argosy.catalogue import store
from argosy.catalogue.model import Network, Sku
from argosy.kernel.database import Tx

MOST_SKUS_KEPT = 200_000

_copies: dict[str, Network] = {}


async def network(tx: Tx) -> Network:
    """Return the network as of this statement: channels, locations, groups, methods, transit."""
    place, version = await store.find_version(tx)
    copy = _copies.get(place)
    if copy is None or copy.version != version:
        copy = _copies[place] = await store.load_network(tx)
    return copy


async def skus_by_code(
    tx: Tx, codes: Iterable[str], *, known: Network | None = None
) -> dict[str, Sku]:
    """Return the SKUs called `codes`; unknown ones are left out.

    `known` is the network that was asked for in the same transaction; without it, it is asked for.
    """
    copy = known or await network(tx)
    wanted = set(codes)
    missing = [code for code in wanted if code not in copy.skus_by_code]
    if missing:
        _keep(copy, await store.load_skus(tx, missing, []))
    return {code: copy.skus_by_code[code] for code in wanted if code in copy.skus_by_code}


async def skus_by_id(
    tx: Tx, sku_ids: Iterable[UUID], *, known: Network | None = None
) -> dict[UUID, Sku]:
    """Return the SKUs with `sku_ids`; unknown ones are left out."""
    copy = known or await network(tx)
    wanted = set(sku_ids)
    missing = [sku_id for sku_id in wanted if sku_id not in copy.skus_by_id]
    if missing:
        _keep(copy, await store.load_skus(tx, [], missing))
    return {sku_id: copy.skus_by_id[sku_id] for sku_id in wanted if sku_id in copy.skus_by_id}


def _keep(copy: Network, skus: Iterable[Sku]) -> None:
    if len(copy.skus_by_id) > MOST_SKUS_KEPT:
        copy.skus_by_code.clear()
        copy.skus_by_id.clear()
    for sku in skus:
        copy.skus_by_code[sku.code] = sku
        copy.skus_by_id[sku.sku_id] = sku
