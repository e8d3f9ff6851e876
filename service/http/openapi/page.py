"""An OpenAPI document as a page: server-rendered, without a script, so that it needs nothing from anywhere."""

from typing import Any

import msgspec

from service.http.web.frame.rendering import render

Json = dict[str, Any]

FOR_NOBODY: dict[str, Any] = {"viewer": None, "csrf": "", "notice": None, "next": "/"}


class Row(msgspec.Struct, frozen=True):
    """One value that is taken or given."""

    name: str
    kind: str
    required: bool
    words: str


class Answer(msgspec.Struct, frozen=True):
    """One status with what comes with it."""

    status: str
    words: str
    kinds: list[str]
    rows: list[Row]


class Operation(msgspec.Struct, frozen=True):
    """One method of one path."""

    tag: str
    name: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Row]
    body: list[Row]
    answers: list[Answer]


def page(document: Json, address: str) -> str:
    """Return the page as somebody sees it who is not signed in.

    Parameters:
        document: what it shows.
        address: where the document itself is found.
    """
    return render(
        "openapi.html",
        info=document["info"],
        address=address,
        security=document["components"]["securitySchemes"],
        groups=_groups(document),
        schemas={name: rows(document, schema) for name, schema in document["components"]["schemas"].items()},
        **FOR_NOBODY,
    )


def _groups(document: Json) -> dict[str, list[Operation]]:
    groups: dict[str, list[Operation]] = {}
    for operation in _operations(document):
        groups.setdefault(operation.tag, []).append(operation)
    return dict(sorted(groups.items()))


def _operations(document: Json) -> list[Operation]:
    return [
        Operation(
            facts["tags"][0],
            facts["operationId"],
            method.upper(),
            path,
            facts["summary"],
            facts.get("description", ""),
            [_parameter(document, one) for one in facts["parameters"]],
            _body(document, facts),
            [_answer(document, status, one) for status, one in facts["responses"].items()],
        )
        for path, methods in document["paths"].items()
        for method, facts in methods.items()
    ]


def _parameter(document: Json, one: Json) -> Row:
    schema = one["schema"]
    kind = f"{one['in']}, {kind_of(document, schema)}"
    return Row(one["name"], kind, one["required"], schema.get("description", ""))


def _answer(document: Json, status: str, one: Json) -> Answer:
    succeeded = status.startswith("2")
    return Answer(
        status, one["description"], list(one["content"]), _content(document, one) if succeeded else []
    )


def _body(document: Json, facts: Json) -> list[Row]:
    content = facts.get("requestBody", {}).get("content", {})
    return [row for one in content.values() for row in rows(document, one["schema"])]


def _content(document: Json, one: Json) -> list[Row]:
    schema = one.get("content", {}).get("application/json", {}).get("schema")
    return rows(document, schema) if schema else []


def rows(document: Json, schema: Json) -> list[Row]:
    """Return the values of an object's schema."""
    whole = _resolved(document, schema)
    required = whole.get("required", ())
    return [
        Row(name, kind_of(document, one), name in required, one.get("description", ""))
        for name, one in whole.get("properties", {}).items()
    ]


def kind_of(document: Json, schema: Json) -> str:
    """Return in a few words what a schema allows."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(kind_of(document, one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {kind_of(document, schema.get('items', {}))}"
    return f"{schema.get('type', 'anything')}{_limits(schema)}"


LIMITS = {
    "format": "{}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "from {}",
    "maximum": "up to {}",
}


def _limits(schema: Json) -> str:
    found = [words.format(schema[name]) for name, words in LIMITS.items() if name in schema]
    return f" ({', '.join(found)})" if found else ""


def _resolved(document: Json, schema: Json) -> Json:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Json = document["components"]["schemas"][name] if name else schema
    return found
