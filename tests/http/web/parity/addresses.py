"""The patterns of our addresses, and which of them takes an address."""

import re
from functools import cache

from quart import Quart
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect, Rule

from service.http import activitypub, api, web
from service.http.condition import health
from service.http.pictures import files, remote_images


@cache
def doors() -> Map:
    """Return all patterns that the site answers."""
    app = Quart("doors", static_folder=None)
    for one in (
        health.blueprint,
        files.blueprint,
        remote_images.blueprint,
        *web.blueprints(),
        *api.blueprints(),
        *activitypub.blueprints(),
    ):
        app.register_blueprint(one)
    return app.url_map


def patterns(method: str) -> set[str]:
    """Return the patterns that a method can be sent to."""
    return {rule.rule for rule in doors().iter_rules() if method in (rule.methods or ())}


def pattern_of(path: str, method: str) -> str | None:
    """The pattern that answers; None if none does."""
    asked = doors().bind("site.example")
    try:
        rule, _ = asked.match(path.partition("?")[0].partition("#")[0], method, return_rule=True)
    except RequestRedirect as lead:
        return pattern_of(lead.new_url.removeprefix("http://site.example"), method)
    except HTTPException:
        return None
    return rule.rule


def taker(path: str) -> Rule | None:
    """Return the pattern that answers GET at an address; pages that administrators write do not count."""
    asked = doors().bind("site.example")
    try:
        rule, _ = asked.match(path.partition("?")[0], "GET", return_rule=True)
    except RequestRedirect as lead:
        return taker(lead.new_url.removeprefix("http://site.example"))
    except HTTPException:
        return None
    return None if rule.rule.startswith("/<") else rule


def example(pattern: str) -> str:
    """Return an address of a pattern."""
    return re.sub(r"<(\w+:)?(\w+)>", lambda found: "1" if found[2].endswith("_id") else "x", pattern)
