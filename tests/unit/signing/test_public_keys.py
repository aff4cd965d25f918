"""Which public keys come into being: one spelling each, and numbers that a key may have."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from signing_lab import EVERY_KIND, MESSAGE, NAMESPACE, PLAIN, TYPES, Draft, Signer, SshKeygen, mpint, string

from workflow.errors import SignatureInvalid
from workflow.signing import PublicKey, verify

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
ORDER = 2**252 + 27742317777372353535851937790883648493
ODD = 2**2048 - 2**1024 + 1


def line_of(blob: bytes, name: str = "ssh-ed25519", comment: str = "mara") -> str:
    return f"{name} {base64.b64encode(blob).decode()} {comment}"


def reason(blob: bytes) -> str:
    with pytest.raises(SignatureInvalid) as caught:
        PublicKey.from_blob(blob)
    assert caught.value.remedy
    return caught.value.reason


@pytest.mark.parametrize("kind", PLAIN)
def test_a_key_of_ssh_keygen_has_the_fingerprint_that_it_shows(kind: str, ssh_keygen: SshKeygen) -> None:
    private, line = ssh_keygen.key(kind)
    shown = subprocess.run(["ssh-keygen", "-l", "-f", str(private)], capture_output=True, text=True, check=True).stdout

    key = PublicKey.parse(line)

    assert key.kind == kind
    assert key.fingerprint == shown.split()[1]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_key_is_known_by_its_blob_alone(kind: str) -> None:
    signer = Signer(kind)
    key = PublicKey.parse(signer.line())

    assert key.kind == kind
    assert key.comment == f"{kind} key"
    assert key == PublicKey.from_blob(signer.key_blob(), "another comment")
    assert len({key, PublicKey.from_blob(signer.key_blob()), PublicKey(signer.key_blob())}) == 1
    assert key != PublicKey.parse(Signer(kind, seed=2, rsa_bits=3072).line())


GOOD = Signer("ed25519").line()


@pytest.mark.parametrize(
    "text", [GOOD + "\n", GOOD + "\r\n", GOOD.replace(" ", "\t", 2), GOOD.rsplit(" ", 2)[0], f" {GOOD} "]
)
def test_a_line_may_end_and_be_spaced_as_files_are(text: str) -> None:
    assert PublicKey.parse(text).blob == Signer("ed25519").key_blob()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "unfit-key"),
        ("ssh-ed25519", "unfit-key"),
        (GOOD + "\n\n", "unfit-key"),
        (GOOD + "\n" + GOOD, "unfit-key"),
        (GOOD + "\0", "unfit-key"),
        (GOOD + "\N{LINE SEPARATOR}", "unfit-key"),
        (GOOD.replace(" A", " \N{CYRILLIC CAPITAL LETTER A}", 1), "unfit-key"),
        (GOOD.replace("ssh-ed25519", "ssh-rsa"), "unfit-key"),
        (GOOD.replace("ssh-ed25519", "ecdsa-sha2-nistp256"), "unfit-key"),
        (GOOD.replace("ssh-ed25519", "SSH-ED25519"), "unsupported"),
        ("no-pty " + GOOD, "unsupported"),
        ("# " + GOOD, "unsupported"),
        ("ssh-ed25519 !!!! mara", "malformed"),
        ("ssh-ed25519 AAAA= mara", "malformed"),
        ("ssh-ed25519 " + base64.b64encode(b"\0\0").decode() + " mara", "malformed"),
        ("ssh-ed25519 A mara", "malformed"),
        (line_of(b""), "malformed"),
    ],
)
def test_what_is_not_the_one_line_of_a_public_key_is_refused(text: str, reason: str) -> None:
    with pytest.raises(SignatureInvalid) as caught:
        PublicKey.parse(text)

    assert (caught.value.reason, bool(caught.value.remedy)) == (reason, True)


def test_a_private_key_is_refused_without_a_word_of_it(ssh_keygen: SshKeygen) -> None:
    private, _ = ssh_keygen.key("ecdsa-p256")
    text = private.read_text()

    with pytest.raises(SignatureInvalid) as caught:
        PublicKey.parse(text)

    told = str(caught.value.diagnostics())
    assert "private key" in told
    assert [line for line in text.splitlines() if line in told] == []
    assert caught.value.__context__ is None


@pytest.mark.parametrize("name", [*TYPES.values(), "ssh-rsa-sha9", "rsa-sha2-512"])
def test_a_certificate_is_refused_for_what_it_is(name: str) -> None:
    certificate = name.removesuffix("@openssh.com") + "-cert-v01@openssh.com"
    blob = string(certificate) + string(b"nonce") + Signer("ed25519").public_part()

    assert reason(blob) == "certificate"
    with pytest.raises(SignatureInvalid, match="certificate"):
        PublicKey.parse(line_of(blob, certificate))
    key = PublicKey.parse(GOOD)
    with pytest.raises(SignatureInvalid) as caught:
        verify(MESSAGE, Draft(blob, "ssh-ed25519", b"").armored(), key=key, namespace=NAMESPACE)
    assert caught.value.reason == "certificate"


@pytest.mark.parametrize(
    "name",
    ["ssh-dss", "rsa-sha2-512", "ssh-ed448", "webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "", "\xff", "x" * 999],
)
def test_a_type_that_is_not_listed_does_not_count(name: str) -> None:
    assert reason(string(name) + Signer("ed25519").public_part()) == "unsupported"


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_blob_has_one_end(kind: str) -> None:
    blob = Signer(kind).key_blob()

    assert reason(blob + b"\0") == "malformed"
    assert {reason(blob[:end]) for end in range(4, len(blob))} <= {"malformed", "unsupported", "unfit-key"}


@dataclass(frozen=True)
class Rsa:
    """The two numbers of an RSA key, as they are written, and the reason to refuse it."""

    name: str
    exponent: bytes
    modulus: bytes
    reason: str

    def __str__(self) -> str:
        return self.name


E, N = mpint(65537), mpint(ODD)
UNFIT_RSA = [
    Rsa("of 1024 bits", E, mpint(2**1024 - 1), "unfit-key"),
    Rsa("of 2047 bits", E, mpint(2**2047 - 1), "unfit-key"),
    Rsa("of 16385 bits", E, mpint(2**16384 + 1), "unfit-key"),
    Rsa("even modulus", E, mpint(ODD + 1), "unfit-key"),
    Rsa("exponent 0", mpint(0), N, "malformed"),
    Rsa("exponent 1", mpint(1), N, "unfit-key"),
    Rsa("exponent 2", mpint(2), N, "unfit-key"),
    Rsa("even exponent", mpint(65536), N, "unfit-key"),
    Rsa("exponent of 65 bits", mpint(2**64 + 1), N, "unfit-key"),
    Rsa("exponent beyond the modulus", mpint(ODD + 2), N, "unfit-key"),
    Rsa("negative exponent", string(b"\xff"), N, "malformed"),
    Rsa("negative modulus", E, string(N[5:]), "malformed"),
    Rsa("needless zero before the exponent", string(b"\0" + E[4:]), N, "malformed"),
    Rsa("needless zero before the modulus", E, string(b"\0" + N[4:]), "malformed"),
    Rsa("exchanged", N, E, "unfit-key"),
    Rsa("no modulus", E, string(b""), "malformed"),
]


@pytest.mark.parametrize("rsa", UNFIT_RSA, ids=str)
def test_an_rsa_key_with_unfit_numbers_is_refused(rsa: Rsa) -> None:
    assert PublicKey(string("ssh-rsa") + E + N).kind == "rsa"

    assert reason(string("ssh-rsa") + rsa.exponent + rsa.modulus) == rsa.reason


@pytest.mark.parametrize("exponent", [3, 17, 65537, 2**64 - 1])
def test_any_odd_exponent_that_the_library_computes_with_counts(exponent: int) -> None:
    assert PublicKey(string("ssh-rsa") + mpint(exponent) + N).numbers.exponent == exponent


def changed(point: bytes, at: int, number: int) -> bytes:
    return point[:at] + number.to_bytes((len(point) - 1) // 2, "big") + point[at + (len(point) - 1) // 2 :]


@pytest.mark.parametrize("kind", ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "sk-ecdsa"])
def test_a_point_that_is_not_on_its_curve_or_not_in_its_form_is_refused(kind: str) -> None:
    numbers = PublicKey(Signer(kind).key_blob()).numbers
    curve = TYPES[kind].removesuffix("@openssh.com").rpartition("-")[2]
    p = {"nistp256": 2**256 - 2**224 + 2**192 + 2**96 - 1, "nistp384": 2**384 - 2**128 - 2**96 + 2**32 - 1}.get(
        curve, 2**521 - 1
    )
    point = numbers.point
    size = (len(point) - 1) // 2
    x, y = int.from_bytes(point[1 : 1 + size], "big"), int.from_bytes(point[1 + size :], "big")
    application = string(numbers.application) if numbers.application else b""

    def blob(point: bytes, name: str = curve) -> bytes:
        return string(TYPES[kind]) + string(name) + string(point) + application

    wrong = {
        "another x": changed(point, 1, x ^ 1),
        "another y": changed(point, 1 + size, y ^ 1),
        "y beyond p": changed(point, 1 + size, p),
        "origin": b"\x04" + bytes(2 * size),
        "infinity": b"\0",
        "infinity, at length": bytes(1 + 2 * size),
        "compressed": bytes([2 + y % 2]) + point[1 : 1 + size],
        "hybrid": bytes([6 + y % 2]) + point[1:],
        "short": point[:-1],
        "long": point + b"\0",
        "nothing": b"",
    }
    assert PublicKey(blob(point)).kind == kind
    assert PublicKey(blob(changed(point, 1 + size, p - y))).kind == kind
    assert {name: reason(blob(other)) for name, other in wrong.items()} == dict.fromkeys(wrong, "unfit-key")
    for other in {"nistp256", "nistp384", "nistp521", "", f"sha2-{curve}", curve.upper()} - {curve}:
        assert reason(blob(point, other)) == "unfit-key"


def test_coordinates_that_are_reduced_only_by_the_reader_are_refused() -> None:
    # On P-521, a coordinate and p together still fit into the bytes of a coordinate.
    point = PublicKey(Signer("ecdsa-p521").key_blob()).numbers.point
    for at in (1, 67):
        other = changed(point, at, int.from_bytes(point[at : at + 66], "big") + 2**521 - 1)

        assert reason(string("ecdsa-sha2-nistp521") + string("nistp521") + string(other)) == "unfit-key"


def test_a_point_of_another_curve_than_the_types_is_refused() -> None:
    other = Signer("ecdsa-p384").public_part()

    assert reason(string("ecdsa-sha2-nistp256") + other) == "unfit-key"
    assert reason(string(TYPES["sk-ecdsa"]) + other + string("ssh:")) == "unfit-key"


def added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """The sum of two points of Ed25519, by the formula of RFC 8032, section 5.1.4, without its shortcuts."""
    (x1, y1), (x2, y2) = one, other
    product = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P)
    return x % P, y % P


def times(count: int, point: tuple[int, int]) -> tuple[int, int]:
    result = (0, 1)
    for bit in bin(count)[2:]:
        result = added(result, result)
        if bit == "1":
            result = added(result, point)
    return result


def with_y(y: int) -> tuple[int, int] | None:
    """A point with this second coordinate, if there is one."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (x, y) if x * x % P == square else None


def points_of_small_order() -> set[tuple[int, int]]:
    """All eight: any point, times the order of the large subgroup, is one of them."""
    found: set[tuple[int, int]] = set()
    y = 2
    while len(found) < 8:
        if point := with_y(y):
            small = times(ORDER, point)
            found |= {times(count, small) for count in range(8)}
        y += 1
    return found


def ed25519_encodings(point: tuple[int, int]) -> list[bytes]:
    """The canonical encoding of a point, and every other that reduces to it."""
    x, y = point
    signs = [0, 1] if x == 0 else [x & 1]
    return [(each | sign << 255).to_bytes(32, "little") for each in (y, y + P) if each < 2**255 for sign in signs]


def test_every_encoding_of_a_point_of_small_order_is_refused() -> None:
    points = points_of_small_order()
    encodings = [encoded for point in points for encoded in ed25519_encodings(point)]

    assert len(points) == 8
    assert len(encodings) == 14
    assert {reason(string("ssh-ed25519") + string(encoded)) for encoded in encodings} == {"unfit-key"}
    assert {
        reason(string("sk-ssh-ed25519@openssh.com") + string(encoded) + string("ssh:")) for encoded in encodings
    } == {"unfit-key"}


def test_the_library_alone_would_take_a_signature_that_needs_no_secret() -> None:
    neutral = (1).to_bytes(32, "little")

    Ed25519PublicKey.from_public_bytes(neutral).verify(neutral + bytes(32), b"whatever it is")

    assert reason(string("ssh-ed25519") + string(neutral)) == "unfit-key"


@pytest.mark.parametrize("sign", [0, 1])
def test_no_ed25519_point_counts_whose_coordinate_is_not_reduced(sign: int) -> None:
    refused = {
        reason(string("ssh-ed25519") + string((y | sign << 255).to_bytes(32, "little"))) for y in range(P, 2**255)
    }

    assert refused == {"unfit-key"}


def test_bytes_are_an_ed25519_key_exactly_when_a_point_has_them() -> None:
    for y in range(2, 60):
        blob = string("ssh-ed25519") + string(y.to_bytes(32, "little"))
        if with_y(y):
            assert PublicKey(blob).kind == "ed25519"
        else:
            assert reason(blob) == "unfit-key"


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_an_ed25519_key_has_32_bytes(length: int) -> None:
    assert reason(string("ssh-ed25519") + string(b"\x02" * length)) == "unfit-key"
