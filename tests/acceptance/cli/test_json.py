"""What scripts get: the library's own models, one document a command, described in docs/json.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_desk import PEOPLE, Desk, by
from json_reference import MODELS, reference

from workflow import Page

DOCUMENT = Path(__file__).parents[3] / "docs" / "json.md"


@pytest.fixture
def review(desk: Desk) -> Desk:
    desk.to_review()
    return desk


def paged(page: Page[Any, str]) -> dict[str, Any]:
    return {"items": [item.model_dump(mode="json") for item in page], "next": page.next}


def test_every_reading_command_gives_the_library_s_own_models(review: Desk) -> None:
    with review.engine() as engine:
        expected = {
            ("status", "aurora"): engine.status("aurora").model_dump(mode="json"),
            ("status", "aurora", "--as", "lee"): engine.status("aurora", actor="lee").model_dump(mode="json"),
            ("explain", "aurora", "publish", "--as", "lee"): engine.explain(
                "aurora", "publish", actor="lee"
            ).model_dump(mode="json")
            | {"asker": "lee", "may_call": True},
            ("explain", "aurora", "publish", "--no-hash"): engine.explain(
                "aurora", "publish", observe=False
            ).model_dump(mode="json")
            | {"asker": None, "may_call": None},
            ("inbox", "--as", "mara"): paged(engine.inbox("mara")),
            ("list",): paged(engine.list()),
            ("list", "--limit", "1"): paged(engine.list(limit=1)),
            ("history", "aurora"): [item.model_dump(mode="json") for item in engine.history("aurora", limit=20)],
            ("roster", "show"): engine.roster().model_dump(mode="json"),
            ("charter", "show"): [item.model_dump(mode="json") for item in engine.roster().charter],
            ("audit", "verify"): engine.audit().model_dump(mode="json"),
            ("audit", "prove", "3"): engine.prove_inclusion(3).model_dump(mode="json"),
            ("audit", "prove", "3", "--size", "5"): engine.prove_inclusion(3, 5).model_dump(mode="json"),
            ("audit", "prove", "--consistency", "3"): engine.prove_consistency(3).model_dump(mode="json"),
        }

    assert {args: review(*args, "--json").json for args in expected} == expected


def test_a_reviewer_s_status_differs_from_the_lead_s_only_in_who_asks(review: Desk) -> None:
    review.approve("mara")

    anybody, own = review("status", "aurora", "--json").json, review("status", "aurora", "--as", "jun", "--json").json

    assert own["actor_roles"] == ["safety"]
    assert {reason["code"] for reason in own["actor_can"]} == {"sign-offs-missing", "area-not-reviewed"}
    mine = {"actor", "actor_roles", "actor_can"}
    assert {key: anybody[key] for key in anybody.keys() - mine} == {key: own[key] for key in own.keys() - mine}


def test_a_changing_command_says_what_it_recorded(review: Desk) -> None:
    done = review("hold", "aurora", *by("jun"), "--json").json

    assert set(done) == {"entry", "at", "actor", "proof", "command_id", "replayed", "checkpoint", "events"}
    assert (done["actor"], done["events"][0]["type"]) == ("jun", "hold_placed")
    assert done["at"] == "2025-07-01T09:00:00Z"
    assert review("history", "--json").json[0]["entry"] == done["entry"]


def test_a_document_is_ascii_whatever_stands_in_the_ledger(review: Desk) -> None:
    review.does("hold", "aurora", *by("jun", "Łucja found a jailbreak"))

    result = review("history", "--json", encoding="cp1252")

    assert result.out.isascii()
    assert result.json[0]["texts"]["rationale"] == "Łucja found a jailbreak"


def test_processes_are_told_with_their_digests(desk: Desk) -> None:
    listed = {line["name"]: line for line in desk("process", "list", "--json").json["processes"]}
    shown = desk("process", "show", "small", "--json").json
    checked = desk("process", "check", "small.yaml", "--roster", "--json").json

    assert shown["digest"] == checked["digest"] == listed["small"]["digest"]
    assert (listed["small"]["exposure"], listed["small"]["ready_made"]) == ("weights", False)
    assert listed["open_weights"]["ready_made"]
    ((severity, field),) = [(finding["severity"], finding["field"]) for finding in checked["findings"]]
    assert (severity, field) == ("warning", "transitions.publish")
    assert {role["name"] for role in shown["process"]["roles"]} == {role for roles in PEOPLE.values() for role in roles}


def test_an_audit_that_fails_is_one_document_too(desk: Desk) -> None:
    (desk.directory / "holdfast.db").write_bytes(b"this is no database, and never was one" * 100)

    result = desk("audit", "verify", "--json")

    assert json.loads(result.out)["error"]["code"] == "storage"


def test_every_field_of_every_model_is_documented() -> None:
    text = DOCUMENT.read_text("utf-8")

    assert reference() in text
    assert all(f"`{field}`" in text for model in MODELS for field in model.model_fields)
