"""Files that are too large to move: measured where they are, with a real key and no ledger, and taken in elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_desk import by
from keyed_desk import ADMINISTRATOR, KeyedDesk

ORIGIN = "holdfast.example/cli"


@pytest.fixture
def cluster(keyed: KeyedDesk) -> KeyedDesk:
    """A place without a ledger, where the model is and nowhere else."""
    place = keyed.laptop("cluster")
    shutil.move(keyed.directory / "model", place.directory / "model")
    return place


@pytest.fixture
def measuring(keyed: KeyedDesk, cluster: KeyedDesk) -> KeyedDesk:
    """The ledger, with a process that lets ``legal`` measure elsewhere."""
    text = (keyed.directory / "signed.yaml").read_text()
    text = text.replace("process: signed", "process: far").replace(
        "      - candidate_unchanged\n", "      - candidate_unchanged: {measured_by: [legal], max_age: 48h}\n"
    )
    (keyed.directory / "far.yaml").write_text(text)
    keyed.does("charter", "allow", "far.yaml", "--up-to", "weights", *keyed.signed(ADMINISTRATOR))
    return keyed


def measure(cluster: KeyedDesk, file: str = "m.measured", *, by_whom: str = "kit", origin: str = ORIGIN) -> Path:
    key = str(cluster.key(by_whom))
    cluster.does(
        "candidate", "manifest", "model", "-o", file, "--sign", "--as", by_whom, "--key", key, "--origin", origin
    )
    return cluster.directory / file


def start(desk: KeyedDesk, file: Path) -> None:
    made = ("--measured", str(file), "--process", "far", "--author", "ada")
    desk.does("start", "aurora", *made, *by("lee"))
    desk.does("advance", "aurora", "submit", *by("lee"))


def words(text: str) -> str:
    return " ".join(text.split())


def test_files_that_never_were_here_pass_the_gate(measuring: KeyedDesk, cluster: KeyedDesk) -> None:
    start(measuring, measure(cluster))
    fresh = measure(cluster, "fresh.measured")

    blind = words(measuring("explain", "aurora", "publish", "--as", "lee").out)
    seen = words(measuring("explain", "aurora", "publish", "--as", "lee", "--measured", str(fresh), "--all").out)

    assert "the files are not here: kit measured them elsewhere" in blind
    assert "measured elsewhere by kit, from 1 Jul 2025 09:00 UTC on" in seen
    assert measuring("audit", "verify").code == 0


def test_it_moves_by_a_measurement_and_the_audit_verifies_it_again(measuring: KeyedDesk, cluster: KeyedDesk) -> None:
    text = (measuring.directory / "far.yaml").read_text()
    text = text.replace("process: far", "process: near").replace(
        "      - actor: {roles: [lead]}\n",
        "      - actor: {roles: [lead]}\n      - candidate_unchanged: {measured_by: [legal]}\n",
        1,
    )
    (measuring.directory / "near.yaml").write_text(text)
    file = measure(cluster)
    measuring.does("charter", "allow", "near.yaml", "--up-to", "weights", *measuring.signed(ADMINISTRATOR))
    measuring.does("start", "aurora", "--measured", str(file), "--process", "near", "--author", "ada", *by("lee"))

    without = measuring("advance", "aurora", "submit", *by("lee"))
    measuring.does("advance", "aurora", "submit", "--measured", str(file), *by("lee"))

    assert without.code == 4
    assert "--measured FILE" in words(without.err)
    assert measuring("audit", "verify").code == 0


def test_what_is_signed_is_shown_and_anybody_can_verify_it_with_ssh_keygen_alone(cluster: KeyedDesk) -> None:
    key = str(cluster.key("kit"))
    sign = ("--sign", "--as", "kit", "--key", key, "--origin", ORIGIN)
    done = cluster.does("candidate", "manifest", "model", "-o", "m.measured", *sign)

    assert f"You sign with {cluster.fingerprint('kit')}: I, kit, hashed 2 files" in words(done.out)
    document = json.loads((cluster.directory / "m.measured").read_text())
    allowed = cluster.directory / "allowed"
    allowed.write_text("kit " + cluster.key("kit").with_suffix(".pub").read_text())
    signature = cluster.directory / "s.sig"
    signature.write_text(document["signature"])
    verified = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "kit", "-n", "holdfast", "-s", str(signature)],
        input=document["statement"].encode(),
        capture_output=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stderr


def test_a_script_learns_whose_measurement_it_is(cluster: KeyedDesk) -> None:
    key = str(cluster.key("kit"))
    sign = ("--sign", "--as", "kit", "--key", key, "--origin", ORIGIN)

    signed = cluster.does("candidate", "manifest", "model", "-o", "m.measured", *sign, "--json").json
    plain = cluster.does("candidate", "manifest", "model", "-o", "m.json", "--json").json

    assert signed["measured"] == {
        "by": "kit",
        "key": cluster.fingerprint("kit"),
        "origin": ORIGIN,
        "at": "2025-07-01T09:00:00.000000Z",
    }
    assert plain["measured"] is None
    assert signed["digest"] == plain["digest"]


def test_the_history_says_that_the_files_are_elsewhere(measuring: KeyedDesk, cluster: KeyedDesk) -> None:
    start(measuring, measure(cluster))

    shown = words(measuring("history", "aurora").out)

    assert (
        f"location: elsewhere, measured by kit from 1 Jul 2025 09:00 UTC on, with {cluster.fingerprint('kit')}" in shown
    )


def test_other_bytes_are_measured_elsewhere_too(measuring: KeyedDesk, cluster: KeyedDesk) -> None:
    start(measuring, measure(cluster))
    (cluster.directory / "model" / "model.safetensors").write_bytes(b"better weights")
    file = measure(cluster, "better.measured")

    measuring.does("candidate", "replace", "aurora", "--measured", str(file), "--author", "ada", *by("lee"))

    candidate = json.loads(file.read_text())["statement"]
    assert measuring("status", "aurora", "--json").json["candidate"] in candidate


def test_a_measurement_grows_old(measuring: KeyedDesk, cluster: KeyedDesk) -> None:
    start(measuring, measure(cluster))
    file = measure(cluster, "fresh.measured")
    measuring.clock.forward("48h")

    shown = words(measuring("explain", "aurora", "publish", "--as", "lee", "--measured", str(file)).out)

    assert "what kit measured from 1 Jul 2025 09:00 UTC on is 48h old or older" in shown
    assert "who can ivy or kit:" in shown


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--sign",), "add --key FILE and --origin ORIGIN"),
        (("--sign", "--origin", ORIGIN), "add --key FILE and --origin ORIGIN"),
        (("--sign", "--key", "keys/kit"), "add --key FILE and --origin ORIGIN"),
        (("--sign", "--key", "keys/nobody", "--origin", ORIGIN), "there is no key"),
        (("--sign", "--key", "keys/kit", "--origin", "two words"), "is no name of a ledger"),
        (("--origin", ORIGIN), "without --sign nothing is signed"),
        (("--key", "keys/kit"), "without --sign nothing is signed"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_missing_is_said_before_anything_is_hashed(
    cluster: KeyedDesk, args: tuple[str, ...], says: str
) -> None:
    result = cluster("candidate", "manifest", "model", "-o", "m.measured", "--as", "kit", *args)

    assert result.code == 2
    assert says in words(result.err)
    assert not (cluster.directory / "m.measured").exists()


def test_a_file_that_is_there_is_left_as_it_is(cluster: KeyedDesk) -> None:
    measure(cluster)
    key = str(cluster.key("kit"))
    sign = ("--sign", "--as", "kit", "--key", key, "--origin", ORIGIN)

    result = cluster("candidate", "manifest", "model", "-o", "m.measured", *sign)

    assert result.code == 2
    assert "is there already" in result.err


@pytest.mark.parametrize(
    "args",
    [
        ("start", "x", "--process", "far", "--author", "ada"),
        ("start", "x", "model", "--measured", "m", "--process", "far", "--author", "ada"),
        ("start", "x", "--measured", "far.yaml", "--process", "far", "--author", "ada"),
        ("start", "x", "--measured", "nothing", "--process", "far", "--author", "ada"),
    ],
    ids=" ".join,
)
def test_a_start_without_files_or_with_both_is_refused_as_input(measuring: KeyedDesk, args: tuple[str, ...]) -> None:
    result = measuring(*args, *by("lee"))

    assert result.code == 2
    assert "Traceback" not in result.err


def test_to_look_and_not_to_look_is_refused(signing: KeyedDesk) -> None:
    result = signing("explain", "aurora", "publish", "--no-hash", "--measured", "x")

    assert (result.code, "nothing is looked at" in result.err) == (2, True)


def test_a_gate_that_takes_none_says_which_rule_would(signing: KeyedDesk, cluster: KeyedDesk) -> None:
    file = measure(cluster)

    result = signing("explain", "aurora", "publish", "--as", "lee", "--measured", str(file))

    assert result.code == 2
    assert "candidate_unchanged: {measured_by: [ROLE]}" in words(result.err)


def test_an_interrupted_measurement_is_as_old_as_what_it_hashed_first(cluster: KeyedDesk) -> None:
    cluster.clock.at = datetime(2100, 1, 1, tzinfo=UTC)  # what was written just now is noted in no journal
    journals = {"HOLDFAST_JOURNALS": str(cluster.directory / "journals")}
    sign = ("--sign", "--as", "kit", "--origin", ORIGIN, "--key", str(cluster.key("kit")))
    manifest = ("candidate", "manifest", "model", "-o", "m.measured", *sign)
    first = cluster(*manifest, environment={**journals, "PATH": str(cluster.directory)})
    cluster.clock.forward("5h")

    done = cluster(*manifest, "--json", environment={**journals, "PATH": os.environ["PATH"]})

    assert (first.code, "is not there" in first.err) == (2, True)
    assert done.json["recalled"] == {"files": 2, "since": "2100-01-01T00:00:00.000000Z"}
    assert done.json["measured"]["at"] == "2100-01-01T00:00:00.000000Z"
