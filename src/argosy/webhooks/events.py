"""What webhooks publish about themselves."""

from uuid import UUID

from msgspec import Struct

from argosy.kernel.events import publishes


@publishes("webhook.paused.v1", subject="webhook endpoint")
class EndpointPaused(Struct, frozen=True):
    """An endpoint gets nothing until it is resumed; what happens meanwhile is kept for it."""

    endpoint_id: UUID
    url: str
    reason: str
    by: str


@publishes("webhook.resumed.v1", subject="webhook endpoint")
class EndpointResumed(Struct, frozen=True):
    """An endpoint gets events again, and first what was kept for it."""

    endpoint_id: UUID
    url: str
    released: int
    by: str
