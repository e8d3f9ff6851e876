"""The settings of the private registration API, under pyfedi's names and ours."""

from ipaddress import ip_network

import pytest

from service.config import Config, ConfigError, load_config

pytestmark = pytest.mark.private_registration

SECRET = "0123456789abcdef0123456789abcdef"


def configured(**environ: str) -> Config:
    return load_config(None, environ)


def test_it_is_off_by_default() -> None:
    assert not configured().private_registration.enabled


@pytest.mark.parametrize("prefix", ["", "PIELOOP_"])
def test_pyfedis_names_and_ours_are_understood(prefix: str) -> None:
    settings = configured(
        **{
            f"{prefix}PRIVATE_REGISTRATION_ENABLED": "true",
            f"{prefix}PRIVATE_REGISTRATION_SECRET": SECRET,
            f"{prefix}PRIVATE_REGISTRATION_RATE_LIMIT": "25",
            f"{prefix}PRIVATE_REGISTRATION_IPS": "10.0.0.0/8, 192.0.2.7,2001:db8::/32",
        }
    ).private_registration
    assert settings.enabled
    assert settings.secret == SECRET
    assert settings.rate_limit == 25
    assert [ip_network(network).prefixlen for network in settings.ips] == [8, 32, 32]


def test_our_name_wins_over_pyfedis() -> None:
    config = configured(PRIVATE_REGISTRATION_RATE_LIMIT="25", PIELOOP_PRIVATE_REGISTRATION_RATE_LIMIT="5")
    assert config.private_registration.rate_limit == 5


def test_a_secret_belongs_to_it() -> None:
    with pytest.raises(ConfigError, match=r"private_registration\.secret"):
        configured(PRIVATE_REGISTRATION_ENABLED="true")
    with pytest.raises(ConfigError, match=r"private_registration\.secret"):
        configured(PRIVATE_REGISTRATION_ENABLED="true", PRIVATE_REGISTRATION_SECRET=SECRET[:-1])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IPS", "10.0.0.0/33"),
        ("IPS", "everybody"),
        ("RATE_LIMIT", "0"),
        ("RATE_LIMIT", "many"),
        ("ENABLED", "perhaps"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"private_registration.{name.lower()}"):
        configured(**{f"PRIVATE_REGISTRATION_{name}": value})


def test_no_error_shows_the_secret() -> None:
    with pytest.raises(ConfigError) as caught:
        configured(PRIVATE_REGISTRATION_ENABLED="true", PRIVATE_REGISTRATION_SECRET="short and secret")
    assert "short and secret" not in str(caught.value)
