"""What requests about fulfillment orders carry."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from argosy.fulfillment.commands.steps import (
    Asked,
    Collecting,
    Completing,
    Delivering,
    PackageAsked,
    Packing,
    Picking,
    Rejection,
    Shipping,
    Unshipping,
    cancel,
    collect,
    complete,
    deliver,
    hand_over,
    pack,
    pick,
    refuse_all,
    reject,
    ship,
    unship,
)
from argosy.fulfillment.model import Refusal
from argosy.fulfillment.model.work import PickedLine
from argosy.kernel.refusals import Refused

Text = Annotated[str, Meta(min_length=1, max_length=500)]
Code = Annotated[str, Meta(min_length=1, max_length=100)]
LineNo = Annotated[int, Meta(ge=1, le=1_000_000)]
Units = Annotated[int, Meta(ge=1, le=100_000_000)]
SomeUnits = Annotated[int, Meta(ge=0, le=100_000_000)]
Measure = Annotated[int, Meta(ge=1, le=100_000_000)]


class LineQuantity(Struct, forbid_unknown_fields=True):
    """Units of a SKU on one line of the fulfillment order."""

    line_no: LineNo
    quantity: Units


Lines = Annotated[list[LineQuantity], Meta(min_length=1, max_length=5000)]


class RejectBody(Struct, forbid_unknown_fields=True):
    """Why the location turns it down; what is `missing` in truth is taken off its stock."""

    reason: Text
    missing: Annotated[list[LineQuantity], Meta(max_length=5000)] = []
    exclude: bool = True

    __examples__ = ({"reason": "damaged", "missing": [{"line_no": 1, "quantity": 2}]},)

    def asked(self, fulfillment_order_id: UUID) -> Asked:
        """Return what is asked of one fulfillment order."""
        missing = _by_line(self.missing)
        if missing is None:
            return fulfillment_order_id, refuse_all(_TWICE)
        return reject(Rejection(fulfillment_order_id, self.reason, missing, self.exclude))


class PickLineBody(Struct, forbid_unknown_fields=True):
    """What was picked of a line now, and what was not found."""

    line_no: LineNo
    picked: SomeUnits = 0
    short: SomeUnits = 0


class PickBody(Struct, forbid_unknown_fields=True):
    """What was picked; without `lines` everything that is still to pick."""

    lines: Annotated[list[PickLineBody], Meta(min_length=1, max_length=5000)] | None = None
    correct_stock: bool = False

    __examples__ = ({"lines": [{"line_no": 1, "picked": 2, "short": 1}], "correct_stock": True},)

    def asked(self, fulfillment_order_id: UUID) -> Asked:
        """Return what is asked of one fulfillment order."""
        lines = None
        if self.lines is not None:
            lines = tuple(PickedLine(e.line_no, e.picked, e.short) for e in self.lines)
        return pick(Picking(fulfillment_order_id, lines, self.correct_stock))


class PackageBody(Struct, forbid_unknown_fields=True):
    """A package; without `lines` it holds everything picked that is in no other."""

    lines: Lines | None = None
    weight_grams: Measure | None = None
    length_mm: Measure | None = None
    width_mm: Measure | None = None
    height_mm: Measure | None = None


class PackBody(Struct, forbid_unknown_fields=True):
    """The packages; without any, one with everything picked."""

    packages: Annotated[list[PackageBody], Meta(min_length=1, max_length=500)] | None = None

    __examples__ = (
        {"packages": [{"lines": [{"line_no": 1, "quantity": 2}], "weight_grams": 800}]},
    )

    def asked(self, fulfillment_order_id: UUID) -> Asked:
        """Return what is asked of one fulfillment order."""
        packages = []
        for each in self.packages or [PackageBody()]:
            lines = None if each.lines is None else _by_line(each.lines)
            if each.lines is not None and lines is None:
                return fulfillment_order_id, refuse_all(_TWICE)
            packages.append(
                PackageAsked(
                    lines, each.weight_grams, each.length_mm, each.width_mm, each.height_mm
                )
            )
        return pack(Packing(fulfillment_order_id, tuple(packages)))


class SentPackage(Struct, forbid_unknown_fields=True):
    """A package that leaves, with its own tracking number if it has one."""

    package_id: UUID
    tracking_number: Code | None = None


class ShipBody(Struct, forbid_unknown_fields=True):
    """How it leaves; without `packages` every package that is ready."""

    carrier: Code | None = None
    service: Code | None = None
    tracking_number: Code | None = None
    packages: Annotated[list[SentPackage], Meta(min_length=1, max_length=500)] | None = None

    __examples__ = ({"carrier": "dhl", "service": "express", "tracking_number": "JD0146"},)

    def asked(self, fulfillment_order_id: UUID) -> Asked:
        """Return what is asked of one fulfillment order."""
        packages = None
        if self.packages is not None:
            packages = {each.package_id: each.tracking_number for each in self.packages}
        return ship(
            Shipping(
                fulfillment_order_id, self.carrier, self.service, self.tracking_number, packages
            )
        )


class CompleteBody(Struct, forbid_unknown_fields=True):
    """What left; without `lines` everything that is open."""

    carrier: Code | None = None
    service: Code | None = None
    tracking_number: Code | None = None
    lines: Lines | None = None

    __examples__ = ({"carrier": "dhl", "tracking_number": "JD0147"},)

    def asked(self, fulfillment_order_id: UUID) -> Asked:
        """Return what is asked of one fulfillment order."""
        lines = None if self.lines is None else _by_line(self.lines)
        if self.lines is not None and lines is None:
            return fulfillment_order_id, refuse_all(_TWICE)
        return complete(
            Completing(
                fulfillment_order_id, self.carrier, self.service, self.tracking_number, lines
            )
        )


class HandOverBody(Struct, forbid_unknown_fields=True):
    """What the vendor calls it."""

    vendor_reference: Code

    __examples__ = ({"vendor_reference": "PO-4711"},)

    def asked(self, fulfillment_order_id: UUID) -> Asked:
        """Return what is asked of one fulfillment order."""
        return hand_over(fulfillment_order_id, self.vendor_reference)


class CollectBody(Struct, forbid_unknown_fields=True):
    """The code the buyer shows; `identity_checked` when somebody vouches for a buyer without it."""

    code: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    identity_checked: bool = False

    __examples__ = ({"code": "402911"},)

    def asked(self, fulfillment_order_id: UUID) -> Asked:
        """Return what is asked of one fulfillment order."""
        code = self.code or (None if self.identity_checked else "")
        return collect(Collecting(fulfillment_order_id, code))


class DeliverBody(Struct, forbid_unknown_fields=True):
    """Packages that arrived; without `packages` all that have left."""

    packages: Annotated[list[UUID], Meta(min_length=1, max_length=500)] | None = None

    __examples__ = ({"packages": ["01939b7a-7b6e-7cc3-9f00-000000000002"]},)

    def asked(self, fulfillment_order_id: UUID) -> Asked:
        """Return what is asked of one fulfillment order."""
        packages = None if self.packages is None else tuple(dict.fromkeys(self.packages))
        return deliver(Delivering(fulfillment_order_id, packages))


class UnshipBody(Struct, forbid_unknown_fields=True):
    """The shipment that is taken back, and why."""

    shipment_id: UUID
    reason: Text

    __examples__ = (
        {"shipment_id": "01939b7a-7b6e-7cc3-9f00-000000000001", "reason": "Wrong label."},
    )

    def asked(self, fulfillment_order_id: UUID) -> Asked:
        """Return what is asked of one fulfillment order."""
        return unship(Unshipping(fulfillment_order_id, self.shipment_id, self.reason))


class CancelBody(Struct, forbid_unknown_fields=True):
    """Why the work is called off."""

    reason: Text

    __examples__ = ({"reason": "The location closes early."},)

    def asked(self, fulfillment_order_id: UUID) -> Asked:
        """Return what is asked of one fulfillment order."""
        return cancel(fulfillment_order_id, self.reason)


_TWICE = Refused(Refusal.LINE_NAMED_TWICE, "A line is named twice.", "/lines")


def _by_line(lines: list[LineQuantity]) -> dict[int, int] | None:
    """Return line -> quantity, None when a line is named twice."""
    found = {each.line_no: each.quantity for each in lines}
    return found if len(found) == len(lines) else None
