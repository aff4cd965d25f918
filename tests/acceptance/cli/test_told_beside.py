"""What a command says beside what it did: where somebody most likely meant something else, or would not think of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_desk import Desk, by
from keyed_desk import KeyedDesk

from workflow.definition import read_process, shipped
from workflow.registry import Registry


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_planned_date_that_has_passed_is_remarked_on(desk: Desk) -> None:
    desk.to_review()

    past = words(desk.does("schedule", "aurora", "--to", "2025-06-01T00:00:00Z", *by("lee")).out)
    coming = words(desk.does("schedule", "aurora", "--to", "2025-08-01T00:00:00Z", *by("lee")).out)

    assert "note that date has passed already (1 Jun 2025 00:00 UTC)" in past
    assert "note" not in coming


@pytest.mark.parametrize("typed", [("add", "zoe", "--role", "laed"), ("grant", "mara", "laed")], ids=["add", "grant"])
def test_a_role_that_no_chartered_process_has_is_remarked_on(desk: Desk, typed: tuple[str, ...]) -> None:
    assert "no process of the charter has the role laed" in words(desk.does("roster", *typed, *by("ops")).out)


def test_a_role_that_a_chartered_process_has_is_not_remarked_on(desk: Desk) -> None:
    assert "note" not in desk.does("roster", "grant", "mara", "lead", *by("ops")).out


def test_a_ready_made_process_is_in_the_charter_already(desk: Desk) -> None:
    result = desk("charter", "allow", "hosted_api", "--up-to", "hosted", *by("ops"))

    assert result.code == 2
    assert "a ready-made process, which a new ledger's charter has already" in words(result.err)
    assert "process show hosted_api --format yaml" in words(result.err)


def test_where_there_is_no_ledger_the_list_of_processes_says_so(tmp_path: Path) -> None:
    listed = Desk(tmp_path).does("process", "list").out
    assert "no ledger here" in listed
    assert "not chartered" not in listed


@pytest.mark.parametrize("name", sorted(shipped()))
def test_the_file_of_a_ready_made_process_is_shown_byte_for_byte_and_can_be_used(
    desk: Desk, tmp_path: Path, name: str
) -> None:
    text = shipped()[name].read_text(encoding="utf-8")

    assert desk.does("process", "show", name, "--format", "yaml").out == text
    assert Desk(tmp_path).does("process", "show", name, "--format", "yaml").out == text
    assert "#" in text
    assert read_process(text, Registry()).process.name == name


def test_a_file_of_ones_own_is_shown_as_it_is_and_the_ledger_has_none(desk: Desk) -> None:
    shown = desk.does("process", "show", "small.yaml", "--format", "yaml").out
    assert shown == (desk.directory / "small.yaml").read_text(encoding="utf-8")

    result = desk("process", "show", "small", "--format", "yaml")
    assert (result.code, result.out) == (2, "")
    assert "a ledger keeps what a process comes to" in words(result.err)


def test_a_private_key_that_others_may_read_is_named_with_its_mode(signing: KeyedDesk) -> None:
    key = signing.key("mara")
    key.chmod(0o644)

    result = signing("review", "aurora", "biosecurity", "acceptable", "--role", "safety", *signing.signed("mara"))

    assert result.code == 2
    assert "others may read that file (mode 0644)" in words(result.err)
    assert f"chmod 600 {key}" in words(result.err)


def test_a_digest_that_is_cut_short_is_asked_for_in_full(desk: Desk) -> None:
    desk.to_review()
    report = {"holdfast_report": 1, "name": "bio", "status": "conclusive", "tool": "ours", "candidate": "aea857405b44"}
    (desk.directory / "r.json").write_text(json.dumps(report))

    result = desk("attach", "aurora", "r.json", *by("mara"))

    assert result.code == 2
    assert "candidate: it is to be all 64 hexadecimal digits of a digest" in words(result.err)


def test_a_key_is_not_asked_for_where_nothing_is_signed(desk: Desk) -> None:
    result = desk("start", "aurora", "model", "--key", "k", "--process", "small", "--author", "ada", *by("lee"))

    assert result.code == 2
    assert "`holdfast start` signs nothing, so it has no --key" in words(result.err)


def test_internal_statements_that_go_out_are_named_with_what_leaves_them_out(desk: Desk) -> None:
    desk.to_review()
    desk.does("statement", "aurora", "we looked at it", "--as", "mara")
    assert "not meant" not in desk.does("audit", "export", "aurora", "-o", "public.pack").out
    desk.does("statement", "aurora", "the partner is not named", "--internal", "--as", "mara")

    result = desk.does("audit", "export", "aurora", "-o", "all.pack")
    assert "1 statement that is not meant for the public can be read in it: entry 12" in words(result.out)
    assert "hint: --withhold 12:rationale leaves it out" in words(result.err)
    page = desk.does("report", "aurora", "-o", "all.html")
    assert "1 statement that is not meant for the public can be read in it: entry 12" in words(page.out)
    assert "--withhold" in page.err

    left_out = desk.does("audit", "export", "aurora", "-o", "less.pack", "--withhold", "12:rationale")
    assert "not meant for the public" not in left_out.out
    page = desk("report", "--pack", "less.pack", "-o", "less.html")
    assert "written to less.html" in page.out
    assert "not meant for the public" not in page.out
