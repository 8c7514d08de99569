"""What is answered when something is raised: never a 500 for what the client sent."""

import asyncio

import asyncpg
import msgspec
import structlog

from argosy.kernel.coalescer import Overloaded
from argosy.kernel.database import OUTAGES
from argosy.kernel.problems import FieldError, Problem, fault_of

log = structlog.get_logger("argosy.http")


def problem_from(error: BaseException) -> Problem:
    """Return the answer to `error`; what nobody foresaw is logged and becomes a 500."""
    if isinstance(error, Problem):
        return error
    foreseen = _of_server(error) or _of_database(error) or _of_input(error)
    if foreseen is not None:
        return foreseen
    log.error("request_failed", exc_info=error)
    detail = "Something went wrong here; the request id finds it in the log."
    return Problem(500, "internal_error", "Internal error", detail)


def _again(code: str, detail: str, seconds: int) -> Problem:
    title = code.replace("_", " ").capitalize()
    return Problem(503, code, title, detail, headers={"Retry-After": str(seconds)})


def _of_server(error: BaseException) -> Problem | None:
    match error:
        case Overloaded():
            detail = "Too many requests wait for the database; come again."
            return _again("overloaded", detail, error.retry_after_seconds)
        case asyncpg.QueryCanceledError() | TimeoutError() | asyncio.TimeoutError():
            log.warning("database_too_slow", exc_info=error)
            return _again("database_too_slow", "The database took too long; come again.", 5)
        case _ if isinstance(error, OUTAGES):
            log.warning("database_unreachable", error=f"{type(error).__name__}: {error}")
            detail = "The database does not answer; whether something was done is not known."
            return _again("database_unreachable", detail, 2)
        case asyncpg.SerializationError() | asyncpg.DeadlockDetectedError():
            return _again("contended", "Too many want the same at once; come again.", 1)
    return None


def _of_database(error: BaseException) -> Problem | None:
    """Return the answer to a row's own refusal: the guard behind a check that was missed."""
    match error:
        case asyncpg.DataError():
            log.warning("value_out_of_range", exc_info=error)
            detail = "A value does not fit: a number too large or a text that cannot be stored."
            fault = FieldError("", "value_out_of_range", detail)
            return Problem(422, "value_out_of_range", "Value out of range", detail, [fault])
        case asyncpg.UniqueViolationError():
            code, detail = "already_exists", "Something with this key exists already."
        case asyncpg.ForeignKeyViolationError():
            code, detail = "refers_to_unknown", "It refers to something that does not exist."
        case asyncpg.CheckViolationError() | asyncpg.ExclusionViolationError():
            code, detail = "rule_violated", "It would break a rule of what is stored."
        case _:
            return None
    log.warning(code, exc_info=error)
    facts = {"rule": error.constraint_name}
    return Problem(409, code, code.replace("_", " ").capitalize(), detail, facts=facts)


def _of_input(error: BaseException) -> Problem | None:
    match error:
        case msgspec.ValidationError():
            fault = fault_of(error)
            return Problem(422, "request_invalid", "Request invalid", fault.detail, [fault])
        case RecursionError():
            log.warning("nested_too_deeply", exc_info=error)
            return Problem(400, "nested_too_deeply", "Nested too deeply", "It nests too deeply.")
        case UnicodeEncodeError():
            detail = "A text holds characters that no UTF-8 can carry."
            return Problem(422, "invalid_text", "Invalid text", detail)
    return None
