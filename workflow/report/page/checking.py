"""Time pressure in numbers; what was verified, what was not, how to check it oneself; and the appendices."""

from __future__ import annotations

from workflow.report.markup import Child, el
from workflow.report.page.first import checked
from workflow.report.page.limits import Limits
from workflow.report.page.words import (
    MET,
    NOT_MET,
    OPEN,
    Tone,
    Words,
    counted,
    earlier,
    lines,
    moment,
    nothing,
    table,
    tag,
)
from workflow.report.spans import span
from workflow.report.views import PressureView, Report

_KINDS = {
    "review": "unchanged before the move",
    "quickest sign-off": "quickest approval",
    "to the date": "from the move to the planned date",
    "last sign-off": "from the last approval to the date",
    "slips": "drift of the date",
    "process": "since the process changed",
    "signers": "since the signers changed",
}


def pressure(report: Report, words: Words, limits: Limits) -> list[Child]:
    """The numbers, and every change of who may sign."""
    shown, left_out = limits.last(report.roster_changes)
    raised = any(move.raises for move in report.moves)
    return [
        el(
            "p",
            "How long people had, and how late the rules and the signers changed. The numbers judge nothing by "
            "themselves.",
        ),
        el("div", (_number(item, words) for item in report.pressure), class_="big")
        if report.pressure
        else nothing("Nothing has left yet and no date slipped, so there is nothing to count."),
        el("h3", "Changes of who may sign while it was under way"),
        table(
            "Changes of roles, keys, absences and administrators",
            ("What changed", "Roles", "When", "Before the next raise"),
            [
                (
                    words.prose(item.text),
                    ", ".join(item.roles) or "all",
                    lines(moment(item.at), [item.by, ", ", words.entry(item.entry)]),
                    [span(item.seconds), ", ", words.entry(item.before_gate)]
                    if item.seconds is not None
                    else "none was made",
                )
                for item in shown
            ],
        )
        if shown
        else nothing("Nobody's role or key changed" + (" before the last raise." if raised else ".")),
        earlier(left_out),
    ]


def _number(item: PressureView, words: Words) -> Child:
    value = span(item.seconds) if item.seconds is not None else "no date"
    late = " late" if item.kind in ("to the date", "last sign-off") and (item.seconds or 0) < 0 else ""
    return el(
        "div",
        el("p", f"{value}{late}", class_="value"),
        el("p", _KINDS.get(item.kind, item.kind), class_="kicker"),
        el("p", words.prose(item.text)),
    )


def verified(report: Report, words: Words) -> list[Child]:
    """What stands behind the page."""
    proof, audit = report.proof, report.proof.audit
    problems = proof.pack.problems if proof.pack is not None else audit.problems if audit is not None else ()
    beyond = proof.pack.not_checked if proof.pack is not None else audit.not_covered if audit is not None else ()
    covered: list[tuple[str, Child]] = [
        ("Ledger", el("code", proof.origin)),
        ("Read from", proof.source),
        ("Entries then", f"{proof.entries:,}; {proof.stream_entries:,} of this release"),
        ("Tree root then", el("code", proof.root)),
    ]
    if audit is not None:
        covered += [
            ("Decided again", f"{counted(audit.redecided, 'entry', 'entries')}, by the rules recorded with them"),
            ("Signatures", f"{audit.signatures:,} verified"),
            ("Kept files", f"{audit.blobs:,} read and compared with their digests"),
            ("Texts", f"{audit.texts:,}, of which {len(audit.erased):,} were erased on record"),
        ]
    return [
        checked(report),
        el("dl", ([el("dt", name), el("dd", value)] for name, value in covered), class_="pairs"),
        *_of_pack(report),
        el("h3", "Problems found"),
        el(
            "ul",
            (
                el("li", tag("bad", problem.kind, NOT_MET), " ", words.prose(problem.message))
                for problem in problems[:100]
            ),
        )
        if problems
        else nothing("None was found." if audit is not None else "Nobody looked."),
        el("h3", "What this does not prove"),
        el(
            "ul",
            el(
                "li",
                "This page is a view. Whoever has the file can change what it says; what counts is the signed entry "
                "behind each fact, whose number stands beside it.",
            ),
            (el("li", f"{item[:1].upper()}{item[1:]}.") for item in beyond),
            (
                el("li", "Not decided again: ", item)
                for item in (audit.not_recomputed[:100] if audit is not None else ())
            ),
            el("li", "That the bounds and the rules were the right ones: only that they were kept."),
            el("li", "Where else copies of the files are, and in whose hands the keys were that signed."),
        ),
        el("h3", "How to check it yourself"),
        el(
            "ol",
            el(
                "li",
                "Decide everything again: ",
                el("code", "holdfast audit verify"),
                ". Compare the tree root with one that somebody else has kept: ",
                el("code", f"holdfast audit verify --remembered {proof.entries}:ROOT"),
                ".",
            ),
            el(
                "li",
                "Have one file that needs no ledger: ",
                el("code", f"holdfast audit export {report.release} -o {report.release}.pack"),
                "; verify it anywhere: ",
                el("code", f"holdfast audit verify --pack {report.release}.pack --log-key VKEY"),
                ". The example ",
                el("code", "examples/verify_pack"),
                " checks it with Python's standard library and ssh-keygen, without Holdfast.",
            ),
            el(
                "li",
                "Look at an entry, with its verdicts and its hash: ",
                el("code", f"holdfast history {report.release} --entry ENTRY -v"),
                ".",
            ),
            el(
                "li",
                "Check a signature with OpenSSH alone: ",
                el("code", "holdfast history --entry ENTRY --export DIRECTORY"),
                " writes what was signed, the signature and whose key it is, and says the ",
                el("code", "ssh-keygen -Y verify"),
                " that checks it.",
            ),
            el(
                "li",
                "Make this page again and compare: ",
                el("code", f"holdfast report {report.release} -o again.html"),
                ".",
            ),
        ),
    ]


def _of_pack(report: Report) -> list[Child]:
    """Who vouches for the pack, and what is not in it."""
    found = report.proof.pack
    if found is None:
        return []
    states: dict[str, tuple[Tone, str, tuple[str, str]]] = {
        "verified": ("good", "verified", MET),
        "not checked": ("wait", "not checked", OPEN),
        "failed": ("bad", "failed", NOT_MET),
    }
    return [
        el("h3", "Who says which ledger it is of"),
        el(
            "ul",
            (el("li", tag(*states[item.state]), f" {item.kind} {item.name}: {item.text}") for item in found.anchors),
        )
        if found.anchors
        else nothing("Nobody: no key, witness, pin or checkpoint was brought along."),
        el("h3", "What whoever made the pack withheld"),
        el("ul", (el("li", item) for item in found.withheld[:200])) if found.withheld else nothing("Nothing."),
        nothing(f"{len(found.withheld) - 200} more are left out here.") if len(found.withheld) > 200 else None,
    ]


def rules(report: Report) -> list[Child]:
    """What each gate of the present process demands, in words."""
    process = report.processes[-1]
    told: list[Child] = [el("p", process.means)]
    for transition in process.transitions:
        told += [
            el(
                "h3",
                el("code", transition.trigger),
                f": {' or '.join(transition.sources)} → {transition.dest} ",
                el("span", "irreversible", class_="pill hard")
                if transition.irreversible
                else el("span", "raises the exposure", class_="pill")
                if transition.raises
                else None,
            ),
            el("p", transition.means),
            el("ul", (el("li", demand) for demand in transition.demands)),
        ]
    return told


def entries(report: Report, words: Words, limits: Limits) -> list[Child]:
    """A line for each entry of the release, with its whole hash."""
    shown, left_out = limits.last(report.lines, limits.entries)
    return [
        nothing(f"The first {left_out:,} entries are left out here; holdfast history has them all.")
        if left_out
        else None,
        table(
            f"Entries of {report.release}, and the hash of each",
            ("Entry", "When", "Who", "What", "Hash"),
            [
                (
                    el("strong", line.entry),
                    moment(line.at),
                    lines(line.actor, words.proof(line.key)),
                    lines(
                        tag("bad", "refused", NOT_MET) if line.refused else None,
                        *(el("span", words.prose(text)) for text in line.summary),
                    ),
                    el("code", line.hash, class_="small"),
                )
                for line in shown
            ],
            ids=[f"e{line.entry}" for line in shown],
            kind="entries",
        ),
    ]


def digests(words: Words) -> list[Child]:
    """Every digest that the page has shortened, whole."""
    named = list(words.digests.items())
    return [
        table(
            "Digests (SHA-256)",
            ("Begins with", "Of what", "Whole"),
            [(el("code", whole[:12]), what, el("code", whole, class_="small")) for whole, what in named],
            ids=[f"d-{whole[:16]}" for whole, _ in named],
        )
        if named
        else nothing("No digest was shortened.")
    ]
