"""The nouns of exceptions."""

from typing import Any
from uuid import UUID

from msgspec import Struct


class NewException(Struct, frozen=True):
    """Something that needs a person; `step` is what may be tried again once it is put right."""

    category: str
    subject_kind: str
    subject_id: UUID | None
    order_id: UUID | None
    message: str
    facts: dict[str, Any] = {}
    step: str | None = None
    severity: str = "high"
