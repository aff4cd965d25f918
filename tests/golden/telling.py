"""Tells the golden story to an engine: one entry at least of every kind, with nothing in it left to chance.

What is random elsewhere (nonces, salts, command ids, the clock) is counted here, and files lie at relative paths.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

import pytest

import workflow
from policies import BUILT_IN
from tests.support.build import ScriptedClock
from tests.support.raw import raw
from workflow import Engine, Refused

HERE = Path(__file__).parent
ORIGIN = "holdfast.example/golden"
PEOPLE = {
    "lee": ["lead"],
    "mara": ["safety"],
    "jun": ["safety"],
    "priya": ["safety"],
    "sam": ["security"],
    "ivy": ["legal"],
    "noor": ["legal"],
}
READY_MADE = {"golden": HERE / "process.yaml"}
DRAWN = (
    "secrets",
    "brought.secrets",
    "pipeline.secrets",
    "pipeline.uuid",
    "ledger.text.secrets",
    "possession.secrets",
    "measurement.secrets",
)
"""Where the engine draws at random."""

LONG = "a-file-whose-name-is-long-enough-to-make-what-was-observed-longer-than-what-an-entry-holds-by-itself" * 2


class InPlace(type(Path())):  # type: ignore[misc]
    """A path that stays as relative as it was given."""

    def absolute(self) -> InPlace:
        return self


class Counted:
    """Stands for ``secrets`` and ``uuid``: counts instead of drawing. A nonce follows from its command."""

    def __init__(self) -> None:
        self._commands = 0
        self._salts = 0

    def uuid4(self) -> UUID:
        """The next command's id."""
        self._commands += 1
        return UUID(int=self._commands)

    def token_hex(self, size: int) -> str:
        """The nonce of the present command."""
        return sha256(f"nonce {self._commands}".encode()).hexdigest()[: 2 * size]

    def token_bytes(self, size: int) -> bytes:
        """The next text's salt."""
        self._salts += 1
        return sha256(f"salt {self._salts}".encode()).digest()[:size]


@contextmanager
def nothing_left_to_chance(
    directory: Path,
    processes: Mapping[str, Path] = READY_MADE,
    newest: Mapping[str, int] = MappingProxyType({}),
    url: str | None = None,
) -> Iterator[None]:
    """Counts instead of drawing, and works in a directory, with the ready-made processes of when a story was told.

    ``newest`` is the revision that policies had then, where it was not the first; ``url`` is where the ledger is made,
    unless in the directory.
    """
    counted = Counted()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        for drawn in DRAWN:
            patch.setattr(f"workflow.{drawn}", counted)
        patch.setattr("workflow.api.moving.Path", InPlace)
        patch.setattr("workflow.shipped", lambda: processes)
        there = {
            name: {revision: place for revision, place in revisions.items() if revision <= newest.get(name, 1)}
            for name, revisions in BUILT_IN.items()
        }
        patch.setattr("policies.BUILT_IN", there)
        patch.setattr(Story, "url", url or Story.url)
        yield


class Story:
    """The acts of the story, each a minute after the last."""

    url = "sqlite:///golden.db"

    def __init__(self) -> None:
        self.clock = ScriptedClock()
        self._engine: Engine | None = workflow.create_ledger(
            self.url,
            administrators=["ana", "bob"],
            threshold=2,
            rationale="the golden ledger is made",
            origin=ORIGIN,
            clock=self.clock,
        )

    @property
    def engine(self) -> Engine:
        """The engine, a minute later."""
        self.clock.forward("1m")
        if self._engine is None:
            self._engine = workflow.open_engine(self.url, clock=self.clock)
        return self._engine

    def close(self) -> None:
        """Lets go of the file."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def why(self, actor: str) -> dict[str, str]:
        """The actor, and a reason in their name."""
        return {"actor": actor, "rationale": f"{actor} has a reason"}

    def agree(self) -> None:
        """The second administrator approves what the first proposed."""
        pending = self.engine.roster().pending[-1].id
        self.engine.approve_change(pending, **self.why("bob"))

    def sign(self, person: str, role: str, decision: str, trigger: str = "publish", slug: str = "aurora") -> None:
        """A sign-off on what there is."""
        basis = self.engine.explain(slug, trigger, observe=False).basis if decision == "approve" else None
        self.engine.sign_off(slug, trigger, role=role, decision=decision, basis=basis, **self.why(person))  # type: ignore[arg-type]

    def tell(self) -> None:
        """Everything, in order."""
        self.people_and_charter()
        self.a_first_candidate()
        self.what_is_said_and_stopped()
        self.a_second_candidate_goes_out()
        self.what_is_long()
        self.what_administrators_mend()

    def people_and_charter(self) -> None:
        """Every change of the roster and the charter."""
        self.model("model", "the first weights")
        for person, roles in PEOPLE.items():
            self.engine.add_person(person, roles=roles, name=f"{person.title()} Example", **self.why("ana"))
            self.agree()
        self.engine.add_person("eve", **self.why("ana"))
        self.agree()
        self.engine.grant("eve", ["safety", "legal"], **self.why("ana"))
        self.agree()
        self.engine.revoke("eve", ["legal"], **self.why("ana"))
        self.agree()
        text = (HERE / "process.yaml").read_text().replace("version: 1", "version: 2", 1)
        other = self.engine.load_process(text)
        self.engine.allow_process(other, workflow.Exposure.HOSTED, **self.why("ana"))
        self.agree()
        with pytest.raises(Refused):
            self.engine.start("aurora", "model", process=other, authors=["kim"], **self.why("lee"))
        self.engine.disallow_process(other.digest, **self.why("ana"))
        self.agree()
        with pytest.raises(Refused):
            self.engine.add_person("mallory", roles=["safety"], **self.why("lee"))

    def a_first_candidate(self) -> None:
        """A start, refusals, a date that slips, reports."""
        self.engine.start(
            "aurora", "model", process="golden", authors=["kim"], label="1.0", variant="base", **self.why("lee")
        )
        with pytest.raises(Refused):
            self.engine.advance("aurora", "publish", **self.why("lee"))
        Path("model").rename("elsewhere")
        with pytest.raises(Refused):
            self.engine.advance("aurora", "submit", **self.why("lee"))
        Path("elsewhere").rename("model")
        self.engine.advance("aurora", "submit", **self.why("lee"))
        for day in (10, 16):
            self.engine.schedule("aurora", self.clock.at + timedelta(days=day), **self.why("lee"))
        self.engine.schedule("aurora", None, **self.why("lee"))
        self.attach(0.31, declare_as="lead")
        self.attach(0.12, states=self.engine.status("aurora").candidate)
        Path("card.md").write_text("A card of the model.\n")
        self.engine.attach("aurora", "card.md", kind="document", name="card", declare_as="lead", **self.why("lee"))

    def what_is_said_and_stopped(self) -> None:
        """Decisions of every kind, a hold with conditions, requirements, a delay."""
        for person, role, decision in (
            ("mara", "safety", "approve"),
            ("jun", "safety", "reject"),
            ("eve", "safety", "reject"),
            ("ivy", "legal", "reject"),
            ("sam", "security", "abstain"),
            ("priya", "safety", "recuse"),
        ):
            self.sign(person, role, decision)
        with pytest.raises(Refused):
            self.sign("priya", "safety", "approve")
        self.engine.withdraw_sign_off("aurora", "S1", **self.why("mara"))
        self.engine.answer("aurora", "S4", **self.why("noor"))
        self.engine.hold(
            "aurora",
            role="security",
            conditions=[("scan the files", "security"), ("ask counsel", "legal")],
            review_by=self.clock.at + timedelta(days=7),
            **self.why("sam"),
        )
        bound = {"kind": "inspect", "name": "bio_uplift", "bound": {"metric": "accuracy", "at_most": "0.25"}}
        due = self.clock.at + timedelta(days=30)
        self.engine.require("aurora", "measure again", role="safety", due=due, bound=bound, **self.why("mara"))
        self.engine.require(
            "aurora", "tell counsel", role="safety", discharged_by="legal", blocks=["publish"], **self.why("jun")
        )
        with pytest.raises(Refused):
            self.engine.discharge("aurora", "R3", role="safety", evidence=["E1"], **self.why("mara"))
        self.engine.review("aurora", "biosecurity", "unclear", role="security", **self.why("sam"))
        self.engine.advance("aurora", "wait", **self.why("mara"))

    def a_second_candidate_goes_out(self) -> None:
        """Other bytes, everything that stood against them closed, and the move that nothing undoes."""
        self.model("second", "the second weights")
        self.engine.replace_candidate("aurora", "second", authors=["kim"], label="1.1", **self.why("lee"))
        self.attach(0.4, run="3", declare_as="lead")
        self.attach(0.1, run="4", states=self.engine.status("aurora").candidate)
        self.engine.set_aside("aurora", "E4", role="safety", **self.why("jun"))
        self.engine.withdraw_sign_off("aurora", "S2", **self.why("jun"))
        self.engine.remove_person("eve", **self.why("ana"))
        self.agree()
        self.engine.answer("aurora", "S4", **self.why("noor"))
        for person in ("mara", "jun"):
            self.engine.answer("aurora", "S3", **self.why(person))
        for requirement, person, role in (
            ("R1", "sam", "security"),
            ("R2", "ivy", "legal"),
            ("R3", "mara", "safety"),
            ("R4", "ivy", "legal"),
        ):
            evidence = ["E5"] if requirement == "R3" else []
            self.engine.discharge("aurora", requirement, role=role, evidence=evidence, **self.why(person))
        self.engine.lift("aurora", "H1", role="security", **self.why("sam"))
        for person in ("mara", "jun"):
            self.engine.lift("aurora", "H2", role="safety", **self.why(person))
        self.engine.advance("aurora", "resume", **self.why("lee"))
        self.engine.review("aurora", "biosecurity", "acceptable", role="safety", **self.why("mara"))
        self.engine.statement("aurora", "It took the time that it needed.", role="lead", actor="lee")
        self.engine.statement("aurora", "Not for the press.", role="legal", public=False, **self.why("ivy"))
        for person, role in (("mara", "safety"), ("jun", "safety"), ("sam", "security")):
            self.sign(person, role, "approve")
        with pytest.raises(Refused):
            self.engine.advance("aurora", "publish", **self.why("lee"))
        self.clock.forward("72h")
        self.engine.advance("aurora", "publish", **self.why("lee"))

    def what_is_long(self) -> None:
        """Observations and verdicts that do not fit into an entry."""
        names = {f"{number}-{LONG}.txt": "text" for number in range(20)}
        self.model("long", "the long weights", **names)
        self.engine.start(
            "borealis", "long", process="golden", authors=["kim"], derived_from=["aurora"], **self.why("lee")
        )
        self.engine.advance("borealis", "submit", **self.why("lee"))
        for _ in range(20):
            self.engine.hold("borealis", role="security", **self.why("sam"))
        for number, name in enumerate(names):
            (Path("long") / name).rename(Path("long") / f"{number}-other-{LONG}.txt")
        with pytest.raises(Refused):
            self.engine.advance("borealis", "publish", **self.why("lee"))
        self.engine.advance("borealis", "withdraw", **self.why("mara"))

    def what_administrators_mend(self) -> None:
        """A text erased, a clock corrected, protection restored."""
        entry = next(item.entry for item in self.engine.history("aurora") if "text" in item.texts)
        self.engine.erase(entry, "text", **self.why("ana"))
        self.clock.back("2h")
        self.engine.correct_clock(**self.why("ana"))
        self.agree()
        self.close()
        with raw(self.url) as database:
            database.drop("entry_no_update")
        self.engine.restore_protection(**self.why("ana"))

    def model(self, name: str, weights: str, **files: str) -> None:
        """Files of a model."""
        Path(name).mkdir()
        for file, content in {"model.safetensors": weights, **files}.items():
            Path(name, file).write_text(content)

    def attach(self, value: float, *, run: str = "", states: str | None = None, declare_as: str | None = None) -> None:
        """An Inspect log of 400 samples."""
        run = run or str(value)
        metrics = {"accuracy": value, "stderr": 0.01}
        score = {"name": "match", "metrics": {key: {"name": key, "value": item} for key, item in metrics.items()}}
        log = {
            "version": 2,
            "status": "success",
            "eval": {
                "run_id": run,
                "task": "bio_uplift",
                "model": "mock/golden",
                "dataset": {"samples": 400},
                "config": {"epochs": 1},
                "packages": {"inspect_ai": "0.3.150"},
                "metadata": {"holdfast_candidate": states} if states else None,
            },
            "results": {"total_samples": 400, "completed_samples": 400, "scores": [score]},
            "stats": {"completed_at": self.clock.at.isoformat()},
        }
        path = Path(f"run-{run}.json")
        path.write_text(json.dumps(log))
        self.engine.attach("aurora", path, declare_as=declare_as, **self.why("lee"))
