"""Commands on fulfillment orders: many at once, one outcome each, the caller owns the transaction.

Every command is the same three moves: lock and load, decide each in the order asked, apply all
that were not refused in one set. `preview` is the same without the lock and without applying.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from argosy.fulfillment.commands.apply import apply_changes
from argosy.fulfillment.decide import sending as sent, steps
from argosy.fulfillment.model import Refusal
from argosy.fulfillment.model.work import (
    Change,
    PackedPackage,
    PickedLine,
    Sending,
    Work,
)
from argosy.fulfillment.store import work as store
from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.kernel.refusals import Refused

MOST_ASKED = 2000

Decide = Callable[[Work], Change | Refused]
Asked = tuple[UUID, Decide]
"""A fulfillment order and the rule that decides about it."""


class UnitsBack(msgspec.Struct, frozen=True):
    """Units of an order line that a location gave back."""

    line_no: int
    quantity: int


class StepDone(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a step came to; `version` is 0 in a preview, which changes nothing."""

    order_id: UUID
    fulfillment_order_id: UUID
    number: str
    state: str
    version: int
    shipment_id: UUID | None = None
    amount_minor: int | None = None
    currency: str | None = None
    package_ids: tuple[UUID, ...] = ()
    released: tuple[UnitsBack, ...] = ()
    rerouted: bool = False
    pickup_code: str | None = None


Outcome = StepDone | Refused


async def take_steps(
    tx: Tx,
    asked: Sequence[Asked],
    *,
    by: str,
    now: datetime,
    packages: bool = False,
    locations: frozenset[UUID] | None = None,
    channels: frozenset[UUID] | None = None,
    preview: bool = False,
) -> list[Outcome]:
    """Decide and apply one step for each (fulfillment order, rule); one outcome each, in order.

    `packages` loads them too; `locations` and `channels` limit what the caller may see. At most
    2,000.
    """
    assert len(asked) <= MOST_ASKED
    works = await store.load_work(
        tx, [each for each, _ in asked], lock=not preview, packages=packages
    )
    seen: set[UUID] = set()
    moved: dict[tuple[UUID, int], tuple[int, int]] = {}
    decided: list[Change | Refused] = []
    for fulfillment_order_id, decide in asked:
        work = works.get(fulfillment_order_id)
        if (
            work is None
            or (locations is not None and work.location_id not in locations)
            or (channels is not None and work.channel_id not in channels)
        ):
            decided.append(_not_found(fulfillment_order_id))
        elif fulfillment_order_id in seen:
            decided.append(Refused(Refusal.NAMED_TWICE, f"{work.number} is named twice."))
        else:
            outcome = decide(_as_of(work, moved))
            if isinstance(outcome, Change):
                seen.add(fulfillment_order_id)
                _remember(outcome, moved)
            decided.append(outcome)
    changes = [each for each in decided if isinstance(each, Change)]
    versions = {} if preview else await apply_changes(tx, changes, by=by, now=now)
    return [_outcome(each, versions) for each in decided]


def _not_found(fulfillment_order_id: UUID) -> Refused:
    detail = f"There is no fulfillment order {fulfillment_order_id}."
    return Refused(Refusal.FULFILLMENT_ORDER_NOT_FOUND, detail)


def _as_of(work: Work, moved: Mapping[tuple[UUID, int], tuple[int, int]]) -> Work:
    """Return `work` as it is after the steps of this batch on others of the same order.

    Two fulfillment orders may ship units of one order line: the second starts where the first
    stopped, so that their worth sums exactly.
    """
    if not any((work.order_id, line.order_line_no) in moved for line in work.lines):
        return work
    lines = []
    for line in work.lines:
        fulfilled, credit = moved.get((work.order_id, line.order_line_no), (0, 0))
        lines.append(
            msgspec.structs.replace(
                line, fulfilled=line.fulfilled + fulfilled, credit=line.credit + credit
            )
        )
    return msgspec.structs.replace(work, lines=tuple(lines))


def _remember(change: Change, moved: dict[tuple[UUID, int], tuple[int, int]]) -> None:
    for units, sign in ((change.units_fulfilled, 1), (change.units_unfulfilled, -1)):
        for line_no, number in units.items():
            key = (change.work.order_id, line_no)
            fulfilled, credit = moved.get(key, (0, 0))
            moved[key] = (fulfilled + sign * number, credit)
    for line_no, delta in change.credit.items():
        key = (change.work.order_id, line_no)
        fulfilled, credit = moved.get(key, (0, 0))
        moved[key] = (fulfilled, credit + delta)


def _outcome(decided: Change | Refused, versions: Mapping[UUID, int]) -> Outcome:
    if isinstance(decided, Refused):
        return decided
    if decided.step == "collect" and decided.shipment is None:
        return Refused(Refusal.WRONG_PICKUP_CODE, "That is not the pickup code.", "/code")
    work, shipment = decided.work, decided.shipment
    return StepDone(
        work.order_id,
        work.fulfillment_order_id,
        work.number,
        decided.state.value,
        versions.get(work.fulfillment_order_id, 0),
        shipment.shipment_id if shipment else None,
        shipment.amount_minor if shipment else None,
        work.currency if shipment else None,
        tuple(package.package_id for package in decided.new_packages),
        tuple(UnitsBack(*each) for each in sorted(decided.units_released.items())),
        decided.reroute,
    )


class Rejection(msgspec.Struct, frozen=True):
    """A location turns work down; `missing` (line -> quantity) corrects its stock."""

    fulfillment_order_id: UUID
    reason: str
    missing: dict[int, int] = {}
    exclude: bool = True


class Picking(msgspec.Struct, frozen=True):
    """What was picked; without `lines` everything."""

    fulfillment_order_id: UUID
    lines: tuple[PickedLine, ...] | None = None
    correct_stock: bool = False


class PackageAsked(msgspec.Struct, frozen=True):
    """A package and what goes in; without `lines` everything that is loose."""

    lines: dict[int, int] | None = None
    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None


class Packing(msgspec.Struct, frozen=True):
    """Packages for one fulfillment order."""

    fulfillment_order_id: UUID
    packages: tuple[PackageAsked, ...] = (PackageAsked(),)


class Shipping(msgspec.Struct, frozen=True):
    """Packages leave; without `packages` all that are ready. Values are own tracking numbers."""

    fulfillment_order_id: UUID
    carrier: str | None = None
    service: str | None = None
    tracking_number: str | None = None
    packages: dict[UUID, str | None] | None = None


class Completing(msgspec.Struct, frozen=True):
    """Everything open, or the named lines, left the building."""

    fulfillment_order_id: UUID
    carrier: str | None = None
    service: str | None = None
    tracking_number: str | None = None
    lines: dict[int, int] | None = None


class Collecting(msgspec.Struct, frozen=True):
    """The buyer is here; `code` None when somebody vouches for the buyer."""

    fulfillment_order_id: UUID
    code: str | None = None


class Unshipping(msgspec.Struct, frozen=True):
    """A shipment to take back."""

    fulfillment_order_id: UUID
    shipment_id: UUID
    reason: str


class Delivering(msgspec.Struct, frozen=True):
    """Packages that reached the recipient; without `packages` all that have left."""

    fulfillment_order_id: UUID
    packages: tuple[UUID, ...] | None = None


def refuse_all(refused: Refused) -> Decide:
    """Return a rule that refuses whatever it is asked about."""
    return lambda _: refused


def at_version(asked: Asked, version: int | None) -> Asked:
    """Return `asked`, refused when the fulfillment order is not at `version` under the lock."""
    if version is None:
        return asked
    key, decide = asked

    def decide_at(work: Work) -> Change | Refused:
        if work.version != version:
            return Refused(
                Refusal.FULFILLMENT_ORDER_CHANGED,
                f"{work.number} is at version {work.version} now, not {version}.",
                facts={"version": work.version},
            )
        return decide(work)

    return key, decide_at


def accept(fulfillment_order_id: UUID) -> Asked:
    """Ask to accept one."""
    return fulfillment_order_id, steps.decide_accept


def hand_over(fulfillment_order_id: UUID, vendor_reference: str) -> Asked:
    """Ask to note that one was handed over to its vendor."""
    return fulfillment_order_id, lambda work: steps.decide_hand_over(work, vendor_reference)


def reject(asked: Rejection) -> Asked:
    """Ask to reject one."""
    return asked.fulfillment_order_id, lambda work: steps.decide_reject(
        work, reason=asked.reason, missing=asked.missing, exclude=asked.exclude
    )


def pick(asked: Picking) -> Asked:
    """Ask to pick one."""
    return asked.fulfillment_order_id, lambda work: steps.decide_pick(
        work, asked.lines, correct_stock=asked.correct_stock
    )


def pack(asked: Packing) -> Asked:
    """Ask to pack one."""
    packages = [
        PackedPackage(
            new_id(), each.lines, each.weight_grams, each.length_mm, each.width_mm, each.height_mm
        )
        for each in asked.packages
    ]
    return asked.fulfillment_order_id, lambda work: steps.decide_pack(work, packages)


def ship(asked: Shipping) -> Asked:
    """Ask to ship one; load packages."""
    sending = Sending(new_id(), new_id(), asked.carrier, asked.service, asked.tracking_number)
    return asked.fulfillment_order_id, lambda work: sent.decide_ship(work, sending, asked.packages)


def complete(asked: Completing) -> Asked:
    """Ask to accept, pick, pack and ship one in a single step; load packages."""
    sending = Sending(new_id(), new_id(), asked.carrier, asked.service, asked.tracking_number)
    return asked.fulfillment_order_id, lambda work: sent.decide_complete(work, sending, asked.lines)


def make_ready(fulfillment_order_id: UUID, code: str) -> Asked:
    """Ask to make one ready for pickup with a code made by the caller; load packages."""
    hashed, package_id = hash_code(fulfillment_order_id, code), new_id()
    return fulfillment_order_id, lambda work: sent.decide_make_ready(work, package_id, hashed)


def collect(asked: Collecting) -> Asked:
    """Ask to hand one over; load packages."""
    sending = Sending(new_id(), new_id())
    hashed = None if asked.code is None else hash_code(asked.fulfillment_order_id, asked.code)
    return asked.fulfillment_order_id, lambda work: sent.decide_collect(work, sending, hashed)


def deliver_digital(fulfillment_order_id: UUID) -> Asked:
    """Ask to deliver digital goods."""
    sending = Sending(new_id(), new_id())
    return fulfillment_order_id, lambda work: sent.decide_deliver_digital(work, sending)


def deliver(asked: Delivering) -> Asked:
    """Ask to mark packages delivered; load packages."""
    return asked.fulfillment_order_id, lambda work: sent.decide_deliver(work, asked.packages)


def unship(asked: Unshipping) -> Asked:
    """Ask to take a shipment back; load packages."""
    return asked.fulfillment_order_id, lambda work: sent.decide_unship(
        work, asked.shipment_id, reason=asked.reason
    )


def cancel(fulfillment_order_id: UUID, reason: str) -> Asked:
    """Ask to call one off; load packages."""
    return fulfillment_order_id, lambda work: steps.decide_cancel(work, reason=reason)


def undo(fulfillment_order_id: UUID, step: str) -> Asked:
    """Ask to take the last step back: unaccept, unpick, unpack or unready; load packages."""
    return fulfillment_order_id, lambda work: steps.decide_undo(work, step)


def hash_code(fulfillment_order_id: UUID, code: str) -> bytes:
    """Return what is stored of a pickup code: bound to its fulfillment order, never the code."""
    return hashlib.sha256(fulfillment_order_id.bytes + code.strip().encode()).digest()
