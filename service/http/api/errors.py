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

# Strings that clients compare with: by PieFed's own sentences they tell what is not there from what failed.
SHOWN_AS_CODE = {
    "incorrect_login": "incorrect_login",
    "not_signed_in": "incorrect_login",
    "no_such_community": "error - unknown community. Please wait a sec and try again.",
    "no_such_person": "No row was found when one was required",
    "not_a_mod": "Not a moderator",
}
# The same for what is said of everything.
SAID_AS = {NotFound.default_message: "No row was found when one was required"}


def answer_app(error: Exception, problem: Problem) -> Response:
    """Return the answer to an app."""
    told_apart = problem.status in TOLD_APART or problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    status = ANSWERED_AS.get(problem.code, problem.status if told_apart else HTTPStatus.BAD_REQUEST)
    message = SHOWN_AS_CODE.get(problem.code) or SAID_AS.get(problem.message, problem.message)
    return answer_problem(problem, status, message)
