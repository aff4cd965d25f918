"""A process keeps the form it always had until it says something that this form has no place for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from process_texts import edited

from workflow import ledger
from workflow.definition import load_process
from workflow.errors import DefinitionError
from workflow.process import Process
from workflow.registry import Registry

OF_PROCESS = {"signed"}
OF_ROLE = {"pin", "sealed", "not_with", "depends_on"}
SAFETY = "{means: looks for harm}"
PUBLISH = ("    means: Nothing undoes this.", "    publish: {publisher: local_directory, below: /srv/models}")
UNSIGNED = ("signed: true\n", "")
Form = dict[str, Any]


def form_of(*changes: tuple[str, str]) -> Form:
    form: Form = ledger.decode(load_process(edited(*changes), Registry()).canonical)
    return form


def test_a_process_that_says_nothing_new_is_kept_as_it_always_was() -> None:
    form = form_of(UNSIGNED)

    assert form["format"] == 1
    assert OF_PROCESS.isdisjoint(form)
    assert [set(role) for role in form["roles"]] == [{"name", "means", "authority"}] * 2


def test_what_it_says_by_default_says_nothing_new() -> None:
    written_out = (SAFETY, "{means: looks for harm, pin: false, sealed: false, not_with: [], depends_on: []}")

    assert form_of(written_out, ("signed: true", "signed: false")) == form_of(UNSIGNED)


NEW = {
    "signed": (),
    "pin": ((SAFETY, "{pin: true}"),),
    "sealed": ((SAFETY, "{sealed: true}"),),
    "not_with": (UNSIGNED, (SAFETY, "{not_with: [lead]}")),
    "depends_on": (UNSIGNED, (SAFETY, "{depends_on: [weights]}")),
}


@pytest.mark.parametrize("changes", NEW.values(), ids=NEW)
def test_a_process_that_uses_any_of_it_writes_all_of_it_out(changes: tuple[tuple[str, str], ...]) -> None:
    form = form_of(*changes)

    assert form["format"] == 2
    assert form.keys() >= OF_PROCESS
    assert all(role.keys() >= OF_ROLE for role in form["roles"])


@pytest.mark.parametrize("changes", [(UNSIGNED,), (PUBLISH,), *NEW.values()], ids=["format 1", "format 3", *NEW])
def test_either_format_reads_back_to_the_same_process(changes: tuple[tuple[str, str], ...]) -> None:
    process = load_process(edited(*changes), Registry())

    again = Process.from_bytes(process.canonical)

    assert again.model_dump() == process.model_dump()
    assert (again.canonical, again.digest, again.format) == (process.canonical, process.digest, process.format)


def test_a_field_that_is_left_out_of_a_dump_does_not_disturb_the_others() -> None:
    process = load_process(edited(UNSIGNED), Registry())

    assert process.model_dump(include={"name"}) == {"format": 1, "name": "simple"}


def test_a_process_that_publishes_is_in_the_third_format_and_says_so_where_it_does() -> None:
    form = form_of(UNSIGNED, PUBLISH)

    assert form["format"] == 3
    assert form.keys() >= OF_PROCESS
    assert all(role.keys() >= OF_ROLE for role in form["roles"])
    said = {item["trigger"]: item["publish"] for item in form["transitions"] if "publish" in item}
    assert said == {"publish": {"publisher": "local_directory", "below": ["/srv/models"]}}


def role_without(key: str) -> Callable[[Form], object]:
    return lambda form: form["roles"][0].pop(key)


FORGED: dict[str, tuple[tuple[tuple[str, str], ...], Callable[[Form], object]]] = {
    "the first with a new field that is used": ((UNSIGNED,), lambda form: form.update(signed=True)),
    "the first with a new field that says nothing": ((UNSIGNED,), lambda form: form.update(signed=False)),
    "the first with a new field of a role": ((UNSIGNED,), lambda form: form["roles"][0].update(pin=False)),
    "the first that calls itself the second": ((UNSIGNED,), lambda form: form.update(format=2)),
    "the second that uses nothing": ((), lambda form: form.update(signed=False)),
    "the second that calls itself the first": ((), lambda form: form.update(format=1)),
    "the second that lacks a field": (NEW["not_with"], lambda form: form.pop("signed")),
    **{f"the second that lacks {key} of a role": ((), role_without(key)) for key in sorted(OF_ROLE)},
    "the third that publishes nowhere": ((PUBLISH,), lambda form: form["transitions"][4].update(publish=None)),
    "the third that says where it does not": ((PUBLISH,), lambda form: form["transitions"][0].update(publish=None)),
    "the second that publishes": ((PUBLISH,), lambda form: form.update(format=2)),
    "a fourth": ((), lambda form: form.update(format=4)),
    "a third that uses nothing": ((), lambda form: form.update(format=3)),
    "none": ((), lambda form: form.pop("format")),
    "a field that nobody knows": ((), lambda form: form.update(colour="red")),
    "a value in another spelling": ((), lambda form: form.update(version="3")),
}


@pytest.mark.parametrize(("changes", "forge"), FORGED.values(), ids=FORGED)
def test_bytes_that_no_process_is_kept_in_are_refused(
    changes: tuple[tuple[str, str], ...], forge: Callable[[Form], object]
) -> None:
    form = form_of(*changes)
    forge(form)

    with pytest.raises(DefinitionError, match="not a resolved process"):
        Process.from_bytes(ledger.encode(form))


@pytest.mark.parametrize("value", [[], "process", 2, None, {"format": 1}])
def test_what_is_no_process_at_all_is_refused(value: object) -> None:
    with pytest.raises(DefinitionError, match="not a resolved process"):
        Process.from_bytes(ledger.encode(value))
