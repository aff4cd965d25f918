"""How a change of the roster or the charter is proposed, and what follows from one that is in force."""

from __future__ import annotations

from collections.abc import Sequence

from workflow import commands
from workflow.api.base import make
from workflow.api.processes import Processes
from workflow.changes import Change, KeyRevoked
from workflow.decisions.enrolment import affected
from workflow.events import ChangeAccepted
from workflow.outcome import Outcome


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
        """What a change made happen, after every release has been told that it passed gates on a compromised key."""
        accepted = outcome.events[-1]
        if isinstance(accepted, ChangeAccepted) and isinstance(accepted.change, KeyRevoked):
            self._tell(accepted.change.key, actor)
        return outcome

    def _tell(self, fingerprint: str, actor: str) -> Outcome | None:
        """Tells every release that passed gates on a compromised key and was not told so yet; the last of it, if any.

        What was told is on record, so this goes on where it was interrupted.
        """
        with self._reading() as reader:
            key = self._pipeline.folder.roster(reader).keys[fingerprint]
            worlds = (self._pipeline.world(reader, row.slug) for row in reader.releases())
            found = [
                (item.release.slug, gates)
                for item in worlds
                if item.release and (gates := affected(item.release, item.kin, key))
            ]
        last = None
        for slug, gates in found:
            passed = ", ".join(f"`{gate.trigger}` (entry {gate.entry})" for gate in gates)
            last = self._pipeline.execute(
                make(commands.RaiseCompromise, actor=actor, release=slug, key=fingerprint),
                {
                    "rationale": f"The key {fingerprint} of {key.person} was revoked as compromised.",
                    "text": f"Decide anew about {passed}, passed on what {key.person} signed with {fingerprint}.",
                },
            )
        return last
