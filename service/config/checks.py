"""What no single key of the configuration can tell."""

import re

import msgspec

from service.config.errors import ConfigError
from service.config.sections import Config
from service.secret_key import problem_with

EVERYWHERE = {"0.0.0.0", "[::]"}  # noqa: S104 - compared with, not bound to


def check_together(config: Config) -> Config:
    """Check what no single key can tell, and bring addresses into the form that the drivers want."""
    checks: list[tuple[bool, str]] = [
        (
            config.database.url == "" or config.database.url.startswith(("postgresql", "postgres:")),
            "database.url: expected an address that begins with postgresql://.",
        ),
        (
            config.redis.url == "" or config.redis.url.startswith(("redis://", "rediss://", "unix://")),
            "redis.url: expected an address that begins with redis://, rediss:// or unix://.",
        ),
        (
            all(re.fullmatch(r".+:[0-9]{1,5}", sentinel) for sentinel in config.redis.sentinels),
            "redis.sentinels: expected host:port for each.",
        ),
        (
            not config.redis.sentinels or not config.redis.url.startswith("unix://"),
            "redis.url: expected redis:// or rediss:// with redis.sentinels.",
        ),
        (
            bool(config.redis.cert_file) == bool(config.redis.key_file),
            "redis.key_file: expected with redis.cert_file, or neither of them.",
        ),
        (
            config.site.secret_key == "" or problem_with(config.site.secret_key) is None,
            f"site.secret_key: {problem_with(config.site.secret_key)}",
        ),
        (
            config.database.lock_timeout <= config.database.statement_timeout,
            "database.lock_timeout: expected no more than database.statement_timeout.",
        ),
        (
            all(url.startswith(("postgresql", "postgres:")) for url in config.database.read_urls),
            "database.read_urls: expected addresses that begin with postgresql://.",
        ),
        (
            config.database.read_after_write >= config.database.read_lag,
            "database.read_after_write: expected no less than database.read_lag.",
        ),
        (
            config.store.kind == "local" or config.store.s3_bucket != "",
            'store.s3_bucket: expected the name of a bucket while store.kind is "s3".',
        ),
        (
            (config.store.s3_access_key == "") == (config.store.s3_secret_key == ""),
            "store.s3_secret_key: expected with store.s3_access_key, or neither of them.",
        ),
        (
            not config.admin.password or len(config.admin.password) >= 8,
            "admin.password: expected at least 8 characters.",
        ),
        (
            not config.private_registration.enabled or len(config.private_registration.secret) >= 32,
            "private_registration.secret: expected at least 32 characters while private_registration.enabled is true.",
        ),
        (
            not config.private_registration.previous_secret
            or len(config.private_registration.previous_secret) >= 32,
            "private_registration.previous_secret: expected at least 32 characters, or nothing.",
        ),
        (
            not config.mail.host or "@" in config.mail.sender,
            "mail.sender: expected an e-mail address, as there is a mail.host.",
        ),
    ]
    for holds, sentence in checks:
        if not holds:
            raise ConfigError(sentence)
    _check_networks("http.trusted_proxies", config.http.trusted_proxies)
    _check_networks("outbound.allowed_networks", config.outbound.allowed_networks)
    _check_networks("private_registration.ips", config.private_registration.ips)
    url = _asyncpg_url(config.database.url)
    direct_url = _asyncpg_url(config.database.direct_url) or url
    read_urls = tuple(_asyncpg_url(one) for one in config.database.read_urls)
    database = msgspec.structs.replace(config.database, url=url, direct_url=direct_url, read_urls=read_urls)
    redis = config.redis
    if redis.sentinels and not redis.url:
        redis = msgspec.structs.replace(redis, url="redis://")
    site = msgspec.structs.replace(config.site, domain=config.site.domain or _own_address(config.http.bind))
    return msgspec.structs.replace(
        config, site=site, database=database, redis=redis, data_dir=config.data_dir.expanduser()
    )


def _own_address(bind: str) -> str:
    """Return where a browser on this machine finds a server that listens on `bind`."""
    host, _, port = bind.rpartition(":")
    return f"{'127.0.0.1' if host in EVERYWHERE else host}:{port}"


def _check_networks(key: str, networks: tuple[str, ...]) -> None:
    from ipaddress import ip_network

    for network in networks:
        try:
            ip_network(network)
        except ValueError as error:
            raise ConfigError(f"{key}: {error}.") from error


def _asyncpg_url(url: str) -> str:
    """pyfedi's addresses name psycopg2, or no driver at all; ours is always asyncpg."""
    _, separator, rest = url.partition("://")
    return f"postgresql+asyncpg{separator}{rest}" if separator else url
