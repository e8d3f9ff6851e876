"""Reads of accounts: the viewer of a request, credentials, profiles, people, sessions, applications."""

from service.forum.accounts.queries.applicants import (
    Application,
    applications,
    waiting_application_of,
)
from service.forum.accounts.queries.authors import author_of, authors_of
from service.forum.accounts.queries.banned_addresses import banned_addresses
from service.forum.accounts.queries.blocks import (
    InstanceRow,
    blocked_instances,
    blocked_people,
    blocked_websites,
)
from service.forum.accounts.queries.filters import filter_by_id, filters_of
from service.forum.accounts.queries.followers import asking, followers
from service.forum.accounts.queries.profiles import authors, own_flair, people, profile_by_id, profile_by_name
from service.forum.accounts.queries.recovery import name_of_link
from service.forum.accounts.queries.roles import permissions_of, roles_of
from service.forum.accounts.queries.settings import sessions_of, settings_of, waiting_of
from service.forum.accounts.queries.site_staff import (
    administrator_ids,
    administrators,
    staff,
)
from service.forum.accounts.queries.viewers import (
    TOUCH_AFTER,
    Credentials,
    credentials_of,
    known_addresses,
    password_hash_of,
    viewer_of_account,
    viewer_of_session,
    viewer_of_token,
)

__all__ = [
    "TOUCH_AFTER",
    "Application",
    "Credentials",
    "InstanceRow",
    "administrator_ids",
    "administrators",
    "applications",
    "asking",
    "author_of",
    "authors",
    "authors_of",
    "banned_addresses",
    "blocked_instances",
    "blocked_people",
    "blocked_websites",
    "credentials_of",
    "filter_by_id",
    "filters_of",
    "followers",
    "known_addresses",
    "name_of_link",
    "own_flair",
    "password_hash_of",
    "people",
    "permissions_of",
    "profile_by_id",
    "profile_by_name",
    "roles_of",
    "sessions_of",
    "settings_of",
    "staff",
    "viewer_of_account",
    "viewer_of_session",
    "viewer_of_token",
    "waiting_application_of",
    "waiting_of",
]
