"""What a request says: all that somebody needs who is far from the ledger, and nothing that it did not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.engine.lab import PEOPLE, WHY
from tests.integration.exchange.keyed_lab import KeyedLab
from workflow.exchange import Request, Signatory, read_request


def somebody(request: Request, person: str) -> Signatory:
    found = request.person(person)
    assert found is not None
    return found


def test_a_request_says_what_the_gate_says(lab: KeyedLab) -> None:
    request, explanation = lab.request(), lab.engine.explain("aurora", "publish")

    assert request.explanation == explanation.model_copy(update={"at": request.explanation.at})
    assert (request.origin, request.lifetime) == (lab.engine.roster().origin, 30 * 86400)


def test_making_a_request_changes_nothing(lab: KeyedLab) -> None:
    before = lab.entries()

    lab.request()

    assert lab.entries() == before


def test_what_approvals_rest_on_goes_along_and_gives_the_basis(lab: KeyedLab) -> None:
    lab.as_("lee").attach("aurora", lab.log(), actor="lee", rationale=WHY, declare_as="lead")
    lab.reviewed()

    request = lab.request()

    assert [item.split()[0] for item in request.rests_on] == ["evidence", "risk"]
    assert request.basis == lab.basis("publish")


def test_a_request_names_who_may_decide_with_their_keys_and_why_others_cannot_approve(lab: KeyedLab) -> None:
    request = lab.request()

    assert [item.person for item in request.says.people] == sorted(PEOPLE)
    assert somebody(request, "mara").keys == (lab.hands["mara"].fingerprint,)
    assert somebody(request, "mara").excluded == {}
    assert somebody(request, "kim").excluded == {"safety": "author of the candidate"}
    assert somebody(request, "both").roles == ("safety", "security")
    assert request.whose(lab.hands["sam"].fingerprint) == "sam"


def test_somebody_without_a_key_that_may_sign_cannot_approve(lab: KeyedLab) -> None:
    lab.tick().signing_with(lab.hands["jun"]).suspend_key(lab.hands["jun"].fingerprint, actor="jun", rationale=WHY)

    jun = somebody(lab.request(), "jun")

    assert (jun.keys, jun.excluded) == ((), {"safety": "has no key that may sign"})


def test_a_request_tells_everybody_what_changed_since_they_last_decided(lab: KeyedLab) -> None:
    lab.collect(lab.reply("mara"))
    lab.reviewed()
    lab.collect(lab.reply("sam", "reject", "security"))

    request = lab.request()

    mara, sam, priya = (somebody(request, person).last for person in ("mara", "sam", "priya"))
    assert mara is not None
    assert sam is not None
    assert (mara.decision, mara.changed) == ("approve", ("new: jun as safety found biosecurity acceptable",))
    assert (sam.decision, sam.changed) == ("reject", ())
    assert priya is None


def test_a_request_says_what_became_of_each_component_since_somebody_approved(lab: KeyedLab) -> None:
    lab.collect(lab.reply("mara"))
    lab.replace(lab.model("model", model__safetensors="other weights"))

    (approved,) = somebody(lab.request(), "mara").approved

    assert (approved.id, approved.components) == ("S1", {"other": "same", "weights": "changed"})


def test_what_was_taken_back_is_nothing_to_reaffirm(lab: KeyedLab) -> None:
    lab.collect(lab.reply("mara"))
    lab.as_("mara").withdraw_sign_off("aurora", "S1", actor="mara", rationale=WHY)

    assert somebody(lab.request(), "mara").approved == ()


def test_what_stands_goes_along_with_its_words(lab: KeyedLab) -> None:
    lab.hold()
    lab.tick().require("aurora", "read the appendix", role="safety", actor="jun", rationale=WHY)
    lab.collect(lab.reply("ivy", "reject", "legal"))

    says = lab.request().says

    assert [(item.id, item.reason) for item in says.holds] == [("H1", WHY)]
    assert [(item.id, item.text) for item in says.requirements] == [("R1", "read the appendix")]
    assert [(item.id, item.reason) for item in says.rejects] == [("S1", WHY)]


def test_a_text_that_was_erased_does_not_travel(lab: KeyedLab) -> None:
    lab.hold(conditions=[("a secret path", "security")])
    entry = lab.engine.history(limit=1)[0].entry
    lab.as_("ana").erase(entry, "rationale", actor="ana", rationale=WHY)

    request = lab.request()

    assert request.says.holds[0].reason is None
    assert WHY.encode() not in lab.engine.request("aurora", "publish").to_bytes()


def test_where_the_files_are_is_not_told(lab: KeyedLab) -> None:
    assert str(lab.directory).encode() not in lab.engine.request("aurora", "publish").to_bytes()


def test_the_files_are_hashed_again_and_those_that_differ_are_named(lab: KeyedLab) -> None:
    (lab.directory / "model" / "model.safetensors").write_text("overwritten")
    (lab.directory / "model" / "new.bin").write_text("more")

    files = lab.request().says.files

    assert files is not None
    assert files.changed == ("weights/model.safetensors was changed", "weights/new.bin was added")


def test_the_files_are_hashed_where_the_gate_itself_does_not_ask_for_it(lab: KeyedLab) -> None:
    (lab.directory / "model" / "model.safetensors").write_text("overwritten")

    files = lab.request("host").says.files

    assert files is not None
    assert files.changed == ("weights/model.safetensors was changed",)


def test_files_that_nobody_looked_at_or_could_look_at_are_told_apart(lab: KeyedLab) -> None:
    unseen = lab.request(observe=False).says.files
    (lab.directory / "model").rename(lab.directory / "elsewhere")
    unreachable = lab.request().says.files

    assert unseen is None
    assert unreachable is not None
    assert unreachable.problem is not None
    assert unreachable.changed == ()


def test_decisions_in_a_sealed_role_do_not_travel_until_its_quorum_is_in(tmp_path: Path) -> None:
    roles = {"lead": {"authority": "advice"}, "safety": {"sealed": "true"}, "security": {}, "legal": {}}
    lab = KeyedLab(tmp_path, roles=roles).begun()
    lab.collect(lab.reply("mara"))
    lab.collect(lab.reply("max", "reject"))

    before = lab.request()
    lab.collect(lab.reply("jun"))
    after = lab.request()

    assert somebody(before, "mara").last is None
    assert somebody(before, "mara").approved == ()
    assert somebody(before, "max").last is not None
    assert somebody(after, "mara").last is not None


@pytest.mark.parametrize("trigger", ["publish", "host", "return"])
def test_a_request_comes_out_of_its_file_as_it_went_in(lab: KeyedLab, trigger: str) -> None:
    made = lab.engine.request("aurora", trigger)

    assert read_request(made.to_bytes()) == made
    assert made.to_bytes().isascii()
