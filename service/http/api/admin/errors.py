"""The words of the administrator's API for what goes wrong."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from quart import Response

from service.http.answer import answer
from service.http.refusals import Problem

BAD_REQUEST, NOT_FOUND, CONFLICT, UNPROCESSABLE = 400, 404, 409, 422

# Our words -> those that the callers of the fork know.
KNOWN_WORDS = {
    "name_taken": "user_exists",
    "email_taken": "user_exists",
    "invalid": "validation_failed",
}
FIELDS = {"name": "username", "title": "display_name", "about": "bio"}


class AdminError(msgspec.Struct, frozen=True):
    """A refusal."""

    error: Annotated[str, Meta(description="A word for programs, such as validation_failed.")]
    message: Annotated[str, Meta(description="A sentence for people.")]
    success: bool = False
    details: Annotated[dict[str, Any], Meta(description="Further facts, such as field_errors.")] = {}


def answer_system(error: Exception, problem: Problem) -> Response:
    """Return the answer to another system."""
    status, body = shape(problem)
    return answer(body, status)


def field_errors(problem: Problem) -> dict[str, str]:
    """Return a sentence for each input at fault, by the name that the API gives it."""
    fields = problem.fields or ({problem.field: problem.message} if problem.field else {})
    return {FIELDS.get(name, name): words for name, words in fields.items()}


def shape(problem: Problem) -> tuple[int, AdminError]:
    """Return status and body; what contradicts itself or what is there already is a bad request, as documented."""
    status = BAD_REQUEST if problem.status in {CONFLICT, UNPROCESSABLE} else problem.status
    details = dict(problem.details)
    if found := field_errors(problem):
        details["field_errors"] = found
    return status, AdminError(word_of(problem), problem.message, details=details)


def word_of(problem: Problem) -> str:
    """Return the word under which the caller, and the audit log, know a problem."""
    if problem.status == NOT_FOUND:
        return "user_not_found"
    return KNOWN_WORDS.get(problem.code, problem.code)
