"""The rules of customers: which buyers of a batch are the same person."""

from collections.abc import Sequence

from argosy.customers.model import BuyerKey, channel_scope, email_key


def group_buyers(buyers: Sequence[BuyerKey]) -> list[int]:
    """Return for each buyer the first position of the batch that is the same person.

    Buyers are the same when an identifier leads from one to the other, over others if need be.
    """
    parents = list(range(len(buyers)))

    def root(position: int) -> int:
        while parents[position] != position:
            parents[position] = parents[parents[position]]
            position = parents[position]
        return position

    first_with: dict[tuple[str, str], int] = {}
    for position, buyer in enumerate(buyers):
        for key in _identifiers(buyer):
            one, other = sorted((root(first_with.setdefault(key, position)), root(position)))
            parents[other] = one
    return [root(position) for position in range(len(buyers))]


def _identifiers(buyer: BuyerKey) -> list[tuple[str, str]]:
    keys = []
    if buyer.external_id is not None:
        keys.append((channel_scope(buyer.channel_id), buyer.external_id))
    if buyer.email is not None:
        keys.append(("email", email_key(buyer.email)))
    return keys
