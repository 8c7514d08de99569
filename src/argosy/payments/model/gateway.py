"""What a payment gateway is asked and what it answers; whoever writes one implements `Gateway`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from argosy.kernel.refusals import Refused
from argosy.kernel.settings import read_settings


class MovementKind(StrEnum):
    """What is done with money."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class MovementState(StrEnum):
    """How far a movement is: `unknown` means that nobody can tell whether it was done."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


FINAL = frozenset({MovementState.SUCCEEDED, MovementState.FAILED})

EXPIRED = "authorization_expired"
"""The code of a failed capture that a new authorization may cure."""

MANUAL = "manual"
SANDBOX = "sandbox"

ENTRY_POINTS = "argosy.gateways"
"""Where packages announce gateways: name = a callable that takes the Database."""


@cache
def gateway_names() -> frozenset[str]:
    """Return the names that payments may refer to: the house's gateways and installed ones.

    The sandbox is there unless it is switched off (`sandbox_gateway`).
    """
    house = {MANUAL, SANDBOX} if read_settings().sandbox_gateway else {MANUAL}
    return frozenset({*house, *entry_points(group=ENTRY_POINTS).names})


class Ask(Struct, frozen=True):
    """One call to a gateway. The same `key` is the same call, however often it is made.

    `token` stands for the buyer's means of payment, `reference` is the authorization's (for an
    authorization: of the expired one it renews, if any). Amounts are in minor units.
    """

    key: str
    kind: MovementKind
    order_id: UUID
    amount_minor: int
    currency: str
    method: str
    token: str | None = None
    reference: str | None = None


class Reply(Struct, frozen=True):
    """What a gateway answered to one call.

    `pending`: it has the call and will decide later. `failed`: it has decided, the money did not
    move, and `code` and `message` say why. `unknown`: it cannot be told whether the call was done;
    it is looked up, never repeated blindly. `reference` is the gateway's own name of the movement;
    of an authorization it is what later calls refer to. `amount_minor` is given when less was done
    than asked, `expires_at` for authorizations.
    """

    state: MovementState
    reference: str | None = None
    amount_minor: int | None = None
    code: str | None = None
    message: str | None = None
    expires_at: datetime | None = None


class Notice(Struct, frozen=True):
    """What a gateway tells by itself, by webhook or in its list of captures.

    `key` is that of our call, when it was one of ours; `hint` is whatever else may help a person
    to find the order.
    """

    kind: MovementKind
    reference: str
    amount_minor: int
    currency: str
    reply: Reply
    key: str | None = None
    order_id: UUID | None = None
    authorization_reference: str | None = None
    hint: dict[str, Any] = {}


class Gateway(Protocol):
    """A payment gateway. Every method takes many and returns one answer for each, in order.

    None of them raises for what a single call meets: a time-out is the answer `unknown`. What one
    raises all the same counts as `unknown` for every call of the set.
    """

    @property
    def name(self) -> str:
        """The name under which payments refer to it."""
        ...

    async def authorize(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Set money of the buyer aside."""
        ...

    async def capture(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Take money that was set aside, in as many parts as are asked for."""
        ...

    async def void(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Let go of money that was set aside and will not be taken."""
        ...

    async def refund(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Give money back that was taken."""
        ...

    async def look_up(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply | None]:
        """Say what became of calls, by their keys; None where the gateway never heard of one."""
        ...

    async def list_captures(
        self, since: datetime, until: datetime, after: str | None, limit: int
    ) -> Sequence[Notice]:
        """Return captures made in (since, until] in order, those after the reference `after`."""
        ...

    async def read_webhook(
        self, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> Sequence[Notice] | Refused:
        """Check the signature of a webhook and return what it tells; header names lower case."""
        ...
