"""Reports that are laid before a gate: the worst decides, until somebody answers for setting it aside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, Lab, refused
from workflow import InvalidInput, NotFound

BIO: dict[str, Any] = {"name": "bio_uplift", "metric": "accuracy", "at_most": "0.25", "max_age": "90d"}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """``aurora`` in review, before a gate that wants reports which name the candidate themselves."""
    lab = Lab.with_people(tmp_path)
    lab.allow(lab.load(host={"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, {"evidence": BIO}]}))
    lab.in_review()
    yield lab
    lab.audited()
    lab.close()


def stated(lab: Lab, accuracy: float, run: str = "1") -> str:
    return lab.attach(lab.log(accuracy=accuracy, run=run, states=lab.candidate()))


def test_a_report_that_meets_the_bound_lets_it_pass(lab: Lab) -> None:
    assert lab.blocking("host") == {"no-report"}

    stated(lab, 0.18)

    lab.advance("host")
    assert lab.stage() == "hosted"


def test_running_again_until_lucky_does_not_pass(lab: Lab) -> None:
    stated(lab, 0.31, "1")
    for run in ("2", "3"):
        stated(lab, 0.1, run)

    with refused("gate-denied") as caught:
        lab.advance("host")
    assert "E1 says 0.31 > 0.25" in caught.value.message


def test_the_worst_report_counts_until_somebody_answers_for_setting_it_aside(lab: Lab) -> None:
    worst = stated(lab, 0.31, "1")
    stated(lab, 0.18, "2")

    lab.tick().set_aside("aurora", worst, role="safety", actor="mara", rationale="the grader was broken in that run")

    assert lab.blocking("host") == set()
    history = lab.engine.history("aurora", limit=1)[0]
    assert (history.actor, history.texts["rationale"]) == ("mara", "the grader was broken in that run")


@pytest.mark.parametrize(
    ("person", "role", "reason"),
    [
        ("max", "safety", "excluded"),
        ("kim", "safety", "excluded"),
        ("ivy", "legal", "no-role"),
        ("mara", "security", "no-role"),
    ],
)
def test_it_is_set_aside_by_a_role_with_a_veto_and_under_the_exclusions(
    lab: Lab, person: str, role: str, reason: str
) -> None:
    lab.advance("return")
    lab.advance("submit", by="max")
    worst = stated(lab, 0.31)

    with refused(reason):
        lab.tick().set_aside("aurora", worst, role=role, actor=person, rationale=WHY)
    assert lab.blocking("host") == {"bound-not-met"}


def test_it_is_set_aside_once(lab: Lab) -> None:
    worst = stated(lab, 0.31)
    lab.tick().set_aside("aurora", worst, role="safety", actor="mara", rationale=WHY)

    with pytest.raises(InvalidInput, match="was set aside already"):
        lab.tick().set_aside("aurora", worst, role="safety", actor="jun", rationale=WHY)
    with pytest.raises(NotFound, match="no evidence E9"):
        lab.tick().set_aside("aurora", "E9", role="safety", actor="jun", rationale=WHY)


def test_a_report_that_somebody_declared_does_not_stand_for_one_that_says_so_itself(lab: Lab) -> None:
    lab.attach(lab.log(accuracy=0.18), declare_as="lead")

    assert lab.blocking("host") == {"not-stated"}
    with refused("gate-denied", "open"):
        lab.advance("host")


def test_a_declared_report_that_breaks_the_bound_blocks_all_the_same(lab: Lab) -> None:
    lab.attach(lab.log(accuracy=0.31, run="1"), declare_as="lead")
    stated(lab, 0.1, "2")

    assert lab.blocking("host") == {"bound-not-met"}


def test_a_report_that_names_no_candidate_has_to_be_declared_in_a_role_that_one_holds(lab: Lab) -> None:
    with pytest.raises(InvalidInput, match="somebody has to declare it") as caught:
        lab.attach(lab.log())
    assert caught.value.remedy == "name the role you declare it in: --declare-as ROLE"
    with refused("no-role"):
        lab.attach(lab.log(), declare_as="safety")


def test_a_report_on_other_bytes_says_nothing_of_these(lab: Lab) -> None:
    stated(lab, 0.18)
    lab.replace(lab.model("second"))

    assert lab.blocking("host") == {"no-report"}


def test_a_report_on_bytes_that_the_release_never_had_is_not_taken(lab: Lab) -> None:
    with pytest.raises(InvalidInput, match="which this release never had"):
        lab.attach(lab.log(states="0" * 64))


def test_a_report_on_earlier_bytes_is_taken_for_those(lab: Lab) -> None:
    old = lab.candidate()
    lab.replace(lab.model("second"))

    lab.attach(lab.log(accuracy=0.31, states=old))

    evidence = lab.engine.status("aurora").evidence[0]
    assert (evidence.candidate, evidence.current) == (old, False)
    assert lab.blocking("host") == {"no-report"}


def test_the_very_same_file_is_attached_once(lab: Lab) -> None:
    path = lab.log(states=lab.candidate())
    lab.attach(path)

    with pytest.raises(InvalidInput, match="attached already"):
        lab.attach(path)


def test_a_report_grows_too_old(lab: Lab) -> None:
    stated(lab, 0.18)
    lab.clock.forward("89d")
    assert lab.blocking("host") == set()

    lab.clock.forward("1d")

    assert lab.blocking("host") == {"too-old"}


def test_no_report_is_as_open_as_one_that_was_not_finished(lab: Lab) -> None:
    path = lab.log(states=lab.candidate())
    path.write_text(path.read_text().replace('"success"', '"cancelled"'))
    lab.attach(path)

    assert lab.blocking("host") == {"inconclusive"}


@pytest.mark.parametrize(
    ("content", "message"), [("", "neither an Inspect log nor any JSON"), ("{}", "no Inspect log")]
)
def test_a_damaged_log_is_refused_and_not_recorded(lab: Lab, content: str, message: str) -> None:
    path = lab.log()
    path.write_text(content)
    before = lab.entries()

    with pytest.raises(InvalidInput, match=message):
        lab.attach(path, declare_as="lead")
    assert lab.entries() == before


def test_a_file_that_is_not_there_is_named(lab: Lab) -> None:
    with pytest.raises(NotFound, match="no file"):
        lab.attach(lab.directory / "nothing.json")


def test_a_filename_in_another_unicode_form_is_refused_as_input(lab: Lab) -> None:
    path = lab.log().rename(lab.directory / "re\u0301sume\u0301.json")

    with pytest.raises(InvalidInput, match="cannot be recorded"):
        lab.attach(path, declare_as="lead")


def test_what_was_attached_is_kept(lab: Lab) -> None:
    path = lab.log(states=lab.candidate())
    lab.attach(path)
    path.unlink()

    lab.audited()
    assert lab.engine.status("aurora").evidence[0].filename == path.name
