"""Exceptions: what went wrong in a way that only a person can put right."""

from argosy.exceptions.model import NewException, ProcessException, Refusal

__all__ = ["NewException", "ProcessException", "Refusal"]
