"""The rules of keys and roles."""

from collections.abc import Sequence
from datetime import datetime

from argosy.identity.model import Access, KeyHeld, NewApiKey, Refusal, Role, RoleSettings
from argosy.identity.permissions import expand, is_known
from argosy.kernel.refusals import Refused


def _decide_permissions(
    permissions: Sequence[str], grantor: Access | None, pointer: str
) -> Refused | None:
    for index, name in enumerate(permissions):
        if not is_known(name):
            return Refused(
                Refusal.PERMISSION_UNKNOWN,
                f"{name} is no permission; GET /v1/permissions lists them.",
                f"{pointer}/{index}",
            )
        if grantor is not None and not expand([name]) <= grantor.permissions:
            return Refused(
                Refusal.PERMISSION_NOT_YOURS,
                f"Nobody can give {name} without having it.",
                f"{pointer}/{index}",
            )
    return None


def decide_api_key(
    asked: NewApiKey, roles: Sequence[Role], grantor: Access | None, now: datetime
) -> Refused | None:
    """Say why the key cannot be made, None when it can.

    `roles` are those of the asked that exist; `grantor` is who makes it, None for the operator at
    the command line. Nobody gives away more than they have.
    """
    if asked.expires_at is not None and asked.expires_at <= now:
        return Refused(
            Refusal.EXPIRES_IN_THE_PAST, "The key would have expired already.", "/expires_at"
        )
    refused = _decide_permissions(asked.permissions, grantor, "/permissions")
    if refused is not None:
        return refused
    known = {role.role: role for role in roles}
    for index, name in enumerate(asked.roles):
        pointer = f"/roles/{index}"
        if name not in known:
            return Refused(Refusal.ROLE_UNKNOWN, f"There is no role {name}.", pointer)
        if grantor is not None and not expand(known[name].permissions) <= grantor.permissions:
            detail = f"Nobody can give the role {name} without having all that it permits."
            return Refused(Refusal.PERMISSION_NOT_YOURS, detail, pointer)
    if grantor is not None:
        return _decide_scopes(asked, grantor)
    return None


def _decide_scopes(asked: NewApiKey, grantor: Access) -> Refused | None:
    for name, given, own in (
        ("channel_ids", asked.channel_ids, grantor.channel_ids),
        ("location_ids", asked.location_ids, grantor.location_ids),
    ):
        if own is not None and (given is None or not own.issuperset(given)):
            detail = "A key that is limited can only make keys within its limits."
            return Refused(Refusal.PERMISSION_NOT_YOURS, detail, f"/{name}")
    return None


def decide_role(
    asked: RoleSettings, present: Role | None, grantor: Access | None
) -> Refused | None:
    """Say why the role cannot be set so, None when it can."""
    if present is not None and present.built_in:
        return Refused(Refusal.ROLE_IS_BUILT_IN, f"The role {present.role} cannot be changed.")
    if grantor is not None and grantor.is_limited:
        detail = "Keys without limits may have the role: only a key without limits can set it."
        return Refused(Refusal.PERMISSION_NOT_YOURS, detail)
    return _decide_permissions(asked.permissions, grantor, "/permissions")


def decide_access(held: KeyHeld, now: datetime) -> Refused | None:
    """Say why a key that is known and proven opens nothing, None when it does."""
    if held.revoked_at is not None:
        return Refused(Refusal.KEY_REVOKED, "The API key was revoked.")
    if held.expires_at is not None and held.expires_at <= now:
        return Refused(Refusal.KEY_EXPIRED, "The API key has expired.")
    return None
