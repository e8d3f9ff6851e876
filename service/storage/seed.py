"""The first rows of an empty database: what both programs take for granted.

Called by the baseline migration, in its transaction. Ids matter: pyfedi knows the site, the local instance and the
roles by number.
"""

from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import Connection, insert, text

from service.config import SiteConfig
from service.storage.tables import (
    Base,
    CronJobLog,
    Instance,
    Language,
    Licence,
    Role,
    RolePermission,
    Setting,
    Site,
)

DESCRIPTION = "A place to share links, pictures and thoughts."

# Languages in their own names. The first is for texts in none in particular.
LANGUAGES = {
    "und": "Undetermined",
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fi": "Suomi",
    "fr": "Français",
    "hi": "हिन्दी",
    "ja": "日本語",
    "zh": "中文",
    "pl": "Polski",
    "uk": "Українська",
    "it": "Italiano",
    "nl": "Nederlands",
    "pt": "Português",
    "sv": "Svenska",
}

LICENCES = (
    "All rights reserved",
    "CC0",
    "CC BY 4.0",
    "CC BY-SA 4.0",
    "CC BY-NC 4.0",
    "CC BY-NC-SA 4.0",
    "CC BY-ND 4.0",
    "CC BY-NC-ND 4.0",
)

# In the order of their ids; the weight is the place. Names and permissions are pyfedi's.
ROLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Anonymous user", ()),
    ("Authenticated user", ()),
    (
        "Staff",
        ("approve registrations", "ban users", "administer all communities", "administer all users"),
    ),
    (
        "Admin",
        (
            "approve registrations",
            "change user roles",
            "ban users",
            "manage users",
            "change instance settings",
            "administer all communities",
            "administer all users",
            "edit cms pages",
        ),
    ),
)

# JSON values, under pyfedi's names.
SETTINGS = {
    "allow_nsfw": "false",
    "allow_nsfl": "false",
    "allow_dislike": "true",
    "allow_local_image_posts": "true",
    "allow_remote_image_posts": "true",
    "federation": "true",
}

# pyfedi's scheduler looks its jobs up here.
REGULAR_JOBS = {
    "send_missed_notifs": timedelta(hours=7),
    "process_email_bounces": timedelta(hours=7),
    "clean_up_old_activities": timedelta(hours=7),
    "remove_orphan_files": timedelta(days=8),
    "daily_maintenance": timedelta(hours=25),
    "send_queue": timedelta(minutes=5),
}


def sow(connection: Connection, site: SiteConfig) -> None:
    """Write the first rows.

    Parameters:
        connection: in a transaction, on a database whose shared tables are empty.
        site: the site's name and domain.
    """
    private_key, public_key = make_keys()
    language_ids = {code: number for number, code in enumerate(LANGUAGES, start=1)}
    rows: dict[type[Base], list[dict[str, Any]]] = {
        Language: [
            {"id": language_ids[code], "code": code, "name": name} for code, name in LANGUAGES.items()
        ],
        Licence: [{"id": number, "name": name} for number, name in enumerate(LICENCES, start=1)],
        Role: [{"id": weight + 1, "name": name, "weight": weight} for weight, (name, _) in enumerate(ROLES)],
        RolePermission: [
            {"role_id": number, "permission": permission}
            for number, (_, permissions) in enumerate(ROLES, start=1)
            for permission in permissions
        ],
        Setting: [{"name": name, "value": value} for name, value in SETTINGS.items()],
        CronJobLog: [{"name": name, "frequency": frequency} for name, frequency in REGULAR_JOBS.items()],
        Instance: [{"id": 1, "domain": site.domain, "software": "PieFed"}],
        Site: [
            {
                "id": 1,
                "name": site.name,
                "description": DESCRIPTION,
                "registration_mode": "Open",
                # Both are hidden from all who do not want them.
                "enable_nsfw": True,
                "enable_nsfl": True,
                "language_id": language_ids["en"],
                "private_key": private_key,
                "public_key": public_key,
            }
        ],
    }
    for table, values in rows.items():
        connection.execute(insert(table), values)
    for table in (Language, Licence, Role, Instance, Site):
        _move_sequence(connection, table.__tablename__)
    # The account 1 is an administrator in pyfedi's eyes, so nobody gets that id by being the first to register.
    connection.execute(text("SELECT setval(pg_get_serial_sequence('public.\"user\"', 'id'), 1)"))


def make_keys() -> tuple[str, str]:
    """Return a new private and public RSA key of 2048 bits, in PEM."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode("ascii"), public.decode("ascii")


def _move_sequence(connection: Connection, table: str) -> None:
    """Let the ids go on after those written by hand."""
    connection.execute(
        text(f"SELECT setval(pg_get_serial_sequence('public.{table}', 'id'), max(id)) FROM public.{table}")  # noqa: S608
    )
