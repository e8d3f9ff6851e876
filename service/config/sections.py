"""The keys of the configuration: their types, defaults and bounds. What they mean stands in config.toml."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Positive = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Network = Annotated[str, Meta(min_length=1)]


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

    @property
    def over_tls(self) -> bool:
        """Whether people reach the site by TLS alone, so that cookies are sent in no other way."""
        return self.web_scheme == "https"


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
    kept_for_strangers: Annotated[float, Meta(ge=0, le=60)] = 1


class DatabaseConfig(Section, frozen=True):
    """PostgreSQL and the web process's pool."""

    url: str = ""
    direct_url: str = ""
    read_urls: tuple[str, ...] = ()
    read_pool_size: Positive = 8
    read_lag: Seconds = 2
    read_after_write: Seconds = 5
    keep_read: Annotated[float, Meta(ge=0, le=60)] = 1
    pool: Literal["queue", "null"] = "queue"
    pool_size: Positive = 8
    max_overflow: NotNegative = 0
    pool_timeout: Seconds = 1.5
    pool_recycle: Seconds = 3600
    pool_pre_ping: bool = True
    connect_timeout: Seconds = 5
    statement_timeout: Seconds = 10
    lock_timeout: Seconds = 5
    give_way: Annotated[float, Meta(ge=0, le=0.9)] = 0
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
    sentinels: tuple[str, ...] = ()
    sentinel_master: Annotated[str, Meta(min_length=1)] = "mymaster"
    sentinel_username: str = ""
    sentinel_password: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
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
    export: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "5/3600"


class FederationConfig(Section, frozen=True):
    """Talking with other servers."""

    enabled: bool = True
    signed_fetch: bool = False
    authorized_fetch: bool = False
    follows: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+$")] = "600/60"
    seen_days: Positive = 30
    votes_wait: NotNegative = 60
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
