"""A report is a file: what has no end, or never begins, is refused before it is read. A signature comes with a key."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_desk import Desk, by

from tests.support.model_signatures import Signer, statement
from workflow.api import showing


def pipe(place: Path) -> Path:
    os.mkfifo(place / "pipe")
    return place / "pipe"


def endless(place: Path) -> Path:
    return Path("/dev/zero")


def link_to_endless(place: Path) -> Path:
    (place / "report.md").symlink_to("/dev/zero")
    return place / "report.md"


def folder(place: Path) -> Path:
    return place / "model"


@pytest.mark.parametrize("made", [pipe, endless, link_to_endless, folder])
def test_what_is_no_file_is_refused_and_not_read(desk: Desk, made: Callable[[Path], Path]) -> None:
    desk.to_review()
    before = desk("history", "--json").json

    result = desk("attach", "aurora", str(made(desk.directory)), "--kind", "document", "--name", "card", *by("lee"))

    assert result.code == 2
    assert "next: name a file" in result.err
    assert desk("history", "--json").json == before


@pytest.mark.parametrize(("size", "code"), [(100, 0), (101, 2)])
def test_a_file_is_read_up_to_the_limit_and_refused_above(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, size: int, code: int
) -> None:
    monkeypatch.setattr(showing, "MAX_EVIDENCE_BYTES", 100)
    desk.to_review()
    (desk.directory / "card.md").write_bytes(b"x" * size)
    card = str(desk.directory / "card.md")
    declared = ("--declare-as", "lead")

    result = desk("attach", "aurora", card, "--kind", "document", "--name", "card", *declared, *by("lee"))

    assert result.code == code, result
    assert ("is larger than" in result.err) == (code == 2)


def signed(desk: Desk, *left_out: str) -> tuple[str, str, str]:
    """A signature over the model's files, and the signer's public key, as arguments of a command."""
    signer, model = Signer(), desk.directory / "model"
    files = {path.name: path for path in sorted(model.iterdir()) if path.name not in left_out}
    payload = statement({name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()})
    (desk.directory / "model.sig").write_text(json.dumps(signer.bundle(payload)))
    (desk.directory / "signer.pub").write_bytes(signer.public)
    return "model.sig", "--verify-with", "signer.pub"


def test_a_signature_over_the_files_is_attached_with_the_signer_s_key(desk: Desk) -> None:
    desk.to_review()

    told = desk.does("attach", "aurora", *signed(desk), *by("lee"))

    report = desk("status", "aurora", "--json").json["evidence"][0]
    assert "attached E1, model_signing" in told.out
    assert Signer().fingerprint in told.out
    assert (report["kind"], report["name"], report["status"]) == ("model_signing", Signer().fingerprint, "conclusive")
    assert desk.does("audit", "verify").out.splitlines()[-1].startswith("audit: ok")


def test_a_signature_that_leaves_a_file_out_is_refused_by_its_name(desk: Desk) -> None:
    desk.to_review()
    given = signed(desk, "tokenizer.json")

    refused = desk("attach", "aurora", *given, *by("lee"))
    kept = desk("attach", "aurora", *given, "--declare-as", "lead", *by("lee"))

    assert refused.code == 2
    assert "1 not signed: tokenizer.json" in " ".join(refused.err.split())
    assert kept.code == 0
    assert desk("status", "aurora", "--json").json["evidence"][0]["status"] == "incomplete"


def test_a_signature_without_a_key_is_told_to_bring_one(desk: Desk) -> None:
    desk.to_review()
    file, *_ = signed(desk)

    result = desk("attach", "aurora", file, *by("lee"))

    assert result.code == 2
    assert "--verify-with KEY" in " ".join(result.err.split())
