"""A report on an ancestor: `explain` says that it does not count, and how somebody can answer for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cli_desk import Desk, by
from keyed_desk import ADMINISTRATOR, KeyedDesk

from workflow.tour.reports import write_report

RULE = "      - evidence: {name: bio_uplift, metric: accuracy, at_most: 0.25, depends_on: [weights]}\n"
BEFORE = "      - candidate_unchanged\n"


@pytest.fixture
def measured(desk: Desk) -> Desk:
    """``aurora`` with a report, and ``tiny`` quantized from it without one, before a gate that wants one."""
    text = (desk.directory / "small.yaml").read_text()
    file = desk.directory / "measured.yaml"
    file.write_text(text.replace("process: small", "process: measured").replace(BEFORE, RULE + BEFORE, 1))
    desk.does("charter", "allow", "measured.yaml", "--up-to", "weights", *by("ops"))
    tiny = desk.directory / "tiny"
    tiny.mkdir()
    (tiny / "model.safetensors").write_bytes(b"fewer bits")
    (tiny / "tokenizer.json").write_bytes(b"{}")
    start = ("--process", "measured", "--author", "ada", *by("lee"))
    desk.does("start", "aurora", "model", *start)
    desk.does("start", "tiny", "tiny", "--derived-from", "aurora", "--variant", "quantized", *start)
    completed = datetime(2025, 7, 1, tzinfo=UTC)
    write_report("bio_uplift-0.18", desk.directory / "log.json", model=desk.directory / "model", completed=completed)
    desk.does("attach", "aurora", "log.json", *by("lee"))
    desk.does("advance", "tiny", "submit", *by("lee"))
    return desk


def shown(desk: Desk) -> str:
    return " ".join(desk("explain", "tiny", "publish", "--no-hash", "--all").out.split())


def test_the_way_from_a_report_that_does_not_count_to_one_that_does_is_on_the_screen(measured: Desk) -> None:
    assert "to let it count: holdfast justify tiny aurora/E1" in shown(measured)

    done = measured.does("justify", "tiny", "aurora/E1", *by("mara", "quantized; the tokenizer is the same"))

    entry = measured("history", "--json", "-n", "1").json[0]["entry"]
    assert "answered as safety for letting E1 of aurora" in " ".join(done.out.split())
    assert (
        f"justified aurora/E1 by mara, entry {entry}: tokenizer same, weights changed; it depends on weights"
        in shown(measured)
    )
    assert "| quantized; the tokenizer is the same" in measured("history", "tiny").out
    assert measured("audit", "verify").code == 0


def test_a_lapsed_word_is_shown_with_the_command_that_gives_another(measured: Desk) -> None:
    measured.does("justify", "tiny", "aurora/E1", *by("mara"))
    measured.does("roster", "remove", "mara", *by("ops"))

    text = shown(measured)

    assert "that aurora/E1 counts here is nobody's word any more" in text
    assert "who can jun, kit or priya: holdfast justify tiny aurora/E1" in text


def test_a_report_in_the_same_release_is_named_by_its_id_alone(measured: Desk) -> None:
    (measured.directory / "model" / "model.safetensors").write_bytes(b"better weights")
    measured.does("candidate", "replace", "aurora", "model", "--author", "ada", *by("lee"))

    measured.does("justify", "aurora", "E1", *by("mara"))

    assert measured("history", "aurora", "--json", "-n", "1").json[0]["events"][0]["source"] == "aurora"


@pytest.mark.parametrize("subject", ["E1", "/E1", "aurora/", "aurora/x", "nowhere/E1"])
def test_what_names_no_report_is_refused_as_input(measured: Desk, subject: str) -> None:
    result = measured("justify", "tiny", subject, *by("mara"))

    assert result.code == 2
    assert "Traceback" not in result.err


def test_it_is_signed_elsewhere_and_taken_in(keyed: KeyedDesk) -> None:
    text = (keyed.directory / "signed.yaml").read_text().replace(BEFORE, RULE + BEFORE, 1)
    (keyed.directory / "measured.yaml").write_text(text.replace("process: signed", "process: measured"))
    keyed.does("charter", "allow", "measured.yaml", "--up-to", "weights", *keyed.signed(ADMINISTRATOR))
    start = ("--process", "measured", "--author", "ada", *by("lee"))
    keyed.does("start", "aurora", "model", *start)
    completed = datetime(2025, 7, 1, tzinfo=UTC)
    write_report("bio_uplift-0.18", keyed.directory / "log.json", model=keyed.directory / "model", completed=completed)
    keyed.does("attach", "aurora", "log.json", *by("lee"))
    (keyed.directory / "model" / "model.safetensors").write_bytes(b"fewer bits")
    keyed.does("candidate", "replace", "aurora", "model", "--author", "ada", *by("lee"))
    laptop = keyed.laptop()

    keyed.does("justify", "aurora", "E1", "--request", "mara.request", *by("mara"))
    asked = laptop.directory / "mara.request"
    asked.write_bytes((keyed.directory / "mara.request").read_bytes())
    shown = laptop.does("sign", "mara.request", "--approve", "--as", "mara", "--key", str(laptop.key("mara")))
    (reply,) = laptop.directory.glob("*.reply")
    keyed.does("collect", str(reply), "--as", "lee")

    assert "count for the candidate" in " ".join(shown.out.split())
    last = keyed("history", "aurora", "--json", "-n", "1").json[0]
    assert (last["actor"], last["proof"], last["events"][0]["type"]) == ("mara", "sshsig", "evidence_justified")
