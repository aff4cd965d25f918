"""How many signatures can be checked in a second: ``python -m benchmarks.signatures --json``.

- ``bare_per_s``: what a user of the library alone would do: load an Ed25519 key from its 32 bytes, and verify the 64
  bytes of a signature over what was signed. Nothing is parsed, and nothing says what the signature was made for.
- ``ed25519_per_s``: :func:`workflow.signing.verify` on the contents of a ``.sig`` file: armor, format, key, namespace,
  hash and signature. The key is parsed once beforehand, as the roster has it, and its loaded form is kept.
- ``statements_per_s``: :func:`workflow.proof.examine`, which does the same for a statement as people sign it, and then
  reads the statement: what a sign-off costs on its way into the ledger, but for the decision.
- ``ssh_keygen_per_s``: ``ssh-keygen -Y verify`` on the same files, a process for each.

They are measured in short rounds, in which the first three take turns, and the best round of each counts: what else the
machine does meanwhile makes some rounds slower and none faster. ``ratio_to_bare`` is the second by the first.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from workflow.proof import examine
from workflow.signing import PublicKey, Signature, SshKeygen, verify
from workflow.statement import NAMESPACE as OURS
from workflow.statement import possession

NAMESPACE = "holdfast-benchmark"
MESSAGE = b"for exactly these bytes\n" * 40
ROUNDS = 2000
CHECKS = 10
PROCESSES = 60


def main() -> None:
    """Measures, and prints what it measured."""
    arguments = argparse.ArgumentParser(description="Measures how many signatures can be checked in a second.")
    arguments.add_argument("--json", action="store_true", help="only the one line of JSON")
    only_json = arguments.parse_args().json
    with tempfile.TemporaryDirectory() as name:
        figures = measure(Path(name))
    if not only_json:
        for title, figure in figures.items():
            print(f"{title:<20} {figure:>12,}")
    print(json.dumps(figures))


def measure(folder: Path) -> dict[str, float]:
    """The figures, and the share of the bare speed that the full check keeps.

    Both run once before they are measured, as in any process that checks more than one signature.
    """
    private, message = folder / "key", folder / "message"
    message.write_bytes(MESSAGE)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(private))
    run("ssh-keygen", "-q", "-Y", "sign", "-f", str(private), "-n", NAMESPACE, str(message))
    public = private.with_suffix(".pub").read_text()
    (folder / "allowed").write_text(f"mara {public}")

    armored = message.with_suffix(".sig").read_bytes()
    key = PublicKey.parse(public)
    signature = Signature.parse(armored)
    point, value, signed = key.numbers.point, signature.value, signature.signed_bytes(MESSAGE)

    def bare() -> None:
        Ed25519PublicKey.from_public_bytes(point).verify(value, signed)

    def full() -> None:
        verify(MESSAGE, armored, key=key, namespace=NAMESPACE)

    statement = possession("mara", "holdfast.local/benchmark", key.fingerprint, key.blob, "0" * 32)
    reply = SshKeygen(private).sign(statement, OURS)

    def whole() -> None:
        assert examine(statement, reply, None).problem is None

    def ssh_keygen() -> None:
        options = ["-f", str(folder / "allowed"), "-I", "mara", "-n", NAMESPACE, "-s", str(folder / "message.sig")]
        run("ssh-keygen", "-q", "-Y", "verify", *options, given=MESSAGE)

    bare()
    full()
    whole()
    rounds = [(rate(bare, CHECKS), rate(full, CHECKS), rate(whole, CHECKS)) for _ in range(ROUNDS)]
    bare_per_s, full_per_s, whole_per_s = (max(each) for each in zip(*rounds, strict=True))
    return {
        "bare_per_s": round(bare_per_s),
        "ed25519_per_s": round(full_per_s),
        "statements_per_s": round(whole_per_s),
        "ssh_keygen_per_s": round(max(rate(ssh_keygen, 1) for _ in range(PROCESSES))),
        "ratio_to_bare": round(full_per_s / bare_per_s, 3),
    }


def rate(check: Callable[[], None], times: int) -> float:
    """How often the check runs in a second."""
    start = perf_counter()
    for _ in range(times):
        check()
    return times / (perf_counter() - start)


def run(*command: str, given: bytes | None = None) -> None:
    """Runs a program that has to succeed."""
    subprocess.run(command, input=given, check=True, capture_output=True)


if __name__ == "__main__":
    main()
