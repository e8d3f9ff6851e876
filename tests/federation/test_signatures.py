"""Signatures: those that real servers made, ours, and everything that proves nothing."""

from collections.abc import Callable
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from service.federation.errors import Malformed, Unsigned
from service.federation.signatures import cavage, messages
from service.federation.signatures.claim import Claim
from service.federation.signatures.digests import content_digest_of, digest_of
from service.federation.signatures.keys import PublicKey, private_key_from, public_key_from
from service.federation.signatures.read import read_claim
from service.federation.signatures.request import WINDOW, Received, time_of
from tests.federation.corpus import document, needs_corpus, recorded

NOW = 1_795_000_000.0
KEY_ID = "https://there.example/u/ana#main-key"
URL = "https://here.example/inbox?a=1"
BODY = b'{"type": "Like"}'
HOUR = 3600
FORMS = {"cavage": cavage, "rfc9421": messages}


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def public(key: RSAPrivateKey | Ed25519PrivateKey) -> PublicKey:
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public_key_from(pem.decode())


def received(headers: dict[str, str], body: bytes = BODY, **more: Any) -> Received:
    parts = urlsplit(URL)
    values = {"method": "POST", "target": f"{parts.path}?{parts.query}", "scheme": "https"} | more
    return Received(headers={name.lower(): value for name, value in headers.items()}, body=body, **values)


@pytest.mark.scenario(157)
@needs_corpus
@pytest.mark.parametrize("name", recorded())
def test_requests_of_real_servers_are_verified(name: str) -> None:
    request = document(name)
    host = request["headers"]["host"]
    came = Received(
        method=request["method"],
        target=request["path"],
        scheme="http" if host.startswith("localhost") else "https",
        headers=request["headers"],
        body=request["body"].encode(),
    )
    now = time_of(request["headers"]["date"])
    claim = read_claim(came, now)
    assert claim.key_id == request["keyId"]
    assert claim.holds(public_key_from(request["publicKeyPem"]))
    elsewhere = msgspec.structs.replace(came, target="/somewhere/else")
    assert not read_claim(elsewhere, now).holds(public_key_from(request["publicKeyPem"]))
    with pytest.raises(Unsigned, match="another body"):
        read_claim(msgspec.structs.replace(came, body=came.body + b" "), now)
    with pytest.raises(Unsigned, match="away from now"):
        read_claim(came, now + WINDOW + HOUR)


@pytest.mark.parametrize("form", FORMS)
def test_what_we_sign_is_ours(form: str, key: RSAPrivateKey) -> None:
    headers = FORMS[form].signed_headers("POST", URL, BODY, key_id=KEY_ID, key=key, now=NOW)
    claim = read_claim(received(headers), NOW)
    assert claim.key_id == KEY_ID
    assert claim.holds(public(key))
    assert not claim.holds(public(generate_private_key(65537, 2048)))
    asked = FORMS[form].signed_headers("GET", URL, None, key_id=KEY_ID, key=key, now=NOW)
    assert read_claim(received(asked, b"", method="GET"), NOW).holds(public(key))


@pytest.mark.scenario(141, 142)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seconds", [-50 * 60, 50 * 60, -2 * HOUR, 2 * HOUR])
def test_clocks_may_differ_by_an_hour(form: str, key: RSAPrivateKey, seconds: int) -> None:
    headers = FORMS[form].signed_headers("POST", URL, BODY, key_id=KEY_ID, key=key, now=NOW)
    if abs(seconds) < HOUR:
        assert read_claim(received(headers), NOW + seconds).holds(public(key))
    else:
        with pytest.raises(Unsigned, match="away from now"):
            read_claim(received(headers), NOW + seconds)


@pytest.mark.scenario(142)
@pytest.mark.parametrize("form", FORMS)
def test_a_request_replayed_to_another_place_does_not_hold(form: str, key: RSAPrivateKey) -> None:
    headers = FORMS[form].signed_headers("POST", URL, BODY, key_id=KEY_ID, key=key, now=NOW)
    for changed in (
        received(headers, target="/u/ben/inbox"),
        received(headers | {"Host": "another.example"}),
        received(headers, method="PUT"),
    ):
        assert not read_claim(changed, NOW).holds(public(key))


# Each takes good headers and spoils them; what is left has to prove nothing.
Spoil = Callable[[dict[str, str]], dict[str, str]]


def without(name: str) -> Spoil:
    return lambda headers: {key: value for key, value in headers.items() if key != name}


def replaced(name: str, old: str, new: str) -> Spoil:
    def spoil(headers: dict[str, str]) -> dict[str, str]:
        assert old in headers[name], headers[name]
        return headers | {name: headers[name].replace(old, new)}

    return spoil


CAVAGE: dict[str, Spoil] = {
    "no signature": without("Signature"),
    "no digest": without("Digest"),
    "another body's digest": lambda headers: headers | {"Digest": digest_of(b"another")},
    "a digest of an algorithm that is none": lambda headers: headers | {"Digest": "MD5=abc"},
    "a digest that is no base64": lambda headers: headers | {"Digest": "SHA-256=%%%"},
    "one right digest and one wrong one": lambda headers: (
        headers | {"Digest": f"{headers['Digest']},SHA-512={digest_of(b'')[8:]}"}
    ),
    "digest not signed": replaced("Signature", " digest", ""),
    "date not signed": replaced("Signature", " date", ""),
    "host not signed": replaced("Signature", " host", ""),
    "request target not signed": replaced("Signature", "(request-target) ", ""),
    "a header signed twice": replaced("Signature", " date", " date date"),
    "a header signed that was not sent": replaced("Signature", " date", " date x-other"),
    "no date": without("Date"),
    "a date that is none": lambda headers: headers | {"Date": "yesterday"},
    "a date of the year 99999": lambda headers: headers | {"Date": "Thu, 26 Nov 99999 18:49:02 GMT"},
    "an unknown algorithm": replaced("Signature", "rsa-sha256", "hmac-sha256"),
    "no key": replaced("Signature", f'keyId="{KEY_ID}",', ""),
    "a parameter twice": lambda headers: headers | {"Signature": headers["Signature"] + ',keyId="x"'},
    "expired": lambda headers: headers | {"Signature": headers["Signature"] + f",expires={NOW - 1:.0f}"},
    "a signature that is no base64": replaced("Signature", ',signature="', ',signature="%'),
    "no parameters at all": lambda headers: headers | {"Signature": "x"},
    "endless parameters": lambda headers: headers | {"Signature": 'a="b",' * 5000},
    "created is no number": lambda headers: (
        headers | {"Signature": headers["Signature"].replace(" date", " (created)") + ',created="now"'}
    ),
}
MESSAGES: dict[str, Spoil] = {
    "no signature": without("Signature"),
    "no input": lambda headers: headers | {"Signature-Input": ""},
    "no digest": without("Content-Digest"),
    "another body's digest": lambda headers: headers | {"Content-Digest": content_digest_of(b"another")},
    "digest not signed": replaced("Signature-Input", ' "content-digest"', ""),
    "method not signed": replaced("Signature-Input", '"@method" ', ""),
    "target not signed": replaced("Signature-Input", ' "@target-uri"', ""),
    "path without authority": replaced("Signature-Input", '"@target-uri"', '"@request-target"'),
    "path without query": replaced("Signature-Input", '"@target-uri"', '"@path" "@authority"'),
    "no time": replaced("Signature-Input", f";created={NOW:.0f}", ""),
    "no key": replaced("Signature-Input", f';keyid="{KEY_ID}"', ""),
    "an unknown algorithm": replaced("Signature-Input", "rsa-v1_5-sha256", "hmac-sha256"),
    "another label": replaced("Signature", "sig1=", "sig2="),
    "a component with parameters": replaced("Signature-Input", '"@method"', '"@method";req'),
    "an unknown derived component": replaced("Signature-Input", '"@method"', '"@method" "@status"'),
    "expired": lambda headers: (
        headers | {"Signature-Input": headers["Signature-Input"] + f";expires={NOW - 1:.0f}"}
    ),
    "nonsense": lambda headers: headers | {"Signature-Input": "sig1=((((("},
    "endless components": lambda headers: headers | {"Signature-Input": 'sig1=("a"' + ' "a"' * 5000},
}


@pytest.mark.parametrize("what", CAVAGE)
def test_a_cavage_signature_that_proves_nothing_is_refused(what: str, key: RSAPrivateKey) -> None:
    good = cavage.signed_headers("POST", URL, BODY, key_id=KEY_ID, key=key, now=NOW)
    with pytest.raises(Unsigned):
        read_claim(received(CAVAGE[what](good)), NOW)


@pytest.mark.parametrize("what", MESSAGES)
def test_a_message_signature_that_proves_nothing_is_refused(what: str, key: RSAPrivateKey) -> None:
    good = messages.signed_headers("POST", URL, BODY, key_id=KEY_ID, key=key, now=NOW)
    with pytest.raises(Unsigned):
        read_claim(received(MESSAGES[what](good)), NOW)


def test_created_may_stand_for_the_date(key: RSAPrivateKey) -> None:
    good = cavage.signed_headers("POST", URL, BODY, key_id=KEY_ID, key=key, now=NOW)
    parameters = good["Signature"].replace(" date", " (created)") + f",created={NOW:.0f}"
    read_claim(received(good | {"Signature": parameters, "Date": formatdate(0, usegmt=True)}), NOW)
    with pytest.raises(Unsigned, match="away from now"):
        read_claim(received(good | {"Signature": parameters}), NOW + 2 * HOUR)


def test_keys_that_are_too_small_or_of_another_kind_are_refused() -> None:
    small = generate_private_key(65537, 1024).public_key()
    for pem in (
        small.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "no key",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "x" * 10_000,
        "",
    ):
        with pytest.raises(Malformed, match="publicKeyPem"):
            public_key_from(pem)
    edwards = Ed25519PrivateKey.generate()
    claim = Claim(key_id=KEY_ID, signed=b"text", signature=edwards.sign(b"text"))
    assert claim.holds(public(edwards))


def test_a_private_key_is_read_as_the_tables_hold_it(key: RSAPrivateKey) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    assert private_key_from(pem).private_numbers() == key.private_numbers()
