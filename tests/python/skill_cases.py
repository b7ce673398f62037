"""
Skill requests with their certificates, good ones and such as have one or two things wrong.
"""

import base64
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "echo-api.amazon.com"
SKILL = "amzn1.ask.skill.ours"
OTHER = "amzn1.ask.skill.another"
ADDRESS = "https://s3.amazonaws.com/echo.api/echo-api-cert-12.pem"
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
DAY = timedelta(days=1)
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
SIGNS = frozenset({"key_cert_sign", "crl_sign"})
SERVES = frozenset({"digital_signature", "key_encipherment"})

type Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Case:
    """
    What is judged, and what was done to it.
    """

    classes: tuple[str, ...]
    roots: str
    chain: str
    headers: dict[str, str]
    body: bytes
    now: int
    skill: str = SKILL

    def line(self) -> str:
        """
        As the judge in Rust reads it.
        """
        fields = {**self.__dict__, "body": base64.b64encode(self.body).decode()}
        del fields["classes"]
        return json.dumps(fields)


@dataclass
class Paper:
    """
    A certificate to be made.
    """

    subject: str
    names: list[str] = field(default_factory=list)
    is_ca: bool | None = True
    path_length: int | None = None
    usage: frozenset[str] | None = SIGNS
    purposes: list[x509.ObjectIdentifier] | None = None
    first: datetime = NOW - 100 * DAY
    last: datetime = NOW + 100 * DAY
    key: str = "ec-0"
    issuer_key: str | None = None
    permitted: str | None = None
    odd_extension: bool = False


@dataclass
class Plan:
    """
    A case to be made.
    """

    rng: random.Random
    leaf: Paper
    middles: list[Paper]
    root: Paper
    order: Callable[[list[str]], list[str]] = list
    spoil_chain: Callable[[str], str] = str
    address: str = ADDRESS
    message: dict[str, Any] = field(default_factory=dict)
    spoil_body: Callable[[bytes], bytes] = bytes
    spoil_signature: Callable[[bytes], str] = lambda signature: base64.b64encode(signature).decode()
    signing_key: str | None = None
    padding: str = "PKCS1"
    digest: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)
    now: int = int(NOW.timestamp())


@cache
def key(name: str) -> Key:
    """
    One key for each name, because making them takes longer than all the rest.
    """
    kind, _, _ = name.partition("-")
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "ec384":
        return ec.generate_private_key(ec.SECP384R1())
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


def plain_plan(rng: random.Random) -> Plan:
    """
    A good request: everything that may differ between good ones does.
    """
    root_key = rng.choice(["ec-root", "ec384-root", "rsa2048-root"])
    middles = [
        Paper(f"Middle {place}", key=rng.choice([f"ec-{place}", f"rsa2048-{place}"]))
        for place in range(rng.choice([0, 1, 1, 1, 2, 3]))
    ]
    leaf = Paper(
        rng.choice([NAME, "Alexa", "other.example"]),
        names=rng.choice([[NAME], [NAME.upper()], ["x.example", NAME], [NAME, "*.example.com"]]),
        is_ca=rng.choice([None, False]),
        usage=rng.choice([SERVES, frozenset({"digital_signature"}), None]),
        purposes=rng.choice([[SERVER], [SERVER, CLIENT], None]),
        key=rng.choice(["rsa2048-leaf", "rsa2048-leaf-2", "rsa3072-leaf"]),
    )
    plan = Plan(rng, leaf, middles, Paper("Root", key=root_key))
    skill = {"application": {"applicationId": SKILL}}
    plan.message = {
        "version": "1.0",
        "context": {"System": {**skill, "device": {"deviceId": "amzn1.ask.device.x"}}},
        "request": {
            "type": rng.choice(["LaunchRequest", "IntentRequest", "AudioPlayer.PlaybackStarted"]),
            "requestId": f"amzn1.echo-api.request.{rng.randrange(10**12)}",
            "timestamp": written(rng, rng.randint(-150, 150)),
            "locale": rng.choice(["de-DE", "\u65e5\u672c", "\U0001f3b5"]),
        },
    }
    if rng.random() < 0.5:
        plan.message["session"] = {"new": True, **skill}
    return plan


def written(rng: random.Random, age: float) -> str:
    """
    A time so many seconds ago, in one of the ways to write it.
    """
    then = NOW - timedelta(seconds=age)
    match rng.randrange(4):
        case 0:
            return then.strftime("%Y-%m-%dT%H:%M:%S.") + f"{rng.randrange(1000):03}Z"
        case 1:
            hours = rng.randint(-11, 13)
            local = then + timedelta(hours=hours)
            return local.strftime("%Y-%m-%dT%H:%M:%S") + f"{hours:+03}:00"
        case _:
            return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def made(plan: Plan, classes: tuple[str, ...]) -> Case:
    """
    The case of a plan.
    """
    papers = [plan.root, *reversed(plan.middles), plan.leaf]
    certificates = []
    above = plan.root
    for paper in papers:
        certificates.append(certificate(paper, above))
        above = paper
    root, *others = [
        issued.public_bytes(serialization.Encoding.PEM).decode() for issued in certificates
    ]
    chain = plan.spoil_chain("".join(plan.order(others[::-1])))
    body = json.dumps(plan.message, ensure_ascii=plan.rng.random() < 0.5).encode()
    signature = signature_of(plan, body)
    headers = {
        "SignatureCertChainUrl": plan.address,
        "Signature-256": plan.spoil_signature(signature),
    }
    body = plan.spoil_body(body)
    return Case(classes, root, chain, headers, body, plan.now)


def signature_of(plan: Plan, body: bytes) -> bytes:
    """
    Signs with the key of the leaf, or with another one.
    """
    signer = key(plan.signing_key or plan.leaf.key)
    if isinstance(signer, ec.EllipticCurvePrivateKey):
        return signer.sign(body, ec.ECDSA(plan.digest))
    if plan.padding == "PSS":
        salted = padding.PSS(padding.MGF1(plan.digest), plan.digest.digest_size)
        return signer.sign(body, salted, plan.digest)
    return signer.sign(body, padding.PKCS1v15(), plan.digest)


def certificate(paper: Paper, issuer: Paper) -> x509.Certificate:
    """
    One certificate, as its issuer signs it.
    """
    own, above = key(paper.key), key(paper.issuer_key or issuer.key)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key(issuer.key).public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, paper.subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer.subject)]))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(paper.first, paper.last))
        .not_valid_after(paper.last)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
    )
    for extension, is_critical in extensions(paper):
        builder = builder.add_extension(extension, critical=is_critical)
    return builder.sign(above, hashes.SHA256())


def extensions(paper: Paper) -> list[tuple[x509.ExtensionType, bool]]:
    """
    What a certificate says, and whether whoever does not understand it has to refuse.
    """
    said: list[tuple[x509.ExtensionType, bool]] = []
    if paper.is_ca is not None:
        length = paper.path_length if paper.is_ca else None
        said.append((x509.BasicConstraints(ca=paper.is_ca, path_length=length), True))
    if paper.usage is not None:
        every = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment"]
        every += ["key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
        said.append((x509.KeyUsage(**{name: name in paper.usage for name in every}), True))
    if paper.purposes is not None:
        said.append((x509.ExtendedKeyUsage(paper.purposes), False))
    if paper.names:
        names = [x509.DNSName(name) for name in paper.names]
        said.append((x509.SubjectAlternativeName(names), False))
    if paper.permitted is not None:
        said.append((x509.NameConstraints([x509.DNSName(paper.permitted)], None), True))
    if paper.odd_extension:
        unknown = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")
        said.append((x509.UnrecognizedExtension(unknown, b"\x05\x00"), True))
    return said
