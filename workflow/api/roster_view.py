"""Shows a roster: the people, their keys, who stands in for whom, and what waits for administrators."""

from __future__ import annotations

from datetime import datetime

from workflow.changes import AdministratorsSet
from workflow.decisions.authority import counting
from workflow.keyring import Key
from workflow.looking import read_text
from workflow.people import Person
from workflow.roster import PendingChange, Roster
from workflow.roster_views import (
    AdmittedView,
    AwayView,
    CharterLine,
    DeciderView,
    DeputyView,
    KeyView,
    LogKeyView,
    PendingView,
    PersonView,
    RosterView,
)
from workflow.signing import PublicKey
from workflow.storage.base import Reader
from workflow.telling import in_words


def roster_view(reader: Reader, roster: Roster, origin: str, now: datetime) -> RosterView:
    """The roster at the head; ``now`` says whose absence and whose deputyship is over."""
    return RosterView(
        origin=origin,
        version=roster.version,
        threshold=roster.threshold,
        administrators=roster.administrators,
        people=tuple(_person(reader, roster, roster.people[handle]) for handle in sorted(roster.people)),
        pending=tuple(_pending(roster, item) for item in roster.pending),
        charter=tuple(
            CharterLine(process=item.process, name=item.name, exposure=item.exposure)
            for item in roster.charter.values()
        ),
        keyed=roster.keyed,
        able=tuple(person for person in roster.administrators if roster.can_sign(person)),
        keys=tuple(_key(reader, key) for key in sorted(roster.keys.values(), key=lambda key: (key.person, key.entry))),
        deputies=tuple(
            DeputyView(
                person=item.person,
                deputy=item.deputy,
                roles=item.roles,
                release=item.release,
                until=item.until,
                entry=item.entry,
            )
            for item in roster.deputies
            if item.dismissed is None and (item.until is None or now < item.until)
        ),
        away=tuple(
            AwayView(person=person, until=until, entry=entry)
            for person, (entry, until) in sorted(roster.away.items())
            if roster.is_away(person, now)
        ),
        admitted=tuple(
            AdmittedView(person=person, role=role, release=release, round=number, change=change)
            for (person, role, release, number), change in roster.admitted.items()
        ),
        deciders=tuple(
            DeciderView(release=release, objection=objection, person=person)
            for (release, objection), person in roster.deciders.items()
        ),
        log_keys=tuple(
            LogKeyView(key=str(named.key), entry=named.entry, ended=named.ended) for named in roster.log_keys
        ),
    )


def _person(reader: Reader, roster: Roster, person: Person) -> PersonView:
    return PersonView(
        person=person.handle,
        name=read_text(reader, person.name) if person.name else None,
        roles=roster.roles(person.handle),
        administrator=person.handle in roster.administrators,
        left=person.left is not None,
    )


def _pending(roster: Roster, item: PendingChange) -> PendingView:
    counts = counting(roster, item)
    setting = item.change if isinstance(item.change, AdministratorsSet) else None
    asked = (*roster.administrators, *(setting.administrators if setting else ()))
    return PendingView(
        id=item.id,
        content=roster.contents[item.id],
        change=item.change.model_dump(mode="json"),
        approvals=tuple(item.approvals),
        needed=roster.threshold,
        summary=in_words(item.change),
        version=roster.version + 1,
        counting=tuple(person for person in item.approvals if person in counts),
        stale=tuple(person for person in item.approvals if person not in counts),
        who_can=tuple(
            person
            for person in dict.fromkeys(asked)
            if person not in counts and (roster.can_sign(person) or not roster.keyed)
        ),
        needed_of_new=setting.threshold if setting else None,
    )


def _key(reader: Reader, key: Key) -> KeyView:
    return KeyView(
        person=key.person,
        fingerprint=key.fingerprint,
        kind=PublicKey.parse(key.text).kind,
        key=key.text,
        entry=key.entry,
        verified_by=key.verified_by,
        how=read_text(reader, key.how) if key.how else None,
        proven=key.proven,
        later=key.later,
        crossed=key.crossed_by is not None,
        crossed_by=key.crossed_by,
        suspended=key.suspended,
        revoked=key.revoked,
        compromised_since=key.compromised_since,
        signs=key.refuses is None,
    )
