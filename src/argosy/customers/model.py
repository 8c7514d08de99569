"""The nouns of customers."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct


class Refusal(StrEnum):
    """Why a command on customers was not done."""

    CUSTOMER_NOT_FOUND = "customer_not_found"
    KEY_BELONGS_TO_ANOTHER = "key_belongs_to_another"


class BuyerKey(Struct, frozen=True):
    """What a channel says about a buyer; `email` only when somebody verified it."""

    channel_id: UUID
    external_id: str | None
    email: str | None
    name: str | None
    phone: str | None

    def scope_and_key(self) -> tuple[str, str] | None:
        """Return the identifier that names the customer, or None for a guest."""
        if self.external_id is not None:
            return f"channel:{self.channel_id}", self.external_id
        if self.email is not None:
            return "email", self.email.strip().lower()
        return None
