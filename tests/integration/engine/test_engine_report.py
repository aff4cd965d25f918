"""What the report of a release says, by what happened to it."""

from __future__ import annotations

import re

import pytest

from tests.integration.engine.lab import ADMINISTRATOR, PUBLISH, WHY, Lab, definition
from workflow import NotFound, Refused
from workflow.report import Report, as_html

BOUND = {
    "evidence": {"kind": "inspect", "name": "bio_uplift", "metric": "accuracy", "at_most": "0.25", "confidence": "0.95"}
}


def report(lab: Lab, slug: str = "aurora") -> Report:
    return lab.engine.report(slug)


def fates(lab: Lab) -> dict[str, str]:
    return {item.id: item.fate for item in report(lab).sign_offs}


def fate(lab: Lab, sign_off: str) -> str:
    return next(item.fate_text for item in report(lab).sign_offs if item.id == sign_off)


def kinds(found: Report) -> list[str]:
    return [item.kind for item in found.exceptions if item.kind != "claims only"]


def released(lab: Lab) -> Lab:
    lab.approve_publish()
    lab.advance("publish")
    return lab


# The word.


def test_a_release_that_was_just_started_is_blocked_or_waits(lab: Lab) -> None:
    lab.start()

    found = report(lab)

    assert found.summary.word in ("allowed", "waiting")
    assert (found.moves, found.gates, found.sign_offs, found.signers) == ((), (), (), ())
    assert "Nothing has left." in found.summary.text


def test_a_release_waits_as_long_as_nobody_said_no(review: Lab) -> None:
    assert report(review).summary.word == "waiting"


def test_a_refusal_goes_before_a_hold_and_a_hold_before_what_is_open(review: Lab) -> None:
    hold = review.hold()
    assert report(review).summary.word == "held"

    rejected = review.reject("mara")
    assert report(review).summary.word == "refused"
    assert "mara as safety" in report(review).summary.text

    review.take_back(rejected, "mara")
    review.lift(hold, "sam", "security")
    assert report(review).summary.word == "waiting"


def test_a_release_is_released_by_the_move_that_let_it_out(review: Lab) -> None:
    released(review)

    found = report(review)

    assert (found.summary.word, found.summary.entry) == ("released", found.moves[-1].entry)
    assert found.moves[-1].irreversible
    assert [(item.person, item.role) for item in found.signers] == [
        ("mara", "safety"),
        ("jun", "safety"),
        ("sam", "security"),
    ]


def test_a_withdrawn_release_says_whether_it_had_been_out(review: Lab) -> None:
    review.advance("withdraw")
    assert report(review).summary.text.endswith("and never left.")

    review.in_review("beta", path=review.model("other"))
    review.approve_publish("beta")
    review.advance("publish", "beta")
    review.advance("withdraw", "beta")
    assert report(review, "beta").summary.text.endswith("it had been out, and copies persist.")


def test_a_release_that_was_switched_off_again_does_not_count_as_never_out(review: Lab) -> None:
    for person in ("mara", "jun"):
        review.sign(person, "host")
    review.advance("host")
    assert "people outside use the model" in report(review).summary.text

    review.advance("pull", by="sam")
    assert report(review).summary.text.endswith("It had been out up to hosted, and is not now.")


def test_there_is_no_report_of_what_is_not_there(lab: Lab) -> None:
    with pytest.raises(NotFound, match="no release 'nothing'"):
        lab.engine.report("nothing")


# Who decided what, and what became of it.


def test_an_approval_that_a_gate_counted_is_counted_and_no_other(review: Lab) -> None:
    review.sign("priya", "publish")
    released(review)

    found = report(review)

    assert fates(review) == {"S1": "counted", "S2": "counted", "S3": "stale", "S4": "counted"}
    assert f"counted when `publish` was made, entry {found.moves[-1].entry}" == fate(review, "S1")


def test_an_approval_that_counts_now_says_so(review: Lab) -> None:
    review.sign("mara", "publish")

    assert fates(review) == {"S1": "counts"}
    assert [item.person for item in report(review).signers] == ["mara"]


def test_a_replaced_candidate_makes_approvals_stale_and_the_entry_is_named(review: Lab) -> None:
    review.sign("mara", "publish")
    replaced = review.replace(review.model("other"))

    assert fates(review) == {"S1": "stale"}
    assert f"the candidate was replaced, entry {replaced.entry}" in fate(review, "S1")


def test_a_move_back_makes_approvals_stale(review: Lab) -> None:
    review.sign("mara", "publish")
    moved = review.advance("return")

    assert f"`return` was made, entry {moved.entry}" in fate(review, "S1")


def test_a_report_that_came_later_makes_approvals_stale_within_the_round(lab: Lab) -> None:
    lab.allow(lab.load(*PUBLISH, BOUND, name="bound"))
    lab.in_review(process="bound")
    lab.sign("mara", "publish")
    lab.attach(lab.log(states=lab.candidate()))
    entry = lab.engine.history(limit=1)[0].entry

    assert fates(lab) == {"S1": "stale"}
    blob = report(lab).status.evidence[0].blob[:12]
    assert fate(lab, "S1") == f"what it rests on changed, entry {entry}: new: report E1 ({blob}) counts"


def test_a_withdrawn_approval_is_withdrawn_and_a_refusal_stands_until_it_is_taken_back(review: Lab) -> None:
    approved, rejected = review.sign("mara", "publish"), review.reject("jun")
    review.take_back(approved, "mara")
    assert fates(review) == {approved: "withdrawn", rejected: "standing"}

    review.take_back(rejected, "jun")
    assert fates(review)[rejected] == "withdrawn"
    (refusal,) = report(review).dissent
    assert (refusal.by, refusal.standing, [word.what for word in refusal.words]) == ("jun", False, ["withdrawal"])


def test_how_long_was_looked_is_counted_from_the_last_change(review: Lab) -> None:
    review.clock.forward("3h")
    review.sign("mara", "publish")

    (made,) = report(review).sign_offs
    assert made.review_seconds is not None
    assert 3 * 3600 <= made.review_seconds <= 3 * 3600 + 5


# Gates, and what departs from the plain course.


def test_every_attempt_is_there_with_its_verdicts_as_they_were(review: Lab) -> None:
    with pytest.raises(Refused) as refused:
        review.advance("publish")
    released(review)

    submitted, tried, crossed = report(review).gates
    assert (submitted.crossed, tried.crossed, crossed.crossed) == (True, False, True)
    assert tried.verdicts == refused.value.verdicts
    assert (tried.entry, crossed.irreversible) == (refused.value.entry, True)
    assert all(verdict.allow for verdict in crossed.verdicts)


def test_other_refused_commands_are_told_too(review: Lab) -> None:
    with pytest.raises(Refused):
        review.sign("kim", "publish")

    (refused,) = report(review).refusals
    assert (refused.by, refused.command, "author" in refused.message) == ("kim", "sign", True)


def test_the_reason_of_what_was_refused_is_told_with_what_it_was_aimed_at(review: Lab) -> None:
    with pytest.raises(Refused):
        review.advance("publish")
    rejected = review.reject("mara")
    with pytest.raises(Refused):
        review.answer(rejected, "jun")

    found = report(review)

    assert [gate.reason for gate in found.gates] == [WHY, WHY]
    (refused,) = found.refusals
    assert (refused.subject, refused.text) == (rejected, WHY)
    assert found.dissent[0].attempts == (refused,)
    page = as_html(found)
    assert page.index("What was tried against it, and refused") < page.index("Exceptions and overrides</h2>")


# What stands against it.


def test_a_release_against_which_something_stands_is_contested_whatever_let_it_out(review: Lab) -> None:
    released(review)
    assert report(review).summary.word == "released"
    assert report(review).against == ()

    review.in_review("twin")
    rejected = review.reject("mara", slug="twin")
    hold = review.hold()

    found = report(review)
    assert (found.summary.word, found.summary.entry) == ("released, contested", found.moves[-1].entry)
    assert [(item.kind, item.id, item.by) for item in found.against] == [
        ("refusal", f"twin/{rejected}", "mara"),
        ("hold", hold, "sam"),
    ]
    assert f"the refusal twin/{rejected} of mara, entry {found.against[0].entry}; the hold {hold}" in found.summary.text
    page = as_html(found)
    assert 'class="verdict wait"' in page and "Released, and contested" in page
    assert "Dissent (2 stand, 0 ended)" in page

    review.take_back(rejected, "mara", "twin")
    review.lift(hold, "sam", "security")
    found = report(review)
    assert (found.summary.word, found.against) == ("released", ())
    assert 'class="verdict good"' in as_html(found) and "Dissent (0 stand, 2 ended)" in as_html(found)


def test_a_refusal_of_a_step_further_than_it_is_out_is_shown_and_does_not_contest_that(lab: Lab) -> None:
    served = definition(name="served")
    del served["stages"]["public"], served["transitions"]["publish"]
    served["transitions"]["withdraw"]["from"].remove("public")
    lab.allow(lab.read(served))
    lab.in_review(process="served")
    for person in ("mara", "jun"):
        lab.sign(person, "host")
    lab.advance("host")
    lab.in_review("twin", process="lab")
    lab.reject("mara", "publish", slug="twin")

    found = report(lab)

    assert [item.id for item in found.against] == ["twin/S1"]
    assert found.summary.word == "released"
    assert "Dissent (1 stands, 0 ended)" in as_html(found)


def test_a_refusal_that_its_maker_took_back_is_told_from_one_that_others_answered(review: Lab) -> None:
    own, answered = review.reject("mara"), review.reject("noor", "publish", "legal")
    review.take_back(own, "mara")
    ended = review.answer(answered, "ivy")

    found = report(review)

    assert [(item.fate, item.ended_by) for item in found.dissent] == [("taken back", ("mara",)), ("answered", ("ivy",))]
    assert found.dissent[1].ended == ended.entry
    assert fates(review) == {own: "withdrawn", answered: "answered"}
    assert fate(review, answered) == f"answered by ivy, entry {ended.entry}"
    page = as_html(found)
    assert "Taken back by its maker" in page and "Answered by others" in page and "No longer stands" not in page


def test_what_became_of_a_refusal_of_a_relative_is_told_with_the_words_that_were_said_there(review: Lab) -> None:
    review.in_review("twin")
    rejected = review.reject("mara", slug="twin")
    with pytest.raises(Refused):
        review.answer(rejected, "jun", "twin")
    review.take_back(rejected, "mara", "twin")

    (told,) = report(review).dissent

    assert (told.id, told.fate) == (f"twin/{rejected}", "taken back")
    assert [word.what for word in told.words] == ["withdrawal"]
    assert [(attempt.by, attempt.text) for attempt in told.attempts] == [("jun", WHY)]


def test_a_latecomer_is_told_with_the_entry_since_which_they_count(review: Lab) -> None:
    review.engine.add_person("zoe", roles=["security"], actor=ADMINISTRATOR, rationale=WHY)
    admitted = review.tick().admit_latecomer("zoe", "security", "aurora", actor=ADMINISTRATOR, rationale=WHY)

    (late,) = [item for item in report(review).exceptions if item.kind == "latecomer"]

    assert late.entry == admitted.entry


def test_what_departs_from_the_plain_course_stands_among_the_exceptions(lab: Lab) -> None:
    lab.allow(lab.load(*PUBLISH, BOUND, name="bound"))
    lab.in_review(process="bound")
    lab.attach(lab.log(accuracy=0.4, states=lab.candidate()))
    lab.tick().set_aside("aurora", "E1", role="safety", actor="mara", rationale="it ran on another machine")
    lab.attach(lab.log(run="2"), declare_as="lead")
    lab.tick().erase(lab.engine.history(limit=1)[0].entry, "rationale", actor="ana", rationale="it named somebody")

    found = report(lab)

    assert kinds(found) == ["set-aside evidence", "declared evidence", "erased text"]
    assert [item.text for item in found.set_aside] == ["it ran on another machine"]
    assert all(item.entry is not None for item in found.exceptions if item.kind != "claims only")


def test_one_person_s_process_is_marked(lab: Lab) -> None:
    lab.allow(lab.load(name="alone", solo="true"))
    lab.start(process="alone")

    assert "solo" in kinds(report(lab))


# Evidence and time.


def test_a_report_is_held_against_the_bound_of_its_gate(lab: Lab) -> None:
    lab.allow(lab.load(*PUBLISH, BOUND, name="bound"))
    lab.in_review(process="bound")
    for run, accuracy in (("1", 0.31), ("2", 0.24), ("3", 0.1)):
        lab.attach(lab.log(accuracy=accuracy, run=run, states=lab.candidate()))

    measured = report(lab).measurements
    assert [(item.evidence, item.value, item.stderr, item.samples, item.judged) for item in measured] == [
        ("E1", "0.31", "0.01", 400, "not_met"),
        ("E2", "0.24", "0.01", 400, "not_met"),
        ("E3", "0.1", "0.01", 400, "met"),
    ]
    assert {(item.limit, item.confidence, item.trigger, item.current) for item in measured} == {
        ("0.25", "0.95", "publish", True)
    }


def test_slips_and_the_distance_to_the_date_are_plain_numbers(review: Lab) -> None:
    start = review.clock.at
    review.clock.forward("1s")
    for days in ("10d", "20d"):
        review.clock.forward(days)
        planned = review.clock.at
        review.clock.at = start
        review.tick().schedule("aurora", planned, actor="lee", rationale="it takes longer than we thought")
    released(review)

    told = {item.kind: item for item in report(review).pressure}
    assert told["slips"].seconds is not None
    assert told["slips"].seconds > 0
    assert "before the planned date" in told["to the date"].text
    assert told["to the date"].seconds is not None
    assert told["review"].seconds is not None


def test_late_changes_of_signers_are_told_with_how_late_they_were(review: Lab) -> None:
    review.clock.forward("1h")
    review.tick().grant("max", ["security"], actor="ana", rationale="sam is alone")
    review.clock.forward("2h")
    released(review)

    (change,) = report(review).roster_changes
    assert (change.text, change.roles) == ("max holds security", ("security",))
    assert change.seconds is not None
    assert 7200 <= change.seconds <= 7210
    assert "signers" in {item.kind for item in report(review).pressure}


# The page.


def test_every_entry_that_the_page_leads_to_is_on_it(review: Lab) -> None:
    review.reject("mara")
    written = as_html(report(review))

    links = set(re.findall(r'href="#([^"]+)"', written))
    places = re.findall(r' id="([^"]+)"', written)
    assert links <= set(places)
    assert len(places) == len(set(places))


def test_hostile_words_are_harmless(review: Lab) -> None:
    nasty = '<script>alert(1)</script> <img src=x onerror="x"> ' + "long" * 200
    review.tick().statement("aurora", nasty, role="lead", actor="lee")

    written = as_html(report(review))

    assert "<script" not in written
    assert "<img" not in written
    assert "&lt;script&gt;" in written


def test_asking_for_a_report_changes_nothing(review: Lab) -> None:
    before = review.entries()

    report(review)

    assert review.entries() == before


def test_what_is_remembered_of_one_approval_gives_what_would_be_worked_out_for_the_next(lab: Lab) -> None:
    lab.allow(lab.load(*PUBLISH, BOUND, name="bound"))
    lab.in_review(process="bound")
    for run in ("1", "2"):
        for person in ("mara", "jun", "priya"):
            lab.clock.forward("1h")
            lab.sign(person, "publish")
        lab.clock.forward("1h")
        lab.attach(lab.log(run=run, states=lab.candidate()))

    hours = [round((item.review_seconds or 0) / 3600) for item in report(lab).sign_offs]
    assert hours == [1, 2, 3, 1, 2, 3]
