"""Webhooks: events told to others, signed, retried, seen and replayed."""

from argosy.webhooks.model import EndpointState, Refusal

__all__ = ["EndpointState", "Refusal"]
