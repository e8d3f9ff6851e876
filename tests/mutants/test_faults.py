"""Faults are put in where somebody would make them, one at a time, and what comes of it is Python."""

import ast
from pathlib import Path

from tests.mutants.faults import faults_of

SOURCE = '''
LIMIT = 3

async def vote(session, author, größe: int, *, again=True):
    """Words of documentation."""
    if author.banned and not author.admin or größe < 5:
        raise Forbidden("3 words")
    log.info("vote")
    await session.flush()
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
    "größe + 1 -> -",
    "1 -> 2",
}


def test_each_place_has_its_faults() -> None:
    source = SOURCE.encode()
    faults = faults_of(Path("votes.py"), source)
    assert {fault.what for fault in faults} == EXPECTED
    changed = [fault.applied_to(source) for fault in faults]
    assert len(set(changed)) == len(EXPECTED)
    for text in changed:
        ast.parse(text)
        assert text != source
