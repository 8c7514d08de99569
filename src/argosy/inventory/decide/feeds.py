"""Which feeds are repeats, which contradict each other, and which may go down together. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from argosy.inventory.model import Refusal
from argosy.inventory.model.feeds import KnownFeed, SetQuantity
from argosy.kernel.refusals import Refused


def decide_part(
    known: Mapping[int, KnownFeed], part: int, digest: bytes, head: tuple[str, object, int]
) -> KnownFeed | Refused | None:
    """Return what was kept of this part, why it cannot be, or None when it is new.

    `head` is what all parts of a feed share: mode, time and number of parts.
    """
    same = known.get(part)
    if same is not None:
        if same.digest == digest:
            return same
        return Refused(
            Refusal.FEED_REFERENCE_REUSED,
            "The location has sent other positions under this reference and part.",
            "/reference",
        )
    for other in known.values():
        if (other.mode, other.as_of, other.parts) != head:
            return Refused(
                Refusal.FEED_PARTS_DISAGREE,
                "The parts of a feed have one mode, one `as_of` and one number of parts.",
                "/parts",
                {"mode": other.mode, "as_of": other.as_of, "parts": other.parts},
            )
    return None


def newest(rows: Sequence[SetQuantity]) -> list[bool]:
    """Return of each row whether it is the newest of its place; of the same time, the last one.

    Feeds that come in together may name the same place: the older ones are stale at once.
    """
    last: dict[tuple[UUID, UUID], int] = {}
    for index, row in enumerate(rows):
        place = (row.sku_id, row.location_id)
        known = last.get(place)
        if known is None or rows[known].as_of <= row.as_of:
            last[place] = index
    kept = set(last.values())
    return [index in kept for index in range(len(rows))]


def complete_snapshots(
    known: Mapping[tuple[UUID, str], Mapping[int, KnownFeed]],
    done: Iterable[tuple[UUID, str, int, str, int]],
) -> set[tuple[UUID, str]]:
    """Return the snapshots of which the last part is among `done`.

    `done` has (location, reference, part, mode, parts) of what was new; `known` what was there.
    """
    seen: dict[tuple[UUID, str], set[int]] = {}
    wanted: dict[tuple[UUID, str], int] = {}
    for location_id, reference, part, mode, parts in done:
        if mode == "snapshot":
            key = (location_id, reference)
            seen.setdefault(key, set(known.get(key, {}))).add(part)
            wanted[key] = parts
    return {key for key, parts in seen.items() if len(parts) == wanted[key]}
