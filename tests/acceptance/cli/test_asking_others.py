"""Asking somebody elsewhere for one act: every command that is signed can write a request in its place."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_desk import WHY, Desk, by
from keyed_desk import KeyedDesk, make_key

from workflow.tour.reports import write_report

ASKED = "act.request"


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def busy(signing: KeyedDesk) -> KeyedDesk:
    """A release with a hold, a requirement, a refusal and a report that was declared."""
    signing.does("hold", "aurora", "--role", "safety", *by("jun", "Łucja found a jailbreak"))
    signing.does("require", "aurora", "read the appendix", "--role", "safety", *by("jun"))
    signing.does("sign", "aurora", "publish", "--reject", *by("priya"))
    report(signing)
    signing.does("attach", "aurora", "log.json", "--declare-as", "safety", *signing.signed("jun"))
    return signing


def report(desk: Desk) -> None:
    write_report(
        "bio_uplift-0.18", desk.directory / "log.json", model=desk.directory / "model", completed=desk.clock.now()
    )


def attached(desk: KeyedDesk) -> tuple[str, ...]:
    (desk.directory / "card.txt").write_text("what the model is")
    return (
        "attach",
        "aurora",
        "card.txt",
        "--kind",
        "document",
        "--name",
        "card",
        "--declare-as",
        "safety",
        *by("jun"),
    )


def disallowed(desk: KeyedDesk) -> tuple[str, ...]:
    return ("charter", "disallow", desk("process", "show", "small", "--json").json["digest"], *by("ops"))


def enrolled(desk: KeyedDesk) -> tuple[str, ...]:
    make_key(desk.key("second"))
    return ("roster", "enroll", "mara", "keys/second", "--how", "in person", "--verified-by", "lee", *by("ops"))


ACTS: dict[str, Callable[[KeyedDesk], tuple[str, ...]]] = {
    "lift": lambda _: ("lift", "aurora", "H1", *by("jun")),
    "discharge": lambda _: ("discharge", "aurora", "R1", *by("jun")),
    "unsign": lambda _: ("unsign", "aurora", "S1", *by("priya")),
    "review": lambda _: ("review", "aurora", "biosecurity", "acceptable", *by("mara")),
    "statement": lambda _: ("statement", "aurora", "We looked at it for a week.", *by("mara")),
    "attach": attached,
    "set-aside": lambda _: ("set-aside", "aurora", "E1", *by("mara")),
    "roster add": lambda _: ("roster", "add", "zoe", "--role", "legal", "--name", "Zoë Ó", *by("ops")),
    "roster grant": lambda _: ("roster", "grant", "ivy", "safety", *by("ops")),
    "roster remove": lambda _: ("roster", "remove", "kit", *by("ops")),
    "roster enroll": enrolled,
    "roster suspend": lambda desk: ("roster", "suspend", desk.fingerprint("kit"), *by("kit")),
    "roster away": lambda _: ("roster", "away", *by("mara")),
    "charter allow": lambda _: ("charter", "allow", "signed.yaml", "--up-to", "internal", *by("ops")),
    "charter disallow": disallowed,
    "erase": lambda _: ("erase", "19", "rationale", *by("ops")),
}


def asked(desk: KeyedDesk, act: str) -> tuple[str, str]:
    """Asks for an act; says of whom, and what was shown."""
    args = ACTS[act](desk)
    shown = desk.does(*args, "--request", ASKED).out
    return args[args.index("--as") + 1], shown


def there(desk: KeyedDesk) -> KeyedDesk:
    laptop = desk.laptop()
    shutil.copy(desk.directory / ASKED, laptop.directory)
    return laptop


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_asked_for_without_a_key_signed_elsewhere_and_taken_in(busy: KeyedDesk, act: str) -> None:
    before = busy("history", "-n", "1", "--json").json
    person, shown = asked(busy, act)
    assert f"{person} is asked to sign" in shown
    assert busy("history", "-n", "1", "--json").json == before

    laptop = there(busy)
    laptop.does("sign", ASKED, "--approve", "--key", f"keys/{person}")
    result = busy("collect", str(laptop.directory))

    assert result.code == 0, result
    last = busy("history", "-n", "1", "--json").json[0]
    assert (last["actor"], last["proof"]) == (person, "sshsig")
    assert busy("audit", "verify").code == 0


@pytest.mark.parametrize("act", ACTS)
def test_at_a_terminal_it_is_shown_and_signed_by_a_word(busy: KeyedDesk, act: str) -> None:
    person, _ = asked(busy, act)
    laptop = there(busy)

    left = laptop("sign", ASKED, "--key", f"keys/{person}", typed="no\n")
    signed = laptop("sign", ASKED, "--key", f"keys/{person}", typed="sign\n")

    assert (left.code, signed.code) == (2, 0)
    assert "nothing was signed" in left.err
    told = words(signed.out).replace("| ", "")
    reply = json.loads((laptop.directory / f"{ASKED}.{person}.reply").read_bytes())
    meaning = json.loads(reply["statement"])["predicate"]["meaning"]
    assert told.startswith("As the request says (holdfast.example/cli,")
    assert f"What you would sign: {words(meaning)}" in told
    assert told.index("none of this is signed") < told.index("What you would sign")
    for text in reply["texts"].values():
        assert words(text["text"]) in told


def test_what_is_acted_on_is_told_with_the_words_that_were_said(busy: KeyedDesk) -> None:
    asked(busy, "lift")

    shown = words(there(busy)("sign", ASKED, "--key", "keys/jun", typed="no\n").out).replace("| ", "")

    assert 'hold H1 by jun as safety, entry 19; it belongs to jun said "Łucja found a jailbreak"' in shown


def test_the_signer_gives_a_reason_of_their_own(busy: KeyedDesk) -> None:
    asked(busy, "lift")
    laptop = there(busy)

    laptop.does("sign", ASKED, "--approve", "-m", "I saw the repair myself.", "--key", "keys/jun")
    busy.does("collect", str(laptop.directory))

    assert busy("history", "-n", "1", "--json").json[0]["texts"] == {"rationale": "I saw the repair myself."}


def test_somebody_else_does_not_sign_it(busy: KeyedDesk) -> None:
    asked(busy, "lift")

    result = there(busy)("sign", ASKED, "--approve", "--key", "keys/mara", "--as", "mara")

    assert result.code == 2
    assert "this asks jun, not mara" in words(result.err)


@pytest.mark.parametrize("flag", ["--reject", "--recuse", "--abstain"])
def test_an_act_is_signed_or_left(busy: KeyedDesk, flag: str) -> None:
    asked(busy, "lift")

    result = there(busy)("sign", ASKED, flag, "-m", WHY, "--key", "keys/jun")

    assert result.code == 2
    assert "this asks for one act" in result.err


def test_what_would_not_be_allowed_is_not_asked_of_anybody(busy: KeyedDesk) -> None:
    before = busy("history", "-n", "1", "--json").json

    result = busy("lift", "aurora", "H1", "--role", "safety", *by("lee"), "--request", ASKED)

    assert result.code == 1
    assert "on record" not in result.err
    assert busy("history", "-n", "1", "--json").json == before
    assert not (busy.directory / ASKED).exists()


@pytest.mark.parametrize("option", [("--key", "keys/jun"), ("--command-id", "nightly-17")])
def test_what_belongs_to_doing_it_here_does_not_go_with_asking(busy: KeyedDesk, option: tuple[str, str]) -> None:
    result = busy("lift", "aurora", "H1", *by("jun"), "--request", ASKED, *option)

    assert result.code == 2
    assert not (busy.directory / ASKED).exists()


def test_a_script_gets_the_request(busy: KeyedDesk) -> None:
    answer = busy("lift", "aurora", "H1", *by("jun"), "--request", ASKED, "--json").json

    assert set(answer) == {"file", "request"}
    assert answer["request"]["command"]["command"] == "lift"


def test_every_command_that_is_signed_can_be_asked_of_somebody_but_for_decisions(
    capsys: pytest.CaptureFixture[str], desk: Desk
) -> None:
    commands = (*(name.split() for name in ACTS), ["answer"], ["sign"], ["reaffirm"], ["db", "rebuild"], ["hold"])
    keyed, asking = set(), set()
    for name in commands:
        desk(*name, "--help")
        text = capsys.readouterr().out
        keyed |= {" ".join(name)} if "--key" in text else set()
        asking |= {" ".join(name)} if "--request" in text else set()

    assert keyed == {" ".join(name) for name in commands} - {"hold"}
    assert keyed - asking == {"sign", "reaffirm", "db rebuild"}


# verified by anybody


def exported(desk: KeyedDesk, *entries: int) -> Path:
    place = desk.directory / "proofs"
    for entry in entries:
        desk.does("history", "--entry", str(entry), "--export", "proofs")
    return place


def verify(place: Path, person: str, entry: int) -> subprocess.CompletedProcess[bytes]:
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", person, "-n", "holdfast"]
    return subprocess.run(
        [*command, "-s", f"entry-{entry}.json.sig"],
        cwd=place,
        input=(place / f"entry-{entry}.json").read_bytes(),
        capture_output=True,
        check=False,
    )


def test_what_was_signed_is_verified_by_ssh_keygen_alone(signing: KeyedDesk) -> None:
    signing.approve("mara", "jun")

    place = exported(signing, 19, 20)

    for person, entry in (("mara", 19), ("jun", 20)):
        assert verify(place, person, entry).returncode == 0
        assert f"I, {person}, as safety, approve" in (place / f"entry-{entry}.json").read_text()
    assert verify(place, "jun", 19).returncode != 0
    assert len((place / "allowed_signers").read_text().splitlines()) == 2


def test_an_altered_statement_is_not_verified(signing: KeyedDesk) -> None:
    signing.approve("mara")
    place = exported(signing, 19)
    statement = place / "entry-19.json"

    statement.write_bytes(statement.read_bytes().replace(b"safety", b"legal_"))

    assert verify(place, "mara", 19).returncode != 0


def test_how_it_is_verified_is_told_as_a_line_to_copy(signing: KeyedDesk) -> None:
    signing.approve("mara")

    lines = signing("history", "--entry", "19", "--export", "proofs").out.splitlines()

    command = lines[-1]
    ran = subprocess.run(["/bin/sh", "-c", command], cwd=signing.directory / "proofs", capture_output=True, check=False)
    assert ran.returncode == 0
    assert b"Good" in ran.stdout


def test_exporting_again_is_harmless(signing: KeyedDesk) -> None:
    signing.approve("mara")

    place = exported(signing, 19, 19)

    assert len((place / "allowed_signers").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--entry", "18", "--export", "proofs"), "entry 18 is claimed by lee, not signed"),
        (("--entry", "99"), "there is no entry 99"),
        (("--export", "proofs"), "add --entry ENTRY"),
        (("--entry", "0"), "--entry"),
    ],
)
def test_what_cannot_be_exported_is_told(signing: KeyedDesk, args: tuple[str, ...], told: str) -> None:
    result = signing("history", *args)

    assert result.code == 2
    assert told in words(result.err)


def test_one_entry_is_shown_alone(signing: KeyedDesk) -> None:
    result = signing("history", "--entry", "18", "--json")

    assert [item["entry"] for item in result.json] == [18]
    assert signing("history", "aurora", "--entry", "3").code == 2
