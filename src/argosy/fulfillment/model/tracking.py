"""What carriers say about parcels."""

from datetime import datetime
from enum import StrEnum

import msgspec


class TrackingStatus(StrEnum):
    """Where a parcel is."""

    LABEL_CREATED = "label_created"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery_failed"
    RETURNED_TO_SENDER = "returned_to_sender"


ASKS_A_PERSON = frozenset({TrackingStatus.DELIVERY_FAILED, TrackingStatus.RETURNED_TO_SENDER})


class TrackingReport(msgspec.Struct, frozen=True):
    """One thing a carrier said; its own id of it makes it count once."""

    tracking_number: str
    carrier: str
    carrier_event_id: str
    status: TrackingStatus
    occurred_at: datetime
    place: str | None = None
    message: str | None = None
