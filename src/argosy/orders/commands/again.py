"""The same order again: which keys name an order, and what a second one with them gets."""

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from argosy.catalogue import Network
from argosy.orders import store
from argosy.orders.commands.outcomes import (
    Captured,
    CaptureOutcome,
    CaptureRefused,
    CaptureRequest,
)
from argosy.orders.decide.faults import Fault
from argosy.orders.model import PlaceOrder, Refusal

_encode = msgspec.json.Encoder(order="deterministic").encode

Key = tuple[str, str]


def digest_of(asked: PlaceOrder) -> bytes:
    """Return what tells an order apart from another one under the same key."""
    return hashlib.blake2b(_encode(asked), digest_size=16).digest()


def keys_of(request: CaptureRequest, network: Network) -> list[Key]:
    """Return the (scope, key) pairs that name the order, that of an Idempotency-Key first."""
    keys = []
    if request.request_scope is not None and request.request_key is not None:
        keys.append((request.request_scope, request.request_key))
    channel = network.channel_by_code(request.asked.channel)
    if channel is not None:
        keys.append((store.channel_scope(channel.channel_id), request.asked.external_id))
    return keys


def placed_before(
    keys: Sequence[Key], digest: bytes, known: Mapping[Key, store.Known]
) -> CaptureOutcome | None:
    """Return the outcome of an order that stands already under one of its keys."""
    for key in keys:
        earlier = known.get(key)
        if earlier is not None:
            if earlier.digest == digest:
                return Captured(earlier.summary, created=False)
            return reused(key)
    return None


def reused(key: Key) -> CaptureRefused:
    """Return the refusal of another order under a key that is taken."""
    if key[0].startswith("channel:"):
        detail = (
            "The channel has handed in another order under this external id; the same order again "
            "is answered with the one that stands, a different one needs an id of its own."
        )
        return CaptureRefused([Fault(Refusal.EXTERNAL_ID_REUSED, "/external_id", detail)])
    detail = "This Idempotency-Key was used for another order; a new request needs a new one."
    return CaptureRefused([Fault(Refusal.IDEMPOTENCY_KEY_REUSED, "", detail)])


class Twins:
    """Requests of one batch that share a key: the first to be placed is, the others hear of it."""

    def __init__(self) -> None:
        self._first: dict[Key, int] = {}
        self._twins: list[tuple[int, int, Key]] = []

    def note_placed(self, index: int, keys: Sequence[Key]) -> None:
        """Note that the request at `index` is going to be placed under `keys`."""
        self._first.update(dict.fromkeys(keys, index))

    def is_twin(self, index: int, keys: Sequence[Key]) -> bool:
        """Return whether an earlier request is going to be placed under one of `keys`."""
        for key in keys:
            earlier = self._first.get(key)
            if earlier is not None:
                self._twins.append((index, earlier, key))
                return True
        return False

    def resolve(self, outcomes: list[CaptureOutcome | None], digests: Sequence[bytes]) -> None:
        """Write the outcome of each twin, now that the first ones are placed."""
        for index, earlier, key in self._twins:
            first = outcomes[earlier]
            assert isinstance(first, Captured), "only what was placed is noted"
            if digests[index] == digests[earlier]:
                outcomes[index] = Captured(first.summary, created=False)
            else:
                outcomes[index] = reused(key)
