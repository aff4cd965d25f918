"""The second digest: what a statement of OpenSSF model-signing is worth for a candidate, and which are refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from workflow.artifact import Coverage, Manifest, ManifestFile, SignedModel, build_manifest, coverage, root_digest
from workflow.errors import InvalidInput

CONTENTS = {
    ".gitattributes": b"four",
    "a.b": b"two",
    "a/b.bin": b"one",
    "empty": b"",
    "model.safetensors": b"three",
    "sub/modèle.json": b"five",
}
STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [
        {"name": "m", "digest": {"sha256": "9313504b588fbf17056d9586db99a07e19450a4ea7626f76f1904e263c15ecf4"}}
    ],
    "predicateType": "https://model_signing/signature/v1.0",
    "predicate": {
        "serialization": {
            "hash_type": "sha256",
            "allow_symlinks": False,
            "ignore_paths": [".gitignore", ".github", ".git", ".gitattributes"],
            "method": "files",
        },
        "resources": [
            {
                "algorithm": "sha256",
                "name": "a/b.bin",
                "digest": "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
            },
            {
                "algorithm": "sha256",
                "name": "a.b",
                "digest": "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3",
            },
            {
                "algorithm": "sha256",
                "name": "empty",
                "digest": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            },
            {
                "algorithm": "sha256",
                "name": "model.safetensors",
                "digest": "8b5b9db0c13db24256c829aa364aa90c6d2eba318b9232a4ab9313b954d3555f",
            },
            {
                "algorithm": "sha256",
                "name": "sub/modèle.json",
                "digest": "222b0bd51fcef7e65c2e62db2ed65457013bab56be6fafeb19ee11d453153c80",
            },
        ],
    },
}
"""What model-signing 1.1.1 signed for a directory with these contents."""
ROOT = "9313504b588fbf17056d9586db99a07e19450a4ea7626f76f1904e263c15ecf4"


def test_a_statement_that_was_really_signed_is_read_and_covers_all_but_what_it_left_out(tmp_path: Path) -> None:
    for path, content in CONTENTS.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    manifest = build_manifest(tmp_path)
    signed = SignedModel.from_statement(json.dumps(STATEMENT).encode())
    assert (signed.name, signed.digest) == ("m", ROOT)
    assert root_digest(manifest) == ROOT
    (unsigned,) = [file for file in manifest.files if file.path == ".gitattributes"]
    assert coverage(manifest, signed) == Coverage(changed=(), unsigned=(unsigned,), missing=())


def candidate(**files: str) -> Manifest:
    return Manifest(tuple(ManifestFile("other", path, 1, digest * 64) for path, digest in sorted(files.items())))


@pytest.mark.parametrize(
    ("signed", "changed", "unsigned", "missing"),
    [
        ({"x": "1", "y": "2"}, [], [], []),
        ({"y": "2", "x": "1"}, [], [], []),
        ({"x": "1"}, [], ["y"], []),
        ({"x": "1", "y": "2", "z": "3"}, [], [], ["z"]),
        ({"x": "2", "y": "1"}, ["x", "y"], [], []),
        ({"x": "1", "Y": "2"}, [], ["y"], ["Y"]),
        ({"x": "1", "y": "2", ".DS_Store": "3", "a/.git/config": "4"}, [], [], []),
    ],
)
def test_what_the_statement_says_is_compared_file_by_file(
    signed: dict[str, str], changed: list[str], unsigned: list[str], missing: list[str]
) -> None:
    files = tuple((path, digest * 64) for path, digest in signed.items())
    found = coverage(candidate(x="1", y="2"), SignedModel("m", "0" * 64, files))
    assert [file.path for file in found.changed] == changed
    assert [file.path for file in found.unsigned] == unsigned
    assert list(found.missing) == missing
    assert found.is_whole == (not (changed or unsigned or missing))


@pytest.mark.parametrize("path", [".git/config", ".gitattributes", ".gitignore", ".github/x/y"])
def test_the_root_digest_leaves_out_what_model_signing_leaves_out_but_only_at_the_top(path: str) -> None:
    plain = Manifest((ManifestFile("other", "x", 1, "1" * 64),), ignore=())
    with_it = Manifest((ManifestFile("other", path, 1, "2" * 64), *plain.files), ignore=())
    deeper = Manifest((ManifestFile("other", "a/" + path, 1, "2" * 64), *plain.files), ignore=())
    assert root_digest(with_it) == root_digest(plain)
    assert root_digest(with_it, ignored=()) == root_digest(deeper) != root_digest(plain)


def test_a_name_that_only_begins_like_an_ignored_one_is_part_of_the_root_digest() -> None:
    assert root_digest(candidate(x="1", **{".gitx": "2"})) != root_digest(candidate(x="1"))


def test_two_components_with_the_same_path_have_no_root_digest() -> None:
    manifest = Manifest(tuple(ManifestFile(component, "x", 0, "0" * 64) for component in ("base", "draft")))
    signed = SignedModel("m", "0" * 64, (("x", "0" * 64),))
    for ask in (lambda: root_digest(manifest), lambda: coverage(manifest, signed)):
        with pytest.raises(InvalidInput, match="same path") as caught:
            ask()
        assert caught.value.remedy


GOOD: dict[str, Any] = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [
        {"name": "m", "digest": {"sha256": "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"}}
    ],
    "predicateType": "https://model_signing/signature/v1.0",
    "predicate": {
        "serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": False},
        "resources": [{"name": "x", "algorithm": "sha256", "digest": "0" * 64}],
    },
}


def spoilt(*place: str | int, value: Any) -> bytes:
    statement = json.loads(json.dumps(GOOD))
    inner = statement
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value
    return json.dumps(statement).encode()


RESOURCES = ("predicate", "resources")


def test_the_statement_that_the_next_test_spoils_is_good() -> None:
    assert SignedModel.from_statement(json.dumps(GOOD).encode()).files == (("x", "0" * 64),)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "not a model-signing statement"),
        (b"\xff", "not a model-signing statement"),
        (b"[]", "not a model-signing statement"),
        (b"{}", "not a model-signing statement"),
        (b"[" * 100_000, "not a model-signing statement"),
        (json.dumps(GOOD).encode().replace(b'{"_type"', b'{"_type": 1, "_type"'), "stands twice"),
        (spoilt("_type", value="https://in-toto.io/Statement/v0.1"), "not of the kind"),
        (spoilt("predicateType", value="https://model_signing/Digests/v0.1"), "not of the kind"),
        (spoilt("subject", value=[]), "not a model-signing statement"),
        (spoilt("subject", value=GOOD["subject"] * 2), "not a model-signing statement"),
        (spoilt("subject", 0, "name", value=7), "name for the model"),
        (spoilt("subject", 0, "name", value="a\nb"), "name for the model"),
        (spoilt("subject", 0, "digest", value={"sha512": "0" * 64}), "not a model-signing statement"),
        (spoilt("subject", 0, "digest", "sha256", value="0" * 64), "contradicts itself"),
        (spoilt("subject", 0, "digest", "sha256", value=None), "contradicts itself"),
        (spoilt("predicate", value=None), "not a model-signing statement"),
        (spoilt("predicate", "serialization", "method", value="shards"), "whole files"),
        (spoilt("predicate", "serialization", "hash_type", value="blake3"), "whole files"),
        (spoilt(*RESOURCES, value={}), "contradicts itself"),
        (spoilt(*RESOURCES, value=["x"]), "not a model-signing statement"),
        (spoilt(*RESOURCES, 0, "algorithm", value="sha512"), "something else than a SHA-256"),
        (spoilt(*RESOURCES, 0, "digest", value="0"), "something else than a SHA-256"),
        (spoilt(*RESOURCES, 0, "digest", value=None), "something else than a SHA-256"),
        (spoilt(*RESOURCES, 0, "name", value="../x"), "not a plain relative path"),
        (spoilt(*RESOURCES, 0, "name", value="\ud800"), "not UTF-8"),
        (spoilt(*RESOURCES, 0, "name", value=None), "not a path"),
    ],
)
def test_any_other_statement_is_refused_with_the_next_step(payload: bytes, why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as caught:
        SignedModel.from_statement(payload)
    assert caught.value.remedy
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("count", [0, 2])
def test_a_consistent_list_that_names_no_file_or_one_twice_is_refused(count: int) -> None:
    statement = json.loads(json.dumps(GOOD))
    statement["predicate"]["resources"] *= count
    statement["subject"][0]["digest"]["sha256"] = hashlib.sha256(bytes(32 * count)).hexdigest()
    with pytest.raises(InvalidInput, match="names no file, or one file twice"):
        SignedModel.from_statement(json.dumps(statement).encode())
