"""
What Amazon's rules say about a skill request, by another implementation: `cryptography` judges
certificates and signatures, the standard library everything else.
"""

import base64
import binascii
import json
import posixpath
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from skill_cases import NAME, Case

# Where a request can fail, in the order in which it is judged.
STAGES = {
    "no-signature": "proof",
    "bad-address": "proof",
    "bad-chain": "chain",
    "expired": "chain",
    "wrong-name": "chain",
    "bad-signature": "signature",
    "not-json": "message",
    "too-old": "time",
    "other-skill": "skill",
    "ok": "ok",
}


def stage(case: Case) -> str:
    """
    Where a request fails, or `ok`.
    """
    if not is_proof(case.headers):
        return "proof"
    leaf = trusted_leaf(case)
    if leaf is None:
        return "chain"
    if not is_signed(leaf, base64.b64decode(case.headers["Signature-256"]), case.body):
        return "signature"
    return message_stage(case)


def is_proof(headers: dict[str, str]) -> bool:
    """
    Whether there is a signature, and the certificates are where Amazon keeps them.
    """
    try:
        is_there = bool(base64.b64decode(headers["Signature-256"], validate=True))
    except binascii.Error:
        return False
    address = urlsplit(headers["SignatureCertChainUrl"])
    return (
        is_there
        and address.scheme.lower() == "https"
        and address.netloc.lower() in {"s3.amazonaws.com", "s3.amazonaws.com:443"}
        and posixpath.normpath(address.path).startswith("/echo.api/")
    )


def trusted_leaf(case: Case) -> x509.Certificate | None:
    """
    The first certificate, if it is that of Alexa.
    """
    try:
        leaf, *others = x509.load_pem_x509_certificates(case.chain.encode())
        root = x509.load_pem_x509_certificate(case.roots.encode())
        policy = PolicyBuilder().store(Store([root])).time(datetime.fromtimestamp(case.now, UTC))
        policy.build_server_verifier(x509.DNSName(NAME)).verify(leaf, others)
    except (ValueError, VerificationError):
        return None
    return leaf


def is_signed(leaf: x509.Certificate, signature: bytes, body: bytes) -> bool:
    """
    Whether the leaf's key signed the body.
    """
    key = leaf.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(signature, body, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def message_stage(case: Case) -> str:
    """
    Where what is signed fails.
    """
    try:
        message = json.loads(case.body)
        request = message["request"]
        kind, name, written = (request[field] for field in ("type", "requestId", "timestamp"))
        sent = datetime.fromisoformat(written)
    except (ValueError, KeyError, TypeError):
        return "message"
    if not isinstance(kind, str) or not isinstance(name, str) or not 0 < len(name) <= 256:
        return "message"
    if sent.tzinfo is None:
        return "message"
    now = datetime.fromtimestamp(case.now, UTC)
    late = timedelta(hours=1) if kind.startswith("AlexaSkillEvent.") else timedelta(seconds=150)
    if not -timedelta(seconds=150) <= now - sent.replace(microsecond=0) <= late:
        return "time"
    session = message.get("session")
    ids = [skill_of(message, "context", "System")]
    if session is not None:
        ids.append(skill_of(session))
    return "ok" if set(map(repr, ids)) == {repr(case.skill)} else "skill"


def skill_of(value: Any, *way: str) -> Any:
    """
    The id of the skill that a part of the message names.
    """
    for step in (*way, "application", "applicationId"):
        value = value.get(step) if isinstance(value, dict) else None
    return value
