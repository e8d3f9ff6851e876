"""config.toml and the environment: what holds, what refuses to start, and in which words."""

import os
from pathlib import Path

import msgspec
import pytest

from service.config import (
    ALIASES,
    Config,
    ConfigError,
    ensure_secret_key,
    environment_name,
    keys,
    load_config,
)
from service.config.env_file import read_env
from service.config.unheeded import unheeded_settings, unheeded_variables
from service.errors import StartupError
from service.first_admin import create_first_admin
from service.secret_key import weakness_of
from service.storage.transaction import Database
from tests.forum.making import member

ROOT = Path(__file__).parents[2]


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_file_that_ships_names_every_key_with_its_default() -> None:
    assert load_config(ROOT / "config.toml", {}) == load_config(Path("/dev/null"), {})
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    missing = [key for key in keys() if f"\n{key.rsplit('.', 1)[-1]} = " not in text]
    assert not missing


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "[database]\npool_size = 3\n")
    assert load_config(file, {}).database.pool_size == 3
    assert load_config(file, {"PIELOOP_DATABASE_POOL_SIZE": "5"}).database.pool_size == 5


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("PIELOOP_DATA_DIR", "data_dir"),
        ("PIELOOP_HTTP_BIND", "http.bind"),
        ("PIELOOP_DATABASE_URL", "database.url"),
        ("PIELOOP_REDIS_URL", "redis.url"),
        ("PIELOOP_SITE_DOMAIN", "site.domain"),
        ("PIELOOP_ADMIN_NAME", "admin.name"),
        ("PIELOOP_ADMIN_PASSWORD", "admin.password"),
        ("PIELOOP_DATABASE_POOL_SIZE", "database.pool_size"),
        ("PIELOOP_DATABASE_MAX_OVERFLOW", "database.max_overflow"),
    ],
)
def test_the_promised_variables_exist(name: str, key: str) -> None:
    assert environment_name(key) == name
    assert key in keys()


def test_an_existing_env_of_pyfedi_keeps_working() -> None:
    config = load_config(
        None,
        {
            "DATABASE_URL": "postgresql+psycopg2://pyfedi:secret@db/pyfedi",
            "DB_POOL_SIZE": "10",
            "DB_MAX_OVERFLOW": "30",
            "CACHE_REDIS_URL": "redis://redis:6379/1",
            "SERVER_NAME": "forum.example",
            "SECRET_KEY": "a long enough secret",
        },
    )
    assert config.database.url == "postgresql+asyncpg://pyfedi:secret@db/pyfedi"
    assert (config.database.pool_size, config.database.max_overflow) == (10, 30)
    assert (config.redis.url, config.site.domain) == ("redis://redis:6379/1", "forum.example")


def test_our_own_variable_wins_over_an_alias() -> None:
    environ = {"DB_POOL_SIZE": "10", "PIELOOP_DATABASE_POOL_SIZE": "4"}
    assert load_config(None, environ).database.pool_size == 4


@pytest.mark.private_registration
def test_the_settings_of_private_registration_are_understood() -> None:
    config = load_config(
        None,
        {
            "PRIVATE_REGISTRATION_ENABLED": "true",
            "PRIVATE_REGISTRATION_SECRET": "s" * 32,
            "PRIVATE_REGISTRATION_RATE_LIMIT": "7",
            "PRIVATE_REGISTRATION_IPS": "10.0.0.0/8, 2001:db8::/32",
        },
    )
    found = config.private_registration
    assert (found.enabled, found.rate_limit, found.ips) == (True, 7, ("10.0.0.0/8", "2001:db8::/32"))


@pytest.mark.private_registration
def test_private_registration_is_off_by_default() -> None:
    assert load_config(None, {}).private_registration.enabled is False


@pytest.mark.private_registration
@pytest.mark.parametrize("secret", ["", "short"])
def test_private_registration_refuses_a_weak_secret(secret: str) -> None:
    environ = {"PRIVATE_REGISTRATION_ENABLED": "true", "PRIVATE_REGISTRATION_SECRET": secret}
    with pytest.raises(ConfigError, match=r"private_registration\.secret"):
        load_config(None, environ)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[database]\npool_sise = 3", "database.pool_sise"),
        ("[databse]\nx = 1", "databse"),
        ("[database]\npool_size = 'many'", "database.pool_size"),
        ("[database]\npool_size = 0", "database.pool_size"),
        ("[database]\nurl = 'mysql://x'", "database.url"),
        ("[database]\nlock_timeout = 60", "database.lock_timeout"),
        ("[redis]\nurl = 'http://x'", "redis.url"),
        ("[site]\ndomain = 'https://x.example'", "site.domain"),
        ("[http]\ntrusted_proxies = ['10.0.0.1/8']", "http.trusted_proxies"),
        ("[media]\noutput = 'gif'", "media.output"),
        ("[store]\nkind = 's3'", "store.s3_bucket"),
        ("[store]\ns3_endpoint = 'ftp://x'", "store.s3_endpoint"),
        ("[store]\ns3_access_key = 'x'", "store.s3_secret_key"),
        ("[store]\nremote = 'all'", "store.remote"),
        ("[limits]\nvote = 'often'", "limits.vote"),
        ("[admin]\npassword = 'short'", "admin.password"),
        ("database = 3", "database"),
        ("x =", "config.toml"),
    ],
)
def test_a_bad_file_refuses_to_start_and_names_the_key(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named.replace(".", r"\.")):
        load_config(written(tmp_path, text), {})


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("PIELOOP_DATABASE_POOL_SIZE", "x", "database.pool_size"),
        ("PIELOOP_DATABASE_POOL_SIZE", "-1", "database.pool_size"),
        ("PIELOOP_DATABASE_POOL_PRE_PING", "perhaps", "database.pool_pre_ping"),
        ("PIELOOP_HTTP_BIND", "8000", "http.bind"),
        ("PIELOOP_TYPO", "1", "PIELOOP_TYPO"),
        ("DB_POOL_SIZE", "ten", "DB_POOL_SIZE"),
    ],
)
def test_a_bad_environment_refuses_to_start_and_names_the_key(name: str, value: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named.replace(".", r"\.")):
        load_config(None, {name: value})


def test_a_secret_is_not_repeated_in_an_error() -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(None, {"SECRET_KEY": "hush", "PIELOOP_DATABASE_URL": "mysql://user:hush@x"})
    assert "hush" not in str(caught.value)


def test_a_file_that_was_asked_for_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.toml"):
        load_config(tmp_path / "missing.toml", {})


def test_an_empty_variable_is_not_set() -> None:
    assert load_config(None, {"PIELOOP_DATABASE_POOL_SIZE": "", "SERVER_NAME": ""}) == load_config(None, {})


def test_the_secret_key_is_made_once_and_kept(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path / "data")
    first, second = ensure_secret_key(config), ensure_secret_key(config)
    assert first.site.secret_key == second.site.secret_key
    assert len(first.site.secret_key) >= 32
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_aliases_lead_to_keys() -> None:
    assert set(ALIASES.values()) <= keys().keys()


@pytest.mark.parametrize(
    ("bind", "domain"),
    [
        ("127.0.0.1:8000", "127.0.0.1:8000"),
        ("0.0.0.0:9000", "127.0.0.1:9000"),
        ("localhost:8080", "localhost:8080"),
    ],
)
def test_a_site_without_a_domain_is_where_it_listens(bind: str, domain: str) -> None:
    config = load_config(None, {"PIELOOP_HTTP_BIND": bind})
    assert (config.site.domain, config.site.base_url) == (domain, f"http://{domain}")


@pytest.mark.parametrize(
    ("key", "refused", "weak"),
    [
        ("short123", True, True),
        ("you-will-never-guesss", True, True),
        ("'change this to random characters'", True, False),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", True, True),
        ("abababababababababababababababababababab", True, True),
        ("k3J8sPq0Zx7LmN2v", False, True),
        ("changemechangemechangemechangeme", True, True),
        ("correct horse battery correct horse", False, True),
        ("0f8c2f5f0d6b4e1f9a7c3b2d1e0f9a8b", False, False),
        ("wq0cF9kqXnM2m3yLQJr6n6t1mS9Qk4oTzFv8bB1hH2M", False, False),
    ],
)
def test_a_secret_key_that_can_be_guessed_is_refused(key: str, refused: bool, weak: bool) -> None:
    assert (weakness_of(key) is not None) == weak
    if not refused:
        assert load_config(Path("/dev/null"), {"SECRET_KEY": key}).site.secret_key == key
        return
    with pytest.raises(ConfigError, match=r"site\.secret_key") as error:
        load_config(Path("/dev/null"), {"SECRET_KEY": key})
    assert key not in str(error.value)


async def test_a_new_site_does_not_begin_with_a_weak_key(config: Config, database: Database) -> None:
    site = msgspec.structs.replace(config.site, secret_key="k3J8sPq0Zx7LmN2v")
    weak = msgspec.structs.replace(config, site=site)
    with pytest.raises(StartupError, match="too weak for a new site"):
        await create_first_admin(weak)
    await member(database, "ana")
    assert await create_first_admin(weak) is not None, "a site that is there already goes on with its key"


def test_pyfedis_own_file_is_read_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (
        "# the site",
        "SERVER_NAME = 'Forum.Example:8443'",
        'export SECRET_KEY="a long \\"enough\\" secret"  # kept',
        "DATABASE_URL=postgresql+psycopg2://pyfedi:p#w@db/pyfedi # not the port",
        "PIELOOP_DATABASE_POOL_SIZE = 3",
        "MAIL_SERVER = ''",
        "MAIL_PORT = 0",
        "HTTP_PROTOCOL = HTTP",
        "NOTIF_SERVER = 'https://${SERVER_NAME}/x${NOTHING:-y}'",
        "this is no assignment",
    )
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for variable in (
        "SERVER_NAME",
        "DATABASE_URL",
        "SECRET_KEY",
        *(key for key in os.environ if "PIELOOP" in key),
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DB_MAX_OVERFLOW", "7")
    config = load_config()
    assert (config.site.domain, config.site.web_scheme) == ("forum.example:8443", "http")
    assert config.site.secret_key == 'a long "enough" secret'
    assert config.database.url == "postgresql+asyncpg://pyfedi:p#w@db/pyfedi"
    assert (config.database.pool_size, config.database.max_overflow) == (3, 7)
    assert read_env("\n".join(lines), {})["NOTIF_SERVER"] == "https://Forum.Example:8443/xy"
    monkeypatch.setenv("SERVER_NAME", "other.example")
    assert load_config().site.domain == "other.example"
    assert load_config(None, {}).site.domain == "127.0.0.1:8000", "what is handed over is all there is"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"MAIL_SERVER": "mail.example"}, (25, "none", "noreply@pie.example")),
        ({"MAIL_SERVER": "mail.example", "MAIL_USE_TLS": ""}, (25, "starttls", "noreply@pie.example")),
        (
            {"MAIL_SERVER": "m", "MAIL_PORT": "587", "MAIL_USE_TLS": "1"},
            (587, "starttls", "noreply@pie.example"),
        ),
        ({"MAIL_SERVER": "mail.example", "MAIL_FROM": "a@b.example"}, (25, "none", "a@b.example")),
        ({"MAIL_USE_TLS": "True", "MAIL_PORT": "0"}, (587, "starttls", "")),
        (
            {"MAIL_SERVER": "mail.example", "PIELOOP_MAIL_ENCRYPTION": "tls"},
            (25, "tls", "noreply@pie.example"),
        ),
    ],
)
def test_letters_go_as_pyfedi_sent_them(said: dict[str, str], meant: tuple[int, str, str]) -> None:
    mail = load_config(None, {"SERVER_NAME": "PIE.example"} | said).mail
    assert (mail.port, mail.encryption, mail.sender) == meant


def test_what_is_not_heeded_is_named() -> None:
    said = {
        "LDAP_SERVER": "ldap.example",
        "LDAP_PORT": "389",
        "CORS_ALLOW_ORIGIN": "*",
        "SENTRY_DSN": "",
        "HOME": "/",
    }
    assert list(unheeded_variables(said).values()) == [["LDAP_SERVER"]]
    assert list(unheeded_settings(["public_modlog", "logo_512"]).values()) == [["logo_512"]]
