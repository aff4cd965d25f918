"""Processes that are killed at every step of a publication, and what the same plan makes of it afterwards."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.faults.forks import at_once, fork
from tests.integration.engine.lab import WHY, Lab, definition
from workflow import Engine, Refused, WorkflowError, open_engine
from workflow.artifact import CandidateFiles, Manifest, ManifestFile, build_manifest
from workflow.publishing import Found, Staging
from workflow.publishing.base import OnProgress
from workflow.publishing.local_directory import LocalDirectory
from workflow.storage.sql import SqlUnit

OURS = "ours:shelf"
POINTS = (
    "while it copies",
    "when it is staged",
    "before exposure_begun is committed",
    "after exposure_begun is committed",
    "before the rename",
    "after the rename",
    "when it was read back",
    "before exposure_confirmed is committed",
    "after exposure_confirmed is committed",
    "when it has cleaned up",
)
BEFORE_IT_BEGAN = POINTS[:3]
BEFORE_IT_LEFT = POINTS[3:5]


def die() -> None:
    """Ends this process at once, and lets nothing clean up."""
    os.kill(os.getpid(), signal.SIGKILL)


class DyingFiles:
    """The files of a candidate, until the first block of the last one."""

    def __init__(self, files: CandidateFiles) -> None:
        self.files = files
        self.manifest = files.manifest
        self.roots = files.roots

    def read(self, file: ManifestFile) -> Iterator[memoryview]:
        """The bytes, as far as it gets."""
        for block in self.files.read(file):
            yield block
            if file == self.manifest.files[-1]:
                die()


class Doomed:
    """A copy that its process dies over, at one point."""

    def __init__(self, copy: Staging, point: str) -> None:
        self.copy = copy
        self.point = point
        self.published = False

    @property
    def reference(self) -> str:
        """That of the copy."""
        return self.copy.reference

    def look(self) -> Found:
        """Where it is."""
        return self.copy.look()

    def verify(self, progress: OnProgress | None = None) -> str:
        """Reads it back."""
        found = self.copy.verify(progress)
        if self.published:
            self.reached("when it was read back")
        return found

    def publish(self) -> None:
        """Moves it."""
        self.reached("before the rename")
        self.copy.publish()
        self.published = True
        self.reached("after the rename")

    def discard(self) -> None:
        """Cleans up."""
        self.copy.discard()
        self.reached("when it has cleaned up")

    def close(self) -> None:
        """Lets go of it."""
        self.copy.close()

    def reached(self, point: str) -> None:
        """Dies where it is to die."""
        if point == self.point:
            die()


class Deadly(LocalDirectory):
    """The publisher of a process that is to die at one point."""

    def __init__(self, point: str) -> None:
        self.point = point

    def stage(
        self, files: CandidateFiles, destination: str, permit: str, progress: OnProgress | None = None
    ) -> Staging:
        """Copies the files, or dies over it."""
        given: Any = DyingFiles(files) if self.point == "while it copies" else files
        doomed = Doomed(super().stage(given, destination, permit, progress), self.point)
        doomed.reached("when it is staged")
        return doomed


def dying_at_commits(point: str) -> None:
    """Lets this process die before or after the commit of an event."""
    append, commit = SqlUnit.append, SqlUnit.commit
    appended: list[str] = []

    def appending(self: SqlUnit, entry: Any) -> None:
        append(self, entry)
        appended.append(entry.entry.body.decode())

    def committing(self: SqlUnit) -> None:
        last = appended[-1] if appended else ""
        if any(point == f"before {kind} is committed" and f'"{kind}"' in last for kind in KINDS):
            die()
        commit(self)
        if any(point == f"after {kind} is committed" and f'"{kind}"' in last for kind in KINDS):
            die()

    SqlUnit.append, SqlUnit.commit = appending, committing  # type: ignore[method-assign]


KINDS = ("exposure_begun", "exposure_confirmed")


def prepared(directory: Path) -> str:
    """A ledger with a release that has a permit; returns where it is to go."""
    lab = Lab(directory).people()
    out = directory / "out"
    out.mkdir()
    written = definition(name="shelved")
    written["transitions"]["publish"]["publish"] = {"publisher": OURS, "below": [str(out)]}
    lab.allow(lab.read(written))
    lab.in_review(process="shelved")
    lab.approve_publish()
    with opened(lab) as engine:
        lab.clock.forward("1s")
        shown = engine.plan("aurora", "publish", to=str(out / "aurora"), actor="lee", rationale=WHY)
    assert shown.permit is not None
    (directory / "aurora.plan").write_bytes(shown.permit.to_bytes())
    lab.close()
    return str(out / "aurora")


def opened(lab: Lab, publisher: LocalDirectory | None = None) -> Engine:
    """The ledger, with the publisher that its process names."""
    return open_engine(lab.url, clock=lab.clock, publishers={OURS: publisher or LocalDirectory()})


def applied(lab: Lab, publisher: LocalDirectory | None = None) -> Any:
    """What the application of the plan comes to."""
    with opened(lab, publisher) as engine:
        lab.clock.forward("1s")
        return engine.apply(lab.directory / "aurora.plan", target="aurora", actor="lee", rationale=WHY)


def killed(place: str, point: str, between: str = "nothing") -> dict[str, Any]:
    """Kills the application of a plan at a point, lets something happen, applies it again, and tells of all of it."""
    directory = Path(place)
    prepared(directory)
    lab = Lab(directory, existing=True)
    lab.clock.forward("1h")
    lab.close()

    def dies(_: Callable[[Any], None]) -> None:
        dying_at_commits(point)
        applied(lab, Deadly(point))

    child = fork(dies)
    _, status = os.waitpid(child.pid, 0)
    assert os.WIFSIGNALED(status), list(child.lines(0))
    os.close(child.pipe)
    lab = Lab(directory, existing=True)
    lab.clock.forward("2h")
    told = {"after the kill": _told(lab)}
    match between:
        case "hold":
            lab.hold()
        case "withdrawal":
            lab.advance("withdraw")
        case "expiry":
            lab.clock.forward("24h")
    try:
        told["again"] = applied(lab).model_dump(mode="json")
    except WorkflowError as error:
        told["again"] = {"error": type(error).__name__, "message": error.message}
    told["at the end"] = _told(lab)
    lab.close()
    return told


def _told(lab: Lab) -> dict[str, Any]:
    """What can be seen of a release and of its destination; that the audit finds nothing is checked."""
    report = lab.engine.audit()
    assert (report.outcome, report.problems) == ("ok", ())
    status = lab.engine.status("aurora")
    out = lab.directory / "out"
    private = [path for path in out.iterdir() if path.name != "aurora"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} <= {0o700}
    there = (out / "aurora").exists()
    assert not there or build_manifest(out / "aurora") == manifest(lab.engine)
    events = [event["type"] for item in lab.engine.history("aurora") for event in item.events]
    return {
        "stage": status.stage,
        "exposed": status.exposed.value,
        "state": status.publications[0].state,
        "there": there,
        "private": len(private),
        "events": {kind: events.count(kind) for kind in (*KINDS, "exposure_aborted")},
    }


def manifest(engine: Engine) -> Manifest:
    """The candidate's."""
    return engine.manifest("aurora")


def raced(place: str, number: int) -> dict[str, Any]:
    """Several processes that apply one plan in the same moment, and what came of it."""
    directory = Path(place)
    prepared(directory)

    def run() -> Any:
        lab = Lab(directory, existing=True)
        lab.clock.forward("1h")
        try:
            return applied(lab).model_dump(mode="json")
        except Refused as error:
            return {"error": error.reason}
        except WorkflowError as error:
            return {"error": type(error).__name__}
        finally:
            lab.close()

    results = at_once([run] * number)
    lab = Lab(directory, existing=True)
    lab.clock.forward("2h")
    told = {"results": results, "at the end": _told(lab)}
    lab.close()
    return told
