"""``checkpoint`` and ``witness``: everything by files, between people who need not trust each other."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from cli_desk import Desk, Result, by

from workflow import Witness, vouch

ORIGIN = "holdfast.example/cli"


def config(desk: Desk, text: str) -> None:
    file = desk.directory / "holdfast.toml"
    # Above the tables, if there are any.
    file.write_text(text + file.read_text())


@pytest.fixture
def logged(desk: Desk) -> Desk:
    """A ledger whose own key is named."""
    vkey = desk.does("checkpoint", "new-key", "log", "--json").json["vkey"]
    config(desk, 'log_key = "log"\n')
    desk.does("roster", "log-key", vkey, *by("ops"))
    return desk


def log_key(desk: Desk) -> str:
    key: str = desk("roster", "show", "--json").json["log_keys"][-1]["key"]
    return key


def size_of(result: Result) -> int:
    return int(result.out.splitlines()[1])


def test_a_key_is_made_named_and_used(desk: Desk) -> None:
    made = desk.does("checkpoint", "new-key", "log")
    told = " ".join(made.err.split())

    vkey = made.out.split()[-1]
    assert vkey.startswith(f"{ORIGIN}+")
    assert f"holdfast roster log-key {vkey}" in told
    assert 'log_key = "log"' in told
    assert (desk.directory / "log").stat().st_mode & 0o777 == 0o600
    assert desk("checkpoint").code == 2
    config(desk, 'log_key = "log"\n')
    early = desk("checkpoint")
    assert (early.code, "does not name the key" in " ".join(early.err.split())) == (4, True)
    proposed = desk.does("roster", "log-key", vkey, *by("ops"))
    assert f"checkpoints are signed with {vkey}" in " ".join(proposed.out.split())
    assert vkey in desk("roster", "show").out
    assert desk("checkpoint", "new-key", "log").code == 2


def test_a_checkpoint_is_written_and_read_again(logged: Desk) -> None:
    shown = logged.does("checkpoint").out
    told = logged.does("checkpoint", "-o", "given")
    document = logged.does("checkpoint", "--json").json

    assert (logged.directory / "given").read_text() == shown == document["note"]
    assert vouch(shown, given=[log_key(logged)]).verified
    assert f"{document['size']} entries" in told.out
    assert document["file"] is None
    read = logged.does("checkpoint", "show", "given", "--log-key", log_key(logged))
    assert read.out.rstrip().endswith("verified")
    assert document["root"] in read.out
    unasked = logged("checkpoint", "show", "given")
    assert (unasked.code, "no key of the log is known" in " ".join(unasked.out.split())) == (8, True)
    assert logged("checkpoint", "show", "given", "--log-key", log_key(logged), "--wanted", "1").code == 3
    assert logged("checkpoint", "show", "given", "--log-key", "nonsense").code == 2
    assert logged("checkpoint", "show", "given", "--witness", log_key(logged)).code == 2
    assert logged.does("checkpoint", "--quiet").out == ""


def test_options_stand_behind_the_command_that_they_are_for(logged: Desk) -> None:
    logged.does("checkpoint", "-o", "given")

    result = logged("checkpoint", "--json", "show", "given")

    assert result.code == 2
    assert "behind the command" in result.json["error"]["message"]


def test_a_note_is_its_bytes_and_not_printed_where_they_would_be_others(logged: Desk) -> None:
    result = logged("checkpoint", encoding="cp1252")

    assert (result.code, result.out) == (2, "")
    assert "-o FILE" in result.err
    assert logged("checkpoint", "-o", "given", encoding="cp1252").code == 0


def test_a_backup_that_was_put_back_ends_with_the_exit_code_of_damage(logged: Desk) -> None:
    shutil.copy(logged.directory / "holdfast.db", logged.directory / "backup.db")
    logged.does("roster", "add", "zoe", *by("ops"))
    given = size_of(logged.does("checkpoint"))
    for suffix in ("-wal", "-shm"):
        (logged.directory / f"holdfast.db{suffix}").unlink(missing_ok=True)
    shutil.copy(logged.directory / "backup.db", logged.directory / "holdfast.db")

    refused, document = logged("checkpoint"), logged("checkpoint", "--json").json["error"]

    told = " ".join(refused.err.split())
    assert refused.code == 3
    assert f"of {given} entries" in told
    assert "a backup was put back" in told
    assert (document["code"], document["known_size"], document["size"]) == ("history-forked", given, given - 1)


def test_what_is_forgotten_is_begun_anew_from_what_somebody_kept(logged: Desk) -> None:
    logged.does("checkpoint", "-o", "kept")
    shutil.rmtree(logged.directory / "heads")

    forgotten = logged("checkpoint")

    assert forgotten.code == 3
    assert "holdfast checkpoint remember" in " ".join(forgotten.err.split())
    assert logged("checkpoint", "remember").code == 2
    assert logged("checkpoint", "remember", "kept", "--nothing-known").code == 2
    logged.does("checkpoint", "remember", "kept")
    assert logged("checkpoint", "remember", "--nothing-known").code == 2
    logged.does("checkpoint")
    shutil.rmtree(logged.directory / "heads")
    assert logged.does("checkpoint", "remember", "--nothing-known", "--json").json == {"checkpoint": None}
    logged.does("checkpoint")


def test_after_every_change_where_that_is_set(logged: Desk) -> None:
    config(logged, 'checkpoints = "always"\n')
    added = logged.does("roster", "add", "zoe", *by("ops"))
    told = " ".join(added.err.split())
    with logged.engine() as engine:
        (entry,) = [item.entry for item in engine.history(limit=1)]
    logged.does("checkpoint", "-o", "now")
    assert (logged.directory / "now").read_text().splitlines()[1] == str(entry)

    assert f"hint: a checkpoint of {entry} entries is remembered in" in told
    assert str(logged.directory / "heads") in told
    again = logged.does("roster", "grant", "zoe", "lead", *by("ops"), "--json").json
    assert again["checkpoint"] == again["entry"] == entry + 1
    entry += 1

    (logged.directory / "log").chmod(0o644)
    assert logged("checkpoint").code == 4
    missing = logged("roster", "add", "max", *by("ops"))

    told = " ".join(missing.err.split())
    assert (missing.code, missing.out) == (4, "")
    assert f"is on record, entry {entry + 1}, but no checkpoint says so" in told
    assert "max" in logged("roster", "show").out
    document = logged("roster", "add", "ada", *by("ops"), "--json").json["error"]
    assert (document["code"], document["entry"], document["why"]) == ("checkpoint-missing", entry + 2, "log-unusable")
    (logged.directory / "log").chmod(0o600)
    shutil.rmtree(logged.directory / "heads")
    assert logged("roster", "add", "eve", *by("ops")).code == 3


@pytest.mark.parametrize(
    "line", ['checkpoints = "sometimes"\n', "checkpoints = true\n", 'checkpoints = "always"\n', "log_key = 7\n"]
)
def test_a_setting_that_means_nothing_is_refused(desk: Desk, line: str) -> None:
    config(desk, line)

    assert desk("list").code == 2


def test_always_without_a_key_is_refused_with_its_line(desk: Desk) -> None:
    config(desk, 'actor = "ops"\ncheckpoints = "always"\n')

    told = " ".join(desk("roster", "add", "zoe", *by("ops")).err.split())

    assert "holdfast.toml:2: checkpoints: always needs log_key" in told


def test_a_checkpoint_that_somebody_meant_to_keep_is_not_replaced_unless_that_is_said(logged: Desk) -> None:
    logged.does("checkpoint", "-o", "kept")
    logged.does("checkpoint", "for-witness", "--since", "0", "-o", "request")
    logged.does("witness", "init", "w", "--name", "witness.example/w")
    logged.does("witness", "add-log", "w", log_key(logged))
    logged.does("witness", "cosign", "w", "request", "-o", "cosigned")
    commands = {
        "cosigned": ("witness", "cosign", "w", "request"),
        "kept": ("checkpoint",),
        "request": ("checkpoint", "for-witness", "--since", "0"),
    }
    before = {name: (logged.directory / name).read_bytes() for name in commands}
    for name in ("kept", "request"):
        logged.does(*commands[name], "-o", name)  # the same once more is no harm
    logged.does("roster", "add", "zoe", *by("ops"))
    logged.clock.forward("1h")
    for name, words in commands.items():
        refused = logged(*words, "-o", name)
        assert (refused.code, "is there already, and nothing was written" in " ".join(refused.err.split())) == (2, True)
        assert "add --replace" in " ".join(refused.err.split())
        assert (logged.directory / name).read_bytes() == before[name]
        ledger = logged(*words, "-o", "holdfast.db", "--replace")
        assert (ledger.code, "is something else" in " ".join(ledger.err.split())) == (2, True)
        logged.does(*words, "-o", name, "--replace")
        assert (logged.directory / name).read_bytes() != before[name]


def test_the_first_key_in_the_wrong_order_is_told_how_to_be_made(desk: Desk) -> None:
    (desk.directory / "keys").mkdir()
    config(desk, 'log_key = "keys/log"\n')

    early = desk("checkpoint")

    assert early.code == 4
    assert f"holdfast checkpoint new-key {desk.directory / 'keys' / 'log'}" in " ".join(early.err.split())
    vkey = desk.does("checkpoint", "new-key", "keys/log", "--json").json["vkey"]
    desk.does("roster", "log-key", vkey, *by("ops"))
    desk.does("checkpoint")


def test_a_lost_key_is_followed_by_another_as_the_advice_says(logged: Desk) -> None:
    logged.does("checkpoint")
    (logged.directory / "log").unlink()

    lost = logged("checkpoint")

    told = " ".join(lost.err.split())
    assert lost.code == 4
    assert "see Lost key in docs/checkpoints.md" in told
    assert "then holdfast roster log-key VKEY -m WHY" in told
    vkey = logged.does("checkpoint", "new-key", "log", "--json").json["vkey"]
    logged.does("roster", "log-key", vkey, *by("ops"))
    logged.does("checkpoint")


def test_a_key_in_another_directory_is_told_where_the_memory_is(logged: Desk) -> None:
    logged.does("checkpoint")
    (logged.directory / "keys2").mkdir()

    made = logged.does("checkpoint", "new-key", "keys2/log")

    told = " ".join(made.err.split())
    assert 'then in holdfast.toml: log_key = "keys2/log" and log_heads = "heads"' in told
    logged.does("roster", "log-key", made.out.split()[-1], *by("ops"))
    file = logged.directory / "holdfast.toml"
    file.write_text('log_key = "keys2/log"\nlog_heads = "heads"\n' + file.read_text().partition("\n")[2])
    logged.does("checkpoint")


def test_an_audit_says_what_the_memory_knows(logged: Desk) -> None:
    logged.to_review()
    shutil.copy(logged.directory / "holdfast.db", logged.directory / "backup.db")
    logged.does("roster", "add", "zoe", *by("ops"))
    size = size_of(logged.does("checkpoint"))
    assert f"those of the checkpoint of {size} entries" in " ".join(logged.does("audit", "verify").out.split())
    for suffix in ("-wal", "-shm"):
        (logged.directory / f"holdfast.db{suffix}").unlink(missing_ok=True)
    shutil.copy(logged.directory / "backup.db", logged.directory / "holdfast.db")
    assert logged("report", "aurora", "-o", "page.html").code == 3
    back = logged("audit", "verify")
    logged.does("roster", "add", "max", *by("ops"))  # what changes something stays as it is
    beside = logged("audit", "verify")

    assert (back.code, beside.code) == (3, 3)
    assert "rolled-back" in back.out
    assert "rewritten" in beside.out
    assert "docs/checkpoints.md" in " ".join(beside.err.split())


def test_an_audit_without_a_memory_says_that_nothing_was_compared(logged: Desk) -> None:
    logged.does("checkpoint")
    shutil.rmtree(logged.directory / "heads")

    told = " ".join(logged.does("audit", "verify").out.split())

    assert "compared with no checkpoint that it gave out" in told


# Witnesses


def test_a_witness_that_has_no_ledger_cosigns_what_grows(logged: Desk, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    place.mkdir()
    away = Desk(place, logged.clock)
    vkey = away.does("witness", "init", "w", "--name", "witness.example/w", "--json").json["vkey"]
    away.does("witness", "add-log", "w", log_key(logged))
    before = 0
    for person in ("zoe", "max"):
        logged.does("roster", "add", person, *by("ops"))
        logged.does("checkpoint", "for-witness", "--since", str(before), "-o", str(place / "request"), "--replace")
        away.does("witness", "cosign", "w", "request", "-o", "cosigned", "--replace")
        kept = logged.does("checkpoint", "add-cosignature", str(place / "cosigned"))
        assert "witness.example/w" in kept.out
        before = away("witness", "show", "w", "--json").json["logs"][0]["size"]

    read = away.does("checkpoint", "show", "cosigned", "--log-key", log_key(logged), "--witness", vkey)
    assert "by witness.example/w, " in read.out
    # What is cosigned already is given out as that, as long as nothing else happened.
    assert logged.does("checkpoint").out == (place / "cosigned").read_text()
    assert away.does("witness", "cosign", "w", "request").out == (place / "cosigned").read_text()
    shown = away.does("witness", "show", "w").out
    assert f"{before} entries cosigned" in " ".join(shown.split())
    assert len(shown.splitlines()) >= 2


def test_a_witness_says_what_it_will_not_do_by_its_exit_code(logged: Desk) -> None:
    logged.does("checkpoint", "for-witness", "--since", "0", "-o", "first")
    logged.does("witness", "init", "w", "--name", "witness.example/w")
    assert logged("witness", "cosign", "w", "first").code == 2  # nobody told it of the log
    logged.does("witness", "add-log", "w", log_key(logged))
    logged.does("witness", "cosign", "w", "first")
    logged.does("roster", "add", "zoe", *by("ops"))
    logged.does("checkpoint", "for-witness", "--since", "0", "-o", "late")

    conflict = logged("witness", "cosign", "w", "late", "--json")

    assert (conflict.code, conflict.json["error"]["code"]) == (1, "conflict")
    size = conflict.json["error"]["size"]
    assert f"--since {size}" in conflict.json["error"]["remedy"]
    request = (logged.directory / "first").read_bytes()
    (logged.directory / "forged").write_bytes(
        request.replace(ORIGIN.encode() + b"\n", b"x" + ORIGIN.encode()[1:] + b"\n")
    )
    assert logged("witness", "cosign", "w", "forged").code == 2
    lines = request.splitlines(keepends=True)
    (logged.directory / "forged").write_bytes(b"".join([*lines[:3], b"9999\n", *lines[4:]]))
    assert logged("witness", "cosign", "w", "forged").code == 3
    logged.does("checkpoint", "-o", "plain")
    for name in ("plain", "nothing"):
        (logged.directory / "nothing").write_bytes(b"nothing of the kind")
        none = logged("witness", "cosign", "w", name)
        assert (none.code, "checkpoint for-witness" in " ".join(none.err.split())) == (2, True)
    (logged.directory / "forged").write_bytes(b"nothing of the kind")
    assert logged("witness", "cosign", "w", "forged").code == 2
    never = logged("checkpoint", "for-witness", "--since", "5000")
    assert (never.code, "0 where it has cosigned none" in " ".join(never.err.split())) == (2, True)
    assert logged("checkpoint", "show", "forged").code == 2
    assert logged("checkpoint", "remember", "forged").code == 2
    assert logged("witness", "cosign", "nowhere", "first").code == 2
    assert Witness.open(logged.directory / "w").name == "witness.example/w"


def test_what_no_witness_signed_or_another_log_did_is_not_kept(logged: Desk) -> None:
    logged.does("checkpoint", "-o", "given")

    for spoil in (b"", b"x"):
        (logged.directory / "spoiled").write_bytes(spoil + (logged.directory / "given").read_bytes())
        assert logged("checkpoint", "add-cosignature", "spoiled").code in (2, 3)
    assert logged("checkpoint", "add-cosignature", "nowhere").code == 2


def test_a_device_or_a_pipe_is_not_replaced_by_a_file(logged: Desk) -> None:
    os.mkfifo(logged.directory / "pipe")
    (logged.directory / "link").symlink_to("pipe")

    for name in ("pipe", "link"):
        result = logged("checkpoint", "-o", name)
        assert (result.code, "is no file" in " ".join(result.err.split())) == (2, True)
    assert (logged.directory / "pipe").is_fifo()
