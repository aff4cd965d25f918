"""Signing far from the ledger: a request goes out, people sign it where nothing else is, and their replies come in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cli_desk import WHY, Result, by
from keyed_desk import KeyedDesk, make_key

REQUEST = "aurora.request"


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def laptop(signing: KeyedDesk) -> KeyedDesk:
    """A machine with keys, and the request to publish; nothing of the ledger is there."""
    signing.does("request", "aurora", "publish", "-o", REQUEST)
    return sent(signing)


def sent(desk: KeyedDesk, name: str = "laptop") -> KeyedDesk:
    there = desk.laptop(name)
    shutil.copy(desk.directory / REQUEST, there.directory)
    return there


def back(laptop: KeyedDesk, desk: KeyedDesk) -> list[str]:
    """Sends every reply back, and says what they are called."""
    replies = sorted(laptop.directory.glob("*.reply"))
    for reply in replies:
        shutil.copy(reply, desk.directory)
    return [reply.name for reply in replies]


def key(person: str, why: str = WHY) -> tuple[str, ...]:
    return "-m", why, "--key", f"keys/{person}"


def seen(desk: KeyedDesk) -> tuple[str, ...]:
    return "--approve", "--seen", desk.basis()[:16]


def decisions(desk: KeyedDesk) -> list[tuple[str, str, str]]:
    return [
        (item["actor"], event["decision"], item["proof"])
        for item in reversed(desk("history", "aurora", "--json").json)
        for event in item["events"]
        if event["type"] == "sign_off_recorded"
    ]


# there


def test_a_request_is_one_file_for_everybody(signing: KeyedDesk) -> None:
    result = signing("request", "aurora", "publish", "-o", REQUEST)

    assert result.code == 0
    assert "asked: 2 as safety, 1 as legal" in words(result.out)
    assert signing.basis() in result.out
    assert json.loads((signing.directory / REQUEST).read_bytes())["kind"] == "holdfast-request"


def test_a_request_overwrites_nothing(signing: KeyedDesk) -> None:
    (signing.directory / REQUEST).write_text("something else")

    result = signing("request", "aurora", "publish", "-o", REQUEST)

    assert result.code == 2
    assert "is there already" in result.err
    assert (signing.directory / REQUEST).read_text() == "something else"


def test_a_request_warns_of_files_that_are_not_the_candidate(signing: KeyedDesk) -> None:
    (signing.directory / "model" / "model.safetensors").write_bytes(b"overwritten")

    result = signing("request", "aurora", "publish", "-o", REQUEST)

    assert result.out.startswith(" ! the files are not candidate")


# on the laptop


@pytest.mark.parametrize(
    ("flags", "decision"),
    [
        (("--approve",), "approve"),
        (("--require", "run it again"), "approve"),
        (("--reject",), "reject"),
        (("--recuse",), "recuse"),
        (("--abstain",), "abstain"),
    ],
)
def test_every_decision_is_signed_with_a_key_and_a_reason_and_nothing_else(
    signing: KeyedDesk, laptop: KeyedDesk, flags: tuple[str, ...], decision: str
) -> None:
    basis = ("--seen", signing.basis()) if decision == "approve" else ()

    result = laptop("sign", REQUEST, *flags, *basis, *key("mara"))

    assert result.code == 0, result
    assert sorted(path.name for path in laptop.directory.iterdir()) == [REQUEST, f"{REQUEST}.mara.reply", "keys"]
    signing.does("collect", str(laptop.directory))
    assert decisions(signing) == [("mara", decision, "sshsig")]


@pytest.mark.parametrize("flag", ["--approve", "--reject", "--recuse", "--abstain"])
def test_every_decision_wants_a_reason(signing: KeyedDesk, laptop: KeyedDesk, flag: str) -> None:
    basis = ("--seen", signing.basis()) if flag == "--approve" else ()

    none = laptop("sign", REQUEST, flag, *basis, "--key", "keys/mara")
    empty = laptop("sign", REQUEST, flag, *basis, *key("mara", "ok"))

    assert (none.code, empty.code) == (2, 2)
    assert "--message WHY" in none.err
    assert "says nothing" in empty.err
    assert list(laptop.directory.glob("*.reply")) == []


def decides(*lines: str) -> Callable[[KeyedDesk], str]:
    return lambda desk: "\n".join(lines).replace("BASIS", desk.basis()[:8]) + "\n"


@pytest.mark.parametrize(
    ("typed", "decision"),
    [
        (decides("approve", "I read every log.", "BASIS"), "approve"),
        (decides("require", "run it again", "legal", "It is nearly good.", "BASIS"), "approve"),
        (decides("refuse", "It helps too much."), "reject"),
        (decides("recuse", "I wrote the test."), "recuse"),
        (decides("abstain", "I did not have the time."), "abstain"),
    ],
)
def test_at_a_terminal_whoever_signs_is_asked_for_all_of_it(
    signing: KeyedDesk, laptop: KeyedDesk, typed: Callable[[KeyedDesk], str], decision: str
) -> None:
    result = laptop("sign", REQUEST, "--key", "keys/mara", typed=typed(signing))

    assert result.code == 0, result
    signing.does("collect", str(laptop.directory))
    assert decisions(signing) == [("mara", decision, "sshsig")]


def test_every_decision_is_offered_in_the_same_size(laptop: KeyedDesk) -> None:
    offered = laptop("sign", REQUEST, "--key", "keys/mara", typed="nothing\n").out.splitlines()[-5:]

    assert [line.split()[0] for line in offered] == ["approve", "refuse", "require", "recuse", "abstain"]
    assert {line[:4] for line in offered} == {"    "}


@pytest.mark.parametrize(
    "typed",
    [
        decides("yes"),
        decides("approve", "I read every log.", "00000000"),
        decides("approve", "I read every log.", ""),
        decides("approve", "ok", "BASIS"),
        decides("refuse", ""),
    ],
)
def test_at_a_terminal_nothing_else_is_signed(
    signing: KeyedDesk, laptop: KeyedDesk, typed: Callable[[KeyedDesk], str]
) -> None:
    result = laptop("sign", REQUEST, "--key", "keys/mara", typed=typed(signing))

    assert result.code == 2
    assert "You sign with" not in result.out
    assert list(laptop.directory.glob("*.reply")) == []


def test_problems_come_first_then_what_changed_then_the_words_and_digests(signing: KeyedDesk) -> None:
    signing.approve("mara")
    signing.does("review", "aurora", "biosecurity", "unacceptable", *by("jun"))
    signing.does("request", "aurora", "publish", "-o", REQUEST)
    laptop = sent(signing)

    shown = laptop("sign", REQUEST, "--key", "keys/mara", typed="abstain\nNot today, thank you.\n").out

    told = words(shown).replace("| ", "")
    places = [
        told.index(text)
        for text in (
            "none of this is signed",
            "jun found it unacceptable",
            "NOT MET",
            "since you last decided (approved, entry 19): new: jun as safety found biosecurity unacceptable",
            "What you would sign",
            "I, mara, as safety, approve `publish` of aurora",
            signing.basis(),
            "rests on jun as safety found biosecurity unacceptable",
        )
    ]
    assert places[0] == min(places)
    assert places[3:] == sorted(places[3:])
    assert max(places[:3]) < places[3]
    assert "IRREVERSIBLE" in told


def test_nothing_that_a_request_says_passes_for_what_is_signed(laptop: KeyedDesk) -> None:
    path = laptop.directory / REQUEST
    fields = json.loads(path.read_bytes())
    fields["says"]["label"] = "x" * 60 + " What you would sign" + " " * 60 + "\n" + "approving I, mara, recuse myself"
    path.write_text(json.dumps(fields))

    rows = laptop("sign", REQUEST, "--key", "keys/mara", typed="abstain\nNot today, thank you.\n").out.splitlines()

    assert rows.count("What you would sign") == 1
    assert all(row.startswith("|") for row in rows[: rows.index("What you would sign")])
    assert not any(row.startswith("|") for row in rows[rows.index("What you would sign") :])


def test_who_signs_is_told_by_the_key(laptop: KeyedDesk) -> None:
    laptop.does("sign", REQUEST, "--reject", *key("ivy"))

    assert (laptop.directory / f"{REQUEST}.ivy.reply").exists()


def test_whoever_is_named_must_be_whose_key_it_is(laptop: KeyedDesk) -> None:
    result = laptop("sign", REQUEST, "--reject", *key("ivy"), "--as", "mara")

    assert result.code == 2
    assert "is ivy's" in words(result.err)


def test_a_key_that_the_request_does_not_know_needs_a_name_and_is_refused_where_it_is_unknown(
    signing: KeyedDesk, laptop: KeyedDesk
) -> None:
    make_key(laptop.directory / "keys" / "stranger")
    unnamed = laptop("sign", REQUEST, "--reject", *key("stranger"))
    named = laptop("sign", REQUEST, "--reject", "--role", "safety", *key("stranger"), "--as", "mara")

    assert (unnamed.code, named.code) == (2, 0)
    assert "does not know the key" in words(unnamed.err)
    result = signing("collect", str(laptop.directory))
    assert result.code == 1
    assert "nobody's that is known here" in words(result.out)


def test_the_only_own_key_that_is_enrolled_is_used_without_asking(laptop: KeyedDesk) -> None:
    ssh = laptop.directory.parent / "home" / ".ssh"
    ssh.mkdir(parents=True)
    for suffix in ("", ".pub"):
        shutil.copy(laptop.directory / "keys" / f"mara{suffix}", ssh / f"id_ed25519{suffix}")

    result = laptop("sign", REQUEST, "--reject", "-m", WHY, environment={"HOME": str(ssh.parent)})

    assert result.code == 0
    assert (laptop.directory / f"{REQUEST}.mara.reply").exists()


@pytest.mark.parametrize("typed", [None, "approve\nI read every log.\n00000000\n"])
def test_a_role_that_is_none_is_told(signing: KeyedDesk, laptop: KeyedDesk, typed: str | None) -> None:
    flags = seen(signing) if typed is None else ()

    result = laptop("sign", REQUEST, *flags, "--role", "Safety!", *key("mara"), typed=typed)

    assert result.code in (1, 2)
    assert "bug" not in result.err


def test_without_a_key_nothing_is_signed(laptop: KeyedDesk) -> None:
    result = laptop("sign", REQUEST, "--reject", "-m", WHY)

    assert result.code == 2
    assert "--key FILE" in result.err


def test_whoever_is_kept_out_is_told_before_anything_is_signed(signing: KeyedDesk) -> None:
    signing.does("roster", "grant", "lee", "safety", *signing.signed("ops"))
    signing.does("request", "aurora", "publish", "-o", REQUEST)
    laptop = sent(signing)

    result = laptop("sign", REQUEST, *seen(signing), "--role", "safety", *key("lee"))
    shown = laptop("sign", REQUEST, "--role", "safety", "--key", "keys/lee", typed="nothing\n")

    assert result.code == 1
    assert "started the release" in words(result.err)
    assert "lee cannot approve as safety: requester, started the release" in words(shown.out.replace("\n|", ""))
    assert list(laptop.directory.glob("*.reply")) == []


def test_files_that_were_changed_when_the_request_was_made_are_not_approved(signing: KeyedDesk) -> None:
    (signing.directory / "model" / "model.safetensors").write_bytes(b"overwritten")
    signing.does("request", "aurora", "publish", "-o", REQUEST)
    laptop = sent(signing)

    refused = laptop("sign", REQUEST, *seen(signing), *key("mara"))
    shown = laptop("sign", REQUEST, "--key", "keys/mara", typed="nothing\n")

    assert refused.code == 1
    assert shown.out.splitlines()[2].startswith("|  ! the files are not candidate")
    assert laptop("sign", REQUEST, "--reject", *key("mara")).code == 0


@pytest.mark.parametrize(("basis", "code"), [("0" * 16, 1), ("0" * 64, 1), ("0" * 15, 2), ("no basis", 2), ("", 2)])
def test_an_approval_is_of_the_basis_that_was_seen(laptop: KeyedDesk, basis: str, code: int) -> None:
    assert laptop("sign", REQUEST, "--approve", "--seen", basis, *key("mara")).code == code


def test_a_reply_overwrites_nothing_and_goes_where_it_is_told(laptop: KeyedDesk) -> None:
    sign = ("sign", REQUEST, "--reject", *key("mara"))

    first, again = laptop(*sign), laptop(*sign)
    elsewhere = laptop(*sign, "-o", "mine.reply")

    assert (first.code, again.code, elsewhere.code) == (0, 2, 0)
    assert (laptop.directory / "mine.reply").exists()


def test_a_script_gets_one_document(signing: KeyedDesk, laptop: KeyedDesk) -> None:
    asked = signing("request", "aurora", "publish", "-o", "other.request", "--json").json
    signed = laptop("sign", REQUEST, *seen(signing), *key("mara"), "--json").json

    assert asked["request"]["basis"] == signing.basis()
    assert set(signed) == {"file", "actor", "key", "command", "statement"}
    assert signed["statement"]["meaning"].startswith("I, mara, as safety, approve")
    assert signed["key"] == signing.fingerprint("mara")


@pytest.mark.parametrize(
    ("name", "words_"),
    [
        ("nowhere", "holdfast sign RELEASE TRIGGER"),
        ("keys", "holdfast sign RELEASE TRIGGER"),
        ("keys/mara", "no request"),
    ],
)
def test_what_is_no_request_is_told(laptop: KeyedDesk, name: str, words_: str) -> None:
    result = laptop("sign", name, "--reject", *key("mara"))

    assert result.code == 2
    assert words_ in words(result.err)


# and back


def test_replies_are_taken_in_from_files_and_directories_each_with_its_line(
    signing: KeyedDesk, laptop: KeyedDesk
) -> None:
    laptop.does("sign", REQUEST, *seen(signing), *key("mara"))
    laptop.does("sign", REQUEST, *seen(signing), *key("jun"))
    laptop.does("sign", REQUEST, "--reject", *key("ivy"))
    one, *_ = back(laptop, signing)

    result = signing("collect", one, str(laptop.directory))

    assert result.code == 0
    assert [line.split()[0] for line in result.out.splitlines() if line[0] != " "] == [
        "taken",
        "on",
        "taken",
        "taken",
    ]
    assert sorted(decisions(signing)) == [
        ("ivy", "reject", "sshsig"),
        ("jun", "approve", "sshsig"),
        ("mara", "approve", "sshsig"),
    ]


def test_taking_in_again_changes_nothing(signing: KeyedDesk, laptop: KeyedDesk) -> None:
    laptop.does("sign", REQUEST, *seen(signing), *key("mara"))
    signing.does("collect", str(laptop.directory))
    before = signing("history", "--json").json

    again = signing("collect", str(laptop.directory))

    assert (again.code, again.out.split()[:2]) == (0, ["on", "record"])
    assert signing("history", "--json").json == before


def test_what_was_interrupted_is_finished_by_running_it_again(signing: KeyedDesk, laptop: KeyedDesk) -> None:
    for person in ("jun", "mara"):
        laptop.does("sign", REQUEST, *seen(signing), *key(person))
    replies = back(laptop, signing)

    class Full:
        encoding = "utf-8"

        def write(self, text: str) -> int:
            raise KeyboardInterrupt

        def flush(self) -> None: ...

        def isatty(self) -> bool:
            return False

    stopped = signing("collect", *replies, stdout=Full())
    assert stopped.code == 130
    assert len(decisions(signing)) == 1

    signing.does("collect", *replies)

    assert [person for person, *_ in decisions(signing)] == ["jun", "mara"]


def test_a_basis_that_moved_is_refused_and_told_with_what_changed(signing: KeyedDesk, laptop: KeyedDesk) -> None:
    laptop.does("sign", REQUEST, *seen(signing), *key("mara"))
    signing.does("review", "aurora", "biosecurity", "unacceptable", *by("jun"))

    result = signing("collect", str(laptop.directory))
    told = signing("collect", str(laptop.directory), "--json").json["replies"][0]

    assert result.code == 1
    assert "what this approval rests on has changed" in words(result.out)
    assert "since it was signed: new: jun as safety found biosecurity unacceptable" in words(result.out)
    assert (told["result"], told["actor"]) == ("refused", "mara")
    assert told["changed"] == ["new: jun as safety found biosecurity unacceptable"]
    assert told["error"]["reason"] == "sign-off-rejected"
    assert decisions(signing) == []


def spoilt(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"mara", b"mary"))


@pytest.mark.parametrize(
    ("spoil", "result"),
    [
        (lambda path: path.write_text("not even JSON"), "no reply"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "no reply"),
        (lambda path: path.write_text("{}"), "no reply"),
        (spoilt, "no reply"),
        (lambda path: (path.unlink(), path.mkdir()), "no reply"),
    ],
)
def test_one_that_cannot_be_read_keeps_no_other_out(
    signing: KeyedDesk, laptop: KeyedDesk, spoil: Callable[[Path], object], result: str
) -> None:
    laptop.does("sign", REQUEST, *seen(signing), *key("mara"))
    laptop.does("sign", REQUEST, *seen(signing), *key("jun"))
    spoil(laptop.directory / f"{REQUEST}.mara.reply")

    collected = signing("collect", str(laptop.directory), "--json")

    assert collected.code == 2
    assert [(Path(item["file"]).name, item["result"]) for item in collected.json["replies"]] == [
        (f"{REQUEST}.jun.reply", "taken"),
        (f"{REQUEST}.mara.reply", result),
    ]
    assert decisions(signing) == [("jun", "approve", "sshsig")]


@pytest.mark.parametrize("place", ["nowhere.reply", "keys", "."])
def test_where_there_is_no_reply_it_is_said(signing: KeyedDesk, place: str) -> None:
    result = signing("collect", place)

    assert result.code == 2
    assert result.out.startswith("no reply")


def test_a_reply_to_a_release_that_is_not_here_is_told_and_not_recorded(
    keyed: KeyedDesk, signing: KeyedDesk, laptop: KeyedDesk, with_keys: Path, tmp_path: Path
) -> None:
    laptop.does("sign", REQUEST, "--reject", *key("mara"))
    shutil.copytree(with_keys, tmp_path / "elsewhere")
    other = KeyedDesk(tmp_path / "elsewhere")

    result = other("collect", str(laptop.directory), "--json")

    assert result.code == 2
    assert result.json["replies"][0]["result"] == "not taken"
    assert "no release 'aurora'" in result.json["replies"][0]["error"]["message"]


def test_a_reply_may_be_in_one_s_own_words_and_expire(signing: KeyedDesk, laptop: KeyedDesk) -> None:
    more = ("--expires", "7d", "--condition", "it is quantized", "--require", "run it again")
    laptop.does("sign", REQUEST, *seen(signing), *more, *key("mara", "Łucja and I read it."))

    signing.does("collect", str(laptop.directory))

    entry = signing("history", "-n", "1", "--json").json[0]
    assert entry["texts"] == {
        "rationale": "Łucja and I read it.",
        "condition.1": "it is quantized",
        "requirement.1": "run it again",
    }
    assert entry["events"][0]["binding"]["expires"] == "2025-07-08T09:00:00.000000Z"


def test_fourteen_people_sign_at_once_with_keys_of_their_own(keyed: KeyedDesk) -> None:
    people = [f"signer{place:02}" for place in range(14)]
    for person in people:
        keyed.does("roster", "add", person, "--role", "safety", *keyed.signed("ops"))
        keyed.enrol(person)
    text = (keyed.directory / "signed.yaml").read_text().replace("process: signed", "process: fourteen")
    text = text.replace("sign_offs: {role: safety, count: 2}", "sign_offs: {role: safety, count: 14}")
    (keyed.directory / "fourteen.yaml").write_text(text)
    keyed.does("charter", "allow", "fourteen.yaml", "--up-to", "weights", *keyed.signed("ops"))
    keyed.does("start", "aurora", "model", "--process", "fourteen", "--author", "ada", *by("lee"))
    keyed.does("advance", "aurora", "submit", *by("lee"))
    keyed.does("request", "aurora", "publish", "-o", REQUEST)
    laptop, basis = sent(keyed), keyed.basis()

    def sign(person: str) -> Result:
        return laptop("sign", REQUEST, "--approve", "--seen", basis, *key(person))

    with ThreadPoolExecutor(len(people)) as pool:
        assert [result.code for result in pool.map(sign, people)] == [0] * 14
    replies = back(laptop, keyed)
    assert keyed("collect", *replies[::-3], *replies).code == 0

    assert sorted(decisions(keyed)) == [(person, "approve", "sshsig") for person in people]
    assert "sign-offs safety: 14 of 14" in words(keyed("explain", "aurora", "publish", "--all").out)
    assert keyed("audit", "verify").code == 0


def test_a_reply_on_record_that_counts_no_more_says_so_and_why(laptop: KeyedDesk, signing: KeyedDesk) -> None:
    laptop.does("sign", REQUEST, *seen(signing), *key("mara"))
    (name,) = back(laptop, signing)
    assert "taken" in signing.does("collect", name).out
    assert "it does not count" not in words(signing.does("collect", name).out)
    signing.does("advance", "aurora", "stop", *by("lee"))

    again = signing.does("collect", name)

    assert "on record" in again.out
    assert "it does not count now: mara (" in words(again.out)
    (reply,) = signing.does("collect", name, "--json").json["replies"]
    assert reply["ignored"].startswith("mara (")


def test_whoever_signs_with_a_key_that_the_request_does_not_know_is_warned(
    laptop: KeyedDesk, signing: KeyedDesk
) -> None:
    make_key(laptop.key("another"))

    result = laptop.does("sign", REQUEST, "--as", "mara", "--role", "safety", *seen(signing), *key("another"))

    assert "warning: the request does not know the key SHA256:" in words(result.err)
    assert "warning" not in laptop.does("sign", REQUEST, *seen(signing), *key("jun")).err
