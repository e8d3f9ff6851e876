"""Polls and events, through the API."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import update

from service.http.application import Application
from service.storage.clock import utcnow
from service.storage.tables import Poll
from tests.http.api.app_client import App, Refused
from tests.http.people import Place, app_of
from tests.serving import held_by

Person = tuple[App, Place]
CHOICES = [{"id": 7, "choice_text": "Rye", "sort_order": 2}, {"choice_text": "Wheat", "sort_order": 1}]


@pytest.fixture
async def ana(app: Application, client: Browser) -> Person:
    return await app_of(app, client, "ana")


@pytest.fixture
async def ben(app: Application, client: Browser) -> Person:
    return await app_of(app, client, "ben")


async def refusal(call: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        await call
    assert refused.value.status == 400
    return refused.value


async def ask(who: Person, **more: Any) -> Any:
    """Publish a poll; return its post."""
    poll = {"mode": "single", "choices": CHOICES} | more
    made = await who[0].post("/post", title="Which flour?", community_id=who[1].community_id, poll=poll)
    return made["post_view"]["post"]


def tally(post: Any) -> dict[str, int]:
    return {choice["choice_text"]: choice["num_votes"] for choice in post["poll"]["choices"]}


async def test_a_poll_is_asked_and_answered_once(ana: Person, ben: Person) -> None:
    post = await ask(ana)
    assert post["post_type"] == "Poll"
    assert (post["poll"]["mode"], post["poll"]["local_only"], post["poll"].get("my_votes")) == (
        "single",
        False,
        None,
    )
    assert post["poll"]["end_poll"] > utcnow().isoformat()
    wheat, rye = (choice["id"] for choice in post["poll"]["choices"])
    assert tally(post) == {"Wheat": 0, "Rye": 0}
    his = ben[0]
    for _ in range(2):
        seen = (await his.post("/post/poll_vote", post_id=post["id"], choice_id=[rye]))["post_view"]["post"]
        assert (tally(seen), seen["poll"]["my_votes"]) == ({"Wheat": 0, "Rye": 1}, [rye])
        assert seen["poll"]["latest_vote"]
    await refusal(his.post("/post/poll_vote", post_id=post["id"], choice_id=[wheat]))
    await refusal(ana[0].post("/post/poll_vote", post_id=post["id"], choice_id=[wheat, rye]))
    (listed,) = (await ana[0].get("/post/list"))["posts"]
    assert (tally(listed["post"]), listed["post"]["poll"].get("my_votes")) == ({"Wheat": 0, "Rye": 1}, None)


async def test_many_votes_at_once_are_all_counted(app: Application, client: Browser, ana: Person) -> None:
    post = await ask(ana, mode="multiple")
    ids = [choice["id"] for choice in post["poll"]["choices"]]
    voters = [(await app_of(app, client, f"voter{at}"))[0] for at in range(3)]
    votes = [who.post("/post/poll_vote", post_id=post["id"], choice_id=ids) for who in voters * 3]
    await asyncio.gather(*votes)
    seen = (await ana[0].get("/post", id=post["id"]))["post_view"]["post"]
    assert tally(seen) == {"Wheat": 3, "Rye": 3}


async def test_a_closed_poll_takes_no_votes(app: Application, ana: Person, ben: Person) -> None:
    post = await ask(ana)
    ids = [choice["id"] for choice in post["poll"]["choices"]]
    for wrong in ([], [999_999], [ids[0], 999_999]):
        refused = await refusal(ben[0].post("/post/poll_vote", post_id=post["id"], choice_id=wrong))
        assert "choice_id" in refused.body["errors"]["json"]
    await refusal(ben[0].post("/post/poll_vote", post_id=999_999, choice_id=ids))
    over = update(Poll).values(end_poll=utcnow() - timedelta(seconds=1))
    await held_by(app).database.write(lambda session: session.execute(over))
    await refusal(ben[0].post("/post/poll_vote", post_id=post["id"], choice_id=ids[:1]))


async def test_the_choices_stand_once_somebody_has_chosen(ana: Person, ben: Person) -> None:
    post = await ask(ana)
    other = [{"choice_text": text} for text in ("Spelt", "Rye", "Oat")]
    sent = {"post_id": post["id"], "poll": {"mode": "multiple", "choices": other}}
    changed = (await ana[0].put("/post", **sent))["post_view"]["post"]
    assert (list(tally(changed)), changed["poll"]["mode"]) == (["Spelt", "Rye", "Oat"], "multiple")
    spelt = changed["poll"]["choices"][0]["id"]
    await ben[0].post("/post/poll_vote", post_id=post["id"], choice_id=[spelt])
    sent["poll"] = {"mode": "multiple", "choices": other[:2]}
    assert "poll" in (await refusal(ana[0].put("/post", **sent))).body["errors"]["json"]
    later = f"{(utcnow() + timedelta(days=9)).isoformat()}Z"
    sent["poll"] = {"mode": "multiple", "choices": other, "end_poll": later}
    kept = (await ana[0].put("/post", **sent))["post_view"]["post"]
    assert (kept["poll"]["end_poll"], tally(kept)["Spelt"]) == (later, 1)


@pytest.mark.parametrize(
    ("poll", "field"),
    [
        ({"choices": CHOICES[:1]}, "poll"),
        ({"choices": CHOICES * 6}, "poll"),
        ({"choices": [CHOICES[0], {"choice_text": "rye "}]}, "poll"),
        ({"choices": [CHOICES[0], {"choice_text": " "}]}, "poll"),
        ({"choices": [CHOICES[0], {"choice_text": "\x00"}]}, "poll"),
        ({"choices": CHOICES, "end_poll": "2020-01-01T00:00:00Z"}, "end_poll"),
        ({"choices": CHOICES, "end_poll": "9999-12-31T23:59:59-14:00"}, "end_poll"),
        ({"choices": CHOICES, "end_poll": "soon"}, "poll.end_poll"),
        ({"choices": CHOICES, "mode": "dozens"}, "poll.mode"),
        ({"choices": "all"}, "poll.choices"),
        ({}, "poll"),
        ("rye", "poll"),
    ],
)
async def test_bad_polls_name_what_is_wrong(ana: Person, poll: Any, field: str) -> None:
    sent = {"title": "Which flour?", "community_id": ana[1].community_id, "poll": poll}
    refused = await refusal(ana[0].post("/post", **sent))
    assert any(name.endswith(field) for name in refused.body["errors"]["json"]), refused.body


EVENT = {
    "start": "2030-05-01T18:00:00+02:00",
    "end": "2030-05-01T20:00:00+02:00",
    "timezone": "Europe/Vienna",
    "max_attendees": 12,
    "online_link": "https://meet.example/bread",
    "event_fee_amount": 2.5,
    "event_fee_currency": "EUR",
    "location": {"city": "Wien", "address": None},
    "buy_tickets_link": None,
}


async def test_an_event_is_published_and_moved(ana: Person, ben: Person) -> None:
    hers, place = ana
    made = await hers.post("/post", title="Baking night", community_id=place.community_id, event=EVENT)
    post = made["post_view"]["post"]
    assert post["post_type"] == "Event"
    assert post["event"] == {
        "start": "2030-05-01T16:00:00.000000Z",
        "end": "2030-05-01T18:00:00.000000Z",
        "timezone": "Europe/Vienna",
        "max_attendees": 12,
        "participant_count": 0,
        "full": False,
        "online": False,
        "online_link": "https://meet.example/bread",
        "join_mode": "free",
        "anonymous_participation": False,
        "event_fee_currency": "EUR",
        "event_fee_amount": 2.5,
        "location": {"city": "Wien", "address": None},
    }
    moved = EVENT | {"end": "2030-05-01T21:00:00Z"}
    seen = (await hers.put("/post", post_id=post["id"], event=moved))["post_view"]["post"]
    assert seen["event"]["end"] == "2030-05-01T21:00:00.000000Z"
    plain = await hers.post("/post", title="No event", community_id=place.community_id)
    sent = {"post_id": plain["post_view"]["post"]["id"], "event": EVENT}
    assert "event" in (await refusal(hers.put("/post", **sent))).body["errors"]["json"]
    both = {"title": "Both", "community_id": place.community_id, "event": EVENT, "poll": {"choices": CHOICES}}
    await refusal(hers.post("/post", **both))


@pytest.mark.parametrize(
    "wrong",
    [
        {"end": "2030-04-01T00:00:00Z"},
        {"start": "0001-01-01T00:00:00+14:00"},
        {"start": "1066-10-14T00:00:00"},
        {"timezone": "x" * 31},
        {"timezone": "Mars/Olympus"},
        {"max_attendees": -1},
        {"max_attendees": 2**31},
        {"max_attendees": 2**70},
        {"online_link": "javascript:alert(1)"},
        {"buy_tickets_link": "https://x.example/" + "x" * 1024},
        {"event_fee_amount": -1},
        {"event_fee_amount": 1e308},
        {"event_fee_currency": "MONEY"},
        {"location": {"city": "\x00"}},
        {"location": {"city": "x" * 4000}},
        {"location": "Wien"},
        {"join_mode": "perhaps"},
    ],
)
async def test_bad_events_name_what_is_wrong(ana: Person, wrong: dict[str, Any]) -> None:
    sent = {"title": "Baking night", "community_id": ana[1].community_id, "event": EVENT | wrong}
    refused = await refusal(ana[0].post("/post", **sent))
    assert any(name.endswith(next(iter(wrong))) for name in refused.body["errors"]["json"]), refused.body
