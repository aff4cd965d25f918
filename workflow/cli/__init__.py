"""The command line: :func:`run` is one call of it, in surroundings of the caller's choice, :func:`main` the command."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress

import typer

from workflow.cli.app import NAME, app_for
from workflow.cli.exits import ExitCode, of_error
from workflow.cli.explanation import MARKS, SEVERITY, kind_of
from workflow.cli.output import Output, Style, untold
from workflow.cli.session import Session
from workflow.cli.shown import friendly
from workflow.eligibility import CALLS
from workflow.errors import GateDenied, InvalidInput, LedgerError, PolicyErrored, Refused, StorageError, WorkflowError
from workflow.phrases import listed
from workflow.policy import Reason

__all__ = ["ExitCode", "Session", "main", "run"]

SHOWN_BLOCKERS = 5
SEE_THE_AUDIT = "holdfast audit verify says what is damaged, and what can still be trusted"
_BEFORE: dict[str, tuple[str, Style]] = {
    "no": ("refused", "refused"),
    "open": ("waiting", "open"),
    "error": ("not checkable", "open"),
}


def run(args: Sequence[str], *, session: Session) -> int:
    """Runs one command and returns its exit code. No error leaves it, and nothing of the process is changed."""
    given = list(args) or ["--help"]
    out = session.output("json" if "--json" in given else "people")
    try:
        code = app_for(given)(args=given, prog_name=NAME, standalone_mode=False, obj=session)
    except WorkflowError as error:
        return _failed(out, error)
    except typer.TyperException as error:
        # The context is that of the command which could not be understood: `holdfast incident open`.
        place = getattr(getattr(error, "ctx", None), "command_path", NAME)
        if error.format_message().startswith("No such option: --key"):
            # It is asked for where nothing is signed: what is recorded there is a claim, whatever key somebody has.
            return _failed(out, InvalidInput(f"`{place}` signs nothing, so it has no --key", remedy="leave --key out"))
        early = given[0] if given[0] in ("--json", "--quiet", "-q") and len(given) > 1 else None
        remedy = f"{NAME} {given[1]} {early}: it goes behind the command" if early else f"{place} --help"
        return _failed(out, InvalidInput(error.format_message(), remedy=remedy))
    except (KeyboardInterrupt, typer.Abort):
        code = ExitCode.INTERRUPTED
    except Exception as error:  # whatever it is, a person gets a sentence and a script gets an exit code
        if isinstance(error, OSError) and error.filename is None:
            return _failed(out, untold(error))  # the parser prints the help and the version by itself
        out.say(("bug", "strong"), f": {type(error).__name__}: {error}")
        out.say("set HOLDFAST_DEBUG=1 to see where, and report it", lead="next: ")
        if session.environment.get("HOLDFAST_DEBUG"):
            traceback.print_exc(file=session.stderr)
        return ExitCode.ENVIRONMENT
    if code == ExitCode.INTERRUPTED:
        # It may have come just after the entry was committed, and a plan that is applied is several entries long.
        out.say("interrupted; holdfast history shows what of it has happened")
    return code if isinstance(code, int) else ExitCode.DONE


def main() -> int:
    """The command ``holdfast``."""
    session = Session.of_process()
    code = run(sys.argv[1:], session=session)
    for stream in (session.stdout, session.stderr):
        try:
            stream.flush()
        except OSError:
            # The interpreter flushes once more at its end, and would complain about what takes nothing any more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


def _failed(out: Output, error: WorkflowError) -> int:
    word: tuple[str, Style] = ("error", "strong")
    entry = None
    if isinstance(error, Refused):
        word, entry = _BEFORE[error.outcome], error.entry
    elif isinstance(error, LedgerError):
        word = ("integrity", "refused")
    first, *rest = error.message.splitlines() or [""]
    blockers = _blockers(error)
    # The message names the reasons in brackets, for whoever has nothing but the message; here each has a line.
    out.say(word, f": {friendly(first.partition(' (')[0] if blockers else first)}")
    for line in rest:
        out.say(line)
    for reason in blockers[:SHOWN_BLOCKERS]:
        who = f" ({listed(reason.who)} can act)" if reason.who else ""
        sign, style = MARKS[kind_of(reason)]
        out.say(friendly(reason.text) + who, lead=(f" {sign} ", style))
    for text in _own_approvals(error):
        out.say(text, lead="   ")
    if len(blockers) > SHOWN_BLOCKERS:
        out.say(f"and {len(blockers) - SHOWN_BLOCKERS} more", lead="   ")
    if entry is not None:
        out.say(f"it is on record, entry {entry}", lead="  ")
    remedy = error.remedy or (SEE_THE_AUDIT if isinstance(error, LedgerError) else None)
    if remedy:
        out.say(remedy, lead="next: ")
    with suppress(StorageError):  # whoever cannot be told of it in full still gets a sentence and the exit code
        out.json({"error": error.diagnostics()})
    return of_error(error)


def _own_approvals(error: WorkflowError) -> list[str]:
    """Of which approvals whoever calls the trigger is to know that they would count, if somebody else called it."""
    if not isinstance(error, GateDenied | PolicyErrored):
        return []
    return [
        f"{fact.person}'s own approval, entry {fact.entry}, is not counted, because {fact.person} calls the trigger: "
        "somebody else may call it"
        for verdict in error.verdicts
        if not verdict.allow
        for fact in verdict.facts
        if fact.label == "ignored" and fact.text == f"{fact.person} ({CALLS})"
    ]


def _blockers(error: WorkflowError) -> list[Reason]:
    """What stands in a gate's way, the gravest first, where a gate is what refused."""
    if not isinstance(error, GateDenied | PolicyErrored):
        return []
    reasons = [reason for verdict in error.verdicts for reason in verdict.reasons]
    return sorted(reasons, key=lambda reason: SEVERITY.index(kind_of(reason)))
