"""What went wrong, as the API for apps says it: `{"code", "message", "status"}` and nothing else."""

from http import HTTPStatus

from quart import Response

from service.forum.errors import NotFound
from service.http.answer import answer_problem
from service.http.refusals import Problem

# Clients know 400, 429 and server errors, and what is refused before it is read.
TOLD_APART = {408, 413, 415, 429}

# What clients ask a site for that may not be there, by its code.
ANSWERED_AS = {"not_offered": HTTPStatus.NOT_FOUND}

NO_ROW = "No row was found when one was required"
# Strings that clients compare with: by PieFed's own sentences they tell what is not there from what failed.
SHOWN_AS_CODE = {
    "incorrect_login": "incorrect_login",
    "not_signed_in": "incorrect_login",
    "no_such_community": "error - unknown community. Please wait a sec and try again.",
    "no_such_person": NO_ROW,
    "not_a_mod": "Not a moderator",
}


def answer_app(error: Exception, problem: Problem) -> Response:
    """Return the answer to an app."""
    told_apart = problem.status in TOLD_APART or problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    status = ANSWERED_AS.get(problem.code, problem.status if told_apart else HTTPStatus.BAD_REQUEST)
    return answer_problem(problem, status, _message(error, problem))


def _message(error: Exception, problem: Problem) -> str:
    if isinstance(error, NotFound) and problem.message == NotFound.default_message:
        return NO_ROW
    return SHOWN_AS_CODE.get(problem.code, problem.message)
