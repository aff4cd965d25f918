"""Attacks on the way out: plans that say something else, permits used otherwise, files and places exchanged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attacked import PROCESS, WHY, Lab
from forger import Forger, Json

import workflow
from workflow import Engine, Exposure, InvalidInput, PlanFile, Refused
from workflow.artifact import build_manifest
from workflow.publishing import Staging
from workflow.publishing.local_directory import LocalDirectory

FOR_GOOD = "    means: for good\n"


@pytest.fixture
def out(lab: Lab) -> Path:
    """Where a release may go."""
    path = lab.directory / "out"
    path.mkdir()
    return path


def released(lab: Lab, out: Path, publisher: str = "local_directory") -> Engine:
    """A release that would be published if nobody attacked it."""
    publish = f"    publish: {{publisher: {publisher!r}, below: [{out}]}}\n"
    assert lab.engine is not None
    process = lab.engine.load_process(lab.process(PROCESS.replace(FOR_GOOD, FOR_GOOD + publish)))
    lab.agreed(lab.engine.allow_process(process, Exposure.WEIGHTS, actor="ana", rationale=WHY))
    return lab.ready()


@pytest.fixture
def ready(lab: Lab, out: Path) -> Engine:
    return released(lab, out)


def planned(engine: Engine, out: Path, release: str = "aurora") -> PlanFile:
    permit = engine.plan(release, "publish", to=str(out / release), actor="lee", rationale=WHY).permit
    assert permit is not None
    return permit


def applied(engine: Engine, plan: PlanFile, actor: str = "lee") -> workflow.Applied:
    return engine.apply(plan, target=plan.release, actor=actor, rationale=WHY)


def nothing_left(engine: Engine, out: Path) -> None:
    assert [path for path in out.iterdir() if not path.name.startswith(".holdfast-")] == []
    assert engine.status("aurora").exposed == "internal"
    assert engine.audit().outcome == "ok"


def test_row_2_files_that_were_overwritten_after_the_plan_do_not_leave(lab: Lab, ready: Engine, out: Path) -> None:
    plan = planned(ready, out)
    lab.model(weights="other weights")

    with pytest.raises(Refused) as refusal:
        applied(ready, plan)

    assert "candidate-changed" in {reason.code for verdict in refusal.value.verdicts for reason in verdict.reasons}
    nothing_left(ready, out)


class Meddling(LocalDirectory):
    """A publisher while whose work somebody meddles: before the copy is made, or after it."""

    def __init__(self, before: Callable[[], object] = lambda: None, after: Callable[[], object] = lambda: None) -> None:
        self.before = before
        self.after = after

    def stage(self, *args: Any, **settings: Any) -> Staging:
        """Copies the files."""
        self.before()
        staging = super().stage(*args, **settings)
        self.after()
        return staging


def meddled(lab: Lab, out: Path, publisher: LocalDirectory) -> tuple[Engine, PlanFile]:
    """A release with a plan that a meddled publisher is to apply."""
    released(lab, out, "lab:shelf")
    lab.close()
    lab.engine = workflow.open_engine(lab.url, clock=lab.clock, publishers={"lab:shelf": publisher})
    return lab.engine, planned(lab.engine, out)


def test_row_2_a_file_that_is_exchanged_between_the_hashing_and_the_copy_does_not_leave(lab: Lab, out: Path) -> None:
    engine, plan = meddled(lab, out, Meddling(before=lambda: lab.model(weights="other weights")))

    with pytest.raises((Refused, InvalidInput)):
        applied(engine, plan)

    nothing_left(engine, out)


def test_row_2_files_that_are_exchanged_while_they_are_copied_and_put_back_do_not_leave(lab: Lab, out: Path) -> None:
    # The gate, which hashes the files where they lie, sees nothing of it: the copy is what it looks at.
    engine, plan = meddled(
        lab, out, Meddling(before=lambda: lab.model(weights="weightz"), after=lambda: lab.model(weights="weights"))
    )

    with pytest.raises((Refused, InvalidInput)):
        applied(engine, plan)

    nothing_left(engine, out)


def test_row_2_a_copy_that_is_written_to_after_it_was_made_does_not_leave(lab: Lab, out: Path) -> None:
    def write() -> None:
        (private,) = out.iterdir()
        (private / "files" / "model.safetensors").write_text("other weights")

    engine, plan = meddled(lab, out, Meddling(after=write))

    with pytest.raises(Refused) as refusal:
        applied(engine, plan)

    assert refusal.value.reason == "not-staged"
    nothing_left(engine, out)


def test_row_41_a_plan_that_was_edited_is_not_applied(lab: Lab, ready: Engine, out: Path) -> None:
    said = json.loads(planned(ready, out).to_bytes())
    path = lab.directory / "aurora.plan"

    for name, value in said.items():
        edited = {**said, name: value + 1 if isinstance(value, int) else f"{value}0"}
        path.write_text(json.dumps(edited, sort_keys=True, separators=(",", ":")))
        with pytest.raises(workflow.WorkflowError):
            ready.apply(path, target=edited["release"], actor="lee", rationale=WHY)

    nothing_left(ready, out)


def test_row_41_a_plan_of_another_ledger_is_not_applied(lab: Lab, ready: Engine, out: Path, tmp_path: Path) -> None:
    plan = planned(ready, out)
    (tmp_path / "other").mkdir()
    other = Lab(tmp_path / "other")
    engine = other.create()

    with pytest.raises(workflow.WorkflowError):
        applied(engine, plan)
    with pytest.raises(workflow.WorkflowError):
        applied(engine, plan.model_copy(update={"origin": "elsewhere"}))

    other.close()
    nothing_left(ready, out)


def test_row_41_a_permit_is_good_for_one_release_and_one_round(lab: Lab, ready: Engine, out: Path) -> None:
    plan = planned(ready, out)
    lab.ready("beta", folder=lab.model("next", weights="other weights"))

    with pytest.raises(workflow.WorkflowError):
        applied(ready, plan.model_copy(update={"release": "beta"}))
    ready.advance("aurora", "back", actor="lee", rationale=WHY)
    ready.advance("aurora", "submit", actor="lee", rationale=WHY)
    with pytest.raises(Refused) as refusal:
        applied(ready, plan)

    assert refusal.value.reason == "permit-stale"
    nothing_left(ready, out)


def test_row_41_a_permit_is_used_once_and_expires(lab: Lab, ready: Engine, out: Path) -> None:
    first, second = planned(ready, out), planned(ready, out)
    lab.clock.forward("25h")

    with pytest.raises(Refused) as refusal:
        applied(ready, first)
    assert refusal.value.reason == "permit-expired"
    lab.clock.back("24h")
    with pytest.raises(Refused) as refusal:
        applied(ready, second)
    assert (refusal.value.reason, refusal.value.outcome) == ("clock", "error")
    nothing_left(ready, out)

    lab.clock.forward("24h")
    good = planned(ready, out)
    applied(ready, good)
    shutil.rmtree(out / "aurora")
    assert applied(ready, good).already
    assert list(out.iterdir()) == []


def test_row_41_the_owner_of_a_copied_ledger_does_not_use_a_permit_there_that_counts_here(
    lab: Lab, ready: Engine, out: Path, tmp_path: Path
) -> None:
    plan = planned(ready, out)
    lab.close()
    copied = Lab(tmp_path / "copied", lab.clock)
    copied.directory.mkdir()
    shutil.copy(lab.path, copied.path)
    applied(copied.open(), plan)
    copied.close()

    with pytest.raises(Refused) as refusal:
        applied(lab.open(), plan)

    assert refusal.value.reason == "not-staged"
    assert build_manifest(out / "aurora") is not None
    assert lab.open().status("aurora").exposed == "internal"


def test_row_41_a_place_that_is_exchanged_for_a_link_takes_nothing_elsewhere(
    lab: Lab, ready: Engine, out: Path, tmp_path: Path
) -> None:
    plan = planned(ready, out)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    out.rename(tmp_path / "moved")
    out.symlink_to(elsewhere)

    with pytest.raises((Refused, InvalidInput)):
        applied(ready, plan)

    assert list(elsewhere.iterdir()) == []
    nothing_left(ready, tmp_path / "moved")


def test_row_41_what_lies_at_the_destination_is_never_replaced(lab: Lab, ready: Engine, out: Path) -> None:
    plan = planned(ready, out)
    (out / "aurora").symlink_to(lab.directory)

    with pytest.raises(Refused) as refusal:
        applied(ready, plan)

    assert refusal.value.reason == "not-staged"

    assert (out / "aurora").readlink() == lab.directory
    assert ready.status("aurora").exposed == "internal"


def test_row_41_a_plain_advance_does_not_go_around_the_publisher(ready: Engine, out: Path) -> None:
    with pytest.raises(Refused) as refusal:
        ready.advance("aurora", "publish", actor="lee", rationale=WHY)

    assert refusal.value.reason == "publisher"
    nothing_left(ready, out)


def test_row_41_a_signer_who_would_publish_is_a_requester_and_does_not_count(ready: Engine, out: Path) -> None:
    shown = ready.plan("aurora", "publish", to=str(out / "aurora"), actor="mara", rationale=WHY)

    assert not shown.allowed
    assert shown.permit is None


# What the owner of the database writes past the engine.


def begun(forger: Forger) -> Json:
    return next(entry for entry in forger.entries if entry["events"][-1]["type"] == "exposure_begun")


def the_permit_is_gone(forger: Forger) -> None:
    forger.entries.remove(forger.find("plan_made"))


def it_was_another_destination(forger: Forger) -> None:
    begun(forger)["events"][1]["destination"] = "/srv/elsewhere"


def it_was_other_files(forger: Forger) -> None:
    begun(forger)["events"][1]["manifest"] = "0" * 64


def it_had_not_been_staged(forger: Forger) -> None:
    entry = begun(forger)
    entry["observations"] = [item for item in entry["observations"] if item["kind"] != "publication"]


def it_was_no_publication(forger: Forger) -> None:
    begun(forger)["events"].pop()


def it_began_alone(forger: Forger) -> None:
    begun(forger)["events"].pop(0)


def it_was_somebody_else(forger: Forger) -> None:
    begun(forger)["actor"] = "mara"


def it_was_read_back_from_nowhere(forger: Forger) -> None:
    forger.find("exposure_confirmed")["observations"][0]["ok"]["state"] = "unknown"


def it_was_used_twice(forger: Forger) -> None:
    forger.entries.append(forger.copy_of(begun(forger)))


def nothing_had_left(forger: Forger) -> None:
    entry = forger.copy_of(forger.find("exposure_confirmed"))
    entry["events"] = [
        {"type": "exposure_aborted", "schema": 1, "subject": "L1", "stage": "review", "exposed": "internal"}
    ]
    forger.entries.append(entry)


FORGERIES = [
    the_permit_is_gone,
    it_was_another_destination,
    it_was_other_files,
    it_had_not_been_staged,
    it_was_no_publication,
    it_began_alone,
    it_was_somebody_else,
    it_was_read_back_from_nowhere,
    it_was_used_twice,
    nothing_had_left,
]


@pytest.mark.parametrize("forge", FORGERIES)
def test_row_41_a_publication_that_the_rules_would_not_have_made_is_named(
    lab: Lab, ready: Engine, out: Path, forge: Callable[[Forger], None]
) -> None:
    applied(ready, planned(ready, out))
    lab.close()
    forger = Forger(lab.database)

    forge(forger)
    forger.seal()

    report = lab.open().audit()
    assert report.outcome == "failed"
    assert {problem.stream for problem in report.problems if problem.kind == "not-allowed"} == {"release/aurora"}
