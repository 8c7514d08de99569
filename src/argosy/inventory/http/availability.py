"""What can be had where, when, and what may be promised: the question that shops ask."""

import msgspec

from argosy.inventory.http.answering import status_of
from argosy.inventory.model import Refusal
from argosy.inventory.model.availability import AskAvailability, Availability
from argosy.inventory.reads import find_availability
from argosy.kernel.bodies import BodyDecoder
from argosy.kernel.http import HotHandler, HotRequest, Services, hot_route, refuse
from argosy.kernel.refusals import Refused

_question: BodyDecoder[AskAvailability] = BodyDecoder(AskAvailability)
_encode = msgspec.json.Encoder().encode


@hot_route(
    "POST",
    "/v1/availability",
    permission="inventory:read",
    request_type=AskAvailability,
    response_type=Availability,
    summary="Ask for availability and promises",
    tags=("inventory",),
    refuses=[
        Refusal.CHANNEL_UNKNOWN,
        Refusal.LOCATION_UNKNOWN,
        Refusal.LOCATION_GROUP_UNKNOWN,
        Refusal.METHOD_UNKNOWN,
        Refusal.TOO_MANY_POSITIONS,
    ],
    scoped=True,
)
def ask_availability(services: Services) -> HotHandler:
    """Return for up to 1,000 SKUs or kits what is on hand, can be promised now and later, and when.

    For a channel, a location group, some locations or all; with a method and an address the promise
    says when the goods would arrive. Nothing is set aside: that is what `/v1/reservations` does.
    """

    async def answer(request: HotRequest) -> tuple[int, bytes]:
        asked = _question.decode(request.body)
        access = request.access
        async with services.db.reading() as tx:
            found = await find_availability(
                tx,
                asked,
                channels=access.channel_ids,
                reach=access.location_ids,
                now=services.clock.now(),
            )
        if isinstance(found, Refused):
            refuse(found, status=status_of(found))
        return 200, _encode(found)

    return answer


routes = (ask_availability,)
