"""Changes to flairs: a community's moderators make them, authors and moderators put them on posts."""

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id, refuse
from service.forum.communities.standing import (
    CommunityStanding,
    check_may_contribute,
    check_may_moderate,
    load_standing,
    standing_for_post,
)
from service.forum.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from service.forum.events import CommunityEdited, PostEdited
from service.forum.flairs import rules
from service.forum.phrases import refuse_phrases
from service.forum.posts.rules import is_waiting
from service.language import _
from service.storage.locking import lock_name
from service.storage.outbox import record
from service.storage.tables import CommunityFlair, Post, PostFlair


class NewFlair(msgspec.Struct, frozen=True, kw_only=True):
    """A label to be made."""

    community_id: int
    title: str
    text_color: str = rules.TEXT_COLOR
    background_color: str = rules.BACKGROUND_COLOR
    blur_images: bool = False


class FlairChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change in a label; UNSET is left as it is."""

    title: str | UnsetType = UNSET
    text_color: str | UnsetType = UNSET
    background_color: str | UnsetType = UNSET
    blur_images: bool | UnsetType = UNSET


async def create(session: AsyncSession, viewer: Viewer, new: NewFlair, *, domain: str) -> int:
    """Make a flair of a community; return its id.

    Parameters:
        domain: this site's, for its identifier.

    Raises:
        NotFound, Forbidden: there is no such community for the viewer, or they do not moderate it.
        Invalid: the words or a colour break a rule, or the community has enough flairs.
        Conflict: the community has a flair of these words.
    """
    standing = await _moderated(session, viewer, new.community_id)
    title = new.title.strip()
    _check(title, new.text_color, new.background_color)
    await refuse_phrases(session, {"title": title})
    await _refuse_twin(session, standing.community_id, title)
    flair = CommunityFlair(
        community_id=standing.community_id,
        flair=title,
        text_color=new.text_color,
        background_color=new.background_color,
        blur_images=new.blur_images,
    )
    session.add(flair)
    await session.flush()
    flair.ap_id = rules.address(domain, standing.name, flair.id)
    await session.flush()
    await record(
        session, CommunityEdited(community_id=standing.community_id, by_id=viewer.id), federate=viewer.local
    )
    return flair.id


async def edit(session: AsyncSession, viewer: Viewer, flair_id: int, changes: FlairChanges) -> None:
    """Change the words or colours of a flair; raises as `create`, and NotFound if there is no such flair."""
    flair = await _flair(session, flair_id)
    standing = await _moderated(session, viewer, flair.community_id or 0)
    await refuse_phrases(session, {"title": changes.title})
    if changes.title is not UNSET and changes.title.strip() != flair.flair:
        flair.flair = changes.title.strip()
        with session.no_autoflush:
            await _refuse_twin(session, standing.community_id, flair.flair)
    if changes.text_color is not UNSET:
        flair.text_color = changes.text_color
    if changes.background_color is not UNSET:
        flair.background_color = changes.background_color
    if changes.blur_images is not UNSET:
        flair.blur_images = changes.blur_images
    _check(
        flair.flair or "",
        flair.text_color or rules.TEXT_COLOR,
        flair.background_color or rules.BACKGROUND_COLOR,
    )
    await session.flush()
    await record(
        session, CommunityEdited(community_id=standing.community_id, by_id=viewer.id), federate=viewer.local
    )


async def remove(session: AsyncSession, viewer: Viewer, flair_id: int) -> int:
    """Take a flair away, from all posts that carry it too; return the community's id. Raises as `edit`."""
    flair = await _flair(session, flair_id)
    standing = await _moderated(session, viewer, flair.community_id or 0)
    await session.execute(delete(PostFlair).where(PostFlair.flair_id == flair_id))
    await session.delete(flair)
    await session.flush()
    await record(
        session, CommunityEdited(community_id=standing.community_id, by_id=viewer.id), federate=viewer.local
    )
    return standing.community_id


async def assign(session: AsyncSession, author: Author, post_id: int, flair_ids: list[int]) -> None:
    """Let a post carry exactly these flairs: by its author or a moderator. None takes all away.

    Raises:
        NotFound, Gone: there is no such post for the author, or it was deleted.
        Forbidden, Banned: the author may not.
        Invalid: a flair is none of the post's community.
    """
    post = await _locked_post(session, post_id)
    standing = await standing_for_post(session, author, post)
    if post.user_id == author.id:
        check_may_contribute(author, standing, starting=False)
    else:
        check_may_moderate(author, standing, home=post.instance_id)
    if post.deleted:
        raise Gone(_("This post has been deleted."))
    wanted = set(flair_ids)
    offered = select(CommunityFlair.id).where(CommunityFlair.community_id == standing.community_id)
    if not wanted <= set((await session.scalars(offered)).all()):
        raise Invalid({"flair_id_list": _("This flair doesn't belong to this community.")})
    await session.execute(delete(PostFlair).where(PostFlair.post_id == post.id))
    session.add_all(PostFlair(post_id=post.id, flair_id=id_) for id_ in wanted)
    await session.flush()
    if is_waiting(post.status):
        return
    await record(session, PostEdited(post_id=post.id, by_id=author.id), federate=author.local)


async def _moderated(session: AsyncSession, viewer: Viewer, community_id: int) -> CommunityStanding:
    standing = await load_standing(session, viewer, community_id)
    check_may_moderate(viewer, standing)
    if not standing.local:
        raise Forbidden(_("This community's flair can only be changed on its own server."))
    return standing


async def _flair(session: AsyncSession, flair_id: int) -> CommunityFlair:
    flair = None
    if is_id(flair_id):
        flair = await session.get(CommunityFlair, flair_id, with_for_update=True)
    if flair is None:
        raise NotFound(_("This flair doesn't exist."))
    return flair


async def _locked_post(session: AsyncSession, post_id: int) -> Post:
    """The post, locked: two assignments at once do not mix."""
    post = None
    if is_id(post_id):
        post = await session.get(Post, post_id, with_for_update={"key_share": True})
    if post is None:
        raise NotFound
    return post


def _check(title: str, text_color: str, background_color: str) -> None:
    refuse(
        {
            "flair_title": rules.problem_with_title(title),
            "text_color": rules.problem_with_color(text_color),
            "background_color": rules.problem_with_color(background_color),
        }
    )


async def _refuse_twin(session: AsyncSession, community_id: int, title: str) -> None:
    await lock_name(session, f"flairs:{community_id}")
    taken = select(CommunityFlair.flair).where(CommunityFlair.community_id == community_id)
    titles = (await session.scalars(taken)).all()
    if title.lower() in {(known or "").lower() for known in titles}:
        raise Conflict(_("This flair already exists."), field="flair_title")
    if len(titles) >= rules.FLAIRS_MAX:
        raise Invalid(
            {
                "flair_title": _(
                    "A community can have at most %(flairs_max)s flairs.", flairs_max=rules.FLAIRS_MAX
                )
            }
        )
