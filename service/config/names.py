"""The keys by their dotted names, and the environment's variables for them."""

from typing import Any

import msgspec

from service.config.sections import Config, Section

# pyfedi's variable -> our key. Where both are set, ours wins.
ALIASES = {
    "DATABASE_URL": "database.url",
    "DB_POOL_SIZE": "database.pool_size",
    "DB_MAX_OVERFLOW": "database.max_overflow",
    "CACHE_REDIS_URL": "redis.url",
    "SERVER_NAME": "site.domain",
    "SECRET_KEY": "site.secret_key",
    "HTTP_PROTOCOL": "site.scheme",
    "MAIL_SERVER": "mail.host",
    "MAIL_PORT": "mail.port",
    "MAIL_USERNAME": "mail.username",
    "MAIL_PASSWORD": "mail.password",
    "MAIL_FROM": "mail.sender",
    "MAIL_USE_TLS": "mail.encryption",
    "PRIVATE_REGISTRATION_ENABLED": "private_registration.enabled",
    "PRIVATE_REGISTRATION_SECRET": "private_registration.secret",
    "PRIVATE_REGISTRATION_RATE_LIMIT": "private_registration.rate_limit",
    "PRIVATE_REGISTRATION_IPS": "private_registration.ips",
    "FILE_UPLOAD_QUOTA": "store.quota",
}

# Variables of ours that are no keys.
NOT_KEYS = {"PIELOOP_CONFIG", "PIELOOP_SUPERVISOR_FD"}


def environment_name(key: str) -> str:
    """Return the variable of a dotted key: `database.pool_size` -> `PIELOOP_DATABASE_POOL_SIZE`."""
    return "PIELOOP_" + key.replace(".", "_").upper()


def keys() -> dict[str, Any]:
    """Return every dotted key with its type."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(Config):
        if isinstance(field.type, type) and issubclass(field.type, Section):
            found |= {
                f"{field.name}.{inner.name}": inner.type for inner in msgspec.structs.fields(field.type)
            }
        else:
            found[field.name] = field.type
    return found
