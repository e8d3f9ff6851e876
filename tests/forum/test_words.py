"""Words are found in any language, as people type them; against the real database."""

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum import words, words_backlog
from service.forum.comments.choices import CommentSort
from service.forum.comments.queries import CommentSelection, page_of_comments
from service.forum.feeds.choices import Sort
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection
from service.storage.tables import Comment, CommentWords, Post, PostWords, WordsBacklog
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.making import community, member

# What is written, what of it is found, and what is not.
TEXTS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("The Who at Leeds", ("The Who", "the", "who at", '"at leeds"', "LEEDS"), ("whom at", '"leeds at"')),
    ("What is it?", ("it", "what is it?"), ("its",)),
    ("東京で新しい電車が走る", ("電車", "車", "東京", "る", "新しい電車", "東京 電車"), ("新車", "電車で")),
    ("日本語とEnglish", ("english", "日本", "本語とEnglish"), ("語English",)),
    ("한국어 검색 엔진", ("국어", "검색"), ("색엔",)),
    ("ภาษาไทยง่าย", ("ไทย", "ง่าย"), ("ไทา",)),
    ("ｶﾀｶﾅ ＦＵＬＬ", ("カタカナ", "full"), ()),
    ("Schöne Grüße aus Köln", ("Koln", "köln", "KÖLN", "grusse", "grüße", "schon"), ("kolnisch",)),
    ("Über die Brücke gehen", ("Brücken", "bruck", "uber"), ("brucken uber die see",)),
    ("Straßenbahn fährt", ("strassenbahn", "Straßenbahn", "straß"), ("bahn",)),
    ("Zażółć gęślą jaźń", ("zazolc", "gęślą", "jazn"), ()),
    ("Tiếng Việt", ("tieng viet",), ()),
    ("Версия программы вышла", ("программа", "ВЕРСИЯ", "верс"), ("программист",)),
    ("ΝΕΑ από την Ελλάδα", ("νεα", "ελλαδα"), ()),
    ("العَرَبِيَّة", ("العربية",), ()),
    ("Learning C++ and C#", ("C++", "c#", "C", "learn"), ("f#",)),
    ("Learning C", ("c", "learning"), ("C++", "C#")),
    ("ThinkPad X220 review", ("think", "x220", "thinkpads"), ("pad", "x2200")),
    ("node.js released", ("node", "node.js", "js"), ("python",)),
    ("AT&T, 100% sure: -5", ("at&t", "100%", "5"), ()),
    ("studies of cats", ("study", "cats -dogs", "dogs OR cats"), ("cats -studies", "dogs")),
    ("party🎉time", ("🎉", "party", "time"), ("🎂",)),
    ("O'Brien's ﬁne day", ("o'brien", "fine"), ()),
    ("'); DROP TABLE post; --", ("drop table", "'); drop"), ("\\",)),
)


async def test_what_was_written_is_found_as_it_is_typed(database: Database) -> None:
    found = text("SELECT pieloop.words(:written) @@ pieloop.asked(:wanted)")
    wrong = []
    async with database.read() as db:
        for written, hits, misses in TEXTS:
            for wanted, right in [*((hit, True) for hit in hits), *((miss, False) for miss in misses)]:
                values = {"written": written, "wanted": wanted}
                if await db.scalar(found, values) is not right:
                    wrong.append(f"{wanted!r} in {written!r} is {'lost' if right else 'found'}")
    assert not wrong


@pytest.mark.parametrize(
    "written",
    [
        "a" * 50_000,
        "漢" * 50_000,
        "+" * 50_000,
        "' \\ : & | ! <-> * ( )" * 2000,
        "é" * 50_000,
        "\u0301" * 9,
        " ",
    ],
)
async def test_whatever_is_written_has_words_and_can_be_asked_for(database: Database, written: str) -> None:
    both = text("SELECT length(pieloop.words(:it)), numnode(pieloop.asked(:it))")
    async with database.read() as db:
        length, nodes = (await db.execute(both, {"it": written})).one()
    assert length <= 4000
    assert nodes <= 200


async def _posts(db: AsyncConnection, wanted: str) -> list[int]:
    return [row.id for row in (await page_of_posts(db, None, PostSelection(search=wanted), Sort.NEW)).posts]


async def _comments(db: AsyncConnection, wanted: str) -> list[int]:
    feed = CommentSelection(search=wanted)
    return [row.id for row in (await page_of_comments(db, None, feed, CommentSort.NEW)).comments]


async def test_lists_find_words_whether_they_are_rare_or_common(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await member(database, "ana")
    cats = await community(database, ana)
    ids = await making.posts(database, ana, cats, 3, title="Grüße von der Straßenbahn")
    (other,) = await making.posts(database, ana, cats, 1, title="電車")
    said = await making.comments(database, ana, cats, ids, body="Schöne Grüße")
    for common in (5_000, 1):
        monkeypatch.setattr(words, "COMMON", common)
        async with database.read() as db:
            assert await _posts(db, "grusse strassen") == sorted(ids, reverse=True)
            assert await _posts(db, "電車") == [other]
            assert await _comments(db, "schone") == sorted(said, reverse=True)
            assert await _posts(db, "Autobahn") == await _comments(db, "Autobahn") == []
            assert (await words.find(db, Post, "grusse") is None) is (common == 1)


async def test_words_follow_every_change_whoever_makes_it(database: Database) -> None:
    ana = await member(database, "ana")
    cats = await community(database, ana)
    (post,) = await making.posts(database, ana, cats, 1, title="電車")
    (comment,) = await making.comments(database, ana, cats, [post], body="電車")
    await database.write(lambda s: s.execute(update(Post).values(title="Über uns")))
    await database.write(lambda s: s.execute(update(Comment).values(body="Über euch")))
    async with database.read() as db:
        assert await _posts(db, "uber") == [post]
        assert await _comments(db, "uber") == [comment]
        assert await _posts(db, "電車") == await _comments(db, "電車") == []
    await database.write(lambda s: s.execute(delete(Comment)))
    await database.write(lambda s: s.execute(delete(Post)))
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(PostWords)) == 0
        assert await db.scalar(select(func.count()).select_from(CommentWords)) == 0


async def test_texts_from_before_are_read_bit_by_bit_and_found_meanwhile(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words_backlog, "BATCH", 2)
    ana = await member(database, "ana")
    cats = await community(database, ana)
    ids = await making.posts(database, ana, cats, 3, title="Running Über")
    said = await making.comments(database, ana, cats, ids, body="Running Über")
    await database.write(lambda s: s.execute(delete(PostWords)))  # as a migration leaves them
    await database.write(lambda s: s.execute(delete(CommentWords)))
    for source, below in (("post", max(ids) + 1), ("post_reply", max(said) + 1)):
        await making.add(database, WordsBacklog(source=source, below=below))

    steps, newest_first = [], sorted(ids, reverse=True)
    for reached in ([], newest_first[:2], newest_first):
        for common in (5_000, 1):
            monkeypatch.setattr(words, "COMMON", common)
            async with database.read() as db:
                assert await _posts(db, "run") == newest_first, "by PieFed's words, or by ours"
                assert await _comments(db, "runs") == sorted(said, reverse=True)
                assert await _posts(db, "uber") == reached
        steps.append(await database.write(words_backlog.read_some))
    async with database.read() as db:
        assert await words_backlog.unread(db) > 0
    while count := await database.write(words_backlog.read_some):
        steps.append(count)
    assert steps == [2, 1, 2, 1]
    async with database.read() as db:
        assert await words_backlog.unread(db) == 0
        assert await _comments(db, "uber") == sorted(said, reverse=True)
