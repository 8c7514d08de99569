"""Where the demo business works: locations, groups, delivery methods, transit times, channels."""

from datetime import time

from argosy.catalogue import (
    ChannelRow,
    ChannelSettings,
    LocationGroupRow,
    LocationRow,
    MethodRow,
    TransitRow,
)

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHIFTS = {day: [("06:00", "22:00")] for day in _DAYS}
_SHOP_HOURS = {day: [("09:00", "19:00")] for day in _DAYS}
_LONDON = "Europe/London"


def _warehouse(
    code: str, name: str, country: str, zone: str, at: tuple[float, float], **more: object
) -> LocationRow:
    return LocationRow(
        code=code,
        name=name,
        kind="warehouse",
        country=country,
        time_zone=zone,
        latitude=at[0],
        longitude=at[1],
        opening_hours=_SHIFTS,
        cutoff_local=time(17),
        processing_hours=24,
        **more,  # type: ignore[arg-type]
    )


def _store(
    code: str, city: str, postal_code: str, country: str, zone: str, at: tuple[float, float]
) -> LocationRow:
    return LocationRow(
        code=code,
        name=f"Lantern & Thread, {city}",
        kind="store",
        country=country,
        address={"line1": "12 Market Row", "city": city, "postal_code": postal_code},
        time_zone=zone,
        latitude=at[0],
        longitude=at[1],
        opening_hours=_SHOP_HOURS,
        processing_hours=4,
        daily_capacity=60,
        can_pickup=True,
        priority=50,
        order_cost_minor=180,
    )


WAREHOUSES = (
    _warehouse(
        "daventry",
        "Daventry warehouse",
        "GB",
        _LONDON,
        (52.266, -1.164),
        address={"line1": "4 Ashby Fields Way", "city": "Daventry", "postal_code": "NN11 8QX"},
        priority=10,
        order_cost_minor=90,
    ),
    _warehouse(
        "wakefield",
        "Wakefield warehouse",
        "GB",
        _LONDON,
        (53.690, -1.430),
        address={"line1": "21 Wharf Approach", "city": "Wakefield", "postal_code": "WF6 1GH"},
        priority=20,
        order_cost_minor=95,
    ),
    _warehouse(
        "venlo",
        "Venlo warehouse",
        "NL",
        "Europe/Amsterdam",
        (51.392, 6.120),
        address={"line1": "Columbusweg 318", "city": "Venlo", "postal_code": "5928 LC"},
        priority=20,
        order_cost_minor=85,
    ),
)
STORES = (
    _store("london", "London", "N1 9GU", "GB", _LONDON, (51.535, -0.104)),
    _store("manchester", "Manchester", "M4 2BS", "GB", _LONDON, (53.484, -2.236)),
    _store("edinburgh", "Edinburgh", "EH1 2AD", "GB", _LONDON, (55.950, -3.193)),
    _store("bristol", "Bristol", "BS1 1JQ", "GB", _LONDON, (51.455, -2.592)),
    _store("dublin", "Dublin", "D02 A4X7", "IE", "Europe/Dublin", (53.342, -6.262)),
    _store("cologne", "Köln", "50667", "DE", "Europe/Berlin", (50.938, 6.957)),
)
VENDOR = LocationRow(
    code="stoke-pottery",
    name="Trentside Pottery (drop-ship)",
    kind="drop_ship",
    country="GB",
    address={"line1": "Kiln Yard 3", "city": "Stoke-on-Trent", "postal_code": "ST6 3QT"},
    time_zone=_LONDON,
    latitude=53.046,
    longitude=-2.192,
    opening_hours=_SHIFTS,
    processing_hours=48,
    can_return=False,
    priority=80,
)
LOCATIONS = (*WAREHOUSES, *STORES, VENDOR)

_UK_STORES = [each.code for each in STORES if each.country == "GB"]
GROUPS = (
    LocationGroupRow(
        code="everywhere", name="Everywhere", locations=[each.code for each in LOCATIONS]
    ),
    LocationGroupRow(
        code="warehouses",
        name="Warehouses and vendors",
        locations=[*(each.code for each in WAREHOUSES), VENDOR.code],
    ),
    LocationGroupRow(code="uk-stores", name="Stores in the UK", locations=_UK_STORES),
    LocationGroupRow(
        code="europe", name="Continent and Ireland", locations=["venlo", "cologne", "dublin"]
    ),
)

METHODS = (
    MethodRow(code="standard", name="Standard delivery", kind="ship", carrier="northpost"),
    MethodRow(code="express", name="Express delivery", kind="ship", carrier="swiftline"),
    MethodRow(code="pickup", name="Pick up in store", kind="pickup"),
    MethodRow(code="digital", name="By e-mail", kind="digital"),
)
TRANSIT = tuple(
    TransitRow(
        method=method,
        from_country=origin,
        to_country=to,
        min_days=days[0],
        max_days=days[1],
        cost_minor=cost,
        currency="GBP",
    )
    for method, origin, to, days, cost in (
        ("standard", "GB", "GB", (1, 2), 350),
        ("standard", "GB", "IE", (2, 3), 650),
        ("standard", "IE", "IE", (1, 2), 400),
        ("standard", "NL", "NL", (1, 2), 380),
        ("standard", "NL", "DE", (1, 2), 480),
        ("standard", "NL", "BE", (1, 2), 460),
        ("standard", "NL", "FR", (2, 3), 620),
        ("standard", "DE", "DE", (1, 2), 400),
        ("standard", "NL", "*", (2, 5), 890),
        ("standard", "*", "*", (3, 6), 990),
        ("express", "GB", "GB", (1, 1), 790),
        ("express", "*", "*", (1, 3), 1900),
        ("pickup", "*", "*", (0, 0), 0),
        ("digital", "*", "*", (0, 0), 0),
    )
)

CHANNELS = (
    ChannelRow(
        code="web",
        name="Web shop",
        kind="web",
        currency="GBP",
        location_group="everywhere",
        settings=ChannelSettings(address_doubt="hold"),
    ),
    ChannelRow(
        code="marketplace",
        name="Marketplace",
        kind="marketplace",
        currency="GBP",
        location_group="warehouses",
        stock_share_percent=90,
        settings=ChannelSettings(unknown_sku="hold", address_doubt="hold"),
    ),
    ChannelRow(
        code="call-centre",
        name="Call centre and wholesale",
        kind="call_centre",
        currency="GBP",
        location_group="warehouses",
        settings=ChannelSettings(capture_when="release"),
    ),
    ChannelRow(
        code="store",
        name="Tills of the UK stores",
        kind="store",
        currency="GBP",
        location_group="uk-stores",
        settings=ChannelSettings(default_method="pickup", capture_when="placement"),
    ),
)
