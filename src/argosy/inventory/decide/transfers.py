"""What may be done with a transfer as it stands. Pure."""

from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from argosy.inventory.model import Refusal
from argosy.inventory.model.transfers import Arrived, Sent, TransferState
from argosy.kernel.refusals import Refused


def decide_ship(
    transfer: TransferState,
    asked: Mapping[UUID, int] | None,
    expected_on: date | None,
    new_id: Callable[[], UUID],
) -> list[Sent] | Refused:
    """Return what leaves of each line: all of it, or what `asked` says (None of the others)."""
    if transfer.state != "created":
        return _wrong_state(transfer, Refusal.TRANSFER_NOT_CREATED, "has left or was canceled")
    refused = _unknown(transfer, asked)
    if refused is not None:
        return refused
    sent = []
    for line in transfer.lines:
        units = line.quantity if asked is None else asked.get(line.sku_id, 0)
        if units > line.quantity:
            return _too_many(line.sku_id, units, line.quantity)
        sent.append(
            Sent(
                transfer.transfer_id,
                line.sku_id,
                transfer.from_location_id,
                transfer.to_location_id,
                units,
                expected_on or transfer.expected_on,
                new_id(),
            )
        )
    if not any(each.shipped for each in sent):
        detail = "Nothing of it would leave; cancel it instead."
        return Refused(Refusal.NOT_ON_TRANSFER, detail, "/lines")
    return sent


def decide_receive(
    transfer: TransferState, asked: Mapping[UUID, int] | None, *, close: bool
) -> tuple[list[Arrived], bool] | Refused:
    """Return what arrives of each line, and whether nothing is left under way.

    Without `asked`, all that is in transit arrives. With `close`, what has not arrived is given up.
    """
    if transfer.state != "shipped":
        return _wrong_state(transfer, Refusal.TRANSFER_NOT_SHIPPED, "is not under way")
    refused = _unknown(transfer, asked)
    if refused is not None:
        return refused
    arrived = []
    left = 0
    for line in transfer.lines:
        units = line.in_transit if asked is None else asked.get(line.sku_id, 0)
        if units > line.in_transit:
            return _too_many(line.sku_id, units, line.in_transit)
        lost = line.in_transit - units if close else 0
        left += line.in_transit - units - lost
        if units or lost:
            arrived.append(
                Arrived(
                    transfer.transfer_id,
                    line.sku_id,
                    transfer.from_location_id,
                    transfer.to_location_id,
                    units,
                    lost,
                )
            )
    return arrived, left == 0


def decide_cancel(transfer: TransferState) -> Refused | None:
    """Return why a transfer cannot be canceled, if so: what has left can only arrive."""
    if transfer.state != "created":
        return _wrong_state(transfer, Refusal.TRANSFER_NOT_CREATED, "has left or was canceled")
    return None


def _wrong_state(transfer: TransferState, code: Refusal, detail: str) -> Refused:
    return Refused(code, f"The transfer {detail}.", None, {"state": transfer.state})


def _unknown(transfer: TransferState, asked: Mapping[UUID, int] | None) -> Refused | None:
    strangers = sorted((asked or {}).keys() - {line.sku_id for line in transfer.lines})
    if not strangers:
        return None
    detail = "A SKU is not on the transfer."
    return Refused(Refusal.NOT_ON_TRANSFER, detail, "/lines", {"sku_ids": strangers})


def _too_many(sku_id: UUID, asked: int, most: int) -> Refused:
    detail = f"{asked} units were named, {most} can be."
    facts = {"sku_id": sku_id, "asked": asked, "most": most}
    return Refused(Refusal.MORE_THAN_TRANSFERRED, detail, "/lines", facts)
