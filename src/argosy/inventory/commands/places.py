"""What commands load first: the catalogue, as the caller may see it."""

from collections.abc import Iterable
from uuid import UUID

from argosy.catalogue import door as catalogue
from argosy.inventory.decide.places import Places
from argosy.kernel.database import Tx


async def load_places(
    tx: Tx, codes: Iterable[str], *, reach: frozenset[UUID] | None = None
) -> Places:
    """Return the catalogue with the SKUs called `codes`; locations outside `reach` are unknown."""
    network = await catalogue.network(tx)
    return Places(network, await catalogue.skus_by_code(tx, codes, known=network), reach)
