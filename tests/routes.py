"""Makes the map of addresses once for all the apps of a run: every test has an app of its own with the same addresses.

What Quart and Werkzeug make of seven hundred addresses depends on their text alone, and is most of what making an app
costs. An app that gets an address of its own gets a map of its own. So it is with the views of a blueprint, which has
them for all apps: they are laid in at once, and not one by one.
"""

from functools import cache
from secrets import token_hex
from typing import Any
from unittest.mock import patch

from quart import Blueprint
from quart.routing import QuartMap, QuartRule

from service import assembly
from service.config import Config, SiteConfig
from service.http.application import Application
from service.http.web.frame import rendering

_make, _add, _register = Application.__init__, Application.add_url_rule, Application.register_blueprint


def make_routes_once(*, at_once: bool = False) -> None:
    """Let apps share their map from now on, and what they load to show pages.

    Parameters:
        at_once: whether that is made now, for processes that are forked from this one, or when the first app is made.
    """
    Application.__init__ = _make_with_all  # type: ignore[method-assign, assignment]
    Application.add_url_rule = _add_what_is_new  # type: ignore[method-assign, assignment]
    Application.register_blueprint = _register_what_is_known  # type: ignore[method-assign, assignment]
    rendering.prepare = cache(rendering.prepare)
    if at_once:
        _known()
        rendering.prepare()


def _make_with_all(app: Application, config: Config) -> None:
    addresses = _known().url_map
    _make(app, config)
    app.url_map = addresses


def _add_what_is_new(
    app: Application, rule: str, endpoint: Any = None, view_func: Any = None, **more: Any
) -> None:
    known = _known().url_map
    if app.url_map is known:
        if endpoint in known._rules_by_endpoint:
            app.view_functions[endpoint] = view_func
            return
        app.url_map = QuartMap([_unbound(one) for one in known.iter_rules()])
    _add(app, rule, endpoint, view_func, **more)


def _register_what_is_known(app: Application, blueprint: Blueprint, **more: Any) -> None:
    known = _known()
    alike = known.blueprints.get(blueprint.name) is blueprint and app.url_map is known.url_map
    if not alike or more or blueprint._blueprints or blueprint.cli.commands:
        _register(app, blueprint, **more)
        return
    app.blueprints[blueprint.name] = blueprint
    blueprint._merge_blueprint_funcs(app, blueprint.name)
    state = blueprint.make_setup_state(app, more, first_registration=True)
    for step in blueprint.deferred_functions:
        if not _adds_an_address(step):
            step(state)
    app.view_functions.update(_views_of(blueprint))


def _adds_an_address(step: Any) -> bool:
    return bool(step.__qualname__ == "Blueprint.add_url_rule.<locals>.<lambda>")


@cache
def _views_of(blueprint: Blueprint) -> dict[str, Any]:
    views = _known().view_functions.items()
    return {endpoint: view for endpoint, view in views if endpoint.rpartition(".")[0] == blueprint.name}


@cache
def _known() -> Application:
    """Make an app for the others to take it from, which sets nothing up for them."""
    config = Config(site=SiteConfig(secret_key=token_hex(32)))
    with (
        patch.object(Application, "__init__", _make),
        patch.object(Application, "add_url_rule", _add),
        patch.object(Application, "register_blueprint", _register),
        patch.multiple(assembly, configure_logs=lambda _: None, read_strictly=lambda **_: None),
    ):
        return assembly.build_app(config)


def _unbound(rule: Any) -> QuartRule:
    return QuartRule(
        rule.rule,
        methods=rule.methods,
        endpoint=rule.endpoint,
        defaults=rule.defaults,
        provide_automatic_options=rule.provide_automatic_options,
    )
