"""Hosts and origins are compared as what they are, never as text."""

import pytest

from service.federation.origin import host_of, is_id, same_origin


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/u/ana", "https://A.Example:443/other"),
        ("http://a.example/1", "https://a.example/2"),
        ("http://a.example:80/1", "https://a.example:443/2"),
        ("https://a.example./1", "https://a.example/2"),
        ("https://bücher.example/1", "https://xn--bcher-kva.example/2"),
        ("https://a.example:8443/1", "http://a.example:8443/2"),
        ("https://[2001:db8::1]/1", "https://[2001:DB8::1]/2"),
    ],
)
def test_one_server_however_its_name_is_written(one: str, other: str) -> None:
    assert same_origin(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/1", "https://b.example/1"),
        ("https://a.example/1", "https://a.example:8443/1"),
        ("https://a.example/1", "https://a.example.evil.example/1"),
        ("https://a.example/1", "https://evil-a.example/1"),
        ("https://a.example/1", "https://a.example@evil.example/1"),
        ("https:///1", "https:///1"),
        ("", ""),
        (None, None),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_two_servers_and_what_is_none(one: object, other: object) -> None:
    assert not same_origin(one, other)


@pytest.mark.parametrize(
    "value",
    [
        *(
            "ftp://a.example/1",
            "https://user:word@a.example/1",
            "https://a.example/a b",
            "https://a.example/\n",
        ),
        *(
            "https://a.example/{{id}}",
            "https://[::1",
            "https://a.example:99999/",
            "//a.example/1",
            "a.example",
            1,
            [],
            {},
        ),
        "https://a.example/" + "x" * 3000,
        "https://" + "ä" * 300 + ".example/",
    ],
)
def test_what_can_be_no_id(value: object) -> None:
    assert not is_id(value)


def test_a_host_is_that_of_the_address() -> None:
    assert host_of("https://WWW.A.example:444/x") == "www.a.example"
