"""The one chain through which our own logs and the libraries' go, and what else a process writes of its errors."""

import logging
import sys
from types import TracebackType
from typing import Any, TextIO

import structlog

from service.config import LogConfig
from service.logs.errors import described, formatted_trace, trace

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
SERVERS_OWN = "hypercorn.error"


def configure_logs(config: LogConfig) -> None:
    """Send our own logs, the libraries', and what nobody catches through one chain.

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
        tell_errors,
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=_print_trace)]
        if console
        else [structlog.processors.ExceptionRenderer(_trace), structlog.processors.JSONRenderer()]
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
    handler.addFilter(_tell_errors_of_libraries)
    logging.basicConfig(handlers=[handler], level=config.level.upper(), force=True)
    logging.captureWarnings(capture=True)
    _take_over_from_the_server()
    sys.excepthook = _write_uncaught


def hide_secrets(_: object, __: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Blank the values whose names say that they are secret."""
    for name in SECRETS & entry.keys():
        entry[name] = "***"
    return entry


def tell_errors(_: object, __: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Put in place of an error what may be told of it."""
    for name, value in entry.items():
        if isinstance(value, BaseException) and name != "exc_info":
            entry[name] = described(value)
    return entry


def _tell_errors_of_libraries(record: logging.LogRecord) -> bool:
    """A library formats the errors that it logs into its message, and asyncio also what was at hand when they came."""
    if isinstance(record.msg, BaseException):
        record.msg = described(record.msg)
    if isinstance(record.args, tuple):
        record.args = tuple(described(one) if isinstance(one, BaseException) else one for one in record.args)
    if record.name == "asyncio":
        record.msg, record.args = record.getMessage().partition("\n")[0], ()
    return True


def _take_over_from_the_server() -> None:
    """Hypercorn gives its logger a handler of its own when it begins; what that one would write goes through ours."""
    logger = logging.getLogger(SERVERS_OWN)

    def hand_over(record: logging.LogRecord) -> bool:
        logging.getLogger().handle(record)
        return False

    for former in list(logger.filters):
        logger.removeFilter(former)
    logger.addFilter(hand_over)


ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def _trace(exc_info: ExcInfo) -> list[dict[str, Any]]:
    return trace(exc_info[1])


def _print_trace(out: TextIO, exc_info: ExcInfo) -> None:
    out.write("\n" + formatted_trace(exc_info[1]))


def _write_uncaught(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    if not isinstance(error, KeyboardInterrupt):
        print(formatted_trace(error), file=sys.stderr, flush=True)  # noqa: T201 - the process ends with it
