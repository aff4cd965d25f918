"""People and their keys, taken in from a file of OpenSSH's."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_desk import Desk, by
from test_roster_keys import enrol, fingerprint, key, possess


def line(desk: Desk, name: str, person: str, options: str = "") -> str:
    public = (desk.directory / f"{key(desk, name)}.pub").read_text().strip()
    return " ".join(part for part in (person, options, public) if part)


def allowed(desk: Desk, *lines: str) -> str:
    (desk.directory / "allowed_signers").write_text("# ours\n\n" + "\n".join(lines) + "\n")
    return "allowed_signers"


def test_people_and_keys_are_taken_in_one_change_each_and_have_yet_to_show_possession(desk: Desk) -> None:
    file = allowed(desk, line(desk, "mara-1", "mara"), line(desk, "zoe-1", "zoe"))

    result = desk.does("roster", "import", file, *by("ops"))

    view = desk("roster", "show", "--json").json
    told = [item["summary"][0] for item in reversed(desk("history", "--json", "-n", "3").json)]
    later = "it counts once they have shown that they hold it"
    assert told == [
        f"proposed C8: {fingerprint(desk, 'mara-1')} is mara's key, verified by ops; {later}",
        "proposed C9: zoe is on the roster",
        f"proposed C10: {fingerprint(desk, 'zoe-1')} is zoe's key, verified by ops; {later}",
    ]
    assert [(item["person"], item["proven"], item["signs"]) for item in view["keys"]] == [
        ("mara", False, False),
        ("zoe", False, False),
    ]
    assert f"to do  mara has yet to show that they hold {fingerprint(desk, 'mara-1')}" in result.out.replace(
        "\n       ", " "
    )
    assert "holdfast roster possess --origin holdfast.example/cli" in " ".join(result.err.split())
    assert "SHA-256" in view["keys"][0]["how"]


def test_it_is_safe_to_repeat_and_leaves_alone_who_has_shown_it(desk: Desk) -> None:
    file = allowed(desk, line(desk, "mara-1", "mara"), line(desk, "jun-1", "jun"))
    desk.does("roster", "import", file, *by("ops"))
    enrol(desk, "mara", possess(desk, "mara", "mara-1"))
    before = desk("history", "--json").out

    again = desk.does("roster", "import", file, "--json", *by("ops")).json

    assert desk("history", "--json").out == before
    assert again["outcomes"] == []
    assert again["unproven"] == [{"person": "jun", "key": fingerprint(desk, "jun-1")}]


def test_a_name_that_is_no_handle_has_to_be_said(desk: Desk) -> None:
    file = allowed(desk, line(desk, "m", "mara@example.org,mara@old.example"), line(desk, "j", "J.Un@example.org"))
    before = desk("history", "--json").out

    result = desk(
        "roster", "import", file, "--person", "mara@example.org=mara", "--person", "mara@old.example=mara", *by("ops")
    )
    assert result.code == 2
    assert "--person J.Un@example.org=HANDLE" in " ".join(result.err.split())
    assert desk("history", "--json").out == before

    people = {"mara@example.org": "mara", "mara@old.example": "mara", "J.Un@example.org": "jun"}
    given = [word for name, handle in people.items() for word in ("--person", f"{name}={handle}")]
    desk.does("roster", "import", file, *given, *by("ops"))
    assert [item["person"] for item in desk("roster", "show", "--json").json["keys"]] == ["jun", "mara"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ('namespaces="git,file"', "it signs for git and file only, not for holdfast"),
        ('valid-before="20250101Z"', "it has expired, 1 Jan 2025 00:00 UTC"),
        ('valid-after="20260101Z"', "it is not valid before 1 Jan 2026 00:00 UTC"),
    ],
)
def test_a_line_that_does_not_hold_here_is_left_out_with_a_word(desk: Desk, options: str, says: str) -> None:
    file = allowed(desk, line(desk, "mara-1", "mara", options), line(desk, "jun-1", "jun", 'namespaces="holdfast"'))

    result = desk.does("roster", "import", file, *by("ops"))

    assert f"of mara: {says}" in " ".join(result.out.split())
    assert [item["person"] for item in desk("roster", "show", "--json").json["keys"]] == ["jun"]


def test_an_end_in_the_file_is_not_one_here_and_that_is_said(desk: Desk) -> None:
    file = allowed(desk, line(desk, "mara-1", "mara", 'valid-before="20260101Z"'))

    told = " ".join(desk.does("roster", "import", file, *by("ops")).out.split())

    assert "ends 1 Jan 2026 00:00 UTC in the file, and not here: revoke it then" in told


def test_with_a_threshold_it_goes_on_where_the_others_have_approved(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.does("init", "--admin", "ops", "--admin", "sre", "--threshold", "2", *by("ops"))
    file = allowed(desk, line(desk, "zoe-1", "zoe"))

    first = desk.does("roster", "import", file, *by("ops"))
    again = desk.does("roster", "import", file, *by("ops"))
    desk.does("roster", "approve", "C1", *by("sre"))
    desk.does("roster", "import", file, *by("ops"))
    desk.does("roster", "import", file, *by("ops"))
    desk.does("roster", "approve", "C2", *by("sre"))

    assert "waiting  zoe to be on the roster" in first.out
    assert "waiting  zoe to be on the roster" in again.out
    assert [item["person"] for item in desk("roster", "show", "--json").json["keys"]] == ["zoe"]
    assert desk("roster", "show", "--json").json["pending"] == []


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["mara,jun ssh-ed25519 KEY"], "a key is one person's"),
        (["*@example.org ssh-ed25519 KEY"], "line 3:"),
        (["mara cert-authority ssh-ed25519 KEY"], "line 3:"),
        (["mara"], "line 3:"),
    ],
    ids=["two people", "a pattern", "an authority", "no key"],
)
def test_a_file_that_cannot_be_taken_at_its_word_changes_nothing(desk: Desk, lines: list[str], says: str) -> None:
    public = (desk.directory / f"{key(desk, 'mara-1')}.pub").read_text().split()[1]
    file = allowed(desk, *(text.replace("KEY", public) for text in lines))
    before = desk("history", "--json").out

    result = desk("roster", "import", file, *by("ops"))

    assert result.code == 2
    assert says in " ".join(result.err.split())
    assert desk("history", "--json").out == before


def test_somebody_s_key_is_not_somebody_else_s(desk: Desk) -> None:
    enrol(desk, "mara", key(desk, "mara-1"))

    result = desk("roster", "import", allowed(desk, line(desk, "mara-1", "jun")), *by("ops"))

    assert result.code == 2
    assert "is mara's already" in " ".join(result.err.split())
