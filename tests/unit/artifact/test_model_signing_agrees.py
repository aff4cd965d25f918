"""The second digest held against model-signing itself: the same files, signed by the package with a key of its own."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from model_signing import hashing, signing

from workflow.artifact import Coverage, SignedModel, build_manifest, coverage, root_digest
from workflow.errors import InvalidInput

CONTENTS = {
    "a/b.bin": b"one",
    "a.b": b"two",
    "model.safetensors": b"three",
    "sub/modèle.json": b"five",
    "sub/.gitignore": b"six",
    "empty": b"",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "model"
    for path, content in CONTENTS.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


@pytest.fixture
def sign(tree: Path, tmp_path: Path) -> Callable[..., bytes]:
    """Signs the tree with model-signing itself; answers with the statement that was signed."""
    key = tmp_path / "key.pem"
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.write_bytes(ec.generate_private_key(ec.SECP256R1()).private_bytes(*pem))

    def statement(config: hashing.Config | None = None, path: Path = tree) -> bytes:
        signer = signing.Config().use_elliptic_key_signer(private_key=key)
        signer.set_hashing_config(config or hashing.Config())
        signer.sign(path, tmp_path / "model.sig")
        return base64.b64decode(json.loads((tmp_path / "model.sig").read_bytes())["dsseEnvelope"]["payload"])

    return statement


def test_model_signing_gives_the_same_root_digest_and_the_same_list(tree: Path, sign: Callable[..., bytes]) -> None:
    manifest = build_manifest(tree)
    signed = SignedModel.from_statement(sign())
    assert signed.name == "model"
    assert signed.digest == root_digest(manifest)
    assert dict(signed.files) == {file.path: file.sha256 for file in manifest.files}
    assert coverage(manifest, signed) == Coverage((), (), ())
    assert coverage(manifest, signed).is_whole


def test_what_model_signing_leaves_out_is_told_as_unsigned(tree: Path, sign: Callable[..., bytes]) -> None:
    for path in (".gitattributes", ".gitignore", ".github/workflows/x.yml"):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(b"x")
    manifest = build_manifest(tree)
    signed = SignedModel.from_statement(sign())
    assert signed.digest == root_digest(manifest)
    assert [file.path for file in coverage(manifest, signed).unsigned] == [
        ".gitattributes",
        ".github/workflows/x.yml",
        ".gitignore",
    ]
    whole = SignedModel.from_statement(sign(hashing.Config().set_ignored_paths(paths=[], ignore_git_paths=False)))
    assert whole.digest == root_digest(manifest, ignored=())
    assert coverage(manifest, whole).is_whole


def test_a_signature_that_ignores_the_weights_does_not_cover_the_candidate(
    tree: Path, sign: Callable[..., bytes]
) -> None:
    manifest = build_manifest(tree)
    config = hashing.Config().set_ignored_paths(paths=["model.safetensors"])
    signed = SignedModel.from_statement(sign(config))
    assert signed.digest == root_digest(manifest, ignored=["model.safetensors"])
    assert [file.path for file in coverage(manifest, signed).unsigned] == ["model.safetensors"]
    assert not coverage(manifest, signed).is_whole


def test_files_that_exchange_their_names_share_the_root_digest_and_are_found_by_the_list(
    tree: Path, sign: Callable[..., bytes]
) -> None:
    signed = SignedModel.from_statement(sign())
    (tree / "model.safetensors").rename(tree / "model.saf")
    (tree / "empty").rename(tree / "fresh")
    manifest = build_manifest(tree)
    assert root_digest(manifest) == signed.digest
    assert coverage(manifest, signed).missing == ("empty", "model.safetensors")
    assert [file.path for file in coverage(manifest, signed).unsigned] == ["fresh", "model.saf"]


def test_another_byte_is_named_by_its_file(tree: Path, sign: Callable[..., bytes]) -> None:
    signed = SignedModel.from_statement(sign())
    (tree / "a.b").write_bytes(b"tw0")
    manifest = build_manifest(tree)
    assert root_digest(manifest) != signed.digest
    assert [file.path for file in coverage(manifest, signed).changed] == ["a.b"]
    assert not coverage(manifest, signed).is_whole


def test_signed_files_that_the_manifest_leaves_out_by_rule_are_not_missing(
    tree: Path, sign: Callable[..., bytes]
) -> None:
    (tree / ".cache" / "huggingface").mkdir(parents=True)
    (tree / ".cache" / "huggingface" / "x").touch()
    (tree / ".DS_Store").touch()
    assert coverage(build_manifest(tree), SignedModel.from_statement(sign())).is_whole


@pytest.mark.parametrize(
    "config",
    [
        hashing.Config().use_shard_serialization(),
        hashing.Config().use_file_serialization(hashing_algorithm="blake3"),
    ],
)
def test_a_signature_over_anything_but_whole_files_by_sha256_is_refused_with_the_next_step(
    sign: Callable[..., bytes], config: hashing.Config
) -> None:
    with pytest.raises(InvalidInput, match="whole files by their SHA-256") as caught:
        SignedModel.from_statement(sign(config))
    assert "by files and with SHA-256" in str(caught.value.remedy)


def test_a_signature_over_a_single_file_is_refused_because_it_leaves_the_name_out(
    tree: Path, sign: Callable[..., bytes]
) -> None:
    with pytest.raises(InvalidInput, match="leaves its name out"):
        SignedModel.from_statement(sign(path=tree / "a.b"))
