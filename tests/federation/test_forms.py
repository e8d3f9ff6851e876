"""What each kind of server gets of an activity: in its form, or not at all."""

import json
from typing import Any

import pytest

from service.federation.deliver.forms import form_for
from service.federation.deliver.outgoing import Signer
from service.federation.deliver.rows import Row

ANA, CATS = "https://pie.example/u/ana", "https://pie.example/c/cats"
EVERYWHERE = {"", "piefed", "lemmy", "mastodon", "gotosocial"}
# Who gets it as it is; who gets something else of it; nobody else gets anything.
KINDS: dict[str, tuple[set[str], set[str]]] = {
    "Follow": (EVERYWHERE, set()),
    "Create/Note": (EVERYWHERE, set()),
    "Create/Note+microblogs": (EVERYWHERE - {"piefed", "lemmy"}, set()),
    "Like+microblogs": (EVERYWHERE - {"piefed", "lemmy"}, set()),
    "Announce/Delete+microblogs": ({""}, {"mastodon", "gotosocial"}),
    "PollVote": (EVERYWHERE - {"mastodon", "gotosocial"}, set()),
    "Undo/Lock": (EVERYWHERE - {"mastodon", "gotosocial"}, set()),
    "Undo/Block": (EVERYWHERE - {"mastodon", "gotosocial"}, set()),
    "Announce/ChooseAnswer": (EVERYWHERE - {"mastodon", "gotosocial"}, set()),
    "Announce/Like": (EVERYWHERE - {"mastodon", "gotosocial"}, set()),
    "Announce/Create/Page": (EVERYWHERE - {"mastodon", "gotosocial"}, {"mastodon", "gotosocial"}),
    "Announce/Update/Page": (EVERYWHERE - {"mastodon", "gotosocial"}, {"mastodon", "gotosocial"}),
    "Announce/Create/Question": ({"", "piefed"}, {"mastodon", "gotosocial"}),
    "Announce/Create/poll-as-Page": ({"lemmy"}, set()),
}


PAGE = {"type": "Page", "id": "https://pie.example/post/1", "published": "2026-01-02T03:04:05Z"}


def row_of(kind: str, body: bytes) -> Row:
    """An activity that a community of ours says."""
    return Row(
        id=1,
        kind=kind,
        signer=Signer("community", 1),
        author_id=1,
        lane="p1",
        body=body,
        community_id=1,
        to_everybody=False,
        said_at=0,
    )


def announced(inner: Any) -> bytes:
    """The body of what a community announces."""
    return json.dumps({"type": "Announce", "actor": CATS, "object": inner}).encode()


@pytest.mark.scenario(153)
@pytest.mark.parametrize("kind", KINDS)
def test_each_gets_what_it_can_read(kind: str) -> None:
    body = announced({"type": "Create", "actor": ANA, "object": PAGE})
    row = row_of(kind, body)
    forms = {software: form_for(row, software) for software in EVERYWHERE}
    as_it_is = {software for software, form in forms.items() if form == (body, row.signer)}
    assert (as_it_is, {software for software, form in forms.items() if form} - as_it_is) == KINDS[kind]


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        (PAGE, {"object": PAGE["id"], "published": PAGE["published"]}),
        ({"id": PAGE["id"]}, {"object": PAGE["id"]}),
        (PAGE["id"], {"object": PAGE["id"]}),
    ],
)
def test_a_boost_has_the_time_of_what_it_boosts(thing: Any, said: dict[str, str]) -> None:
    body = announced({"type": "Create", "actor": ANA, "object": thing})
    form = form_for(row_of("Announce/Create/Page", body), "mastodon")
    assert form is not None
    assert json.loads(form[0]) == {"type": "Announce", "actor": CATS} | said
