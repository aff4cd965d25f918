"""A release goes on under another process only where those who sign under the present one let it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.engine.lab import ADMINISTRATOR, CALLED_BY_LEAD, WHY, Lab, definition, refused, types
from workflow import Exposure, InvalidInput, NotFound, Outcome, Process

ONE_OF_SAFETY: dict[str, Any] = {"sign_offs": {"role": "safety", "count": "1"}}
ONE_OF_SECURITY: dict[str, Any] = {"sign_offs": {"role": "security", "count": "1"}}
EASIER = (CALLED_BY_LEAD, ONE_OF_SAFETY, ONE_OF_SECURITY, "candidate_unchanged")
STRICTER = (
    CALLED_BY_LEAD,
    {"sign_offs": {"role": "safety", "count": "3"}},
    ONE_OF_SECURITY,
    "candidate_unchanged",
    {"soak": {"at_least": "1h"}},
)
HOSTED_BY_LEAD: dict[str, Any] = {"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD]}
LOOSENED = ("transitions.publish.gate.sign_offs.safety.count",)
EVERYBODY = (("mara", "safety"), ("jun", "safety"), ("sam", "security"))


def second(lab: Lab, *publish: Any, **changes: Any) -> Process:
    """Another version of the lab's process, chartered; it asks one person of safety where the first asks two."""
    return lab.allow(lab.load(*(publish or EASIER), version=2, **changes))


def edited(lab: Lab, edit: Callable[[dict[str, Any]], object], *publish: Any) -> Process:
    """Another version of the lab's process, whose definition was edited, chartered."""
    written = definition(*publish, version=2)
    edit(written)
    return lab.allow(lab.read(written))


def propose(lab: Lab, process: Process | str, by: str = "lee", slug: str = "aurora") -> Outcome:
    return lab.tick().propose_migration(slug, process, actor=by, rationale=WHY)


def approve(lab: Lab, process: Process, *people: tuple[str, str], slug: str = "aurora") -> Outcome:
    """People approve, one after the other; returns what the last approval made happen."""
    for person, role in people:
        outcome = lab.tick().approve_migration(slug, process.digest, role=role, actor=person, rationale=WHY)
    return outcome


def migrate(lab: Lab, process: Process, slug: str = "aurora") -> Outcome:
    propose(lab, process, slug=slug)
    return approve(lab, process, *EVERYBODY, slug=slug)


def missing(lab: Lab) -> dict[str, int]:
    """How many people of each role are still to approve what is proposed."""
    proposal = lab.engine.status("aurora").proposal
    assert proposal is not None
    return {item.role: item.count - len(item.people) for item in proposal.consents if item.count > len(item.people)}


def test_the_last_approval_that_the_present_process_asks_for_puts_the_other_in_force(review: Lab) -> None:
    process = second(review)
    before = review.engine.status("aurora")

    propose(review, process)
    asked = review.engine.status("aurora").proposal
    first = approve(review, process, *EVERYBODY[:-1])
    last = approve(review, process, EVERYBODY[-1])

    after = review.engine.status("aurora")
    assert asked is not None
    assert [(item.role, item.count) for item in asked.consents] == [("safety", 2), ("security", 1)]
    assert (types(first), types(last)) == (["migration_approved"], ["migration_approved", "process_migrated"])
    assert (after.process, after.process_label, after.proposal) == (process.digest, "lab@2", None)
    assert (after.stage, after.entered_at, after.round) == (before.stage, before.entered_at, before.round + 1)
    assert review.engine.list()[0].process_label == "lab@2"


@pytest.mark.parametrize(
    ("people", "still"),
    [
        ((), {"safety": 2, "security": 1}),
        ((("mara", "safety"),), {"safety": 1, "security": 1}),
        ((("mara", "safety"), ("jun", "safety")), {"security": 1}),
        ((("mara", "safety"), ("sam", "security")), {"safety": 1}),
        ((("mara", "safety"), ("jun", "safety"), ("priya", "safety")), {"security": 1}),
        ((("mara", "safety"), ("both", "safety"), ("both", "security")), {"safety": 1}),
    ],
    ids=["nobody", "one", "a role missing", "a person missing", "more of the same role", "one person in two places"],
)
def test_too_few_approvals_change_nothing(
    review: Lab, people: tuple[tuple[str, str], ...], still: dict[str, int]
) -> None:
    process = second(review)
    propose(review, process)

    if people:
        approve(review, process, *people)

    status = review.engine.status("aurora")
    assert (status.process_label, status.round, status.migrations) == ("lab@1", 2, ())
    assert sum(missing(review).values()) == sum(still.values())


def steps_aside(lab: Lab) -> None:
    lab.sign("jun", "publish", decision="recuse")


def goes_away(lab: Lab) -> None:
    lab.tick().away(actor="jun", rationale=WHY)


def leaves(lab: Lab) -> None:
    lab.leave("jun")


def nothing(_: Lab) -> None:
    return


@pytest.mark.parametrize(
    ("happens", "person", "role", "code"),
    [
        (nothing, "max", "safety", "excluded"),
        (nothing, "kim", "safety", "excluded"),
        (steps_aside, "jun", "safety", "excluded"),
        (goes_away, "jun", "safety", "excluded"),
        (leaves, "jun", "safety", "unknown-person"),
        (nothing, "sam", "safety", "no-role"),
        (nothing, "ivy", "legal", "no-role"),
        (nothing, "eve", "safety", "unknown-person"),
    ],
    ids=["proposed it", "author", "recused", "away", "left", "not theirs", "not asked", "unknown"],
)
def test_whoever_could_open_no_gate_approves_no_process(
    review: Lab, happens: Callable[[Lab], None], person: str, role: str, code: str
) -> None:
    process = second(review)
    happens(review)
    propose(review, process, by="max")

    with refused(code):
        approve(review, process, (person, role))


def test_the_requester_approves_nothing_whatever_else_they_are(review: Lab) -> None:
    process = second(review)
    review.engine.grant("lee", ["safety"], actor=ADMINISTRATOR, rationale=WHY)
    propose(review, process, by="max")

    with refused("excluded"):
        approve(review, process, ("lee", "safety"))


def test_only_who_may_start_a_release_proposes(review: Lab) -> None:
    with refused("no-role"):
        propose(review, second(review), by="mara")


# What ends approvals.


def another_round(lab: Lab) -> None:
    lab.advance("return")
    lab.advance("submit")


def other_files(lab: Lab) -> None:
    lab.replace(lab.model("second"))


@pytest.mark.parametrize("ends", [another_round, other_files])
def test_a_proposal_ends_with_its_round_and_its_candidate_and_takes_its_approvals_along(
    review: Lab, ends: Callable[[Lab], None]
) -> None:
    process = second(review)
    propose(review, process)
    approve(review, process, *EVERYBODY[:-1])

    ends(review)

    assert review.engine.status("aurora").proposal is None
    with pytest.raises(NotFound, match="in round"):
        approve(review, process, EVERYBODY[-1])
    propose(review, process)
    approve(review, process, EVERYBODY[-1])
    assert missing(review) == {"safety": 2}


def test_another_proposal_takes_the_place_of_the_first_and_of_its_approvals(review: Lab) -> None:
    process, other = second(review), review.allow(review.load(*STRICTER, version=3))
    propose(review, process)
    approve(review, process, *EVERYBODY[:-1])

    propose(review, other)

    with pytest.raises(NotFound, match="nobody has proposed"):
        approve(review, process, EVERYBODY[-1])
    propose(review, process)
    approve(review, process, EVERYBODY[-1])
    assert missing(review) == {"safety": 2}


def loses_the_role(lab: Lab) -> None:
    lab.engine.revoke("mara", ["safety"], actor=ADMINISTRATOR, rationale=WHY)


def loses_and_regains_the_role(lab: Lab) -> None:
    loses_the_role(lab)
    lab.engine.grant("mara", ["safety"], actor=ADMINISTRATOR, rationale=WHY)


def recuses_later(lab: Lab) -> None:
    lab.sign("mara", "publish", decision="recuse")


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (loses_the_role, "no longer holds safety"),
        (loses_and_regains_the_role, "lost safety in between"),
        (recuses_later, "recused"),
        (lambda lab: lab.leave("mara"), "has left"),
    ],
    ids=["role lost", "role regained", "recused", "left"],
)
def test_an_approval_counts_only_while_its_maker_could_still_give_it(
    review: Lab, happens: Callable[[Lab], None], why: str
) -> None:
    process = second(review)
    propose(review, process)
    approve(review, process, ("mara", "safety"))

    happens(review)
    approve(review, process, ("jun", "safety"), ("sam", "security"))

    proposal = review.engine.status("aurora").proposal
    assert proposal is not None
    assert [why in told for item in proposal.consents for told in item.ignored] == [True]
    assert missing(review) == {"safety": 1}
    last = approve(review, process, ("priya", "safety"))
    assert last.events[1].approved_by == ("jun", "priya", "sam")  # type: ignore[attr-defined]


# What a release cannot become.


def without(*names: str) -> Callable[[dict[str, Any]], None]:
    """Takes roles out of a definition, and out of every gate."""

    def edit(written: dict[str, Any]) -> None:
        for name in names:
            del written["roles"][name]
        anybody = {"actor": {"roles": [role for role in ("lead", "safety", "security", "legal") if role not in names]}}
        for transition in written["transitions"].values():
            transition["gate"] = [
                anybody if rule != CALLED_BY_LEAD and isinstance(rule, dict) and "actor" in rule else rule
                for rule in transition["gate"]
            ]

    return edit


def renamed(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    """Gives a stage another name."""

    def edit(written: dict[str, Any]) -> None:
        written["stages"] = {new if name == old else name: stage for name, stage in written["stages"].items()}
        for transition in written["transitions"].values():
            sources = transition["from"]
            listed = [sources] if isinstance(sources, str) else sources
            transition["from"] = [new if name == old else name for name in listed]
            transition["to"] = new if transition["to"] == old else transition["to"]

    return edit


def exposed(stage: str, exposure: str) -> Callable[[dict[str, Any]], None]:
    return lambda written: written["stages"][stage].update(exposure=exposure)


def holding(stage: str) -> Callable[[dict[str, Any]], None]:
    return lambda written: written["stages"][stage].update(hold={"role": "safety", "count": "2"})


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (renamed("review", "judging"), "has no stage review"),
        (exposed("review", "vetted"), "calls it vetted"),
        (holding("review"), "holds what enters it"),
    ],
    ids=["no such stage", "another exposure", "a hold there"],
)
def test_a_release_stays_where_it_is(review: Lab, edit: Callable[[dict[str, Any]], None], told: str) -> None:
    process = edited(review, edit)

    with refused("stage") as caught:
        propose(review, process)

    assert told in caught.value.message


def test_a_release_that_waits_goes_on_waiting(lab: Lab) -> None:
    held = edited(lab, holding("review"))
    lab.in_review(process=held)

    with refused("stage") as caught:
        propose(lab, lab.load())

    assert "does not hold what enters it" in caught.value.message


@pytest.mark.parametrize(
    ("way", "edit", "told"),
    [
        (["wait"], renamed("testing", "measuring"), "has no stage testing"),
        (["submit", "wait"], holding("review"), "would wait there too"),
    ],
)
def test_the_stage_in_which_a_waiting_release_was_stopped_stays_what_it_is(
    lab: Lab, way: list[str], edit: Callable[[dict[str, Any]], None], told: str
) -> None:
    lab.start()
    for trigger in way:
        lab.advance(trigger)

    with refused("stage") as caught:
        propose(lab, edited(lab, edit))

    assert told in caught.value.message


def test_a_stage_that_the_release_left_for_good_may_be_gone(review: Lab) -> None:
    migrate(review, edited(review, renamed("testing", "measuring")))

    review.advance("wait", by="mara")
    for person in ("jun", "priya"):
        review.lift("H1", person, "safety")
    review.advance("resume", by="mara")

    stages = {view.name: view.state for view in review.engine.status("aurora").stages}
    assert (stages["measuring"], stages["review"]) == ("ahead", "current")


def rejects(lab: Lab) -> None:
    lab.reject("ivy", role="legal")


def holds(lab: Lab) -> None:
    lab.hold("ivy", "legal")


def requires(lab: Lab) -> None:
    lab.require("mara", discharged_by="legal")


def rejects_and_takes_it_back(lab: Lab) -> None:
    lab.take_back(lab.reject("ivy", role="legal"), "ivy")


@pytest.mark.parametrize("objects", [rejects, holds, requires, rejects_and_takes_it_back])
def test_every_role_that_an_objection_is_closed_by_stays(review: Lab, objects: Callable[[Lab], None]) -> None:
    objects(review)

    with refused("roles-missing") as caught:
        propose(review, edited(review, without("legal")))

    assert "legal" in caught.value.message


def test_a_role_that_nothing_was_objected_by_may_go(review: Lab) -> None:
    migrate(review, edited(review, without("legal")))

    migration = review.engine.status("aurora").migrations[-1]
    assert "roles.legal" in migration.loosens


def test_a_process_that_the_charter_does_not_allow_is_proposed_to_nobody(review: Lab) -> None:
    process = review.load(*EASIER, version=2)
    with refused("not-chartered"):
        propose(review, process)

    review.allow(process, Exposure.HOSTED)
    with refused("not-chartered"):
        propose(review, process)


def test_a_process_that_left_the_charter_meanwhile_is_not_put_in_force(review: Lab) -> None:
    process = second(review)
    propose(review, process)
    approve(review, process, *EVERYBODY[:-1])
    review.engine.disallow_process(process.digest, actor=ADMINISTRATOR, rationale=WHY)

    with refused("not-chartered"):
        approve(review, process, EVERYBODY[-1])

    assert review.engine.status("aurora").process_label == "lab@1"


def hosted(lab: Lab) -> None:
    lab.sign("mara", "host")
    lab.sign("jun", "host")
    lab.advance("host")


def hosted_and_pulled_back(lab: Lab) -> None:
    hosted(lab)
    lab.advance("pull", by="mara")


@pytest.mark.parametrize("happens", [hosted, hosted_and_pulled_back])
def test_what_was_exposed_goes_on_only_under_a_process_that_loosens_nothing(
    review: Lab, happens: Callable[[Lab], None]
) -> None:
    happens(review)
    with refused("exposed") as caught:
        propose(review, second(review))
    assert LOOSENED[0] in caught.value.message

    migrate(review, review.allow(review.load(*STRICTER, version=3)))

    assert review.engine.status("aurora").migrations[-1].loosens == ()


def test_a_release_that_has_ended_goes_on_under_nothing(review: Lab) -> None:
    review.advance("withdraw")

    with refused("ended"):
        propose(review, second(review))


def test_a_process_that_asks_nobody_to_sign_is_left_by_nobody(lab: Lab) -> None:
    written = definition(host=HOSTED_BY_LEAD)
    del written["stages"]["public"], written["transitions"]["publish"]
    written["transitions"]["withdraw"]["from"].remove("public")
    lab.in_review(process=lab.allow(lab.read(written)))

    with refused("no-signers"):
        propose(lab, second(lab))


def test_who_does_everything_alone_lets_it_go_on_alone(lab: Lab) -> None:
    alone = lab.load(CALLED_BY_LEAD, "candidate_unchanged", solo="true", host=HOSTED_BY_LEAD)
    lab.in_review(process=lab.allow(alone))
    other = second(lab)
    propose(lab, other)

    outcome = approve(lab, other, ("lee", "lead"))

    assert types(outcome) == ["migration_approved", "process_migrated"]


# Requests that mean nothing.


def test_the_present_process_and_one_that_is_proposed_already_are_not_proposed(review: Lab) -> None:
    process = second(review)
    with pytest.raises(InvalidInput, match="under this very process"):
        propose(review, review.engine.status("aurora").process)
    propose(review, process)

    with pytest.raises(InvalidInput, match="proposed already"):
        propose(review, process, by="max")


@pytest.mark.parametrize("people", [EVERYBODY[:1], (("mara", "safety"), ("jun", "safety"), ("priya", "safety"))])
def test_nobody_approves_twice(review: Lab, people: tuple[tuple[str, str], ...]) -> None:
    process = second(review)
    propose(review, process)
    approve(review, process, *people)

    for person in people:
        with pytest.raises(InvalidInput, match="already"):
            approve(review, process, person)


def test_what_nobody_proposed_is_not_approved(review: Lab) -> None:
    with pytest.raises(NotFound, match="there is none"):
        approve(review, second(review), EVERYBODY[0])


def test_a_repeated_request_is_answered_as_before(review: Lab) -> None:
    process = second(review)
    request = {"actor": "lee", "rationale": WHY, "command_id": "nightly-17"}

    first = review.engine.propose_migration("aurora", process, **request)
    again = review.engine.propose_migration("aurora", process, **request)

    assert (again.entry, again.replayed) == (first.entry, True)


# What is recorded, and what is left.


def test_where_it_loosens_is_recorded_and_shown(review: Lab) -> None:
    process = second(review)
    propose(review, process)
    approve(review, process, *EVERYBODY)

    (done,) = review.engine.status("aurora").migrations
    history = review.engine.history("aurora")
    assert (done.previous_label, done.process_label, done.stage, done.round) == ("lab@1", "lab@2", "review", 3)
    assert (done.loosens, done.approved_by, done.proposed_by) == (LOOSENED, ("jun", "mara", "sam"), "lee")
    assert (done.entry, done.reason) == (history[0].entry, WHY)
    assert "MIGRATED in review" in history[0].summary[1]
    assert LOOSENED[0] in history[0].summary[1]
    assert "LOOSENS 1" in history[0].summary[0]
    assert LOOSENED[0] in history[3].summary[0]


def test_every_process_that_a_release_was_under_stays_on_record(review: Lab) -> None:
    migrate(review, second(review))
    third = review.allow(review.load(*STRICTER, version=3))

    propose(review, third)
    approve(review, third, ("mara", "safety"), ("jun", "safety"), ("sam", "security"))

    told = [(item.previous_label, item.process_label, item.round) for item in review.engine.status("aurora").migrations]
    assert told == [("lab@1", "lab@2", 3), ("lab@2", "lab@3", 4)]


def test_approvals_of_gates_end(review: Lab) -> None:
    review.approve_publish()
    process = review.allow(review.load(version=2))
    assert review.blocking() == set()

    migrate(review, process)

    assert review.blocking() == {"sign-offs-missing"}
    assert review.ignored("safety") == ["mara (made under another process)", "jun (made under another process)"]


def test_soak_begins_anew(lab: Lab) -> None:
    soaking = lab.allow(lab.load(*STRICTER, version=2))
    lab.in_review(process=soaking)
    lab.clock.forward("2h")
    assert "soaking" not in lab.blocking()
    process = lab.allow(lab.load(*STRICTER, version=3))
    propose(lab, process)
    approve(lab, process, *EVERYBODY, ("priya", "safety"))

    assert "soaking" in lab.blocking()


@pytest.mark.parametrize(
    ("objects", "code"),
    [
        (lambda lab: lab.reject("mara"), "rejected"),
        (lambda lab: lab.reject("mara", "host"), "rejected"),
        (lambda lab: lab.hold(), "hold"),
        (lambda lab: lab.require(), "requirement-open"),
        (lambda lab: lab.require(blocks=["host"]), "requirement-open"),
    ],
    ids=["reject", "reject of a lesser raise", "hold", "requirement", "requirement that named a trigger"],
)
def test_objections_stay(review: Lab, objects: Callable[[Lab], object], code: str) -> None:
    objects(review)
    process = second(review)
    propose(review, process)
    approve(review, process, ("jun", "safety"), ("priya", "safety"), ("sam", "security"))

    review.sign("jun", "publish")
    review.sign("sam", "publish", "security")

    assert review.blocking() == {code}


def test_what_stays_is_closed_under_the_other_process(review: Lab) -> None:
    requirement, hold = review.require(), review.hold()
    migrate(review, second(review))

    review.discharge(requirement, "jun")
    review.lift(hold, "sam", "security")

    assert review.blocking() == {"sign-offs-missing"}


def test_a_release_moves_on_by_the_gates_of_the_other_process(review: Lab) -> None:
    migrate(review, second(review))

    review.sign("priya", "publish")
    review.sign("sam", "publish", "security")
    review.advance("publish")

    assert review.stage() == "public"


def test_only_the_release_that_it_was_proposed_for_goes_on_under_another_process(review: Lab) -> None:
    review.in_review("borealis", path=review.model("other"))
    migrate(review, second(review))

    assert {line.release: line.process_label for line in review.engine.list()} == {
        "aurora": "lab@2",
        "borealis": "lab@1",
    }
