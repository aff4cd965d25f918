"""A transition may name who publishes with it, and below which places; what cannot be done is refused at its line."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from process_texts import HERE, edited, marked_line

from workflow.definition import differences, load_process, loosens
from workflow.definition.picture import as_mermaid
from workflow.definition.show import as_text
from workflow.errors import DefinitionError
from workflow.process import Publish
from workflow.registry import Registry

AT = "    means: Nothing undoes this."
RIGHT = "    publish: {publisher: local_directory, below: [/srv/models]}"
PLACE = "transitions.publish.publish"


@dataclass(frozen=True)
class Mistake:
    """What stands in the file, the field that is named, and the words."""

    written: str
    field: str
    words: str


MISTAKES = {
    "nothing but the key": Mistake("publish: {}", f"{PLACE}.below", "this key is missing"),
    "a key that nobody knows": Mistake(
        "publish: {publisher: local_directory, below: /srv/m, belo: x}", f"{PLACE}.belo", "did you mean `below`?"
    ),
    "a publisher that nobody ships": Mistake(
        "publish: {publisher: local_directori, below: [/srv/m]}",
        f"{PLACE}.publisher",
        "did you mean `local_directory`?",
    ),
    "nowhere": Mistake("publish: {publisher: local_directory, below: []}", f"{PLACE}.below", "nothing stands here"),
    "a relative place": Mistake(
        "publish: {publisher: local_directory, below: [srv/m]}", f"{PLACE}.below[1]", "no plain absolute path"
    ),
    "a place with a detour": Mistake(
        "publish: {publisher: local_directory, below: [/srv/../etc]}", f"{PLACE}.below[1]", "no plain absolute path"
    ),
    "everything there is": Mistake(
        "publish: {publisher: local_directory, below: [/]}", f"{PLACE}.below[1]", "no plain absolute path"
    ),
    "a place twice": Mistake(
        "publish: {publisher: local_directory, below: [/srv/m, /srv/m]}", f"{PLACE}.below[2]", "stands twice"
    ),
    "no place of one's own publisher": Mistake(
        "publish: {publisher: 'ours:hub', below: ['']}", f"{PLACE}.below[1]", "is no place"
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_publisher_that_cannot_be_is_refused_at_its_line(mistake: Mistake) -> None:
    text = edited((AT, f"    {mistake.written} {HERE}"))

    with pytest.raises(DefinitionError) as caught:
        load_process(text, Registry(), file="p.yaml")

    problem = caught.value.problems[0]
    assert (problem.line, problem.field) == (
        marked_line(text),
        mistake.field,
    )
    assert mistake.words in problem.message


def test_only_what_raises_the_exposure_can_publish() -> None:
    text = edited(
        ("    to: review\n    gate:\n      - actor: {roles: [lead]}", f"    to: review\n{RIGHT} {HERE}\n    gate:")
    )

    with pytest.raises(DefinitionError) as caught:
        load_process(text, Registry(), file="p.yaml")

    (problem,) = caught.value.problems
    assert (problem.line, problem.field) == (marked_line(text), "transitions.submit.publish")
    assert "only a raise can publish" in problem.message


@pytest.mark.parametrize(
    ("destination", "taken"),
    [
        ("/srv/models/aurora", True),
        ("/srv/models/a/b", True),
        ("/data/aurora", True),
        ("/srv/models", False),
        ("/srv/models/", False),
        ("/srv/models-of-others/a", False),
        ("/srv/models//a", False),
        ("/srv/models/./a", False),
        ("/srv/models/../models/a", False),
        ("/srv/models/a/", False),
        ("srv/models/a", False),
        ("", False),
    ],
)
def test_a_destination_lies_below_a_place_without_any_detour(destination: str, taken: bool) -> None:
    assert Publish(publisher="local_directory", below=("/srv/models", "/data/")).takes(destination) is taken


def test_a_process_that_publishes_says_so_in_words_and_in_its_picture() -> None:
    process = load_process(edited((AT, RIGHT)), Registry())

    words = " ".join(as_text(process, Registry()).split())

    assert "Publishes by local_directory below /srv/models: `holdfast plan`, then `holdfast apply`." in words
    assert "publishes by local_directory" in as_mermaid(process, Registry())


CHANGES = {
    "one place more": ("[/srv/models, /data]", "loosens", f"{PLACE}.below./data"),
    "another place": ("[/data]", "loosens", f"{PLACE}.below./data"),
}


@pytest.mark.parametrize(("below", "effect", "place"), CHANGES.values(), ids=CHANGES)
def test_where_to_is_compared(below: str, effect: str, place: str) -> None:
    old = load_process(edited((AT, RIGHT)), Registry())
    new = load_process(edited((AT, RIGHT.replace("[/srv/models]", below))), Registry())

    assert (effect, place) in [(item.effect, item.place) for item in differences(old, new)]


def test_another_publisher_counts_as_loosening_because_nobody_can_tell() -> None:
    old = load_process(edited((AT, RIGHT)), Registry())
    new = load_process(edited((AT, RIGHT.replace("local_directory", "'ours:hub'"))), Registry())

    assert loosens(old, new) == (f"{PLACE}.publisher",)
