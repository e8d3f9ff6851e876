"""Structured logs on standard error: JSON lines for machines, colours for a person at a terminal.

Whatever is logged, by us or by a library, is told without values: see `described`.
"""

from service.logs.errors import described, formatted_trace
from service.logs.setting import configure_logs

__all__ = ["configure_logs", "described", "formatted_trace"]
