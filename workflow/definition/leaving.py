"""Whether what a process says of publishing can be done: by whom, below which places, and only where bytes leave."""

from __future__ import annotations

from collections.abc import Iterable

from workflow.definition.finding import Finding, Place, Places
from workflow.definition.form import Form, PublishForm, TransitionForm, suggestion
from workflow.publishing import LOCAL_DIRECTORY, SHIPPED


def check_publishing(form: Form, places: Places) -> list[Finding]:
    """What is wrong with the publishers that transitions name."""
    found: list[Finding] = []
    for trigger, transition in form.transitions.items():
        if transition.publish is None:
            continue
        place: Place = ("transitions", trigger, "publish")
        found += _publisher(transition.publish, place, places)
        if {*transition.sources, transition.dest} <= form.stages.keys():
            found += _raises(form, transition, place, places)
    return found


def _raises(form: Form, transition: TransitionForm, place: Place, places: Places) -> Iterable[Finding]:
    reached = form.stages[transition.dest].exposure
    for source in transition.sources:
        if reached.rank <= form.stages[source].exposure.rank:
            message = f"nothing leaves on the way from {source} to {transition.dest}: only a raise can publish"
            yield places.error(place, message)


def _publisher(publish: PublishForm, place: Place, places: Places) -> Iterable[Finding]:
    name = publish.publisher
    if ":" not in name and name not in SHIPPED:
        message = f"nobody ships the publisher `{name}`; {suggestion(name, SHIPPED)}; one of your own is `yours:{name}`"
        yield places.error((*place, "publisher"), message)
    for index, below in enumerate(publish.below):
        at = (*place, "below", index)
        parts = below.split("/")[1:]
        if below in publish.below[:index]:
            yield places.error(at, f"`{below}` stands twice")
        elif not below.isprintable() or not below.strip():
            yield places.error(at, f"{below[:40]!r} is no place")
        elif name == LOCAL_DIRECTORY and (not below.startswith("/") or {"", ".", ".."}.intersection(parts)):
            yield places.error(at, f"`{below[:80]}` is no plain absolute path, such as /srv/models")
