"""The OpenAPI 3.1 document of an API: paths from the routes, schemas from the structs of the handlers' signatures.

See https://spec.openapis.org/oas/v3.1.0; its schemas are JSON Schema, which msgspec writes.
"""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from quart import Quart

from service.http.doors import READS
from service.http.openapi.endpoint import Api, Endpoint, facts_of
from service.http.passing.idempotency_key import KEY, LONGEST_KEY

Json = dict[str, Any]

EXTENSION = "pieloop_openapi"
JSON = "application/json"
REF = "#/components/schemas/{name}"
UNSPOKEN = {"HEAD", "OPTIONS"}
PLACE = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
KINDS: dict[str | None, Json] = {"int": {"type": "integer", "minimum": 0}, None: {"type": "string"}}


def document(app: Quart, *apis: Api) -> Json:
    """Return the document; it is made once, since the routes of an app do not change.

    Parameters:
        app: whose routes are described.
        apis: which of them; the first gives title, version and description.
    """
    made: dict[str, Json] = app.extensions.setdefault(EXTENSION, {})
    title = apis[0].title
    if title not in made:
        made[title] = _document(app, apis)
    return made[title]


def _document(app: Quart, apis: tuple[Api, ...]) -> Json:
    endpoints = list(_endpoints(app, apis))
    api = apis[0]
    paths: dict[str, Json] = {}
    for path, methods, name, facts in endpoints:
        for method in methods:
            paths.setdefault(path, {})[method] = _operation(path, method, name, facts)
    return {
        "openapi": "3.1.0",
        "info": {"title": api.title, "version": api.version, "description": api.description},
        "paths": {PLACE.sub(r"{\g<name>}", path): item for path, item in sorted(paths.items())},
        "components": {
            "schemas": _schemas(apis, (facts for *_, facts in endpoints)),
            "securitySchemes": {name: scheme for one in apis for name, scheme in one.schemes.items()},
        },
    }


def _endpoints(app: Quart, apis: tuple[Api, ...]) -> Iterable[tuple[str, list[str], str, Endpoint]]:
    for rule in app.url_map.iter_rules():
        facts = facts_of(app.view_functions.get(rule.endpoint))
        if facts is not None and facts.api in apis:
            methods = [method.lower() for method in sorted((rule.methods or set()) - UNSPOKEN)]
            yield rule.rule, methods, rule.endpoint, facts


def _operation(path: str, method: str, endpoint: str, facts: Endpoint) -> Json:
    blueprint, _, name = endpoint.removeprefix("api_").rpartition(".")
    operation: Json = {
        "operationId": name if facts.api.tag else f"{blueprint}_{name}",
        "tags": [facts.api.tag or blueprint.replace("_", " ").capitalize()],
        "summary": facts.summary,
        "security": _security(facts),
        "parameters": [
            *_path_parameters(path),
            *_query_parameters(facts.query),
            *_header_parameters(method, facts),
        ],
        "responses": {str(facts.status): _success(facts)} | _refusals(facts),
    }
    if facts.description:
        operation["description"] = facts.description
    if facts.body is not None:
        schema = {"$ref": REF.format(name=facts.body.__name__)}
        operation["requestBody"] = {
            "required": bool(_own_schema(facts.body).get("required")),
            "content": {JSON: {"schema": schema}},
        }
    elif facts.forms:
        content = {kind: {"schema": dict(schema)} for kind, schema in facts.forms.items()}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _security(facts: Endpoint) -> list[Json]:
    needed: list[Json] = [{name: []} for name in facts.api.schemes]
    return [{}, *needed] if facts.api.public and not facts.personal else needed


def _path_parameters(path: str) -> list[Json]:
    return [
        {"in": "path", "name": found["name"], "required": True, "schema": KINDS[found["kind"]]}
        for found in PLACE.finditer(path)
    ]


def _query_parameters(query: type | None) -> list[Json]:
    if query is None:
        return []
    schema = _own_schema(query)
    required = schema.get("required", ())
    return [
        {"in": "query", "name": name, "required": name in required, "schema": _without_null(one)}
        for name, one in schema["properties"].items()
    ]


def _header_parameters(method: str, facts: Endpoint) -> list[Json]:
    if not facts.personal or method.upper() in READS:
        return []
    schema = {
        "type": "string",
        "maxLength": LONGEST_KEY,
        "description": "Names this request: it is done once",
    }
    return [{"in": "header", "name": KEY, "required": False, "schema": schema}]


def _without_null(schema: Json) -> Json:
    """A query string has no null: a parameter that may be missing is simply not sent."""
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    kept = {
        key: value for key, value in schema.items() if key != "anyOf" and (key, value) != ("default", None)
    }
    return kept | (choices[0] if len(choices) == 1 else {"anyOf": choices} if choices else {})


def _own_schema(kind: type) -> Json:
    _, components = msgspec.json.schema_components([kind], ref_template=REF)
    found: Json = components[kind.__name__]
    return found


def _success(facts: Endpoint) -> Json:
    content: Json = {}
    if facts.answer is not None:
        content[JSON] = {"schema": {"$ref": REF.format(name=facts.answer.__name__)}}
    content |= {kind: {"schema": dict(schema)} for kind, schema in facts.media.items()}
    return {"description": "Done", "content": content}


def _refusals(facts: Endpoint) -> Json:
    schema = {"$ref": REF.format(name=facts.api.error.__name__)}
    return {
        str(status): {"description": facts.api.refusals[status], "content": {JSON: {"schema": schema}}}
        for status in facts.refusals
    }


def _schemas(apis: tuple[Api, ...], endpoints: Iterable[Endpoint]) -> Json:
    kinds = {api.error for api in apis}
    for facts in endpoints:
        kinds |= {kind for kind in (facts.body, facts.answer) if kind is not None}
    ordered = sorted(kinds, key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template=REF)
    return dict(sorted(components.items()))
