"""Compiles each route once for all the apps of a run, since every test has an app of its own with the same routes.

What Werkzeug compiles of a rule depends on the rule's text alone; for 250 rules it takes most of the time of making an
app.
"""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


def compile_routes_once() -> None:
    """Keep what Werkzeug compiles, by what it is compiled from."""
    known: dict[object, Any] = {}
    compile_builder: Callable[[Rule, bool], Any] = Rule._compile_builder

    def kept(rule: Rule, append_unknown: bool = True) -> Any:
        text = (rule.rule, rule.host, rule.subdomain, repr(rule.defaults), append_unknown)
        if text not in known:
            known[text] = compile_builder(rule, append_unknown)
        return known[text]

    Rule._compile_builder = kept  # type: ignore[method-assign, assignment]
