"""What the gates rested on: reports against bounds, risk areas and tests; requirements, holds, overrides, incidents."""

from __future__ import annotations

from workflow.report.markup import Child, el
from workflow.report.page.limits import Limits
from workflow.report.page.people import spoken, tried
from workflow.report.page.words import (
    ERROR,
    HELD,
    MET,
    NEUTRAL,
    NOT_MET,
    OPEN,
    Tone,
    Words,
    date,
    earlier,
    lines,
    moment,
    nothing,
    table,
    tag,
)
from workflow.report.picture.bounds import bounds, drawn_of, short
from workflow.report.views import MeasurementView, Report, ReportedHold, ReportedRequirement

_JUDGED: dict[str, tuple[Tone, str, tuple[str, str]]] = {
    "met": ("good", "Within", MET),
    "not_met": ("bad", "Not within", NOT_MET),
    "inconclusive": ("wait", "Decides nothing", OPEN),
}
_NAMES = {"condition": "requirement", "lift_condition": "requirement for a lift", "yes_if": "requirement of a yes"}
"""What the kinds of requirements are called where that is not their name."""
_VERDICTS: dict[str, tuple[Tone, tuple[str, str]]] = {
    "acceptable": ("good", MET),
    "done": ("good", MET),
    "unacceptable": ("bad", NOT_MET),
    "failed": ("bad", NOT_MET),
}


def measured(report: Report, words: Words, limits: Limits) -> list[Child]:
    """A picture and a table for each bound, and the reports that no bound is for."""
    groups: dict[tuple[str, ...], list[MeasurementView]] = {}
    for item in report.measurements:
        groups.setdefault((item.trigger, item.kind, item.name, item.bound), []).append(item)
    told: list[Child] = []
    for number, ((trigger, kind, name, bound), found) in enumerate(groups.items()):
        shown, left_out = limits.last(found)
        drawn = len(drawn_of(shown))
        told += [
            el("h3", f"{name} ", el("span", f"({kind}), {_asked(trigger)} ", el("code", trigger), class_="soft")),
            el(
                "figure",
                bounds(shown, f"bound-{number}"),
                el(
                    "figcaption",
                    f"The last {drawn} are drawn, those on the present candidate first; the table has all.",
                )
                if drawn < len(shown)
                else None,
            ),
            table(
                f"{bound}",
                ("Report", "Says", "#Value", "#Std. error", "#n", "#Compared", "By the bound"),
                [_measurement(item, words) for item in shown],
            ),
            earlier(left_out, "reports"),
        ]
    return [
        el(
            "p",
            "The shaded side breaks the bound. A bar is one standard error to either side of the value; a dashed tick "
            "is the value that is compared, where the bound asks for confidence or a margin. A square breaks it. What "
            "is about another candidate, or set aside, is in grey.",
        )
        if told
        else nothing("No report was attached that a gate has a bound for."),
        *told,
        el("h3", "Reports and documents"),
        _attached(report, words, limits),
        el("h3", "Risk areas and tests"),
        _opinions(report, words, limits),
    ]


def _asked(where: str) -> str:
    return "asked by the requirement" if where[:1].isupper() else "asked at"


def _measurement(item: MeasurementView, words: Words) -> tuple[Child, ...]:
    tone, word, shape = _JUDGED[item.judged]
    aside: Child = ["set aside, ", words.entry(item.set_aside)] if item.set_aside is not None else None
    about: Child = (
        "the present candidate"
        if item.current
        else ["another candidate, ", words.digest(item.candidate, "a candidate's manifest")]
    )
    return (
        lines(el("strong", item.evidence), words.entry(item.entry)),
        lines(about, "it says so itself" if item.stated else "by whoever attached it", aside),
        short(item.value) if item.value is not None else "none",
        short(item.stderr) if item.stderr is not None else "none",
        item.samples,
        short(item.compared) if item.compared is not None else "none",
        lines(
            tag(tone, word, shape),
            el("span", item.shown, class_="small soft") if item.judged == "inconclusive" else None,
        ),
    )


def _attached(report: Report, words: Words, limits: Limits) -> Child:
    shown, left_out = limits.last(report.status.evidence)
    asides = {item.evidence: item for item in report.set_aside}
    if not shown:
        return nothing("Nothing was attached.")
    return [
        table(
            "Everything that was attached",
            ("Report", "What it is", "About", "Attached by", "State"),
            [
                (
                    lines(el("strong", item.id), item.name),
                    lines(
                        item.kind,
                        el("span", item.filename, class_="small soft"),
                        words.digest(item.blob, f"the bytes of {item.id}"),
                    ),
                    "the present candidate"
                    if item.current
                    else ["another, ", words.digest(item.candidate, "a candidate's manifest")],
                    lines(el("strong", item.by), words.entry(item.entry)),
                    lines(
                        "decides" if item.status == "conclusive" else item.status,
                        el("span", item.detail, class_="small soft") if item.detail else None,
                        [
                            tag("still", "set aside", NEUTRAL),
                            " by ",
                            asides[item.id].by,
                            ", ",
                            words.entry(asides[item.id].entry),
                            words.quote(asides[item.id].text, asides[item.id].entry),
                        ]
                        if item.set_aside and item.id in asides
                        else None,
                    ),
                )
                for item in shown
            ],
        ),
        earlier(left_out),
    ]


def _opinions(report: Report, words: Words, limits: Limits) -> Child:
    shown, left_out = limits.last(report.opinions)
    if not shown:
        return nothing("Nobody has judged a risk area or a test.")
    rows = []
    for item in shown:
        tone, shape = _VERDICTS.get(item.verdict, ("wait", OPEN))
        rows.append(
            (
                lines(el("strong", item.subject), el("span", item.what, class_="small soft")),
                tag(tone, item.verdict.replace("_", " "), shape),
                lines(el("strong", item.by), f"as {item.role}"),
                lines(moment(item.at), [words.entry(item.entry), " ", words.proof(item.key)]),
                lines(
                    None
                    if item.current
                    else ["another candidate, ", words.digest(item.candidate, "a candidate's manifest")],
                    f"on {', '.join(item.evidence)}" if item.evidence else None,
                    words.quote(item.text, item.entry),
                ),
            )
        )
    return [
        table("Verdicts of people", ("On what", "Verdict", "Who", "When", "Why"), rows),
        earlier(left_out),
    ]


def required(report: Report, words: Words, limits: Limits) -> list[Child]:
    """Requirements and holds, and how each came to an end."""
    demands = [item for item in report.requirements if item.kind != "incident"]
    shown, left_out = limits.last(demands)
    stops, stops_left = limits.last(report.holds)
    return [
        el("h3", "Requirements"),
        table(
            "What had to be discharged",
            ("What", "Asked by", "Of whom", "State", "How it was discharged"),
            [_requirement(item, words) for item in shown],
            kind="told",
        )
        if shown
        else nothing("Nothing was required."),
        earlier(left_out),
        el("h3", "Holds"),
        table(
            "Stops without an end date",
            ("Hold", "Placed", "Whose it is", "State", "How it was lifted"),
            [_hold(item, words) for item in stops],
            kind="told",
        )
        if stops
        else nothing("Nobody placed a hold."),
        earlier(stops_left),
    ]


def _requirement(item: ReportedRequirement, words: Words) -> tuple[Child, ...]:
    state: Child = tag("good", "discharged", MET)
    if item.open:
        state = tag("bad", "overdue", NOT_MET) if item.overdue else tag("wait", "open", OPEN)
    kind = _NAMES.get(item.kind, item.kind.replace("_", " ")) + (f", {item.severity}" if item.severity else "")
    return (
        lines(
            [el("strong", item.id), " ", el("span", kind, class_="pill")],
            words.quote(item.text, item.entry),
            [el("span", "bound: ", item.bound, class_="small soft")] if item.bound else None,
        ),
        lines(
            [el("strong", item.by), f" as {item.role}" if item.role else None], moment(item.at), words.entry(item.entry)
        ),
        lines(item.discharged_by, ["due ", date(item.due)] if item.due is not None else None),
        state,
        spoken(item.words, words) if item.words else "nobody has said anything on it",
    )


def _hold(item: ReportedHold, words: Words) -> tuple[Child, ...]:
    state = tag("still", "standing", HELD) if item.standing else tag("good", "lifted", MET)
    return (
        lines(el("strong", item.id), words.quote(item.text, item.entry)),
        lines(moment(item.at), [el("strong", item.by), ", ", words.entry(item.entry)]),
        lines(item.owner, ["to be looked at by ", date(item.review_by)] if item.review_by is not None else None),
        state,
        [
            spoken(item.words, words) if item.words else "nobody has said that it can go",
            [el("h4", "Tried, and refused"), tried(item.attempts, words)] if item.attempts else None,
        ],
    )


def exceptions(report: Report, words: Words) -> list[Child]:
    """The exceptions, all of them; overrides with the words that were said and their reviews; accepted risks."""
    listed = [
        (el("span", item.kind, class_="pill hard"), words.prose(item.text), words.entry(item.entry))
        for item in report.exceptions
    ]
    used = report.status.overrides
    accepted = [(item, word) for item in report.status.requirements for word in item.accepted]
    return [
        table("Everything that departs from the plain course", ("Kind", "What", "Where"), listed)
        if listed
        else nothing("There is none."),
        el("h3", "Overrides"),
        table(
            "Rules that were passed all the same",
            ("Rule and move", "By whose word", "Until", "Review afterwards"),
            [
                (
                    lines(
                        el("code", item.policy),
                        [el("code", item.trigger), ", by ", item.mover, ", ", words.entry(item.entry)],
                    ),
                    lines(
                        *(
                            [el("strong", who), words.quote(why, item.entry)]
                            for who, why in zip(item.by, item.reasons, strict=True)
                        )
                    ),
                    moment(item.until),
                    lines(
                        [item.review, " by ", item.reviewed_by, ", due ", date(item.due)],
                        tag("good", "reviewed", MET)
                        if item.reviewed
                        else tag("bad", "overdue", NOT_MET)
                        if item.overdue
                        else tag("wait", "open", OPEN),
                    ),
                )
                for item in used
            ],
        )
        if used
        else nothing("No rule was overridden."),
        el("h3", "Accepted risks"),
        table(
            "Findings whose risk was accepted for a time",
            ("Finding", "Accepted by", "Until", "Why"),
            [
                (
                    lines([el("strong", item.id), f" {item.severity or ''}"], words.quote(item.text, item.entry)),
                    lines(el("strong", word.by), f"as {word.role}", words.entry(word.entry)),
                    lines(moment(word.until), "has ended" if word.ended else None),
                    words.quote(word.reason, word.entry),
                )
                for item, word in accepted
            ],
        )
        if accepted
        else nothing("No risk was accepted."),
    ]


def published(report: Report, words: Words, limits: Limits) -> list[Child]:
    """Where the bytes went, what was said in public, and what became known afterwards."""
    status = report.status
    states: dict[str, tuple[Tone, str, tuple[str, str]]] = {
        "planned": ("still", "planned, not used", NEUTRAL),
        "begun": ("wait", "begun, nobody knows what came of it", ERROR),
        "confirmed": ("good", "read back from there", MET),
        "aborted": ("still", "taken back: no byte left", NEUTRAL),
        "published": ("good", "found published by a person", MET),
        "not_published": ("still", "found not published by a person", NEUTRAL),
    }
    said, said_left = limits.last(status.statements)
    return [
        el("h3", "Publications and their receipts"),
        table(
            "Permits to publish, and what came of each",
            ("Permit", "Where to", "What", "By", "What came of it"),
            [
                (
                    lines(el("strong", item.permit), el("code", item.trigger)),
                    lines(item.destination, el("span", f"by {item.publisher}", class_="small soft")),
                    words.digest(item.candidate, "a candidate's manifest"),
                    lines(el("strong", item.by), words.entry(item.entry)),
                    lines(
                        tag(*states[item.state]),
                        ["begun: ", words.entry(item.begun)] if item.begun is not None else None,
                        ["ended: ", words.entry(item.ended), f", {item.ended_by}"] if item.ended is not None else None,
                        *(el("span", why, class_="small soft") for why in item.stale),
                    ),
                )
                for item in status.publications
            ],
        )
        if status.publications
        else nothing("No publisher was used: where the bytes went, no receipt says."),
        el("h3", "Statements"),
        table(
            "What people said about the release",
            ("Who", "Where", "When", "What"),
            [
                (
                    lines(el("strong", item.by), f"as {item.role}"),
                    "in public" if item.public else "internally",
                    lines(moment(item.at), words.entry(item.entry)),
                    words.quote(item.text, item.entry),
                )
                for item in said
            ],
        )
        if said
        else nothing("Nobody made a statement."),
        earlier(said_left),
        el("h3", "Incidents"),
        table(
            "What became known",
            ("Incident", "Known since", "Owner", "State", "What was said of it since"),
            [
                (
                    lines(el("strong", f"{item.release}/{item.id}"), words.quote(item.text, item.entry)),
                    lines(moment(item.known_since), ["recorded ", moment(item.recorded_at)], words.entry(item.entry)),
                    item.owner,
                    tag("wait", "open", OPEN) if item.open else tag("good", "dealt with", MET),
                    lines(
                        *(
                            [el("strong", update.by), ": ", words.quote(update.text, update.entry)]
                            for update in item.updates
                        )
                    )
                    if item.updates
                    else "nothing",
                )
                for item in status.incidents
            ],
        )
        if status.incidents
        else nothing("None is on record."),
    ]
