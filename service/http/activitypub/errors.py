"""What went wrong, as other servers are told it."""

from quart import Response

from service.http.answer import answer_problem
from service.http.refusals import Problem


def answer_server(error: Exception, problem: Problem) -> Response:
    """Return the answer to a server."""
    return answer_problem(problem, problem.status, problem.message)
