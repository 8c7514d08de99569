"""What others may ask of identity."""

from argosy.identity.commands import create_key, recognize
from argosy.identity.store import Change, write_audit

__all__ = ["Change", "create_key", "recognize", "write_audit"]
