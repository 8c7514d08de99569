"""Refusals: named reasons why a command was not done. They are returned, never raised."""

from enum import StrEnum
from typing import Any

from msgspec import Struct


class Refused(Struct, frozen=True):
    """A command was not done, and why.

    `code` is a member of the context's `Refusal` enumeration, `detail` a sentence for a person,
    `pointer` the JSON pointer of the part of the request that is to blame, `facts` what a program
    may want to know besides (such as how many are left).
    """

    code: StrEnum
    detail: str
    pointer: str | None = None
    facts: dict[str, Any] = {}
