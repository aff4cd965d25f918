"""What lies before somebody who decides: problems first, then what changed, then what they would sign."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from workflow.basis import in_words
from workflow.cli.explanation import SEVERITY, Surroundings, field, show_explanation, state_of
from workflow.cli.next_step import standing_in
from workflow.cli.output import Output
from workflow.cli.shown import counted
from workflow.clock import parse_timestamp
from workflow.exchange import ActRequest, Request
from workflow.facts import ComponentChange
from workflow.phrases import listed, moment, size
from workflow.views import Explanation

_DECIDED = {"approve": "approved", "reject": "refused", "abstain": "abstained", "recuse": "recused yourself"}


BAR = "| "
"""Stands before what a request says and nobody signs."""


def lay_out(
    out: Output,
    request: Request,
    person: str,
    role: str,
    *,
    reaffirms: str | None = None,
    publisher: str | None = None,
    here: bool = True,
) -> None:
    """Prints a request for a decision, for one person in one role.

    With the ledger ``here``, what is told comes from it, and so does the ``publisher``; else the request says it, and
    that is told as well. A request says of no move how it is made.
    """
    with nullcontext() if here else as_the_request_says(out, request):
        _problems(out, request, person, role)
        around = Surroundings(standing_in(request.says, request.candidate), request.says.administrators, moves=here)
        explanation = request.explanation.model_copy(update={"publisher": publisher})
        show_explanation(out, _gravest_first(explanation), around, everything=True)
        _candidate(out, request)
        _changed(out, request, person)
        _since(out, request, person, role, reaffirms)


@contextmanager
def as_the_request_says(out: Output, request: Request | ActRequest) -> Iterator[None]:
    """Marks every row as what the request says: whoever wrote it could have it look like what is signed."""
    made = f"{request.origin}, {moment(parse_timestamp(request.at))}"
    with out.quoting(BAR):
        out.line(("As the request says", "strong"), f" ({made}); none of this is signed:")
        yield


def lay_out_words(out: Output, request: Request, person: str, role: str) -> None:
    """Prints what an approval would say, and the digests that every decision binds."""
    out.line(("What you would sign", "strong"))
    field(out, "approving", request.meaning(person, role))
    field(out, "otherwise", "the same words with: refuse, abstain from, recuse myself from")
    for label, value in (("candidate", request.candidate), ("process", request.process), ("basis", request.basis)):
        field(out, label, value)
    field(out, "rests on", "; ".join(map(in_words, request.rests_on)) or "nothing but the candidate and the process")
    field(out, "ledger", f"{request.origin}, {counted(request.tree.size, 'entry')}, root {request.tree.root[:16]}..")


def difference(components: dict[str, ComponentChange], depends_on: tuple[str, ...]) -> str:
    """What became of each component, and which of them a role depends on: by default all."""
    told = []
    for name, what in components.items():
        mine = not depends_on or name in depends_on
        told.append(f"{name} {what}" + ("" if what == "same" or mine else " (your role does not depend on it)"))
    return ", ".join(told)


def _gravest_first(explanation: Explanation) -> Explanation:
    """The explanation for somebody who decides: what was refused stands above what is only waited for."""
    blockers = sorted(explanation.blockers, key=lambda verdict: SEVERITY.index(state_of(verdict)))
    met = [verdict for verdict in explanation.verdicts if verdict.allow]
    return explanation.model_copy(update={"verdicts": (*blockers, *met)})


def _problems(out: Output, request: Request, person: str, role: str) -> None:
    files = request.says.files
    if files is None:
        out.line("the files were not hashed again", lead=(" - ", "faint"))
    elif files.problem is not None:
        out.line(f"the files could not be hashed again: {files.problem}", lead=(" ? ", "open"))
    if request.other_files is not None:
        out.line(request.other_files, lead=(" ! ", "refused"))
    elif (why := request.obstacle(person, role)) is not None:
        out.line(f"{person} cannot approve as {role}: {why}", lead=(" ! ", "refused"))


def _candidate(out: Output, request: Request) -> None:
    parts = [f"{item.name} ({counted(item.files, 'file')}, {size(item.bytes)})" for item in request.says.components]
    field(out, "files", listed(parts, "and") or "not known")
    for role in request.says.roles:
        people = "1 person" if role.count == 1 else f"{role.count} people"
        pin = ", with a PIN" if role.pin else ""
        field(
            out,
            "asked",
            f"{people} as {role.name} ({role.authority}{pin}): {role.means}".rstrip(": "),
        )


def _changed(out: Output, request: Request, person: str) -> None:
    known = request.person(person)
    last = known.last if known else None
    if last is None:
        field(out, "changed", "you have not decided on this before")
        return
    told = "; ".join(last.changed) or "nothing that an approval rests on"
    field(out, "changed", f"since you last decided ({_DECIDED[last.decision]}, entry {last.entry}): {told}")


def _since(out: Output, request: Request, person: str, role: str, reaffirms: str | None) -> None:
    approval = request.approval(person, role)
    if approval is None:
        return
    asked = next((item for item in request.says.roles if item.name == role), None)
    told = difference(approval.components, asked.depends_on if asked else ())
    cited = " (which this reaffirms)" if reaffirms == approval.id else ""
    field(out, "components", f"since {approval.id}, entry {approval.entry}{cited}: {told}")
