"""The one table from errors to answers: status, page or JSON, and when to try again."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

import structlog
from quart import Quart, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from service.forum import errors as forum
from service.http.context import route
from service.http.doors import Door, door_of
from service.http.refusals import (
    BodyRefused,
    CrossSite,
    Disabled,
    LimitsUnknown,
    NotOffered,
    Overloaded,
    Problem,
    TooManyAtOnce,
    TooSlow,
    WrongNetwork,
    WrongSecret,
)
from service.language import _
from service.media import errors as media
from service.storage.transaction import Busy, OutcomeUnknown, StorageError, Unavailable, WriteConflict

log = structlog.get_logger()

# What a door makes of an error and its description.
Answer = Callable[[Exception, Problem], Response]

# The first class that fits, counts: the special ones stand before the general ones.
STATUS: tuple[tuple[type[Exception], int], ...] = (
    (forum.NotFound, 404),
    (forum.Gone, 410),
    (forum.NotSignedIn, 401),
    (forum.BadCredentials, 401),
    (forum.Locked, 423),
    (forum.AwaitingApproval, 403),
    (forum.Unverified, 403),
    (forum.Forbidden, 403),
    (forum.Invalid, 422),
    (forum.Conflict, 409),
    (forum.TooMany, 429),
)

TROUBLE: tuple[tuple[type[Exception], Problem], ...] = (
    (
        Overloaded,
        Problem(
            503, "overloaded", _("The site is very busy right now. Try again in a moment."), retry_after=5
        ),
    ),
    (
        TooManyAtOnce,
        Problem(
            429,
            "too_many_at_once",
            _("Too many requests from your IP address at once. Try again in a moment."),
            retry_after=5,
        ),
    ),
    (
        TooSlow,
        Problem(
            503, "too_slow", _("This took too long and was stopped. Try again in a moment."), retry_after=10
        ),
    ),
    (Disabled, Problem(403, "feature_disabled", _("This API is turned off."))),
    (NotOffered, Problem(404, "not_offered", _("This site doesn't support that."))),
    (WrongNetwork, Problem(403, "ip_unauthorized", _("Your IP address isn't allowed to use this API."))),
    (WrongSecret, Problem(401, "invalid_secret", _("The X-PieFed-Secret header is missing or incorrect."))),
    (
        LimitsUnknown,
        Problem(
            503,
            "limits_unknown",
            _("Changes can't be saved right now because rate limits can't be checked. Try again soon."),
            retry_after=5,
        ),
    ),
    (
        CrossSite,
        Problem(403, "csrf", _("This form has expired. Go back, reload the page and send it again.")),
    ),
    (Busy, Problem(503, "busy", _("The site is very busy right now. Try again in a moment."), retry_after=2)),
    (
        OutcomeUnknown,
        Problem(
            503,
            "outcome_unknown",
            _("The connection was lost while saving. Check that your change was saved."),
            retry_after=5,
        ),
    ),
    (
        Unavailable,
        Problem(503, "unavailable", _("The site can't reach its database. Try again soon."), retry_after=5),
    ),
    (
        WriteConflict,
        Problem(409, "conflict", _("Someone else changed this at the same time. Try again.")),
    ),
    (
        StorageError,
        Problem(503, "unavailable", _("The site can't reach its database. Try again soon."), retry_after=5),
    ),
    (
        media.MediaBusy,
        Problem(
            503,
            "media_busy",
            _("Too many images are waiting to be processed. Try again in a moment."),
            retry_after=10,
        ),
    ),
    (
        media.ChildDied,
        Problem(503, "media_failed", _("This image couldn't be processed. Try again."), retry_after=5),
    ),
    (
        media.TookTooLong,
        Problem(422, "bad_image", _("This image takes too long to process. Use a smaller one.")),
    ),
    (
        media.StoreUnavailable,
        Problem(
            503,
            "store_unavailable",
            _("The site can't reach its image storage. Nothing was saved. Try again soon."),
            retry_after=10,
        ),
    ),
    (
        media.StoreFull,
        Problem(
            507,
            "disk_full",
            _("The image storage is full. Please tell an administrator."),
            retry_after=300,
        ),
    ),
    (
        media.StoreFailed,
        Problem(
            503,
            "store_refuses",
            _(
                "The image storage isn't accepting new images. Nothing was saved. Please tell an administrator."
            ),
            retry_after=60,
        ),
    ),
)


def register_errors(app: Quart, answers: Mapping[Door, Answer], count_refusal: Callable[[str], None]) -> None:
    """Make every error of the app one of the table's answers.

    Parameters:
        answers: how each door says what went wrong.
        count_refusal: is told the code of each refusal for want of room.
    """

    async def answer_error(error: Exception) -> Response:
        problem = describe(error)
        _write_down(error, problem)
        if problem.status == HTTPStatus.SERVICE_UNAVAILABLE or isinstance(error, TooManyAtOnce):
            count_refusal(problem.code)
        response = answers[door_of(request.path)](error, problem)
        if problem.retry_after is not None:
            response.headers["Retry-After"] = str(problem.retry_after)
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return response

    app.register_error_handler(Exception, answer_error)


def describe(error: Exception) -> Problem:
    """Look `error` up in the table; what is not in it is our own fault, and says nothing about itself."""
    if isinstance(error, forum.ForumError):
        return _describe_refusal(error)
    if isinstance(error, media.Rejected):
        return Problem(422, "bad_image", str(error), {"image": str(error)})
    if isinstance(error, BodyRefused):
        fields = {error.field: error.message} if error.field else {}
        return Problem(error.status, error.code, error.message, fields, error.retry_after, error.field)
    if isinstance(error, HTTPException):
        return _describe_http(error)
    for kind, problem in TROUBLE:
        if isinstance(error, kind):
            return problem
    return Problem(500, "internal_error", _("Something went wrong on our side. The error has been logged."))


def _describe_refusal(error: forum.ForumError) -> Problem:
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 400)
    fields = error.fields if isinstance(error, forum.Invalid) else {}
    retry_after = error.retry_after if isinstance(error, forum.TooMany) else None
    return Problem(status, error.code, error.message, fields, retry_after, error.field, error.details)


HTTP_MESSAGES = {
    400: _("We couldn't read this request."),
    404: _("There's nothing here."),
    405: _("This URL doesn't accept this kind of request."),
}


def _describe_http(error: HTTPException) -> Problem:
    status = error.code or 500
    message = HTTP_MESSAGES.get(status) or error.description or HTTPStatus(status).phrase
    return Problem(status, HTTPStatus(status).phrase.lower().replace(" ", "_"), message)


def _write_down(error: Exception, problem: Problem) -> None:
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request_failed", route=route(), method=request.method, exc_info=error)
    elif problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        log.warning("request_refused", route=route(), code=problem.code, error=error.__cause__ or error)
