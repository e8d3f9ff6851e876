"""Which pages whoever is not signed in is shown: all others lead to where one signs in, or are not there."""

from service.http.application import Application
from tests.http.web.visitor import Visitor

SHOWN = {
    "/", "/.well-known/host-meta", "/.well-known/nodeinfo", "/.well-known/security.txt", "/about", "/actor",
    "/actor/outbox", "/appearance", "/auth/check_email", "/auth/login", "/auth/please_wait",
    "/auth/register", "/auth/register/letters", "/auth/resend_email", "/auth/reset_password_request",
    "/auth/reset_password_request/sent", "/communities", "/domains", "/explore", "/favicon.ico", "/feed",
    "/feeds", "/home", "/instances", "/keyboard_shortcuts", "/livez", "/manifest.json", "/metrics",
    "/modlog", "/nodeinfo/2.0", "/nodeinfo/2.0.json", "/nodeinfo/2.1", "/nodeinfo/2.1.json", "/offline",
    "/opensearch.xml", "/people", "/protocol_handler", "/readyz", "/robots.txt", "/search",
    "/service_worker.js", "/site_outbox", "/sitemap.xml", "/sitemap/places.xml", "/tags", "/topics",
}  # fmt: skip
# Those that know of nobody, or ask something else first.
LED_ON = {"/activitypub/externalInteraction", "/authorize_interaction", "/content_warning", "/share"}


async def test_what_a_stranger_is_shown(app: Application, founder: Visitor, stranger: Visitor) -> None:
    paths = {
        str(rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.arguments
        and not str(rule).startswith(("/api/", "/static"))
    }
    answers = {path: await stranger.client.get(path) for path in sorted(paths)}
    assert {path for path, answer in answers.items() if answer.status_code == 200} == SHOWN
    led = {path: answer.headers["Location"] for path, answer in answers.items() if answer.status_code == 303}
    assert {path for path, place in led.items() if not place.startswith("/auth/login")} == LED_ON
    others = {answer.status_code for path, answer in answers.items() if path not in SHOWN | led.keys()}
    assert others <= {308, 400, 404}, "moved, or asked for without what it needs"
