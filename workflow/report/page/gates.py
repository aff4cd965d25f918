"""Each gate as it was when somebody tried it: every verdict, and what it rested on."""

from __future__ import annotations

from workflow.phrases import listed
from workflow.policy import Verdict
from workflow.report.markup import Child, Element, el
from workflow.report.page.limits import Limits
from workflow.report.page.words import (
    ERROR,
    MET,
    NOT_MET,
    OPEN,
    Tone,
    Words,
    earlier,
    lines,
    moment,
    nothing,
    table,
    tag,
)
from workflow.report.views import GateView, Report
from workflow.views import SEALED, Explanation

_KINDS: dict[str, tuple[Tone, str, tuple[str, str]]] = {
    "no": ("bad", "No", NOT_MET),
    "error": ("wait", "Could not be checked", ERROR),
    "open": ("wait", "Open", OPEN),
}
CROSSED: tuple[Tone, str, tuple[str, str]] = ("good", "Crossed", MET)
ALLOWED: tuple[Tone, str, tuple[str, str]] = ("good", "Allowed", MET)
_REFUSED: dict[str, tuple[Tone, str, tuple[str, str]]] = {
    "no": ("bad", "Refused", NOT_MET),
    "error": ("wait", "Refused: it could not be checked", ERROR),
    "open": ("wait", "Refused: something was open", OPEN),
}
_GRAVER = ("no", "error", "open")


def gates(report: Report, words: Words, limits: Limits) -> list[Child]:
    """The gates that were crossed, with every verdict, and the attempts that were refused."""
    crossed = [gate for gate in report.gates if gate.crossed]
    refused = [gate for gate in report.gates if not gate.crossed]
    full_refused, _ = limits.last(refused, max(1, limits.gates // 3))
    full_crossed, _ = limits.last(crossed, limits.gates)
    full = {gate.entry for gate in (*full_refused, *full_crossed)}
    shown, left_out = limits.last(report.gates)
    brief = [gate for gate in shown if gate.entry not in full]
    return [
        el(
            "p",
            "The verdicts are those that were recorded with the attempt, word for word. Only a gate of which every "
            "check said yes lets a release through; who was counted and who was ignored stands with each.",
        ),
        nothing("Nobody has tried to move it yet.") if not report.gates else None,
        *(_gate(gate, words) for gate in shown if gate.entry in full),
        table(
            "Attempts without their verdicts, which `holdfast history --entry ENTRY -v` shows",
            ("Attempt", "When", "By", "What was said"),
            [
                (
                    el("strong", gate.trigger),
                    moment(gate.at),
                    [gate.by, ", ", words.entry(gate.entry)],
                    [words.prose(gate.message[:300]), None if gate.crossed else words.quote(gate.reason, gate.entry)],
                )
                for gate in brief
            ],
        )
        if brief
        else None,
        earlier(left_out, "attempts"),
        *_now(report.status.next, words),
        el("h3", "Other commands that were refused"),
        _others(report, words, limits),
    ]


def _now(gate: Explanation | None, words: Words) -> list[Child]:
    """The gate that is next, as it stood when the page was made; nothing where the road has ended."""
    if gate is None:
        return []
    tone, word, shape = ALLOWED if gate.allowed else _KINDS[gate.outcome or "no"]
    met = sum(1 for verdict in gate.verdicts if verdict.allow)
    return [
        el("h3", "The next gate, as it stood when this page was made"),
        el(
            "article",
            el(
                "header",
                el("h3", f"{gate.trigger}: {gate.source} → {gate.dest}"),
                tag(tone, word, shape),
                el("span", "irreversible", class_="pill hard") if gate.irreversible else None,
                el(
                    "p",
                    moment(gate.at),
                    f", round {gate.round}; asked for nobody, and no file was looked at",
                    class_="small",
                ),
            ),
            table(
                f"{met} of {len(gate.verdicts)} checks said yes",
                ("Verdict", "Check", "What was found"),
                [_row(verdict, words, overridden=verdict is gate.overridden) for verdict in gate.verdicts],
                kind="verdicts",
            ),
            class_=f"gate {tone}",
        ),
    ]


def _gate(gate: GateView, words: Words) -> Element:
    tone, word, shape = CROSSED if gate.crossed else _REFUSED[_outcome(gate)]
    title = f"{gate.trigger}: {gate.source} → {gate.dest}" if gate.dest else gate.trigger
    met = sum(1 for verdict in gate.verdicts if verdict.allow)
    return el(
        "article",
        el(
            "header",
            el("h3", title),
            tag(tone, word, shape),
            el("span", "irreversible", class_="pill hard") if gate.irreversible else None,
            el(
                "p",
                moment(gate.at),
                ", by ",
                el("strong", gate.by),
                ", ",
                words.entry(gate.entry),
                " ",
                words.proof(gate.key),
                f", round {gate.round}",
                class_="small",
            ),
        ),
        words.quote(gate.reason, gate.entry) if not gate.crossed else None,
        el("p", words.prose(_said(gate)), class_="small soft") if not gate.crossed else None,
        el(
            "p",
            el("span", "override", class_="pill hard"),
            " It passed ",
            el("code", gate.overridden),
            " by an override.",
        )
        if gate.overridden is not None
        else None,
        table(
            f"{met} of {len(gate.verdicts)} checks said yes",
            ("Verdict", "Check", "What was found"),
            [_row(verdict, words, overridden=verdict.policy == gate.overridden) for verdict in gate.verdicts],
            kind="verdicts",
        )
        if gate.verdicts
        else nothing("No check was made: the command was refused before that."),
        class_=f"gate {tone}",
    )


def _said(gate: GateView) -> str:
    """Why not, without the reasons in brackets, which stand below."""
    return gate.message.partition(" (")[0] if gate.verdicts else gate.message


def _outcome(gate: GateView) -> str:
    kinds = {reason.kind for verdict in gate.verdicts for reason in verdict.reasons}
    return next((kind for kind in _GRAVER if kind in kinds), "no")


def _row(verdict: Verdict, words: Words, *, overridden: bool) -> tuple[Child, ...]:
    if verdict.allow:
        state: Child = tag("good", "Yes", MET)
    else:
        kind = next(kind for kind in _GRAVER if any(reason.kind == kind for reason in verdict.reasons))
        tone, word, shape = _KINDS[kind]
        state = [tag(tone, word, shape), " (overridden)" if overridden else None]
    return (
        state,
        el("code", f"{verdict.policy}@{verdict.revision}"),
        el(
            "div",
            words.prose(verdict.summary),
            el(
                "ul",
                (el("li", words.prose(reason.text), _who(reason.who)) for reason in verdict.reasons),
                (
                    el(
                        "li",
                        fact.label,
                        ": ",
                        words.prose(fact.text),
                        [", ", words.entry(fact.entry)] if fact.entry is not None else None,
                    )
                    for fact in verdict.facts
                ),
                class_="facts",
            )
            if verdict.reasons or verdict.facts
            else None,
        ),
    )


def _who(people: tuple[str, ...]) -> str | None:
    return f" ({listed(people, 'or')} could act)" if people else None


def _others(report: Report, words: Words, limits: Limits) -> Child:
    found, left_out = limits.last(report.refusals)
    if not found:
        return nothing("None was.")
    return [
        table(
            "Refused commands",
            ("Command", "When", "By", "What was said for it", "Why not"),
            [
                (
                    lines(el("code", item.command.replace("_", " ")), f"on {item.subject}" if item.subject else None),
                    moment(item.at),
                    [item.by, ", ", words.entry(item.entry)],
                    "sealed" if item.by == SEALED else words.quote(item.text, item.entry),
                    words.prose(item.message),
                )
                for item in found
            ],
        ),
        earlier(left_out),
    ]
