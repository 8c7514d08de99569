"""What the routes of webhooks share: which refusal is which status."""

from typing import Annotated, NoReturn

from msgspec import Meta

from argosy.kernel.http import (
    Services,
    refuse,
)
from argosy.kernel.outgoing import Guard
from argosy.kernel.refusals import Refused
from argosy.webhooks.model import (
    Refusal,
)

_Position = Annotated[int, Meta(ge=0, le=2**62)]
_Text = Annotated[str, Meta(max_length=100)]
URL_REFUSALS = [Refusal.URL_INVALID, Refusal.HOST_UNKNOWN, Refusal.ADDRESS_REFUSED]
_UNPROCESSABLE = {*URL_REFUSALS, Refusal.CHANNEL_UNKNOWN, Refusal.RANGE_INVALID}
_MISSING = {Refusal.WEBHOOK_ENDPOINT_NOT_FOUND, Refusal.WEBHOOK_DELIVERY_NOT_FOUND}
TAGS = ["webhooks"]


def refuse_as(refused: Refused) -> NoReturn:
    """Raise the problem of `refused` with its status."""
    if refused.code in _MISSING:
        refuse(refused, status=404)
    if refused.code is Refusal.ENDPOINT_CHANGED_MEANWHILE:
        refuse(refused, status=412)
    refuse(refused, status=422 if refused.code in _UNPROCESSABLE else 409)


def guard_of(services: Services) -> Guard:
    """Return which addresses this installation may call."""
    return Guard(services.settings.outgoing_allow)
