"""config.toml and the environment -> one frozen Config; whatever is unknown, mistyped or impossible refuses to start.

Every key `[section] key` has the environment variable `PIELOOP_<SECTION>_<KEY>`, which wins over the file.
The variable names of pyfedi are understood as aliases, so that an existing `.env` keeps working.
"""

import os
import secrets
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from service.errors import StartupError
from service.secret_key import problem_with

DEFAULT_PATH = Path("config.toml")

Positive = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Network = Annotated[str, Meta(min_length=1)]


class ConfigError(StartupError):
    """A key of the configuration is unknown, mistyped or impossible; the message names the key."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every section of the file has in common: no key that we don't know."""


class SiteConfig(Section, frozen=True):
    """Who this site is."""

    domain: Annotated[str, Meta(pattern=r"^([a-z0-9.-]+(:[0-9]{1,5})?)?$", max_length=250)] = ""
    scheme: Literal["auto", "http", "https"] = "auto"
    name: Annotated[str, Meta(min_length=1, max_length=256)] = "Pieloop"
    secret_key: str = ""

    @property
    def base_url(self) -> str:
        """The address that people type, without a slash at the end."""
        return f"{self.web_scheme}://{self.domain}"

    @property
    def web_scheme(self) -> str:
        """`http` or `https`; `auto` means plain http on this machine's own addresses only."""
        if self.scheme != "auto":
            return self.scheme
        host = self.domain.rsplit(":", 1)[0]
        return "http" if host == "localhost" or host.startswith("127.") else "https"


class HttpConfig(Section, frozen=True):
    """The web process: where it listens and how much it takes on."""

    bind: Annotated[str, Meta(pattern=r"^.+:[0-9]{1,5}$")] = "127.0.0.1:8000"
    processes: Positive = 1
    http2: bool = False
    trusted_proxies: tuple[Network, ...] = ()
    max_body: Positive = 20 * 1024 * 1024
    receiving: Annotated[int, Meta(ge=4 * 1024 * 1024)] = 128 * 1024 * 1024
    receiving_per_address: Annotated[int, Meta(ge=1024 * 1024)] = 40 * 1024 * 1024
    min_rate: Positive = 16 * 1024
    request_deadline: Seconds = 20
    in_work: Positive = 64
    in_work_per_address: Positive = 16
    waiting: NotNegative = 256
    waiting_per_address: NotNegative = 64
    outside: Positive = 24
    outside_per_visitor: Positive = 3
    streams: Positive = 500
    streams_per_account: Positive = 5


class DatabaseConfig(Section, frozen=True):
    """PostgreSQL and the web process's pool."""

    url: str = ""
    direct_url: str = ""
    pool: Literal["queue", "null"] = "queue"
    pool_size: Positive = 8
    max_overflow: NotNegative = 0
    pool_timeout: Seconds = 1.5
    pool_recycle: Seconds = 3600
    pool_pre_ping: bool = True
    connect_timeout: Seconds = 5
    statement_timeout: Seconds = 10
    lock_timeout: Seconds = 5
    deadline: Seconds = 6
    start_timeout: Seconds = 30


class WorkerConfig(Section, frozen=True):
    """The arq worker: its pool and its jobs."""

    processes: Positive = 1
    pool_size: Positive = 4
    max_overflow: NotNegative = 0
    pool_timeout: Seconds = 10
    max_jobs: Positive = 8
    job_timeout: Seconds = 90
    completion_wait: Seconds = 45
    sweep_every: Seconds = 5


class RedisConfig(Section, frozen=True):
    """Redis or Valkey: wake-ups, rate limits and live updates; never the only copy of anything."""

    url: str = ""
    max_connections: Positive = 32
    timeout: Seconds = 2


class MediaConfig(Section, frozen=True):
    """Images: what is taken in, what comes out, and the limits of the processes that work on them."""

    output: Literal["webp", "avif"] = "webp"
    quality: Annotated[int, Meta(ge=1, le=100)] = 85
    keep_wide_gamut: bool = False
    max_upload: Positive = 16 * 1024 * 1024
    max_pixels: Positive = 60_000_000
    max_frames: Positive = 300
    max_animation_pixels: Positive = 100_000_000
    max_side: Positive = 2560
    medium_side: Positive = 1024
    thumbnail_side: Positive = 320
    processes: Positive = 1
    waiting: NotNegative = 16
    memory: Annotated[int, Meta(ge=256 * 1024 * 1024)] = 1024 * 1024 * 1024
    wall_time: Seconds = 30
    tasks_per_process: Positive = 100


class StoreConfig(Section, frozen=True):
    """Where images are kept, how many of them and for how long. Apart from [media], which image processes are told."""

    kind: Literal["local", "s3"] = "local"
    s3_bucket: str = ""
    s3_endpoint: Annotated[str, Meta(pattern=r"^(https?://[^\s]+)?$")] = ""
    s3_region: str = "us-east-1"
    s3_access_key: str = ""
    s3_secret_key: str = ""
    s3_prefix: str = ""
    s3_path_style: bool = True
    s3_timeout: Seconds = 8
    legacy_dir: str = ""
    quota: NotNegative = 1024 * 1024 * 1024
    at_once: Seconds = 2
    blocked_distance: Annotated[int, Meta(ge=0, le=128)] = 31
    remote: Literal["cache", "proxy", "none"] = "cache"
    remote_days: NotNegative = 30
    unused_days: NotNegative = 30


class OutboundConfig(Section, frozen=True):
    """The one client that leaves the building."""

    deadline: Seconds = 10
    max_bytes: Positive = 2 * 1024 * 1024
    max_redirects: NotNegative = 3
    per_host: Positive = 4
    total: Positive = 32
    allow_http: bool = True
    allowed_networks: tuple[Network, ...] = ()


class LimitsConfig(Section, frozen=True):
    """How often one address or one account may do a thing; `count/seconds`."""

    enabled: bool = True
    sign_in: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "20/3600"
    register: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "10/3600"
    captcha: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "30/3600"
    recovery: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "10/3600"
    publish: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "20/60"
    vote: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "120/60"
    upload: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "60/3600"
    create_community: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "10/86400"
    search: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "60/60"
    site: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "120/60"
    suggest: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "300/60"
    preview: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "30/60"
    site_metadata: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "20/60"
    create_feed: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "10/86400"


class FederationConfig(Section, frozen=True):
    """Talking with other servers."""

    enabled: bool = True
    signed_fetch: bool = False
    authorized_fetch: bool = False
    follows: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "600/60"
    seen_days: Positive = 30
    sent_days: Positive = 14


class LogConfig(Section, frozen=True):
    """Structured logs on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"


class AdminConfig(Section, frozen=True):
    """The first administrator; an empty password is generated and shown once."""

    name: Annotated[str, Meta(min_length=3, max_length=50)] = "admin"
    password: str = ""


class MailConfig(Section, frozen=True):
    """The SMTP server that takes the site's letters; none are sent without one."""

    host: str = ""
    port: Annotated[int, Meta(ge=1, le=65_535)] = 587
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""
    sender: str = ""
    timeout: Seconds = 20


class PrivateRegistrationConfig(Section, frozen=True):
    """The administrator's API by which another system makes and manages accounts; off unless enabled.

    The limits are calls an hour from one address; a network is in CIDR form.
    """

    enabled: bool = False
    secret: str = ""
    previous_secret: str = ""
    ips: tuple[Network, ...] = ()
    rate_limit: Positive = 10
    lookup_limit: Positive = 100
    change_limit: Positive = 50
    bulk_limit: Positive = 5
    statistics_limit: Positive = 60
    monitoring_limit: Positive = 3600
    refused_limit: Positive = 100
    audit_days: Positive = 365


class Config(Section, frozen=True):
    """Everything that can be configured, checked and frozen."""

    data_dir: Path = Path(".pieloop")
    site: SiteConfig = SiteConfig()
    http: HttpConfig = HttpConfig()
    database: DatabaseConfig = DatabaseConfig()
    worker: WorkerConfig = WorkerConfig()
    redis: RedisConfig = RedisConfig()
    media: MediaConfig = MediaConfig()
    store: StoreConfig = StoreConfig()
    outbound: OutboundConfig = OutboundConfig()
    federation: FederationConfig = FederationConfig()
    limits: LimitsConfig = LimitsConfig()
    log: LogConfig = LogConfig()
    admin: AdminConfig = AdminConfig()
    mail: MailConfig = MailConfig()
    private_registration: PrivateRegistrationConfig = PrivateRegistrationConfig()


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
    "PRIVATE_REGISTRATION_ENABLED": "private_registration.enabled",
    "PRIVATE_REGISTRATION_SECRET": "private_registration.secret",
    "PRIVATE_REGISTRATION_RATE_LIMIT": "private_registration.rate_limit",
    "PRIVATE_REGISTRATION_IPS": "private_registration.ips",
    "FILE_UPLOAD_QUOTA": "store.quota",
}

EVERYWHERE = {"0.0.0.0", "[::]"}  # noqa: S104 - compared with, not bound to

# Variables of ours that are no keys.
NOT_KEYS = {"PIELOOP_CONFIG", "PIELOOP_SUPERVISOR_FD"}


def load_config(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read the file, lay the environment over it, and check every key.

    Parameters:
        path: the TOML file; `PIELOOP_CONFIG` or `config.toml` when None. A file that was not asked for may be missing.
        environ: the environment; the process's own when None.

    Raises:
        ConfigError: the file cannot be read, or a key is unknown, mistyped or impossible.
    """
    environ = os.environ if environ is None else environ
    values, sources = _read_file(path, environ)
    for key, text, source in _environment_values(environ):
        _put(values, key, text)
        sources[key] = source
    return _check_together(_convert(values, sources))


def ensure_secret_key(config: Config) -> Config:
    """Return `config` with a secret key: the configured one, or one made once and kept in `data_dir/secret.key`.

    Raises:
        ConfigError: the file cannot be written or read.
    """
    if config.site.secret_key:
        return config
    site = msgspec.structs.replace(config.site, secret_key=_kept_secret(config.data_dir / "secret.key"))
    return msgspec.structs.replace(config, site=site)


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


def _read_file(path: Path | None, environ: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    asked_for = path or (Path(environ["PIELOOP_CONFIG"]) if environ.get("PIELOOP_CONFIG") else None)
    file = asked_for or DEFAULT_PATH
    if asked_for is None and not file.exists():
        return {}, {}
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The configuration file {file} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The configuration file {file} is not valid TOML: {error}.") from error
    return values, {"": str(file)}


def _environment_values(environ: Mapping[str, str]) -> list[tuple[str, Any, str]]:
    known = keys()
    by_variable = {environment_name(key): key for key in known}
    unknown = [
        name for name in environ if name.startswith("PIELOOP_") and name not in by_variable.keys() | NOT_KEYS
    ]
    if unknown:
        raise ConfigError(f"The environment variable {min(unknown)} is no setting of Pieloop.")
    # An empty variable is how .env files and compose say "not set".
    pairs = [(key, alias) for alias, key in ALIASES.items() if environ.get(alias)]
    pairs += [(key, name) for name, key in by_variable.items() if environ.get(name)]
    return [(key, _parse(key, environ[name], known[key], name), name) for key, name in pairs]


def _parse(key: str, text: str, wanted: Any, variable: str) -> Any:
    if "tuple" in str(wanted):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return msgspec.convert(text.strip(), wanted, strict=False, dec_hook=_to_path)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{key} (from {variable}): {error}.") from error


def _to_path(wanted: type, value: Any) -> Path:
    if wanted is Path and isinstance(value, str | Path):
        return Path(value)
    raise NotImplementedError(wanted)


def _put(values: dict[str, Any], key: str, value: Any) -> None:
    *sections, name = key.split(".")
    for section in sections:
        values = values.setdefault(section, {})
        if not isinstance(values, dict):
            raise ConfigError(f"{section}: expected a section of keys.")
    values[name] = value


def _convert(values: dict[str, Any], sources: dict[str, str]) -> Config:
    try:
        return msgspec.convert(values, Config, dec_hook=_to_path)
    except msgspec.ValidationError as error:
        raise ConfigError(_describe(str(error), sources)) from error


def _describe(message: str, sources: dict[str, str]) -> str:
    """Turn "Expected `int`, got `str` - at `$.database.pool_size`" into a sentence that begins with the key."""
    problem, _, where = message.partition(" - at `$")
    section = where.strip("`.")
    if "unknown field" in problem:
        unknown = problem.split("`")[1]
        key = f"{section}.{unknown}" if section else unknown
        return f"{key}: there is no such key{_from(key, sources)}."
    return f"{section}: {problem[0].lower()}{problem[1:]}{_from(section, sources)}."


def _from(key: str, sources: dict[str, str]) -> str:
    source = sources.get(key) or sources.get("")
    return f" (from {source})" if source else ""


def _check_together(config: Config) -> Config:
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
            config.site.secret_key == "" or problem_with(config.site.secret_key) is None,
            f"site.secret_key: {problem_with(config.site.secret_key)}",
        ),
        (
            config.database.lock_timeout <= config.database.statement_timeout,
            "database.lock_timeout: expected no more than database.statement_timeout.",
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
    database = msgspec.structs.replace(config.database, url=url, direct_url=direct_url)
    site = msgspec.structs.replace(config.site, domain=config.site.domain or _own_address(config.http.bind))
    return msgspec.structs.replace(
        config, site=site, database=database, data_dir=config.data_dir.expanduser()
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


def _kept_secret(file: Path) -> str:
    try:
        _create_once(file, secrets.token_urlsafe)
        return file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ConfigError(
            f"site.secret_key is not set and {file} cannot be kept: {error.strerror}."
        ) from error


def _create_once(file: Path, make: Callable[[int], str]) -> None:
    """Create `file` with a fresh secret unless it exists; of several processes at once one wins, with a whole file."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(make(48), encoding="ascii")
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
