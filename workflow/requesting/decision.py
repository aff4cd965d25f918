"""Makes the request for decisions on a transition, from what the ledger says now. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from workflow import looking
from workflow.basis import changes
from workflow.clock import timestamp
from workflow.decisions.sign_offs import lifetime_of
from workflow.errors import PolicyErrored
from workflow.exchange import Approved, AskedRole, Component, Decided, Files, Request, Said, Seen, Signatory
from workflow.exhibits import by_component, manifest_of
from workflow.gate import evaluate
from workflow.observe import REHASH
from workflow.pipeline import Pipeline
from workflow.policy import GateContext, Need, Observation
from workflow.rulebook import World
from workflow.signoff import SignOff
from workflow.storage.base import Reader


def decision_request(
    pipeline: Pipeline, reader: Reader, world: World, trigger: str, observations: Sequence[Observation]
) -> Request:
    """The request for decisions on one transition, as the ledger is now.

    Args:
        pipeline: whose ledger it is.
        reader: the ledger as it is now.
        world: the release in it.
        trigger: the transition.
        observations: what was looked at outside.

    Raises:
        PolicyErrored: what approvals rest on cannot be told; there is nothing to approve then.
    """
    context = pipeline.rulebook.context(world, trigger, observations=observations)
    try:
        context.basis  # noqa: B018 -- the code of a policy's author, which may raise whatever it likes
    except Exception as error:
        raise PolicyErrored(
            f"what approvals of `{trigger}` rest on cannot be told: {type(error).__name__}: {error}",
            remedy="repair the policy; a refusal is taken anyway: holdfast sign --reject",
            reason=PolicyErrored.code,
            outcome="error",
        ) from error
    return _Made(pipeline, reader, world, context).request()


def needs(pipeline: Pipeline, world: World, trigger: str) -> tuple[Need, ...]:
    """What is to be looked at before somebody decides: what the gate needs, and the files themselves in any case."""
    context = pipeline.rulebook.context(world, trigger)
    wanted = pipeline.rulebook.needs(context)
    digest = context.release.candidate.digest
    looked_at = any(is_of_files(need, digest) for need in wanted)
    return wanted if looked_at else (*wanted, Need(kind=REHASH, params={"manifest": digest}))


def is_of_files(item: Need | Observation, candidate: str) -> bool:
    """Whether this is a look at a candidate's files."""
    return item.kind == REHASH and item.params.get("manifest") == candidate


@dataclass(frozen=True)
class _Made:
    pipeline: Pipeline
    reader: Reader
    world: World
    context: GateContext

    def request(self) -> Request:
        context, says = self.context, self._says()
        lifetime = lifetime_of(context)
        return Request(
            origin=context.origin,
            at=timestamp(context.at),
            tree=seen(self.reader),
            release=context.release.slug,
            transition=context.transition.trigger,
            source=context.source,
            dest=context.transition.dest,
            exposure=context.exposure,
            round=context.release.round,
            candidate=context.release.candidate.digest,
            process=context.process.digest,
            roster_version=context.roster.version,
            basis=context.basis,
            rests_on=tuple(context.basis_parts["rests_on"]),
            lifetime=int(lifetime.total_seconds()) if lifetime is not None else None,
            says=says,
        )

    def _says(self) -> Said:
        context, process = self.context, self.context.process
        seals = self.pipeline.seals(self.reader)
        before = partial(self.pipeline.gate_before, self.reader, self.world)
        status = looking.status(
            self.pipeline.rulebook, self.world, self.reader, actor=None, entries=0, seals=seals, before=before
        )
        return Said(
            label=context.release.candidate.label,
            process_label=process.label,
            here=context.source == context.release.stage,
            raises=context.raises,
            solo=process.solo,
            signed=process.signed,
            administrators=context.roster.administrators,
            components=self._components(),
            files=self._files(),
            roles=self._roles(),
            people=tuple(
                self._signatory(person)
                for person in sorted(context.roster.people)
                if any(process.has_role(role) for role in context.roster.roles(person))
            ),
            verdicts=evaluate(context),
            holds=tuple(item for item in status.holds if item.standing),
            requirements=tuple(item for item in status.requirements if item.open),
            rejects=status.rejects,
        )

    def _components(self) -> tuple[Component, ...]:
        manifest = manifest_of(self.reader.blob, self.context.release.candidate.digest)
        files = manifest.files if manifest else ()
        found: dict[str, list[int]] = {}
        for file in files:
            found.setdefault(file.component, []).append(file.size)
        return tuple(Component(name=name, files=len(sizes), bytes=sum(sizes)) for name, sizes in found.items())

    def _files(self) -> Files | None:
        candidate = self.context.release.candidate.digest
        looked = next((item for item in self.context.observations if is_of_files(item, candidate)), None)
        if looked is None:
            return None
        found = looked.ok or {}
        named = [f"{name} was {what}" for what in ("changed", "added", "removed") for name in found.get(what, ())]
        return Files(at=looked.at, changed=tuple(named), problem=looked.error)

    def _roles(self) -> tuple[AskedRole, ...]:
        process = self.context.process
        counts: dict[str, int] = {}
        for quorum in self.context.quorums:
            counts[quorum.role] = counts.get(quorum.role, 0) + quorum.count
        return tuple(
            AskedRole(
                name=role.name,
                means=role.means,
                authority=role.authority,
                pin=role.pin,
                count=counts[role.name],
                depends_on=role.depends_on,
            )
            for role in process.roles
            if role.name in counts
        )

    def _signatory(self, person: str) -> Signatory:
        context, roster = self.context, self.context.roster
        roles = tuple(role for role in roster.roles(person) if context.process.has_role(role))
        asked = {quorum.role for quorum in context.quorums}
        excluded = {role: why for role in roles if role in asked and (why := self._excluded(person, role)) is not None}
        last = looking.last_signed(context.release, context.transition.trigger, person)
        return Signatory(
            person=person,
            roles=roles,
            excluded=excluded,
            keys=tuple(key.fingerprint for key in roster.keys_of(person) if key.refuses is None),
            last=self._decided(last) if last is not None and not context.hidden(last) else None,
            approved=tuple(found for role in roles if (found := self._approved(person, role)) is not None),
        )

    def _excluded(self, person: str, role: str) -> str | None:
        why = self.context.excluded(person, role)
        if why is None and self.context.process.signed and not self.context.roster.can_sign(person):
            return "has no key that may sign"
        return why

    def _decided(self, last: SignOff) -> Decided:
        before = self.pipeline.gate_before(self.reader, self.world, self.context.transition.trigger, last.act.entry)
        return Decided(
            id=last.id,
            entry=last.act.entry,
            decision=last.decision,
            role=last.act.role,
            candidate=last.act.candidate,
            changed=changes(before, self.context) if before else (),
        )

    def _approved(self, person: str, role: str) -> Approved | None:
        made = [
            item
            for item in self.context.release.sign_offs
            if (item.act.person, item.act.role, item.transition) == (person, role, self.context.transition.trigger)
            and item.decision == "approve"
            and item.withdrawn is None
        ]
        if not made or self.context.hidden(made[-1]):
            return None
        last = made[-1]
        old, new = (manifest_of(self.reader.blob, digest) for digest in (last.act.candidate, self._candidate))
        if old is None or new is None:
            return None
        return Approved(
            id=last.id, entry=last.act.entry, role=role, candidate=last.act.candidate, components=by_component(old, new)
        )

    @property
    def _candidate(self) -> str:
        return self.context.release.candidate.digest


def seen(reader: Reader) -> Seen:
    """The ledger as it is now."""
    head = reader.head().frontier
    return Seen(size=head.size, root=head.root().hex())
