"""What a value of the catalogue must be: barcodes, time zones, opening hours."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

_GTIN_LENGTHS = frozenset((8, 12, 13, 14))
_TIME = re.compile(r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def barcode_fault(barcode: str) -> str | None:
    """Return what is wrong with a barcode, or None.

    8, 12, 13 or 14 digits are a GTIN and must have its check digit (GS1 General Specifications,
    7.9); anything else printable without spaces around it is somebody's own code.
    """
    if not barcode.isprintable() or barcode != barcode.strip():
        return f"The barcode {barcode!r} has characters that cannot be scanned."
    if barcode.isascii() and barcode.isdigit() and len(barcode) in _GTIN_LENGTHS:
        weighted = sum(
            int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(barcode))
        )
        if weighted % 10:
            return f"The check digit of {barcode} is wrong."
    return None


@lru_cache(maxsize=1024)
def zone_exists(name: str) -> bool:
    """Return whether `name` is a time zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        # Names that are no relative path, or lead to a folder; and zones that are not there.
        return False
    return True


def hours_fault(hours: Mapping[str, Sequence[tuple[str, str]]]) -> str | None:
    """Return what is wrong with opening hours, or None: `{"mon": [["09:00", "17:00"]]}`.

    The spans of a day are in order and do not overlap; 24:00 is the end of a day.
    """
    for weekday, spans in hours.items():
        if weekday not in WEEKDAYS:
            return f"{weekday!r} is not a weekday: they are {', '.join(WEEKDAYS)}."
        before = ""
        for opens, closes in spans:
            if not _TIME.match(opens) or not (_TIME.match(closes) or closes == "24:00"):
                return f"{opens}–{closes} on {weekday} are not times such as 09:00."
            if opens < before or closes <= opens:
                return f"{opens}–{closes} on {weekday} is not after what comes before it."
            before = closes
    return None
