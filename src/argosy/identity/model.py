"""The nouns of identity: who acts, what a key may do, and what is written down about it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

ActorKind = Literal["key", "user", "system", "job"]

KeyName = Annotated[
    str, Meta(min_length=1, max_length=100, pattern="^[A-Za-z0-9][A-Za-z0-9 _.@-]*$")
]
PermissionName = Annotated[str, Meta(pattern="^[a-z_]+:[a-z]+$", max_length=60)]


class Refusal(StrEnum):
    """Why a command on keys or roles was not done."""

    API_KEY_NOT_FOUND = "api_key_not_found"
    PERMISSION_UNKNOWN = "permission_unknown"
    PERMISSION_NOT_YOURS = "permission_not_yours"
    ROLE_UNKNOWN = "role_unknown"
    ROLE_NOT_FOUND = "role_not_found"
    ROLE_IN_USE = "role_in_use"
    EXPIRES_IN_THE_PAST = "expires_in_the_past"


class Actor(Struct, frozen=True):
    """Who does something; written as `kind:name`, for instance `key:demo-admin`."""

    kind: ActorKind
    name: str

    def __str__(self) -> str:
        """Return the form that is stored."""
        return f"{self.kind}:{self.name}"


SYSTEM = Actor("system", "argosy")


class Access(Struct, frozen=True):
    """What whoever asks may do: all permissions, and only in these channels and locations.

    `channel_ids` and `location_ids` are None when nothing is limited.
    """

    api_key_id: UUID | None
    actor: Actor
    permissions: frozenset[str]
    channel_ids: frozenset[UUID] | None = None
    location_ids: frozenset[UUID] | None = None

    def allows(self, permission: str) -> bool:
        """Return whether `permission` (`orders:read`) is among those given."""
        return permission in self.permissions

    def sees_channel(self, channel_id: UUID | None) -> bool:
        """Return whether what belongs to `channel_id` is in reach."""
        return self.channel_ids is None or channel_id in self.channel_ids

    def sees_location(self, location_id: UUID | None) -> bool:
        """Return whether what belongs to `location_id` is in reach."""
        return self.location_ids is None or location_id in self.location_ids


class ApiKey(Struct, frozen=True):
    """An API key as it is shown; the secret is only told when it is made."""

    api_key_id: UUID
    name: str
    prefix: str
    permissions: list[str]
    roles: list[str]
    channel_ids: list[UUID] | None
    location_ids: list[UUID] | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class NewApiKey(Struct, forbid_unknown_fields=True, frozen=True):
    """A key to be made: direct permissions, roles, or both; limits are optional."""

    name: KeyName
    permissions: Annotated[list[PermissionName], Meta(max_length=200)] = []
    roles: Annotated[list[PermissionName | KeyName], Meta(max_length=50)] = []
    channel_ids: Annotated[list[UUID], Meta(max_length=1000)] | None = None
    location_ids: Annotated[list[UUID], Meta(max_length=1000)] | None = None
    expires_at: datetime | None = None

    __examples__ = (
        {
            "name": "web-shop",
            "permissions": ["orders:read", "orders:write", "inventory:read"],
            "expires_at": "2030-01-01T00:00:00Z",
        },
    )


class Role(Struct, frozen=True):
    """A named set of permissions."""

    role: str
    title: str
    permissions: list[str]
    version: int
    built_in: bool


class AuditEntry(Struct, frozen=True):
    """One thing that somebody changed, with how it was before and is after."""

    audit_id: UUID
    made_at: datetime
    actor: str
    action: str
    subject_kind: str
    subject_id: UUID
    request_id: str | None = None
    before: Any = None
    after: Any = None
