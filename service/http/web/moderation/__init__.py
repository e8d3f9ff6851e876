"""Moderating: the queue of reports, bans, a community's team, labels, invitations and wiki, and the log of it all."""

from service.http.web.moderation import (
    bans,
    closing,
    flairs,
    invitations,
    log,
    marks,
    queue,
    team,
    voters,
    wiki,
)
from service.http.web.moderation.blueprint import blueprint

__all__ = [
    "bans",
    "blueprint",
    "closing",
    "flairs",
    "invitations",
    "log",
    "marks",
    "queue",
    "team",
    "voters",
    "wiki",
]
