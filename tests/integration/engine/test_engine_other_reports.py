"""Reports of other tools at a gate: results of lm-evaluation-harness, this project's own format, documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, Lab, made, refused
from tests.support.reports import as_json, lm_eval_group, lm_eval_results, own_report
from workflow import InvalidInput

HARNESS: dict[str, Any] = {"kind": "lm_eval", "name": "wmdp", "metric": "none/acc", "at_most": "0.35"}
VERSION: dict[str, Any] = {"kind": "lm_eval", "name": "wmdp", "metric": "task/version", "at_least": 1}
OWN: dict[str, Any] = {"kind": "report", "name": "bio_uplift", "metric": "accuracy", "at_most": "0.32"}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """``aurora`` in review, before a gate that wants results of the harness and a report of the lab's own."""
    lab = Lab.with_people(tmp_path)
    gate = [CALLED_BY_LEAD, {"evidence": HARNESS}, {"evidence": VERSION}, {"evidence": OWN}]
    lab.allow(lab.load(host={"from": "review", "to": "hosted", "gate": gate}))
    lab.in_review()
    yield lab
    lab.audited()
    lab.close()


def file(lab: Lab, name: str, value: Any) -> Path:
    path = lab.directory / name
    path.write_bytes(as_json(value))
    return path


def results(lab: Lab, accuracy: float, states: bool = True, **changes: Any) -> Path:
    said = lm_eval_results(lab.candidate() if states else None, **{"results__wmdp__acc,none": accuracy}, **changes)
    return file(lab, f"results_{accuracy}.json", said)


def test_reports_of_both_kinds_let_it_pass(lab: Lab) -> None:
    assert lab.blocking("host") == {"no-report"}
    lab.attach(results(lab, 0.3))
    lab.attach(file(lab, "bio.json", own_report(candidate=lab.candidate())))

    lab.advance("host")

    assert lab.stage() == "hosted"


def test_the_worst_results_decide_and_a_lucky_run_changes_nothing(lab: Lab) -> None:
    lab.attach(file(lab, "bio.json", own_report(candidate=lab.candidate())))
    for accuracy in (0.4, 0.2):
        lab.attach(results(lab, accuracy))

    with refused("gate-denied") as caught:
        lab.advance("host")
    assert "E2 says 0.4 > 0.35" in caught.value.message


def test_results_of_an_older_version_of_the_task_do_not_pass_where_another_is_asked_for(lab: Lab) -> None:
    lab.attach(results(lab, 0.3, versions={"wmdp": 0}))

    assert "bound-not-met" in lab.blocking("host")


def test_a_run_under_a_limit_decides_nothing(lab: Lab) -> None:
    lab.attach(file(lab, "bio.json", own_report(candidate=lab.candidate())))
    lab.attach(results(lab, 0.1, config__limit=10))

    assert lab.blocking("host") == {"inconclusive"}


def test_what_only_somebody_declares_does_not_stand_for_what_says_so_itself(lab: Lab) -> None:
    lab.attach(file(lab, "bio.json", own_report(candidate=...)), declare_as="lead")
    lab.attach(results(lab, 0.3, states=False), declare_as="lead")

    assert lab.blocking("host") == {"not-stated"}
    verdicts = lab.engine.explain("aurora", "host").verdicts
    remedies = " ".join(reason.remedy or "" for verdict in verdicts for reason in verdict.reasons)
    assert f'"holdfast_candidate": "{lab.candidate()}"' in remedies
    assert f"its field candidate is {lab.candidate()}" in remedies


def test_each_task_of_a_file_is_attached_once(lab: Lab) -> None:
    path = file(lab, "results_group.json", lm_eval_group(lab.candidate()))
    with pytest.raises(InvalidInput, match="nobody said of which"):
        lab.attach(path)
    for name in ("wmdp", "wmdp_bio"):
        lab.attach(path, name=name)

    with pytest.raises(InvalidInput, match="attached already"):
        lab.attach(path, name="wmdp_bio")
    found = [item.name for item in lab.engine.status("aurora").evidence]
    assert found == ["wmdp", "wmdp_bio"]


def test_a_document_is_kept_under_its_name_and_can_be_cited(lab: Lab) -> None:
    path = file(lab, "red-team.json", {"findings": []})
    assert lab.attach(path, kind="document", name="red_team", declare_as="lead") == "E1"
    requirement = made(
        lab.tick().require("aurora", "a red team", role="safety", discharged_by="safety", actor="jun", rationale=WHY)
    )

    lab.tick().discharge("aurora", requirement, role="safety", evidence=["E1"], actor="mara", rationale=WHY)

    assert lab.engine.status("aurora").evidence[0].kind == "document"
