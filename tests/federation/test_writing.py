"""What we write is read by our own reader to the values that it was made of, and by others as they expect it."""

from typing import Any

import msgspec
import pytest

from service.federation.read.activities import Activity, activities_in, undone
from service.federation.read.actors import Actor, actor_from
from service.federation.read.collections import collection_from
from service.federation.read.content import Content, content_from
from service.federation.vocabulary import Document, document_from
from service.federation.write import activities, actors, collections, content
from service.federation.write.documents import CONTEXT, PUBLIC, encoded, new_id, tombstone
from tests.federation.rows import (
    ANA,
    BEN,
    CATS,
    COMMENT,
    COMMUNITY,
    EMOJI,
    EVENT,
    FEED,
    FLAIR,
    HERE,
    LATER,
    LONG_AGO,
    MESSAGE,
    NOW,
    PEM,
    PERSON,
    PICTURE,
    POLL,
    POST,
    SITE,
)

DID = f"{HERE}/activities/like/abc"


def sent(document: Document) -> Document:
    """Return what arrives at the other side."""
    return document_from(encoded(document))


def with_values(read: Any, **expected: Any) -> None:
    """Fail unless what was read has these values."""
    assert {name: getattr(read, name) for name in expected} == expected


def read(document: Document) -> Content:
    return content_from(sent(document), NOW)


@pytest.mark.scenario(158)
def test_a_post_comes_back_as_it_was() -> None:
    found = read(content.post(POST))
    with_values(
        found,
        id=POST.url,
        kind="Page",
        author=ANA.url,
        title=POST.title,
        markdown=POST.body,
        html=POST.body_html,
        context=POST.context,
        replies=POST.replies,
        audience=CATS.url,
        public=True,
        published=LONG_AGO,
        updated=LATER,
        language="fr",
        nsfw=True,
        nsfl=True,
        generated=True,
        sticky=True,
        locked=True,
        indexable=True,
        link=None,
    )
    assert found.addressed[0] == CATS.url
    with_values(found.tags, mentions=(BEN.url,), hashtags=("katzen",))
    [flair], [emoji] = found.tags.flairs, found.tags.emoji
    with_values(
        flair, id=FLAIR.id, name="News", text_colour="#ffffff", background_colour="#aa0000", blur=True
    )
    with_values(emoji, name=EMOJI.token, url=EMOJI.url)


@pytest.mark.parametrize(("nsfw", "gruesome"), [(False, False), (True, False), (False, True)])
def test_what_is_not_for_everybody_says_so(nsfw: bool, gruesome: bool) -> None:
    row = msgspec.structs.replace(POST, sensitive=nsfw, nsfl=gruesome)
    written = content.post(row)
    assert (written["sensitive"], written["nsfl"]) == (nsfw or gruesome, gruesome)


def test_links_pictures_and_thumbnails_come_back() -> None:
    linked = read(content.post(like(POST, link="https://example.com/a?b=1&c=2", thumbnail=PICTURE.url)))
    with_values(linked.media, link="https://example.com/a?b=1&c=2", thumbnail=PICTURE.url, pictures=())
    [picture] = read(content.post(like(POST, pictures=(PICTURE,)))).media.pictures
    with_values(picture, url=PICTURE.url, description="a cat, asleep")


def test_a_poll_comes_back_with_its_title_also_in_its_text() -> None:
    found = read(content.post(like(POST, poll=POLL)))
    with_values(found, kind="Question", title=POST.title, markdown=POST.body)
    assert found.html.startswith('<p>Cats &amp; "dogs" &lt;3 日本語</p>')
    assert found.poll is not None
    with_values(found.poll, several=True, ends_at=LATER, voters=3)
    assert [(choice.name, choice.votes) for choice in found.poll.choices] == [("Red", 2), ("Blue & <b>", 1)]


@pytest.mark.scenario(109)
def test_where_no_poll_is_taken_its_choices_are_text() -> None:
    found = read(content.page_of_poll(like(POST, poll=POLL)))
    with_values(found, kind="Page", title=POST.title, poll=None)
    assert found.markdown is not None
    assert found.markdown.endswith("- Red\n- Blue & <b>")
    assert "<li>Blue &amp; &lt;b&gt;</li>" in found.html


def test_an_event_comes_back() -> None:
    found = read(content.post(like(POST, event=EVENT)))
    with_values(found, kind="Event", title=POST.title)
    assert found.happening is not None
    with_values(
        found.happening,
        starts_at=LONG_AGO,
        ends_at=LATER,
        timezone="Europe/Berlin",
        place="Street 1",
        address="Street 1, Berlin, Germany",
        online_url="https://meet.example/x",
        join_mode="external",
        join_url="https://tickets.example/join",
        seats=20,
    )


def test_microblogs_get_a_note_with_title_link_and_text() -> None:
    document = content.note_of_post(like(POST, link='https://example.com/?a="b"'))
    with_values(read(document), kind="Note", title=None, parent=None, updated=LATER)
    assert document["content"] == (
        '<p><a href="https://example.com/?a=&quot;b&quot;">Cats &amp; "dogs" &lt;3 日本語</a></p>'
        + POST.body_html
    )
    assert document["contentMap"] == {"fr": document["content"]}
    event = content.note_of_post(like(POST, event=EVENT))
    assert "<p>2025-01-02T04:04:05 (Europe/Berlin)</p>" in event["content"]
    assert content.note_of_post(like(POST, poll=POLL))["type"] == "Question"


def test_a_comment_comes_back_as_it_was() -> None:
    found = read(content.comment(COMMENT))
    with_values(
        found,
        id=COMMENT.url,
        kind="Note",
        author=ANA.url,
        title=None,
        markdown=COMMENT.body,
        html=COMMENT.body_html,
        parent=COMMENT.parent,
        context=COMMENT.context,
        replies=COMMENT.replies,
        audience=CATS.url,
        public=True,
        nsfw=True,
        distinguished=True,
        answer=True,
        replies_wanted=False,
        author_flair="the boss",
        published=LONG_AGO,
        updated=LATER,
        language="en",
    )
    assert found.tags.mentions == (BEN.url,)
    assert BEN.url in found.addressed


def test_who_is_answered_is_named_first_be_it_the_author() -> None:
    for answered, named in ((BEN, (ANA, BEN)), (ANA, (BEN,)), (ANA, (ANA, BEN))):
        document = content.comment(like(COMMENT, answered=answered, mentions=named))
        others = [person.url for person in named if person not in (answered, ANA)]
        assert [tag["href"] for tag in document["tag"] if tag["type"] == "Mention"] == [answered.url, *others]


def test_nobody_mentions_themselves_in_a_post() -> None:
    post = content.post(like(POST, mentions=(ANA, BEN)))
    assert ([tag["href"] for tag in post["tag"] if tag["type"] == "Mention"], post["cc"]) == (
        [BEN.url],
        [BEN.url],
    )


@pytest.mark.parametrize(
    ("software", "kind", "named"),
    [
        ("lemmy", "ChatMessage", False),
        ("mbin", "ChatMessage", True),
        ("piefed", "Note", False),
        ("", "Note", True),
    ],
)
def test_a_message_has_the_form_that_its_server_takes(software: str, kind: str, named: bool) -> None:
    document = content.message(like(MESSAGE, recipient=like(BEN, software=software)))
    found = read(document)
    assert found.is_message
    with_values(found, kind=kind, markdown="psst", parent=MESSAGE.parent, addressed=(BEN.url,), public=False)
    assert ("tag" in document) is named


def test_a_choice_in_a_poll_is_recognised() -> None:
    assert read(content.poll_choice(f"{HERE}/x", like(POST, poll=POLL), ANA, "Red")).is_choice


def test_a_person_comes_back_as_it_was() -> None:
    with_values(
        actor(actors.person(PERSON)),
        id=PERSON.url,
        kind="person",
        name="Ana",
        title="Ana A.",
        about=PERSON.about,
        about_html=PERSON.about_html,
        url=PERSON.url,
        inbox=f"{PERSON.url}/inbox",
        shared_inbox=f"{HERE}/inbox",
        outbox=f"{PERSON.url}/outbox",
        followers=f"{PERSON.url}/followers",
        icon=PERSON.icon,
        image=PERSON.image,
        bot=True,
        approves_followers=True,
        discoverable=False,
        indexable=False,
        accepts_messages=1,
        fields=PERSON.fields,
        matrix=PERSON.matrix,
        published=LONG_AGO,
    )


def test_a_community_comes_back_as_it_was() -> None:
    found = actor(actors.group(COMMUNITY))
    with_values(
        found,
        id=CATS.url,
        kind="group",
        name="cats",
        title="Cats",
        about=COMMUNITY.about,
        about_html=COMMUNITY.about_html,
        moderators=(CATS.moderators,),
        featured=CATS.featured,
        followers=CATS.followers,
        approves_followers=True,
        nsfw=True,
        moderators_only=True,
        posting_warning="Only cats",
        question_answer=True,
        new_moderators_wanted=True,
        generated=True,
        published=LONG_AGO,
        updated=LATER,
    )
    assert [(flair.id, flair.name) for flair in found.flairs] == [(FLAIR.id, FLAIR.name)]


def test_a_feed_and_the_server_come_back() -> None:
    with_values(
        actor(actors.feed(FEED)),
        kind="feed",
        name="pets",
        title="Pets",
        nsfw=True,
        following=f"{FEED.url}/following",
    )
    with_values(
        actor(actors.server(SITE)), id=f"{HERE}/", kind="instance", title="Pie", inbox=f"{HERE}/inbox"
    )
    with_values(actor(actors.signer(SITE)), id=f"{HERE}/actor", kind="instance", name="pie.example")


@pytest.mark.parametrize(
    "document",
    [
        actors.person(PERSON),
        actors.group(COMMUNITY),
        actors.feed(FEED),
        actors.server(SITE),
        actors.signer(SITE),
    ],
)
def test_every_actor_has_a_key_and_a_place_for_letters(document: Document) -> None:
    handle = f"{document['preferredUsername']}@pie.example"
    # The name of the server itself leads to the actor that signs.
    assert document.get("webfinger") == (None if document["id"] == f"{HERE}/" else handle)
    [key] = actor(document).keys
    with_values(key, id=f"{document['id']}#main-key", owner=document["id"], pem=PEM)
    assert {"inbox", "outbox", "endpoints"} <= document.keys()


PAGE = content.post(POST)
FOLLOW = activities.follow(f"{HERE}/activities/follow/f", ANA.url, "https://lemmy.example/c/cats")
THEIRS = {
    "@context": CONTEXT,
    "id": "https://toot.example/1",
    "type": "Follow",
    "actor": BEN.url,
    "object": CATS.url,
}
LIKE = activities.vote(DID, "Like", ANA.url, POST.url, place=CATS)
# What we say, and what is to be read of it beside kind, id and actor.
SAID: list[tuple[Document, dict[str, Any]]] = [
    (FOLLOW, {"object_id": "https://lemmy.example/c/cats", "recipients": ("https://lemmy.example/c/cats",)}),
    (activities.accept(DID, CATS.url, THEIRS), {"object_id": THEIRS["id"], "recipients": (BEN.url,)}),
    (activities.accept(DID, CATS.url, THEIRS, result=f"{HERE}/stamp"), {"result": f"{HERE}/stamp"}),
    (activities.reject(DID, CATS.url, THEIRS), {"object_id": THEIRS["id"], "object_kind": "Follow"}),
    (activities.create(DID, ANA.url, PAGE), {"object_id": POST.url, "audience": CATS.url, "public": True}),
    (activities.create(DID, ANA.url, content.message(MESSAGE)), {"public": False, "recipients": (BEN.url,)}),
    (activities.update(DID, ANA.url, PAGE), {"object_kind": "Page", "audience": CATS.url, "public": True}),
    (activities.update(DID, ANA.url, actors.person(PERSON)), {"object_kind": "Service", "public": True}),
    (
        activities.update(DID, ANA.url, actors.group(COMMUNITY), place=CATS),
        {"object_kind": "Group", "audience": CATS.url},
    ),
    (activities.delete(DID, ANA.url, POST.url, place=CATS), {"object_id": POST.url, "reason": None}),
    (activities.delete(DID, ANA.url, POST.url, place=CATS, reason=""), {"reason": ""}),
    (
        activities.delete(DID, ANA.url, ANA.url, removes_data=True),
        {"object_id": ANA.url, "removes_data": True},
    ),
    (LIKE, {"object_id": POST.url, "audience": CATS.url, "emoji": None}),
    (activities.vote(DID, "Like", ANA.url, POST.url, place=CATS, emoji="🎉"), {"emoji": "🎉"}),
    (activities.vote(DID, "Dislike", ANA.url, POST.url, place=CATS), {"object_id": POST.url}),
    (activities.poll_vote(DID, ANA.url, POST.url, choice="Red", place=CATS), {"object_id": POST.url}),
    (activities.choose_answer(DID, ANA.url, COMMENT.url, place=CATS), {"object_id": COMMENT.url}),
    (activities.lock(DID, ANA.url, POST.url, place=CATS, reason="heated"), {"reason": "heated"}),
    (activities.add(DID, ANA.url, POST.url, target=CATS.featured, place=CATS), {"target": CATS.featured}),
    (activities.remove(DID, ANA.url, BEN.url, target=CATS.moderators, place=CATS), {"object_id": BEN.url}),
    (activities.add(DID, FEED.url, CATS.url, target=f"{FEED.url}/following"), {"public": True}),
    (
        activities.flag(DID, ANA.url, [POST.url, BEN.url], reason="spam", to=[CATS.url], audience=CATS.url),
        {"object_id": POST.url, "others": (BEN.url,), "reason": "spam", "public": False},
    ),
    (
        activities.resolve(DID, ANA.url, "https://lemmy.example/activities/flag/1", place=CATS),
        {"public": False},
    ),
    (
        activities.block(
            DID,
            ANA.url,
            BEN.url,
            target=CATS.url,
            place=CATS,
            reason="rude",
            ends_at=LATER.replace(year=2027),
        ),
        {"target": CATS.url, "reason": "rude", "ends_at": LATER.replace(year=2027), "removes_data": False},
    ),
    (
        activities.block(DID, ANA.url, BEN.url, target=f"{HERE}/", removes_data=True),
        {"target": f"{HERE}/", "ends_at": None, "removes_data": True, "audience": f"{HERE}/"},
    ),
    (
        activities.move(DID, ANA.url, POST.url, origin=CATS.url, target="https://x.example/c/b", place=CATS),
        {"target": "https://x.example/c/b"},
    ),
]


@pytest.mark.parametrize(("document", "expected"), SAID, ids=lambda value: value.get("type", ""))
def test_activities_come_back_also_when_undone_and_announced(document: Document, expected: Any) -> None:
    with_values(
        activity(document), kind=document["type"], id=document["id"], actor=document["actor"], **expected
    )
    assert "@context" not in document
    assert sent(document)["@context"] == CONTEXT

    undo = activities.undo(f"{HERE}/activities/undo/u", document["actor"], document)
    taken_back = undone(activity(undo), NOW)
    assert taken_back is not None
    assert taken_back.id == document["id"]

    announced = sent(activities.announce(f"{HERE}/activities/announce/a", CATS, undo))
    [found] = activities_in(announced, NOW)
    with_values(found, kind="Undo", via=CATS.url, id=undo["id"])
    assert (announced["to"], announced["cc"]) == ([PUBLIC], [CATS.followers])
    assert msgspec.json.encode(announced).count(b"@context") == 1


def test_what_came_with_a_context_is_announced_and_answered_without() -> None:
    wrapped = [
        activities.announce(f"{HERE}/activities/announce/a", CATS, THEIRS),
        activities.accept(f"{HERE}/activities/accept/a", CATS.url, THEIRS),
    ]
    for document in wrapped:
        assert document["object"] == {name: value for name, value in THEIRS.items() if name != "@context"}


def test_an_outbox_is_a_collection_of_announced_posts() -> None:
    known = like(POST, create_id=f"{HERE}/activities/create/c", announce_id=f"{HERE}/activities/announce/d")
    ids = [(new_id("pie.example", "Create"), new_id("pie.example", "Announce")) for _ in range(2)]
    found = collection_from(sent(collections.outbox(f"{CATS.url}/outbox", [POST, known], ids)))
    assert found.total == 2
    assert [one.id for item in found.items for one in activities_in(item, NOW)] == [
        ids[0][0],
        known.create_id,
    ]
    assert found.ids == (ids[0][1], known.announce_id)


def test_the_other_collections_say_what_is_in_them() -> None:
    below = collection_from(sent(collections.context(POST.context, POST, [COMMENT.url])))
    assert (below.ids, below.total) == ((POST.url, COMMENT.url), 2)
    pinned = collection_from(sent(collections.featured(CATS.featured, [POST])))
    assert [item["id"] for item in pinned.items] == [POST.url]
    counted = collection_from(sent(collections.counted(CATS.followers, 7)))
    assert (counted.total, counted.ids) == (7, ())


@pytest.mark.scenario(143)
def test_our_ids_are_never_used_twice() -> None:
    made = {new_id("pie.example", "PollVote") for _ in range(1000)}
    assert len(made) == 1000
    assert all(one.startswith("https://pie.example/activities/pollvote/") for one in made)


def test_a_tombstone_has_the_id_that_was_asked_for() -> None:
    assert sent(tombstone(POST.url, former_type="Page")) == {
        "@context": CONTEXT,
        "type": "Tombstone",
        "id": POST.url,
        "formerType": "Page",
    }


def actor(document: Document) -> Actor:
    return actor_from(sent(document), NOW)


def activity(document: Document) -> Activity:
    [found] = activities_in(sent(document), NOW)
    return found


def like(row: Any, **values: Any) -> Any:
    return msgspec.structs.replace(row, **values)


@pytest.mark.parametrize("make", [activities.create, activities.update])
def test_an_activity_says_itself_whom_a_thing_names(make: Any) -> None:
    mention = {"type": "Mention", "href": BEN.url, "name": "@ben"}
    flair = {"type": "CommunityTag", "id": f"{CATS.url}/tag/1"}
    thing = {"type": "Note", "id": COMMENT.url, "to": [BEN.url], "tag": [flair, mention]}
    assert make(DID, ANA.url, thing)["tag"] == [mention]
    assert "tag" not in make(DID, ANA.url, thing | {"tag": [flair]})
