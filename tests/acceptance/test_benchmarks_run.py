"""The benchmarks measure, and say what they measured in one JSON object on their last line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import audit, growth, manifest, postgres, signatures, transitions
from benchmarks.filling import ENTRIES, fill
from benchmarks.living import live
from benchmarks.ways.ours import Lab
from tests.support.postgres_programs import NoPostgres, leave_out, programs


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


def test_the_same_release_goes_through_bare_sqlite_the_naive_build_and_holdfast(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The other peers are packages that no test needs.
    ways = ("floor", "naive", "holdfast", "holdfast_signed")
    monkeypatch.setattr(transitions, "WAYS", {name: transitions.WAYS[name] for name in ways})
    for name in ("TURNS", "RELEASES", "SYNCS"):
        monkeypatch.setattr(transitions, name, 1)
    monkeypatch.setattr(sys, "argv", ["transitions", "--json"])

    transitions.main()

    figures = last_line(capsys)
    assert all(figures[name] > 0 for name in (*ways, "fsyncs_per_s", "of_floor", "signed_of_unsigned"))


def test_a_team_on_one_server_is_measured_beside_pgbench_and_racing_for_one_release(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        programs()
    except NoPostgres as error:
        leave_out(error)
    # The peers are packages that no test needs.
    small = {"WAYS": {"holdfast": "ours"}, "CLIENTS": (1, 2), "HELD_TO_FLOOR": 2, "RELEASES": 2, "LEAST": 1}
    for name, value in {**small, "TURNS": 1, "SECONDS": 1, "RACES": 2}.items():
        monkeypatch.setattr(postgres, name, value)
    monkeypatch.setattr(sys, "argv", ["postgres", "--json"])

    postgres.main()

    figures = last_line(capsys)
    assert all(figures[clients][way] > 0 for clients in ("1", "2") for way in ("holdfast", "pgbench"))
    assert all(figures["whole"][clients]["holdfast"] > 0 for clients in ("1", "2"))
    assert all(figures[name] > 0 for name in ("pgbench_one_client", "of_pgbench", "of_one_client"))
    race = figures["one_release"]
    assert (race["moved"], race["told_why"]) == (4, 4)
    assert (race["failed"], race["lost"], race["problems"]) == (0, 0, 0)
    assert "**Holdfast**" in postgres.table(figures)


def test_a_long_ledger_is_measured_beside_a_short_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"SHORT": 100, "LONG": 200, "TURNS": 1, "STARTS": 1}.items():
        monkeypatch.setattr(growth, name, value)
    monkeypatch.setattr(sys, "argv", ["growth", "--json"])

    growth.main()

    figures = last_line(capsys)
    assert 200 - ENTRIES < figures["entries"] <= 200
    assert all(figures[f"{name}_ratio"] > 0 for name in ("advance", "history", "signed", "status"))


def test_what_makes_a_ledger_long_is_what_the_engine_would_have_written(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    fill(lab, 60)

    report = lab.engine.audit()

    assert report.problems == ()
    assert report.entries > 40
    lab.engine.close()


def test_an_audit_is_measured_with_its_memory_its_proofs_and_its_signatures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = {"SHORT": 60, "LONG": 120, "SIGNED_RELEASES": 2, "ROUNDS": 1, "PROOFS": 2, "APPENDS": 2}
    for name, value in small.items():
        monkeypatch.setattr(audit, name, value)
    # The peers are packages that no test needs.
    for name in ("pymerkle", "eventsourcing"):
        monkeypatch.setattr(audit, name, lambda *given: None)
    monkeypatch.setattr(sys, "argv", ["audit", "--json"])

    audit.main()

    figures = last_line(capsys)
    assert 100 < figures["entries"] <= 120
    rates = ("chain_and_tree_per_s", "redecided_per_s", "signed_per_s", "verifier_per_s")
    assert all(figures[name] > 0 for name in (*rates, "peak_mb_short", "peak_mb_long", "proof_ratio_long_short"))
    # These names say a size, and the ledgers had another.
    assert {figures[name] for name in audit.SIZED} == {None}
    assert all(figures[f"append_{name}"] > 0 for name in ("ratio", "always_ratio"))
    assert audit.table(figures).count("|") > 20


def test_releases_that_are_made_in_bulk_are_what_the_rules_decide(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    live(lab, 60)

    report = lab.engine.audit()

    assert report.problems == ()
    assert report.redecided == report.entries - 1 > 40
    assert report.transitions == 8
    lab.engine.close()
