"""The API's own description: OpenAPI, and pages made from it."""

from typing import Annotated, Any

from msgspec import Meta

from argosy.http_api import pages
from argosy.http_api.event_schemas import event_schemas
from argosy.kernel.http import PUBLIC, Answer, Problem, get

Tag = Annotated[str, Meta(max_length=50)]


@get("/openapi.json", permission=PUBLIC, summary="Get the OpenAPI document", tags=["system"])
async def get_openapi(services: Any) -> dict[str, Any]:
    """Return the description of this API, OpenAPI 3.1."""
    document: dict[str, Any] = services.openapi
    return document


@get(
    "/", permission=PUBLIC, summary="See the landing page", tags=["system"], media_type="text/html"
)
async def get_landing_page() -> Answer[bytes]:
    """Return a page that leads to the others."""
    return _page(pages.landing())


@get("/docs", permission=PUBLIC, summary="List the API", tags=["system"], media_type="text/html")
async def get_docs_index(services: Any) -> Answer[bytes]:
    """Return the page of all operations."""
    return _page(pages.index(services.openapi))


@get(
    "/docs/problems",
    permission=PUBLIC,
    summary="List problems and refusals",
    tags=["system"],
    media_type="text/html",
)
async def get_problems_page(services: Any) -> Answer[bytes]:
    """Return the page of every code that a problem may carry."""
    return _page(pages.problems_page(services.openapi))


@get(
    "/docs/events",
    permission=PUBLIC,
    summary="List events",
    tags=["system"],
    media_type="text/html",
)
async def get_events_page() -> Answer[bytes]:
    """Return the page of every event and its body."""
    return _page(pages.events_page(event_schemas()))


@get(
    "/docs/style.css",
    permission=PUBLIC,
    summary="Get the style of the pages",
    tags=["system"],
    media_type="text/css",
)
async def get_style() -> Answer[bytes]:
    """Return the style sheet of the pages."""
    return Answer(pages.style(), media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@get(
    "/docs/{tag}",
    permission=PUBLIC,
    summary="Read about a part of the API",
    tags=["system"],
    media_type="text/html",
)
async def get_docs_page(services: Any, tag: Tag) -> Answer[bytes]:
    """Return the page of the operations with a tag; `events-api` is that of the tag events."""
    found = pages.tag_page(services.openapi, tag.removesuffix("-api"))
    if found is None:
        raise Problem(404, "path_not_found", "Path not found", "There is no such page.")
    return _page(found)


def _page(body: bytes) -> Answer[bytes]:
    return Answer(body, media_type="text/html")


ROUTES = (
    get_landing_page,
    get_openapi,
    get_docs_index,
    get_problems_page,
    get_events_page,
    get_style,
    get_docs_page,
)
