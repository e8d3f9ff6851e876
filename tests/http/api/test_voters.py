"""Who voted, and what is made of comments by askers and moderators, through the API."""

from quart.typing import TestClientProtocol as Browser
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.http.application import Application
from service.storage.tables import CommentVote, PostVote, User
from tests.forum import making
from tests.http.api.app_client import App, refusal
from tests.http.people import Person, token_of
from tests.serving import held_by
from tests.statements import counted


async def thread(who: App, community_id: int, title: str = "How is this done?") -> tuple[int, int]:
    """Make a post with a comment."""
    post = await who.post("/post", title=title, community_id=community_id)
    post_id = post["post_view"]["post"]["id"]
    comment = await who.post("/comment", post_id=post_id, body="Like this.")
    return post_id, comment["comment_view"]["comment"]["id"]


async def crowd(app: Application, first: int, number: int, post_id: int, comment_id: int) -> None:
    """Let so many people vote on both."""

    async def vote(session: AsyncSession) -> None:
        rows = [{"user_name": f"voter{at}", "deleted": False} for at in range(first, first + number)]
        ids = (await session.scalars(insert(User).returning(User.id), rows)).all()
        await session.execute(
            insert(PostVote), [{"user_id": id_, "post_id": post_id, "effect": -1.0} for id_ in ids]
        )
        await session.execute(
            insert(CommentVote), [{"user_id": id_, "post_reply_id": comment_id, "effect": 0.5} for id_ in ids]
        )

    await held_by(app).database.write(vote)


async def test_moderators_see_who_voted_in_few_statements(app: Application, ana: Person, ben: Person) -> None:
    (hers, place), (his, _) = ana, ben
    post_id, comment_id = await thread(his, place.community_id)
    await thread(his, place.community_id, "Whose votes are in no list of another")
    await refusal(his.get("/post/like/list", post_id=post_id))
    await refusal(his.get("/comment/like/list", comment_id=comment_id))
    (own,) = (await hers.get("/post/like/list", post_id=post_id))["post_likes"]
    (of_comment,) = (await hers.get("/comment/like/list", comment_id=comment_id))["comment_likes"]
    assert [(vote["score"], vote["creator"]["user_name"]) for vote in (own, of_comment)] == 2 * [(1, "ben")]
    sent = []
    for first, number in ((0, 9), (9, 90)):
        await crowd(app, first, number, post_id, comment_id)
        with counted(held_by(app).database) as statements:
            posts = await hers.get("/post/like/list", post_id=post_id, limit=100)
            comments = await hers.get("/comment/like/list", comment_id=comment_id, limit=100)
        sent.append((len(posts["post_likes"]), len(comments["comment_likes"]), len(statements)))
    assert [numbers[:2] for numbers in sent] == [(10, 10), (100, 100)]
    assert sent[0][2] == sent[1][2]
    assert [like["score"] for like in posts["post_likes"][-2:]] == [-1, 1]
    first_page = await hers.get("/post/like/list", post_id=post_id)
    assert (len(first_page["post_likes"]), first_page["next_page"]) == (50, "2")


async def test_who_votes_privately_is_named_to_the_staff_alone(
    app: Application, client: Browser, ana: Person, ben: Person
) -> None:
    (hers, place), (his, _) = ana, ben
    database = held_by(app).database
    post_id, comment_id = await thread(hers, place.community_id)
    await his.post("/post/like", post_id=post_id, score=-1)
    await his.post("/comment/like", comment_id=comment_id, score=1)
    await his.put("/user/save_user_settings", federate_votes=False)
    staff = App(client, token_of(await making.administrator(database)))
    for who, named in ((hers, {"ana"}), (staff, {"ana", "ben"})):
        of_post = (await who.get("/post/like/list", post_id=post_id))["post_likes"]
        of_comment = (await who.get("/comment/like/list", comment_id=comment_id))["comment_likes"]
        for likes in (of_post, of_comment):
            assert {like["creator"]["user_name"] for like in likes} == named
    shown = (await hers.get("/post", id=post_id))["post_view"]["counts"]
    assert (shown["upvotes"], shown["downvotes"]) == (1, 1)


async def test_the_asker_marks_the_answer(app: Application, ana: Person, ben: Person) -> None:
    (hers, place), (his, _) = ana, ben
    post_id, _ = await thread(hers, place.community_id)
    said = await his.post("/comment", post_id=post_id, body="Or like that.")
    comment_id = said["comment_view"]["comment"]["id"]
    await refusal(his.post("/comment/mark_as_answer", comment_reply_id=comment_id, answer=True))
    marked = await hers.post("/comment/mark_as_answer", comment_reply_id=comment_id, answer=True)
    view = marked["comment_reply_view"]
    assert (view["comment"]["answer"], view["recipient"]["user_name"]) == (True, "ana")
    assert view["comment_reply"]["comment_id"] == comment_id
    taken_back = await hers.post("/comment/mark_as_answer", comment_reply_id=comment_id, answer=False)
    assert taken_back["comment_reply_view"]["comment"]["answer"] is False
    await refusal(hers.post("/comment/mark_as_answer", comment_reply_id=99_999, answer=True))


async def test_moderators_speak_as_moderators(ana: Person, ben: Person) -> None:
    (hers, place), (his, _) = ana, ben
    _, comment_id = await thread(his, place.community_id)
    await refusal(his.post("/comment/distinguish", comment_reply_id=comment_id, distinguished=True))
    await refusal(hers.post("/comment/distinguish", comment_reply_id=comment_id, distinguished=True))
    _, own = await thread(hers, place.community_id)
    for distinguished in (True, True, False):
        view = await hers.post("/comment/distinguish", comment_reply_id=own, distinguished=distinguished)
        assert view["comment_view"]["comment"]["distinguished"] is distinguished
