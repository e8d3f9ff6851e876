"""Builds the Quart app from its parts; no logic."""

import gc
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import cast

import structlog

from service.config import Config
from service.federation.intake.opening import Intake, open_intake
from service.http import activitypub, api, web
from service.http.activitypub.errors import answer_server
from service.http.activitypub.inbox import Inbox
from service.http.api.admin.errors import answer_system
from service.http.api.cors import register_cors
from service.http.api.errors import answer_app
from service.http.application import Application
from service.http.condition import health
from service.http.context import EXTENSION, INTAKE
from service.http.doors import Door
from service.http.errors import register_errors
from service.http.passing.access import register_access
from service.http.passing.compression import register_compression
from service.http.passing.identity import register_identity
from service.http.passing.late_reads import register_late_reads
from service.http.passing.overload.pace import paced
from service.http.passing.protocol.http1 import read_strictly
from service.http.passing.security import register_security
from service.http.pictures import files, remote_images
from service.http.web.errors import answer_browser
from service.lifecycle import open_resources
from service.logs import configure_logs
from service.processes.report import mortal, overhearing, ready, refusing
from service.secret_key import weakness_of

log = structlog.get_logger()

DRAIN = 15.0  # seconds that writes get at the end; less than hypercorn.toml's shutdown_timeout

ANSWERS = {  # how each door says what went wrong
    Door.PAGES: answer_browser,
    Door.API: answer_app,
    Door.ADMIN_API: answer_system,
    Door.SERVERS: answer_server,
}


def build_app(config: Config) -> Application:
    """Put an app together; it opens nothing until it serves.

    Parameters:
        config: the whole configuration, with a secret key.
    """
    configure_logs(config.log)
    read_strictly(http2=config.http.http2)
    weakness = weakness_of(config.site.secret_key)
    if weakness:
        log.warning("secret_key_is_weak", weakness=weakness, see="pieloop doctor")
    app = Application(config)
    register_compression(
        app
    )  # hooks after a request run from the last to the first: its own sees all that others set
    register_errors(app, ANSWERS, app.shared.metrics.count_refusal)
    register_cors(app)
    register_identity(app)
    register_late_reads(app)
    register_access(app)
    register_security(app)
    doors = (*web.blueprints(), *api.blueprints(), *activitypub.blueprints())
    for blueprint in (health.blueprint, files.blueprint, remote_images.blueprint, *doors):
        app.register_blueprint(blueprint)
    app.inbox = Inbox(
        lambda: cast("Intake", app.extensions[INTAKE]),
        is_awake=config.federation.enabled,
        scheme=config.site.web_scheme,
        counted=app.shared.metrics.inbox,
    )
    _serve_with_resources(app)
    return app


def _serve_with_resources(app: Application) -> None:
    @app.while_serving
    async def lifecycle() -> AsyncGenerator[None, None]:
        async with AsyncExitStack() as stack:
            with refusing(), mortal():
                resources = await stack.enter_async_context(
                    open_resources(app.settings, "web", app.shared.metrics.registry)
                )
                app.extensions[INTAKE] = await stack.enter_async_context(
                    open_intake(app.settings, resources.database, resources.outbound)
                )
            app.extensions[EXTENSION] = resources
            await stack.enter_async_context(app.shared.streams.fed_by(resources.redis))
            await stack.enter_async_context(paced(app.shared.gate))
            stack.enter_context(overhearing(app.shared.streams.end))
            # What start-up has made lives as long as the process: keep the collector from looking at it again.
            gc.collect()
            gc.freeze()
            ready()
            yield
            unfinished = await app.shared.writes.drain(DRAIN)
            if unfinished:
                log.error("writes_cancelled", count=unfinished)
