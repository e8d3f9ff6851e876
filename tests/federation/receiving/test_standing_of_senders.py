"""Senders who are banned, blocked or repeat themselves: counts equal the rows, and no other form lets them through."""

from typing import Any

from tests.federation.hearing import HERE, Hearing, page
from tests.federation.signing import actor
from tests.forum import making

CATS, READER = f"{HERE}/c/cats", f"{HERE}/u/keeper"


async def test_what_is_undone_twice_or_never_was_lowers_no_count(site: Hearing) -> None:
    await making.community(site.database, await making.member(site.database, "keeper"))
    server = await site.server()
    ana, ben = actor(server), actor(server, "/u/ben")
    post = page(ana, CATS)
    await site.hear(site.activity("Create", ana, post), by=ana)
    counts = "SELECT subscriptions_count, total_subscriptions_count FROM community"
    before = await site.rows(counts)
    follow, like = site.activity("Follow", ben, CATS), site.activity("Like", ben, post["id"])
    rejected = site.activity("Reject", ben, site.activity("Follow", READER, ben))
    never = [site.activity("Undo", ben, one) for one in (follow, like)]
    twice = [site.activity("Undo", ben, one) for one in (follow, follow, like, like)]
    await site.hear(*never, rejected, follow, like, *twice, rejected | {"id": f"{rejected['id']}/2"}, by=ben)
    assert await site.rows(counts) == before
    assert await site.rows("SELECT up_votes, down_votes FROM post") == [(1, 0)]
    assert site.outcomes["Reject", "done"] == 0


async def test_no_form_lets_a_banned_or_blocked_account_through(site: Hearing) -> None:
    keeper = await making.member(site.database, "keeper")
    await making.community(site.database, keeper)
    server = await site.server()
    ana, eve, ben = actor(server), actor(server, "/u/eve"), actor(server, "/u/ben")
    choices = [{"type": "Note", "name": name} for name in ("Tea", "Coffee")]
    post = page(ana, CATS, type="Question", oneOf=choices, endTime="2099-01-01T00:00:00Z")
    await site.hear(site.activity("Create", ana, post), by=ana)
    for who in (eve, ben):
        await site.fetch_actor(who)
    await site.do("UPDATE \"user\" SET banned = true WHERE user_name = 'eve'")
    await site.do(
        "INSERT INTO user_block (blocker_id, blocked_id)"
        " SELECT :keeper, id FROM \"user\" WHERE user_name = 'ben'",
        keeper=keeper.id,
    )

    def letter(who: str, words: str | None) -> dict[str, Any]:
        written = {"id": f"{who}/letters/{words}", "type": "ChatMessage", "attributedTo": who, "to": [READER]}
        return site.activity("Create", who, written | {"content": words}, to=[READER])

    choice = {
        "id": f"{eve}/choice",
        "type": "Note",
        "attributedTo": eve,
        "inReplyTo": post["id"],
        "name": "Tea",
    }
    forms = [
        site.activity("Like", eve, post["id"]),
        site.activity("EmojiReact", eve, post["id"], content="🐱"),
        site.activity("PollVote", eve, post["id"], choice_text="Tea"),
        site.activity("Create", eve, choice),
        site.activity("Flag", eve, post["id"], summary="Spam"),
        site.activity("Create", eve, page(eve, CATS, "/post/5")),
        site.activity("Update", eve, page(eve, CATS, "/post/6")),
        site.activity("Follow", eve, READER),
        letter(eve, "Hello"),
    ]
    await site.hear(*forms, by=eve)
    await site.hear(letter(ben, "Hello"), by=ben)
    await site.hear(letter(ana, None), letter(ana, ""), by=ana)
    for table in ("report", "chat_message", "user_follower", "poll_choice_vote"):
        assert await site.value(f"SELECT count(*) FROM {table}") == 0, table
    assert await site.rows("SELECT count(*), sum(up_votes) FROM post") == [(1, 1)]
