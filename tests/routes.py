"""Compiles each route once for all the apps of a run, since every test has an app of its own with the same routes.

What Werkzeug makes of a rule depends on the rule's text alone; for 350 rules that is most of the time of making an app.
"""

from typing import Any

from werkzeug.routing import Rule


def compile_routes_once() -> None:
    """Keep what Werkzeug compiles, by what it is compiled from."""
    known: dict[object, Rule] = {}
    compile_rule = Rule.compile

    def compile_once(rule: Rule) -> None:
        text = (rule.rule, rule.host, rule.subdomain, rule.merge_slashes, repr(rule.defaults))
        if text in known:
            _take_over(rule, known[text])
        else:
            compile_rule(rule)
            known[text] = rule

    Rule.compile = compile_once  # type: ignore[method-assign, assignment]


def _take_over(rule: Any, compiled: Any) -> None:
    rule._parts, rule._trace, rule._converters = compiled._parts, compiled._trace, compiled._converters
    rule.arguments |= compiled.arguments
    rule._build = compiled._build.__func__.__get__(rule)
    rule._build_unknown = compiled._build_unknown.__func__.__get__(rule)
