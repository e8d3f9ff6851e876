"""HTTP Message Signatures, as Mastodon 4.5, Fedify and NodeBB make them.

Source: https://www.rfc-editor.org/rfc/rfc9421, in the profile of https://docs.joinmastodon.org/spec/security/#http-message-signatures
"""

import base64
import re
from collections.abc import Callable
from email.utils import formatdate
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from service.federation.errors import Unsigned
from service.federation.signatures.claim import Claim
from service.federation.signatures.digests import check_content_digest, content_digest_of
from service.federation.signatures.keys import sign
from service.federation.signatures.request import Received, check_time, signature_from

LONGEST = 8192  # characters of a header
MOST_SIGNATURES = 3
MOST_COMPONENTS = 32
ALGORITHMS = {None, "rsa-v1_5-sha256", "ed25519"}

LABEL = r"[a-z*][a-z0-9_.*-]*"
# Components with parameters of their own (;sf, ;bs, ;req, ;tr, ;key) are not made by anybody here.
TEXT = r'"[^"\\]*"'
INPUT = re.compile(
    rf"\s*({LABEL})=(\(\s*((?:{TEXT}\s*)*)\)((?:;[a-z][a-z0-9_-]*=(?:{TEXT}|-?\d{{1,15}}))*))\s*(?:,|$)"
)
NAME = re.compile(r'"([^"\\]*)"')
PARAMETER = re.compile(r';([a-z][a-z0-9_-]*)=(?:"([^"\\]*)"|(-?\d{1,15}))')
VALUE = re.compile(rf"\s*({LABEL})=:([A-Za-z0-9+/=]*):\s*(?:,|$)")


class _Input(msgspec.Struct, frozen=True):
    """One member of Signature-Input: what is covered, and how it was made."""

    raw: str
    components: list[str]
    parameters: dict[str, str]


def read_claim(received: Received, now: float) -> Claim:
    """Take the first signature apart that covers what it has to; all else as cavage's.

    Raises:
        Unsigned: there is none, the digest is wrong, or its time is.
    """
    signatures = _members(VALUE, received.headers.get("signature", ""))
    refusal: Unsigned | None = None
    for label, member in _inputs(received.headers.get("signature-input", "")):
        try:
            return _claim(member, signatures.get(label), received, now)
        except Unsigned as error:
            refusal = refusal or error
    raise refusal or Unsigned("The request is not signed.")


def signed_headers(
    method: str, url: str, body: bytes | None, *, key_id: str, key: RSAPrivateKey, now: float
) -> dict[str, str]:
    """Return the headers that sign a request of ours; see cavage.signed_headers."""
    headers = {"Date": formatdate(now, usegmt=True)}
    components = {"@method": method, "@target-uri": url}
    if body is not None:
        headers["Content-Digest"] = components["content-digest"] = content_digest_of(body)
    names = " ".join(f'"{name}"' for name in components)
    raw = f'({names});created={now:.0f};keyid="{key_id}";alg="rsa-v1_5-sha256"'
    base = _base([f'"{name}": {value}' for name, value in components.items()], raw)
    signature = base64.b64encode(sign(key, base)).decode()
    return headers | {
        "Host": urlsplit(url).netloc,
        "Signature-Input": f"sig1={raw}",
        "Signature": f"sig1=:{signature}:",
    }


def _claim(member: _Input, signature: str | None, received: Received, now: float) -> Claim:
    key_id, created = member.parameters.get("keyid"), member.parameters.get("created")
    if not signature or not key_id or created is None:
        raise Unsigned("The signature needs a value, keyid and created.")
    if member.parameters.get("alg") not in ALGORITHMS:
        raise Unsigned("The signature's algorithm is not known here; use rsa-v1_5-sha256 or ed25519.")
    _check_coverage(set(member.components), received)
    check_time(_number(created), now)
    if "expires" in member.parameters and _number(member.parameters["expires"]) < now:
        raise Unsigned("The signature has expired.")
    if received.has_body:
        check_content_digest(received.headers.get("content-digest"), received.body)
    lines = [f'"{name}": {_value(name, received)}' for name in member.components]
    return Claim(key_id=key_id, signed=_base(lines, member.raw), signature=signature_from(signature))


def _inputs(header: str) -> list[tuple[str, _Input]]:
    found: list[tuple[str, _Input]] = []
    position = 0
    if len(header) > LONGEST:
        raise Unsigned("The Signature-Input header is too long.")
    while position < len(header) and len(found) < MOST_SIGNATURES:
        member = INPUT.match(header, position)
        if member is None:
            raise Unsigned("The Signature-Input header cannot be read.")
        parameters = {name: text or number for name, text, number in PARAMETER.findall(member[4])}
        found.append((member[1], _Input(member[2], NAME.findall(member[3]), parameters)))
        position = member.end()
    return found


def _members(pattern: re.Pattern[str], header: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    while position < min(len(header), LONGEST) and len(found) < MOST_SIGNATURES:
        member = pattern.match(header, position)
        if member is None:
            raise Unsigned("The Signature header cannot be read.")
        found[member[1]] = member[2]
        position = member.end()
    return found


def _check_coverage(components: set[str], received: Received) -> None:
    whole = {"@target-uri"} <= components
    path = {"@path", "@query"} if "?" in received.target else {"@path"}
    if not whole and "@request-target" not in components and not path <= components:
        raise Unsigned("The signature has to cover @target-uri.")
    if not whole and not components & {"@authority", "host"}:
        raise Unsigned("The signature has to cover @authority.")
    if "@method" not in components:
        raise Unsigned("The signature has to cover @method.")
    if received.has_body and "content-digest" not in components:
        raise Unsigned("The signature has to cover content-digest.")
    if len(components) > MOST_COMPONENTS:
        raise Unsigned("The signature covers too much.")


DERIVED: dict[str, Callable[[Received], str]] = {
    "@method": lambda received: received.method,
    "@scheme": lambda received: received.scheme,
    "@authority": lambda received: _authority(received),
    "@target-uri": lambda received: f"{received.scheme}://{_authority(received)}{received.target}",
    "@request-target": lambda received: received.target,
    "@path": lambda received: received.target.partition("?")[0] or "/",
    "@query": lambda received: "?" + received.target.partition("?")[2],
}


def _value(name: str, received: Received) -> str:
    if name in DERIVED:
        return DERIVED[name](received)
    if name not in received.headers:
        raise Unsigned(f"The signature covers {name!r}, which was not sent.")
    return received.headers[name].strip()


def _authority(received: Received) -> str:
    host = received.headers.get("host", "").strip().lower()
    return host.removesuffix(":443" if received.scheme == "https" else ":80")


def _base(lines: list[str], raw: str) -> bytes:
    return "\n".join([*lines, f'"@signature-params": {raw}']).encode()


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Unsigned("The signature's time is none.") from None
