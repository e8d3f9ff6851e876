"""Signatures as PieFed, Lemmy, Mbin, Mastodon and GoToSocial make them.

Source: https://datatracker.ietf.org/doc/html/draft-cavage-http-signatures-12
"""

import base64
import re
from email.utils import formatdate
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from service.federation.errors import Unsigned
from service.federation.signatures.claim import Claim
from service.federation.signatures.digests import check_digest, digest_of
from service.federation.signatures.keys import sign
from service.federation.signatures.request import Received, check_time, signature_from, time_of

LONGEST = 8192  # characters of the header
MOST_HEADERS = 32
PARAMETER = re.compile(r'([a-zA-Z]+)=(?:"([^"]*)"|(\d{1,12}))\s*(?:,\s*|$)')
# hs2019 leaves the algorithm to the key; older senders leave it out.
ALGORITHMS = {"", "rsa-sha256", "hs2019", "ed25519"}


def read_claim(received: Received, now: float) -> Claim:
    """Take a signature apart and check everything about it that needs no key.

    Parameters:
        received: the request.
        now: seconds since 1970.

    Raises:
        Unsigned: there is none, it does not cover what it has to, the digest is wrong, or its time is.
    """
    parameters = _parameters(received.headers.get("signature", ""))
    if parameters.get("algorithm", "").lower() not in ALGORITHMS:
        raise Unsigned("The signature's algorithm is not known here; use rsa-sha256 or hs2019.")
    signed = parameters.get("headers", "date").lower().split()
    _check_coverage(signed, received)
    _check_times(parameters, signed, received, now)
    if received.has_body:
        check_digest(received.headers.get("digest"), received.body)
    return Claim(
        key_id=_required(parameters, "keyId"),
        signed="\n".join(_line(name, parameters, received) for name in signed).encode(),
        signature=signature_from(_required(parameters, "signature")),
    )


def signed_headers(
    method: str, url: str, body: bytes | None, *, key_id: str, key: RSAPrivateKey, now: float
) -> dict[str, str]:
    """Return the headers that sign a request of ours.

    Parameters:
        method: in capitals.
        url: the whole address; the port belongs to the host.
        body: None for a method without one.
        key_id, key: the actor's.
        now: seconds since 1970.
    """
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"host": parts.netloc, "date": formatdate(now, usegmt=True)}
    if body is not None:
        headers["digest"] = digest_of(body)
    names = ["(request-target)", *headers]
    lines = [
        f"(request-target): {method.lower()} {target}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    signature = base64.b64encode(sign(key, "\n".join(lines).encode())).decode()
    headers["signature"] = (
        f'keyId="{key_id}",algorithm="rsa-sha256",headers="{" ".join(names)}",signature="{signature}"'
    )
    return {name.title(): value for name, value in headers.items()}


def _parameters(header: str) -> dict[str, str]:
    if not header or len(header) > LONGEST:
        raise Unsigned("The request is not signed.")
    found: dict[str, str] = {}
    position = 0
    while position < len(header):
        parameter = PARAMETER.match(header, position)
        if parameter is None or parameter[1] in found:
            raise Unsigned("The Signature header cannot be read.")
        found[parameter[1]] = parameter[2] if parameter[2] is not None else parameter[3]
        position = parameter.end()
    return found


def _check_coverage(signed: list[str], received: Received) -> None:
    needed = {"(request-target)", "host"} | ({"digest"} if received.has_body else set())
    missing = needed - set(signed)
    if missing or not {"date", "(created)"} & set(signed):
        raise Unsigned(f"The signature has to cover {', '.join(sorted(missing)) or 'date'}.")
    if len(signed) > MOST_HEADERS or len(signed) != len(set(signed)):
        raise Unsigned("The signature covers too many headers, or one twice.")


def _check_times(parameters: dict[str, str], signed: list[str], received: Received, now: float) -> None:
    if "date" in signed:
        check_time(time_of(received.headers.get("date", "")), now)
    if "(created)" in signed:
        check_time(float(_number(parameters, "created")), now)
    if "expires" in parameters and _number(parameters, "expires") < now:
        raise Unsigned("The signature has expired.")


def _line(name: str, parameters: dict[str, str], received: Received) -> str:
    if name == "(request-target)":
        return f"(request-target): {received.method.lower()} {received.target}"
    if name in {"(created)", "(expires)"}:
        return f"{name}: {_number(parameters, name[1:-1])}"
    if name not in received.headers:
        raise Unsigned(f"The signature covers {name!r}, which was not sent.")
    return f"{name}: {received.headers[name].strip()}"


def _required(parameters: dict[str, str], name: str) -> str:
    if not parameters.get(name):
        raise Unsigned(f"The Signature header has no {name}.")
    return parameters[name]


def _number(parameters: dict[str, str], name: str) -> int:
    text = _required(parameters, name)
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Unsigned(f"The Signature header's {name} is no time.")
    return int(text)
