"""What others may ask of identity: to make and recognize keys, and to write the audit log."""

from argosy.identity.commands import (
    Recognized,
    audit,
    audit_changes,
    create_api_key,
    note_use,
    recognize,
    revoke_api_keys,
)
from argosy.identity.reads import list_api_keys

__all__ = [
    "Recognized",
    "audit",
    "audit_changes",
    "create_api_key",
    "list_api_keys",
    "note_use",
    "recognize",
    "revoke_api_keys",
]
