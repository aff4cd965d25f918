"""An override in a process: its form, its bytes, how two processes differ by it, and who is there to give it."""

from __future__ import annotations

import pytest
from process_texts import SIMPLE, roster

from workflow.definition import as_mermaid, as_text, check_roster, differences, load_process, read_process
from workflow.process import Process
from workflow.registry import Registry

REGISTRY = Registry()
END = "          expires_after: 30d\n"
SOAK = f"{END}      - soak: {{at_least: 1h}}\n"
TERMS = """    override:
      policy: soak
      sign_offs: {role: safety, count: 2}
      lasts: 24h
      review: {role: lead, within: 48h}
"""


def loaded(text: str) -> Process:
    return load_process(text, REGISTRY)


WITHOUT = loaded(SIMPLE.replace(END, SOAK))
WITH = loaded(SIMPLE.replace(END, SOAK + TERMS))


def test_a_process_with_one_is_of_the_third_format_and_one_without_keeps_its_bytes() -> None:
    assert WITH.format == 3
    assert WITHOUT.format < 3
    assert b"override" not in WITHOUT.canonical
    again = Process.from_bytes(WITH.canonical)
    assert (again.digest, again.transition("host").override) == (WITH.digest, WITH.transition("host").override)
    assert again.canonical.count(b'"override"') == 1


FIRST = "sign_offs: {role: safety, count: 2}"
CHANGES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "fewer people": ((FIRST, FIRST.replace("2", "1")), ("loosens", "sign_offs.count")),
    "for longer": (("lasts: 24h", "lasts: 48h"), ("loosens", "lasts")),
    "for less long": (("lasts: 24h", "lasts: 1h"), ("tightens", "lasts")),
    "reviewed later": (("within: 48h", "within: 72h"), ("loosens", "review.within")),
    "by others": ((FIRST, FIRST.replace("safety", "lead")), ("loosens", "sign_offs.role")),
    "reviewed by others": (("role: lead, within", "role: safety, within"), ("loosens", "review.role")),
}


@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_change_of_an_override_is_said_with_what_it_asks(change: tuple[str, str], expected: tuple[str, str]) -> None:
    other = loaded(SIMPLE.replace(END, SOAK + TERMS.replace(*change)))

    found = [(item.effect, item.place.removeprefix("transitions.host.override.")) for item in differences(WITH, other)]

    assert found == [expected]


def test_a_new_override_loosens_and_one_that_goes_tightens() -> None:
    assert [(item.place, item.effect) for item in differences(WITHOUT, WITH)] == [
        ("transitions.host.override", "loosens")
    ]
    assert [item.effect for item in differences(WITH, WITHOUT)] == ["tightens"]


def test_it_is_read_aloud_and_drawn() -> None:
    assert "Override: 2 people as safety can let it pass" in " ".join(as_text(WITH, REGISTRY).split())
    assert "2 of safety can override soak" in as_mermaid(WITH, REGISTRY)


def test_a_roster_that_could_never_give_or_review_it_is_named() -> None:
    found = [str(item) for item in check_roster(WITH, REGISTRY, roster(a="safety", l="lead"))]

    assert any("override.sign_offs: can never be given with this roster" in item for item in found)
    assert not any("can review an override" in item for item in found)


def test_a_role_that_an_override_alone_names_is_named() -> None:
    text = SIMPLE.replace(END, SOAK + TERMS.replace("role: lead, within", "role: counsel, within"))
    text = text.replace("roles:\n", "roles:\n  counsel: {means: reads it afterwards}\n", 1)

    assert not [
        item for item in read_process(text, REGISTRY, file="p.yaml").warnings if "names this role" in item.message
    ]
