"""What an app is told of votes and of those it has blocked: each number and each flag is its own."""

from tests.http.people import Person


async def test_votes_up_and_down_are_told_apart(ana: Person, ben: Person) -> None:
    (writes, here), (votes, _) = ana, ben
    post = (await writes.post("/post", title="A fine day", community_id=here.community_id))["post_view"][
        "post"
    ]["id"]
    comment = (await writes.post("/comment", body="Hello", post_id=post))["comment_view"]["comment"]["id"]
    for vote, counts in ((-1, (1, 1, 0)), (1, (2, 0, 2)), (0, (1, 0, 1))):
        voted = await votes.post("/post/like", post_id=post, score=vote)
        read = await writes.get("/post", id=post)
        for view in (voted["post_view"], read["post_view"]):
            found = view["counts"]
            assert (found["upvotes"], found["downvotes"], found["score"]) == counts
        voted = await votes.post("/comment/like", comment_id=comment, score=vote)
        read = await writes.get("/comment", id=comment)
        for view in (voted["comment_view"], read["comment_view"]):
            found = view["counts"]
            assert (found["upvotes"], found["downvotes"], found["score"]) == counts


async def test_who_is_blocked_is_said_to_who_blocked_them_alone(ana: Person, ben: Person) -> None:
    (blocks, here), (writes, them) = ana, ben
    post = (await writes.post("/post", title="A fine day", community_id=here.community_id))["post_view"][
        "post"
    ]["id"]
    comment = (await writes.post("/comment", body="Hello", post_id=post))["comment_view"]["comment"]["id"]
    for blocked in (False, True):
        if blocked:
            await blocks.post("/user/block", person_id=them.member.id, block=True)
        for app, expected in ((blocks, blocked), (writes, False)):
            view = (await app.get("/comment", id=comment))["comment_view"]
            assert view["creator_blocked"] is expected
