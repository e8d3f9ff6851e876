"""Signatures as other programs make and read them: apsig for drafts of Cavage, http-message-signatures for RFC 9421."""

import json
import time
from email.utils import formatdate
from typing import Any

import pytest
from apsig import draft
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureComponentResolver,
    HTTPSignatureKeyResolver,
    algorithms,
)
from http_message_signatures.exceptions import InvalidSignature

from service.federation.signatures import cavage, messages
from service.federation.signatures.digests import content_digest_of
from service.federation.signatures.keys import public_key_from
from service.federation.signatures.read import read_claim
from service.federation.signatures.request import Received
from tests.federation.signing import HERE, key, pem_of

KEY_ID = "https://a.example/u/ana#main-key"
URL = f"{HERE}/inbox"
BODY = json.dumps({"type": "Like", "actor": "https://a.example/u/ana", "object": f"{HERE}/post/1"}).encode()

pytestmark = pytest.mark.scenario(157)


class Keys(HTTPSignatureKeyResolver):
    """Knows one key."""

    def resolve_private_key(self, key_id: str) -> Any:
        return key()

    def resolve_public_key(self, key_id: str) -> Any:
        return key().public_key()


class Message:
    """A request, as the library wants it."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.method, self.url, self.headers = "POST", URL, headers


def received(headers: dict[str, str]) -> Received:
    lower = {name.lower(): value for name, value in headers.items()}
    return Received(method="POST", target="/inbox", scheme="https", headers=lower, body=BODY)


def our_key() -> RSAPublicKey:
    public = public_key_from(pem_of(key()))
    assert isinstance(public, RSAPublicKey)
    return public


def test_apsig_believes_what_we_sign_and_nothing_else() -> None:
    headers = cavage.signed_headers("POST", URL, BODY, key_id=KEY_ID, key=key(), now=time.time())
    for body, believed in ((BODY, KEY_ID), (BODY + b" ", None)):
        verifier = draft.Verifier(
            public_pem=pem_of(key()), method="POST", url=URL, headers=dict(headers), body=body
        )
        assert verifier.verify() == believed


def test_we_believe_what_apsig_signs() -> None:
    signer = draft.Signer(
        headers={"Content-Type": "application/activity+json"},
        private_key=key(),
        method="POST",
        url=URL,
        key_id=KEY_ID,
        body=BODY,
    )
    claim = read_claim(received(signer.sign()), time.time())
    assert claim.key_id == KEY_ID
    assert claim.holds(our_key())


def verifier() -> HTTPMessageVerifier:
    return HTTPMessageVerifier(
        signature_algorithm=algorithms.RSA_V1_5_SHA256,
        key_resolver=Keys(),
        component_resolver_class=HTTPSignatureComponentResolver,
    )


def test_http_message_signatures_believes_what_we_sign_and_nothing_else() -> None:
    headers = messages.signed_headers("POST", URL, BODY, key_id=KEY_ID, key=key(), now=time.time())
    (found,) = verifier().verify(Message(dict(headers)))
    assert set(found.covered_components) >= {'"@method"', '"@target-uri"', '"content-digest"'}
    with pytest.raises(InvalidSignature):
        verifier().verify(Message(dict(headers) | {"Content-Digest": content_digest_of(BODY + b" ")}))


def test_we_believe_what_http_message_signatures_signs() -> None:
    message = Message({"Host": "here.example", "Date": formatdate()})
    HTTPMessageSigner(signature_algorithm=algorithms.RSA_V1_5_SHA256, key_resolver=Keys()).sign(
        message,
        key_id=KEY_ID,
        covered_component_ids=("@method", "@target-uri", "content-digest"),
        body=BODY,
    )
    claim = read_claim(received(message.headers), time.time())
    assert claim.key_id == KEY_ID
    assert claim.holds(our_key())
