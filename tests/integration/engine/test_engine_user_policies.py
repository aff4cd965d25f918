"""A user's own policy runs only where it was allowed, and whatever it does wrong blocks."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, Lab, definition, refused
from workflow import DefinitionError, NotFound

OWN = "own_rules:Weather"
HOST = {"from": "review", "to": "hosted"}
SOURCE = """
    from typing import ClassVar

    from workflow.policy import GateContext, Need, Policy, Quorum, Reason, Verdict


    class Weather(Policy):
        rule: ClassVar[str] = "weather"
        behaviour: str = "asks"

        def describe(self) -> str:
            return "the weather is fair"

        def quorums(self) -> tuple[Quorum, ...]:
            return (Quorum("safety", 3),) if self.behaviour == "demands" else ()

        def areas_named(self) -> tuple[str, ...]:
            return ("storms",)

        def needs(self, context: GateContext) -> tuple[Need, ...]:
            return (Need(kind="sky", params={"where": "here"}),)

        def evaluate(self, context: GateContext) -> Verdict:
            if self.behaviour == "crashes":
                raise RuntimeError("lightning")
            if self.behaviour == "answers nothing":
                return None
            sky = context.observation(self.needs(context)[0]).ok
            if sky["colour"] == "blue":
                return self.allow()
            return self.block(Reason(kind="no", code="foul", text=f"the sky is {sky['colour']}"))
"""


class Sky:
    """Looks at the sky, which is as a test wants it."""

    def __init__(self) -> None:
        self.answer: Any = {"colour": "blue"}

    def __call__(self, params: Mapping[str, Any]) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def sky() -> Sky:
    return Sky()


@pytest.fixture
def lab(tmp_path: Path, sky: Sky, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """People, and a module with a policy of their own."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "own_rules.py").write_text(dedent(SOURCE))
    monkeypatch.syspath_prepend(modules)
    lab = Lab(tmp_path, policies=[OWN], observers={"sky": sky}).people()
    yield lab
    lab.close()
    sys.modules.pop("own_rules", None)


def in_review(lab: Lab, behaviour: str = "asks") -> Lab:
    lab.allow(lab.load(host={**HOST, "gate": [CALLED_BY_LEAD, {OWN: {"behaviour": behaviour}}]}))
    return lab.in_review()


def test_it_decides_over_what_was_observed_and_the_audit_decides_it_again(lab: Lab, sky: Sky) -> None:
    in_review(lab)
    sky.answer = {"colour": "grey"}
    with refused("gate-denied") as caught:
        lab.advance("host")
    assert "the sky is grey" in caught.value.message

    sky.answer = {"colour": "blue"}
    lab.advance("host")

    sky.answer = {"colour": "grey"}
    lab.audited()


@pytest.mark.parametrize(
    ("behaviour", "told"), [("crashes", "RuntimeError: lightning"), ("answers nothing", "answered with NoneType")]
)
def test_one_that_fails_blocks_and_says_so(lab: Lab, behaviour: str, told: str) -> None:
    in_review(lab, behaviour)

    with refused("policy-errored", "error") as caught:
        lab.advance("host")

    assert told in caught.value.message
    lab.audited()


@pytest.mark.parametrize(
    "answer",
    [
        RuntimeError("no window"),
        NotFound("no sky"),
        {"colour": 0.5},
        {"colour": "cafe\u0301"},
        ["blue"],
        None,
        {1: "blue"},
    ],
    ids=repr,
)
def test_what_cannot_be_looked_at_or_kept_blocks_and_is_on_record(lab: Lab, sky: Sky, answer: Any) -> None:
    in_review(lab)
    sky.answer = answer

    with refused("policy-errored", "error"):
        lab.advance("host")

    assert lab.stage() == "review"
    lab.audited()


def test_without_an_observer_there_is_nothing_to_decide_on(lab: Lab) -> None:
    in_review(lab)
    blind = lab.open(observers={})

    with refused("policy-errored", "error") as caught:
        blind.advance("aurora", "host", actor="lee", rationale="the weather is fair")
    assert "nothing here can observe sky" in caught.value.message


def test_it_is_not_imported_where_it_was_not_allowed(lab: Lab) -> None:
    sys.modules.pop("own_rules", None)
    stranger = lab.open(policies=[])

    with pytest.raises(DefinitionError, match="not allowed here"):
        stranger.load_process(json.dumps(definition(host={**HOST, "gate": [CALLED_BY_LEAD, OWN]}), indent=1))
    assert "own_rules" not in sys.modules


def test_an_engine_that_was_not_told_to_trust_it_lets_nothing_through(lab: Lab) -> None:
    in_review(lab)
    stranger = lab.open(policies=[])

    with refused("policy-errored", "error"):
        stranger.advance("aurora", "host", actor="lee", rationale="the weather is fair")
    assert lab.stage() == "review"


def test_when_its_source_has_changed_it_blocks(lab: Lab) -> None:
    in_review(lab)
    source = lab.directory / "modules" / "own_rules.py"
    source.write_text(source.read_text() + "\n# kinder from now on\n")

    with refused("policy-errored", "error") as caught:
        lab.open().advance("aurora", "host", actor="lee", rationale="the weather is fair")

    assert "not the one that the process was loaded with" in caught.value.message


def test_an_audit_that_does_not_trust_it_is_incomplete_and_never_ok(lab: Lab) -> None:
    in_review(lab)
    lab.advance("host")
    lab.audited()

    report = lab.open(policies=[]).audit()

    assert (report.outcome, report.problems) == ("incomplete", ())
    assert len(report.not_recomputed) == 1
    assert f"{OWN} was recorded and not run again: the policy {OWN} is not allowed here" in report.not_recomputed[0]
    assert f'policies = ["{OWN}"]' in report.not_recomputed[0]
    verdicts = lab.open(policies=[]).explain("aurora", "host").verdicts
    assert any(f'policies = ["{OWN}"]' in reason.text for verdict in verdicts for reason in verdict.reasons)


def test_what_it_demands_of_roles_and_areas_makes_no_untrusting_audit_fail(lab: Lab) -> None:
    in_review(lab, "demands")
    lab.hold("mara", "safety")
    for person in ("jun", "priya", "both"):
        lab.lift("H1", person, "safety")
    lab.tick().review("aurora", "storms", "unclear", role="safety", actor="mara", rationale="it may rain")
    lab.audited()

    report = lab.open(policies=[]).audit()

    assert (report.outcome, report.problems) == ("incomplete", ())
