"""Documents of posts and comments, and what was said below them.

The things themselves stand at the addresses of their pages: see `pages`.

Source: FEP-7888 (context), FEP-f228 (replies)
"""

from collections.abc import Sequence

from quart import Blueprint, Response, redirect, request

from service.federation.origin import host_of, same_origin
from service.federation.origin import is_id as is_id_of_thing
from service.federation.queries import collections as listed
from service.federation.queries.content import comments, posts, thing_by_url
from service.federation.vocabulary import Document
from service.federation.write import collections, quotes
from service.federation.write import content as write
from service.federation.write.rows import CommentRow, PostRow
from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.checks import is_id
from service.forum.errors import NotFound
from service.forum.quotes import is_revoked
from service.http.activitypub.documents import CONTENT, LISTS, answer, refusal
from service.http.activitypub.readers import admit
from service.http.context import intake, resources

blueprint = Blueprint("content", __name__)
blueprint.register_error_handler(Exception, refusal)

WHOLE = 50  # comments that a collection has whole; of others it has the ids


async def post(post_id: int) -> Response:
    """Return the document of a post; one of another server's is there."""
    row = await _post(post_id)
    for_everybody = await admit(row.standing, write.type_of(row), place=row.place.id)
    if row.author.instance_id != LOCAL_INSTANCE:
        return _elsewhere(row.url)
    return answer(write.post(row), CONTENT, for_everybody=for_everybody, page=row.page)


async def comment(comment_id: int) -> Response:
    """Return the document of a comment; one of another server's is there."""
    row = await _comment(comment_id)
    for_everybody = await admit(row.standing, "Note", place=row.place.id)
    if row.author.instance_id != LOCAL_INSTANCE:
        return _elsewhere(row.url)
    return answer(write.comment(row), CONTENT, for_everybody=for_everybody, page=row.url)


@blueprint.get("/post/<int:post_id>/context")
async def context(post_id: int) -> Response:
    """Return the ids of a post and of all that was said below it, the oldest first."""
    row = await _post(post_id)
    for_everybody = await admit(row.standing, "OrderedCollection", place=row.place.id)
    async with resources().database.read() as db:
        said = await listed.comments_below(db, row.id)
    document = collections.context(row.context, row, [url for _, url in said])
    return answer(document, LISTS, for_everybody=for_everybody)


@blueprint.get("/post/<int:post_id>/replies")
async def replies(post_id: int) -> Response:
    """Return what was said below a post."""
    row = await _post(post_id)
    for_everybody = await admit(row.standing, "OrderedCollection", place=row.place.id)
    async with resources().database.read() as db:
        said = await listed.comments_below(db, row.id)
    return answer(await _said(row.replies, said), LISTS, for_everybody=for_everybody)


@blueprint.get("/comment/<int:comment_id>/replies")
async def answers(comment_id: int) -> Response:
    """Return the direct answers to a comment."""
    row = await _comment(comment_id)
    for_everybody = await admit(row.standing, "OrderedCollection", place=row.place.id)
    async with resources().database.read() as db:
        said = await listed.answers_to(db, row.id)
    return answer(await _said(row.replies, said), LISTS, for_everybody=for_everybody)


@blueprint.get(quotes.FOLDER)
async def stamp() -> Response:
    """Return our word that something of ours may be quoted, as long as it is there for everybody and not taken back."""
    quoted, _, quoting = request.args.get("stamp", "").partition(";")
    domain = resources().config.site.domain
    identity = quotes.stamp_id(domain, quoted, quoting)
    async with resources().database.read() as db:
        row = await thing_by_url(db, quoted, domain) if _may_quote(quoting) else None
        is_given = row is not None and not await is_revoked(db, identity)
    if row is None or row.author.instance_id != LOCAL_INSTANCE or row.standing == "members" or not is_given:
        raise NotFound("There is no such stamp here.")
    for_everybody = await admit(row.standing, "QuoteAuthorization", place=row.place.id)
    document = quotes.stamp(identity, row.author.url, quoted, quoting)
    return answer(document, CONTENT, for_everybody=for_everybody)


def _may_quote(url: str) -> bool:
    return is_id_of_thing(url) and intake().fetcher.may_ask(host_of(url) or "")


async def _said(identity: str, said: Sequence[tuple[int, str]]) -> Document:
    """Return comments as a collection: ours whole, as far as they are not too many; of others' only they can speak."""
    domain = resources().config.site.domain
    ours = [id_ for id_, url in said if same_origin(url, identity)][:WHOLE]
    async with resources().database.read() as db:
        known = await comments(db, ours, domain)
    items = [write.comment(known[id_]) if id_ in known else url for id_, url in said]
    return collections.replies(identity, items)


async def _post(post_id: int) -> PostRow:
    rows = {}
    if is_id(post_id):
        async with resources().database.read() as db:
            rows = await posts(db, [post_id], resources().config.site.domain)
    if post_id not in rows:
        raise NotFound("There is no such post here.")
    return rows[post_id]


async def _comment(comment_id: int) -> CommentRow:
    rows = {}
    if is_id(comment_id):
        async with resources().database.read() as db:
            rows = await comments(db, [comment_id], resources().config.site.domain)
    if comment_id not in rows:
        raise NotFound("There is no such comment here.")
    return rows[comment_id]


def _elsewhere(url: str) -> Response:
    return redirect(url, 301)  # type: ignore[return-value]
