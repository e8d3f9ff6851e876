"""What a server serves where a sender's key should be: nothing of it is believed, and each costs a few requests."""

import json

import pytest

from service.federation.errors import Refused
from service.federation.fetch import Fetcher
from service.federation.intake.door import Door
from service.federation.intake.keyring import FETCHES as FOR_A_KEY
from service.federation.intake.keyring import Keyring
from service.federation.intake.writer import open_writer
from service.federation.read.actors import MOST_KEYS, keys_in
from service.federation.read.collections import collection_from
from service.federation.vocabulary import Document
from service.storage.transaction import Database
from tests.federation.network import STREAMS, Peer, client, peer
from tests.federation.signing import key, like, pem_of, signed
from tests.outbound.servers import Answer, redirects, replies


def served(document: Document | bytes, media_type: str = STREAMS) -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return replies(body, content_type=media_type)


def actor_of(url: str, **fields: object) -> Document:
    named = {"id": f"{url}#main-key", "owner": url, "publicKeyPem": pem_of(key())}
    return {
        "id": url,
        "type": "Person",
        "preferredUsername": "x",
        "inbox": f"{url}/inbox",
        "publicKey": named,
    } | fields


def answers(there: Peer) -> dict[str, Answer]:
    """What may stand at an actor's address, by the last part of it."""

    def url(name: str) -> str:
        return there.id(f"/u/{name}")

    def with_key(name: str, pem: object) -> Document:
        return actor_of(
            url(name), publicKey={"id": f"{url(name)}#main-key", "owner": url(name), "publicKeyPem": pem}
        )

    return {
        "large": served(actor_of(url("large"), summary="x" * 1_100_000)),
        "long": served(with_key("long", "x" * 900_000)),
        "circle": redirects(url("circle")),
        "away": redirects("file:///etc/passwd"),
        "page": served(actor_of(url("page")), "text/html"),
        "plain": served(actor_of(url("plain")), "application/json"),
        "deep": served(b'{"id":' * 100_000),
        "other": served(actor_of(url("elsewhere"))),
        "nameless": served(actor_of(url("nameless"), id=None)),
        "many": served(
            actor_of(url("many"), publicKey=[{"id": f"{url('many')}#{at}"} for at in range(5000)])
        ),
        "no-key": served(with_key("no-key", None)),
        "nonsense": served(
            with_key("nonsense", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")
        ),
        "list": served(b"[1, 2, 3]"),
        "empty": served(b""),
        "tombstone": served({"id": url("tombstone"), "type": "Tombstone"}),
    }


async def test_no_key_is_taken_from_what_is_none(database: Database) -> None:
    async with peer() as there, client() as outbound, open_writer(database) as writer:
        fetcher = Fetcher(outbound, may_ask=lambda _: True)
        door = Door(Keyring(database, fetcher), writer, lambda _: True)
        for name, answer in answers(there).items():
            who = there.answers_with(f"/u/{name}", answer)
            there.server.asked.clear()
            for number in range(5):
                try:
                    outcome = await door.let_in(signed(like(who, number), key_id=f"{who}#main-key"))
                except Refused:
                    continue
                assert (name, outcome) == ("tombstone", "not ours")
            # What was refused is not asked for again with each letter.
            assert len(there.server.asked) <= FOR_A_KEY * 2, name
        # The server itself is not forsaken for it.
        well = there.answers_with("/u/well", served(actor_of(there.id("/u/well"))))
        assert await door.let_in(signed(like(well), key_id=f"{well}#main-key")) == "stored"


def test_a_collection_is_read_as_far_as_it_is_looked_at() -> None:
    many = {
        "type": "OrderedCollection",
        "orderedItems": [{"id": f"https://a.example/{at}"} for at in range(50_000)],
    }
    assert len(collection_from(many).items) == 1000


@pytest.mark.parametrize("size", [4, 40])
def test_an_actor_of_any_number_of_keys_has_five(size: int) -> None:

    keys = [
        {"id": f"https://a.example/u#{at}", "owner": "https://a.example/u", "publicKeyPem": "x"}
        for at in range(size)
    ]
    assert len(keys_in({"id": "https://a.example/u", "publicKey": keys})) == min(size, MOST_KEYS)
