"""What others may ask of exceptions: to open some, and to resolve those whose cause is gone."""

from argosy.exceptions.commands import open_exceptions, resolve_about

__all__ = ["open_exceptions", "resolve_about"]
