"""The nouns and refusals of stock."""

from argosy.inventory.model.refusals import Refusal

__all__ = ["Refusal"]
