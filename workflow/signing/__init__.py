"""Checks signatures made with ``ssh-keygen -Y sign``, in this process and strictly, and has that program make them.

It never reads a private key of a person's.

Beside them stand the bundles of ``model_signing sign key``: :class:`Bundle`, opened with a :class:`PemKey`.

    key = PublicKey.parse(Path("mara.pub").read_text())
    verified = verify(message, Path("message.sig").read_bytes(), key=key, namespace="file")
    armored = SshKeygen("mara").sign(message, "file")

``docs/signing-format.md`` says what counts, and where this is stricter than ``ssh-keygen -Y verify``.
"""

from workflow.signing.allowed import AllowedSigner, parse_allowed_signers
from workflow.signing.bundle import Bundle
from workflow.signing.keygen import SshKeygen, find_keys
from workflow.signing.keys import Kind, PublicKey
from workflow.signing.pem import PemKey
from workflow.signing.sshsig import Signature
from workflow.signing.verify import Verified, verify

__all__ = [
    "AllowedSigner",
    "Bundle",
    "Kind",
    "PemKey",
    "PublicKey",
    "Signature",
    "SshKeygen",
    "Verified",
    "find_keys",
    "parse_allowed_signers",
    "verify",
]
