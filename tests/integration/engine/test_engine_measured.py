"""Files that are not here: somebody hashes them where they are, and a gate takes their signed word for a while."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.forger import Forger
from tests.attacks.owned import tampering
from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import CALLED_BY_LEAD, TWO_OF_SAFETY, WHY, refused
from tests.support.hands import Hand
from workflow import AuditReport, InvalidInput, open_engine
from workflow.artifact import build_manifest
from workflow.measurement import Measurement, measure, read_measurement, write_measurement
from workflow.statement import NAMESPACE

MEASURED = {"candidate_unchanged": {"measured_by": ["security"], "max_age": "48h"}}
GATE = (CALLED_BY_LEAD, TWO_OF_SAFETY, {"sign_offs": {"role": "security", "count": "1"}}, MEASURED)


class Far(Keyed):
    """A lab whose model files are on another machine, which only ``sam`` reads."""

    def measured(self, name: str = "aurora", *, by: str = "sam", hand: Hand | None = None, **says: Any) -> Path:
        """A file with what somebody measured there just now."""
        manifest = build_manifest(self.directory / name)
        given = {"person": by, "origin": self.origin, "at": self.clock.now(), **says}
        made = measure(manifest, signer=hand or self.hands[by], **given)
        return self.written(made)

    def written(self, made: Measurement) -> Path:
        """The measurement in a file of its own."""
        file = self.directory / f"{len(list(self.directory.glob('*.measured')))}.measured"
        write_measurement(made, file)
        return file

    def start_measured(self, slug: str = "aurora", file: Path | None = None) -> None:
        """A release of files that this machine never saw, in review."""
        self.tick().start(
            slug,
            process="lab",
            authors=("kim",),
            actor="lee",
            rationale=WHY,
            measured=file or self.measured(slug),
        )
        self.advance("submit", slug)


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Far]:
    lab = Far(tmp_path)
    lab.found().staff()
    lab.allow(lab.signed(*GATE))
    lab.model("aurora", model__safetensors="weights", tokenizer__json="{}")
    yield lab
    lab.audited()
    lab.close()


def codes(lab: Far, file: Path | None, **settings: Any) -> set[str]:
    answer = lab.engine.explain("aurora", "publish", actor="lee", measured=file, **settings)
    return {
        reason.code
        for verdict in answer.blockers
        for reason in verdict.reasons
        if verdict.policy == "candidate_unchanged"
    }


def test_a_release_leaves_whose_files_this_machine_never_saw(far: Far) -> None:
    far.start_measured()
    far.approve_publish()
    (far.directory / "aurora").rename(far.directory / "unplugged")

    file = far.directory / "fresh.measured"
    manifest = build_manifest(far.directory / "unplugged")
    write_measurement(
        measure(manifest, person="sam", origin=far.origin, at=far.clock.now(), signer=far.hands["sam"]), file
    )
    far.advance("publish", measured=file)

    assert far.stage() == "public"
    entry = far.engine.history("aurora", limit=1)[0]
    told = next(item for item in entry.verdicts if item["policy"] == "candidate_unchanged")
    assert told["facts"][-1]["text"].startswith("elsewhere by sam, from ")


def test_where_the_files_are_is_recorded_as_whose_measurement_it_was(far: Far) -> None:
    far.start_measured()

    status = far.engine.status("aurora")
    place = json.loads(far.engine.history("aurora", limit=2)[1].texts["location"] or "")
    assert (status.files, status.components) == (2, ("tokenizer", "weights"))
    assert (place["measured by"], place["key"]) == ("sam", far.hands["sam"].fingerprint)


def test_other_bytes_come_the_same_way(far: Far) -> None:
    far.start_measured()
    far.model("second", model__safetensors="better weights")

    far.tick().replace_candidate(
        "aurora", authors=("kim",), actor="lee", rationale=WHY, measured=far.measured("second")
    )

    assert far.candidate() == build_manifest(far.directory / "second").digest


def test_without_a_measurement_it_is_said_where_the_files_are_not(far: Far) -> None:
    far.start_measured()

    answer = far.engine.explain("aurora", "publish", actor="lee")
    found = next(item for item in answer.blockers if item.policy == "candidate_unchanged")

    assert found.reasons[0].code == "cannot-tell"
    assert "the files are not here: sam measured them elsewhere" in found.reasons[0].text
    assert "--measured FILE" in found.reasons[0].text


def test_files_that_are_here_can_be_measured_all_the_same(far: Far) -> None:
    far.in_review(path=far.directory / "aurora")

    assert codes(far, None) == set()
    assert codes(far, far.measured()) == set()


REFUSED: dict[str, tuple[Callable[[Far], Path], str]] = {
    "another manifest": (
        lambda lab: lab.measured("other") if lab.model("other") else Path(),
        "candidate-changed",
    ),
    "for another ledger": (lambda lab: lab.measured(origin="holdfast.example/elsewhere"), "cannot-tell"),
    "forged": (
        lambda lab: lab.written(
            replace(read_measurement(lab.measured()), signature=Hand("sam", 9).sign(b"", NAMESPACE))
        ),
        "cannot-tell",
    ),
    "replayed for another candidate": (
        lambda lab: (
            lab.written(
                replace(read_measurement(lab.measured("other")), manifest=build_manifest(lab.directory / "aurora"))
            )
            if lab.model("other")
            else Path()
        ),
        "cannot-tell",
    ),
    "with a key that nobody enrolled": (lambda lab: lab.measured(hand=Hand("sam", 9)), "measurer-key"),
    "with somebody else's key": (lambda lab: lab.measured(hand=lab.hands["both"]), "measurer-key"),
    "by somebody without the role": (lambda lab: lab.measured(by="mara"), "measurer-role"),
    "by nobody on the roster": (lambda lab: lab.measured(by="eve"), "measurer-role"),
    "from the future": (lambda lab: lab.measured(at=lab.clock.now() + timedelta(hours=1)), "from-the-future"),
    "from long ago": (lambda lab: lab.measured(at=lab.clock.now() - timedelta(hours=48)), "measured-too-long-ago"),
}


@pytest.mark.parametrize(("made", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_measurement_that_does_not_count_opens_nothing_and_is_on_record(
    far: Far, made: Callable[[Far], Path], code: str
) -> None:
    far.start_measured()
    far.approve_publish()
    file = made(far)

    kind = {"candidate-changed": "no", "cannot-tell": "error", "from-the-future": "error"}.get(code, "open")
    with refused({"error": "policy-errored"}.get(kind, "gate-denied"), kind):
        far.advance("publish", measured=file)

    assert codes(far, file) == {code}
    assert far.stage() == "review"


def test_it_grows_too_old(far: Far) -> None:
    far.start_measured()
    file = far.measured()
    far.clock.forward("47h")
    assert codes(far, file) == set()

    far.clock.forward("1h")

    assert codes(far, file) == {"measured-too-long-ago"}


def test_a_clock_that_steps_back_decides_nothing_about_it(far: Far) -> None:
    far.start_measured()
    file = far.measured()

    far.clock.back("1m")

    assert codes(far, file) == {"cannot-tell"}
    far.clock.forward("2m")


def test_a_key_that_fell_takes_its_measurements_along(far: Far) -> None:
    far.start_measured()
    file = far.measured()

    far.tick().suspend_key(far.hands["sam"].fingerprint, actor="ana", rationale=WHY)

    assert codes(far, file) == {"measurer-key"}


def test_whoever_calls_does_not_measure(far: Far) -> None:
    far.tick().grant("lee", ["security"], actor="ana", rationale=WHY)
    far.start_measured()

    assert codes(far, far.measured(by="lee")) == {"measurer-excluded"}


@pytest.mark.parametrize(
    "gate", [({"candidate_unchanged": {}},), ("candidate_unchanged",), ()], ids=["no roles", "bare", "none"]
)
def test_a_gate_that_takes_none_says_so_and_records_nothing(far: Far, gate: tuple[Any, ...]) -> None:
    far.allow(
        far.signed(*GATE, name="strict", host={"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, *gate]})
    )
    far.in_review(path=far.directory / "aurora", process="strict")
    before = far.entries()

    with pytest.raises(InvalidInput, match="takes no measurement that was made elsewhere"):
        far.advance("host", measured=far.measured())
    assert far.entries() == before


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda lab: lab.measured(origin="elsewhere"), "it is for the ledger elsewhere"),
        (lambda lab: lab.measured(hand=Hand("sam", 9)), "it is not sam's here"),
        (lambda lab: lab.measured(hand=lab.hands["both"]), "it is not sam's here"),
        (lambda lab: lab.measured(by="eve"), "it is not eve's here"),
    ],
    ids=["another ledger", "an unknown key", "another's key", "nobody who is known"],
)
def test_nothing_starts_from_a_measurement_of_nobody_who_is_known(
    far: Far, made: Callable[[Far], Path], message: str
) -> None:
    before = far.entries()

    with pytest.raises(InvalidInput, match=message):
        far.start_measured(file=made(far))
    assert far.entries() == before


def test_a_candidate_is_at_a_path_or_measured_elsewhere(far: Far) -> None:
    start: dict[str, Any] = {"process": "lab", "authors": ["kim"], "actor": "lee", "rationale": WHY}

    for both in ({}, {"path": far.directory / "aurora", "measured": far.measured()}):
        with pytest.raises(InvalidInput, match="are at a path, or somebody measured them elsewhere"):
            far.tick().start("aurora", **both, **start)
    with pytest.raises(InvalidInput, match="are those of its manifest"):
        far.tick().start("aurora", measured=far.measured(), components={"weights": "x"}, **start)


def test_the_same_request_again_is_not_done_twice(far: Far) -> None:
    far.start_measured()
    far.approve_publish()

    first = far.advance("publish", measured=far.measured(), command_id="once")
    again = far.advance("publish", measured=far.measured(), command_id="once")

    assert (again.replayed, again.entry) == (True, first.entry)


# The audit.


@pytest.fixture
def published(far: Far, tmp_path: Path) -> Iterator[Path]:
    """A copy of the ledger's file, once a release has left on a measurement."""
    far.start_measured()
    far.approve_publish()
    far.advance("publish", measured=far.measured())
    far.close()
    place = tmp_path / "copy"
    place.mkdir()
    for file in tmp_path.glob("ledger.db*"):
        shutil.copy(file, place)
    far.open()
    yield place / "ledger.db"


def audited(database: Path) -> AuditReport:
    with open_engine(f"sqlite:///{database}") as engine:
        return engine.audit()


def found_in(entry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = entry["observations"][0]["ok"]
    return found


def test_the_statement_and_its_signature_are_kept_and_verified_again(published: Path) -> None:
    report = audited(published)

    assert (report.outcome, report.not_recomputed) == ("ok", ())


@pytest.mark.parametrize("part", ["statement", "signature"])
def test_a_measurement_whose_parts_are_missing_is_damage(published: Path, part: str) -> None:
    digest = found_in(Forger(published).find("transition_made", trigger="publish"))["measured"][part]
    with tampering(published) as database:
        database.execute("DELETE FROM blob WHERE digest = ?", (digest,))

    report = audited(published)

    assert report.outcome == "failed"
    assert any("is missing" in problem.message and digest[:12] in problem.message for problem in report.problems)


def another_signature(forger: Forger, found: dict[str, Any]) -> None:
    found["measured"]["signature"] = forger.blob(Hand("sam", 9).sign(b"{}", NAMESPACE))


def another_person(forger: Forger, found: dict[str, Any]) -> None:
    found["measured"]["by"] = "both"


def a_later_time(forger: Forger, found: dict[str, Any]) -> None:
    found["measured"]["at"] = found["measured"]["at"].replace("2025-07-01", "2025-07-02")


def no_signature(forger: Forger, found: dict[str, Any]) -> None:
    del found["measured"]["signature"]


def other_bytes(forger: Forger, found: dict[str, Any]) -> None:
    found["manifest"] = "0" * 64


FORGERIES = [another_signature, another_person, a_later_time, no_signature, other_bytes]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_an_observation_that_nobody_signed_like_that_is_a_problem_of_its_entry(
    published: Path, forge: Callable[[Forger, dict[str, Any]], None]
) -> None:
    forger = Forger(published)
    entry = forger.find("transition_made", trigger="publish")
    forge(forger, found_in(entry))
    forger.seal()

    report = audited(published)

    assert report.outcome == "failed"
    assert any(
        problem.entry == entry["seq"] and "measure" in problem.message and problem.kind == "not-allowed"
        for problem in report.problems
    )
