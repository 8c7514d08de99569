"""What is handed in to be placed, and what comes of it."""

from uuid import UUID

import msgspec

from argosy.orders.decide.faults import Fault
from argosy.orders.model import OrderSummary, PlaceOrder


class CaptureRequest(msgspec.Struct, frozen=True):
    """One order to be placed by somebody.

    `request_scope` and `request_key` come from an Idempotency-Key; `channel_ids` are the only
    channels in reach of whoever asks, None when all are.
    """

    asked: PlaceOrder
    by: str
    request_scope: str | None = None
    request_key: str | None = None
    channel_ids: frozenset[UUID] | None = None


class Captured(msgspec.Struct, frozen=True):
    """The order stands; `created` is False when it stood before."""

    summary: OrderSummary
    created: bool


class CaptureRefused(msgspec.Struct, frozen=True):
    """The order was not placed and nothing was changed; `faults` says why, by pointer."""

    faults: list[Fault]


CaptureOutcome = Captured | CaptureRefused
