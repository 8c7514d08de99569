"""One function a statement."""

from collections.abc import Sequence
from typing import Any

import msgspec


def columns_of(rows: Sequence[Any], kind: type[msgspec.Struct]) -> list[list[Any]]:
    """Return the fields of `rows` as one list per field of `kind`."""
    return [[getattr(row, name) for row in rows] for name in kind.__struct_fields__]
