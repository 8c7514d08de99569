"""Why a command on stock was not done."""

from enum import StrEnum


class Refusal(StrEnum):
    """Why a command on stock was not done, or a row of it."""

    SKU_UNKNOWN = "sku_unknown"
    SKU_NOT_STOCKED = "sku_not_stocked"
    LOCATION_UNKNOWN = "location_unknown"
    LOCATION_GROUP_UNKNOWN = "location_group_unknown"
    CHANNEL_UNKNOWN = "channel_unknown"
    METHOD_UNKNOWN = "method_unknown"
    BELOW_PROMISED = "below_promised"
    STOCK_TOO_LARGE = "stock_too_large"
    INCOMING_UNKNOWN = "incoming_unknown"
    COUNT_IS_STALE = "count_is_stale"
    AS_OF_IN_THE_FUTURE = "as_of_in_the_future"
    POSITION_REPEATED = "position_repeated"
    PLACE_MISSING = "place_missing"
    FEED_REFERENCE_REUSED = "feed_reference_reused"
    FEED_PARTS_DISAGREE = "feed_parts_disagree"
    OUT_OF_STOCK = "out_of_stock"
    RESERVATION_UNKNOWN = "reservation_unknown"
    TRANSFER_UNKNOWN = "transfer_unknown"
    TRANSFER_TO_ITSELF = "transfer_to_itself"
    TRANSFER_NOT_CREATED = "transfer_not_created"
    TRANSFER_NOT_SHIPPED = "transfer_not_shipped"
    NOT_ON_TRANSFER = "not_on_transfer"
    MORE_THAN_TRANSFERRED = "more_than_transferred"
    TOO_MANY_POSITIONS = "too_many_positions"
