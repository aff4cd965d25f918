"""``verify-deployed`` on a host, and ``audit export --format vsa`` that it can be given."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_desk import Desk, by

from tests.pack.packing import NotesKey

ROOT = Path(__file__).parents[3]


@pytest.fixture
def out(desk: Desk) -> Desk:
    """A release that is out, in a ledger with a log key; its pack and its files are on a host."""
    vkey = json.loads(desk.does("checkpoint", "new-key", "keys", "--json").out)["vkey"]
    config = desk.directory / "holdfast.toml"
    config.write_text(config.read_text() + '\nlog_key = "keys"\nlog_heads = "heads"\n')
    desk.does("roster", "log-key", vkey, *by("ops"))
    desk.ready()
    desk.does("advance", "aurora", "publish", "--confirm", "aurora", *by("lee"))
    (desk.directory / "vkey").write_text(vkey)
    export(desk)
    shutil.copytree(desk.directory / "model", desk.directory / "host")
    return desk


def export(desk: Desk) -> None:
    desk.does("audit", "export", "aurora", "-o", "aurora.pack", "--replace")


def asked(desk: Desk, *more: str) -> tuple[str, ...]:
    return "verify-deployed", "host", "--pack", "aurora.pack", "--log-key", (desk.directory / "vkey").read_text(), *more


def test_the_released_files_pass_and_the_decision_is_told(out: Desk) -> None:
    result = out.does(*asked(out))

    told = " ".join(result.out.split())
    assert told.startswith("YES: these are exactly the released files of aurora 2.1")
    assert "by lee (claimed): from review to public (weights) by `publish`" in told
    assert "approved mara as safety (claimed), entry" in told
    assert "ledger holdfast.example/cli, by the log key holdfast.example/cli, for the first" in told
    assert "files 2 of the 2 released files the same" in told
    assert "!" not in told
    assert "not known whether anything was recorded of it since then" in told


def test_a_swapped_file_is_named_and_the_exit_code_says_no(out: Desk) -> None:
    (out.directory / "host" / "model.safetensors").write_bytes(b"weights of another")

    result = out(*asked(out))

    assert result.code == 1
    assert "NO: " in result.out
    assert "differs model.safetensors (weights): released" in " ".join(result.out.split())
    assert "next: do not load them" in result.out


def test_every_exit_code_of_it_is_told_apart(out: Desk) -> None:
    out.does("audit", "export", "aurora", "-o", "bare.pack", "--no-checkpoint")
    bare = ("verify-deployed", "host", "--pack", "bare.pack")
    damaged = bytearray((out.directory / "aurora.pack").read_bytes())
    damaged[900] ^= 1
    (out.directory / "damaged.pack").write_bytes(damaged)
    vkey = (out.directory / "vkey").read_text()

    assert out(*asked(out)).code == 0
    assert out(*asked(out, "--exposure", "internal")).code == 2
    assert out(*asked(out, "--exposure", "nowhere")).code == 2
    assert out(*asked(out, "--max-age", "soon")).code == 2
    assert out(*asked(out, "--pin", "one")).code == 2
    assert out(*bare, "--log-key", "no key").code == 2
    assert out(*bare, "--log-key", vkey).code == 8
    assert out("verify-deployed", "host", "--pack", "damaged.pack", "--log-key", vkey).code == 3
    assert out("verify-deployed", "host", "--pack", "none.pack", "--log-key", vkey).code == 2
    assert out("verify-deployed", "host", "--pack", "vkey", "--log-key", vkey).code == 2
    assert out("audit", "verify", "--pack", "none.pack", "--log-key", vkey).code == 2
    assert out("verify-deployed", "none", "--pack", "aurora.pack", "--log-key", vkey).code == 4
    assert out(*bare).code == 8
    out.clock.forward("8d")
    assert out(*asked(out, "--max-age", "7d")).code == 8
    assert out(*asked(out, "--max-age", "9d")).code == 0
    out.does("hold", "aurora", "--role", "safety", *by("mara"))
    export(out)
    assert out(*asked(out)).code == 8
    assert out(*asked(out, "--despite", "H1")).code == 0
    out.does("advance", "aurora", "withdraw", *by("lee"))
    export(out)
    assert out(*asked(out, "--despite", "H1")).code == 1


def test_where_nobody_vouches_the_next_step_is_said(out: Desk) -> None:
    result = out("verify-deployed", "host", "--pack", "aurora.pack")

    assert "NOT KNOWN: " in result.out
    assert "next: give --log-key VKEY" in result.out


def test_an_attestation_is_written_checked_and_makes_what_is_known_fresh(out: Desk) -> None:
    out.clock.forward("8d")
    told = out.does("audit", "export", "aurora", "--format", "vsa", "-o", "aurora.vsa")
    assert "PASSED: aurora is released, asked for hosted" in told.out
    assert "HOLDFAST_EXPOSURE_WEIGHTS" in told.out

    fresh = out.does(*asked(out, "--max-age", "1d", "--attestation", "aurora.vsa", "--json"))

    assert fresh.json["outcome"] == "ok"
    assert fresh.json["knowledge"]["by"] == "the attestation"
    again = out("audit", "export", "aurora", "--format", "vsa", "-o", "aurora.vsa")
    assert (again.code, "is there already" in again.err) == (2, True)
    said = out.does("audit", "export", "aurora", "--format", "vsa", "-o", "aurora.vsa", "--replace", "--json").json
    assert (said["result"], said["standing"], said["levels"][-1]) == (
        "PASSED",
        "released",
        "HOLDFAST_EXPOSURE_WEIGHTS",
    )


def test_an_attestation_of_what_was_withdrawn_fails_and_stops_an_old_pack(out: Desk) -> None:
    out.does("advance", "aurora", "withdraw", *by("lee"))

    told = out("audit", "export", "aurora", "--format", "vsa", "-o", "aurora.vsa")

    assert (told.code, (out.directory / "aurora.vsa").exists()) == (1, True)
    assert "FAILED: aurora is withdrawn, asked for hosted" in told.out
    assert out(*asked(out)).code == 0
    result = out(*asked(out, "--attestation", "aurora.vsa"))
    assert (result.code, "by the attestation, aurora was withdrawn" in result.out) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("aurora", "-o", "x", "--format", "vsa", "--no-texts"),
        ("aurora", "-o", "x", "--exposure", "hosted"),
        ("aurora", "-o", "x", "--format", "vsa", "--resource", "no uri"),
        ("-o", "x", "--format", "vsa"),
        ("--all", "-o", "x", "--format", "vsa"),
        ("borealis", "-o", "x", "--format", "vsa"),
    ],
)
def test_what_does_not_fit_an_attestation_is_said_and_nothing_is_written(out: Desk, arguments: tuple[str, ...]) -> None:
    result = out("audit", "export", *arguments)

    assert result.code == 2
    assert not (out.directory / "x").exists()


def test_a_ledger_without_a_log_key_attests_nothing(desk: Desk) -> None:
    desk.to_review()

    result = desk("audit", "export", "aurora", "-o", "x", "--format", "vsa")

    assert (result.code, (desk.directory / "x").exists()) == (2, False)
    assert "holdfast checkpoint new-key" in result.err


def test_for_scripts_each_file_and_each_reason_is_there(out: Desk) -> None:
    (out.directory / "host" / "extra.py").write_text("")

    found = out(*asked(out, "--json")).json

    assert (found["outcome"], [reason["code"] for reason in found["reasons"]]) == ("no", ["other-files"])
    assert {file["path"]: file["state"] for file in found["files"]} == {
        "extra.py": "extra",
        "model.safetensors": "same",
        "tokenizer.json": "same",
    }
    assert found["released"]["decision"]["trigger"] == "publish"


def test_it_needs_no_ledger_and_no_database_library(out: Desk, tmp_path: Path) -> None:
    host = tmp_path / "elsewhere"
    host.mkdir()
    for name in ("aurora.pack", "host", "vkey"):
        shutil.move(out.directory / name, host / name)
    shutil.rmtree(out.directory)
    words = ["verify-deployed", "host", "--pack", "aurora.pack", "--log-key", (host / "vkey").read_text()]
    code = (
        "import sys; sys.argv[1:] = " + repr(words) + "\nfrom workflow.cli import main\n"
        "try: main()\nexcept SystemExit as done: print(done.code)\n"
        "print(sorted({'sqlalchemy', 'sqlmodel', 'alembic', 'sqlite3'} & set(sys.modules)))"
    )

    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=host,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "YES: " in ran.stdout, ran.stderr
    assert ran.stdout.splitlines()[-1] == "[]"


def test_an_old_pack_that_passes_says_below_the_yes_that_it_is_old(out: Desk) -> None:
    out.clock.forward("8d")

    lines = out.does(*asked(out)).out.splitlines()

    assert lines[0].startswith("YES: ")
    assert lines[1].startswith(" ! that was known 8 days ago: a withdrawal since then would not show here")
    assert "--max-age 7d" in " ".join(lines[2:4])
    assert " ! " not in out.does(*asked(out, "--max-age", "9d")).out


def test_what_the_public_was_told_is_told_to_the_host(out: Desk) -> None:
    notice = "It leaks what it was trained on: delete your copies."
    out.does("withdraw", "aurora", "--notice", notice, *by("lee"))
    export(out)

    result = out(*asked(out))

    assert (result.code, out(*asked(out, "--json")).json["notice"]) == (1, notice)
    assert f"notice {notice}" in " ".join(result.out.split())


def test_a_key_of_another_ledger_is_said_to_be_perhaps_the_mistake(out: Desk) -> None:
    other = NotesKey("other.example").vkey

    result = out("verify-deployed", "host", "--pack", "aurora.pack", "--log-key", other)

    assert result.code == 3
    assert "check first that you gave the key or pin of this ledger" in " ".join(result.out.split())


def test_who_stands_for_the_checkpoint_in_a_pack_is_told_where_it_is_made(out: Desk) -> None:
    def made() -> str:
        out.does("audit", "export", "aurora", "-o", "aurora.pack", "--replace")
        return " ".join(out("audit", "export", "aurora", "-o", "aurora.pack", "--replace").out.split())

    assert "checkpoint signed by the log's key, cosigned by nobody" in made()
    out.does("witness", "init", "w", "--name", "witness.example/w1")
    out.does("witness", "add-log", "w", (out.directory / "vkey").read_text())
    out.does("checkpoint")
    out.does("checkpoint", "for-witness", "--since", "0", "-o", "request")
    out.does("witness", "cosign", "w", "request", "-o", "cosigned")
    out.does("checkpoint", "add-cosignature", "cosigned")

    assert "checkpoint signed by the log's key, cosigned by witness.example/w1" in made()
