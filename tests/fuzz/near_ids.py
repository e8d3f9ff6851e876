"""Hooks of Schemathesis: most ids become small ones, of which something exists.

Source: https://schemathesis.readthedocs.io/en/stable/guides/extending/
"""

from typing import Any

import schemathesis

NEAREST = 40
LEFT_ALONE = 4  # one in so many


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    """Bring the ids of a query near."""
    return _nearer(query)


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Bring the ids of a body near."""
    return _nearer(body)


def _nearer(sent: Any) -> Any:
    if not isinstance(sent, dict):
        return sent
    return {name: _near(value) if _is_id(name) else value for name, value in sent.items()}


def _near(value: Any) -> Any:
    if isinstance(value, list):
        return [_near(one) for one in value]
    if isinstance(value, bool) or not isinstance(value, int) or value % LEFT_ALONE == 0:
        return value
    return 1 + value % NEAREST


def _is_id(name: str) -> bool:
    return name == "id" or name.endswith(("_id", "_ids", "_id_list"))
