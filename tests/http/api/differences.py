"""What an API promises, in few words, and where one API breaks what another promises.

Facts are taken from an OpenAPI document: for each operation its query, its body and its answer; for each schema its
fields, required ones with an exclamation mark, with their types: "int", "[Person]", "str|null", "'Read'|'Unread'".

`python -m tests.http.api.differences DOCUMENT piefed_api.json` writes the facts of another site's document anew.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

Json = dict[str, Any]
Fields = dict[str, str]
JSON, FORM = "application/json", "multipart/form-data"
PIEFED = Path(__file__).with_name("piefed_api.json")
PRIVATE_REGISTRATION = PIEFED.with_name("private_registration_api.json")
NAMES = {
    "string": "str",
    "integer": "int",
    "boolean": "bool",
    "number": "float",
    "object": "dict",
    "null": "null",
}
METHODS = ("get", "post", "put", "delete")


class Operation(msgspec.Struct):
    """What one operation takes and gives; a body and an answer are names of schemas."""

    query: Fields
    body: str | None
    answer: str | None


class Facts(msgspec.Struct):
    """What an API promises."""

    operations: dict[str, Operation]
    schemas: dict[str, Fields]


def facts_of(document: Json) -> Facts:
    """Return what an OpenAPI document promises."""
    operations = {name: _operation(facts) for name, facts in _operations(document)}
    schemas = {name: _fields(schema) for name, schema in document["components"]["schemas"].items()}
    return Facts(operations, schemas | dict(_inline(document)))


def facts_in(path: Path) -> Facts:
    """Return the facts that were taken from another site's document: PIEFED or PRIVATE_REGISTRATION."""
    return msgspec.json.decode(path.read_bytes(), type=Facts)


def differences(theirs: Facts, ours: Facts) -> list[str]:
    """Return a line for each promise of theirs that ours does not keep."""
    return sorted(set(_differences(theirs, ours)))


def _differences(theirs: Facts, ours: Facts) -> Iterator[str]:
    for name, wanted in theirs.operations.items():
        given = ours.operations.get(name)
        if given is None:
            yield f"{name}: missing"
            continue
        yield from _taken(name + " query", wanted.query, given.query, theirs, ours)
        if wanted.body:
            fields = ours.schemas.get(given.body or "", {})
            yield from _taken(wanted.body, theirs.schemas[wanted.body], fields, theirs, ours)
        if wanted.answer:
            yield from _given(wanted.answer, given.answer or "nothing", theirs, ours, set())


def _taken(where: str, wanted: Fields, read: Fields, theirs: Facts, ours: Facts) -> Iterator[str]:
    """What is sent: each of their fields is read as what they say it is, and no more is asked for."""
    for field, kind in wanted.items():
        name = field.rstrip("!")
        mine = read.get(name, read.get(name + "!"))
        if mine is None:
            yield f"{where}.{name}: not read"
            continue
        nested = _schema_of(kind)
        if nested and (own := _schema_of(mine)):
            yield from _taken(nested, theirs.schemas[nested], ours.schemas[own], theirs, ours)
        elif not _kinds(kind) - {"null"} <= _widened(_loosely(mine, kind)):
            yield f"{where}.{name}: {kind} is sent, {mine} is read"
    for field in read:
        if field.endswith("!") and field not in wanted:
            yield f"{where}.{field.rstrip('!')}: asked for"


def _given(wanted: str, given: str, theirs: Facts, ours: Facts, seen: set[str]) -> Iterator[str]:
    """What is answered: each of their fields is there, always where they say so, as what they say it is."""
    if wanted in seen:
        return
    seen.add(wanted)
    fields = ours.schemas.get(given, {})
    for field, kind in theirs.schemas[wanted].items():
        name = field.rstrip("!")
        mine = fields.get(name + "!") or (None if field.endswith("!") else fields.get(name))
        if mine is None:
            yield f"{wanted}.{name}: " + ("not always given" if name in fields else "not given")
            continue
        nested, own = _schema_of(kind), _schema_of(mine)
        if nested and own:
            yield from _given(nested, own, theirs, ours, seen)
            if "null" in _kinds(mine) - _kinds(kind):
                yield f"{wanted}.{name}: may be null"
        elif not _kinds(_loosely(mine, kind)) <= _widened(kind):
            yield f"{wanted}.{name}: {mine} is given, {kind} is promised"


def _kinds(kind: str) -> set[str]:
    return set(kind.split("|"))


def _widened(kind: str) -> set[str]:
    """All kinds that fit where `kind` is expected: any word fits a string, an integer fits a number."""
    kinds = _kinds(kind)
    return _Any(kinds) if "str" in kinds else kinds | ({"int"} if "float" in kinds else set())


class _Any(set[str]):
    """A set that holds every quoted word besides."""

    def __ge__(self, other: object) -> bool:
        return isinstance(other, set) and {one for one in other if not one.startswith("'")} <= set(self)


def _loosely(kind: str, beside: str) -> str:
    """Return a kind without the names of its schemas, where the other one says only that there is an object."""
    return re.sub(r"\b[A-Z]\w+", "dict", kind) if "dict" in beside else kind


def _schema_of(kind: str) -> str | None:
    """Return the name of the schema in a kind, that of a list's items too."""
    names = [one.strip("[]") for one in kind.split("|")]
    return next((name for name in names if name[:1].isupper()), None)


def _operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def _operation(facts: Json) -> Operation:
    answer = _success(facts).get("content", {}).get(JSON, {}).get("schema", {})
    content = facts.get("requestBody", {}).get("content", {})
    body = content.get(JSON, content.get(FORM, {})).get("schema", {})
    query = {
        one["name"] + "!" * one.get("required", False): _kind(one["schema"])
        for one in facts.get("parameters", ())
        if one["in"] == "query"
    }
    name = body.get("$ref", "").rpartition("/")[2] or (facts["operationId"] if body else "")
    return Operation(query, name or None, answer.get("$ref", "").rpartition("/")[2] or None)


def _success(facts: Json) -> Json:
    answers: Json = facts.get("responses", {})
    return next((answer for status, answer in answers.items() if status.startswith("2")), {})


def _inline(document: Json) -> Iterator[tuple[str, Fields]]:
    """Schemas of bodies that stand with their operation have its name."""
    for _, facts in _operations(document):
        for content in facts.get("requestBody", {}).get("content", {}).values():
            if "properties" in content["schema"]:
                yield facts["operationId"], _fields(content["schema"])


def _fields(schema: Json) -> Fields:
    required = schema.get("required", ())
    return {name + "!" * (name in required): _kind(one) for name, one in schema.get("properties", {}).items()}


def _kind(schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return "|".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return "|".join(f"'{one}'" if isinstance(one, str) else str(one) for one in schema["enum"])
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return "|".join(_kind(schema | {"type": one}) for one in kind)
    if kind == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return NAMES.get(kind, "any")


if __name__ == "__main__":
    found = facts_of(msgspec.json.decode(Path(sys.argv[1]).read_bytes()))
    text = msgspec.json.format(msgspec.json.encode(found, order="sorted"), indent=1)
    PIEFED.with_name(sys.argv[2]).write_bytes(text + b"\n")
