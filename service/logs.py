"""Structured logs on standard error: JSON lines for machines, colours for a person at a terminal."""

import logging
import sys

import structlog

from service.config import LogConfig

SECRETS = {
    "password",
    "secret",
    "token",
    "cookie",
    "authorization",
    "secret_key",
    "database_url",
    "redis_url",
}

# Without the values of variables: among them are passwords, tokens and the secret key.
TRACEBACKS = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def configure_logs(config: LogConfig) -> None:
    """Send our own logs and the libraries' through one chain.

    Parameters:
        config: the level and the format.
    """
    console = config.format == "console" or (config.format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if console
        else [structlog.processors.ExceptionRenderer(TRACEBACKS), structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, config.level.upper())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processors=[remove_meta, *renderer], foreign_pre_chain=shared)
    )
    logging.basicConfig(handlers=[handler], level=config.level.upper(), force=True)


def hide_secrets(_: object, __: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Blank the values whose names say that they are secret."""
    for name in SECRETS & entry.keys():
        entry[name] = "***"
    return entry
