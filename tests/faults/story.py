"""One release from its start to the public, told in commands that have ids: it can be told again from any point."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import CALLED_BY_LEAD, PUBLISH, TWO_OF_SAFETY, WHY, Lab, definition
from tests.support.parts import START
from workflow import Outcome, Refused

Step = tuple[str, Callable[[], Outcome]]


def prepare(directory: Path, *, signed: bool, url: str | None = None) -> Path:
    """A ledger with people, a process and the files of a model, to be copied for each story."""
    directory.mkdir()
    lab = Keyed(directory, url=url).found().staff() if signed else Lab(directory, url=url).people()
    written = {**definition(*PUBLISH, submit=_SUBMIT), "signed": "true" if signed else "false"}
    written["stages"]["delay"]["hold"]["count"] = "1"
    lab.allow(lab.read(written))
    lab.model()
    lab.log()
    # So large that it is kept in the directory of blobs.
    (directory / "card.md").write_text("what the model is for\n" * 4000, encoding="utf-8")
    lab.close()
    return directory


_SUBMIT = {"from": "testing", "to": "review", "gate": [CALLED_BY_LEAD, TWO_OF_SAFETY]}


@contextmanager
def opened(directory: Path, *, signed: bool, url: str | None = None, **settings: Any) -> Iterator[Lab]:
    """The ledger, as a process that has just started opens it."""
    lab = (Keyed if signed else Lab)(directory, existing=True, url=url, **settings)
    try:
        yield lab
    finally:
        lab.close()


def steps(lab: Lab, turn: int, seen: dict[str, str], note: Callable[[str, str], object]) -> Iterator[Step]:
    """The commands of one release, each with its id and its time; asking for one again does it once.

    The basis that an approval names is looked at when its turn comes, so each is to be asked before the next is taken.

    Args:
        lab: the ledger.
        turn: the number of the release.
        seen: the bases that were looked at before, by who approves what: whoever asks again asks for the same.
        note: takes down what is looked at now.
    """
    slug, number = f"r{turn}", 0

    def act(method: str, *args: object, **settings: object) -> Step:
        nonlocal number
        number += 1
        identifier = f"{slug}-{number:02}-{method}"
        # Whenever it is asked for: a process that starts anew has not been away long.
        at = START + timedelta(days=1 + turn, seconds=number)

        def ask() -> Outcome:
            lab.clock.at = at
            given = {"rationale": WHY, "command_id": identifier, **settings}
            return getattr(lab.engine, method)(slug, *args, **given)  # type: ignore[no-any-return]

        return identifier, ask

    def approve(person: str, trigger: str, role: str = "safety") -> Step:
        key = f"{slug}-{trigger}-{person}"
        if key not in seen:
            seen[key] = lab.basis(trigger, slug)
            note(key, seen[key])
        basis = seen[key]
        return act("sign_off", trigger, role=role, actor=person, decision="approve", basis=basis)

    yield act("start", lab.directory / "model", process="lab", authors=["kim"], actor="lee")
    yield act("advance", "submit", actor="lee")  # which is refused, and on record
    yield act("attach", lab.directory / "bio_uplift-1.json", declare_as="lead", actor="lee")
    yield act("attach", lab.directory / "card.md", name="card", declare_as="lead", actor="lee")
    yield approve("mara", "submit")
    yield approve("jun", "submit")
    yield act("advance", "submit", actor="lee")
    yield act("advance", "wait", actor="sam")
    yield act("lift", "H1", role="safety", actor="mara")
    yield act("advance", "resume", actor="lee")
    yield act("require", "say it in the card", role="legal", actor="ivy", discharged_by="safety")
    yield act("discharge", "R1", role="safety", actor="mara", evidence=["E2"])
    yield act("sign_off", "publish", role="safety", actor="priya", decision="reject")
    yield act("withdraw_sign_off", "S3", actor="priya")
    yield approve("mara", "publish")
    yield approve("jun", "publish")
    yield approve("sam", "publish", "security")
    yield act("advance", "publish", actor="lee")


def entry_of(ask: Callable[[], Outcome]) -> int:
    """The entry that holds what came of a command, whichever way it went."""
    try:
        return ask().entry
    except Refused as refusal:
        assert refusal.entry is not None
        return refusal.entry
