"""Short ways to say that a release goes on under another process, and processes that are other than the lab's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, Lab, definition
from workflow import Outcome, Process

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


def second(lab: Lab) -> Process:
    """Another version of the lab's process, chartered; it asks one person of safety where the first asks two."""
    return lab.allow(lab.load(*EASIER, version=2))


def edited(lab: Lab, edit: Callable[[dict[str, Any]], object]) -> Process:
    """Another version of the lab's process, whose definition was edited, chartered."""
    written = definition(version=2)
    edit(written)
    return lab.allow(lab.read(written))


def propose(lab: Lab, process: Process | str, by: str = "lee") -> Outcome:
    """Somebody proposes a process for ``aurora``."""
    return lab.tick().propose_migration("aurora", process, actor=by, rationale=WHY)


def approve(lab: Lab, process: Process, *people: tuple[str, str]) -> Outcome:
    """People approve, one after the other; returns what the last approval made happen."""
    for person, role in people:
        outcome = lab.tick().approve_migration("aurora", process.digest, role=role, actor=person, rationale=WHY)
    return outcome


def migrate(lab: Lab, process: Process) -> Outcome:
    """A process is proposed, and everybody whom the lab's own asks approves it."""
    propose(lab, process)
    return approve(lab, process, *EVERYBODY)


def missing(lab: Lab) -> dict[str, int]:
    """How many people of each role are still to approve what is proposed."""
    proposal = lab.engine.status("aurora").proposal
    assert proposal is not None
    return {item.role: item.count - len(item.people) for item in proposal.consents if item.count > len(item.people)}


def without_legal(written: dict[str, Any]) -> None:
    """Takes a role out of a definition, and out of every gate."""
    del written["roles"]["legal"]
    for transition in written["transitions"].values():
        for rule in transition["gate"]:
            if "actor" in rule:
                rule["actor"] = {"roles": [role for role in rule["actor"]["roles"] if role != "legal"]}


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
