"""Addresses of the web: names as long as names may be, and no longer."""

import pytest

from service.outbound.errors import Refused
from service.outbound.urls import parse_url

LABEL = "a" * 63


@pytest.mark.parametrize(
    ("host", "is_taken"),
    [
        (".".join([LABEL] * 3 + ["a" * 61]), True),  # 253 characters
        (".".join([LABEL] * 3 + ["a" * 61]) + ".", True),
        (".".join([LABEL] * 3 + ["a" * 62]) + ".", False),
        (f"a{LABEL}.example", False),
    ],
)
def test_names_may_be_so_long(host: str, is_taken: bool) -> None:
    if is_taken:
        assert parse_url(f"https://{host}/", allow_http=False).host == host
    else:
        with pytest.raises(Refused):
            parse_url(f"https://{host}/", allow_http=False)
