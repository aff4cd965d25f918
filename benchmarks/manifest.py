"""How fast a directory becomes a manifest: ``python -m benchmarks.manifest --json``.

Three ways over the same files, which were just written and so lie in memory:

- ``limit``: OpenSSL's SHA-256 through ``hashlib.file_digest``, one thread a core, largest file first, and nothing else;
- ``model_signing``: OpenSSF model-signing signs the directory with a key; null where the package, or ``pyopenssl``,
  which it needs beside it, is not installed;
- ``holdfast``: :func:`workflow.artifact.build_manifest`, with all that it checks.

They take turns for several rounds, each round begun by another, and the best of each counts, in GB/s, so that what else
the machine does meanwhile falls on all of them and can be left out; where it does much else, run it again. Only the
ratios mean something on another machine. The root digest that model-signing signs is compared with the one that follows
from the manifest.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from workflow.artifact import SignedModel, build_manifest, root_digest

SHARDS = 12
SHARD_BYTES = 160 * 1024 * 1024
SMALL_FILES = 100
SMALL_BYTES = 16 * 1024
ROUNDS = 7


def make_model(root: Path) -> None:
    """A model of some 2 GB as it is published: shards of weights, and small files beside them."""
    block = os.urandom(SHARD_BYTES // 16)
    for number in range(SHARDS):
        with (root / f"model-{number:05}-of-{SHARDS:05}.safetensors").open("wb") as stream:
            for _ in range(16):
                stream.write(block)
            stream.write(number.to_bytes(8))
    (root / "parts").mkdir()
    for number in range(SMALL_FILES):
        (root / "parts" / f"{number:03}.json").write_bytes(block[number:][:SMALL_BYTES])


def limit(root: Path) -> None:
    """Hashes every file and does nothing else."""
    paths = [path for path in root.rglob("*") if path.is_file()]
    waiting = deque(sorted(paths, key=lambda path: -path.stat().st_size))

    def work() -> None:
        while True:
            try:
                path = waiting.popleft()
            except IndexError:
                return
            with path.open("rb", buffering=0) as stream:
                hashlib.file_digest(stream, "sha256")

    cores = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(cores) as pool:
        for thread in [pool.submit(work) for _ in range(cores)]:
            thread.result()


def signer(folder: Path) -> Callable[[Path], None] | None:
    """Signs a directory as ``model_signing sign key`` does, into ``folder``; None where it is not installed."""
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from model_signing import signing
    except ImportError as error:
        print(f"without model_signing: {error}", file=sys.stderr)
        return None
    key = folder / "key.pem"
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.write_bytes(ec.generate_private_key(ec.SECP256R1()).private_bytes(*pem))
    config = signing.Config().use_elliptic_key_signer(private_key=key)
    return lambda root: config.sign(root, folder / "model.sig")


def check_agreement(root: Path, signature: Path) -> None:
    """Ends the benchmark unless model-signing found the files that the manifest names."""
    payload = base64.b64decode(json.loads(signature.read_bytes())["dsseEnvelope"]["payload"])
    if SignedModel.from_statement(payload).digest != root_digest(build_manifest(root)):
        sys.exit("model_signing and holdfast disagree about the same files")


def measure() -> dict[str, float | None]:
    """The best speed of each way in GB/s, and what holdfast's is to the others'."""
    with tempfile.TemporaryDirectory(prefix="holdfast-benchmark-") as name:
        folder, root = Path(name), Path(name) / "model"
        root.mkdir()
        make_model(root)
        sign = signer(folder)
        ways: dict[str, Callable[[Path], object]] = {"limit": limit, "holdfast": build_manifest}
        if sign is not None:
            ways["model_signing"] = sign
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        order = deque(ways)
        for _ in range(ROUNDS):
            order.rotate()
            for way in order:
                begun = time.perf_counter()
                ways[way](root)
                seconds[way].append(time.perf_counter() - begun)
        if sign is not None:
            check_agreement(root, folder / "model.sig")
        total = build_manifest(root).total_bytes
    speed = {way: total / min(times) / 1e9 for way, times in seconds.items()}
    theirs = speed.get("model_signing")
    return {
        "limit": speed["limit"],
        "model_signing": theirs,
        "holdfast": speed["holdfast"],
        "of_limit": speed["holdfast"] / speed["limit"],
        "of_model_signing": speed["holdfast"] / theirs if theirs else None,
        "cores": len(os.sched_getaffinity(0)),
        "bytes": total,
    }


def main() -> None:
    """Prints the figures; with ``--json`` as one object on the last line."""
    parser = argparse.ArgumentParser(prog="benchmarks.manifest", description="How fast a directory becomes a manifest.")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    asked = parser.parse_args()
    figures = measure()
    if asked.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:17}", "not installed" if value is None else f"{value:.3g}" if value < 100 else value)


if __name__ == "__main__":
    main()
