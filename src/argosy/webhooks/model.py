"""The nouns of webhooks: endpoints, deliveries, attempts, and why something is refused."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

EndpointState = Literal["active", "paused", "deleted"]
DeliveryState = Literal["pending", "held", "delivered", "failed", "canceled"]

Url = Annotated[str, Meta(min_length=8, max_length=2000)]
EventGlob = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9_.*]+$",
        max_length=100,
        description="An event name; * stands for any part of it, as in `order.*`.",
    ),
]
Moment = Annotated[datetime, Meta(tz=True)]


class Refusal(StrEnum):
    """Why a command on webhooks was not done."""

    WEBHOOK_ENDPOINT_NOT_FOUND = "webhook_endpoint_not_found"
    WEBHOOK_DELIVERY_NOT_FOUND = "webhook_delivery_not_found"
    WEBHOOK_EVENT_NOT_FOUND = "webhook_event_not_found"
    URL_INVALID = "url_invalid"
    HOST_UNKNOWN = "host_unknown"
    ADDRESS_REFUSED = "address_refused"
    CHANNEL_UNKNOWN = "channel_unknown"
    ENDPOINT_IS_ACTIVE = "endpoint_is_active"
    ENDPOINT_IS_PAUSED = "endpoint_is_paused"
    ENDPOINT_CHANGED_MEANWHILE = "endpoint_changed_meanwhile"
    TOO_MANY_ENDPOINTS = "too_many_endpoints"
    RANGE_INVALID = "range_invalid"


class EndpointSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """What an endpoint is to be: where, and which events of which channels (null: all) it gets."""

    url: Url
    events: Annotated[list[EventGlob], Meta(min_length=1, max_length=100)]
    channels: Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=200)] | None = (
        None
    )
    description: Annotated[str, Meta(max_length=500)] = ""

    __examples__ = (
        {
            "url": "https://erp.example.com/hooks/argosy",
            "events": ["order.*", "fulfillment_order.shipped.v1"],
            "channels": ["web"],
            "description": "The ERP",
        },
    )


class Endpoint(Struct, frozen=True):
    """An endpoint as it stands, with what waits for it; its secrets are never shown again."""

    endpoint_id: UUID
    url: str
    description: str
    events: list[str]
    channel_ids: list[UUID] | None
    state: EndpointState
    reason: str | None
    from_position: int
    failures: int
    failing_since: datetime | None
    quiet_until: datetime | None
    created_by: str
    created_at: datetime
    changed_at: datetime
    version: int
    pending: int
    held: int
    failed: int
    oldest_undelivered_at: datetime | None


class MadeEndpoint(Struct, frozen=True):
    """An endpoint that was just made, or whose secret was rotated; `secret` is told this once."""

    endpoint_id: UUID
    secret: str
    version: int

    __examples__ = (
        {
            "endpoint_id": "0193f3a0-5b5e-7c3e-8f00-0a1b2c3d4e5f",
            "secret": "whsec_<base64>",
            "version": 1,
        },
    )


class Delivery(Struct, frozen=True):
    """One event for one endpoint, and how far it got; `attempts` counts every call ever made."""

    delivery_id: UUID
    endpoint_id: UUID
    event_id: UUID
    event_name: str
    subject_id: UUID
    position: int
    state: DeliveryState
    round: int
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    settled_at: datetime | None
    last_status: int | None
    last_error: str | None


class Attempt(Struct, frozen=True):
    """One call, and what came back; `response_body` is cut at 4 KiB."""

    attempt_no: int
    round: int
    started_at: datetime
    duration_ms: int
    url: str
    address: str | None
    status_code: int | None
    error: str | None
    response_body: str | None
    retry_after_seconds: int | None


class DeliveryDetail(Struct, frozen=True):
    """A delivery with its attempts, oldest first."""

    delivery: Delivery
    attempts: list[Attempt]


class Outgoing(Struct, frozen=True):
    """A delivery whose turn it is, with everything that sending it needs."""

    endpoint_id: UUID
    delivery_id: UUID
    round: int
    state: DeliveryState
    tries: int
    url: str
    endpoint_state: EndpointState
    quiet_until: datetime | None
    event_id: UUID
    event_name: str
    subject_id: UUID
    subject_version: int
    position: int
    channel_id: UUID | None
    occurred_at: datetime
    body: str
    secrets: list[bytes]


class WouldSend(Struct, frozen=True):
    """What would be sent: nothing was."""

    url: str
    headers: dict[str, str]
    body: Any


class DryRun(Struct, frozen=True):
    """What an endpoint would get of some events; `unreachable` says why nothing would arrive."""

    unreachable: str | None
    matched: int
    requests: list[WouldSend]


class Replayed(Struct, frozen=True):
    """What a replay queued, or would queue: events never delivered yet, and those sent again."""

    endpoint_id: UUID
    first_sent: int
    sent_again: int
