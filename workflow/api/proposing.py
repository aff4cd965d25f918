"""How a change of the roster or the charter is proposed, and what follows from one that is in force."""

from __future__ import annotations

from collections.abc import Sequence

from workflow import commands
from workflow.api.base import make
from workflow.api.processes import Processes
from workflow.changes import Change, KeyRevoked
from workflow.decisions.enrolment import affected
from workflow.events import ChangeAccepted
from workflow.pipeline import Outcome


class Proposing(Processes):
    """The administrators' way to a change."""

    def _propose(
        self,
        change: Change,
        actor: str,
        rationale: str,
        command_id: str | None,
        texts: dict[str, str] | None = None,
        blobs: Sequence[bytes] = (),
    ) -> Outcome:
        command = make(commands.ProposeChange, actor=actor, change=change)
        return self._execute(command, {"rationale": rationale, **(texts or {})}, command_id=command_id, blobs=blobs)

    def _after(self, outcome: Outcome, actor: str) -> Outcome:
        """What a change made happen, after every release has been told that it passed gates on a compromised key.

        Each of these requests has an id of its own, so that repeating the change goes on where it was interrupted.
        """
        accepted = outcome.events[-1]
        if not isinstance(accepted, ChangeAccepted) or not isinstance(accepted.change, KeyRevoked):
            return outcome
        fingerprint = accepted.change.key
        with self._reading() as reader:
            key = self._pipeline.folder.roster(reader).keys[fingerprint]
            releases = (self._pipeline.folder.release(reader, row.slug) for row in reader.releases())
            told = [release.slug for release in releases if affected(release, key)]
        for slug in told:
            self._pipeline.execute(
                make(commands.RaiseCompromise, actor=actor, release=slug, key=fingerprint),
                {
                    "rationale": f"The key {fingerprint} of {key.person} was revoked as compromised.",
                    "text": "Decide anew about every gate that was passed on what this key signed.",
                },
                command_id=f"compromise/{fingerprint}/{slug}",
            )
        return outcome
