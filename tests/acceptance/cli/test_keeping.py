"""The ledger's own commands: people, processes, history, erasure, audit and repair."""

from __future__ import annotations

import json
import re
from pathlib import Path

from cli_desk import Desk, by
from test_exit_codes import tampered, unprotected

from workflow.definition.schema import SHIPPED


def test_a_change_of_two_administrators_waits_for_the_second(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.does("init", "--admin", "ops", "--admin", "sre", "--threshold", "2", *by("ops"))

    desk.does("roster", "add", "mara", "--role", "safety", "--name", "Mara Example", *by("ops"))
    waiting = desk("roster", "show")
    desk.does("roster", "approve", "C1", *by("sre"))

    assert "waiting C1  mara is on the roster as safety" in waiting.out
    assert "approved by 1 of 2 (ops)" in " ".join(waiting.out.split())
    assert "holdfast roster approve C1" in waiting.err
    assert re.search(r"^mara +safety +Mara Example", desk("roster", "show").out, re.MULTILINE)


def test_people_come_change_and_leave(desk: Desk) -> None:
    desk.does("roster", "grant", "mara", "legal", "lead", *by("ops"))
    desk.does("roster", "ungrant", "mara", "safety", *by("ops"))
    desk.does("roster", "remove", "jun", *by("ops"))
    desk.does("roster", "correct-clock", *by("ops"))

    people = {person["person"]: person for person in desk("roster", "show", "--json").json["people"]}

    assert people["mara"]["roles"] == ["legal", "lead"]
    assert people["jun"]["left"]
    assert "has left" in desk("roster", "show").out


def test_the_charter_allows_and_disallows_exactly_one_process(desk: Desk) -> None:
    digest = desk("process", "show", "small", "--json").json["digest"]

    desk.does("charter", "disallow", digest, *by("ops"))
    refused = desk("start", "a2", "model", "--process", "small.yaml", "--author", "ada", *by("lee"))
    desk.does("charter", "allow", "small.yaml", "--up-to", "weights", *by("ops"))

    assert refused.code == 1
    assert "holdfast charter allow FILE --up-to weights" in " ".join(refused.err.split())
    assert digest in desk("charter", "show").out
    assert desk("start", "a2", "model", "--process", digest, "--author", "ada", *by("lee")).code == 0


def test_a_process_is_told_in_sentences_and_as_a_picture(desk: Desk, tmp_path: Path) -> None:
    empty = Desk(tmp_path / "empty")
    empty.directory.mkdir()

    assert "2 people as safety approve" in desk("process", "show", "small").out
    picture = desk("process", "show", "small.yaml", "--format", "mermaid").out
    assert picture.count("stateDiagram-v2\n") == 1
    assert desk("process", "show", "small.yaml", "--mermaid").out == picture
    resolved = desk("process", "show", "small.yaml", "--json").json["process"]
    assert json.loads(desk("process", "show", "small.yaml", "--format", "json").out) == resolved
    assert resolved["format"] == 1
    assert "IRREVERSIBLE" in empty("process", "show", "open_weights").out
    assert "no ledger here" in empty("process", "list").out


def test_an_editor_s_schema_is_printed_as_it_is_shipped(desk: Desk) -> None:
    assert desk("process", "schema").out == SHIPPED.read_text("utf-8")
    assert desk("process", "schema", "--json").json == json.loads(SHIPPED.read_text("utf-8"))


def test_a_process_that_the_roster_cannot_fulfil_is_not_usable(desk: Desk) -> None:
    desk.does("roster", "ungrant", "lee", "lead", *by("ops"))

    assert desk("process", "check", "small.yaml").code == 0
    result = desk("process", "check", "small.yaml", "--roster")

    assert result.code == 2
    assert "with this roster nobody may start a release" in " ".join(result.out.split())
    assert "NOT USABLE" in result.out


def test_history_is_read_in_pages_newest_last(desk: Desk) -> None:
    desk.to_review()
    last = desk("history", "--json", "-n", "1").json[0]["entry"]

    first_page, second_page = desk("history", "-n", "3"), desk("history", "-n", "3", "--before", str(last - 2))

    def entries(text: str) -> list[int]:
        return [int(number) for number in re.findall(r"^ +(\d+)  ", text, re.MULTILINE)]

    assert entries(first_page.out) == [last - 2, last - 1, last]
    assert f"holdfast history --before {last - 2}" in first_page.err
    assert entries(second_page.out) == [last - 5, last - 4, last - 3]


def test_a_refused_attempt_stands_in_the_history_with_its_verdicts(desk: Desk) -> None:
    desk.to_review()
    desk("advance", "aurora", "publish", "--confirm", "aurora", *by("lee", "let us try"))

    shown = desk("history", "aurora", "-n", "1", "--verbose").out

    assert "was REFUSED `advance`" in shown
    assert "| let us try" in shown
    assert "sign_offs@1: sign-offs safety: 0 of 2: not met" in " ".join(shown.split())


def test_a_text_that_was_erased_is_gone_and_the_audit_still_holds(desk: Desk) -> None:
    desk.to_review()
    desk.does("hold", "aurora", *by("jun", "the address of a laboratory"))
    entry = desk("history", "--json", "-n", "1").json[0]["entry"]

    desk.does("erase", str(entry), "rationale", *by("ops", "a hazard stood in it"))

    assert "laboratory" not in desk("history").out
    assert "| [erased]" in desk("history").out
    assert "[erased]" in desk("status", "aurora").out
    assert desk("audit", "verify").out.splitlines()[-1].startswith("audit: ok")


def test_the_audit_says_what_it_covered_and_what_not(desk: Desk) -> None:
    desk.to_review()

    result = desk("audit", "verify")

    assert "covered" in result.out
    assert "not covered  whether people are who they say they are" in result.out
    assert result.out.splitlines()[-1] == "audit: ok, 10 entries"


def test_the_audit_names_the_entry_that_was_altered(desk: Desk) -> None:
    tampered(desk)

    result = desk("audit", "verify")

    assert "PROBLEM" in result.out
    assert "entry 9" in result.out
    assert result.out.splitlines()[-1].startswith("audit: FAILED at entry 9")


def test_lost_protection_stops_everything_until_it_is_acknowledged(desk: Desk) -> None:
    unprotected(desk)
    stopped = desk("status", "aurora")

    desk.does("db", "rebuild", "--restore-protection", *by("ops", "a migration script dropped it; found and fixed"))

    assert stopped.code == 3
    assert stopped.err.startswith("integrity:")
    assert "--restore-protection" in stopped.err
    assert desk("status", "aurora").code == 8
    assert "acknowledged that protection was not as it must be" in " ".join(desk("history", "-n", "1").out.split())


def test_the_database_can_be_upgraded_and_its_lists_rebuilt_at_any_time(desk: Desk) -> None:
    desk.to_review()
    before = desk("list", "--json").json

    desk.does("db", "upgrade")

    assert desk.does("db", "rebuild", "--json").json == {"releases": 1, "protection_restored": None}
    assert desk("list", "--json").json == before


def test_evidence_is_attached_set_aside_and_discharges(desk: Desk) -> None:
    desk.to_review()
    (desk.directory / "report.pdf").write_bytes(b"%PDF a report of the red team")
    attach = ("attach", "aurora", "report.pdf", "--kind", "document", "--name", "red team")

    undeclared = desk(*attach, *by("mara"))
    desk.does(*attach, "--declare-as", "safety", *by("mara"))
    desk.does("require", "aurora", "read the report of the red team", "--blocks", "publish", *by("mara"))
    desk.does("discharge", "aurora", "R1", "--evidence", "E1", *by("jun"))
    desk.does("set-aside", "aurora", "E1", *by("jun", "it is about another model"))

    assert undeclared.code == 2
    assert "--declare-as ROLE" in undeclared.err
    status = desk("status", "aurora", "--json").json
    assert [(item["id"], item["open"]) for item in status["requirements"]] == [("R1", False)]
    assert [(item["id"], item["set_aside"]) for item in status["evidence"]] == [("E1", True)]


def test_a_bound_is_written_as_options(desk: Desk) -> None:
    desk.to_review()
    require = ("require", "aurora", "a run below 0.25", "--measured", "bio_uplift")

    both = desk(*require, "--at-most", "0.25", "--at-least", "0.1", *by("mara"))
    two = desk(*require, "--at-most", "0.25", "--margin", "0.05", "--confidence", "0.95", *by("mara"))
    desk.does(*require, "--at-most", "0.25", "--due", "2025-08-01T00:00:00Z", *by("mara"))
    desk.does(*require, "--at-most", "0.25", "--confidence", "0.95", "--min-samples", "50", *by("mara"))
    desk.does(*require, "--at-least", "0.1", "--margin", "0.02", *by("mara"))

    assert (both.code, two.code) == (2, 2)
    assert desk("discharge", "aurora", "R1", *by("jun")).code == 8
    raised = [item["events"][0]["bound"]["bound"] for item in desk("history", "aurora", "-n", "4", "--json").json[1:3]]
    assert [(bound["confidence"], bound["min_samples"], bound["margin"]) for bound in raised] == [
        (None, None, "0.02"),
        ("0.95", 50, None),
    ]


def test_a_hold_goes_when_its_conditions_are_met_and_its_owner_says_so(desk: Desk) -> None:
    desk.to_review()
    hold = ("hold", "aurora", "--condition", "read the appendix", "--discharged-by", "legal")
    desk.does(*hold, "--review-by", "2025-07-10T00:00:00Z", *by("mara"))

    early = desk("lift", "aurora", "H1", *by("mara"))
    desk.does("discharge", "aurora", "R1", *by("ivy"))
    desk.does("lift", "aurora", "H1", *by("mara", "the appendix was read"))

    assert early.code == 8
    assert "holdfast discharge aurora R1" in early.err
    assert not desk("status", "aurora", "--json").json["holds"][0]["standing"]


def test_other_bytes_end_what_was_approved_and_a_descendant_names_its_parent(desk: Desk) -> None:
    desk.to_review()
    desk.approve("mara")
    (desk.directory / "model" / "model.safetensors").write_bytes(b"better weights")
    parts = ("--component", "weights=model.safetensors", "--component", "tokenizer=tokenizer.json")

    desk.does("candidate", "replace", "aurora", "model", "--author", "ada", "--label", "2.2", *by("lee"))
    desk.does("start", "small-aurora", "model", "--process", "small", "--author", "ada", "--variant", "quantized",
              "--derived-from", "aurora", *parts, *by("lee"))  # fmt: skip

    shown = " ".join(desk("explain", "aurora", "publish", "--as", "lee").out.split())
    assert "aurora 2.2" in shown
    assert re.search(r"mara \(candidate [0-9a-f]{4}\.\., replaced\)", shown)
    assert desk("status", "small-aurora", "--json").json["components"] == ["tokenizer", "weights"]


def test_a_statement_is_its_own_reason_unless_another_is_given(desk: Desk) -> None:
    desk.to_review()
    desk.does("statement", "aurora", "We wait until the red team is done.", "--as", "mara")
    desk.does("statement", "aurora", "Between us: it may take a month.", "--internal", *by("mara"))

    statements = desk("status", "aurora", "--json").json["statements"]

    assert [(item["public"], item["text"]) for item in statements] == [
        (True, "We wait until the red team is done."),
        (False, "Between us: it may take a month."),
    ]


def test_what_an_audit_prints_is_what_a_later_one_remembers(desk: Desk) -> None:
    desk.to_review()
    shown = desk("audit", "verify").out
    entries, root = re.search(r"covered +(\d+) entries", shown), re.search(r"tree root +(\S+)", shown)
    assert entries and root
    desk.does("hold", "aurora", *by("jun"))

    kept = desk("audit", "verify", "--remembered", f"{entries[1]}:{root[1]}")
    never_was = desk("audit", "verify", "--remembered", f"{entries[1]}:{root[1][::-1]}")

    assert (kept.code, never_was.code) == (0, 3)


def test_whoever_left_the_roster_has_no_inbox(desk: Desk) -> None:
    assert desk("inbox", "--as", "jun").code == 0
    desk.does("roster", "remove", "jun", *by("ops"))

    result = desk("inbox", "--as", "jun")

    assert result.code == 2
    assert "jun is not on the roster" in result.err


def test_an_administrator_has_an_inbox(desk: Desk) -> None:
    assert "Nothing waits for ops" in desk("inbox", "--as", "ops").out
