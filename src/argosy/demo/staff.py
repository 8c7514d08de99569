"""The people at the locations and the carriers, played over the HTTP API.

What somebody does, and when, follows from the number of the fulfillment order alone: nothing needs
to be remembered between two runs. Each step is due some hours after the work was given out.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from argosy.demo.api import Api
from argosy.demo.people import Draw, share

SLOW_PERCENT = 5
REJECTED_PERCENT = 1.5
SHORT_PERCENT = 3
LATE_PARCELS_PERCENT = 4

_CARRIERS = {"standard": ("northpost", "NP"), "express": ("swiftline", "SW")}
_REASONS = ("damaged", "not found on the shelf", "too busy today")

Row = Mapping[str, Any]


class Due(Struct, frozen=True):
    """Hours after a fulfillment order was given out at which each step is due."""

    accept: float
    pick: float
    pack: float
    ship: float
    scan: float
    arrive: float


def due_of(row: Row) -> Due:
    """Return when each step of a fulfillment order is due."""
    draw = Draw(f"work/{row['number']}")
    accept = draw.below(30) / 10
    pick = accept + 0.5 + draw.below(40) / 10
    if share(f"slow/{row['number']}", SLOW_PERCENT):
        pick += 26 + draw.below(20)
    pack = pick + 0.3 + draw.below(15) / 10
    ship = pack + 0.5 + draw.below(30) / 10
    if row["kind"] == "pickup":
        arrive = ship + 3 + draw.below(40)
    elif row["method_code"] == "express":
        arrive = ship + 16 + draw.below(8)
    else:
        arrive = ship + 22 + draw.below(26)
    if share(f"late/{row['number']}", LATE_PARCELS_PERCENT):
        arrive += 60
    return Due(accept, pick, pack, ship, ship + 4, arrive)


class Staff:
    """Everybody who works for the demo business, at a pace and by one clock.

    `hour` is how long an hour of work takes. With `hurry` everything is due at once: it brings what
    has begun to its end. `since` and `until` narrow it to work that was given out then.
    """

    def __init__(self, api: Api, *, hour: timedelta = timedelta(hours=1)) -> None:
        self.api = api
        self.hour = hour
        self.hurry = False
        self.since: datetime | None = None
        self.until: datetime | None = None
        self._codes: dict[str, str] = {}

    async def work(self, now: datetime, before: datetime) -> int:
        """Do what is due at `now`; `before` is when this was done last. Return how much it was."""
        done = await self._begin(now)
        done += await self._pick(now)
        done += await self._steps("pack", ["picked"], now, lambda due: due.pack)
        done += await self._send(now)
        done += await self._hand_out(now)
        return done + await self._carry(now, before)

    async def _open(self, states: Iterable[str]) -> list[Row]:
        query: dict[str, Any] = {"status": list(states)}
        return [
            row
            async for row in self.api.each("/v1/fulfillment-orders", **query)
            if (self.since is None or _moment(row["created_at"]) >= self.since)
            and (self.until is None or _moment(row["created_at"]) < self.until)
        ]

    def _is_due(self, row: Row, hours: float, now: datetime) -> bool:
        return self.hurry or _moment(row["created_at"]) + hours * self.hour <= now

    async def _take(self, verb: str, items: list[dict[str, Any]]) -> int:
        """Ask for a step on many; return how many were done. Held orders are refused."""
        if not items:
            return 0
        outcomes = await self.api.batch(f"/v1/fulfillment-orders/{verb}/batch", items)
        for outcome in outcomes:
            done = outcome.get("done") or {}
            if done.get("pickup_code"):
                self._codes[outcome["fulfillment_order_id"]] = done["pickup_code"]
        return sum(outcome["status"] == "done" for outcome in outcomes)

    async def _steps(
        self, verb: str, states: list[str], now: datetime, when: Callable[[Due], float]
    ) -> int:
        rows = await self._open(states)
        return await self._take(
            verb, [_named(row) for row in rows if self._is_due(row, when(due_of(row)), now)]
        )

    async def _begin(self, now: datetime) -> int:
        """Accept what came in; some is turned down, and vendors are handed over theirs."""
        accepted, rejected, handed = [], [], []
        for row in await self._open(["open"]):
            if row["kind"] == "digital" or not self._is_due(row, due_of(row).accept, now):
                continue
            if row["kind"] == "drop_ship":
                handed.append(_named(row) | {"vendor_reference": f"V-{row['number']}"})
            elif share(f"reject/{row['number']}", REJECTED_PERCENT):
                reason = Draw(f"reason/{row['number']}").one_of(list(_REASONS))
                rejected.append(_named(row) | {"reason": reason})
            else:
                accepted.append(_named(row))
        done = await self._take("accept", accepted)
        done += await self._take("reject", rejected)
        return done + await self._take("hand-over", handed)

    async def _pick(self, now: datetime) -> int:
        items = []
        for row in await self._open(["accepted"]):
            if not self._is_due(row, due_of(row).pick, now):
                continue
            item = _named(row)
            if share(f"short/{row['number']}", SHORT_PERCENT):
                item |= await self._short_pick(row)
            items.append(item)
        return await self._take("pick", items)

    async def _short_pick(self, row: Row) -> dict[str, Any]:
        """Return a pick that misses a unit of the first line that has more than one."""
        detail = await self.api.get(f"/v1/fulfillment-orders/{row['fulfillment_order_id']}")
        lines = []
        missing = 1
        for line in detail["lines"]:
            left = line["quantity"] - line["short"] - line["canceled"] - line["picked"]
            if left <= 0:
                continue
            short = missing if line["per_unit"] == 1 and left > missing else 0
            missing -= short
            lines.append({"line_no": line["line_no"], "picked": left - short, "short": short})
        return {"lines": lines, "correct_stock": True} if lines else {}

    async def _send(self, now: datetime) -> int:
        parcels, pickups = [], []
        for row in await self._open(["packed"]):
            if not self._is_due(row, due_of(row).ship, now):
                continue
            if row["kind"] == "pickup":
                pickups.append(_named(row))
            else:
                carrier, number = _parcel(row)
                parcels.append(_named(row) | {"carrier": carrier, "tracking_number": number})
        return await self._take("ship", parcels) + await self._take("ready", pickups)

    async def _hand_out(self, now: datetime) -> int:
        """Let buyers come for their goods, with the code or with a paper that says who they are."""
        items = []
        for row in await self._open(["ready_for_pickup"]):
            if self._is_due(row, due_of(row).arrive, now):
                code = self._codes.get(row["fulfillment_order_id"])
                shown = {"identity_checked": True} if code is None else {"code": code}
                items.append(_named(row) | shown)
        return await self._take("collect", items)

    async def _carry(self, now: datetime, before: datetime) -> int:
        """Let carriers say where parcels are: scanned once, then delivered."""
        events = []
        for row in await self._open(["shipped"]):
            due = due_of(row)
            scanned_at = _moment(row["created_at"]) + due.scan * self.hour
            if self._is_due(row, due.arrive, now):
                events.append(_event(row, "delivered", now))
            elif before < scanned_at <= now:
                events.append(_event(row, "in_transit", now))
        outcomes = await self.api.batch("/v1/tracking-events", events) if events else []
        return sum(each["status"] == "done" and not each.get("repeated") for each in outcomes)


def _named(row: Row) -> dict[str, Any]:
    return {"fulfillment_order_id": row["fulfillment_order_id"]}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _parcel(row: Row) -> tuple[str, str]:
    carrier, letters = _CARRIERS.get(row["method_code"], _CARRIERS["standard"])
    return carrier, f"{letters}{row['number']}GB"


def _event(row: Row, status: str, now: datetime) -> dict[str, Any]:
    carrier, number = _parcel(row)
    return {
        "carrier": carrier,
        "tracking_number": number,
        "event_id": f"{number}-{status}",
        "status": status,
        "occurred_at": now,
    }
