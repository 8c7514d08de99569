"""Money as integers of the smallest unit of an ISO 4217 currency; no float ever."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

# ISO 4217, List One: the currencies whose exponent is not 2, and those that have 2.
_WITHOUT_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_WITH_TWO = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
    "GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR "
    "LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
    "PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
    "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR "
    "ZMW ZWG"
)
_WITH_THREE = "BHD IQD JOD KWD LYD OMR TND"
_WITH_FOUR = "CLF UYW"
_EXPONENTS: dict[str, int] = {
    code: exponent
    for exponent, codes in (
        (0, _WITHOUT_DECIMALS),
        (2, _WITH_TWO),
        (3, _WITH_THREE),
        (4, _WITH_FOUR),
    )
    for code in codes.split()
}

CURRENCIES = frozenset(_EXPONENTS)
"""Every currency code that is accepted."""

LARGEST_MINOR = 10**15
"""No amount of one order may reach this; sums of many still fit a 64-bit integer."""


class UnknownCurrency(ValueError):  # noqa: N818  (it names what is wrong, as all refusals do)
    """The code is not a current ISO 4217 currency."""


def exponent_of(currency: str) -> int:
    """Return how many decimal digits `currency` has; raise UnknownCurrency."""
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(currency) from None


def round_half_up(amount: Decimal, currency: str) -> int:
    """Return `amount` (in whole units, any precision) in minor units, halves away from zero."""
    return int(amount.scaleb(exponent_of(currency)).quantize(Decimal(1), ROUND_HALF_UP))


def spread(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Split `total_minor` in proportion to `weights`, exactly: the parts sum to the total.

    Largest remainder, ties to the earlier part, so the same input gives the same parts. All-zero
    weights count as equal. Weights are not negative; the total may be. Raises ValueError if there
    is something to spread and nothing to spread it over.
    """
    if not weights:
        if total_minor:
            raise ValueError("nothing to spread an amount over")
        return []
    if total_minor == 0:
        return [0] * len(weights)
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    sign, amount = (-1, -total_minor) if total_minor < 0 else (1, total_minor)
    parts = [amount * weight // whole for weight in weights]
    left = amount - sum(parts)
    if left:
        # Sorting is stable, also in reverse: ties stay with the earlier part.
        remainders = [amount * weight % whole for weight in weights]
        by_remainder = sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)
        for i in by_remainder[:left]:
            parts[i] += 1
    return [sign * part for part in parts]
