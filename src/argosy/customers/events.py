"""What customers publish. An e-mail address among the identifiers is one that was verified."""

from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from argosy.kernel.events import publishes


class LinkedIdentifier(Struct, frozen=True):
    """What names the customer from now on."""

    kind: Literal["external_id", "email"]
    value: str
    channel_id: UUID | None = None


@publishes("customer.created.v1", subject="customer")
class CustomerCreated(Struct, frozen=True):
    """Somebody became a customer: an identifier was seen for the first time."""

    customer_id: UUID
    name: str | None
    identifiers: list[LinkedIdentifier]


@publishes("customer.identifier_linked.v1", subject="customer")
class IdentifierLinked(Struct, frozen=True):
    """One more identifier names a customer; what guests did under it is theirs."""

    customer_id: UUID
    identifiers: list[LinkedIdentifier]


@publishes("customer.changed.v1", subject="customer")
class CustomerChanged(Struct, frozen=True):
    """What is known of a customer changed: the columns that were set, as they are now."""

    customer_id: UUID
    changes: dict[str, Any]
