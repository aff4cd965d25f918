"""The way that the release took, and when: the state graph, the timeline, and the tables beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workflow.report.markup import Child, el
from workflow.report.page.limits import Limits
from workflow.report.page.words import Words, date, earlier, lines, moment, nothing, table
from workflow.report.picture.graph import graph
from workflow.report.picture.timeline import legend, timeline
from workflow.report.spans import span
from workflow.report.views import MoveView, Report


def way(report: Report, words: Words, limits: Limits) -> list[Child]:
    """The state graph, once for each process that the release went under."""
    drawn: list[Child] = []
    for number, process in enumerate(report.processes):
        last = number == len(report.processes) - 1
        made = [move for move in report.moves if move.number in process.moves]
        present = report.status.stage if last else (made[-1].dest if made else process.stages[0].name)
        shown, left_out = limits.last(made)
        drawn.append(
            el(
                "figure",
                el(
                    "div",
                    graph(process, report.moves, present, f"graph-{number}"),
                    el(
                        "figcaption",
                        "Stages from top to bottom, with how far the model is out in each. Bold lines were taken; "
                        "the numbers are those of the moves. The double frame is where the release is."
                        if last
                        else "This process gave way to the next; the double frame is where that happened.",
                    ),
                ),
                el(
                    "div",
                    _moves(shown, words, process.label)
                    if made
                    else nothing(f"No move was made under {process.label}."),
                    earlier(left_out, "moves"),
                ),
                class_="side",
            )
        )
    return drawn


def _moves(made: Sequence[MoveView], words: Words, label: str) -> Child:
    return table(
        f"Moves under {label}",
        ("#No.", "Move", "When and by whom", "Why"),
        [
            (
                move.number,
                lines(
                    el("strong", move.trigger),
                    f"{move.source} → {move.dest}",
                    el("span", "irreversible", class_="pill hard") if move.irreversible else None,
                    ["taken back, ", words.entry(move.taken_back)] if move.taken_back is not None else None,
                ),
                lines(moment(move.at), [el("strong", move.by), ", ", words.entry(move.entry)], words.proof(move.key)),
                words.quote(move.reason, move.entry),
            )
            for move in made
        ],
    )


def course(report: Report, words: Words, limits: Limits) -> list[Child]:
    """The timeline, the stays, and the planned dates."""
    stays, stays_left = limits.last(report.stays)
    dates, dates_left = limits.last(report.status.schedule)
    now = report.lines[-1].at
    return [
        el(
            "figure",
            timeline(report),
            el("figcaption", legend(report)),
        ),
        table(
            "Stages",
            ("Stage", "How far it is out", "From", "Until", "For"),
            [
                (
                    el("strong", stay.stage),
                    stay.exposure.value,
                    lines(moment(stay.since), words.entry(stay.entry)),
                    moment(stay.until) if stay.until is not None else "still",
                    span(int(((stay.until or now) - stay.since).total_seconds())),
                )
                for stay in stays
            ],
        ),
        earlier(stays_left, "stays"),
        table(
            "Planned dates and slips",
            ("Planned for", "Before", "Said", "By", "Why"),
            [
                (
                    date(item.planned),
                    lines(
                        date(item.previous) if item.previous is not None else "no date",
                        _shift(item.previous, item.planned) if item.slip else None,
                    ),
                    moment(item.at),
                    lines(el("strong", item.by), words.entry(item.entry)),
                    words.quote(item.reason, item.entry),
                )
                for item in dates
            ],
        )
        if dates
        else nothing("No date was ever planned."),
        earlier(dates_left, "dates"),
    ]


def _shift(before: datetime | None, after: datetime | None) -> str:
    if before is None or after is None:
        return "a slip: no date now"
    seconds = int((after - before).total_seconds())
    return f"a slip: {span(seconds)} {'later' if seconds >= 0 else 'earlier'}"
