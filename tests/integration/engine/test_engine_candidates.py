"""Which process may be used, which bytes may be replaced, and where a release ends."""

from __future__ import annotations

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, TWO_OF_SAFETY, WHY, Lab, definition, refused
from workflow import DefinitionError, Exposure, InvalidInput, NotFound
from workflow.definition import shipped

OWN = (CALLED_BY_LEAD, TWO_OF_SAFETY, "candidate_unchanged")


def test_a_process_of_one_s_own_is_refused_until_it_is_chartered(lab: Lab) -> None:
    own = lab.load(*OWN, name="own")
    with refused("not-chartered") as caught:
        lab.start(process=own)
    assert "leads up to weights, and the charter allows it up to internal" in caught.value.message

    lab.allow(own)

    lab.start(process=own)
    assert lab.engine.status("aurora").process == own.digest


def test_a_charter_up_to_less_is_not_enough(lab: Lab) -> None:
    own = lab.allow(lab.load(*OWN, name="own"), Exposure.HOSTED)

    with refused("not-chartered"):
        lab.start(process=own)


def test_the_charter_is_for_exact_rules_and_not_for_a_name(lab: Lab) -> None:
    easy = lab.load(*OWN)
    assert easy.name == "lab"

    with refused("not-chartered"):
        lab.start(process=easy)


def test_a_process_that_is_chartered_no_longer_leads_no_further(review: Lab) -> None:
    review.approve_publish()
    process = review.engine.status("aurora").process
    review.engine.disallow_process(process, actor="ana", rationale=WHY)

    with refused("gate-denied") as caught:
        review.advance("publish")

    assert "the charter allows lab@1" in caught.value.message
    assert review.blocking("wait") == set()


def test_a_name_stands_for_the_process_that_was_chartered_last(lab: Lab) -> None:
    newer = lab.allow(lab.load(version=2))
    assert lab.engine.process("lab") == newer

    older = lab.allow(lab.load(version=1))
    assert lab.engine.process("lab") == older


def test_a_process_that_the_charter_does_not_have_is_named_with_those_it_has(lab: Lab) -> None:
    with pytest.raises(NotFound) as caught:
        lab.start(process="nothing")
    assert caught.value.remedy == f"it has: {', '.join(shipped())}, lab"


def test_only_who_may_start_starts_and_replaces(lab: Lab) -> None:
    with refused("no-role"):
        lab.start(by="mara")
    lab.in_review()
    with refused("no-role"):
        lab.replace(lab.model("second"), by="mara")


def test_a_refused_start_takes_no_name_and_stands_in_the_ledger_s_own_stream(lab: Lab) -> None:
    with refused("no-role"):
        lab.start(by="mara")

    assert lab.engine.history(limit=1)[0].stream == "ledger"
    assert lab.engine.list() == ()
    lab.start()


def test_a_name_is_used_once(lab: Lab) -> None:
    lab.in_review()
    lab.advance("withdraw")

    with pytest.raises(InvalidInput, match="never used again") as caught:
        lab.start()
    assert caught.value.remedy == "choose another, for example aurora-2"


@pytest.mark.parametrize("name", ["Aurora", "-aurora", "a b", "", "a" * 64, "aurora\n", "../aurora"])
def test_a_name_is_plain(lab: Lab, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        lab.start(name)
    assert caught.value.remedy is not None


def test_a_candidate_has_authors_and_existing_parents(lab: Lab) -> None:
    with pytest.raises(InvalidInput, match="has authors"):
        lab.start(authors=[])
    with pytest.raises(NotFound, match="no release 'nothing'"):
        lab.start(derived_from=["nothing"])


def test_the_old_candidate_is_a_parent_of_the_new_one(review: Lab) -> None:
    old = review.candidate()

    outcome = review.replace(review.model("second"))

    assert outcome.events[0].candidate.parents == (old,)  # type: ignore[attr-defined]


def test_the_same_bytes_replace_nothing(review: Lab) -> None:
    with pytest.raises(InvalidInput, match="has already"):
        review.replace(review.model())


@pytest.mark.parametrize("way", [["host"], ["host", "pull"], ["publish"], ["publish", "withdraw"], ["withdraw"]])
def test_what_was_out_or_withdrawn_takes_no_other_bytes(review: Lab, way: list[str]) -> None:
    if "host" in way:
        review.sign("mara", "host")
        review.sign("jun", "host")
    review.approve_publish()
    for trigger in way:
        review.advance(trigger)

    with refused("exposed") as caught:
        review.replace(review.model("second"))
    assert caught.value.remedy == "start a new release with --derived-from aurora"


def test_files_that_changed_on_the_disk_are_not_let_out(review: Lab) -> None:
    review.approve_publish()
    review.model("model", config__json="{ }")

    with refused("gate-denied") as caught:
        review.advance("publish")

    assert "changed other/config.json" in caught.value.message
    assert review.stage() == "review"


def test_files_that_are_gone_cannot_be_checked_and_are_not_let_out(review: Lab) -> None:
    review.approve_publish()
    (review.directory / "model").rename(review.directory / "elsewhere")

    with refused("policy-errored", "error"):
        review.advance("publish")


def test_withdrawn_is_the_end(review: Lab) -> None:
    review.advance("withdraw")

    for trigger in ("publish", "submit", "withdraw", "resume"):
        with refused("invalid-transition"):
            review.advance(trigger)
    with refused("sign-off-rejected"):
        review.sign("mara", "publish")
    assert review.engine.list(open_only=True) == ()
    assert review.engine.list()[0].closed


def test_public_weights_can_only_be_withdrawn(review: Lab) -> None:
    review.approve_publish()
    review.advance("publish")

    status = review.engine.status("aurora")
    assert (status.exits, status.exposed) == (("withdraw",), Exposure.WEIGHTS)
    review.advance("withdraw")
    assert review.engine.status("aurora").exposed is Exposure.WEIGHTS


def test_a_process_without_a_way_back_from_public_weights_is_no_process(lab: Lab) -> None:
    written = definition(back={"from": "public", "to": "review", "gate": [CALLED_BY_LEAD]})

    with pytest.raises(DefinitionError, match="weights that are out do not come back"):
        lab.read(written)
