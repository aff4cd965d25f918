"""``process migrate`` and ``process approve-migration``: another process for a release, seen before it is approved."""

from __future__ import annotations

import pytest
from cli_desk import PROCESS, Desk, by

WHOLE_LINE = {"COLUMNS": "120"}
EVERYBODY = ("mara", "jun", "ivy")


@pytest.fixture
def second(desk: Desk) -> Desk:
    """``aurora`` in review, and a second version of its process that waits for nothing, and asks more people."""
    text = PROCESS.read_text("utf-8").replace("version: 1", "version: 2")
    text = text.replace("      - soak: {at_least: 24h}\n", "").replace(
        "sign_offs: {role: safety, count: 2}", "sign_offs: {role: safety, count: 3}"
    )
    (desk.directory / "second.yaml").write_text(text, "utf-8")
    desk.to_review()
    desk.does("charter", "allow", "second.yaml", "--up-to", "weights", *by("ops"))
    return desk


def digest(desk: Desk) -> str:
    found: str = desk("process", "show", "second.yaml", "--json").json["digest"]
    return found


def approve(desk: Desk, *people: str) -> None:
    for person in people:
        role = "legal" if person == "ivy" else "safety"
        seen = ("--seen", digest(desk)[:16], "--role", role)
        desk.does("process", "approve-migration", "aurora", *seen, *by(person))


def test_a_proposal_shows_first_where_the_process_is_looser_and_then_who_approves(second: Desk) -> None:
    result = second("process", "migrate", "aurora", "second.yaml", *by("lee"), environment=WHOLE_LINE)

    lines = result.out.splitlines()
    assert result.code == 0
    assert lines[1] == "  `publish`, IRREVERSIBLE: 1 loosens, 1 tightens"
    assert lines[2].startswith("LOOSENS   In `publish`, `soak` is gone")
    assert [line.split()[0] for line in lines if line[0].isalpha()][:4] == ["from", "LOOSENS", "TIGHTENS", "alters"]
    assert "PROPOSED small@2 instead of small@1, loosens: 1 (by lee, entry 12)" in lines
    assert lines[-2:] == [
        " * 2 more to approve as safety: jun, kit, mara or priya",
        " * 1 more to approve as legal: ivy or kit",
    ]
    assert f"holdfast process approve-migration aurora --seen {digest(second)[:16]}" in result.err


def test_who_approves_sees_the_differences_again_and_types_the_digest(second: Desk) -> None:
    second.does("process", "migrate", "aurora", "second.yaml", *by("lee"))

    result = second(
        "process",
        "approve-migration",
        "aurora",
        *by("mara"),
        typed=f"{digest(second)[:8]}\n",
        environment=WHOLE_LINE,
    )

    assert result.code == 0
    assert "LOOSENS   In `publish`, `soak` is gone" in result.out
    assert f"process {digest(second)}" in result.out
    assert " * 1 more to approve as safety: jun, kit or priya (have mara)" in result.out


@pytest.mark.parametrize("typed", ["aurora", "1234", ""])
def test_other_digits_approve_nothing(second: Desk, typed: str) -> None:
    second.does("process", "migrate", "aurora", "second.yaml", *by("lee"))

    result = second("process", "approve-migration", "aurora", *by("mara"), typed=f"{typed}\n")

    assert (result.code, "nothing was done" in result.err) == (2, True)
    assert second("status", "aurora", "--json").json["proposal"]["consents"][0]["people"] == []


def test_the_last_approval_migrates_and_status_and_history_mark_it(second: Desk) -> None:
    second.does("process", "migrate", "aurora", "second.yaml", *by("lee"))
    approve(second, *EVERYBODY)

    status, history = second("status", "aurora", environment=WHOLE_LINE), second("history", "aurora", "-n", "1")
    assert "MIGRATED from small@1 to small@2, loosens: 1 (in review, entry 15)" in status.out.splitlines()
    assert "small@2" in status.out.splitlines()[0]
    assert "MIGRATED in review from the process" in history.out
    assert "LOOSENS transitions.publish.gate.soak" in " ".join(history.out.split())
    assert second("audit", "verify").code == 0


def test_a_status_names_what_is_proposed_and_what_one_can_do_about_it(second: Desk) -> None:
    second.does("process", "migrate", "aurora", "second.yaml", *by("lee"))

    anybody, mara = second("status", "aurora").out, second("status", "aurora", "--as", "mara").out

    assert "PROPOSED small@2 instead of small@1" in anybody
    assert "approve-migration" not in anybody
    assert "holdfast process approve-migration aurora --role safety" in mara


def test_whose_approval_ended_is_named_with_the_reason(second: Desk) -> None:
    second.does("process", "migrate", "aurora", "second.yaml", *by("lee"))
    approve(second, "mara")
    second.does("roster", "ungrant", "mara", "safety", *by("ops"))

    assert "not counted: mara (no longer holds safety)" in second("status", "aurora", environment=WHOLE_LINE).out


def test_versions_of_one_name_and_number_are_told_apart_by_their_digests(desk: Desk) -> None:
    text = PROCESS.read_text("utf-8").replace("at_least: 24h", "at_least: 48h")
    (desk.directory / "again.yaml").write_text(text, "utf-8")
    desk.to_review()
    desk.does("charter", "allow", "again.yaml", "--up-to", "weights", *by("ops"))

    result = desk("process", "migrate", "aurora", "again.yaml", *by("lee"), environment=WHOLE_LINE)

    before, after = (desk("process", "show", name, "--json").json["digest"] for name in ("small.yaml", "again.yaml"))
    shown = [f"small@1 ({item[:4]}..{item[-4:]})" for item in (after, before)]
    assert f"PROPOSED {shown[0]} instead of {shown[1]}, loosens nothing" in result.out


def test_a_script_gets_the_differences_beside_what_was_recorded(second: Desk) -> None:
    proposed = second("process", "migrate", "aurora", "second.yaml", *by("lee"), "--json").json
    seen = ("--seen", proposed["events"][0]["process"])
    approved = second("process", "approve-migration", "aurora", *seen, *by("mara"), "--json").json

    assert proposed["events"][0]["loosens"] == ["transitions.publish.gate.soak"]
    assert [item["effect"] for item in proposed["differences"]] == ["loosens", "tightens", "alters"]
    assert approved["differences"] == proposed["differences"]
    assert approved["events"][0]["type"] == "migration_approved"


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (("migrate", "aurora", "second.yaml", *by("mara")), 1, "may not propose another process"),
        (("migrate", "aurora", "small.yaml", *by("lee")), 2, "under this very process"),
        (("migrate", "aurora", "third", *by("lee")), 2, "no process 'third'"),
        (("migrate", "borealis", "second.yaml", *by("lee")), 2, "no release"),
        (("approve-migration", "aurora", "--seen", "0" * 16, *by("mara")), 2, "no other process is proposed"),
        (("approve-migration", "aurora", "--seen", "latest", *by("mara")), 2, "is no digest"),
        (("approve-migration", "aurora", *by("mara")), 2, "names the process that was seen"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_way_on(second: Desk, args: tuple[str, ...], code: int, told: str) -> None:
    result = second("process", *args)

    assert (result.code, told in " ".join(result.err.split())) == (code, True), result


def test_another_process_than_the_one_that_was_seen_is_not_approved(second: Desk) -> None:
    second.does("process", "migrate", "aurora", "second.yaml", *by("lee"))

    result = second("process", "approve-migration", "aurora", "--seen", "0" * 16, *by("mara"))

    assert (result.code, "than was seen" in " ".join(result.err.split())) == (2, True)


def test_a_repeated_approval_is_answered_as_before(second: Desk) -> None:
    second.does("process", "migrate", "aurora", "second.yaml", *by("lee"))
    approve(second, "mara", "jun")
    last = ("process", "approve-migration", "aurora", "--seen", digest(second), "--role", "legal", *by("ivy"))

    first, again = (second(*last, "--command-id", "nightly-17", "--json") for _ in range(2))

    assert (first.code, again.code, again.json["replayed"]) == (0, 0, True)
    assert first.json["entry"] == again.json["entry"]
