"""The nouns of fulfillment."""

from argosy.fulfillment.model.states import (
    ACTIVE,
    FINAL,
    STEPS,
    Kind,
    Refusal,
    State,
    Step,
    check_steps,
)

__all__ = ["ACTIVE", "FINAL", "STEPS", "Kind", "Refusal", "State", "Step", "check_steps"]
