"""Identifiers: UUIDv7 (RFC 9562), which sort by their time and so keep index pages hot."""

import os
import time
from datetime import datetime
from uuid import UUID

_VERSION_7 = 7 << 76
_VARIANT = 2 << 62


def _made(milliseconds: int) -> UUID:
    noise = int.from_bytes(os.urandom(10), "big")
    high, low = noise >> 68 & 0xFFF, noise & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=milliseconds << 80 | _VERSION_7 | high << 64 | _VARIANT | low)


def new_id() -> UUID:
    """Return a UUIDv7 of this instant."""
    return _made(time.time_ns() // 1_000_000)


def id_at(moment: datetime) -> UUID:
    """Return a UUIDv7 whose time part is `moment` (milliseconds), the rest random.

    An order's id carries the time it was placed, so that a page of the order list is a range of
    the primary key, however late or shuffled the orders arrived. Moments before 1970 count as 1970.
    """
    return _made(max(0, int(moment.timestamp() * 1000)))


def earliest_id_at(moment: datetime) -> UUID:
    """Return the smallest UUIDv7 of `moment`, as a bound for ranges of ids."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return UUID(int=milliseconds << 80 | _VERSION_7 | _VARIANT)
