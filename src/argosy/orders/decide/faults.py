"""What is wrong with an order that is handed in."""

import msgspec

from argosy.orders.model import Refusal


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with an order: which rule, where (JSON pointer), and why."""

    code: Refusal
    pointer: str
    detail: str
