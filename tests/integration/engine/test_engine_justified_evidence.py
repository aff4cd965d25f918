"""Reports on ancestors: they count for a descendant only by the word of somebody who answers for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import CALLED_BY_LEAD, TWO_OF_SAFETY, WHY, Lab, refused
from workflow import InvalidInput, NotFound, Outcome

BIO: dict[str, Any] = {"name": "bio_uplift", "metric": "accuracy", "at_most": "0.25", "depends_on": ["weights"]}
HOST: dict[str, Any] = {"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, TWO_OF_SAFETY, {"evidence": BIO}]}
FILES = {"tokenizer__json": "{}"}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Keyed]:
    """``aurora`` with a good report in review, and ``tiny``, quantized from it, in review without one."""
    lab = Keyed.staffed(tmp_path)
    lab.allow(lab.signed(host=HOST))
    lab.in_review(path=lab.model("model", model__safetensors="weights", **FILES))
    lab.attach(lab.log(accuracy=0.18, states=lab.candidate()))
    lab.in_review(
        "tiny",
        path=lab.model("tiny", model__safetensors="fewer bits", **FILES),
        derived_from=["aurora"],
        variant="quantized",
    )
    yield lab
    lab.audited()
    lab.close()


def justify(
    lab: Lab,
    person: str = "mara",
    role: str = "safety",
    *,
    slug: str = "tiny",
    source: str = "aurora",
    subject: str = "E1",
) -> Outcome:
    return lab.tick().justify(slug, source, subject, role=role, actor=person, rationale=WHY)


def facts(lab: Lab, label: str, slug: str = "tiny") -> list[str]:
    answer = lab.engine.explain(slug, "host", observe=False)
    return [fact.text for verdict in answer.verdicts for fact in verdict.facts if fact.label == label]


def codes(lab: Lab, slug: str = "tiny") -> set[str]:
    return lab.blocking("host", slug) - {"sign-offs-missing"}


def test_a_quantized_descendant_passes_on_its_parent_s_report_once_somebody_answers_for_it(lab: Keyed) -> None:
    assert codes(lab) == {"no-report"}
    assert facts(lab, "ignored")[0].endswith("holdfast justify tiny aurora/E1")

    entry = justify(lab).entry

    assert facts(lab, "justified") == [
        f"aurora/E1 by mara, entry {entry}: tokenizer same, weights changed; it depends on weights"
    ]
    for person in ("mara", "jun"):
        lab.sign(person, "host", slug="tiny")
    lab.advance("host", "tiny")
    assert lab.stage("tiny") == "hosted"


def test_what_it_rests_on_is_recorded_with_what_became_of_each_component(lab: Keyed) -> None:
    event = justify(lab).events[0]

    assert event.type == "evidence_justified"
    assert (event.source, event.subject, event.made_for) == ("aurora", "E1", lab.candidate("aurora"))
    assert event.difference == {"tokenizer": "same", "weights": "changed"}
    assert event.binding.candidate == lab.candidate("tiny")
    assert lab.engine.history("tiny", limit=1)[0].proof == "sshsig"


def test_a_report_on_the_candidate_before_counts_by_a_justification_in_the_same_release(lab: Keyed) -> None:
    lab.replace(lab.model("second", model__safetensors="better weights", **FILES))
    assert codes(lab, "aurora") == {"no-report"}

    justify(lab, slug="aurora")

    assert codes(lab, "aurora") == set()


def test_a_bad_report_on_an_ancestor_counts_against_nobody_who_did_not_ask_for_it(lab: Keyed) -> None:
    lab.attach(lab.log(accuracy=0.31, run="2", states=lab.candidate("aurora")))
    justify(lab)
    assert codes(lab) == set()

    justify(lab, subject="E2")

    assert codes(lab) == {"bound-not-met"}


def test_it_counts_for_exactly_this_candidate(lab: Keyed) -> None:
    justify(lab)

    lab.replace(lab.model("tinier", model__safetensors="one bit", **FILES), "tiny")

    assert codes(lab) == {"no-report"}


def test_a_report_set_aside_in_its_own_release_counts_in_no_other(lab: Keyed) -> None:
    justify(lab)

    lab.tick().set_aside("aurora", "E1", role="safety", actor="jun", rationale="the grader was broken")

    assert codes(lab) == {"no-report"}
    with pytest.raises(InvalidInput, match="was set aside"):
        justify(lab, "jun")


@pytest.mark.parametrize("what", ["comes", "goes"])
def test_approvals_end_when_a_justification_comes_or_goes(lab: Keyed, what: str) -> None:
    if what == "goes":
        justify(lab)
    for person in ("mara", "jun"):
        lab.sign(person, "host", slug="tiny")
    assert "sign-offs-missing" not in lab.blocking("host", "tiny")

    if what == "goes":
        lab.tick().set_aside("aurora", "E1", role="safety", actor="jun", rationale=WHY)
    else:
        justify(lab)

    assert lab.ignored("safety", "host", "tiny") == [
        "mara (what it rests on has changed since)",
        "jun (what it rests on has changed since)",
    ]


def test_whoever_signed_before_is_told_that_a_report_was_justified_since(lab: Keyed) -> None:
    lab.sign("jun", "host", slug="tiny")
    entry = justify(lab).entry

    told = lab.engine.changed("tiny", "host", "jun")

    assert told is not None and len(told) == 1
    assert told[0].startswith("new: report aurora/E1 (")
    assert told[0].endswith(f"on an ancestor, justified in entry {entry}, counts")


def test_it_holds_only_as_long_as_its_maker_s_key_does(lab: Keyed) -> None:
    justify(lab)
    key = lab.hands["mara"].fingerprint

    lab.tick().suspend_key(key, actor="ana", rationale="she lost her laptop")

    assert codes(lab) == {"justification-lapsed"}
    justify(lab, "jun")
    assert codes(lab) == set()


def test_the_fall_of_a_key_takes_away_what_a_bad_report_supports_and_not_what_it_blocks(lab: Keyed) -> None:
    lab.attach(lab.log(accuracy=0.31, run="2", states=lab.candidate("aurora")))
    lab.attach(lab.log(accuracy=0.1, run="3", states=lab.candidate("tiny")), "tiny")
    justify(lab, subject="E2")

    lab.tick().suspend_key(lab.hands["mara"].fingerprint, actor="ana", rationale=WHY)

    assert codes(lab) == {"bound-not-met"}


def test_somebody_else_answers_where_the_first_word_lapsed(lab: Keyed) -> None:
    justify(lab)
    lab.leave("mara")
    assert codes(lab) == {"justification-lapsed"}

    answer = lab.engine.explain("tiny", "host", observe=False)
    who = next(
        reason.who for verdict in answer.blockers for reason in verdict.reasons if reason.code == "justification-lapsed"
    )
    assert "jun" in who and not {"mara", "kim", "lee", "ivy"} & set(who)
    justify(lab, "jun")
    assert codes(lab) == set()


@pytest.mark.parametrize(
    ("person", "role", "reason"),
    [
        ("kim", "safety", "excluded"),
        ("max", "safety", "excluded"),
        ("ivy", "legal", "no-role"),
        ("mara", "security", "no-role"),
    ],
)
def test_it_takes_a_role_with_a_veto_and_nobody_excluded(lab: Keyed, person: str, role: str, reason: str) -> None:
    lab.advance("return", "tiny")
    lab.advance("submit", "tiny", by="max")

    with refused(reason):
        justify(lab, person, role)
    assert codes(lab) == {"no-report"}


def test_a_claim_does_not_do_where_acts_are_signed(lab: Keyed) -> None:
    claimed = lab.open()

    with refused("unsigned"):
        claimed.justify("tiny", "aurora", "E1", role="safety", actor="mara", rationale=WHY)


def test_only_a_report_on_an_ancestor_is_justified(lab: Keyed) -> None:
    lab.attach(lab.log(accuracy=0.1, run="2", states=lab.candidate("tiny")), "tiny")

    with pytest.raises(InvalidInput, match="which is the present candidate"):
        justify(lab, source="tiny")
    with pytest.raises(InvalidInput, match="which is no ancestor of it"):
        justify(lab, slug="aurora", source="tiny")


def test_a_descendant_s_report_says_nothing_of_its_parent(lab: Keyed) -> None:
    lab.attach(lab.log(accuracy=0.31, run="2", states=lab.candidate("tiny")), "tiny")

    assert codes(lab, "aurora") == set()
    assert facts(lab, "ignored", "aurora") == []


def test_a_release_that_is_no_relative_has_nothing_to_justify(lab: Keyed) -> None:
    lab.in_review("stranger", path=lab.model("stranger"))

    with pytest.raises(NotFound, match="stranger is no relative of tiny"):
        justify(lab, source="stranger")
    with pytest.raises(NotFound, match="no evidence E9"):
        justify(lab, subject="E9")


def test_somebody_answers_once_for_one_report(lab: Keyed) -> None:
    entry = justify(lab).entry

    with pytest.raises(InvalidInput, match=f"answered for E1 here already, entry {entry}"):
        justify(lab)
    justify(lab, "jun")
    assert len(facts(lab, "justified")) == 2


def test_files_started_anew_do_not_bring_a_word_along_that_was_given_for_another_release(lab: Keyed) -> None:
    justify(lab)

    lab.in_review("again", path=lab.directory / "tiny", derived_from=["aurora"])

    assert codes(lab, "again") == {"justification-lapsed"}


def test_a_declaration_that_nobody_signed_supports_nothing_where_acts_are_signed(tmp_path: Path) -> None:
    lab = Keyed.staffed(tmp_path)
    declared = {**BIO, "candidate": "declared"}
    gate = {**HOST, "gate": [CALLED_BY_LEAD, {"evidence": declared}]}
    lab.allow(lab.load(host=gate, name="loose"))
    lab.allow(lab.signed(host=gate))
    lab.in_review(process="loose", path=lab.model("model", model__safetensors="weights", **FILES))
    lab.open().attach("aurora", lab.log(accuracy=0.18), declare_as="lead", actor="lee", rationale=WHY)
    assert lab.blocking("host") == set()
    lab.in_review("tiny", path=lab.model("tiny", model__safetensors="bits", **FILES), derived_from=["aurora"])

    justify(lab)

    assert lab.blocking("host", "tiny") == {"declaration-unsound"}
    lab.audited()
    lab.close()


def test_the_history_says_what_was_answered_for_and_what_changed(lab: Keyed) -> None:
    justify(lab)

    (sentence,) = lab.engine.history("tiny", limit=1)[0].summary
    made_for = lab.candidate("aurora")[:12]
    assert sentence.startswith(f"answered as safety for letting E1 of aurora, made for {made_for}, count here")
    assert sentence.endswith("(tokenizer same, weights changed)")
