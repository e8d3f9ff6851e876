"""Servers with communities: one has the community, the other its guests, and both act."""

from functools import partial
from urllib.parse import unquote

import pytest

from tests.federate.acting import fresh
from tests.http.uploading import picture
from tests.peers.driver import Draft, Member, Profile, Refused, a_name
from tests.peers.meeting import Meeting, arrives, becomes, has, looks
from tests.peers.piefed import Piefedian

cell = pytest.mark.cell


@cell("discovery")
async def test_each_finds_the_other(strangers: tuple[Member, Member]) -> None:
    host, guest = strangers
    here = await host.community()
    await guest.find(here)
    await guest.find(host.id)
    await host.find(guest.id)
    assert not await guest.joined(here)
    assert await host.profile(guest.id) == Profile()


@cell("follow, accept, undo")
async def test_joining_is_accepted_and_undone(meeting: Meeting) -> None:
    host, guest, here = meeting.host, meeting.guest, meeting.community
    await becomes(lambda: host.members(here), 2, "the host counts its guest")
    await guest.join(here, joins=False)
    await becomes(lambda: host.members(here), 1, "the host counts its guest no more")
    assert not await guest.joined(here)


@cell("joining a community with history")
async def test_history(strangers: tuple[Member, Member]) -> None:
    host, guest = strangers
    here = await host.community()
    posts = [await host.publish(here, Draft(body="Of before.")) for _ in range(3)]
    await guest.find(here)
    await guest.join(here)
    for post in posts:
        await arrives(guest, post, here)


@cell("post: text")
async def test_texts(meeting: Meeting) -> None:
    for author in meeting.both:
        draft = Draft(
            f"Größe & <b>signs</b> {fresh('t')}",
            body="Some **bold** words,\n\nand a [link](https://example.org/).",
        )
        post = await author.publish(meeting.community, draft)
        seen = await arrives(meeting.other(author), post, meeting.community)
        assert (seen.title, seen.body, seen.author) == (draft.title, draft.body, author.id)


@cell("post: link")
async def test_links(meeting: Meeting) -> None:
    for author in meeting.both:
        link = f"https://example.org/{fresh('a')}?b=1"
        post = await author.publish(meeting.community, Draft(body="Look.", url=link, nsfw=False))
        seen = await arrives(meeting.other(author), post, meeting.community)
        assert (seen.url, seen.body) == (link, "Look.")


@cell("post: image")
async def test_pictures(meeting: Meeting) -> None:
    site = next(person for person in meeting.both if isinstance(person, Piefedian))
    for author in meeting.both:
        cat = await site.upload(picture())  # some look at what they tell of
        post = await author.publish(meeting.community, Draft(url=cat, alt="A cat"))
        seen = await arrives(meeting.other(author), post, meeting.community)
        assert cat in unquote(seen.url)  # Lemmy leads through itself
        assert seen.alt == "A cat"


@cell("post: video")
async def test_films(meeting: Meeting) -> None:
    for author in meeting.both:
        film = f"https://example.org/{fresh('a')}.mp4"
        post = await author.publish(meeting.community, Draft(url=film))
        seen = await arrives(meeting.other(author), post, meeting.community)
        mine = await arrives(author, post, meeting.community)
        assert seen.url == film
        assert "" in {seen.kind, mine.kind} or seen.kind == mine.kind  # not every program has kinds


@cell("post: poll, and votes in it")
async def test_polls(meeting: Meeting) -> None:
    for author in meeting.both:
        post = await meeting.post(author, Draft(choices=("tea", "milk")))
        voter = meeting.other(author)
        await looks(voter, post, meeting.community, choices=(("tea", 0), ("milk", 0)))
        await voter.choose(post, "tea")
        await looks(author, post, meeting.community, choices=(("tea", 1), ("milk", 0)))


@cell("post: event")
async def test_events(meeting: Meeting) -> None:
    for author in meeting.both:
        event = ("2030-05-01T18:00:00.000000Z", "2030-05-01T20:00:00.000000Z")
        post = await author.publish(meeting.community, Draft(event=event))
        seen = await arrives(meeting.other(author), post, meeting.community)
        assert seen.kind == "Event"


@cell("comment, deep comment")
async def test_comments(meeting: Meeting) -> None:
    for author in meeting.both:
        post = await meeting.post(author)
        below = ""
        for depth in range(6):
            writer = meeting.both[depth % 2]
            below = await meeting.comment(writer, post, below=below)
            for person in meeting.both:
                await looks(person, below, post, above=depth, author=writer.id)


@cell("votes and their undo")
async def test_votes(meeting: Meeting) -> None:
    for author in meeting.both:
        post = await meeting.post(author)
        comment = await meeting.comment(author, post)
        voter = meeting.other(author)
        for thing, within in ((post, meeting.community), (comment, post)):
            for score, votes in ((1, (2, 0)), (-1, (1, 1)), (0, (1, 0))):
                await voter.vote(thing, score)
                for person in meeting.both:
                    await looks(person, thing, within, votes=votes)


@cell("edit")
async def test_edits(meeting: Meeting) -> None:
    for author in meeting.both:
        post = await meeting.post(author)
        comment = await meeting.comment(author, post)
        await author.edit(post, title="Another title", body="Another *text*")
        await author.edit(comment, body="Another comment")
        reader = meeting.other(author)
        await looks(reader, post, meeting.community, title="Another title", body="Another *text*")
        await looks(reader, comment, post, body="Another comment")


@cell("delete, restore")
async def test_deletions(meeting: Meeting) -> None:
    for author in meeting.both:
        post = await meeting.post(author)
        comment = await meeting.comment(author, post)
        for gone in (True, False):
            await author.delete(comment, deleted=gone)
            await looks(meeting.other(author), comment, post, gone=gone)
        for gone in (True, False):
            await author.delete(post, deleted=gone)
            await looks(meeting.other(author), post, meeting.community, gone=gone)


@cell("remove, restore by the host")
async def test_removals(meeting: Meeting) -> None:
    for author in meeting.both:
        post = await meeting.post(author)
        comment = await meeting.comment(author, post)
        for gone in (True, False):
            await meeting.host.remove(comment, removed=gone)
            await looks(meeting.guest, comment, post, gone=gone)
        for gone in (True, False):
            await meeting.host.remove(post, removed=gone)
            await looks(meeting.guest, post, meeting.community, gone=gone)


@cell("lock, pin by the host")
async def test_locks_and_pins(meeting: Meeting) -> None:
    for author in meeting.both:
        post = await meeting.post(author)
        for on in (True, False):
            await meeting.host.lock(post, locked=on)
            await looks(meeting.guest, post, meeting.community, locked=on)
            await meeting.host.pin(post, pinned=on)
            await looks(meeting.guest, post, meeting.community, pinned=on)


async def may_lock(person: Member, post: str, within: str) -> bool:
    """Whether somebody can lock a post on their server: what servers say of moderators is hours old on some."""
    try:
        await person.lock(post)
        seen = await person.sees(post, within)
        if seen is None or not seen.locked:
            return False
        await person.lock(post, locked=False)
    except Refused:
        return False
    return True


@cell("moderators: appointed, acting")
async def test_moderators(meeting: Meeting) -> None:
    host, guest, here = meeting.host, meeting.guest, meeting.community
    keeper = await host.keeper()
    await keeper.find(here)
    posts = [
        await meeting.post(guest),
        await keeper.publish(here, Draft()),
    ]  # Lemmy guards earlier moderators
    await arrives(guest, posts[1], here)
    await host.sees(posts[1], here)
    spare = await meeting.post(host)
    await host.appoint(here, guest.id)
    await becomes(partial(may_lock, guest, spare, here), True, "the guest moderates")
    for post in posts:
        for on in (True, False):
            await guest.lock(post, locked=on)
            await looks(host, post, here, locked=on)
            await guest.pin(post, pinned=on)
            await looks(host, post, here, pinned=on)
        for gone in (True, False):
            await guest.remove(post, removed=gone)
            await looks(host, post, here, gone=gone)


@cell("moderators: dismissed")
async def test_dismissed_moderators(meeting: Meeting) -> None:
    host, guest, here = meeting.host, meeting.guest, meeting.community
    post = await meeting.post(host)
    await host.appoint(here, guest.id)
    await becomes(partial(may_lock, guest, post, here), True, "the guest moderates")
    await host.appoint(here, guest.id, added=False)
    await becomes(partial(may_lock, guest, post, here), False, "the guest moderates no more")


@cell("ban from a community, with an end")
async def test_bans_from_a_community(meeting: Meeting) -> None:
    guest, here = meeting.guest, meeting.community
    await meeting.post(guest)
    await meeting.host.ban(here, guest.id, days=3)
    await becomes(lambda: guest.banned(here, guest.id), True, "the guest is banned")


@cell("ban from a community, undone")
async def test_bans_from_a_community_end(meeting: Meeting) -> None:
    guest, here = meeting.guest, meeting.community
    await meeting.post(guest)
    await meeting.host.ban(here, guest.id)
    await becomes(lambda: guest.banned(here, guest.id), True, "the guest is banned")
    await meeting.host.ban(here, guest.id, banned=False)
    await becomes(lambda: guest.banned(here, guest.id), False, "the guest is banned no more")
    await guest.join(here)
    await becomes(lambda: guest.joined(here), True, "the guest is in again")
    await meeting.post(guest)


@cell("ban from the site, with content")
async def test_bans_from_the_site(meeting: Meeting) -> None:
    host, guest, here = meeting.host, meeting.guest, meeting.community
    posts = [await meeting.post(guest) for _ in range(2)]
    keeper = await guest.keeper()
    await keeper.ban_from_site(guest.id, content=True)
    for post in posts:
        await looks(host, post, here, gone=True)


@cell("report")
async def test_reports(meeting: Meeting) -> None:
    post, reason = await meeting.post(meeting.host), fresh("spam")
    await meeting.guest.report(post, reason)
    await becomes(lambda: meeting.host.reports(reason), [False], "the host has the report")


@cell("resolution of a report")
async def test_resolutions(meeting: Meeting) -> None:
    host, guest = meeting.both
    post, reason = await meeting.post(host), fresh("spam")
    await guest.report(post, reason)
    await becomes(lambda: host.reports(reason), [False], "the host has the report")
    await host.resolve(reason)
    keeper = await guest.keeper()
    await becomes(lambda: keeper.reports(reason), [True], "the guest's staff knows")


@cell("private messages")
async def test_letters(meeting: Meeting) -> None:
    for person in meeting.both:
        writer, reader = await person.keeper(), meeting.other(person)  # whose account is not too new
        text = a_name("letter")
        await writer.find(reader.id)
        await writer.write(reader.id, text)
        await has(reader.letters, text)


@cell("mentions")
async def test_mentions(meeting: Meeting) -> None:
    for author in meeting.both:
        other = meeting.other(author)
        post = await meeting.post(author)
        comment = await author.comment(post, f"Ask @{other.name}@{other.server.name} about it.")
        await has(other.told, comment)


@cell("profile")
async def test_profiles(meeting: Meeting) -> None:
    for person in meeting.both:
        await meeting.post(person)
        bio = fresh("I am")
        await person.introduce(bio)
        profile = partial(meeting.other(person).profile, person.id)
        await becomes(profile, Profile(bio), "the other side has the profile")


@cell("community's settings")
async def test_settings(meeting: Meeting) -> None:
    text = fresh("About plants")
    await meeting.host.describe(meeting.community, text)
    await becomes(lambda: meeting.guest.description(meeting.community), text, "the description is known")


@cell("account deletion")
async def test_departures(meeting: Meeting) -> None:
    host, guest, here = meeting.host, meeting.guest, meeting.community
    post = await meeting.post(guest)
    keeper = await guest.keeper()
    await keeper.find(here)
    await keeper.join(here)
    await becomes(lambda: keeper.joined(here), True, "the keeper has joined")
    await guest.leave()
    left = await keeper.sees(post, here)
    if left is None or left.gone:  # the site lets what was written stand
        await looks(host, post, here, gone=True)
    await arrives(host, await keeper.publish(here, Draft()), here)  # PieFed remembers whom it has shown

    async def gone() -> bool:
        profile = await host.profile(guest.id)
        return profile is None or profile.deleted

    await becomes(gone, True, "the host knows that its guest is gone")
