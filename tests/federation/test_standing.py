"""Other servers may have what anybody may see here, but for what keeps to this site; whatever the rows say."""

from itertools import product

from sqlalchemy import select, true, update

from service.federation.queries.columns import standing_of_community
from service.federation.queries.content import standing_of_comment, standing_of_post
from service.forum.communities.columns import keeps_to_site
from service.forum.visibility import findable_by, listed_for
from service.storage.tables import Comment, Community, Post, Site
from service.storage.transaction import Database
from tests.forum import making

YES_OR_UNSAID = (True, None)
STATUSES = (-1, 0, 1)


async def test_it_is_the_rule_of_the_forum(database: Database) -> None:
    ana = await making.member(database, "ana")
    await database.write(lambda session: session.execute(update(Site).values(enable_nsfl=False)))
    places = [
        Community(
            id=100 + number, name=f"c{number}", private=private, local_only=local, banned=banned, nsfl=nsfl
        )
        for number, (private, local, banned, nsfl) in enumerate(product(YES_OR_UNSAID, repeat=4))
    ]
    await making.add(database, *places)
    kinds = list(product(STATUSES, (True, False, None), (True, False)))
    posts = [
        Post(
            id=1000 + at * len(kinds) + number,
            user_id=ana.id,
            community_id=place.id,
            status=status,
            deleted=deleted,
            nsfl=nsfl,
        )
        for at, place in enumerate(places)
        for number, (status, deleted, nsfl) in enumerate(kinds)
    ]
    await making.add(database, *posts)
    await making.add(
        database,
        *(
            Comment(user_id=ana.id, post_id=post.id, community_id=post.community_id, deleted=number % 2 == 0)
            for number, post in enumerate(posts)
        ),
    )
    open_to_all = listed_for("anybody", is_member=None, by_index=False) & ~keeps_to_site()
    seen = findable_by("anybody", is_member=None, is_owner=None) & ~keeps_to_site()
    in_place = select(Post.id).join(Community, Community.id == Post.community_id)
    said = (
        select(Comment.id)
        .join(Post, Post.id == Comment.post_id)
        .join(Community, Community.id == Comment.community_id)
    )
    pairs = (
        (select(Community.id).where(standing_of_community() == "here"), select(Community.id).where(seen)),
        (in_place.where(standing_of_post() == "here"), in_place.where(open_to_all)),
        (
            said.where(standing_of_comment() == "here"),
            said.where(open_to_all, Comment.deleted.is_not(true())),
        ),
    )
    async with database.read() as db:
        for mine, theirs in pairs:
            found = set((await db.execute(mine)).scalars())
            assert found
            assert found == set((await db.execute(theirs)).scalars())
