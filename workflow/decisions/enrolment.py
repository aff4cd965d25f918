"""Decides about keys: whether one can be enrolled, and who may stop one at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from workflow.changes import KeyEnrolled
from workflow.clock import timestamp
from workflow.commands import DeclareAway, DeclareReturn, RaiseCompromise, SuspendKey
from workflow.decisions.log_keys import is_log_key
from workflow.decisions.situation import Refusal, Situation, known_person, next_id
from workflow.errors import InvalidInput, NotFound, SignatureInvalid
from workflow.events import (
    AffectedGate,
    AwayDeclared,
    CompromiseFound,
    Event,
    KeySuspended,
    RequirementRaised,
    ReturnDeclared,
)
from workflow.keyring import Key
from workflow.migration import MIGRATE
from workflow.release import ReleaseState
from workflow.roster import Roster
from workflow.signing import PublicKey
from workflow.signoff import Act

HOW = "holdfast roster enroll"


def enrols(situation: Situation, change: KeyEnrolled) -> None:
    """Checks that a key can be enrolled for a person.

    Raises:
        InvalidInput: it is somebody else's, was enrolled or revoked before, or was not verified by somebody else.
        NotFound: the person is not on the roster.
        Refusal: what it was signed with does not show that the person holds it, or that they had another before.
    """
    roster = situation.roster
    try:
        key = PublicKey.parse(change.key)
    except SignatureInvalid as error:
        raise InvalidInput(f"this key cannot count: {error.message}", remedy=error.remedy) from error
    if change.key != key.line:
        raise InvalidInput("a key is enrolled as its type and text, one blank between and no comment", remedy=HOW)
    if not roster.knows(change.person):
        raise NotFound(f"{change.person} is not on the roster", remedy=f"holdfast roster add {change.person}")
    if is_log_key(roster, key):
        raise InvalidInput("this is the log's own key, which is nobody's", remedy="make another with ssh-keygen")
    known = roster.keys.get(key.fingerprint)
    if known is not None and (known.person != change.person or known.proven or known.revoked is not None):
        raise InvalidInput(
            f"the key {key.fingerprint} is {known.person}'s already, entry {known.entry}",
            remedy="one key stands for one person, once; make another with ssh-keygen",
        )
    if known is not None and change.possession is None:
        raise InvalidInput(
            f"the key {key.fingerprint} is recorded already, entry {known.entry}: it has yet to show whose it is",
            remedy=f"{change.person} makes a possession file: holdfast roster possess",
        )
    # An earlier key of theirs makes sure of it better than anybody's word.
    own_word = roster.keyed and change.crossed is None and change.verified_by == change.person
    if not roster.knows(change.verified_by) or own_word:
        raise InvalidInput(
            f"{change.verified_by} cannot have verified {change.person}",
            remedy="somebody else on the roster makes sure that the key is theirs, and says how",
        )
    found = situation.possession
    if (change.possession is None) != (change.signature is None) or (change.crossed is None) != (
        change.crossed_by is None
    ):
        raise InvalidInput("an enrolment names a statement with its signature, or neither", remedy=HOW)
    if change.possession is None:
        if change.crossed is not None:
            raise InvalidInput("a key that has not shown whose it is cannot be signed for", remedy=HOW)
        return
    problem = "what it names is missing" if found is None else found.proof
    if found is None or problem is not None:
        raise Refusal(
            "not-possessed",
            f"nothing shows that {change.person} holds the key: {problem}",
            remedy=f"{change.person} signs with it for this ledger: holdfast roster possess",
        )
    if change.crossed is None:
        return
    before = roster.keys.get(change.crossed_by or "")
    if found.crossing is not None or before is None or found.crossed_by != change.crossed_by:
        raise Refusal(
            "not-crossed", f"the signature by an earlier key does not hold: {found.crossing or 'the key is not known'}"
        )
    if before.person != change.person or before.refuses is not None:
        raise Refusal("not-crossed", f"{before.fingerprint} is no key that {change.person} can sign with now")


def suspend_key(situation: Situation, command: SuspendKey) -> tuple[Event, ...]:
    """A key stops at once, by any administrator or by its owner."""
    roster = situation.roster
    key = known_key(situation.roster, command.key)
    if command.actor not in (*roster.administrators, key.person):
        who = ", ".join(dict.fromkeys((key.person, *roster.administrators)))
        raise Refusal(
            "not-administrator", f"{command.actor} may not suspend a key of {key.person}", remedy=f"{who} can"
        )
    if key.suspended is not None or key.revoked is not None:
        raise InvalidInput(f"the key signs nothing already: {key.refuses}")
    able = [person for person in roster.administrators if roster.can_sign(person, without=command.key)]
    if command.actor != key.person and roster.keyed and key.refuses is None and len(able) < roster.threshold:
        raise Refusal(
            "last-keys",
            f"after this {len(able)} of {', '.join(roster.administrators)} could sign, and a change takes "
            f"{roster.threshold}: nothing on this roster could be changed any more",
            remedy=f"{key.person} can do it themselves; or enrol another administrator's key first",
        )
    return (KeySuspended(key=command.key),)


def away(situation: Situation, command: DeclareAway) -> tuple[Event, ...]:
    """Somebody is away, so that their deputies may act."""
    known_person(situation.roster, command.actor)
    if situation.roster.is_away(command.actor, situation.at):
        raise InvalidInput(f"{command.actor} is away already", remedy="holdfast roster back")
    if command.until is not None and command.until <= timestamp(situation.at):
        raise InvalidInput("that time has passed already", remedy="name a time that is still to come")
    return (AwayDeclared(until=command.until),)


def back(situation: Situation, command: DeclareReturn) -> tuple[Event, ...]:
    """Somebody is back, and their deputies act no more."""
    known_person(situation.roster, command.actor)
    if command.actor not in situation.roster.away:
        raise InvalidInput(f"{command.actor} is not away")
    return (ReturnDeclared(),)


def raise_compromise(situation: Situation, command: RaiseCompromise) -> tuple[Event, ...]:
    """What has to be decided anew in a release that passed gates on what a compromised key signed."""
    release, process = situation.known
    if command.actor not in situation.roster.administrators:
        raise Refusal("not-administrator", f"{command.actor} is no administrator of this ledger")
    key = known_key(situation.roster, command.key)
    gates = affected(release, situation.kin, key)
    if key.compromised_since is None or not gates:
        raise InvalidInput(f"no gate of {release.slug} was passed on what this key signed, or it is on record already")
    roles = [act.role for act in acts_of(release, situation.kin, key)]
    # Of a role that only an earlier process had, nobody could discharge it.
    role = next((name for name in roles if process.has_role(name)), roles[0])
    return (
        CompromiseFound(key=command.key, since=timestamp(key.compromised_since), gates=gates),
        RequirementRaised(
            id=next_id("R", release.requirements),
            kind="compromise",
            text=command.text,
            role=role,
            discharged_by=role,
        ),
    )


def affected(release: ReleaseState, kin: Sequence[ReleaseState], key: Key) -> tuple[AffectedGate, ...]:
    """What a release passed on what a compromised key had signed since then, and that is not told yet.

    That are its moves after the first such act, and the migrations that such an act approved.
    """
    acts = acts_of(release, kin, key)
    if not acts:
        return ()
    gates = [(move.entry, move.trigger) for move in release.moves if move.forward and move.entry > acts[0].entry]
    gates += [(item.entry, MIGRATE) for item in release.migrations if set(acts).intersection(item.proposal.approvals)]
    return tuple(
        AffectedGate(entry=entry, trigger=name)
        for entry, name in sorted(gates)
        if (key.fingerprint, entry) not in release.compromised
    )


def acts_of(release: ReleaseState, kin: Sequence[ReleaseState], key: Key) -> list[Act]:
    """What a key signed for a release that does not count any more, in its order.

    What it signed in a relative is among it where it was for a candidate of this release, too.
    """
    own = {candidate.digest for candidate in release.candidates}
    made = [act for act, _ in _acts(release)]
    made += [act for other in kin for act, candidates in _acts(other) if not own.isdisjoint(candidates)]
    faulty = {act for act in made if act.key == key.fingerprint and key.fault(act.at) is not None}
    return sorted(faulty, key=lambda act: act.entry)


def _acts(release: ReleaseState) -> Iterator[tuple[Act, Collection[str]]]:
    """Every act of a release that a gate can rest on, with the candidates that it is for."""
    made = [item.act for item in release.sign_offs]
    made += [item.act for item in release.reviews]
    made += [item.act for item in release.tests]
    made += [item.act for item in release.overrides]
    made += [item.act for item in release.statements]
    made += [item.act for item in release.justified]
    made += [act for item in release.migrations for act in item.proposal.approvals]
    yield from ((act, (act.candidate,)) for act in made)
    for evidence in release.evidence:
        yield from ((act, (evidence.candidate,)) for act in (evidence.declared, evidence.aside) if act is not None)
    backings = [backing for hold in release.holds for backing in hold.lifts]
    backings += [backing for sign_off in release.sign_offs for backing in sign_off.answers]
    yield from ((backing.act, backing.candidates) for backing in backings)
    closings = [closing for sign_off in release.sign_offs for closing in sign_off.closings]
    closings += [closing for requirement in release.requirements for closing in requirement.closings]
    accepted = [word for requirement in release.requirements for word in requirement.accepted]
    yield from ((word.act, word.candidates) for word in accepted)
    for closing in closings:
        yield from ((act, closing.candidates) for act in closing.rests_on)


def known_key(roster: Roster, fingerprint: str) -> Key:
    """The key with a fingerprint.

    Raises:
        NotFound: nobody enrolled it.
    """
    key = roster.keys.get(fingerprint)
    if key is None:
        raise NotFound(f"the roster has no key {fingerprint}", remedy="holdfast roster show")
    return key
