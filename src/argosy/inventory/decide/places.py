"""What codes mean, and which times and days make sense. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec

from argosy.catalogue import Channel, Location, Network, Sku
from argosy.inventory.model import Refusal
from argosy.kernel.refusals import Refused

_TOLERATED = timedelta(minutes=1)  # Clocks of two machines differ a little.
_OLDEST_YEARS = 10
_FARTHEST_YEARS = 10


class Places(msgspec.Struct, frozen=True):
    """The catalogue as one caller may see it: `reach` are its locations, None when all are."""

    network: Network
    skus: Mapping[str, Sku]
    reach: frozenset[UUID] | None = None

    def sku(self, code: str, pointer: str = "/sku") -> Sku | Refused:
        """Return the stocked SKU called `code`, or why there is none."""
        sku = self.skus.get(code)
        if sku is None:
            return Refused(Refusal.SKU_UNKNOWN, f"There is no SKU {code}.", pointer)
        if sku.is_kit or sku.kind != "physical":
            what = "is a kit: name its components" if sku.is_kit else f"is {sku.kind}"
            return Refused(Refusal.SKU_NOT_STOCKED, f"{code} {what}; it has no stock.", pointer)
        return sku

    def location(self, code: str, pointer: str = "/location") -> Location | Refused:
        """Return the location called `code`, or why there is none in reach."""
        found = self.network.location_by_code(code)
        if found is None or not (self.reach is None or found.location_id in self.reach):
            return Refused(Refusal.LOCATION_UNKNOWN, f"There is no location {code}.", pointer)
        return found

    def channel(self, code: str, pointer: str = "/channel") -> Channel | Refused:
        """Return the channel called `code`, or why there is none."""
        found = self.network.channel_by_code(code)
        if found is None:
            return Refused(Refusal.CHANNEL_UNKNOWN, f"There is no channel {code}.", pointer)
        return found

    def place(self, sku: str, location: str) -> tuple[Sku, Location] | Refused:
        """Return SKU and location of a row, or what is wrong with it first."""
        found = self.sku(sku)
        if isinstance(found, Refused):
            return found
        where = self.location(location)
        return where if isinstance(where, Refused) else (found, where)


def moment_of(as_of: datetime | None, now: datetime, *, parts: int = 1) -> datetime | Refused:
    """Return the time that a count or feed speaks of, in UTC.

    A clock that runs a little fast is taken back to `now`, unless several parts must agree.
    """
    if as_of is None:
        return now
    if as_of > now + _TOLERATED:
        detail = "A count or feed speaks of a time that has passed; `as_of` has not."
        return Refused(Refusal.AS_OF_IN_THE_FUTURE, detail, "/as_of", {"now": now})
    if as_of.year < now.year - _OLDEST_YEARS:
        detail = f"`as_of` is more than {_OLDEST_YEARS} years ago."
        return Refused(Refusal.DATE_OUT_OF_RANGE, detail, "/as_of")
    return now if as_of > now and parts == 1 else as_of.astimezone(UTC)


def day_fault(day: date, now: datetime) -> Refused | None:
    """Return why stock cannot be expected on `day`, if so."""
    if now.year - 1 <= day.year <= now.year + _FARTHEST_YEARS:
        return None
    detail = f"Stock is expected from last year until {_FARTHEST_YEARS} years from now."
    return Refused(Refusal.DATE_OUT_OF_RANGE, detail, "/expected_on")
