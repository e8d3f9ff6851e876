"""Posts and comments: they stand, change, go and come back."""

from contextlib import suppress

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.errors import NotTheirs, Refused
from service.federation.origin import same_origin
from service.federation.read.content import Content
from service.federation.receive import who
from service.federation.receive.act import Act, Ignored
from service.federation.receive.burying import as_told_by, bury
from service.federation.receive.effects import messages, polls, writing
from service.federation.receive.known import Group, Known, Person, Thing
from service.forum.accounts.author import Author
from service.forum.comments import operations as comments
from service.forum.comments.operations.publishing import NewComment, SentComment
from service.forum.errors import ForumError
from service.forum.moderation.branches import want_answers_removed
from service.forum.posts import operations as posts
from service.forum.posts.operations import PostChanges, SentPost
from service.storage.once import once
from service.storage.tables import Language

LONGEST_CODE = 5  # characters of a language's code, as the column has it


def place_of(act: Act) -> Group | None:
    """Return where something that was written belongs."""
    content = act.step.content
    return place_for(content, act.known, act.step.activity.via) if content is not None else None


def place_of_change(act: Act) -> Group | None:
    """Return where something stands, or where it would if it had come before."""
    return act.known.place_of(act.object) if isinstance(act.object, Thing) else place_of(act)


def place_for(content: Content, known: Known, via: str | None) -> Group | None:
    """Return the community of what it answers, else the one that announced it, else the first that it names."""
    parent = known.thing(content.parent)
    if parent is not None:
        return known.place_of(parent)
    named = [known.group(one) for one in (*content.addressed, *content.groups)]
    groups = [one for one in named if one is not None]
    announcer = known.group(via)
    if announcer is not None and (announcer in groups or not groups):
        return announcer
    return next(iter(groups), None)


async def stand(session: AsyncSession, act: Act) -> bool:
    """Let something that was written stand here, once; votes in polls and private messages are known by their form."""
    content = act.step.content
    if content is None:
        raise Refused("malformed", "There is nothing in it.")
    if content.is_choice and isinstance(act.known.find(content.parent), Thing):
        return await polls.choose(session, act, content)
    if content.is_message or _answers_in_private(act, content):
        await messages.arrive(session, act, content)
        return False  # whatever it answers: no community tells of it
    if act.object is not None:
        return False
    if not act.known.buried.isdisjoint({content.id, as_told_by(act.step.activity.via, content.id)}):
        raise Ignored("deleted", "That was deleted before it came.")
    author = act.known.authors.get(_person(act.known, content.author).id)
    if author is None:
        raise Refused("actor", "Its author is deleted.")
    announce_id = act.step.activity.via
    made = await _publish(
        session,
        content,
        act.known,
        author,
        act.place,
        domain=act.domain,
        create_id=act.step.activity.id,
        announce_id=announce_id,
        is_history=not writing.is_news(content, act.now),
    )
    act.made = made
    return made is not None


async def stand_fetched(
    session: AsyncSession, content: Content, known: Known, *, domain: str, via: str | None, is_history: bool
) -> None:
    """Let something stand that was fetched from its own server.

    Parameters:
        via: the community that named it.

    Raises:
        Refused, ForumError: it may not stand here.
    """
    author = known.authors.get(_person(known, content.author).id)
    if author is None:
        raise Refused("actor", "Its author is deleted.")
    place = place_for(content, known, via)
    await _publish(
        session,
        content,
        known,
        author,
        place,
        domain=domain,
        create_id=None,
        announce_id=place.url if place is not None and not place.local else None,
        is_history=is_history,
    )


async def change(session: AsyncSession, act: Act) -> bool:
    """Change what stands here: everything by its author, what moderators may by them; what never came comes now."""
    content, found = act.step.content, act.object
    if content is None or found is None:
        who.writer(act)
        return await stand(session, act)
    if not isinstance(found, Thing):
        raise Ignored("no rule", "That is no post or comment.")
    if found.deleted:
        raise Ignored("deleted", "What was deleted is not changed.")
    known = _person(act.known, act.step.activity.actor)
    provenance = writing.provenance_of(content, known.instance_id, create_id=None, announce_id=None)
    language_id = await language(session, content.language)
    is_author = found.author_id == act.author.id
    if found.kind == "comment":
        if not is_author:
            raise NotTheirs("That is somebody else's.")
        await comments.edit(
            session,
            act.author,
            found.id,
            content.markdown or "",
            language_id=language_id,
            domain=act.domain,
            provenance=provenance,
        )
        await _distinguish(session, act, found, content)
        return True
    changes = writing.changes_of(content, language_id) if is_author else _by_moderator(content)
    return await posts.edit(session, act.author, found.id, changes, domain=act.domain, provenance=provenance)


async def gone(session: AsyncSession, act: Act) -> bool:
    """Take something down: its author took it back, or a moderator removed it, which the reason or the actor tells."""
    found = act.object
    identity = act.activity.object_id
    if not isinstance(found, Thing):
        via = act.step.activity.via
        if identity is not None and same_origin(identity, act.step.activity.actor):
            # A community speaks of what stands in it: it keeps nothing out of another one.
            await bury(session, [as_told_by(via, identity) if via is not None else identity])
        return False
    if found.deleted:
        return False
    await _set_down(session, act, found, down=True)
    return True


async def back(session: AsyncSession, act: Act) -> bool:
    """Put something up again: by its author what they took back, by moderators what was removed."""
    await _set_down(session, act, act.thing, down=False)
    return True


async def _set_down(session: AsyncSession, act: Act, found: Thing, *, down: bool) -> None:
    """Take something down or put it up, and with it what stands below, where moderators say so."""
    reason = (act.activity.reason or "").strip()
    if found.author_id == act.author.id:
        deletion = posts.set_deleted if found.kind == "post" else comments.set_deleted
        await deletion(session, act.author, found.id, deleted=down)
    else:
        removal = posts.set_removed if found.kind == "post" else comments.set_removed
        await removal(session, act.author, found.id, removed=down, reason=reason)
    if act.activity.with_replies:
        comment_id = found.id if found.kind == "comment" else None
        await want_answers_removed(
            session, act.author, found.post_id, comment_id, removed=down, reason=reason
        )


async def is_known(session: AsyncSession, act: Act) -> bool:
    """A community has named something, which was fetched before from its own server."""
    return False


async def language(session: AsyncSession, code: str | None) -> int | None:
    """Return the row of a language, made where it is new; None where none is named."""
    if not code or len(code) > LONGEST_CODE:
        return None

    async def ask() -> int | None:
        named = func.lower(Language.code) == code.lower()
        return await session.scalar(select(Language.id).where(named).limit(1))

    known = await once(session, ("language", code.lower()), ask)
    if known is None:
        made = Language(code=code.lower(), name=code)
        session.add(made)
        await session.flush()
        known = made.id
    return known


async def _publish(
    session: AsyncSession,
    content: Content,
    known: Known,
    author: Author,
    place: Group | None,
    *,
    domain: str,
    create_id: str | None,
    announce_id: str | None,
    is_history: bool,
) -> Thing | None:
    _check_openness(content, place, announce_id)
    parent = known.thing(content.parent)
    if content.parent is not None and parent is None:
        raise Ignored("not here", "What it answers is not here.")
    if place is None or place.hidden:
        raise Ignored("no place", "It belongs to no community that is known here.")
    provenance = writing.provenance_of(
        content, author.instance_id, create_id=create_id, announce_id=announce_id, is_history=is_history
    )
    language_id = await language(session, content.language)
    if parent is None:
        new = writing.post_of(content, place.id, language_id)
        post = await posts.publish(session, author, new, domain=domain, provenance=provenance)
        return _made("post", post.post_id, post.post_id, content, author, place) if post.fresh else None
    answer = NewComment(
        post_id=parent.post_id,
        body=content.markdown or "",
        parent_id=parent.id if parent.kind == "comment" else None,
        language_id=language_id,
        notify_replies=False,
        sent=SentComment(locked=not content.replies_wanted, distinguished=content.distinguished),
    )
    made = await comments.publish(session, author, answer, domain=domain, provenance=provenance)
    if not made.fresh:
        return None
    path = (*(parent.path or (0,)), made.comment_id)
    return _made("comment", made.comment_id, parent.post_id, content, author, place, path)


def _check_openness(content: Content, place: Group | None, announce_id: str | None) -> None:
    """Raise unless something is for everybody, or a private community elsewhere has given it to its members."""
    if not _is_among_members(place):
        if not content.public:
            raise Refused("private", "What is not for everybody does not become a post or comment.")
    elif announce_id is None and not same_origin(content.id, place.url if place else None):
        raise Refused("private", "What stands in a private community, that community gives.")


def _is_among_members(place: Group | None) -> bool:
    """Whether what stands there is for the members of another server's community."""
    return place is not None and place.private and not place.local


def _made(
    kind: str,
    row_id: int,
    post_id: int,
    content: Content,
    author: Author,
    place: Group,
    path: tuple[int, ...] = (),
) -> Thing:
    return Thing(
        kind="post" if kind == "post" else "comment",
        id=row_id,
        url=content.id,
        author_id=author.id,
        community_id=place.id,
        instance_id=author.instance_id,
        deleted=False,
        post_id=post_id,
        path=path,
    )


def _by_moderator(content: Content) -> PostChanges:
    """Return what a moderator may change of somebody's post: what it warns of, and its flairs."""
    flairs = SentPost(flairs=writing.sent_of(content).flairs)
    return PostChanges(nsfw=content.nsfw, sent=flairs)


async def _distinguish(session: AsyncSession, act: Act, found: Thing, content: Content) -> None:
    """Show a moderator's own comment as spoken by one; from others that is nothing."""
    with suppress(ForumError):
        async with session.begin_nested():
            await comments.set_distinguished(
                session, act.author, found.id, distinguished=content.distinguished
            )


def _answers_in_private(act: Act, content: Content) -> bool:
    """Whether a note without Public goes to exactly one person of this site, whatever it answers."""
    if content.public or content.kind != "Note":
        return False
    if _is_among_members(act.place) and act.place is not None and act.place.url in content.addressed:
        return False
    people = [act.known.person(one) for one in content.addressed]
    return len([one for one in people if one is not None and one.local]) == 1


def _person(known: Known, identity: str) -> Person:
    found = known.person(identity)
    if found is None:
        raise Refused("actor", "Its author is no account.")
    return found
