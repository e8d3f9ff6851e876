"""Structured logs on standard error: JSON lines for machines, colours for a person at a terminal.

Whatever is logged, by us or by a library, is told without values: see `told`.
"""

from service.logs.setting import configure_logs
from service.logs.told import told, traced

__all__ = ["configure_logs", "told", "traced"]
