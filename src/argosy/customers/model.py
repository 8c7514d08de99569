"""The nouns of customers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

Email = Annotated[
    str,
    Meta(pattern=r"^[^@\s\x00]+@[^@\s\x00]+$", max_length=320, description="An e-mail address."),
]
Text = Annotated[str, Meta(min_length=1, max_length=200)]
Language = Annotated[str, Meta(pattern="^[a-zA-Z]{2,3}(-[a-zA-Z0-9]+)*$", max_length=35)]
ExternalId = Annotated[str, Meta(min_length=1, max_length=200)]


class Refusal(StrEnum):
    """Why a command on customers was not done."""

    CUSTOMER_NOT_FOUND = "customer_not_found"
    KEY_BELONGS_TO_ANOTHER = "key_belongs_to_another"
    IDENTIFIER_MISSING = "identifier_missing"
    CHANNEL_UNKNOWN = "channel_unknown"
    CUSTOMER_CHANGED_MEANWHILE = "customer_changed_meanwhile"


def email_key(email: str) -> str:
    """Return an e-mail address in the form that is compared: without case or blanks around it."""
    return email.strip().lower()


def channel_scope(channel_id: UUID) -> str:
    """Return the scope of a channel's own customer ids."""
    return f"channel:{channel_id}"


class BuyerKey(Struct, frozen=True):
    """What a channel says about a buyer; `email` only when somebody verified it."""

    channel_id: UUID
    external_id: str | None
    email: str | None
    name: str | None
    phone: str | None

    @property
    def names_a_customer(self) -> bool:
        """Return whether there is an identifier; who has none is a guest."""
        return self.external_id is not None or self.email is not None


class Identifier(Struct, frozen=True):
    """What names a customer: an id of a channel, or an e-mail address that was verified."""

    kind: Literal["external_id", "email"]
    value: str
    channel_id: UUID | None
    linked_at: datetime


class Customer(Struct, frozen=True):
    """A customer as it stands."""

    customer_id: UUID
    name: str | None
    email: str | None
    email_verified: bool
    phone: str | None
    language: str | None
    customer_group: str | None
    attributes: dict[str, Any]
    created_at: datetime
    changed_at: datetime
    version: int
    identifiers: list[Identifier]


class CustomerRow(Struct, forbid_unknown_fields=True, frozen=True):
    """A customer to be made or changed; what is left out stays as it is.

    It is found by `customer_id`, else by `external_id` of `channel`, else by `email` when
    `email_verified` says that its owner proved it. An address that nobody verified is kept to write
    to, and never leads to a customer.
    """

    customer_id: UUID | None = None
    channel: Annotated[str, Meta(max_length=100)] | None = None
    external_id: ExternalId | None = None
    email: Email | None = None
    email_verified: bool = False
    name: Text | UnsetType | None = UNSET
    phone: Annotated[str, Meta(max_length=40)] | UnsetType | None = UNSET
    language: Language | UnsetType | None = UNSET
    customer_group: Text | UnsetType | None = UNSET
    attributes: dict[str, Any] | UnsetType = UNSET

    __examples__ = (
        {
            "channel": "web",
            "external_id": "17850",
            "email": "a@example.com",
            "email_verified": True,
            "name": "A. Buyer",
            "language": "en-GB",
        },
    )

    @property
    def proven_email(self) -> str | None:
        """Return the address if its owner proved it, None otherwise."""
        return self.email if self.email_verified else None

    def changes(self) -> dict[str, Any]:
        """Return the columns that are to be set, by name."""
        names = ("name", "phone", "language", "customer_group", "attributes")
        given = {name: getattr(self, name) for name in names}
        changed = {name: value for name, value in given.items() if value is not UNSET}
        if self.email is not None:
            changed |= {"email": self.email.strip(), "email_verified": self.email_verified}
        return changed


class Taken(Struct, frozen=True):
    """A customer that was made or changed, or found to be so already."""

    customer_id: UUID
    created: bool
    version: int
