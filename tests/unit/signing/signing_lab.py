"""Makes signatures, good ones and nearly good ones, without any of the code that checks them.

The wire format is written here a second time, from its definition. :class:`Signer` holds a key of any kind; for the
kinds that live on a security key it is the authenticator too. :class:`SshKeygen` is the real program.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

GOLDEN = Path(__file__).parent / "golden"
GOLDEN_NAMES = sorted(path.stem for path in GOLDEN.glob("*.sig"))
GOLDEN_NAMESPACE = "holdfast-golden"
GOLDEN_MESSAGE = b"for exactly these bytes\n"

NAMESPACE = "holdfast-test"
MESSAGE = b"the bytes of a binding"
TOUCHED = 0x01
PIN_CHECKED = 0x04

PLAIN = ["ed25519", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa"]
ON_SECURITY_KEYS = ["sk-ed25519", "sk-ecdsa"]
EVERY_KIND = PLAIN + ON_SECURITY_KEYS

TYPES = {
    "ed25519": "ssh-ed25519",
    "ecdsa-p256": "ecdsa-sha2-nistp256",
    "ecdsa-p384": "ecdsa-sha2-nistp384",
    "ecdsa-p521": "ecdsa-sha2-nistp521",
    "rsa": "ssh-rsa",
    "sk-ed25519": "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa": "sk-ecdsa-sha2-nistp256@openssh.com",
}
CURVES: dict[str, ec.EllipticCurve] = {
    "ecdsa-p256": ec.SECP256R1(),
    "ecdsa-p384": ec.SECP384R1(),
    "ecdsa-p521": ec.SECP521R1(),
    "sk-ecdsa": ec.SECP256R1(),
}
ECDSA_HASHES: dict[str, hashes.HashAlgorithm] = {
    "ecdsa-p256": hashes.SHA256(),
    "ecdsa-p384": hashes.SHA384(),
    "ecdsa-p521": hashes.SHA512(),
    "sk-ecdsa": hashes.SHA256(),
}
RSA_HASHES: dict[str, hashes.HashAlgorithm] = {
    "rsa-sha2-256": hashes.SHA256(),
    "rsa-sha2-512": hashes.SHA512(),
    "ssh-rsa": hashes.SHA1(),  # noqa: S303
}

ORDERS = {
    "ecdsa-p256": 2**256 - 2**224 + 2**192 - 0x4319055258E8617B0C46353D039CDAAF,
    "ecdsa-p384": 2**384 - 0x389CB27E0BC8D220A7E5F24DB74F58851313E695333AD68D,
    "ecdsa-p521": 2**521 - 0x5AE79787C40D069948033FEB708F65A2FC44A36477663B851449048E16EC79BF7,
    "sk-ecdsa": 2**256 - 2**224 + 2**192 - 0x4319055258E8617B0C46353D039CDAAF,
}
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


def string(data: bytes | str) -> bytes:
    data = data.encode() if isinstance(data, str) else data
    return len(data).to_bytes(4, "big") + data


def mpint(number: int) -> bytes:
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b"")


def armor(blob: bytes, *, width: int = 70) -> bytes:
    text = base64.b64encode(blob)
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    return b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""])


def dearmor(armored: bytes) -> bytes:
    return base64.b64decode(b"".join(armored.splitlines()[1:-1]))


@dataclass(frozen=True)
class Draft:
    """Everything that stands in a signature, so that one part of it can be made wrong."""

    key: bytes
    algorithm: str
    value: bytes
    statement: bytes = b""
    namespace: bytes = NAMESPACE.encode()
    magic: bytes = b"SSHSIG"
    version: int = 1
    reserved: bytes = b""
    hash_name: bytes = b"sha512"
    after_inner: bytes = b""
    after: bytes = b""

    def blob(self) -> bytes:
        inner = string(self.algorithm) + string(self.value) + self.statement + self.after_inner
        head = self.magic + self.version.to_bytes(4, "big") + string(self.key)
        claims = string(self.namespace) + string(self.reserved) + string(self.hash_name)
        return head + claims + string(inner) + self.after

    def armored(self) -> bytes:
        return armor(self.blob())


def to_be_signed(message: bytes, namespace: str, hash_name: str) -> bytes:
    hashed = hashlib.new(hash_name, message).digest()
    return b"SSHSIG" + string(namespace) + string(b"") + string(hash_name) + string(hashed)


@dataclass(frozen=True)
class Signer:
    """A person's key of one kind, made from a number, and the security key around it where the kind has one."""

    kind: str
    seed: int = 1
    application: bytes = b"ssh:"
    rsa_bits: int = 2048

    def key_blob(self) -> bytes:
        return string(TYPES[self.kind]) + self.public_part()

    def public_part(self) -> bytes:
        private = secret(self.kind, self.seed, self.rsa_bits)
        application = string(self.application) if self.kind.startswith("sk-") else b""
        if isinstance(private, rsa.RSAPrivateKey):
            numbers = private.public_key().public_numbers()
            return mpint(numbers.e) + mpint(numbers.n)
        if isinstance(private, ec.EllipticCurvePrivateKey):
            point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            return string(f"nistp{private.key_size}") + string(point) + application
        return string(private.public_key().public_bytes_raw()) + application

    def line(self) -> str:
        return f"{TYPES[self.kind]} {base64.b64encode(self.key_blob()).decode()} {self.kind} key"

    def draft(
        self,
        message: bytes = MESSAGE,
        namespace: str = NAMESPACE,
        *,
        hash_name: str = "sha512",
        rsa_algorithm: str = "rsa-sha2-512",
        flags: int = TOUCHED,
        counter: int = 7,
    ) -> Draft:
        """A genuine signature, still in its parts."""
        data = to_be_signed(message, namespace, hash_name)
        statement = b""
        if self.kind.startswith("sk-"):
            statement = bytes([flags]) + counter.to_bytes(4, "big")
            data = self.stated(data, statement)
        return Draft(
            key=self.key_blob(),
            algorithm=rsa_algorithm if self.kind == "rsa" else TYPES[self.kind],
            value=self.value(data, rsa_algorithm),
            statement=statement,
            namespace=namespace.encode(),
            hash_name=hash_name.encode(),
        )

    def stated(self, data: bytes, statement: bytes) -> bytes:
        """What a security key signs when it is asked to sign the data."""
        return hashlib.sha256(self.application).digest() + statement + hashlib.sha256(data).digest()

    def value(self, data: bytes, rsa_algorithm: str = "rsa-sha2-512") -> bytes:
        private = secret(self.kind, self.seed, self.rsa_bits)
        if isinstance(private, rsa.RSAPrivateKey):
            return private.sign(data, padding.PKCS1v15(), RSA_HASHES[rsa_algorithm])
        if isinstance(private, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(
                private.sign(data, ec.ECDSA(ECDSA_HASHES[self.kind], deterministic_signing=True))
            )
            return mpint(r) + mpint(s)
        return private.sign(data)


@cache
def secret(
    kind: str, seed: int, rsa_bits: int
) -> ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    if kind == "rsa":
        return rsa.generate_private_key(65537, rsa_bits)
    if kind in CURVES:
        return ec.derive_private_key(int.from_bytes(hashlib.sha256(f"{kind} {seed}".encode()).digest()), CURVES[kind])
    return ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"{kind} {seed}".encode()).digest())


def numbers_of(value: bytes) -> tuple[int, int]:
    """The r and s of an ECDSA signature."""
    size = int.from_bytes(value[:4], "big")
    return int.from_bytes(value[4 : 4 + size], "big"), int.from_bytes(value[8 + size :], "big")


def with_numbers(draft: Draft, change: Callable[[int, int], tuple[int, int]]) -> Draft:
    """The signature with other r and s, each written as the format wants it."""
    r, s = change(*numbers_of(draft.value))
    return replace(draft, value=mpint(r) + mpint(s))


class SshKeygen:
    """The real ssh-keygen, with a directory for what it wants as files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def key(self, kind: str, name: str | None = None) -> tuple[Path, str]:
        """A key of a plain kind, made at the first call: where its private half is, and its public line."""
        private = self.folder / (name or kind)
        if not private.exists():
            algorithm, _, bits = kind.partition("-p")
            size = [] if kind == "ed25519" else ["-b", bits or "2048"]
            options = ["-t", algorithm, *size, "-N", "", "-C", f"{kind} key"]
            subprocess.run(["ssh-keygen", "-q", *options, "-f", str(private)], check=True)
        return private, private.with_name(private.name + ".pub").read_text()

    def sign(self, private: Path, message: bytes, namespace: str, hash_name: str = "sha512") -> bytes:
        return subprocess.run(
            ["ssh-keygen", "-q", "-Y", "sign", "-O", f"hashalg={hash_name}", "-f", str(private), "-n", namespace],
            input=message,
            check=True,
            capture_output=True,
        ).stdout

    def takes(self, armored: bytes, line: str, message: bytes = MESSAGE, namespace: str = NAMESPACE) -> bool:
        """Whether ssh-keygen verifies the signature as that of the one person whom it allows."""
        return self.takes_by(f"mara {line}\n", armored, message, namespace)

    def takes_by(self, allowed_signers: str, armored: bytes, message: bytes, namespace: str, *options: str) -> bool:
        allowed, signature = self.folder / "allowed", self.folder / "signature"
        allowed.write_text(allowed_signers)
        signature.write_bytes(armored)
        given = ["-f", str(allowed), "-I", "mara", "-n", namespace, "-s", str(signature)]
        command = ["ssh-keygen", "-Y", "verify", *options, *given]
        result = subprocess.run(command, input=message, capture_output=True, check=False)
        return result.returncode == 0 and b"Good" in result.stdout
