"""What only another server says of a post, and where it is kept."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import Update, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.communities.standing import CommunityStanding
from service.forum.flairs import rules as flairs
from service.forum.provenance import AP_ID_LENGTH, storable_text
from service.storage.locking import lock_name
from service.storage.tables import CommunityFlair, Post, PostFlair, PostTag, Tag

HASHTAG_LENGTH = 256
HASHTAGS_MAX = 20


class SentFlair(msgspec.Struct, frozen=True, kw_only=True):
    """A label of a community, as another server describes it."""

    name: str
    ap_id: str | None = None
    text_color: str = flairs.TEXT_COLOR
    background_color: str = flairs.BACKGROUND_COLOR
    blur_images: bool = False


class SentPicture(msgspec.Struct, frozen=True):
    """A picture elsewhere, and what can be seen on it."""

    url: str
    description: str | None = None


class SentPost(msgspec.Struct, frozen=True, kw_only=True):
    """What only another server says of a post.

    Attributes:
        pictures: Those that are attached, in order.
        image_url: A picture that stands for the link, where none is attached.
        video: The link is a video, whatever it looks like.
        microblog: It has no title of its own.
        indexable: None where nothing is said.
        hashtags: Without the sign before them.
    """

    pictures: tuple[SentPicture, ...] = ()
    image_url: str | None = None
    video: bool = False
    microblog: bool = False
    pinned: bool = False
    locked: bool = False
    indexable: bool | None = None
    flairs: tuple[SentFlair, ...] = ()
    hashtags: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[SentPicture, ...]:
        """The pictures that the post has here."""
        return self.pictures or ((SentPicture(self.image_url),) if self.image_url else ())

    def is_picture_at(self, url: str | None) -> bool:
        """Whether an address is that of the picture itself, which then is what the post is about."""
        return bool(self.shown) and self.shown[0].url == url


async def carry_flairs(
    session: AsyncSession, post: Post, standing: CommunityStanding, sent: Sequence[SentFlair]
) -> None:
    """Let a post carry exactly the flairs that another server says, as far as its community has them.

    Those of another site's community are written down on first sight; what a community here offers, its moderators say.
    """
    ids = [await _flair(session, standing.community_id, flair, may_make=not standing.local) for flair in sent]
    await session.execute(delete(PostFlair).where(PostFlair.post_id == post.id))
    session.add_all(PostFlair(post_id=post.id, flair_id=id_) for id_ in dict.fromkeys(filter(None, ids)))
    await session.flush()


async def carry_named_flairs(
    session: AsyncSession, post: Post, standing: CommunityStanding, names: Sequence[str]
) -> None:
    """Let a post carry exactly those flairs of its community that have these names."""
    known = select(CommunityFlair.id).where(
        CommunityFlair.community_id == standing.community_id, CommunityFlair.flair.in_(names)
    )
    ids = list(await session.scalars(known.order_by(CommunityFlair.id))) if names else []
    await session.execute(delete(PostFlair).where(PostFlair.post_id == post.id))
    session.add_all(PostFlair(post_id=post.id, flair_id=id_) for id_ in ids)
    await session.flush()


async def carry_hashtags(
    session: AsyncSession, post: Post, standing: CommunityStanding, sent: Sequence[str]
) -> None:
    """Let a post carry exactly these hashtags; the name of its community, which Lemmy adds, is none."""
    words = [storable_text(word, HASHTAG_LENGTH).strip().lstrip("#") for word in sent[:HASHTAGS_MAX]]
    named = {word.lower(): word for word in words if word and word.lower() != standing.name.lower()}
    carried = delete(PostTag).where(PostTag.post_id == post.id).returning(PostTag.tag_id)
    before = set(await session.scalars(carried))
    ids = await _tags_named(session, named) if named else []
    if ids:
        rows = [{"post_id": post.id, "tag_id": id_} for id_ in ids]
        await session.execute(insert(PostTag).values(rows).on_conflict_do_nothing())
    for changed, by in ((before.difference(ids), -1), (set(ids) - before, 1)):
        if changed:
            await session.execute(_count_posts(changed, by))


async def _tags_named(session: AsyncSession, named: dict[str, str]) -> list[int]:
    """Return the tags of these names, which are made where there are none."""
    # No unique constraint keeps two first posts from writing it twice.
    for name in sorted(named):
        await lock_name(session, f"tag:{name}")
    rows = await session.execute(
        select(Tag.name, func.min(Tag.id)).where(Tag.name.in_(named)).group_by(Tag.name)
    )
    known: dict[str | None, int] = {row[0]: row[1] for row in rows}
    made = [Tag(name=name, display_as=named[name], post_count=0) for name in named if name not in known]
    session.add_all(made)
    await session.flush()
    return sorted({*known.values(), *(tag.id for tag in made)})


def _count_posts(ids: Collection[int], by: int) -> Update:
    counted = func.greatest(func.coalesce(Tag.post_count, 0) + by, 0)
    found = update(Tag).where(Tag.id.in_(sorted(ids))).values(post_count=counted)
    return found.execution_options(synchronize_session=False)


async def _flair(session: AsyncSession, community_id: int, sent: SentFlair, *, may_make: bool) -> int | None:
    name = storable_text(sent.name, flairs.TITLE_LENGTH).strip()
    ap_id = sent.ap_id if sent.ap_id and len(sent.ap_id) <= AP_ID_LENGTH else None
    named = CommunityFlair.flair == name
    known: int | None = await session.scalar(
        select(CommunityFlair.id)
        .where(
            CommunityFlair.community_id == community_id,
            or_(CommunityFlair.ap_id == ap_id, named) if ap_id else named,
        )
        .order_by(CommunityFlair.id)
        .limit(1)
    )
    if known is not None or not may_make or not name:
        return known
    colors = {
        "text_color": flairs.color_or(sent.text_color, flairs.TEXT_COLOR),
        "background_color": flairs.color_or(sent.background_color, flairs.BACKGROUND_COLOR),
    }
    made: int | None = await session.scalar(
        insert(CommunityFlair)
        .values(
            community_id=community_id,
            flair=name,
            ap_id=ap_id,
            blur_images=sent.blur_images,
            **colors,
        )
        .on_conflict_do_nothing()
        .returning(CommunityFlair.id)
    )
    return made
