"""Where a process names a publisher, a release goes out by a plan and its application, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab import WHY, Lab, definition, refused

from workflow import (
    Applied,
    ExposureUnknown,
    GateDenied,
    InvalidInput,
    PlanFile,
    PublishingFailed,
    Refused,
    Rehearsal,
)
from workflow.artifact import build_manifest
from workflow.errors import NotFound
from workflow.publishing.local_directory import LocalDirectory


@pytest.fixture
def out(tmp_path: Path) -> Path:
    path = tmp_path / "out"
    path.mkdir()
    return path


def publishing(out: Path, *, name: str = "published", **changes: Any) -> dict[str, Any]:
    """The lab's process, with a publisher on its two ways out."""
    written = definition(name=name, **changes)
    written["transitions"]["publish"]["publish"] = {"publisher": "local_directory", "below": [str(out)]}
    return written


@pytest.fixture
def published(lab: Lab, out: Path) -> Lab:
    """A release in review whose way out is published below ``out``, and approved."""
    lab.allow(lab.read(publishing(out)))
    lab.in_review(process="published")
    lab.approve_publish()
    return lab


def rehearse(lab: Lab, out: Path, *, by: str = "lee", slug: str = "aurora", **settings: Any) -> Rehearsal:
    to = settings.pop("to", str(out / "aurora"))
    return lab.tick().plan(slug, "publish", to=to, actor=by, rationale=WHY, **settings)


def planned(lab: Lab, out: Path, **settings: Any) -> PlanFile:
    permit = rehearse(lab, out, **settings).permit
    assert permit is not None
    return permit


def apply(lab: Lab, plan: PlanFile, *, by: str = "lee", **settings: Any) -> Applied:
    return lab.tick().apply(plan, target=plan.release, actor=by, rationale=WHY, **settings)


def names(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir())


# The two steps.


def test_a_plain_advance_is_refused_and_says_what_to_do(published: Lab, out: Path) -> None:
    with refused("publisher") as caught:
        published.advance("publish")

    assert "holdfast plan aurora publish --to DESTINATION" in str(caught.value.remedy)
    assert published.stage() == "review"
    assert names(out) == []


def test_a_plan_shows_what_would_leave_and_gives_a_permit(published: Lab, out: Path) -> None:
    shown = rehearse(published, out)

    assert shown.allowed
    assert [check.name for check in shown.checks if check.ok] == ["allowed", "place", "free", "room", "one step"]
    assert [file.path for file in shown.files] == ["config.json", "model.safetensors"]
    assert (shown.manifest, shown.destination) == (published.candidate(), str(out / "aurora"))
    assert shown.permit is not None
    assert (shown.permit.basis, shown.permit.entry) == (published.basis("publish"), shown.entry)
    assert published.events() == ["plan_made"]
    assert (published.stage(), names(out)) == ("review", [])


def test_a_plan_that_is_applied_publishes_exactly_what_was_signed(published: Lab, out: Path) -> None:
    done = apply(published, planned(published, out))

    assert build_manifest(out / "aurora").digest == done.manifest == published.candidate()
    assert names(out) == ["aurora"]
    assert done.state == "confirmed"
    assert (done.resumed, done.already) == (False, False)
    status = published.engine.status("aurora")
    assert (status.stage, status.exposed) == ("public", "weights")
    kinds = [[event["type"] for event in item.events] for item in published.engine.history(limit=2)]
    assert kinds == [["exposure_confirmed"], ["transition_made", "exposure_begun"]]
    published.audited()


def test_a_published_release_is_held_to_every_rule_about_moves(published: Lab, out: Path) -> None:
    apply(published, planned(published, out))

    with refused("exposed"):
        published.replace(published.model("other"))
    with refused("invalid-transition"):
        published.advance("publish")
    published.advance("withdraw")
    assert (published.stage(), published.engine.status("aurora").exposed) == ("withdrawn", "weights")


def test_a_plan_that_would_be_refused_is_shown_and_not_recorded(lab: Lab, out: Path) -> None:
    lab.allow(lab.read(publishing(out)))
    lab.in_review(process="published")
    before = lab.entries()

    shown = rehearse(lab, out)

    assert not shown.allowed
    assert shown.permit is None
    assert shown.explanation.outcome == "open"
    assert lab.entries() == before


FAILING: dict[str, tuple[Callable[[Path], str], str]] = {
    "a place that the process does not name": (lambda out: str(out.parent / "elsewhere"), "allowed"),
    "a detour": (lambda out: f"{out}/../out/aurora", "allowed"),
    "a place that is not there": (lambda out: str(out / "not" / "there"), "place"),
}


@pytest.mark.parametrize(("to", "check"), FAILING.values(), ids=FAILING)
def test_a_destination_that_will_not_do_is_shown_and_gives_no_permit(
    published: Lab, out: Path, to: Callable[[Path], str], check: str
) -> None:
    shown = rehearse(published, out, to=to(out))

    assert [item.name for item in shown.checks if not item.ok] == [check]
    assert (shown.allowed, shown.permit) == (False, None)


def test_only_a_transition_that_publishes_can_be_planned(published: Lab, out: Path) -> None:
    with pytest.raises(InvalidInput, match="publishes nothing"):
        published.engine.plan("aurora", "host", to=str(out / "a"), actor="lee", rationale=WHY)
    with pytest.raises(NotFound):
        published.engine.plan("aurora", "nothing", to=str(out / "a"), actor="lee", rationale=WHY)


@pytest.mark.parametrize("valid_for", ["8d", "0h"])
def test_a_permit_is_good_for_some_days_at_most(published: Lab, out: Path, valid_for: str) -> None:
    with pytest.raises(InvalidInput):
        rehearse(published, out, valid_for=valid_for)


# A permit is good once, for a while, for one person, for what was seen.


def test_a_permit_is_used_up(published: Lab, out: Path) -> None:
    plan = planned(published, out)
    first = apply(published, plan)
    before = published.entries()

    again = apply(published, plan)

    assert again.already
    assert (again.begun, again.ended) == (first.begun, first.ended)
    assert published.entries() == before
    assert names(out) == ["aurora"]


def test_a_permit_expires_and_time_brings_it_not_back(published: Lab, out: Path) -> None:
    plan = planned(published, out, valid_for="1h")
    published.clock.forward("2h")

    with refused("permit-expired"):
        apply(published, plan)
    published.clock.back("2h")
    with refused("clock", "error"):
        apply(published, plan)
    published.tick().correct_clock(actor="ana", rationale=WHY)
    with refused("permit-expired"):
        apply(published, plan)

    assert (published.stage(), names(out)) == ("review", [])


def test_a_permit_is_its_maker_s(published: Lab, out: Path) -> None:
    plan = planned(published, out)

    with pytest.raises(InvalidInput, match="lee's permit, not max's"):
        apply(published, plan, by="max")


MOVED: dict[str, tuple[Callable[[Lab], object], str]] = {
    "a hold": (lambda lab: lab.hold(), GateDenied.code),
    "a refusal": (lambda lab: lab.reject("mara"), GateDenied.code),
    "other files": (lambda lab: lab.replace(lab.model("other")), "permit-stale"),
    "another round": (lambda lab: (lab.advance("return"), lab.advance("submit")), "permit-stale"),
    "another stage": (lambda lab: lab.advance("return"), "invalid-transition"),
    "an approval that was taken back": (lambda lab: lab.take_back("S1", "mara"), GateDenied.code),
    "files that were overwritten": (lambda lab: lab.model(model__safetensors="other"), GateDenied.code),
}


@pytest.mark.parametrize(("happens", "code"), MOVED.values(), ids=MOVED)
def test_what_happens_between_plan_and_apply_is_looked_at(
    published: Lab, out: Path, happens: Callable[[Lab], object], code: str
) -> None:
    plan = planned(published, out)
    happens(published)
    where = published.stage()

    with pytest.raises((Refused, InvalidInput)) as caught:
        apply(published, plan)

    assert code == (caught.value.reason if isinstance(caught.value, Refused) else type(caught.value).__name__)
    assert (published.stage(), published.engine.status("aurora").exposed) == (where, "internal")
    assert names(out) == []


class During(LocalDirectory):
    """A publisher in whose work something happens at one point."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self.happens = happens

    def stage(self, *args: Any, **settings: Any) -> Any:
        staging = super().stage(*args, **settings)
        self.happens()
        return staging


def test_a_hold_between_staging_and_the_move_stops_it(lab: Lab, out: Path) -> None:
    written = publishing(out, name="ours")
    written["transitions"]["publish"]["publish"]["publisher"] = "ours:held"
    lab.allow(lab.read(written))
    lab.in_review(process="ours")
    lab.approve_publish()
    engine = lab.open(publishers={"ours:held": During(lab.hold)})
    lab.clock.forward("1s")
    plan = engine.plan("aurora", "publish", to=str(out / "aurora"), actor="lee", rationale=WHY).permit
    assert plan is not None
    lab.clock.forward("1s")

    with pytest.raises(GateDenied) as caught:
        engine.apply(plan, target="aurora", actor="lee", rationale=WHY)

    assert "hold" in {reason.code for verdict in caught.value.verdicts for reason in verdict.reasons}
    assert names(out) == []
    assert lab.stage() == "review"


class Broken(LocalDirectory):
    """A publisher of somebody's own that fails in one of its methods."""

    def __init__(self, method: str, does: Callable[[], Any]) -> None:
        self.method = method
        self.does = does

    def rehearse(self, *args: Any) -> Any:
        return self.does() if self.method == "rehearse" else super().rehearse(*args)

    def stage(self, *args: Any) -> Any:
        return self.does() if self.method == "stage" else super().stage(*args)


def raises(error: Exception) -> Callable[[], Any]:
    def fail() -> None:
        raise error

    return fail


@pytest.fixture
def ours(lab: Lab, out: Path) -> Lab:
    written = publishing(out, name="ours")
    written["transitions"]["publish"]["publish"]["publisher"] = "ours:broken"
    lab.allow(lab.read(written))
    lab.in_review(process="ours")
    lab.approve_publish()
    lab.clock.forward("1s")
    return lab


@pytest.mark.parametrize("does", [raises(RuntimeError("no network")), lambda: None, lambda: ["free"]])
def test_a_publisher_that_fails_at_the_rehearsal_is_a_check_that_failed(
    ours: Lab, out: Path, does: Callable[[], Any]
) -> None:
    engine = ours.open(publishers={"ours:broken": Broken("rehearse", does)})

    shown = engine.plan("aurora", "publish", to=str(out / "aurora"), actor="lee", rationale=WHY)

    assert shown.permit is None
    assert [check.name for check in shown.checks if not check.ok] == ["publisher"]
    assert "the publisher ours:broken failed in `rehearse`, and nothing left" in shown.checks[-1].text


@pytest.mark.parametrize("method", ["rehearse", "stage"])
def test_a_publisher_that_fails_before_anything_began_is_one_clear_error(ours: Lab, out: Path, method: str) -> None:
    fine = ours.open(publishers={"ours:broken": LocalDirectory()})
    plan = fine.plan("aurora", "publish", to=str(out / "aurora"), actor="lee", rationale=WHY).permit
    assert plan is not None
    ours.clock.forward("1s")
    engine = ours.open(publishers={"ours:broken": Broken(method, raises(OSError("no route to host")))})

    with pytest.raises(
        PublishingFailed, match=f"ours:broken failed in `{method}`, and nothing left: OSError"
    ) as caught:
        engine.apply(plan, target="aurora", actor="lee", rationale=WHY)

    assert caught.value.remedy
    assert ours.stage() == "review"


# What a plan is.


def test_a_plan_is_read_back_from_its_file(published: Lab, out: Path, tmp_path: Path) -> None:
    plan = planned(published, out)
    path = tmp_path / "aurora.plan"
    path.write_bytes(plan.to_bytes())

    done = published.tick().apply(path, target="aurora", actor="lee", rationale=WHY)

    assert done.state == "confirmed"


EDITS = {
    "destination": "/srv/elsewhere",
    "expires": "2999-01-01T00:00:00.000000Z",
    "candidate": "0" * 64,
    "basis": "0" * 64,
    "nonce": "0" * 32,
    "person": "max",
    "round": 9,
    "files": 1,
}


@pytest.mark.parametrize("field", EDITS)
def test_a_plan_that_was_edited_is_not_the_one_on_record(published: Lab, out: Path, field: str) -> None:
    plan = planned(published, out).model_copy(update={field: EDITS[field]})

    with pytest.raises(InvalidInput, match=f"not the one on record: its {field} is"):
        apply(published, plan, by=plan.person)

    assert names(out) == []


def test_a_plan_of_another_ledger_release_or_permit_is_refused(published: Lab, out: Path) -> None:
    plan = planned(published, out)
    published.in_review("beta", process="published", path=published.model("beta"))

    for edit, error in (
        ({"origin": "elsewhere"}, InvalidInput),
        ({"release": "beta"}, NotFound),
        ({"release": "gamma"}, NotFound),
        ({"permit": "L2"}, NotFound),
    ):
        with pytest.raises(error):
            apply(published, plan.model_copy(update=edit))


@pytest.mark.parametrize("target", ["", "Aurora", "aurora ", "beta", "public"])
def test_the_target_is_named_exactly(published: Lab, out: Path, target: str) -> None:
    plan = planned(published, out)
    before = published.entries()

    with pytest.raises(InvalidInput, match="nothing was done"):
        published.engine.apply(plan, target=target, actor="lee", rationale=WHY)

    assert published.entries() == before


# What can go wrong on the way.


def test_what_lies_at_the_destination_by_then_is_seen_before_anything_begins(published: Lab, out: Path) -> None:
    plan = planned(published, out)
    (out / "aurora").mkdir()

    with refused("not-staged", "error") as caught:
        apply(published, plan)

    assert "something lies at" in str(caught.value)
    assert (published.stage(), list((out / "aurora").iterdir())) == ("review", [])
    (out / "aurora").rmdir()
    assert apply(published, plan).state == "confirmed"


@pytest.fixture
def occupied(monkeypatch: pytest.MonkeyPatch, out: Path) -> None:
    """Something lies at the destination from the moment on at which the files are staged."""
    stage = LocalDirectory.stage

    def staged(self: LocalDirectory, *args: Any, **settings: Any) -> Any:
        (out / "aurora").mkdir(exist_ok=True)
        return stage(self, *args, **settings)

    monkeypatch.setattr(LocalDirectory, "stage", staged)


@pytest.mark.usefixtures("occupied")
def test_what_comes_to_lie_at_the_destination_stays_and_the_release_goes_back(published: Lab, out: Path) -> None:
    plan = planned(published, out)

    with pytest.raises(PublishingFailed, match="nothing left, and aurora is back in review"):
        apply(published, plan)

    status = published.engine.status("aurora")
    assert (status.stage, status.exposed) == ("review", "internal")
    assert names(out) == ["aurora"]
    assert list((out / "aurora").iterdir()) == []
    assert published.events() == ["exposure_aborted"]
    assert published.stage() == "review"
    assert [view.name for view in status.stages if view.state == "passed"] == ["testing"]
    assert "sign-offs-missing" in published.blocking()
    assert apply(published, plan).state == "aborted"


@pytest.mark.usefixtures("occupied")
def test_after_a_way_back_everything_can_be_done_again(published: Lab, out: Path) -> None:
    with pytest.raises(PublishingFailed):
        apply(published, planned(published, out))

    published.approve_publish()
    done = apply(published, planned(published, out, to=str(out / "second")))

    assert done.state == "confirmed"
    assert names(out) == ["aurora", "second"]


def gone(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy is moved away in place of being published, and nobody can tell where."""

    def vanish(_: object) -> None:
        (private,) = out.iterdir()
        private.rename(out.parent / "gone")
        raise PublishingFailed("Input/output error")

    monkeypatch.setattr("workflow.publishing.local_directory._Copy.publish", vanish)


@pytest.fixture
def unknown(published: Lab, out: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A release of which nobody knows whether it left."""
    plan = planned(published, out)
    with monkeypatch.context() as patch:
        gone(out, patch)
        with pytest.raises(ExposureUnknown) as caught:
            apply(published, plan)
    assert "holdfast reconcile aurora L1" in str(caught.value.remedy)
    return published


def test_an_outcome_that_nobody_can_prove_counts_as_out(unknown: Lab, out: Path) -> None:
    status = unknown.engine.status("aurora")

    assert (status.stage, status.exposed) == ("public", "weights")
    with refused("exposed"):
        unknown.replace(unknown.model("other"))
    with pytest.raises(ExposureUnknown):
        apply(unknown, unknown.engine.permit("aurora", "L1"))


def reconcile(lab: Lab, found: str, *, by: str = "mara", role: str = "safety") -> Any:
    return lab.tick().reconcile(
        "aurora",
        "L1",
        found=found,  # type: ignore[arg-type]
        role=role,
        actor=by,
        rationale=WHY,
    )


@pytest.mark.parametrize("found", ["published", "not_published"])
def test_a_person_s_word_ends_the_doubt_and_lowers_nothing(unknown: Lab, found: str) -> None:
    reconcile(unknown, found)

    status = unknown.engine.status("aurora")
    assert (status.stage, status.exposed) == ("public", "weights")
    with pytest.raises(InvalidInput):
        reconcile(unknown, found, by="jun")


def test_only_somebody_whom_nothing_excludes_says_that_nothing_is_out(unknown: Lab) -> None:
    with refused("excluded"):
        reconcile(unknown, "not_published", by="lee", role="lead")
    with refused("excluded"):
        reconcile(unknown, "not_published", by="kim")
    with refused("no-role"):
        reconcile(unknown, "published", by="sam")
    reconcile(unknown, "published", by="lee", role="lead")


def test_what_is_found_out_later_goes_up_and_never_down(unknown: Lab) -> None:
    reconcile(unknown, "not_published")
    reconcile(unknown, "published", by="jun")
    with pytest.raises(InvalidInput, match="nothing brings that back"):
        reconcile(unknown, "not_published", by="priya")


def test_there_is_nothing_to_reconcile_where_it_is_known(published: Lab, out: Path) -> None:
    with pytest.raises(NotFound):
        reconcile(published, "published")
    plan = planned(published, out)
    with pytest.raises(InvalidInput, match="was not used"):
        reconcile(published, "published")
    apply(published, plan)
    with pytest.raises(InvalidInput, match="it is proven what came of L1"):
        reconcile(published, "published")
