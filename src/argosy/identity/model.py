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
RoleName = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,49}$")]
PermissionName = Annotated[str, Meta(pattern="^([*]|[a-z_]+:[a-z]+)$", max_length=60)]
Moment = Annotated[datetime, Meta(tz=True)]


class Refusal(StrEnum):
    """Why a command on keys or roles was not done."""

    API_KEY_NOT_FOUND = "api_key_not_found"
    PERMISSION_UNKNOWN = "permission_unknown"
    PERMISSION_NOT_YOURS = "permission_not_yours"
    ROLE_UNKNOWN = "role_unknown"
    ROLE_NOT_FOUND = "role_not_found"
    ROLE_IS_BUILT_IN = "role_is_built_in"
    ROLE_IN_USE = "role_in_use"
    ROLE_CHANGED_MEANWHILE = "role_changed_meanwhile"
    EXPIRES_IN_THE_PAST = "expires_in_the_past"
    KEY_MISSING = "key_missing"
    KEY_UNKNOWN = "key_unknown"
    KEY_EXPIRED = "key_expired"
    KEY_REVOKED = "key_revoked"


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

    @property
    def is_limited(self) -> bool:
        """Return whether some channels or locations are out of reach."""
        return self.channel_ids is not None or self.location_ids is not None

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
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    __examples__ = (
        {
            "api_key_id": "0193f3a0-5b5e-7c3e-8f00-0a1b2c3d4e5f",
            "name": "web-shop",
            "prefix": "4f0c21d9a6b3",
            "permissions": ["orders:write", "inventory:read"],
            "roles": [],
            "channel_ids": None,
            "location_ids": None,
            "created_by": "key:demo-admin",
            "created_at": "2026-01-05T10:00:00Z",
            "expires_at": None,
            "revoked_at": None,
            "last_used_at": None,
        },
    )


class NewApiKey(Struct, forbid_unknown_fields=True, frozen=True):
    """A key to be made: permissions, roles, or both; limits to channels and locations if any."""

    name: KeyName
    permissions: Annotated[list[PermissionName], Meta(max_length=200)] = []
    roles: Annotated[list[RoleName], Meta(max_length=50)] = []
    channel_ids: Annotated[list[UUID], Meta(max_length=1000)] | None = None
    location_ids: Annotated[list[UUID], Meta(max_length=1000)] | None = None
    expires_at: Moment | None = None

    __examples__ = (
        {
            "name": "web-shop",
            "permissions": ["orders:write", "inventory:read"],
            "expires_at": "2036-01-01T00:00:00Z",
        },
    )


class MadeApiKey(Struct, frozen=True):
    """A key that was just made; `key` is told this once."""

    api_key_id: UUID
    name: str
    key: str
    permissions: list[str]
    roles: list[str]
    expires_at: datetime | None

    __examples__ = (
        {
            "api_key_id": "0193f3a0-5b5e-7c3e-8f00-0a1b2c3d4e5f",
            "name": "web-shop",
            "key": "argosy_4f0c21d9a6b3_<secret>",
            "permissions": ["orders:write", "inventory:read"],
            "roles": [],
            "expires_at": "2036-01-01T00:00:00Z",
        },
    )


class Role(Struct, frozen=True):
    """A named set of permissions; built-in roles cannot be changed."""

    role: str
    title: str
    permissions: list[str]
    built_in: bool
    version: int


class RoleSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """What a role is to be."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    permissions: Annotated[list[PermissionName], Meta(max_length=200)]

    __examples__ = ({"title": "Looks at orders", "permissions": ["orders:read"]},)


class AuditChange(Struct, frozen=True):
    """One entry to be written: what was done to which subject."""

    action: str
    subject_kind: str
    subject_id: str
    before: Any = None
    after: Any = None


class AuditEntry(Struct, frozen=True):
    """One thing that somebody changed, with how it was before and is after."""

    audit_id: UUID
    made_at: datetime
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    request_id: str | None
    before: Any
    after: Any


class KeyHeld(Struct, frozen=True):
    """What a presented key turned out to be; `secret_sha256` proves that it is that key."""

    api_key_id: UUID
    name: str
    secret_sha256: bytes
    permissions: list[str]
    role_permissions: list[str]
    channel_ids: list[UUID] | None
    location_ids: list[UUID] | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
