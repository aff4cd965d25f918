"""The benchmarks measure, and say what they measured in one JSON object on their last line."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks import manifest, signatures


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_signatures_are_checked_by_the_library_by_holdfast_and_by_ssh_keygen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("ROUNDS", "CHECKS", "PROCESSES"):
        monkeypatch.setattr(signatures, name, 2)
    monkeypatch.setattr(sys, "argv", ["signatures", "--json"])

    signatures.main()

    figures = last_line(capsys)
    assert all(figures[name] > 0 for name in ("bare_per_s", "ed25519_per_s", "ssh_keygen_per_s"))


def test_files_are_hashed_at_the_limit_by_model_signing_and_by_holdfast(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"SHARDS": 2, "SHARD_BYTES": 64 * 1024, "SMALL_FILES": 3, "ROUNDS": 2}.items():
        monkeypatch.setattr(manifest, name, value)
    monkeypatch.setattr(sys, "argv", ["manifest", "--json"])

    manifest.main()

    figures = last_line(capsys)
    assert all(figures[name] > 0 for name in ("limit", "model_signing", "holdfast"))
