"""
What can be wrong with a skill request: a class of cases each.
"""

import base64
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from skill_cases import CLIENT, DAY, NAME, NOW, OTHER, SERVER, SERVES, SIGNS, Paper, Plan, written

FAULTS: dict[str, Callable[[Plan], None]] = {}

# Where our verifier and `cryptography` differ on purpose: our verdict and theirs.
BY_DESIGN = {
    # Amazon's rules want the name itself, not one that stands for others too.
    "wildcard": ("chain", "ok"),
    # A root is trusted because it is in the list of roots, whatever it says about its own time.
    "root-expired": ("ok", "chain"),
    # RFC 5280 wants authorities to say what their keys are for. Where one does not, that it is an
    # authority is enough, as it is for TLS in browsers.
    "authority-without-any-usage": ("ok", "chain"),
    # They leave the length of the signer's key to whoever checks its signature.
    "short-key": ("signature", "ok"),
}

BAD_ADDRESSES = [
    "",
    "echo-api-cert.pem",
    "http://s3.amazonaws.com/echo.api/echo-api-cert.pem",
    "https://notamazon.com/echo.api/echo-api-cert.pem",
    "https://s3.amazonaws.com.evil.example/echo.api/echo-api-cert.pem",
    "https://s3.amazonaws.com./echo.api/echo-api-cert.pem",
    "https://s3.amazonaws.com@evil.example/echo.api/echo-api-cert.pem",
    "https://[::1]/echo.api/echo-api-cert.pem",
    "https://s3.amazonaws.com:563/echo.api/echo-api-cert.pem",
    "https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem",
    "https://s3.amazonaws.com/invalid.path/echo-api-cert.pem",
    "https://s3.amazonaws.com/echo.api/../invalid.path/echo-api-cert.pem",
]
GOOD_ADDRESSES = [
    "https://s3.amazonaws.com/echo.api/echo-api-cert.pem",
    "https://s3.amazonaws.com:443/echo.api/echo-api-cert.pem",
    "https://s3.amazonaws.com/echo.api/../echo.api/echo-api-cert.pem",
    "HTTPS://S3.AmazonAWS.com/echo.api/a/b/./c.pem",
    "https://s3.amazonaws.com/echo.api/echo-api-cert.pem?version=1",
]


def fault(change: Callable[[Plan], None]) -> Callable[[Plan], None]:
    """
    Names a class after its function.
    """
    FAULTS[change.__name__.replace("_", "-")] = change
    return change


def any_paper(plan: Plan) -> Paper:
    return plan.rng.choice([plan.leaf, *plan.middles])


def request_of(plan: Plan) -> dict[str, Any]:
    # Another fault may have taken it away.
    request = plan.message["request"]
    return request if isinstance(request, dict) else {}


def a_middle(plan: Plan) -> Paper:
    if not plan.middles:
        plan.middles.append(Paper("Middle 0", key="ec-0"))
    return plan.rng.choice(plan.middles)


@fault
def expired(plan: Plan) -> None:
    any_paper(plan).last = NOW - plan.rng.choice([timedelta(seconds=1), DAY, 50 * DAY])


@fault
def not_yet_valid(plan: Plan) -> None:
    any_paper(plan).first = NOW + plan.rng.choice([timedelta(seconds=1), DAY, 50 * DAY])


@fault
def last_moment(plan: Plan) -> None:
    paper = any_paper(plan)
    if plan.rng.random() < 0.5:
        paper.first = NOW
    else:
        paper.last = NOW


@fault
def names(plan: Plan) -> None:
    plan.leaf.names = plan.rng.choice(
        [
            [],
            ["evil.example"],
            ["amazon.com"],
            [f"{NAME}.evil.example"],
            [f"x.{NAME}"],
            [f"x{NAME}"],
        ]
    )


@fault
def wildcard(plan: Plan) -> None:
    plan.leaf.names = ["*.amazon.com"]


@fault
def purposes(plan: Plan) -> None:
    plan.leaf.purposes = [CLIENT]


@fault
def purposes_of_an_authority(plan: Plan) -> None:
    a_middle(plan).purposes = plan.rng.choice([[CLIENT], [SERVER], [SERVER, CLIENT]])


@fault
def leaf_is_an_authority(plan: Plan) -> None:
    plan.leaf.is_ca = True
    plan.leaf.usage = plan.rng.choice([SERVES, SIGNS | SERVES, None])


@fault
def leaf_signs_certificates(plan: Plan) -> None:
    plan.leaf.usage = SERVES | SIGNS


@fault
def no_authority_issues(plan: Plan) -> None:
    middle = a_middle(plan)
    middle.is_ca = plan.rng.choice([False, None])
    if plan.rng.random() < 0.5:
        middle.usage = SERVES


@fault
def authority_without_the_right_usage(plan: Plan) -> None:
    a_middle(plan).usage = plan.rng.choice([SERVES, frozenset({"crl_sign", "digital_signature"})])


@fault
def authority_without_any_usage(plan: Plan) -> None:
    a_middle(plan).usage = None


@fault
def path_length(plan: Plan) -> None:
    a_middle(plan).path_length = plan.rng.choice([0, 0, 1, 2])


@fault
def name_constraints(plan: Plan) -> None:
    a_middle(plan).permitted = plan.rng.choice(["amazon.com", "example.com", NAME])


@fault
def unknown_critical_extension(plan: Plan) -> None:
    any_paper(plan).odd_extension = True


@fault
def forged_issuer(plan: Plan) -> None:
    any_paper(plan).issuer_key = "ec-forger"


@fault
def other_root(plan: Plan) -> None:
    top = plan.middles[-1] if plan.middles else plan.leaf
    top.issuer_key = "ec-forger"
    plan.root = Paper("Root", key="ec-other-root")


@fault
def root_expired(plan: Plan) -> None:
    plan.root.last = NOW - DAY


@fault
def elliptic_leaf(plan: Plan) -> None:
    plan.leaf.key = "ec-leaf"


@fault
def short_key(plan: Plan) -> None:
    plan.leaf.key = "rsa1024-leaf"


@fault
def missing_link(plan: Plan) -> None:
    a_middle(plan)
    place = plan.rng.randint(1, len(plan.middles))
    plan.order = lambda files: files[:place] + files[place + 1 :]


@fault
def any_order(plan: Plan) -> None:
    def shuffled(files: list[str]) -> list[str]:
        others = files[1:]
        plan.rng.shuffle(others)
        return files[:1] + others + plan.rng.choice([[], files[:1], others])

    plan.order = shuffled


@fault
def signer_not_first(plan: Plan) -> None:
    a_middle(plan)
    plan.order = lambda files: files[::-1]


@fault
def no_chain(plan: Plan) -> None:
    text = plan.rng.choice(["", "no such key", "<Error/>", "-----BEGIN CERTIFICATE-----\n"])
    plan.spoil_chain = lambda _: text


@fault
def damaged_chain(plan: Plan) -> None:
    def damaged(text: str) -> str:
        lines = text.split("\n")
        # Not in the last two lines, where only the signature is and base64 ends.
        end = lines.index("-----END CERTIFICATE-----")
        line = plan.rng.randrange(1, end - 2)
        column = plan.rng.randrange(len(lines[line]))
        old = lines[line][column]
        new = plan.rng.choice([other for other in "ABCXYZabcxyz0189+/" if other != old])
        lines[line] = lines[line][:column] + new + lines[line][column + 1 :]
        return "\n".join(lines)

    plan.spoil_chain = damaged


@fault
def body_changed(plan: Plan) -> None:
    def changed(body: bytes) -> bytes:
        place = plan.rng.randrange(len(body))
        kinds = [
            body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :],
            body[:place],
            body + b" ",
            body.replace(b": ", b":"),
            body.replace(b"LaunchRequest", b"SessionEndedRequest") + b"\n",
        ]
        return plan.rng.choice(kinds)

    plan.spoil_body = changed


@fault
def signature_changed(plan: Plan) -> None:
    def changed(signature: bytes) -> str:
        place = plan.rng.randrange(len(signature))
        other = signature[:place] + bytes([signature[place] ^ 4]) + signature[place + 1 :]
        kinds = [other, signature[:-1], signature + b"\0", b"\0" * 256, signature[::-1]]
        return base64.b64encode(plan.rng.choice(kinds)).decode()

    plan.spoil_signature = changed


@fault
def no_signature(plan: Plan) -> None:
    text = plan.rng.choice(["", "*", "AAA", "not base64", "AAAA=AAA"])
    plan.spoil_signature = lambda _: text


@fault
def other_key(plan: Plan) -> None:
    plan.signing_key = "rsa2048-other"


@fault
def other_algorithm(plan: Plan) -> None:
    plan.padding = plan.rng.choice(["PKCS1", "PSS"])
    kinds: list[hashes.HashAlgorithm] = [hashes.SHA384(), hashes.SHA512(), hashes.SHA224()]
    plan.digest = plan.rng.choice(kinds)
    if plan.padding == "PSS":
        plan.digest = hashes.SHA256()


@fault
def time(plan: Plan) -> None:
    request = request_of(plan)
    if plan.rng.random() < 0.3:
        request["type"] = plan.rng.choice(["AlexaSkillEvent.SkillEnabled", "AlexaSkillEventX.Y"])
    edges = [-3601, -151, -150, 150, 151, 3599, 3600, 3601, 86_400]
    age = plan.rng.choice([*edges, plan.rng.randint(-400, 400), plan.rng.randint(-4000, 4000)])
    request["timestamp"] = written(plan.rng, age)


@fault
def no_time(plan: Plan) -> None:
    texts: list[Any] = ["", "now", "2026-11-22", "2026-11-22T03:00:00", "2026-02-30T03:00:00Z"]
    texts += [None, 1_795_316_400, "2026-11-22T25:00:00Z", ["2026-11-22T03:00:00Z"]]
    request_of(plan)["timestamp"] = plan.rng.choice(texts)


@fault
def skill(plan: Plan) -> None:
    other = {"application": {"applicationId": plan.rng.choice([OTHER, "", None, 7])}}
    match plan.rng.randrange(5):
        case 0:
            plan.message["session"] = other
        case 1:
            plan.message["session"] = plan.rng.choice([{}, None, [], "x", {"application": None}])
        case 2:
            plan.message["context"]["System"] = other
        case 3:
            plan.message["context"] = plan.rng.choice([{}, None, {"System": None}, 7])
        case _:
            del plan.message["context"]


@fault
def no_request(plan: Plan) -> None:
    match plan.rng.randrange(3):
        case 0:
            request_of(plan).pop(plan.rng.choice(["type", "requestId", "timestamp"]))
        case 1:
            plan.message["request"] = plan.rng.choice([None, [], "x", {}])
        case _:
            request_of(plan)["requestId"] = plan.rng.choice(["", None, "x" * 257, 7])


@fault
def bad_address(plan: Plan) -> None:
    plan.address = plan.rng.choice(BAD_ADDRESSES)


@fault
def good_address(plan: Plan) -> None:
    plan.address = plan.rng.choice(GOOD_ADDRESSES)


def chosen(rng: random.Random, number: int) -> tuple[str, ...]:
    """
    What is wrong with the case of this number: nothing, one thing, or two at once.
    """
    kinds = list(FAULTS)
    mixable = [name for name in kinds if name not in BY_DESIGN]
    match number % 5:
        case 0:
            return ()
        case 4:
            return tuple(rng.sample(mixable, 2))
        case _:
            # Every class in turn, so that none is left out of a short run.
            return (kinds[(number // 5 * 3 + number % 5 - 1) % len(kinds)],)
