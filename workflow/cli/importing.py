"""``roster import``: people and their keys from a file that OpenSSH keeps them in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from workflow import Engine, Outcome
from workflow.cli.options import Message, command
from workflow.cli.session import Call, tell, told
from workflow.clock import SystemClock
from workflow.errors import InvalidInput
from workflow.files import read_file
from workflow.ledger import sha256
from workflow.phrases import listed, moment
from workflow.process import Handle
from workflow.roster_views import RosterView
from workflow.signing import AllowedSigner, parse_allowed_signers
from workflow.statement import NAMESPACE

app = typer.Typer()

MAX_BYTES = 1024 * 1024
_HANDLE: TypeAdapter[str] = TypeAdapter(Handle)


@dataclass(frozen=True, slots=True)
class Line:
    """A key of the file, and whose it is to be; ``skipped`` says why it is left out, where it is."""

    person: str
    signer: AllowedSigner
    skipped: str | None = None


@command(app, "import", signs=True, fixed=False)
def import_signers(
    call: Call,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of allowed signers, as ssh-keygen reads it.")],
    message: Message,
    people: Annotated[
        list[str] | None,
        typer.Option(
            "--person", metavar="PRINCIPAL=HANDLE", help="Whom a name in the file means here. Can be repeated."
        ),
    ] = None,
    verified_by: Annotated[
        str | None,
        typer.Option("--verified-by", metavar="HANDLE", help="Who answers for the file; by default who acts."),
    ] = None,
) -> None:
    """Take people and their keys in from an OpenSSH file of allowed signers, one change each. Safe to repeat.

    A key that was taken in counts once its owner has shown that they hold it: the answer names who has yet to.
    """
    data = read_file(call.path(file), limit=MAX_BYTES, remedy="it is no list of people")
    signers = parse_allowed_signers(data.decode("utf-8", "replace"))
    now = (call.session.clock or SystemClock()).now()
    lines = [_line(signer, _mapping(people or ()), now) for signer in signers]
    _complete(lines)
    how = f"Imported from the file of allowed signers with the SHA-256 {sha256(data)}."
    outcomes: list[Outcome] = []
    waiting: list[str] = []
    with call.engine() as engine:
        answers_for = verified_by or call.actor
        if engine.roster().keyed and any(line.person == answers_for and line.skipped is None for line in lines):
            raise InvalidInput(
                f"{answers_for} cannot answer for a key of their own", remedy="name somebody else: --verified-by HANDLE"
            )
        for line in lines:
            if line.skipped is None:
                outcomes += _take_in(call, engine, line, message, how, answers_for, waiting)
        view = engine.roster()
    for outcome in outcomes:
        tell(call.out, outcome, call.actor)
    for line in lines:
        if line.skipped is not None:
            call.out.line(f"{line.signer.key.fingerprint} of {line.person}: {line.skipped}", lead="skipped  ")
        elif line.signer.valid_before is not None:
            ends = f"ends {moment(line.signer.valid_before)} in the file, and not here: revoke it then"
            call.out.line(f"{line.signer.key.fingerprint} of {line.person} {ends}", lead="note  ")
    for text in waiting:
        call.out.line(text, lead="waiting  ")
    unproven = _unproven(view, lines)
    for person, fingerprint in unproven:
        call.out.line(f"{person} has yet to show that they hold {fingerprint}", lead="to do  ")
    if unproven:
        call.hint(
            f"each of them: holdfast roster possess --origin {view.origin} --key FILE -o ME.possession --as HANDLE"
        )
    call.out.json(
        {
            "outcomes": [told(outcome, call.actor) for outcome in outcomes],
            "skipped": [
                {"person": line.person, "key": line.signer.key.fingerprint, "why": line.skipped}
                for line in lines
                if line.skipped is not None
            ],
            "waiting": waiting,
            "unproven": [{"person": person, "key": fingerprint} for person, fingerprint in unproven],
        }
    )


def _mapping(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in given:
        principal, equals, handle = item.rpartition("=")
        if not (equals and principal and _is_handle(handle)) or found.get(principal, handle) != handle:
            raise InvalidInput(
                f"{item!r} does not say who somebody is", remedy="write each once, like --person mara@example.org=mara"
            )
        found[principal] = handle
    return found


def _is_handle(text: str) -> bool:
    try:
        return bool(_HANDLE.validate_python(text))
    except ValidationError:
        return False


def _line(signer: AllowedSigner, mapping: dict[str, str], now: datetime) -> Line:
    handles = {mapping.get(principal, principal) for principal in signer.principals}
    if len(handles) > 1:
        raise InvalidInput(
            f"the key {signer.key.fingerprint} stands for {', '.join(signer.principals)}, and a key is one person's",
            remedy="say whom these names mean: --person NAME=HANDLE for each",
        )
    return Line(handles.pop(), signer, _skipped(signer, now))


def _skipped(signer: AllowedSigner, now: datetime) -> str | None:
    if signer.namespaces is not None and NAMESPACE not in signer.namespaces:
        return f"it signs for {listed(signer.namespaces, 'and')} only, not for {NAMESPACE}"
    if signer.valid_before is not None and now > signer.valid_before:
        return f"it has expired, {moment(signer.valid_before)}"
    if signer.valid_after is not None and now < signer.valid_after:
        return f"it is not valid before {moment(signer.valid_after)}"
    return None


def _complete(lines: Sequence[Line]) -> None:
    """Checks that everybody who is to be taken in has a handle.

    Raises:
        InvalidInput: a name is none, and nobody said whom it means.
    """
    names = [line.person for line in lines if line.skipped is None and not _is_handle(line.person)]
    if names:
        raise InvalidInput(
            f"these names are no handles: {', '.join(dict.fromkeys(names))}",
            remedy=" ".join(f"--person {name}=HANDLE" for name in dict.fromkeys(names)),
        )


def _take_in(
    call: Call, engine: Engine, line: Line, why: str, how: str, verified_by: str, waiting: list[str]
) -> Iterator[Outcome]:
    """What it takes to have a person and their key on the roster; nothing where they are there, or wait to be."""
    person, key = line.person, line.signer.key
    view = engine.roster()
    if not any(item.person == person and not item.left for item in view.people):
        if _pends(view, "person", person):
            waiting.append(f"{person} to be on the roster")
            return
        yield engine.add_person(person, actor=call.actor, rationale=why)
        view = engine.roster()
        if not any(item.person == person for item in view.people):
            waiting.append(f"{person} to be on the roster; then import their key by the same command")
            return
    if any(item.fingerprint == key.fingerprint and item.person == person for item in view.keys):
        return
    if _pends(view, "key", key.line):
        waiting.append(f"the key {key.fingerprint} of {person}")
        return
    yield engine.enrol_key(person, key.line, verified_by=verified_by, how=how, actor=call.actor, rationale=why)


def _pends(view: RosterView, field: str, value: str) -> bool:
    op = "person_added" if field == "person" else "key_enrolled"
    return any(item.change["op"] == op and item.change[field] == value for item in view.pending)


def _unproven(view: RosterView, lines: Sequence[Line]) -> list[tuple[str, str]]:
    taken = {line.signer.key.fingerprint for line in lines}
    return [(key.person, key.fingerprint) for key in view.keys if key.fingerprint in taken and not key.proven]
