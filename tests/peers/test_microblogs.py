"""A server without communities: its people follow ours and write to them and our communities, and we to them."""

import pytest

from tests.federate.acting import fresh
from tests.http.uploading import picture
from tests.peers.driver import Draft, a_name, handle
from tests.peers.encounter import Encounter
from tests.peers.meeting import arrives, becomes, has, looks

cell = pytest.mark.cell
A_PICTURE = picture(size=(100, 100))


@cell("discovery")
async def test_each_finds_the_other(encounter: Encounter) -> None:
    host, blogger = encounter.host, encounter.blogger
    await host.find(blogger.id)
    assert set(blogger.rows) >= {encounter.community, host.id}


@cell("follow, accept, undo")
async def test_follows(encounter: Encounter) -> None:
    host, blogger, here = encounter.host, encounter.blogger, encounter.community
    assert await blogger.follows(here)
    await becomes(lambda: blogger.follows(host.id), True, "the host has accepted")
    for actor in (here, host.id):
        await blogger.follow(actor, follows=False)
    await becomes(lambda: host.members(here), 1, "the community counts it no more")


@cell("post: text")
async def test_texts(encounter: Encounter) -> None:
    post = await encounter.post(Draft(body="Some **bold** words."))
    await has(encounter.blogger.home, post)
    seen = await encounter.blogger.sees(post)
    assert seen is not None
    assert "<strong>bold</strong>" in seen["content"]
    status = await encounter.status("This is a title. And *this* is a text.")
    found = await arrives(encounter.host, status, encounter.community)
    assert found.author == encounter.blogger.id
    assert "And" in found.body


@cell("post: link")
async def test_links(encounter: Encounter) -> None:
    link = f"https://example.org/{a_name('a')}"
    post = await encounter.post(Draft(url=link))
    seen = await encounter.blogger.sees(post)
    assert seen is not None
    assert link in seen["content"]


@cell("post: image")
async def test_pictures(encounter: Encounter) -> None:
    host, blogger = encounter.host, encounter.blogger
    cat = await host.upload(A_PICTURE)  # it shows what it has fetched
    post = await encounter.post(Draft(url=cat, alt="A cat"))
    seen = await blogger.sees(post)
    assert seen is not None
    assert [(one["remote_url"], one["description"]) for one in seen["media_attachments"]] == [(cat, "A cat")]
    upload = await blogger.upload(A_PICTURE, "A dog")
    status = await encounter.status(media_ids=[upload])
    found = await arrives(host, status, encounter.community)
    assert (found.kind, found.alt) == ("Image", "A dog")


@cell("post: video")
async def test_films(encounter: Encounter) -> None:
    film = f"https://example.org/{a_name('a')}.mp4"
    post = await encounter.post(Draft(url=film))
    seen = await encounter.blogger.sees(post)
    assert seen is not None
    assert film in str((seen["content"], seen["media_attachments"]))


@cell("post: event")
async def test_events(encounter: Encounter) -> None:
    event = ("2030-05-01T18:00:00.000000Z", "2030-05-01T20:00:00.000000Z")
    draft = Draft(event=event)
    post = await encounter.post(draft)
    seen = await encounter.blogger.sees(post)
    assert seen is not None
    assert draft.title in str((seen["content"], seen["spoiler_text"]))


@cell("comment, deep comment")
async def test_comments(encounter: Encounter) -> None:
    host, blogger = encounter.host, encounter.blogger
    post = await encounter.post()
    first = await blogger.publish(f"@{handle(host.id)} What a post", below=post)
    await looks(host, first, post, above=0, author=blogger.id)
    second = await host.comment(post, fresh("Thanks"), below=first)
    await encounter.shows(second)
    third = await blogger.publish(f"@{handle(host.id)} Not at all", below=second)
    await looks(host, third, post, above=2, author=blogger.id)
    status = await encounter.status()
    await host.sees(status, encounter.community)
    answer = await host.comment(status, fresh("Indeed"))
    await encounter.shows(answer)
    await has(blogger.mentions, answer)


@cell("votes and their undo")
async def test_votes(encounter: Encounter) -> None:
    host, blogger, here = encounter.host, encounter.blogger, encounter.community
    post = await encounter.post()
    comment = await host.comment(post, fresh("Mine"))
    await encounter.shows(comment)
    for thing, within in ((post, here), (comment, post)):
        for favours, votes in ((True, (2, 0)), (False, (1, 0))):
            await blogger.favour(thing, favours=favours)
            await looks(host, thing, within, votes=votes)
    status = await encounter.status()
    await host.sees(status, here)
    for score, count in ((1, 1), (0, 0)):
        await host.vote(status, score)
        await encounter.shows(status, favourites_count=count)


@cell("edit")
async def test_edits(encounter: Encounter) -> None:
    host, blogger = encounter.host, encounter.blogger
    post = await encounter.post(Draft(body="First"))
    await host.edit(post, body="Second")

    async def content() -> bool:
        return "Second" in ((await blogger.sees(post)) or {"content": ""})["content"]

    await becomes(content, True, "the microblog has the new text")
    status = await encounter.status("Some words to begin with.")
    await blogger.edit(status, f"Other words by now, and more of them. @{handle(encounter.community)}")

    async def body() -> bool:
        seen = await host.sees(status, encounter.community)
        return seen is not None and "Other words" in seen.title + seen.body

    await becomes(body, True, "the community has the new text")


@cell("delete, restore")
async def test_deletions(encounter: Encounter) -> None:
    host, blogger = encounter.host, encounter.blogger
    post = await encounter.post()
    comment = await host.comment(post, fresh("Mine"))
    await encounter.shows(comment)
    for thing in (comment, post):
        await host.delete(thing)
        await becomes(lambda thing=thing: blogger.knows(thing), False, f"{thing} is gone there")  # type: ignore[misc]
    status = await encounter.status()
    await host.sees(status, encounter.community)
    await blogger.delete(status)
    await looks(host, status, encounter.community, gone=True)


@cell("post: poll, and votes in it")
async def test_polls(encounter: Encounter) -> None:
    host, blogger = encounter.host, encounter.blogger
    post = await encounter.post(Draft(title="Tea or milk, which is it?", choices=("tea", "milk")))
    await blogger.choose(post, 0)
    await looks(host, post, encounter.community, choices=(("tea", 1), ("milk", 0)))
    poll = {"options": ["tea", "milk"], "expires_in": 86400, "multiple": False}
    status = await encounter.status("Tea or milk, what do you say?", poll=poll)
    await looks(host, status, encounter.community, choices=(("tea", 0), ("milk", 0)))
    await host.choose(status, "milk")

    async def votes() -> list[int]:
        seen = await blogger.sees(status)
        return [option["votes_count"] for option in seen["poll"]["options"]] if seen else []

    await becomes(votes, [0, 1], "the microblog counts the vote")


@cell("mentions")
async def test_mentions(encounter: Encounter) -> None:
    host, blogger = encounter.host, encounter.blogger
    post = await encounter.post()
    comment = await host.comment(post, f"Ask @{handle(blogger.id)} about it.")
    await encounter.shows(comment)
    await has(blogger.mentions, comment)
    answer = await blogger.publish(f"@{handle(host.id)} Yes?", below=comment)
    await has(host.told, answer)


@cell("private messages")
async def test_letters(encounter: Encounter) -> None:
    host, blogger = encounter.host, encounter.blogger
    text = a_name("letter")
    await host.find(blogger.id)
    await host.write(blogger.id, text)

    async def came() -> bool:
        return any(text in one["status"]["content"] for one in await blogger.told("mention"))

    await becomes(came, True, "the microblog has the letter")
    text = a_name("letter")
    await blogger.publish(f"@{handle(host.id)} {text}", to="direct")

    async def arrived() -> bool:
        return any(text in letter for letter in await host.letters())

    await becomes(arrived, True, "the site has the letter")


@cell("report")
async def test_reports(encounter: Encounter) -> None:
    host, blogger = encounter.host, encounter.blogger
    post, reason = await encounter.post(), a_name("spam")
    await blogger.report(host.id, post, reason)
    await becomes(lambda: host.reports(reason), [False], "the host has the report")


@cell("profile")
async def test_profiles(encounter: Encounter) -> None:
    host, blogger = encounter.host, encounter.blogger
    await encounter.post()
    bio = a_name("bio")
    await host.introduce(bio)

    async def shown() -> bool:
        return bio in await blogger.profile(host.id)

    await becomes(shown, True, "the microblog has the profile")


@cell("remove, restore by the host")
async def test_removals(encounter: Encounter) -> None:
    host, blogger = encounter.host, encounter.blogger
    post = await encounter.post()
    await host.remove(post)
    await becomes(lambda: blogger.knows(post), False, "the post is gone there")


@cell("ban from the site, with content")
async def test_bans_from_the_site(encounter: Encounter) -> None:
    host, blogger = encounter.host, encounter.blogger
    post = await encounter.post()
    comment = await host.comment(post, fresh("Mine"))
    await encounter.shows(comment)
    await (await host.keeper()).ban_from_site(host.id, content=True)
    for thing in (comment, post):
        await becomes(lambda thing=thing: blogger.knows(thing), False, f"{thing} is gone there")  # type: ignore[misc]


@cell("account deletion")
async def test_departures(encounter: Encounter) -> None:
    host, blogger = encounter.host, encounter.blogger
    post = await encounter.post()
    await host.leave()
    await becomes(lambda: blogger.knows(post), False, "what the host wrote is gone there")
