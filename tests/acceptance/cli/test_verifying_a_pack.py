"""``audit verify --pack``: an auditor has one file, no ledger and no configuration."""

from __future__ import annotations

import json
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from cli_desk import Desk

from tests.golden.packs.make import PACK
from tests.pack.packing import WITNESS, log_of
from workflow import verify_pack
from workflow.cli.output import Output
from workflow.cli.packs import show
from workflow.pack import PackReader
from workflow.views.packs import LeftOutText

ORIGIN = "holdfast.example/golden-incidents"
LOG = log_of(ORIGIN).vkey
WHOLE = PACK.read_bytes()


@pytest.fixture
def auditor(tmp_path: Path) -> Desk:
    """An empty directory with the golden pack in it."""
    place = tmp_path / "auditor"
    place.mkdir()
    (place / "a.pack").write_bytes(WHOLE)
    return Desk(place)


def test_a_pack_is_verified_where_there_is_nothing_else(auditor: Desk) -> None:
    told = " ".join(auditor.does("audit", "verify", "--pack", "a.pack", "--log-key", LOG).out.split())

    assert f"Pack of aurora-fix, from the ledger {ORIGIN}" in told
    assert "33 entries decided again by the recorded rules; 13 signatures verified" in told
    assert "withheld the text rationale of entry 9" in told
    assert f"vouched by verified: log key {ORIGIN}: signed the checkpoint over 34 entries" in told
    assert told.endswith("pack: ok, 34 entries")
    assert [path.name for path in auditor.directory.iterdir()] == ["a.pack"]


def test_that_nobody_vouches_is_said_plainly(auditor: Desk) -> None:
    result = auditor("audit", "verify", "--pack", "a.pack")

    assert result.code == 8
    assert "NOT VOUCHED  which ledger this is: nobody vouches for it here" in result.out
    assert "pack: incomplete, nothing was found, but nobody vouches for it" in result.out
    assert auditor("audit", "verify", "--pack", "a.pack", "-q").code == 8


def test_scripts_get_the_report(auditor: Desk) -> None:
    found = json.loads(auditor.does("audit", "verify", "--pack", "a.pack", "--witness", WITNESS.vkey, "--json").out)

    assert (found["outcome"], found["vouched"], found["vouched_to"]) == ("ok", True, 34)
    assert found["anchors"][0]["kind"] == "witness"
    assert found["pack"]["release"] == "aurora-fix"


def test_a_flipped_byte_is_named_by_its_entry(auditor: Desk) -> None:
    place = auditor.directory / "a.pack"
    place.write_bytes(WHOLE.replace(b'"actor":"ana"', b'"actor":"eve"', 1))

    result = auditor("audit", "verify", "--pack", "a.pack")

    assert result.code == 3
    assert "PROBLEM      entry 1 (ledger), altered" in result.out
    assert "pack: FAILED at entry 1" in result.out


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("--pin", "1:" + "0" * 64), 3),
        (("--log-key", log_of("lab.example").vkey), 3),
        (("--remembered", "99:" + "0" * 64), 8),
        (("--remembered", "5:" + "0" * 64), 3),
        (("--remembered", "2:" + "0" * 64), 8),
        (("--pin", "99:" + "0" * 64), 8),
        (("--log-key", "nonsense"), 2),
        (("--log-key", WITNESS.vkey), 2),
        (("--pin", "one:two"), 2),
        (("--checkpoint", "a.pack"), 2),
        (("--checkpoint", "none"), 2),
        (("--release", "aurora"), 2),
    ],
)
def test_what_an_anchor_says_is_the_exit_code(args: tuple[str, ...], code: int, auditor: Desk) -> None:
    result = auditor("audit", "verify", "--pack", "a.pack", *args)

    assert result.code == code
    assert "Traceback" not in result.out + result.err


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", 2),
        (b"hello", 2),
        (b"PK\x05\x06" + b"\0" * 18, 2),
        (WHOLE[:-1], 3),
        (WHOLE[:9000], 3),
    ],
)
def test_no_pack_is_a_mistake_and_a_damaged_one_is_damage(data: bytes, code: int, auditor: Desk) -> None:
    (auditor.directory / "a.pack").write_bytes(data)

    result = auditor("audit", "verify", "--pack", "a.pack")

    assert (result.code, result.out) == (code, "")


def test_anchors_of_a_pack_are_not_taken_for_a_ledger(desk: Desk) -> None:
    result = desk("audit", "verify", "--log-key", LOG)

    assert result.code == 2
    assert "--pack" in result.err


def test_a_configuration_that_lies_beside_a_pack_vouches_for_nothing_and_runs_nothing(auditor: Desk) -> None:
    """Whoever hands over a forged pack hands over the pins that fit it, and code that says yes."""
    first = PackReader(BytesIO(WHOLE)).entry(1)
    assert first is not None
    (auditor.directory / "holdfast.toml").write_text(
        f'policies = ["planted:Rule"]\npinned = ["1:{first.hash}", "2:{"0" * 64}"]\n'
    )
    (auditor.directory / "planted.py").write_text("raise SystemExit(0)\n")
    below = auditor.directory / "below"
    below.mkdir()

    for desk, name in ((auditor, "a.pack"), (Desk(below), "../a.pack")):
        result = desk("audit", "verify", "--pack", name, "--json")
        assert (result.code, json.loads(result.out)["anchors"]) == (8, [])
        report = desk("report", "--pack", name, "--json")
        assert (report.code, json.loads(report.out)["proof"]["pack"]["vouched"]) == (8, False)


def test_what_was_withheld_is_counted_and_listed_where_that_is_asked_for(auditor: Desk) -> None:
    held = tuple(f"the text rationale of entry {number}" for number in range(1, 100))
    report = verify_pack(auditor.directory / "a.pack")
    texts = tuple(LeftOutText(entry=number, name="rationale", commitment="0" * 64) for number in range(1, 100))
    pack = report.pack.model_copy(update={"withheld_texts": texts, "withheld_evidence": ()})
    report = report.model_copy(update={"withheld": held, "pack": pack})

    def told(*, everything: bool) -> str:
        out = StringIO()
        show(Output(out, out, {}, mode="people"), report, everything=everything)
        return out.getvalue()

    assert "withheld     99 texts; --all lists them" in told(everything=False)
    assert told(everything=False).count("the text rationale") == 0
    assert told(everything=True).count("the text rationale") == 99


@pytest.mark.parametrize("more", [("--all",), ("--policy", "rules:Own")])
def test_what_is_for_a_pack_alone_is_no_option_of_a_ledger_s_audit(desk: Desk, more: tuple[str, ...]) -> None:
    result = desk("audit", "verify", *more)

    assert result.code == 2
    assert "--pack" in result.err


def test_a_key_of_another_ledger_is_said_to_be_perhaps_the_mistake(auditor: Desk) -> None:
    result = auditor("audit", "verify", "--pack", "a.pack", "--log-key", log_of("lab.example").vkey)

    assert result.code == 3
    assert "check the key, pin or checkpoint first" in " ".join(result.out.split())
