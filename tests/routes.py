"""Makes the map of addresses once for all the apps of a run: every test has an app of its own with the same addresses.

What Quart and Werkzeug make of seven hundred addresses depends on their text alone, and is most of what making an app
costs. An app that gets an address of its own gets a map of its own.
"""

from functools import cache
from secrets import token_hex
from typing import Any
from unittest.mock import patch

from quart.routing import QuartMap, QuartRule

from service import assembly
from service.config import Config, SiteConfig
from service.http.application import Application

_make, _add = Application.__init__, Application.add_url_rule


def make_routes_once() -> None:
    """Let apps share their map from now on."""
    Application.__init__ = _make_with_all  # type: ignore[method-assign, assignment]
    Application.add_url_rule = _add_what_is_new  # type: ignore[method-assign, assignment]


def _make_with_all(app: Application, config: Config) -> None:
    addresses = _addresses()
    _make(app, config)
    app.url_map = addresses


def _add_what_is_new(
    app: Application, rule: str, endpoint: Any = None, view_func: Any = None, **more: Any
) -> None:
    if app.url_map is _addresses():
        if endpoint in _addresses()._rules_by_endpoint:
            app.view_functions[endpoint] = view_func
            return
        app.url_map = QuartMap([_unbound(one) for one in _addresses().iter_rules()])
    _add(app, rule, endpoint, view_func, **more)


@cache
def _addresses() -> Any:
    """Take them from an app that is made for it, and sets nothing up for the others."""
    config = Config(site=SiteConfig(secret_key=token_hex(32)))
    with (
        patch.object(Application, "__init__", _make),
        patch.object(Application, "add_url_rule", _add),
        patch.multiple(assembly, configure_logs=lambda _: None, read_strictly=lambda **_: None),
    ):
        return assembly.build_app(config).url_map


def _unbound(rule: Any) -> QuartRule:
    return QuartRule(
        rule.rule,
        methods=rule.methods,
        endpoint=rule.endpoint,
        defaults=rule.defaults,
        provide_automatic_options=rule.provide_automatic_options,
    )
