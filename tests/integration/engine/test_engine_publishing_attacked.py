"""What lets bytes out, attacked: entries written past the engine, a clock set back, copies that were changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lab import WHY, Lab, definition

from tests.attacks.forger import Forger
from workflow import ExposureUnknown, PlanFile, PublishingFailed, Refused
from workflow.publishing.local_directory import _Copy

Json = dict[str, Any]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    path = tmp_path / "out"
    path.mkdir()
    return path


@pytest.fixture
def lab(tmp_path: Path, out: Path) -> Iterator[Lab]:
    """A release in review whose way out is published below ``out``, and approved."""
    lab = Lab(tmp_path).people()
    written = definition(name="published")
    written["transitions"]["publish"]["publish"] = {"publisher": "local_directory", "below": [str(out)]}
    lab.allow(lab.read(written))
    lab.in_review(process="published")
    lab.approve_publish()
    yield lab
    lab.close()


def planned(lab: Lab, out: Path, **settings: Any) -> PlanFile:
    shown = lab.tick().plan("aurora", "publish", to=str(out / "aurora"), actor="lee", rationale=WHY, **settings)
    assert shown.permit is not None
    return shown.permit


def apply(lab: Lab, plan: PlanFile) -> Any:
    return lab.tick().apply(plan, target=plan.release, actor="lee", rationale=WHY)


# Past the engine.


def no_plan(forger: Forger) -> None:
    forger.entries.remove(forger.find("plan_made"))


def plan_for_elsewhere(forger: Forger) -> None:
    forger.find("plan_made")["events"][0]["destination"] = "/srv/elsewhere/aurora"


def plan_for_ever(forger: Forger) -> None:
    forger.find("plan_made")["events"][0]["binding"]["expires"] = "2099-01-01T00:00:00.000000Z"


def plan_of_another(forger: Forger) -> None:
    forger.find("plan_made")["actor"] = "max"


def plan_of_another_basis(forger: Forger) -> None:
    forger.find("plan_made")["events"][0]["binding"]["basis"] = "0" * 64


def begun(forger: Forger) -> Json:
    return next(entry for entry in forger.entries if len(entry["events"]) > 1 and _types(entry)[1] == "exposure_begun")


def _types(entry: Json) -> list[str]:
    return [event["type"] for event in entry["events"]]


def plain_move(forger: Forger) -> None:
    forger.entries.remove(forger.find("exposure_confirmed"))
    entry = begun(forger)
    entry["events"] = entry["events"][:1]
    entry["observations"] = [item for item in entry["observations"] if item["kind"] != "publication"]


def staged_other_bytes(forger: Forger) -> None:
    for item in begun(forger)["observations"]:
        if item["kind"] == "publication":
            item["ok"]["manifest"] = "0" * 64


def not_staged(forger: Forger) -> None:
    entry = begun(forger)
    entry["observations"] = [item for item in entry["observations"] if item["kind"] != "publication"]


def other_reference(forger: Forger) -> None:
    begun(forger)["events"][1]["reference"] = ".holdfast-other/1"


def other_destination(forger: Forger) -> None:
    begun(forger)["events"][1]["destination"] = "/srv/elsewhere"


def more_exposed_before(forger: Forger) -> None:
    begun(forger)["events"][1]["exposed"] = "weights"


def another_manifest(forger: Forger) -> None:
    begun(forger)["events"][1]["manifest"] = "0" * 64


def begun_alone(forger: Forger) -> None:
    begun(forger)["events"].pop(0)


def begun_twice(forger: Forger) -> None:
    forger.entries.append(forger.copy_of(begun(forger)))


def confirmed_twice(forger: Forger) -> None:
    forger.entries.append(forger.copy_of(forger.find("exposure_confirmed")))


def confirmed_without_a_look(forger: Forger) -> None:
    forger.find("exposure_confirmed")["observations"] = []


def confirmed_of_other_size(forger: Forger) -> None:
    forger.find("exposure_confirmed")["events"][0]["size"] += 1


def confirmed_of_what_is_private(forger: Forger) -> None:
    forger.find("exposure_confirmed")["observations"][0]["ok"]["state"] = "staged"


def confirmed_by_a_stranger(forger: Forger) -> None:
    forger.find("exposure_confirmed")["actor"] = "nobody"


def confirmed_before(forger: Forger) -> None:
    entry = forger.find("exposure_confirmed")
    forger.entries.remove(entry)
    forger.entries.insert(forger.entries.index(begun(forger)), entry)


def aborted_after_the_receipt(forger: Forger) -> None:
    forger.entries.append(_aborted(forger, "staged"))


def aborted_what_was_seen_there(forger: Forger) -> None:
    model = forger.find("exposure_confirmed")
    forger.entries[forger.entries.index(model)] = _aborted(forger, "published")


def aborted_what_nobody_found(forger: Forger) -> None:
    model = forger.find("exposure_confirmed")
    forger.entries[forger.entries.index(model)] = _aborted(forger, "unknown")


def aborted_to_another_stage(forger: Forger) -> None:
    model = forger.find("exposure_confirmed")
    entry = _aborted(forger, "staged")
    entry["events"][0]["stage"] = "testing"
    forger.entries[forger.entries.index(model)] = entry


def _aborted(forger: Forger, state: str) -> Json:
    entry = forger.copy_of(forger.find("exposure_confirmed"))
    entry["observations"][0]["ok"] = {"state": state, "facts": {}}
    entry["events"] = [
        {"type": "exposure_aborted", "schema": 1, "subject": "L1", "stage": "review", "exposed": "internal"}
    ]
    return entry


def reconciled_after_the_receipt(forger: Forger) -> None:
    forger.entries.append(_reconciled(forger, "mara"))


def reconciled_by_the_requester(forger: Forger) -> None:
    model = forger.find("exposure_confirmed")
    forger.entries[forger.entries.index(model)] = _reconciled(forger, "lee")


def _reconciled(forger: Forger, actor: str) -> Json:
    plan = forger.find("plan_made")
    entry = forger.copy_of(plan, actor=actor)
    binding = {**plan["events"][0]["binding"], "act": "reconcile", "subject": "L1", "role": "lead"}
    binding |= dict.fromkeys(("transition", "from", "to", "round", "basis", "expires"))
    binding |= {"decision": "not_published", "nonce": "7" * 32, "texts": entry["texts"]}
    entry["events"] = [
        {
            "type": "exposure_reconciled",
            "schema": 1,
            "subject": "L1",
            "verdict": "not_published",
            "binding": binding,
        }
    ]
    return entry


FORGED: dict[str, Callable[[Forger], None]] = {
    name.replace("_", " "): forge
    for name, forge in list(globals().items())
    if callable(forge) and getattr(forge, "__annotations__", {}) == {"forger": "Forger", "return": "None"}
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_what_was_written_of_a_publication_past_the_engine_is_named_by_the_audit(
    lab: Lab, out: Path, forge: Callable[[Forger], None]
) -> None:
    apply(lab, planned(lab, out))
    lab.audited()
    lab.close()
    forger = Forger(lab.directory / "ledger.db")
    forge(forger)
    forger.seal()

    with lab.open() as engine:
        report = engine.audit()

    assert report.outcome == "failed"
    assert report.first_bad is not None


# A clock that was wrong.


def test_a_permit_from_a_time_that_is_still_to_come_is_good_for_nothing(lab: Lab, out: Path) -> None:
    lab.clock.forward("1000d")
    plan = planned(lab, out, valid_for="7d")
    lab.clock.back("1000d")
    lab.tick().correct_clock(actor="ana", rationale=WHY)

    with pytest.raises(Refused) as caught:
        apply(lab, plan)

    assert caught.value.reason == "permit-expired"
    assert list(out.iterdir()) == []


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def killed(lab: Lab, out: Path, monkeypatch: pytest.MonkeyPatch) -> PlanFile:
    """A plan whose application was killed after it had begun, before anything left."""
    plan = planned(lab, out, valid_for="1h")

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(_Copy, "publish", killed)
        with pytest.raises(Killed):
            apply(lab, plan)
    assert lab.stage() == "public"
    return plan


def test_a_clock_that_was_set_back_does_not_bring_the_rest_of_an_expired_permit_back(
    lab: Lab, out: Path, killed: PlanFile
) -> None:
    lab.clock.forward("2h")
    lab.tick().schedule("aurora", lab.clock.now(), actor="mara", rationale=WHY)
    lab.clock.back("2h")

    with pytest.raises((PublishingFailed, ExposureUnknown)):
        apply(lab, killed)

    assert not (out / "aurora").exists()


# A copy that was changed.


def private(out: Path) -> Path:
    (found,) = [path for path in out.iterdir() if path.name.startswith(".holdfast-")]
    return found / "files"


def overwritten(copy: Path) -> None:
    (copy / "model.safetensors").write_text("something else")


def added(copy: Path) -> None:
    (copy / "evil.py").write_text("something else")


def added_where_nobody_looks(copy: Path) -> None:
    (copy / ".git").mkdir()
    (copy / ".git" / "config").write_text("something else")


@pytest.mark.parametrize("change", [overwritten, added, added_where_nobody_looks])
def test_a_copy_that_was_changed_while_nothing_ran_does_not_leave(
    lab: Lab, out: Path, killed: PlanFile, change: Callable[[Path], None]
) -> None:
    change(private(out))

    with pytest.raises(PublishingFailed):
        apply(lab, killed)

    assert list(out.iterdir()) == []
    status = lab.engine.status("aurora")
    assert (status.stage, status.exposed) == ("review", "internal")
    lab.audited()


def test_what_could_not_be_looked_at_is_not_said_to_have_stayed(
    lab: Lab, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(lab, out)

    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    def publish(copy: _Copy) -> None:
        monkeypatch.setattr("workflow.publishing.local_directory.status_of", broken)
        raise PublishingFailed("it broke")

    with monkeypatch.context() as patch:
        patch.setattr(_Copy, "publish", publish)
        with pytest.raises(ExposureUnknown):
            apply(lab, plan)

    status = lab.engine.status("aurora")
    assert (status.stage, status.exposed) == ("public", "weights")


@pytest.mark.parametrize("change", ["gone", "a link", "another"])
def test_a_place_that_is_another_when_it_is_to_leave_gets_nothing(
    lab: Lab, out: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    plan = planned(lab, out)
    moved = out.with_name("moved")
    publish = _Copy.publish

    def exchanged(copy: _Copy) -> None:
        out.rename(moved)
        if change == "a link":
            out.symlink_to(moved)
        elif change == "another":
            out.mkdir()
        publish(copy)

    with monkeypatch.context() as patch:
        patch.setattr(_Copy, "publish", exchanged)
        with pytest.raises((PublishingFailed, ExposureUnknown)):
            apply(lab, plan)

    assert not (moved / "aurora").exists()
    assert not (out / "aurora").exists()


def test_what_cannot_be_found_again_counts_as_out_and_that_is_said(lab: Lab, out: Path, killed: PlanFile) -> None:
    out.rename(out.with_name("moved"))

    with pytest.raises(ExposureUnknown):
        apply(lab, killed)
