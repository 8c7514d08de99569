"""What becomes of a row of the catalogue: it is taken, or refused with a reason."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

from msgspec import Struct

from argosy.kernel.refusals import Refused


class Refusal(StrEnum):
    """Why a row of the catalogue was not taken."""

    ROW_INVALID = "row_invalid"
    CODE_REPEATED = "code_repeated"
    CODE_TAKEN = "code_taken"
    CODE_FIXED = "code_fixed"
    CHANGED_MEANWHILE = "changed_meanwhile"
    SKU_UNKNOWN = "sku_unknown"
    PRODUCT_UNKNOWN = "product_unknown"
    KIT_FIXED = "kit_fixed"
    KIT_NOT_PHYSICAL = "kit_not_physical"
    KIT_CONTAINS_ITSELF = "kit_contains_itself"
    KIT_INSIDE_KIT = "kit_inside_kit"
    KIT_CANNOT_WAIT = "kit_cannot_wait"
    COMPONENT_UNKNOWN = "component_unknown"
    COMPONENT_REPEATED = "component_repeated"
    COMPONENT_NOT_PHYSICAL = "component_not_physical"
    BARCODE_INVALID = "barcode_invalid"
    BARCODE_TAKEN = "barcode_taken"
    TIME_ZONE_UNKNOWN = "time_zone_unknown"
    OPENING_HOURS_INVALID = "opening_hours_invalid"
    COORDINATES_INCOMPLETE = "coordinates_incomplete"
    LOCATION_UNKNOWN = "location_unknown"
    LOCATION_GROUP_UNKNOWN = "location_group_unknown"
    CHANNEL_UNKNOWN = "channel_unknown"
    CURRENCY_UNKNOWN = "currency_unknown"
    METHOD_UNKNOWN = "method_unknown"
    TRANSIT_DAYS_REVERSED = "transit_days_reversed"
    TRANSIT_TIME_UNKNOWN = "transit_time_unknown"


Change = Literal["created", "changed", "unchanged"]


class Taken(Struct, frozen=True):
    """A row was taken: whose it is now, at which version, and whether it changed anything.

    `subject_id` is None for what is known by its code alone (methods, transit times).
    """

    code: str
    subject_id: UUID | None
    version: int
    change: Change


Outcome = Taken | Refused
