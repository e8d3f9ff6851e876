"""Dashboard, alerts and runbook against what the program really exports."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from service.config import Config
from service.federation.deliver.courier import Courier
from service.http.application import Application
from service.lifecycle import open_resources
from tests.telemetry import scraped
from tests.workers.events import recorded
from workers.events import run_event
from workers.telemetry import DELIVERIES, REGISTRY, look

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "alerts.yml"
PROMTOOL = shutil.which("promtool")
NOT_OURS = {"up"}  # Prometheus's own
# What a scrape adds, and what Prometheus takes as labels of every series.
ADDED = {"instance", "job", "le"}

KEYWORDS = {
    *(
        "and",
        "or",
        "unless",
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "bool",
        "offset",
    ),
    *("inf", "nan"),
}


@pytest.fixture
async def scrape(app: Application, config: Config) -> str:
    """What Prometheus gets of a site with a web process and a worker that have done something."""
    async with open_resources(config, "worker", REGISTRY) as worker:
        await run_event({"resources": worker}, await recorded(worker.database))
        await look(worker)
        courier = Courier(worker.database, worker.outbound, domain=config.site.domain, admits=bool)
        courier.carrier.counts["delivered", "202"] += 1
        DELIVERIES.watch(courier)
        await app.test_client().get("/")
        await worker.redis.set(
            "pieloop:process:" + worker.reporter.name, encoded(worker.reporter.report()), ex=30
        )
        return await scraped(app)


def encoded(report: Any) -> bytes:
    import msgspec

    return msgspec.json.encode(report)


def exported(scrape: str) -> dict[str, set[str]]:
    """Return every series of a scrape with its labels, those of metrics without any series yet included."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(scrape):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        suffixes = ("_bucket", "_sum", "_count") if family.type == "histogram" else ("",)
        for suffix in suffixes:
            found[name + suffix] = set()
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DEPLOY / "grafana" / "pieloop.json").read_text(encoding="utf-8"))
    return found


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    """Yield every PromQL expression with where it stands."""
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for rule in alerts():
        yield rule["alert"], rule["expr"]


def metrics_in(expression: str) -> dict[str, set[str]]:
    """Return the metrics that an expression names, each with the labels that it asks for."""
    found: dict[str, set[str]] = {}
    plain = re.sub(r"\b(?:by|without|on|ignoring)\s*\([^)]*\)", " ", expression)
    for name, matchers in re.findall(
        r"([A-Za-z_:][\w:]*)(\{[^}]*\})?(?!\w|\s*\()", re.sub(r"\[[^\]]*\]", " ", plain)
    ):
        if name.lower() not in KEYWORDS and not in_string(plain, name):
            found.setdefault(name, set()).update(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))
    return found


def in_string(expression: str, word: str) -> bool:
    return word not in re.sub(r'"[^"]*"', "", expression)


def grouped_by(expression: str) -> set[str]:
    lists = re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression)
    return {label.strip() for one in lists for label in one.split(",")}


def test_the_parser_sees_every_name() -> None:
    text = (
        'sum by (a) (rate(one_total{x="two", y!~"z"}[5m])) / on (b) max(three) > 4 and five or absent(six{})'
    )
    assert metrics_in(text) == {"one_total": {"x", "y"}, "three": set(), "five": set(), "six": set()}
    assert grouped_by(text) == {"a", "b"}


async def test_dashboard_and_alerts_name_only_what_is_exported(scrape: str) -> None:
    known = exported(scrape)
    for where, expression in expressions():
        named = metrics_in(expression)
        assert named, where
        for metric, labels in named.items():
            if metric in NOT_OURS:
                continue
            assert metric in known, f"{where}: {metric}"
            if known[metric]:
                wanted = labels | grouped_by(expression)
                assert wanted <= known[metric] | ADDED, f"{where}: {metric} has no {wanted - known[metric]}"


async def test_every_metric_is_on_the_dashboard_and_in_the_runbook(scrape: str) -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    shown = {metric for _, expression in expressions() for metric in metrics_in(expression)}
    for family in text_string_to_metric_families(scrape):
        if not family.name.startswith("pieloop_"):
            continue
        name = f"{family.name}_total" if family.type == "counter" else family.name
        assert f"`{name}`" in runbook, name
        assert any(one.startswith(family.name) for one in shown), name


def test_the_runbook_documents_no_metric_that_is_gone(scrape: str) -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    known = exported(scrape)
    for name in re.findall(r"`(pieloop_[a-z_]+)`", runbook):
        assert name in known or f"{name}_count" in known, name


def test_every_alert_is_in_the_runbook_and_nothing_else() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### (Pieloop\w+)$", runbook, re.MULTILINE)
    assert sections == [rule["alert"] for rule in alerts()]


def test_every_alert_says_what_and_how_bad() -> None:
    for rule in alerts():
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"]


async def test_every_series_of_a_process_says_whose_it_is(scrape: str) -> None:
    of_the_site = {"pieloop_processes", "pieloop_redis_answers"}
    roles = set()
    for family in text_string_to_metric_families(scrape):
        for sample in family.samples:
            if family.name not in of_the_site:
                roles.add(sample.labels["role"])
                assert sample.labels["process"].startswith(f"pieloop.{sample.labels['role']}.")
    assert roles == {"web", "worker"}


def test_the_dashboard_is_whole() -> None:
    board = dashboard()
    identifiers = [panel["id"] for panel in board["panels"]]
    assert len(set(identifiers)) == len(identifiers)
    assert [variable["name"] for variable in board["templating"]["list"]] == ["datasource"]
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + column, place["y"] + row)
            for column in range(place["w"])
            for row in range(place["h"])
        }
        assert max(column for column, _ in cells) < 24, panel["title"]
        assert not cells & taken, panel["title"]
        taken |= cells
        for target in panel.get("targets", ()):
            assert target["datasource"]["uid"] == "${datasource}"


needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")


def promtool(*arguments: object, given: str = "") -> None:
    assert PROMTOOL
    told = subprocess.run(
        [PROMTOOL, *map(str, arguments)], input=given, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr


@needs_promtool
def test_prometheus_accepts_configuration_and_rules() -> None:
    promtool("check", "config", DEPLOY / "prometheus" / "prometheus.yml")


@needs_promtool
def test_prometheus_can_read_the_dashboards_expressions(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "5m")}
        for number, (_, expression) in enumerate(expressions())
    ]
    file = tmp_path / "dashboard.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}), encoding="utf-8")
    promtool("check", "rules", file)


@needs_promtool
async def test_prometheus_can_read_a_scrape(scrape: str) -> None:
    promtool("check", "metrics", given=scrape)


TWICE = [f'process="pieloop.web.1@a", role="web", instance="{port}"' for port in (8000, 8001)]
# alert -> series that set it off (after ten minutes), in promtool's notation
TROUBLE: dict[str, dict[str, str]] = {
    "PieloopDown": {'up{job="pieloop", instance="8000"}': "0x60"},
    "PieloopErrors": {
        'pieloop_http_requests_total{status="500"}': "0+2x60",
        'pieloop_http_requests_total{status="200"}': "0+98x60",
    },
    "PieloopOverloaded": {
        'pieloop_http_requests_total{status="503"}': "0+3x60",
        'pieloop_http_requests_total{status="200"}': "0+97x60",
    },
    "PieloopSlow": {
        'pieloop_http_request_seconds_bucket{le="1"}': "0+50x60",
        'pieloop_http_request_seconds_bucket{le="10"}': "0+100x60",
        'pieloop_http_request_seconds_bucket{le="+Inf"}': "0+100x60",
    },
    "PieloopEventLoopBlocked": {'pieloop_loop_stalls_total{role="web"}': "0+1x60"},
    "PieloopProtocolErrors": {'pieloop_protocol_errors_total{symptom="interleaved"}': "0x15 1x45"},
    "PieloopPoolTimeouts": {'pieloop_pool_timeouts_total{role="web"}': "0+1x60"},
    "PieloopPoolFull": {
        f"pieloop_pool_{name}{{{labels}}}": f"{value}x60"
        for labels in TWICE
        for name, value in (("lent", 8), ("limit", 8), ("waiting", 2))
    },
    "PieloopConnectionHeld": {f"pieloop_pool_longest_loan_seconds{{{labels}}}": "16x60" for labels in TWICE},
    "PieloopConnectionsLost": {
        f'pieloop_pool_invalidated_total{{reason="lost", {labels}}}': "0+3x60" for labels in TWICE
    },
    "PieloopPostgresFull": {
        "pieloop_server_connections": "91x60",
        "pieloop_server_connections_available": "97x60",
    },
    "PieloopStandbyLeftOut": {
        f'pieloop_standby_holds{{standby="a/pieloop", {labels}}}': "0x60" for labels in TWICE
    },
    "PieloopIdleInTransaction": {"pieloop_server_idle_in_transaction": "1x60"},
    "PieloopNoWorker": {'pieloop_processes{role="worker"}': "0x60", 'pieloop_processes{role="web"}': "2x60"},
    "PieloopRedisUnavailable": {"pieloop_redis_answers": "0x60"},
    "PieloopOutboxOld": {"pieloop_outbox_oldest_seconds": "301x60"},
    "PieloopOutboxParked": {"pieloop_outbox_parked": "1x60"},
    "PieloopReceivedOld": {"pieloop_received_oldest_seconds": "301x60"},
    "PieloopReceivedParked": {"pieloop_received_parked": "101x60"},
    "PieloopInboxRefuses": {
        'pieloop_inbox_activities_total{outcome="signature"}': "0+60x60",
        'pieloop_inbox_activities_total{outcome="stored"}': "0+40x60",
    },
    "PieloopReceivingNotListening": {"pieloop_receiving_listening": "0x60"},
    "PieloopServersBehind": {"pieloop_peers_lag_seconds": "901x60"},
    "PieloopUndelivered": {"pieloop_undelivered_parked": "1x60"},
    "PieloopRelayNotListening": {"pieloop_relay_listening": "0x60"},
}
WELL = {
    'up{job="pieloop", instance="8000"}': "1x60",
    'up{job="pieloop", instance="8001"}': "0x60",
    **{f'pieloop_http_requests_total{{status="200", {labels}}}': "0+98x60" for labels in TWICE},
    **{f'pieloop_http_requests_total{{status="503", {labels}}}': "0+1x60" for labels in TWICE},
    **{f'pieloop_http_requests_total{{status="500", {labels}}}': "0x60" for labels in TWICE},
    **{f'pieloop_http_request_seconds_bucket{{le="0.1", {labels}}}': "0+100x60" for labels in TWICE},
    **{f'pieloop_http_request_seconds_bucket{{le="+Inf", {labels}}}': "0+100x60" for labels in TWICE},
    **{f"pieloop_loop_stalls_total{{{labels}}}": "9x60" for labels in TWICE},
    **{f'pieloop_protocol_errors_total{{symptom="interleaved", {labels}}}': "0x60" for labels in TWICE},
    **{f"pieloop_pool_timeouts_total{{{labels}}}": "3x60" for labels in TWICE},
    **{f"pieloop_pool_lent{{{labels}}}": "8x60" for labels in TWICE},
    **{f"pieloop_pool_limit{{{labels}}}": "8x60" for labels in TWICE},
    **{f"pieloop_pool_waiting{{{labels}}}": "0x60" for labels in TWICE},
    # PgBouncer keeps the connections: no limit, and so never full
    'pieloop_pool_lent{process="pieloop.web.2@a", role="web"}': "8x60",
    'pieloop_pool_limit{process="pieloop.web.2@a", role="web"}': "0x60",
    'pieloop_pool_waiting{process="pieloop.web.2@a", role="web"}': "1x60",
    **{f"pieloop_pool_longest_loan_seconds{{{labels}}}": "0.5x60" for labels in TWICE},
    **{f'pieloop_pool_invalidated_total{{reason="lost", {labels}}}': "0+1.5x60" for labels in TWICE},
    "pieloop_server_connections": "50x60",
    "pieloop_server_connections_available": "97x60",
    **{f'pieloop_standby_holds{{standby="a/pieloop", {labels}}}': "1x60" for labels in TWICE},
    "pieloop_server_idle_in_transaction": "0x60",
    'pieloop_processes{role="worker"}': "2x60",
    "pieloop_redis_answers": "1x60",
    "pieloop_outbox_oldest_seconds": "2x60",
    "pieloop_outbox_parked": "0x60",
    "pieloop_received_oldest_seconds": "2x60",
    "pieloop_received_parked": "3x60",
    **{f'pieloop_inbox_activities_total{{outcome="stored", {labels}}}': "0+60x60" for labels in TWICE},
    **{f'pieloop_inbox_activities_total{{outcome="blocked", {labels}}}': "0+90x60" for labels in TWICE},
    **{f'pieloop_inbox_activities_total{{outcome="origin", {labels}}}': "0+9x60" for labels in TWICE},
    'pieloop_receiving_listening{process="pieloop.worker.1@a"}': "1x60",
    'pieloop_receiving_listening{process="pieloop.worker.2@a"}': "0x60",
    "pieloop_peers_lag_seconds": "60x60",
    "pieloop_undelivered_parked": "0x60",
    'pieloop_relay_listening{process="pieloop.worker.1@a"}': "1x60",
    'pieloop_relay_listening{process="pieloop.worker.2@a"}': "0x60",
}


def test_every_alert_is_tried() -> None:
    assert list(TROUBLE) == [rule["alert"] for rule in alerts()]


@needs_promtool
def test_trouble_sets_off_its_alert_and_a_site_that_is_well_none(tmp_path: Path) -> None:
    tests: list[dict[str, Any]] = [case({name}, series) for name, series in TROUBLE.items()] + [
        case(set(), WELL)
    ]
    file = tmp_path / "tests.yml"
    content = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    promtool("test", "rules", file)


def case(firing: set[str], series: dict[str, str]) -> dict[str, Any]:
    """A test of promtool's: twenty minutes into these series, exactly these alerts have gone off."""
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": "20m",
                "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(firing)],
            }
        ],
    }
