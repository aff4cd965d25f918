"""``roster possess``, ``enroll``, ``suspend``, ``restore`` and ``revoke``: the keys that people sign with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from workflow.cli.config import from_home
from workflow.cli.options import Message, command
from workflow.cli.roster_shown import locked
from workflow.cli.session import Call
from workflow.cli.shown import said
from workflow.clock import parse_moment
from workflow.errors import InvalidInput, NotFound
from workflow.files import put, read_file, unwritten
from workflow.phrases import listed
from workflow.possession import MAX_BYTES, Shown, possess, read_possession, write_possession
from workflow.roster_views import KeyView, RosterView
from workflow.signing import SshKeygen

app = typer.Typer()

SUFFIX = ".possession"
OLD_KEY = "A key that was recorded for them before; it signs for this one."

WhichKey = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="Its fingerprint or the first of it, or whose it is where they have one.",
        show_default=False,
    ),
]
CrossSign = Annotated[str | None, typer.Option("--cross-sign", metavar="OLDKEY", help=OLD_KEY)]


@command(app, "possess")
def possess_key(
    call: Call,
    own: Annotated[str, typer.Option("--key", metavar="FILE", help="Your new key, as ssh-keygen made it.")],
    origin: Annotated[
        str, typer.Option("--origin", metavar="NAME", help="What the ledger calls itself; an administrator tells you.")
    ],
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The file to be made.")],
    cross_sign: CrossSign = None,
) -> None:
    """Show that a key is yours, for an administrator to record it. It needs no ledger: do it where the key is.

    Give the administrator the file, and compare the fingerprint with them in person or by a call.
    """
    if not output.endswith(SUFFIX):
        raise InvalidInput(f"{output} could be taken for a key", remedy=f"name the file with {SUFFIX} at its end")
    signer = key_at(call, own)
    old = key_at(call, cross_sign) if cross_sign else None
    held = possess(call.actor, origin, signer.public, signer, before=(old.public, old) if old else None)
    path = call.path(output)
    if path.exists():
        raise InvalidInput(f"{path} is there already", remedy="name another file")
    try:
        put(path, write_possession(held))
    except OSError as error:
        raise unwritten(error, str(path), "name another file") from error
    call.out.line(f"{call.actor} holds {signer.public.fingerprint}, and signs with it in {origin}", lead="written  ")
    call.hint(f"an administrator: holdfast roster enroll {call.actor} {path.name} --how TEXT -m WHY")
    call.out.json({"file": str(path), "person": call.actor, "origin": origin, "key": signer.public.fingerprint})


@command(app, "enroll", changes=True, signs=True)
def enroll(
    call: Call,
    person: Annotated[str, typer.Argument(help="Whose key it is.", show_default=False)],
    file: Annotated[
        str,
        typer.Argument(
            metavar="KEY",
            help="Their key, where it is at hand; else the file that they made with possess.",
            show_default=False,
        ),
    ],
    message: Message,
    how: Annotated[
        str,
        typer.Option("--how", metavar="TEXT", help="How it was made sure that the key is theirs.", show_default=False),
    ],
    verified_by: Annotated[
        str | None,
        typer.Option("--verified-by", metavar="HANDLE", help="Who made sure of it; by default who acts."),
    ] = None,
    cross_sign: CrossSign = None,
) -> None:
    """Record a key for somebody, once it has shown that it is theirs.

    A later key of theirs that no earlier one signed for never counts at an irreversible gate of a round that has begun.
    """
    with call.engine() as engine:
        shown = _shown(call, person, file, engine.roster().origin, cross_sign)
        call.done(
            engine.enrol_key(
                person,
                shown.key.line,
                verified_by=verified_by or call.actor,
                how=how,
                possession=shown.possession,
                actor=call.actor,
                rationale=message,
                command_id=call.command_id,
            )
        )


@command(app, "suspend", changes=True, signs=True)
def suspend(call: Call, named: WhichKey, message: Message) -> None:
    """Stop a key at once, as its owner or as any administrator. What it signed does not count until it is restored."""
    with call.engine() as engine:
        before = engine.roster()
        found = which(before, named, lambda item: item.signs, "signs")
        call.done(engine.suspend_key(found, actor=call.actor, rationale=message, command_id=call.command_id))
        after = engine.roster()
    if (why := locked(after)) and not locked(before):
        call.out.say(why, lead="warning: ")


@command(app, "restore", changes=True, signs=True)
def restore(call: Call, named: WhichKey, message: Message) -> None:
    """Let a suspended key count again, and everything that it signed."""
    with call.engine() as engine:
        found = which(engine.roster(), named, lambda item: item.suspended is not None, "is suspended")
        call.done(engine.restore_key(found, actor=call.actor, rationale=message, command_id=call.command_id))


@command(app, "revoke", changes=True, signs=True)
def revoke(
    call: Call,
    named: WhichKey,
    message: Message,
    compromised_since: Annotated[
        str | None,
        typer.Option(
            "--compromised-since",
            metavar="TIME",
            help="Since when what it signed is not its owner's. It counts no more.",
        ),
    ] = None,
) -> None:
    """End a key. What it signed before stays, or, with --compromised-since, only what it signed before that time.

    Every release that passed a gate on what it signed since then gets a requirement that names the gates; repeat the
    command if it was interrupted. Roles are taken with `roster ungrant`.
    """
    since = parse_moment(compromised_since) if compromised_since else None
    with call.engine() as engine:
        found = which(engine.roster(), named, lambda item: item.revoked is None or since is not None, "can be revoked")
        call.done(
            engine.revoke_key(
                found, compromised_since=since, actor=call.actor, rationale=message, command_id=call.command_id
            )
        )
        shaken = [engine.status(line.release) for line in engine.list()] if since else []
    for status in shaken:
        for item in status.requirements:
            if item.kind == "compromise" and item.open and item.release == status.release:
                call.out.line(f"{status.release}, {item.id}: {said(item.text)}", lead="  decide anew  ")
                call.hint(f"holdfast discharge {status.release} {item.id} --role {item.discharged_by} -m WHY")


def key_at(call: Call, given: str) -> SshKeygen:
    """The key in a file, as the person typed it."""
    return SshKeygen(call.path(from_home(given, call.session.environment)), environment=call.session.environment)


def which(view: RosterView, given: str, fits: Callable[[KeyView], bool], what: str) -> str:
    """The fingerprint of the one key that somebody named: by it, by how it begins, or by whose it is.

    Raises:
        NotFound: no key that fits is called so.
        InvalidInput: several are.
    """
    digest = given.removeprefix("SHA256:")
    named = [key for key in view.keys if key.person == given] or [
        key for key in view.keys if digest and key.fingerprint.removeprefix("SHA256:").startswith(digest)
    ]
    found = [key for key in named if fits(key)]
    if len(found) == 1:
        return found[0].fingerprint
    if found:
        keys = listed([f"{key.fingerprint} ({key.person})" for key in found])
        raise InvalidInput(f"{given} names {len(found)} keys", remedy=f"say which: {keys}")
    if named:
        raise NotFound(f"no key of {given} {what}", remedy="holdfast roster show")
    raise NotFound(f"the roster has no key {given}", remedy="holdfast roster show")


def _shown(call: Call, person: str, file: str, origin: str, cross_sign: str | None) -> Shown:
    """What shows that a key is a person's: from a file that they made, or made now, where their key is at hand.

    Raises:
        InvalidInput: it is somebody else's, or for another ledger.
    """
    if not file.endswith(SUFFIX):
        signer = key_at(call, file)
        old = key_at(call, cross_sign) if cross_sign else None
        before = (old.public, old) if old else None
        return Shown(person, origin, signer.public, possess(person, origin, signer.public, signer, before=before))
    if cross_sign is not None:
        raise InvalidInput(
            "whoever makes the possession file has it signed by their earlier key",
            remedy="leave --cross-sign out here, and give it to: holdfast roster possess",
        )
    shown = read_possession(read_file(call.path(file), limit=MAX_BYTES))
    if (shown.person, shown.origin) != (person, origin):
        raise InvalidInput(
            f"{file} is of {shown.person} for the ledger {shown.origin}, and this is {person} in {origin}",
            remedy=f"{person} makes it for this ledger: holdfast roster possess --origin {origin}",
        )
    return shown
