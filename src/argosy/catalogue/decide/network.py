"""Which locations, groups, channels, delivery methods and transit times are taken."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from argosy.catalogue.decide.checks import hours_fault, zone_exists
from argosy.catalogue.decide.skus import repeated_codes
from argosy.catalogue.model import (
    Channel,
    ChannelRow,
    DeliveryMethod,
    Location,
    LocationGroup,
    LocationGroupRow,
    LocationRow,
    MethodRow,
    Network,
    Refusal,
    TransitKey,
    TransitRecord,
    TransitRow,
)
from argosy.kernel.money import UnknownCurrency, exponent_of
from argosy.kernel.refusals import Refused

NewId = Callable[[], UUID]


def decide_locations(
    rows: Sequence[LocationRow], network: Network, new_id: NewId
) -> list[Location | Refused]:
    """Return each row as it would be kept, or why it is refused."""
    repeated = repeated_codes([row.code for row in rows])
    return [
        repeated.get(index) or _location(row, network, new_id) for index, row in enumerate(rows)
    ]


def _location(row: LocationRow, network: Network, new_id: NewId) -> Location | Refused:
    if not zone_exists(row.time_zone):
        detail = f"{row.time_zone!r} is not a time zone of the IANA database."
        return Refused(Refusal.TIME_ZONE_UNKNOWN, detail, "/time_zone")
    fault = hours_fault(row.opening_hours)
    if fault is not None:
        return Refused(Refusal.OPENING_HOURS_INVALID, fault, "/opening_hours")
    if (row.latitude is None) is not (row.longitude is None):
        detail = "A place has a latitude and a longitude, or neither."
        return Refused(Refusal.COORDINATES_INCOMPLETE, detail, "/latitude")
    known = network.location_by_code(row.code)
    return Location(
        location_id=known.location_id if known else new_id(),
        code=row.code,
        name=row.name,
        kind=row.kind,
        country=row.country,
        address=row.address,
        time_zone=row.time_zone,
        latitude=row.latitude,
        longitude=row.longitude,
        opening_hours={day: spans for day, spans in row.opening_hours.items() if spans},
        cutoff_local=row.cutoff_local and row.cutoff_local.replace(microsecond=0, tzinfo=None),
        processing_hours=row.processing_hours,
        daily_capacity=row.daily_capacity,
        can_ship=row.can_ship,
        can_pickup=row.can_pickup,
        can_return=row.can_return,
        priority=row.priority,
        order_cost_minor=row.order_cost_minor,
        active=row.active,
        version=known.version if known else 0,
    )


def decide_location_groups(
    rows: Sequence[LocationGroupRow], network: Network, new_id: NewId
) -> list[LocationGroup | Refused]:
    """Return each row as it would be kept, or why it is refused; its members are a set."""
    repeated = repeated_codes([row.code for row in rows])
    decided: list[LocationGroup | Refused] = []
    for index, row in enumerate(rows):
        members = set()
        refused = repeated.get(index)
        for place, code in enumerate(row.locations):
            location = network.location_by_code(code)
            if location is None:
                detail = f"There is no location {code!r}."
                pointer = f"/locations/{place}"
                refused = refused or Refused(Refusal.LOCATION_UNKNOWN, detail, pointer)
            else:
                members.add(location.location_id)
        known = network.named_groups.get(row.code)
        decided.append(
            refused
            or LocationGroup(
                location_group_id=known.location_group_id if known else new_id(),
                code=row.code,
                name=row.name,
                location_ids=tuple(sorted(members)),
                version=known.version if known else 0,
            )
        )
    return decided


def decide_channels(
    rows: Sequence[ChannelRow], network: Network, new_id: NewId
) -> list[Channel | Refused]:
    """Return each row as it would be kept, or why it is refused."""
    repeated = repeated_codes([row.code for row in rows])
    return [repeated.get(index) or _channel(row, network, new_id) for index, row in enumerate(rows)]


def _channel(row: ChannelRow, network: Network, new_id: NewId) -> Channel | Refused:
    refused = currency_fault(row.currency)
    if refused is not None:
        return refused
    group = network.named_groups.get(row.location_group)
    if group is None:
        detail = f"There is no location group {row.location_group!r}."
        return Refused(Refusal.LOCATION_GROUP_UNKNOWN, detail, "/location_group")
    if row.settings.default_method not in network.methods:
        detail = f"There is no delivery method {row.settings.default_method!r}."
        return Refused(Refusal.METHOD_UNKNOWN, detail, "/settings/default_method")
    known = network.channel_by_code(row.code)
    return Channel(
        channel_id=known.channel_id if known else new_id(),
        code=row.code,
        name=row.name,
        kind=row.kind,
        currency=row.currency,
        location_group_id=group.location_group_id,
        is_open=row.is_open,
        stock_share_percent=row.stock_share_percent,
        stock_threshold=row.stock_threshold,
        settings=row.settings,
        version=known.version if known else 0,
    )


def currency_fault(currency: str) -> Refused | None:
    """Return the refusal of a currency that does not exist."""
    try:
        exponent_of(currency)
    except UnknownCurrency:
        detail = f"{currency} is not a current ISO 4217 currency."
        return Refused(Refusal.CURRENCY_UNKNOWN, detail, "/currency")
    return None


def decide_methods(rows: Sequence[MethodRow], network: Network) -> list[DeliveryMethod | Refused]:
    """Return each row as it would be kept, or why it is refused."""
    repeated = repeated_codes([row.code for row in rows])
    decided: list[DeliveryMethod | Refused] = []
    for index, row in enumerate(rows):
        known = network.methods.get(row.code)
        version = known.version if known else 0
        decided.append(
            repeated.get(index)
            or DeliveryMethod(row.code, row.name, row.kind, row.carrier, row.active, version)
        )
    return decided


def decide_transit_times(
    rows: Sequence[TransitRow], network: Network
) -> list[TransitRecord | Refused]:
    """Return each row as it would be kept, or why it is refused."""
    counts = Counter((row.method, row.from_country, row.to_country) for row in rows)
    decided: list[TransitRecord | Refused] = []
    for row in rows:
        refused = currency_fault(row.currency)
        if counts[row.method, row.from_country, row.to_country] > 1:
            detail = "Two rows of this batch are about the same method and countries."
            refused = Refused(Refusal.CODE_REPEATED, detail, "/method")
        elif row.method not in network.methods:
            detail = f"There is no delivery method {row.method!r}."
            refused = Refused(Refusal.METHOD_UNKNOWN, detail, "/method")
        elif row.min_days > row.max_days:
            detail = f"{row.min_days} days at least are more than {row.max_days} at most."
            refused = Refused(Refusal.TRANSIT_DAYS_REVERSED, detail, "/min_days")
        decided.append(
            refused
            or TransitRecord(
                method_code=row.method,
                from_country=row.from_country,
                to_country=row.to_country,
                min_days=row.min_days,
                max_days=row.max_days,
                cost_minor=row.cost_minor,
                currency=row.currency,
            )
        )
    return decided


def decide_transit_removal(
    keys: Sequence[TransitKey], known: Mapping[tuple[str, str, str], object]
) -> list[TransitKey | Refused]:
    """Return each transit time that is to be taken away, or why not."""
    return [
        key
        if (key.method, key.from_country, key.to_country) in known
        else Refused(
            Refusal.TRANSIT_TIME_UNKNOWN,
            f"{key.method} has no transit time from {key.from_country} to {key.to_country}.",
            "/method",
        )
        for key in keys
    ]
