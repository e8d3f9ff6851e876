"""What is signed names the very key that the actor's document has, however the actor's id is written."""

import asyncio

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.federation.deliver import signers
from service.federation.deliver.outgoing import Signer
from service.federation.deliver.signers import Signers
from service.federation.queries.actors import communities, people, server
from service.federation.write import actors
from service.storage.tables import Base, Community, Site, User
from service.storage.transaction import Database
from tests.federation.signing import key
from tests.forum import making
from tests.forum.making import DOMAIN


async def test_the_key_is_the_one_in_the_document(database: Database) -> None:
    ana = await making.member(database, "ana")
    place = await making.community(database, ana)
    pem = key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    await change(database, User, private_key=pem, ap_public_url=f"https://{DOMAIN}/u/Ana")
    await change(database, Community, private_key=pem)
    await change(database, Site, private_key=pem)
    async with database.read() as db:
        site = await server(db, DOMAIN)
        assert site is not None
        documents = {
            Signer("person", ana.id): actors.person((await people(db, [ana.id], DOMAIN))[ana.id]),
            Signer("community", place): actors.group((await communities(db, [place], DOMAIN))[place]),
            Signer("site", 1): actors.signer(site),
        }
    for signer, document in documents.items():
        credentials = await Signers(database, DOMAIN).credentials(signer)
        assert credentials is not None
        assert credentials.key_id == document["publicKey"]["id"]


async def test_whoever_has_no_key_gets_one_before_signing(database: Database) -> None:
    ana = await making.member(database, "ana")
    place = await making.community(database, ana)
    for table in (User, Community, Site):
        await change(database, table, private_key=None, public_key=None)
    for signer in (Signer("person", ana.id), Signer("community", place), Signer("site", 1)):
        first = await Signers(database, DOMAIN).credentials(signer)
        again = await Signers(database, DOMAIN).credentials(signer)
        assert first is not None
        assert again is not None
        assert first.key.private_numbers() == again.key.private_numbers()
    assert await Signers(database, DOMAIN).credentials(Signer("person", 999)) is None


async def test_many_who_want_one_key_at_once_read_it_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await making.member(database, "ana")
    pem = key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    await change(database, User, private_key=pem)
    read = signers.stored_key
    reads = []

    async def counted(db: AsyncConnection, signer: Signer, domain: str) -> tuple[str | None, str | None]:
        reads.append(signer)
        return await read(db, signer, domain)

    monkeypatch.setattr(signers, "stored_key", counted)
    mine, nobodys = Signers(database, DOMAIN), Signer("person", 999)
    wanted = [Signer("person", ana.id), nobodys] * 20
    found = await asyncio.gather(*(mine.credentials(one) for one in wanted))
    assert len({id(one) for one in found}) == 2
    assert reads.count(Signer("person", ana.id)) == 1


async def change(database: Database, table: type[Base], **values: str | None) -> None:
    await database.write(lambda session: session.execute(update(table).values(**values)))
