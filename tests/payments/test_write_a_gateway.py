"""The how-to on gateways is true: its class works as it stands there, around a service of ours."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.payments import Gateway, PaymentAsk
from argosy.payments.commands import calls
from argosy.payments.model.gateway import gateway_names
from tests.payments.world import disagreements, money, place, rows, run, run_for, ship

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-gateway.md"


class Service:
    """A payment service that takes one call at a time, once per key; the first answer is lost."""

    def __init__(self) -> None:
        self.done: dict[str, Any] = {}
        self.asked: list[tuple[str, str]] = []

    async def post(self, path: str, *, key: str, **asked: Any) -> Any:
        self.asked.append((path, key))
        declined = asked["token"] == "bad"
        self.done[key] = SimpleNamespace(
            declined=declined,
            state="failed" if declined else "succeeded",
            reason="card_declined",
            text="The card was declined.",
            reference=f"shoppay:{key}",
            expires_at=None,
        )
        if len(self.asked) == 1:
            raise TimeoutError
        return self.done[key]

    async def find(self, *, key: str) -> Any:
        return self.done.get(key)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    """Install the gateway of the how-to for this test, with a service behind it."""
    service = Service()
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    room: dict[str, Any] = {"connect": lambda: service}
    exec("\n".join(each.removeprefix("   ") for each in code.split("\n")), room)  # noqa: S102
    known = calls.gateways

    def gateways(db: Database) -> dict[str, Gateway]:
        return {**known(db), "shoppay": room["make"](db)}

    monkeypatch.setattr(calls, "gateways", gateways)
    assert "shoppay" not in gateway_names()
    return service


async def test_the_gateway_of_the_how_to_takes_money_once(
    db: Database, clock: FixedClock, service: Service
) -> None:
    paid = [
        PaymentAsk("shoppay", "card", 1000, token="good"),
        PaymentAsk("shoppay", "card", 500, token="bad"),
    ]
    order_ids = [await place(db, clock, each) for each in paid]
    await run(db, clock)
    await run_for(db, clock, 2)
    await ship(db, clock, order_ids[0], (1, 1, 1000))
    await run(db, clock)
    await run_for(db, clock, 1)
    assert [(await money(db, each))["payment_status"] for each in order_ids] == [
        "captured",
        "failed",
    ]
    # The answer that was lost was looked up, and the call not made again.
    assert sorted(path for path, _ in service.asked) == ["/authorize", "/authorize", "/capture"]
    references = await rows(db, "select reference from gateway_reference where gateway = 'shoppay'")
    assert len(references) == 2
    assert await disagreements(db) == []
