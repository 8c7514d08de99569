"""Identity: who acts, with which key, allowed to do what; and the audit log of it."""

from argosy.identity.model import SYSTEM, Access, Actor

__all__ = ["SYSTEM", "Access", "Actor"]
