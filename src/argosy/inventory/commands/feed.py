"""Feeds: positions that locations report, each part once, many feeds in one transaction."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from argosy.inventory.commands.changes import MOST_TRIES, PlaceAppeared
from argosy.inventory.commands.fill import fill_skus
from argosy.inventory.commands.places import load_places
from argosy.inventory.decide.feeds import complete_snapshots, decide_part, newest
from argosy.inventory.decide.places import Places, moment_of
from argosy.inventory.model import Refusal
from argosy.inventory.model.feeds import (
    Feed,
    FeedAnswer,
    KnownFeed,
    PositionRefused,
    SetQuantity,
    Settled,
)
from argosy.inventory.store import changes as store
from argosy.inventory.store.backorders import lock_waiting
from argosy.kernel.database import Database, Tx
from argosy.kernel.ids import new_id
from argosy.kernel.refusals import Refused

MOST_POSITIONS_A_TRANSACTION = 5_000
_encode = msgspec.json.Encoder(order="deterministic").encode

FeedKey = tuple[UUID, str]
Outcome = FeedAnswer | Refused


class FeedAsk(msgspec.Struct, frozen=True):
    """One feed to be taken in, and who sends it; `reach` are the locations the sender may feed."""

    feed: Feed
    by: str
    reach: frozenset[UUID] | None = None


class _Part(msgspec.Struct):
    """A part that is new: what goes down of it, and what was refused."""

    asked: FeedAsk
    location_id: UUID
    feed_id: UUID
    digest: bytes
    as_of: datetime
    rows: list[SetQuantity]
    indexes: list[int]
    refused: list[PositionRefused]
    changed: int = 0
    stale: int = 0
    cleared: int = 0
    complete: bool = True


async def take_feeds(db: Database, asked: Sequence[FeedAsk], now: datetime) -> list[Outcome]:
    """Take feeds in, one outcome each, in transactions of at most 5,000 positions.

    Feeds of one sender go down together, so that the ledger says who sent what.
    """
    outcomes: dict[int, Outcome] = {}
    for batch in _batches(asked):
        taken = await _take_retried(db, [asked[index] for index in batch], now)
        outcomes.update(zip(batch, taken, strict=True))
    return [outcomes[index] for index in range(len(asked))]


def _batches(asked: Sequence[FeedAsk]) -> Iterator[list[int]]:
    senders: dict[str, list[int]] = {}
    for index, each in enumerate(asked):
        senders.setdefault(each.by, []).append(index)
    for indexes in senders.values():
        batch: list[int] = []
        positions = 0
        for index in indexes:
            more = len(asked[index].feed.positions)
            if batch and positions + more > MOST_POSITIONS_A_TRANSACTION:
                yield batch
                batch, positions = [], 0
            batch.append(index)
            positions += more
        yield batch


async def _take_retried(db: Database, asked: Sequence[FeedAsk], now: datetime) -> list[Outcome]:
    for attempt in range(MOST_TRIES):
        try:
            return await db.run(lambda tx: _take(tx, asked, now))
        except PlaceAppeared:
            if attempt == MOST_TRIES - 1:
                raise
    raise AssertionError("unreachable")


async def _take(tx: Tx, asked: Sequence[FeedAsk], now: datetime) -> list[Outcome]:
    codes = {position.sku for each in asked for position in each.feed.positions}
    places = await load_places(tx, codes)
    outcomes: list[Outcome | int | None] = []
    parts: dict[int, _Part] = {}
    twins: dict[tuple[UUID, str, int, bytes], int] = {}
    for index, each in enumerate(asked):
        part = _part(each, msgspec.structs.replace(places, reach=each.reach), now)
        if isinstance(part, Refused):
            outcomes.append(part)
            continue
        # The same part twice in one batch: one goes down, the other is a repeat of it.
        twin = (part.location_id, each.feed.reference, each.feed.part, part.digest)
        outcomes.append(twins.get(twin))
        if twins.setdefault(twin, index) == index:
            parts[index] = part
    if parts:
        await store.lock_feed_heads(tx, [part.location_id for part in parts.values()], now)
        await _take_parts(tx, parts, outcomes, now)
    return [_resolved(outcomes, index) for index in range(len(asked))]


def _resolved(outcomes: Sequence[Outcome | int | None], index: int) -> Outcome:
    outcome = outcomes[index]
    if isinstance(outcome, int):
        first = _resolved(outcomes, outcome)
        if isinstance(first, FeedAnswer):
            return msgspec.structs.replace(first, repeated=True)
        return first
    assert outcome is not None, "every feed has an outcome"
    return outcome


def _part(asked: FeedAsk, places: Places, now: datetime) -> _Part | Refused:
    """Return the part with its positions looked up, or why the feed cannot be taken at all."""
    feed = asked.feed
    location = places.location(feed.location)
    if isinstance(location, Refused):
        return location
    as_of = moment_of(feed.as_of, now, parts=feed.parts)
    if isinstance(as_of, Refused):
        return as_of
    if feed.part > feed.parts:
        detail = f"Part {feed.part} of {feed.parts} cannot be."
        return Refused(Refusal.FEED_PARTS_DISAGREE, detail, "/part")
    digest = hashlib.blake2b(_encode(feed), digest_size=16).digest()
    part = _Part(asked, location.location_id, new_id(), digest, as_of, [], [], [])
    seen: set[UUID] = set()
    for index, position in enumerate(feed.positions):
        sku = places.sku(position.sku)
        if not isinstance(sku, Refused) and sku.sku_id in seen:
            detail = f"{position.sku} is named twice; the first position counts."
            sku = Refused(Refusal.POSITION_REPEATED, detail)
        if isinstance(sku, Refused):
            part.refused.append(PositionRefused(index, sku.code.value, sku.detail))
            continue
        seen.add(sku.sku_id)
        part.indexes.append(index)
        part.rows.append(
            SetQuantity(sku.sku_id, location.location_id, position.quantity, as_of, part.feed_id)
        )
    return part


async def _take_parts(
    tx: Tx, parts: dict[int, _Part], outcomes: list[Outcome | int | None], now: datetime
) -> None:
    keys = {(part.location_id, part.asked.feed.reference) for part in parts.values()}
    known = await store.find_feeds(tx, sorted(keys))
    fresh: list[_Part] = []
    for index, part in parts.items():
        key = (part.location_id, part.asked.feed.reference)
        feed = part.asked.feed
        decided = decide_part(
            known.get(key, {}), feed.part, part.digest, (feed.mode, part.as_of, feed.parts)
        )
        if isinstance(decided, KnownFeed):
            outcomes[index] = _repeated(decided, feed.location)
        elif isinstance(decided, Refused):
            outcomes[index] = decided
        else:
            known.setdefault(key, {})[feed.part] = _as_known(part)
            fresh.append(part)
    before = {
        key: {no: each for no, each in by_no.items() if each.feed_id not in _ids(fresh)}
        for key, by_no in known.items()
    }
    await _set(tx, fresh, before, now)
    for index, part in parts.items():
        if outcomes[index] is None:
            outcomes[index] = _answer(part)


def _ids(parts: Sequence[_Part]) -> set[UUID]:
    return {part.feed_id for part in parts}


async def _set(
    tx: Tx,
    fresh: Sequence[_Part],
    before: dict[FeedKey, dict[int, KnownFeed]],
    now: datetime,
) -> None:
    """Set the quantities of new parts, clear what complete snapshots leave out, keep the parts."""
    if not fresh:
        return
    by = fresh[0].asked.by
    every = [(part, at) for part in fresh for at in range(len(part.rows))]
    kept = newest([part.rows[at] for part, at in every])
    going = [place for place, is_kept in zip(every, kept, strict=True) if is_kept]
    rows = [part.rows[at] for part, at in going]
    waiting = await lock_waiting(tx, [(row.sku_id, row.location_id) for row in rows])
    settled = await store.set_quantities(tx, rows, cause_kind="feed", by=by, now=now)
    _check(settled, len(rows))
    for (part, _), is_kept in zip(every, kept, strict=True):
        part.stale += not is_kept
    for part in fresh:
        became = settled.get(part.feed_id)
        if became is not None:
            part.changed += became.changed
            part.stale += became.stale
            for row_no, _, on_hand, _, promised, short_by in became.told:
                part.refused.append(_short(going[row_no - 1], on_hand, promised, short_by))
    await _clear(tx, fresh, before, by, now)
    await fill_skus(tx, waiting, by=by, now=now)
    await store.record_feeds(tx, [_row(part) for part in fresh], now)


def _short(
    place: tuple[_Part, int], on_hand: int | None, promised: int, short_by: int
) -> PositionRefused:
    part, at = place
    detail = f"{promised} are promised to orders: {on_hand} stay on hand, {short_by} are short."
    facts = {"on_hand": on_hand, "promised": promised, "short_by": short_by}
    return PositionRefused(part.indexes[at], Refusal.BELOW_PROMISED.value, detail, facts)


async def _clear(
    tx: Tx,
    fresh: Sequence[_Part],
    before: dict[FeedKey, dict[int, KnownFeed]],
    by: str,
    now: datetime,
) -> None:
    """Set to nothing what snapshots did not name, when their last part is among `fresh`."""
    snapshots = [part for part in fresh if part.asked.feed.mode == "snapshot"]
    if not snapshots:
        return
    done = complete_snapshots(
        before,
        [
            (
                part.location_id,
                part.asked.feed.reference,
                part.asked.feed.part,
                part.asked.feed.mode,
                part.asked.feed.parts,
            )
            for part in snapshots
        ],
    )
    last: dict[FeedKey, _Part] = {}
    for part in snapshots:
        key = (part.location_id, part.asked.feed.reference)
        part.complete = key in done
        if part.complete:
            last[key] = part
    by_feed = {part.feed_id: part for part in last.values()}
    found = await store.find_unnamed(
        tx, {part.feed_id: (part.location_id, part.as_of) for part in last.values()}
    )
    rows = [
        SetQuantity(sku_id, location_id, 0, as_of, feed_id, "not in the snapshot")
        for sku_id, location_id, as_of, feed_id in found
    ]
    rows = [row for row, is_kept in zip(rows, newest(rows), strict=True) if is_kept]
    settled = await store.set_quantities(tx, rows, cause_kind="feed", by=by, now=now)
    _check(settled, len(rows))
    for feed_id, became in settled.items():
        by_feed[feed_id].cleared = became.changed


def _check(settled: dict[UUID, Settled], asked: int) -> None:
    if sum(each.settled for each in settled.values()) < asked:
        raise PlaceAppeared


def _as_known(part: _Part) -> KnownFeed:
    feed = part.asked.feed
    return KnownFeed(
        part.location_id,
        feed.reference,
        feed.part,
        part.feed_id,
        feed.mode,
        part.as_of,
        feed.parts,
        part.digest,
        len(feed.positions),
        part.changed,
        part.stale,
        [],
    )


def _row(part: _Part) -> store.FeedRow:
    feed = part.asked.feed
    return store.FeedRow(
        part.location_id,
        feed.reference,
        feed.part,
        part.feed_id,
        feed.mode,
        part.as_of,
        feed.parts,
        part.digest,
        len(feed.positions),
        part.changed,
        part.stale,
        _encode(part.refused).decode(),
        part.asked.by,
    )


def _answer(part: _Part) -> FeedAnswer:
    feed = part.asked.feed
    return FeedAnswer(
        part.feed_id,
        feed.location,
        feed.reference,
        feed.part,
        part.as_of,
        len(feed.positions),
        part.changed,
        part.stale,
        part.refused,
        complete=part.complete,
        cleared=part.cleared,
    )


def _repeated(known: KnownFeed, location: str) -> FeedAnswer:
    return FeedAnswer(
        known.feed_id,
        location,
        known.reference,
        known.part,
        known.as_of,
        known.positions,
        known.changed,
        known.stale,
        [msgspec.convert(each, PositionRefused) for each in known.refused],
        repeated=True,
    )
