"""What becomes known of bytes: put on record, told on, and dealt with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workflow import commands, incidents, looking
from workflow.api.base import Session, make, several
from workflow.clock import timestamp
from workflow.ledger import is_digest
from workflow.lineage import objections
from workflow.outcome import Outcome
from workflow.rulebook import known
from workflow.storage.base import Reader
from workflow.views import IncidentView


class Incidents(Session):
    """The commands about incidents, and what there is to see of them."""

    def open_incident(
        self,
        release: str,
        text: str,
        *,
        known_since: datetime,
        role: str,
        actor: str,
        affected: Sequence[str] = (),
        owner: str | None = None,
        rationale: str | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Puts on record that something became known, in any stage, also of what is out or was withdrawn.

        From then on it stands against every raise of every release whose candidate is affected or descends from what
        is, whatever its process, and whether it was started by then or comes later.

        Args:
            release: the release that it is put on record in.
            text: what became known.
            known_since: when, with a zone.
            role: as what the actor says so.
            actor: by handle.
            affected: digests of candidates or of weight files, or names of releases for their present candidates; none
                named, this release's.
            owner: the role that closes it; by default the one that opens it.
            rationale: why it is put on record; by default the text itself.
            command_id: makes a repeated request safe.

        Appends: ``IncidentOpened``.
        """
        with self._reading() as reader:
            digests = tuple(self._digest(reader, item) for item in several("affected", affected) or (release,))
        # A text that is its own rationale is kept once, so that erasing it once erases it.
        spoken = commands.RATIONALE if rationale is None else "text"
        texts = {commands.RATIONALE: text if rationale is None else rationale, spoken: text}
        command = make(
            commands.OpenIncident,
            actor=actor,
            release=release,
            known_since=timestamp(known_since),
            affected=digests,
            text=spoken,
            role=role,
            owner=owner or role,
        )
        return self._execute(command, texts, command_id=command_id)

    def update_incident(
        self,
        release: str,
        incident: str,
        text: str,
        *,
        role: str,
        actor: str,
        public: bool = False,
        rationale: str | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Says something on an incident under one's own name; for the public only where that is said.

        Appends: ``StatementMade``.
        """
        spoken = commands.RATIONALE if rationale is None else "text"
        texts = {commands.RATIONALE: text if rationale is None else rationale, spoken: text}
        command = make(
            commands.MakeStatement, actor=actor, release=release, role=role, public=public, text=spoken, about=incident
        )
        return self._execute(command, texts, command_id=command_id)

    def close_incident(
        self,
        release: str,
        incident: str,
        *,
        role: str,
        actor: str,
        rationale: str,
        evidence: Sequence[str] = (),
        candidates: Sequence[str] = (),
        command_id: str | None = None,
    ) -> Outcome:
        """Says that an incident is dealt with, for exactly the candidates named, or for the release's present one.

        The evidence is on these very candidates: a report of the release's by its id, one of another by ``RELEASE/ID``.

        Appends: ``IncidentClosed``.

        Raises:
            Refused: the actor does not hold the role that owns it, or is excluded; or it has to be signed and is not.
        """
        command = make(
            commands.CloseIncident,
            actor=actor,
            release=release,
            subject=incident,
            role=role,
            evidence=several("evidence", evidence),
            candidates=several("candidates", candidates),
        )
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    def incidents(self, release: str) -> tuple[IncidentView, ...]:
        """The incidents of a release and those that stand against it, each with all the releases that it reaches."""
        with self._reading() as reader:
            world = self._pipeline.world(reader, release)
            state, _ = known(world)
            found = incidents.incidents(
                state, world.kin, objections(state, world.kin), lambda text: looking.read_text(reader, text)
            )
            return tuple(item.model_copy(update={"reaches": self._reached(reader, item)}) for item in found)

    def _reached(self, reader: Reader, incident: IncidentView) -> tuple[str, ...]:
        """The releases against whose present candidate an incident stands."""
        related = self._pipeline.folder.kin(reader, self._pipeline.folder.release(reader, incident.release))
        reached = []
        for slug in sorted({incident.release, *(item.slug for item in related)}):
            world = self._pipeline.world(reader, slug)
            standing = objections(known(world)[0], world.kin).requirements
            if any((item.release, item.id) == (incident.release, incident.id) for item in standing):
                reached.append(slug)
        return tuple(reached)

    def _digest(self, reader: Reader, named: str) -> str:
        # Any digest will do: what is affected may be known before a release of it is started here.
        return named if is_digest(named) else self._pipeline.folder.release(reader, named).candidate.digest
