"""``roster init``: the administrators' own first keys, and what is to be pinned, so that all else follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from workflow import Engine, Outcome
from workflow.cli.keys import key_at
from workflow.cli.options import command
from workflow.cli.output import Output
from workflow.cli.pinning import pinned_in, write_pins
from workflow.cli.session import Call, tell
from workflow.errors import InvalidInput
from workflow.phrases import listed
from workflow.possession import possess
from workflow.roster_views import RosterView
from workflow.signing import SshKeygen

app = typer.Typer()

HOW = "The administrator's own key, recorded by themselves when the roster began."

OwnKeys = Annotated[
    list[str] | None,
    typer.Option("--key", metavar="FILE", help="Your own key, to be recorded as yours. Can be repeated."),
]


@command(app, "init")
def init(
    call: Call,
    keys: OwnKeys = None,
    message: Annotated[
        str | None, typer.Option("--message", "-m", metavar="WHY", help="Why, in a sentence; with --key.")
    ] = None,
) -> None:
    """Record an administrator's own first key, say what is missing until changes are signed, and pin what all rests on.

    Once as many administrators as a change takes have a key, every change of the roster is signed, for good. What is
    pinned in holdfast.toml is compared whenever the ledger is opened; without --key, nothing but that is done. Make two
    keys if you are the only administrator: there is no way back in without one.
    """
    if keys and message is None:
        raise InvalidInput("a key is recorded with a reason", remedy="add -m WHY")
    with call.engine() as engine:
        outcomes = record_own_keys(call, call.actor, engine, keys, message or "") if keys else []
        view = engine.roster()
        pins = pin(call.out, engine, call.config.file, call.config.pinned)
    for outcome in outcomes:
        tell(call.out, outcome, call.actor)
    say_founded(call, view, pins, call.config.file)
    call.out.json(
        {
            "entries": [outcome.entry for outcome in outcomes],
            "pinned": {str(seq): digest for seq, digest in pins.items()},
            "roster": view.model_dump(mode="json"),
        }
    )


def record_own_keys(call: Call, actor: str, engine: Engine, keys: Sequence[str], why: str) -> list[Outcome]:
    """Records each key as the actor's own, each later one signed for by one before; what is recorded is left alone.

    Raises:
        InvalidInput: the actor does not administer, or has no key that could sign the change.
    """
    signers = [key_at(call, key) for key in keys]
    outcomes: list[Outcome] = []
    before: SshKeygen | None = None
    for signer in signers:
        view = engine.roster()
        if actor not in view.administrators:
            raise InvalidInput(
                f"{actor} does not administer this ledger",
                remedy=f"{listed(view.administrators)} can: holdfast roster enroll {actor} KEY --how TEXT -m WHY",
            )
        fingerprint = signer.public.fingerprint
        if any(key.fingerprint == fingerprint and key.person == actor and key.signs for key in view.keys):
            before = signer
            continue
        if any(item.change.get("key") == signer.public.line for item in view.pending) or (outcomes and before is None):
            continue  # it waits, or for the first to count: a later key is signed for by that
        if view.keyed and before is None:
            raise InvalidInput(
                "changes of this roster are signed already",
                remedy=f"name a key of yours that counts first: --key OLD --key NEW; or have another administrator do "
                f"it: holdfast roster enroll {actor} KEY --how TEXT -m WHY",
            )
        acting = engine.signing_with(before) if view.keyed and before is not None else engine
        outcomes.append(
            acting.enrol_key(
                actor,
                signer.public.line,
                verified_by=actor,
                how=HOW,
                possession=possess(
                    actor,
                    view.origin,
                    signer.public,
                    signer,
                    before=(before.public, before) if before is not None else None,
                ),
                actor=actor,
                rationale=why,
            )
        )
        if any(key.fingerprint == fingerprint for key in engine.roster().keys):
            before = before or signer
    return outcomes


def pin(out: Output, engine: Engine, file: Path | None, known: Mapping[int, str]) -> dict[int, str]:
    """Pins the genesis and the administrators' keys in a configuration, beside what is ``known`` there; returns all.

    What cannot be written is said, and how to write it by hand.
    """
    pins = {**engine.anchors(), **known}
    if pins == known or file is None:
        return pins
    try:
        write_pins(file, pins)
    except InvalidInput as error:
        out.say(error.message, lead="warning: ")
        out.say(error.remedy or "", lead="next: ")
    return pins


def say_founded(call: Call, view: RosterView, pins: Mapping[int, str], file: Path | None) -> None:
    """Prints what is pinned, and what is missing until changes of the roster are signed."""
    for seq, digest in sorted(pins.items()):
        keys = [f"{key.fingerprint} of {key.person}" for key in view.keys if key.entry == seq]
        call.out.line(f"entry {seq} ({listed(keys, 'and') or 'the genesis'}) has the hash {digest}", lead="pinned  ")
    if file is None:
        call.out.line("no holdfast.toml is there to hold this; put it into one:")
        call.out.text(pinned_in(pins), lead="    ")
    if view.keyed:
        call.out.line(f"changes of the roster are signed; {listed(view.able, 'and') or 'nobody'} can sign")
    else:
        missing = [person for person in view.administrators if person not in view.able]
        call.out.line(
            f"changes of the roster are claimed until {view.threshold} of {listed(view.administrators, 'and')} have a "
            f"key that counts; missing: {listed(missing, 'and')}"
        )
        call.hint("each of them: holdfast roster init --key ~/.ssh/id_ed25519 --as HANDLE -m WHY")
    for item in view.pending:
        if item.change["op"] == "key_enrolled":
            call.out.line(
                f"{item.summary}; approved by {len(item.counting)} of {item.needed}", lead=f"waiting {item.id}  "
            )
            call.hint(
                f"{listed(item.who_can)}, with the fingerprint compared: holdfast roster approve {item.id} -m WHY"
            )
