"""Every code that a problem may carry: those of the application, and the refusals of contexts."""

import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

GENERAL: dict[str, tuple[int, str]] = {
    "malformed_json": (400, "The body is not JSON."),
    "invalid_utf8": (400, "The body is not valid UTF-8."),
    "body_missing": (400, "The request needs a JSON body."),
    "nested_too_deeply": (400, "The body nests too deeply."),
    "length_invalid": (400, "Content-Length is no number."),
    "path_invalid": (400, "The path is not valid UTF-8."),
    "parameter_invalid": (400, "A query, path or header parameter is not what it may be."),
    "parameter_unknown": (400, "There is no such query parameter."),
    "cursor_invalid": (400, "`after` is not the `next_after` of a page of this list."),
    "channel_unknown": (400, "There is no such channel."),
    "key_missing": (401, "No API key was sent."),
    "key_unknown": (401, "There is no such API key."),
    "key_expired": (401, "The API key has ended."),
    "key_revoked": (401, "The API key was revoked."),
    "permission_missing": (403, "The key lacks the permission that the route names."),
    "limited_key": (403, "A key that is limited to channels or locations cannot do this."),
    "path_not_found": (404, "There is nothing at this path."),
    "method_not_allowed": (405, "The path takes other methods; `Allow` lists them."),
    "request_in_flight": (409, "The first request with this Idempotency-Key still runs."),
    "idempotency_key_reused": (409, "The Idempotency-Key belongs to another request."),
    "already_exists": (409, "Something with this key exists already."),
    "refers_to_unknown": (409, "It refers to something that does not exist."),
    "rule_violated": (409, "It would break a rule of what is stored."),
    "version_mismatch": (412, "It is at another version than If-Match says."),
    "body_too_slow": (408, "The body did not come within two minutes."),
    "body_too_large": (413, "The body has more bytes than ARGOSY_BODY_LIMIT_BYTES."),
    "media_type_unsupported": (415, "The body is not said to be JSON."),
    "request_invalid": (422, "The body is JSON but not what is asked for; see `errors`."),
    "idempotency_key_invalid": (422, "The Idempotency-Key is empty, too long or not printable."),
    "value_out_of_range": (422, "A value does not fit where it is to be stored."),
    "invalid_text": (422, "A text holds characters that no UTF-8 can carry."),
    "too_many_requests": (429, "The key asks more often than it may; see `Retry-After`."),
    "internal_error": (500, "A fault of the server; the request id finds it in the log."),
    "overloaded": (503, "Too many requests wait for the database; see `Retry-After`."),
    "contended": (503, "Too many want the same at once; come again."),
    "database_unreachable": (503, "The database does not answer."),
    "database_too_slow": (503, "The database took too long."),
}


def refusals(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return every refusal with the contexts that may give it.

    Those of the contexts that are imported, and what the operations of an OpenAPI document name
    besides, such as `order_not_found`.
    """
    found: dict[str, set[str]] = {}
    for methods in document["paths"].values():
        for operation in methods.values():
            for code in operation["x-refuses"]:
                if code.endswith("_not_found"):
                    found.setdefault(code, set()).add(operation["tags"][0])
    for name, module in sorted(sys.modules.items()):
        if not name.startswith("argosy.") or module is None:
            continue
        for each in vars(module).values():
            if isinstance(each, type) and issubclass(each, StrEnum) and each.__name__ == "Refusal":
                context = each.__module__.split(".")[1]
                for member in each:
                    found.setdefault(member.value, set()).add(context)
    return {code: sorted(contexts) for code, contexts in sorted(found.items())}
