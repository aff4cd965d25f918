"""Packs of ledgers that lived through everything: nothing is lost on the way, and nothing can be put into them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from attacked import Lab
from signed_lab import SignedLab

import workflow
from tests.pack.opened import changed, lines_changed
from workflow import PackReport, verify_pack


def released(lab: Lab, tmp_path: Path, release: str, **settings: object) -> Path:
    with workflow.open_engine(lab.url, clock=lab.clock) as engine:
        engine.export(release, tmp_path / "a.pack", replace=True, **settings)  # type: ignore[arg-type]
    return tmp_path / "a.pack"


def releases(lab: Lab) -> list[str]:
    with workflow.open_engine(lab.url, clock=lab.clock) as engine:
        return [line.release for line in engine.list()]


def sound(report: PackReport) -> bool:
    """Whether all of a pack holds, though nobody vouches for it here."""
    return (report.problems, report.audit.outcome, report.audit.not_recomputed) == ((), "partial", ())


@pytest.mark.parametrize("settings", [{}, {"texts": False, "evidence": False}])
def test_every_release_of_a_ledger_with_everything_in_it_verifies(
    settings: dict[str, object], told: Lab, tmp_path: Path
) -> None:
    for release in releases(told):
        report = verify_pack(released(told, tmp_path, release, **settings))

        assert sound(report), (release, report.problems, report.audit.not_recomputed)


def test_every_release_of_a_ledger_with_everything_signed_verifies(sworn: SignedLab, tmp_path: Path) -> None:
    for release in releases(sworn):
        report = verify_pack(released(sworn, tmp_path, release))

        assert sound(report), (release, report.problems, report.audit.not_recomputed)
        assert report.audit.signatures > 10


def test_a_text_that_was_erased_is_not_in_a_pack_and_cannot_be_put_back(told: Lab, tmp_path: Path) -> None:
    place = released(told, tmp_path, "aurora")
    data = place.read_bytes()
    report = verify_pack(place)
    assert report.audit.erased

    strange = b'{"commitment":"' + b"0" * 64 + b'","salt":"' + b"0" * 64 + b'","text":"so it was"}\n'
    place.write_bytes(lines_changed(data, "texts.jsonl", lambda lines: sorted([*lines, strange])))
    assert verify_pack(place).outcome == "failed"


def test_a_signature_that_is_taken_out_of_a_pack_is_missed(sworn: SignedLab, tmp_path: Path) -> None:
    place = released(sworn, tmp_path, "aurora")
    data = place.read_bytes()

    def claimed(lines: list[bytes]) -> list[bytes]:
        proofs = [json.dumps(json.loads(line)["proof"], separators=(",", ":"), sort_keys=True) for line in lines]
        return [line.replace(said.encode(), b'{"kind":"claimed"}') for line, said in zip(lines, proofs, strict=True)]

    place.write_bytes(lines_changed(data, "entries.jsonl", claimed))
    report = verify_pack(place)
    assert report.outcome == "failed"
    assert report.first_bad is not None


def test_the_end_of_a_stream_cannot_be_cut_off_unless_the_pack_says_so_itself(told: Lab, tmp_path: Path) -> None:
    """What it then says is sound, and older: that a stream does not go on, no pack can show."""
    place = released(told, tmp_path, "gamma")
    data = place.read_bytes()
    last = max(json.loads(line)["seq"] for line in _lines(data) if json.loads(line)["stream"] == "release/gamma")

    def without(lines: list[bytes]) -> list[bytes]:
        return [line for line in lines if json.loads(line)["seq"] != last]

    place.write_bytes(lines_changed(lines_changed(data, "entries.jsonl", without), "proofs.jsonl", without))
    report = verify_pack(place)

    assert report.outcome == "failed"
    assert "does not end with its version" in report.problems[0].message


def test_a_readme_that_says_something_else_is_damage_though_nothing_rests_on_it(told: Lab, tmp_path: Path) -> None:
    place = released(told, tmp_path, "gamma")
    place.write_bytes(changed(place.read_bytes(), "README.txt", lambda _: b"all is well\n", sums=False))

    with pytest.raises(workflow.LedgerError, match=r"README\.txt"):
        verify_pack(place)


def test_row_45_what_a_pack_says_to_people_is_what_it_says_to_programs(told: Lab, tmp_path: Path) -> None:
    """Whoever writes into it that an auditor has certified it makes the sums fit as well."""
    place = released(told, tmp_path, "gamma")
    data = place.read_bytes()
    place.write_bytes(changed(data, "README.txt", lambda content: b"Certified by AUDITOR INC.\n" + content))
    report = verify_pack(place)
    assert (report.outcome, report.problems[0].message) == ("failed", "README.txt says something else than pack.json")

    for by in (b"certified by AUDITOR INC holdfast", b"holdfast 0.1.0 certified", b"holdfast 0.1.0\\n"):
        place.write_bytes(
            changed(data, "pack.json", lambda said, by=by: re.sub(rb'"by":"[^"]*"', b'"by":"' + by + b'"', said))
        )
        with pytest.raises(workflow.LedgerError, match=r"pack\.json"):
            verify_pack(place)


def _lines(data: bytes) -> list[bytes]:
    found: list[bytes] = []
    lines_changed(data, "entries.jsonl", lambda lines: found.extend(lines) or lines)  # type: ignore[func-returns-value]
    return found
