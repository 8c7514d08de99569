"""Identity: who acts, with which key, allowed to do what; and the audit log of it."""

from argosy.identity.model import (
    SYSTEM,
    Access,
    Actor,
    AuditChange,
    MadeApiKey,
    NewApiKey,
    Refusal,
)
from argosy.identity.permissions import PERMISSIONS, expand

__all__ = [
    "PERMISSIONS",
    "SYSTEM",
    "Access",
    "Actor",
    "AuditChange",
    "MadeApiKey",
    "NewApiKey",
    "Refusal",
    "expand",
]
