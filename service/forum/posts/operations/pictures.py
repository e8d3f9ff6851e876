"""The pictures of a post: its first one stands in the post's own row, those after it in its gallery."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.attachments.copies import refer_to
from service.forum.attachments.operations import discard
from service.forum.attachments.queries import uploaded_as
from service.forum.communities.standing import CommunityStanding
from service.forum.errors import Invalid
from service.forum.posts import rules
from service.forum.posts.choices import PostType
from service.forum.posts.operations.rows import describe
from service.forum.posts.operations.sent import SentPicture, SentPost
from service.forum.provenance import Provenance
from service.language import _
from service.storage.tables import File, Post, PostFile, Site, UserFile


class Shown(msgspec.Struct, frozen=True):
    """A picture that a member uploaded, and what can be seen on it; None leaves that as it is."""

    file_id: int
    alt_text: str | None = None


async def check_own(session: AsyncSession, author_id: int, shown: Sequence[Shown]) -> None:
    """Raise Invalid if somebody else uploaded one of these pictures, or there are too many."""
    ids = {picture.file_id for picture in shown}
    if len(ids) > rules.PICTURES_MAX:
        raise Invalid({"image": _("A post can have up to %(most)s images.", most=rules.PICTURES_MAX)})
    mine = select(UserFile.file_id).where(UserFile.user_id == author_id, UserFile.file_id.in_(ids))
    if ids and ids != set(await session.scalars(mine)):
        raise Invalid({"image": _("You can only use images that you uploaded yourself.")})


async def first_picture(
    session: AsyncSession,
    author: Author,
    url: str | None,
    sent: SentPost,
    provenance: Provenance | None,
    *,
    domain: str,
) -> int | None:
    """Return the author's upload that the address leads to, or the first picture that another server names."""
    if provenance is not None:
        return await _referred(session, sent.shown[0]) if sent.shown else None
    return None if url is None else await uploaded_as(session, author.id, url, domain=domain)


async def check_first(session: AsyncSession, standing: CommunityStanding, image_id: int | None) -> None:
    """Raise Invalid where the site lets nobody post pictures in its own communities."""
    if image_id is not None and standing.local:
        await refuse_pictures(session)


async def refuse_pictures(session: AsyncSession) -> None:
    """Raise Invalid where the site lets nobody post pictures in its own communities."""
    if await session.scalar(select(Site.allow_local_image_posts).limit(1)) is False:
        raise Invalid({"image": _("Images can't be posted in communities on this site.")})


async def hang(session: AsyncSession, post: Post, shown: Iterable[Shown]) -> None:
    """Let a post show these pictures after its first one, in this order, and no others."""
    ids = {picture.file_id: picture.alt_text for picture in shown if picture.file_id != post.image_id}
    await _set_gallery(session, post, ids)
    for file_id, alt_text in ids.items():
        if alt_text is not None:
            await describe(session, file_id, alt_text)


async def hang_sent(session: AsyncSession, post: Post, sent: SentPost) -> None:
    """Let a post show what another server names after its first picture."""
    referred = [await _referred(session, picture) for picture in _showable(post, sent)[1:]]
    await _set_gallery(session, post, [file_id for file_id in referred if file_id is not None])


async def replace(
    session: AsyncSession, post: Post, standing: CommunityStanding, shown: Sequence[Shown]
) -> None:
    """Show these pictures that the author uploaded and no others; what nothing shows any more is deleted."""
    if post.type != PostType.IMAGE:
        raise Invalid({"image": _("Only an image can be replaced with another image.")})
    if not shown:
        raise Invalid({"image": _("Choose an image.")})
    if standing.local:
        await refuse_pictures(session)
    await check_own(session, post.user_id or 0, shown)
    before = await files_of(session, post)
    post.image_id, post.url = shown[0].file_id, None
    await describe(session, post.image_id, shown[0].alt_text)
    await hang(session, post, shown[1:])
    await discard(session, before)


async def replace_sent(session: AsyncSession, post: Post, sent: SentPost, *, anew: bool) -> None:
    """Show the pictures that another server names now; without any, what was found for the same link stays.

    Parameters:
        anew: the post leads elsewhere than before.
    """
    if not sent.shown:
        return
    if sent.pictures and post.url is None and post.type == PostType.TEXT:
        post.type = PostType.IMAGE
    before = await files_of(session, post)
    if not anew and await _urls_of(session, before) == [picture.url for picture in _showable(post, sent)]:
        for file_id, picture in zip(before, sent.shown, strict=False):
            await describe(session, file_id, picture.description)
        return
    post.image_id = await _referred(session, sent.shown[0])
    await hang_sent(session, post, sent)
    await discard(session, before)


def _showable(post: Post, sent: SentPost) -> tuple[SentPicture, ...]:
    """What of another server's pictures a post shows: only one that is a picture has a gallery."""
    return sent.shown[: rules.PICTURES_MAX if post.type == PostType.IMAGE else 1]


async def _urls_of(session: AsyncSession, file_ids: Sequence[int]) -> list[str | None]:
    found = await session.execute(select(File.id, File.source_url).where(File.id.in_(file_ids)))
    urls: dict[int, str | None] = {row[0]: row[1] for row in found}
    return [urls.get(file_id) for file_id in file_ids]


async def take_off(session: AsyncSession, post: Post) -> list[int]:
    """Let a post show no pictures; return those that it showed, for `discard`."""
    before = await files_of(session, post)
    post.image_id = None
    await _set_gallery(session, post, [])
    return before


async def files_of(session: AsyncSession, post: Post) -> list[int]:
    """Return the files of a post's pictures, in order."""
    gallery = select(PostFile.file_id).where(PostFile.post_id == post.id)
    further = await session.scalars(gallery.order_by(PostFile.weight, PostFile.file_id))
    return [*([] if post.image_id is None else [post.image_id]), *further]


async def _set_gallery(session: AsyncSession, post: Post, file_ids: Iterable[int]) -> None:
    await session.execute(delete(PostFile).where(PostFile.post_id == post.id))
    session.add_all(
        PostFile(post_id=post.id, file_id=file_id, weight=weight)
        for weight, file_id in enumerate(file_ids, start=1)
    )
    await session.flush()


async def _referred(session: AsyncSession, picture: SentPicture) -> int | None:
    return await refer_to(session, picture.url, rules.tidy_alt_text(picture.description))
