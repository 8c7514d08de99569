"""Whether an address can exist, and whether it is worth a second look."""

import re

from argosy.orders.model import Address

# ISO 3166-1 alpha-2, as published, plus XK which carriers use for Kosovo.
_COUNTRY_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ "
    "BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM "
    "DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS "
    "GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN "
    "KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ "
    "MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
    "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
    "SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI "
    "VN VU WF WS YE YT ZA ZM ZW XK"
)
COUNTRIES = frozenset(_COUNTRY_CODES.split())

# The shape of postal codes where a wrong one surely is a slip; other countries are not judged.
_POSTAL_SHAPES = {
    country: re.compile(shape)
    for country, shape in {
        "AT": r"\d{4}",
        "AU": r"\d{4}",
        "BE": r"\d{4}",
        "BR": r"\d{5}-?\d{3}",
        "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d",
        "CH": r"\d{4}",
        "DE": r"\d{5}",
        "DK": r"\d{4}",
        "ES": r"\d{5}",
        "FI": r"\d{5}",
        "FR": r"\d{5}",
        "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
        "IT": r"\d{5}",
        "JP": r"\d{3}-?\d{4}",
        "NL": r"\d{4} ?[A-Z]{2}",
        "NO": r"\d{4}",
        "PL": r"\d{2}-\d{3}",
        "PT": r"\d{4}-\d{3}",
        "SE": r"\d{3} ?\d{2}",
        "US": r"\d{5}(-\d{4})?",
    }.items()
}


def impossible(address: Address | None, *, physical: bool) -> str | None:
    """Return why nothing can be sent to `address`, or None when something can."""
    if address is None:
        return "There is no address to deliver to." if physical else None
    if address.country not in COUNTRIES:
        return f"{address.country} is not a country (ISO 3166-1 alpha-2)."
    if physical and not (address.line1 and address.line1.strip()):
        return "The address has no first line."
    if physical and not (address.city and address.city.strip()):
        return "The address has no city."
    return None


def doubt(address: Address | None) -> str | None:
    """Return what is odd about an address that is possible, or None."""
    if address is None:
        return None
    shape = _POSTAL_SHAPES.get(address.country)
    if shape is None:
        return None
    if not address.postal_code:
        return f"An address in {address.country} has a postal code; this one has none."
    if not shape.fullmatch(address.postal_code.strip().upper()):
        return f"{address.postal_code} is not a postal code of {address.country}."
    return None
