"""The Host header: one name, or one address, that can be somebody's."""

import re

_NAME = re.compile(
    rb"(?=.{1,253}(?::[0-9]*)?\Z)[0-9A-Za-z_](?:[0-9A-Za-z_-]{0,61}[0-9A-Za-z_])?"
    rb"(?:\.[0-9A-Za-z_](?:[0-9A-Za-z_-]{0,61}[0-9A-Za-z_])?)*\.?(?::[0-9]{1,5})?"
)
_IPV6 = re.compile(rb"\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?")


def names_a_host(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the headers of a request name one host, in a form that a host can have; HTTP/1.0 may name none.

    Parameters:
        headers: lower-case names and values, as ASGI gives them.
    """
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1:
        return not hosts
    return (_NAME.fullmatch(hosts[0]) or _IPV6.fullmatch(hosts[0])) is not None
