"""Faults are put in where somebody would make them, one at a time, and what comes of it is Python."""

import ast
from pathlib import Path
from typing import Any

from tests.mutants.faults import faults_of
from tests.mutants.known import known_faults
from tests.mutants.statements import statement_at, statements_of
from tests.mutants.swapping import Loaded

ROOT = Path(__file__).parents[2]

SOURCE = '''
LIMIT = 3

async def vote(session, author, größe: int, *, again=True):
    """Words of documentation."""
    if author.banned and not author.admin or größe < 5:
        raise Forbidden("3 words")
    log.info("vote")
    await session.flush()
    author.votes += größe
    author.seen: datetime | 5 = at
    await session.execute(update(User).where(User.id == 7, lives).where(open).values(seen=at, votes=9))
    return größe + 1
'''
EXPECTED = {
    "True -> False",
    "if author.banned and not author.admin or größe < 5 -> not",
    "without author.banned and not author.admin",
    "without größe < 5",
    "without author.banned",
    "without not author.admin",
    "not author.admin -> without not",
    "größe < 5 -> <=",
    "5 -> 6",
    "nothing is raised",
    "without await session.flush()",
    "without author.votes += größe",
    "without await session.execute(update(User).where(User.id == 7, lives).where(open).values(seen=at, votes=9))",
    "User.id == 7 -> !=",
    "7 -> 8",
    "9 -> 10",
    "without User.id == 7",
    "without lives",
    "without open",
    "without seen=at",
    "without votes=9",
    "größe + 1 -> -",
    "1 -> 2",
}


def test_each_place_has_its_faults() -> None:
    source = SOURCE.encode()
    faults = faults_of(Path("votes.py"), source)
    assert {fault.what for fault in faults} == EXPECTED
    changed = [fault.applied_to(source) for fault in faults]
    assert len(set(changed)) == len(faults)
    for text in changed:
        ast.parse(text)
        assert text != source


def test_known_faults_can_still_be_put_in_and_name_tests_that_there_are() -> None:
    """But for a few, whose place has changed since: `make mutants ARGS=--known` says which."""
    moved, known = [], known_faults()
    for one in known:
        file, _, test = one.test.partition("::")
        assert f"def {test.partition('[')[0]}(" in (ROOT / file).read_text("utf-8"), one.what
        try:
            ast.parse(one.fault(ROOT).applied_to((ROOT / one.path).read_bytes()))
        except (ValueError, FileNotFoundError):
            moved.append(one.what)
    assert len(moved) <= len(known) / 10, moved


def test_statements_have_names_that_hold() -> None:
    tree = ast.parse(SOURCE)
    names = [name for name, _, _ in statements_of("votes.py", tree)]
    assert names == [f"votes.py::vote#{number}" for number in range(len(names))]
    assert len(names) == 9
    line = SOURCE.splitlines().index('        raise Forbidden("3 words")') + 1
    assert statement_at("votes.py", tree, line) == names[-1]
    assert statement_at("votes.py", tree, 2) is None, "outside of functions"


def test_what_is_loaded_gets_other_code(tmp_path: Path) -> None:
    file = tmp_path / "loaded.py"
    before = b"def outer(n):\n    def inner():\n        return n + 1\n    return inner\n"
    after = before.replace(b"+", b"-")
    file.write_bytes(before)
    loaded: dict[str, Any] = {}
    exec(compile(before, str(file), "exec"), loaded)
    held, made = loaded["outer"], loaded["outer"](3)
    Loaded().swap(str(file), before, after)
    assert (held(3)(), made()) == (2, 2)
