"""Who decided what, when and with which key; who refused, and how that was answered."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.report.markup import Child, el
from workflow.report.page.limits import Limits
from workflow.report.page.words import (
    HELD,
    MET,
    NEUTRAL,
    NOT_MET,
    OPEN,
    OVERRULED,
    Tone,
    Words,
    earlier,
    lines,
    moment,
    nothing,
    table,
    tag,
)
from workflow.report.spans import span
from workflow.report.views import DissentView, Ending, FateWord, RefusalView, Report, ReportedSignOff, WordView

_DECIDED = {"approve": "approved", "reject": "refused", "abstain": "abstained", "recuse": "recused themselves"}
_FATES: dict[FateWord, tuple[Tone, str, tuple[str, str]]] = {
    "counted": ("good", "Counted", MET),
    "counts": ("good", "Counts now", MET),
    "standing": ("bad", "Stands", NOT_MET),
    "answered": ("wait", "Answered by others", OVERRULED),
    "closed": ("still", "About other files", NEUTRAL),
    "stale": ("wait", "Went stale", OPEN),
    "withdrawn": ("still", "Withdrawn", NEUTRAL),
    "void": ("wait", "Does not count", OPEN),
    "recorded": ("still", "On record", NEUTRAL),
    "sealed": ("still", "Sealed", HELD),
}
ENDINGS: dict[Ending, tuple[Tone, str, tuple[str, str]]] = {
    "stands": ("bad", "Stands", NOT_MET),
    "taken back": ("still", "Taken back by its maker", NEUTRAL),
    "answered": ("wait", "Answered by others", OVERRULED),
    "other files": ("still", "About other files", NEUTRAL),
}
_AUTHORITIES = {
    "veto": "a veto, which only its maker ends while they are here",
    "advice": "advice, which can be answered",
}
_WHAT = {
    "lift": "said it can be lifted",
    "discharge": "discharged it",
    "answer": "answered it",
    "withdrawal": "took it back",
    "acceptance": "accepted the risk",
    "closing": "with that it ended",
}


def signed(report: Report, words: Words, limits: Limits) -> list[Child]:
    """Every decision, what became of it, and the keys."""
    stale = [
        item for item in report.sign_offs if item.decision != "reject" and item.fate in ("stale", "void", "withdrawn")
    ]
    shown, left_out = limits.last(report.sign_offs)
    return [
        table(
            "Sign-offs, in the order in which they were given",
            ("Who", "Decided", "For which move", "When", "With which key", "What became of it"),
            [_row(item, words) for item in shown],
            kind="signed",
        )
        if shown
        else nothing("Nobody has decided anything yet."),
        earlier(left_out),
        el("h3", "Stale sign-offs, and why"),
        el(
            "p",
            "An approval is for exact bytes, one process, one round and what was measured and judged by then. When one "
            "of these changed, it no longer counted:",
        )
        if stale
        else nothing("None: every approval that was given was used, or counts now."),
        el("ul", (_stale(why, items, words) for why, items in _by_fate(limits.last(stale)[0]).items()))
        if stale
        else None,
        el("h3", "Keys"),
        table(
            "Keys that acts of this release were signed with",
            ("Whose", "Fingerprint", "Kind", "Enrolled", "Verified by", "Now"),
            [
                (
                    el("strong", key.person),
                    el("code", key.fingerprint),
                    key.kind,
                    lines(moment(key.enrolled_at), words.entry(key.enrolled_in)),
                    key.verified_by,
                    words.prose(key.state),
                )
                for key in report.keys
            ],
        )
        if report.keys
        else nothing("Nothing was signed: every act is a claim."),
    ]


def _by_fate(items: Sequence[ReportedSignOff]) -> dict[str, list[ReportedSignOff]]:
    """Sign-offs by what became of them: what ends one mostly ends others with it."""
    found: dict[str, list[ReportedSignOff]] = {}
    for item in items:
        found.setdefault(item.fate_text, []).append(item)
    return found


def _stale(why: str, items: Sequence[ReportedSignOff], words: Words) -> Child:
    whose: list[Child] = []
    for place, item in enumerate(items):
        whose += [
            "; " if place else None,
            el("strong", f"{item.id}, {item.by} as {item.role}"),
            ", ",
            words.entry(item.entry),
        ]
    return el("li", words.prose(why), ": ", whose)


def _row(item: ReportedSignOff, words: Words) -> tuple[Child, ...]:
    tone, word, shape = _FATES[item.fate]
    looked = (
        f"{span(item.review_seconds)} after what it rests on last changed" if item.review_seconds is not None else None
    )
    return (
        lines(el("strong", item.by), f"as {item.role}"),
        lines(
            [_DECIDED.get(item.decision, item.decision), " ", el("span", item.id, class_="soft")],
            words.quote(item.reason, item.entry) if item.fate != "sealed" else None,
            *(["only as long as: ", condition or "(erased)"] for condition in item.conditions),
            ["holds until ", moment(item.expires)] if item.expires is not None else None,
        ),
        lines(
            el("code", item.trigger),
            f"round {item.round}",
            ["on ", words.digest(item.candidate, "a candidate's manifest")],
        ),
        lines(moment(item.at), words.entry(item.entry), el("span", looked, class_="soft small") if looked else None),
        "sealed" if item.fate == "sealed" else words.key(item.key),
        lines(tag(tone, word, shape), el("span", words.prose(item.fate_text), class_="small")),
    )


def dissent(report: Report, words: Words, limits: Limits) -> list[Child]:
    """The refusals, and the words that were said on each."""
    shown, left_out = limits.last(report.dissent)
    if not report.dissent:
        return [nothing("Nobody refused.")]
    return [
        *(_refusal(item, words) for item in shown),
        earlier(left_out, "refusals"),
    ]


def _refusal(item: DissentView, words: Words) -> Child:
    tone, word, shape = ENDINGS[item.fate]
    kind = _AUTHORITIES.get(item.authority, item.authority)
    return el(
        "article",
        el(
            "header",
            el("h3", f"{item.id}: {item.by} as {item.role} refused ", el("code", item.trigger)),
            tag(tone, word, shape),
            el(
                "p",
                moment(item.at),
                ", ",
                words.entry(item.entry),
                " ",
                words.proof(item.key),
                f"; {kind}. On ",
                words.digest(item.candidate, "a candidate's manifest"),
                class_="small",
            ),
        ),
        words.quote(item.text, item.entry),
        el("h4", "What was said on it") if item.words else None,
        spoken(item.words, words) if item.words else None,
        el("h4", "What was tried against it, and refused") if item.attempts else None,
        tried(item.attempts, words) if item.attempts else None,
        nothing("Nothing was said on it since.") if not item.words and not item.attempts else None,
        class_=f"gate {tone}",
    )


def spoken(said: tuple[WordView, ...], words: Words) -> Child:
    """What people said on something that stood open."""
    return el("ul", (el("li", _word(item, words)) for item in said), class_="facts")


def tried(attempts: tuple[RefusalView, ...], words: Words) -> Child:
    """Words on something that stood open which were refused: who tried, what they said, and why it did not count."""
    return el("ul", (el("li", _attempt(item, words)) for item in attempts), class_="facts")


def _attempt(item: RefusalView, words: Words) -> list[Child]:
    return [
        el("strong", item.by),
        " tried ",
        el("code", item.command.replace("_", " ")),
        ", ",
        moment(item.at),
        ", ",
        words.entry(item.entry),
        words.quote(item.text, item.entry),
        el("span", "Refused: ", words.prose(item.message), class_="small"),
    ]


def _word(item: WordView, words: Words) -> list[Child]:
    role = f" as {item.role}" if item.role else ""
    where: list[Child] = [moment(item.at), ", ", words.entry(item.entry)]
    if item.what == "closing":
        return [_WHAT[item.what], ": ", *where, ", for ", _candidates(item, words)]
    on = f" on {', '.join(item.evidence)}" if item.evidence else ""
    return [
        el("strong", item.by),
        f"{role} {_WHAT[item.what]}{on}, ",
        *where,
        " ",
        words.proof(item.key),
        [", for ", _candidates(item, words)] if item.candidates else None,
        words.quote(item.text, item.entry),
    ]


def _candidates(item: WordView, words: Words) -> list[Child]:
    found: list[Child] = []
    for place, digest in enumerate(item.candidates):
        found += [", " if place else None, words.digest(digest, "a candidate's manifest")]
    return found
