"""The story of one release, through the library: planned, slipped, stopped with no end date, fixed, and released.

Run it with ``python examples/story.py``. Whoever lets something through signs it, with a key made for the story. It
keeps everything in a temporary directory, and each ``assert`` is something that Holdfast promises.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from throw_away_keys import give_keys

import workflow
from workflow.tour.model import SHARDS, write_model
from workflow.tour.reports import write_report

NAME = "aurora-7b"
PEOPLE = {
    "lee": ["lead", "safety"],
    "kim": ["research"],  # made the model
    "ida": ["research"],
    "mara": ["safety"],
    "jun": ["safety"],
    "priya": ["safety"],
    "sam": ["security"],
    "noor": ["legal"],
    "wen": ["executive"],
}
AREAS = {"biosecurity": ("priya", "safety"), "cybersecurity": ("sam", "security"), "autonomy": ("jun", "safety")}
SIGNERS = {"mara": "safety", "jun": "safety", "sam": "security", "noor": "legal", "wen": "executive"}


class Calendar:
    """A clock that a story can turn; each reading is a second later than the one before."""

    def __init__(self) -> None:
        self._now = datetime(2025, 6, 2, 9, tzinfo=UTC)

    def now(self) -> datetime:
        """The story's present."""
        self._now += timedelta(seconds=1)
        return self._now

    def turn_to(self, month: int, day: int) -> None:
        """Goes to nine in the morning of a day."""
        self._now = datetime(2025, month, day, 9, tzinfo=UTC)


@contextmanager
def refused(outcome: str, about: str) -> Iterator[None]:
    """What stands in this block must be refused: ``no``, or ``open`` where it only waits."""
    try:
        yield
    except workflow.Refused as error:
        assert error.outcome == outcome, error
        assert about in error.message, error
        print(f"  refused, entry {error.entry}: {error.message}")
    else:
        raise AssertionError(f"not refused: {about}")


def tell(directory: Path) -> None:
    """Tells the story, with everything it makes in a directory."""
    clock = Calendar()
    model = directory / "aurora"
    write_model(model)
    engine = workflow.create_ledger(
        f"sqlite:///{directory / 'holdfast.db'}",
        administrators=["ana"],
        rationale="every release of this lab is decided here",
        clock=clock,
    )
    with engine:
        for person, roles in PEOPLE.items():
            engine.add_person(person, roles=roles, actor="ana", rationale="signs for this from today on")
        signing = give_keys(engine, "ana", PEOPLE, directory / "keys")
        story(engine, signing, clock, model, measuring(engine, clock, directory, model))
        report = engine.audit()
        assert report.outcome == "ok", report.problems
        print(f"audit: {report.outcome}, {report.entries} entries, {report.refusals} refusals on record")


def measuring(engine: workflow.Engine, clock: Calendar, directory: Path, model: Path) -> Callable[[str], None]:
    """A way to attach what an evaluation of the present files found."""

    def measure(log: str) -> None:
        path = directory / f"{log}-{clock.now():%m%d}.json"
        write_report(log, path, model=model, completed=clock.now())
        engine.attach(NAME, path, actor="lee", rationale="the evaluation team ran it on these files")

    return measure


def story(
    engine: workflow.Engine,
    signing: Mapping[str, workflow.Engine],
    clock: Calendar,
    model: Path,
    measure: Callable[[str], None],
) -> None:
    """From the first date to the release."""
    print("June: a date, and a first slip")
    clock.turn_to(6, 9)
    engine.start(
        NAME, model, process="open_weights", authors=["kim"], actor="lee", rationale="our first open model", label="1.0"
    )
    engine.schedule(NAME, datetime(2025, 6, 26, 17, tzinfo=UTC), actor="lee", rationale="before the summer")
    with refused("open", "`submit`"):
        engine.advance(NAME, "submit", actor="lee", rationale="it is ready")
    measure("bio_uplift-0.31")
    with refused("no", "author"):
        sign(signing, "submit", "kim", "research")
    sign(signing, "submit", "ida", "research")
    engine.advance(NAME, "submit", actor="lee", rationale="measured, and the research lead stands behind it")
    clock.turn_to(6, 20)
    engine.schedule(NAME, datetime(2025, 7, 17, 17, tzinfo=UTC), actor="lee", rationale="the review needs longer")

    print("July: the review says no, and the release is stopped with no end date")
    clock.turn_to(7, 10)
    measure("cyber_range-0.12")
    measure("refusal_rate-0.97")
    engine.review(
        NAME, "biosecurity", "unacceptable", role="safety", actor="priya", rationale="it answers what it must not"
    )
    engine.sign_off(NAME, "release", decision="reject", role="safety", actor="mara", rationale="0.31 is too much help")
    with refused("no", "0.31"):
        engine.advance(NAME, "release", actor="lee", rationale="the date was announced")
    clock.turn_to(7, 11)
    engine.advance(NAME, "delay", actor="priya", rationale="more tests, and a review of the high-risk areas")
    engine.schedule(NAME, None, actor="lee", rationale="we do not know how long it takes")
    engine.require(
        NAME,
        "bio_uplift is at most 0.25 on the files that leave",
        role="safety",
        actor="priya",
        rationale="what the review found",
        hold="H1",
        bound={"kind": "inspect", "name": "bio_uplift", "bound": {"metric": "accuracy", "at_most": "0.25"}},
    )
    say(signing, "We delay our open model with no new date: once weights are out, they cannot be pulled back.")
    clock.turn_to(7, 28)
    (hold,) = engine.status(NAME).holds
    assert hold.lapsed, "the day to look again has passed"
    assert hold.standing, "and nothing was released by that"

    print("August: other bytes, which inherit every objection")
    write_model(model, fix=True)
    engine.replace_candidate(
        NAME, model, authors=["kim"], actor="lee", rationale="trained further not to help", label="1.1", variant="fix"
    )
    status = engine.status(NAME)
    assert [reject.by for reject in status.rejects] == ["mara"]
    assert [hold.id for hold in status.holds if hold.standing] == ["H1"]
    with refused("open", "no conclusive report"):
        signing["priya"].discharge(NAME, "R1", role="safety", actor="priya", rationale="it was trained for that")
    with refused("open", "R1"):
        signing["jun"].lift(NAME, "H1", role="safety", actor="jun", rationale="the training is done")
    for log in ("bio_uplift-0.18", "cyber_range-0.12", "refusal_rate-0.97"):
        measure(log)
    signing["mara"].withdraw_sign_off(
        NAME, status.rejects[0].id, actor="mara", rationale="0.18 on these files, and I tried it"
    )
    newest = engine.status(NAME).evidence[-3].id
    signing["priya"].discharge(
        NAME, "R1", role="safety", actor="priya", evidence=[newest], rationale="0.18, with room to spare"
    )
    with refused("no", "requester"):
        signing["lee"].lift(NAME, "H1", role="safety", actor="lee", rationale="we are late")
    for person in ("jun", "priya"):
        signing[person].lift(NAME, "H1", role="safety", actor=person, rationale="what the hold asked for is done")
    say(signing, "The model was trained further and measured again: the help with pathogens is within our bound.")
    clock.turn_to(8, 1)
    engine.advance(NAME, "resume", actor="lee", rationale="the hold is lifted and the reasons were told")

    print("August: five signatures for exactly these bytes, three days of rest, and out")
    for area, (person, role) in AREAS.items():
        signing[person].review(
            NAME, area, "acceptable", role=role, actor=person, rationale="looked at on these very files"
        )
    signing["wen"].statement(
        NAME, "We release aurora-7b: measured, reviewed and signed.", role="executive", actor="wen"
    )
    for person, role in SIGNERS.items():
        sign(signing, "release", person, role)
    with refused("open", "72h"):
        engine.advance(NAME, "release", actor="lee", rationale="everybody has signed")
    clock.turn_to(8, 5)
    weights = model / SHARDS[0]
    original = weights.read_bytes()
    weights.write_bytes(original[:-1] + bytes([original[-1] ^ 1]))
    with refused("no", SHARDS[0]):
        engine.advance(NAME, "release", actor="lee", rationale="the wait is over")
    weights.write_bytes(original)
    engine.advance(NAME, "release", actor="lee", rationale="the wait is over, and the files are the ones signed")

    status = engine.status(NAME)
    assert status.exposure is workflow.Exposure.WEIGHTS
    slips = [f"{change.planned:%d %b}" if change.planned else "no date" for change in status.schedule]
    print(f"released {status.entered_at:%d %b}; planned {', then '.join(slips)}")


def sign(signing: Mapping[str, workflow.Engine], trigger: str, person: str, role: str) -> None:
    """Approves exactly what there is to see: the basis that ``explain`` shows."""
    engine = signing[person]
    seen = engine.explain(NAME, trigger, observe=False)
    engine.sign_off(NAME, trigger, role=role, actor=person, basis=seen.basis, rationale=f"read as {role}, and I agree")


def say(signing: Mapping[str, workflow.Engine], text: str) -> None:
    """The head of the lab and the research lead each say it in public."""
    signing["wen"].statement(NAME, text, role="executive", actor="wen")
    signing["ida"].statement(NAME, text, role="research", actor="ida")


def main() -> None:
    """Tells the story in a directory that is gone afterwards."""
    directory = Path(tempfile.mkdtemp())
    try:
        tell(directory)
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
