"""Requests and replies that somebody changed, forged or exchanged on their way, as files and on the command line."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attacked import WHY
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from signed_lab import SignedLab

from tests.support.hands import Hand
from workflow import InvalidInput, Refused, SignOffRejected, ledger
from workflow.cli import Session, run
from workflow.exchange import ActRequest, Reply, Request, read_request

Json = dict[str, Any]
TAKEN, REFUSED, UNREADABLE, INTEGRITY = 0, 1, 2, 3


def request_of(lab: SignedLab) -> Request:
    assert lab.engine is not None
    return lab.engine.request("aurora", "publish")


def reply_of(lab: SignedLab, person: str = "mara", **settings: Any) -> Reply:
    """Somebody's approval, signed far from the ledger, under a condition and with a requirement."""
    facts = {"conditions": ["If it can be quantized."], "requirements": [("Quantize it.", "safety")], **settings}
    return request_of(lab).reply(person, "approve", "safety", WHY, lab.hands[person], **facts)


def holdfast(lab: SignedLab, *args: str) -> tuple[int, Any]:
    """One command, its exit code and its answer."""
    lab.close()
    streams = [io.StringIO() for _ in range(2)]
    environment = {"HOLDFAST_DATABASE_URL": lab.url, "NO_COLOR": "1"}
    session = Session(lab.directory, environment, io.StringIO(), *streams, clock=lab.clock)
    code = run([*args, "--json"], session=session)
    lab.open()
    return code, json.loads(streams[0].getvalue() or streams[1].getvalue())


def collected(lab: SignedLab, *files: bytes) -> tuple[int, list[Json]]:
    """The files taken in from a directory: the exit code, and what became of each."""
    inbox = lab.directory / "inbox"
    inbox.mkdir(exist_ok=True)
    for old in inbox.iterdir():
        old.unlink()
    for number, data in enumerate(files):
        (inbox / f"{number:03}.reply").write_bytes(data)
    code, told = holdfast(lab, "collect", str(inbox))
    return code, told["replies"]


def with_fields(change: Callable[[Json], object]) -> Callable[[bytes], bytes]:
    def altered(data: bytes) -> bytes:
        value = json.loads(data)
        change(value)
        return json.dumps(value).encode()

    return altered


def with_command(**facts: Any) -> Callable[[bytes], bytes]:
    return with_fields(lambda value: value["command"].update(facts))


def with_text(name: str, **facts: Any) -> Callable[[bytes], bytes]:
    return with_fields(lambda value: value["texts"][name].update(facts))


def words_into_salt(value: Json) -> None:
    """The place between salt and words is moved by a letter."""
    text = value["texts"]["rationale"]
    text["salt"] += text["text"][:1].encode().hex()
    text["text"] = text["text"][1:]


UNFIT: dict[str, Callable[[bytes], bytes]] = {
    "another role": with_command(role="security"),
    "another decision": with_command(decision="reject"),
    "another person": with_command(actor="jun"),
    "another release": with_command(release="borealis"),
    "another transition": with_command(transition="submit"),
    "another basis": with_command(basis="0" * 64),
    "no conditions": with_command(conditions=[]),
    "no requirements": with_command(requirements=[]),
    "a requirement for somebody else": with_command(requirements=[{"text": "requirement.1", "discharged_by": "legal"}]),
    "an earlier approval to reaffirm": with_command(cites="S1"),
    "a field that no command has": with_command(urgent=True),
    "another command": with_command(command="unsign"),
    "no such command": with_command(command="publish"),
    "another reason": with_text("rationale", text="because it is late"),
    "a reason that says nothing": with_text("rationale", text="."),
    "another condition": with_text("condition.1", text="If it rains."),
    "no condition": with_fields(lambda value: value["texts"].pop("condition.1")),
    "a condition more": with_fields(lambda value: value["texts"].update({"condition.2": value["texts"]["rationale"]})),
    "another salt": with_text("rationale", salt="00" * 32),
    "no salt": with_text("rationale", salt=""),
    "words moved into the salt": with_fields(words_into_salt),
    "two texts exchanged": with_fields(
        lambda value: value.update(texts=dict(zip(value["texts"], reversed(value["texts"].values()), strict=True)))
    ),
    "files that belong to nothing": with_fields(lambda value: value.update(blobs={"0" * 64: "AA=="})),
    "another's key": with_fields(lambda value: value.update(key=Hand("jun").public.line)),
    "no key": with_fields(lambda value: value.update(key="")),
    "no signature": with_fields(lambda value: value.update(signature="")),
    "the word unsigned": with_fields(lambda value: value.update(signature="unsigned")),
    "a signature that is no text": with_fields(lambda value: value.update(signature="\u0430")),
    "no statement": with_fields(lambda value: value.update(statement="")),
    "a statement with a blank": with_fields(lambda value: value.update(statement=value["statement"] + " ")),
    "a statement with a name twice": with_fields(
        lambda value: value.update(statement=value["statement"].replace("{", '{"_type":"x",', 1))
    ),
    "a field more": with_fields(lambda value: value.update(note="x")),
    "a field less": with_fields(lambda value: value.pop("texts")),
    "another kind": with_fields(lambda value: value.update(kind="holdfast-request")),
    "a later format": with_fields(lambda value: value.update(format=2)),
    "a truth for its format": with_fields(lambda value: value.update(format=True)),
    "a name that stands twice": lambda data: data.replace(b'"kind"', b'"kind": "holdfast-reply",\n "kind"', 1),
    "a role that stands twice": lambda data: data.replace(b'"role"', b'"role": "security", "role"', 1),
    "no JSON": lambda _: b"PK\x03\x04",
    "nothing": lambda _: b"",
    "depth": lambda _: b"[" * 200_000,
    "a megabyte of it": lambda data: data.replace(b'"signature": "', b'"signature": "' + b"A" * 1_000_000),
    "more than anybody reads": lambda data: data + b" " * (17 * 1024 * 1024),
    "another alphabet": lambda data: data.decode().encode("utf-16"),
}


@pytest.mark.parametrize("how", UNFIT)
def test_row_30_a_reply_whose_parts_do_not_fit_each_other_leaves_nothing_and_uses_nothing_up(
    signed: SignedLab, how: str
) -> None:
    genuine = reply_of(signed).to_bytes()
    before = signed.size()
    changed = UNFIT[how](genuine)
    assert changed != genuine

    with pytest.raises(InvalidInput):
        Reply.from_bytes(changed)
    code, replies = collected(signed, changed)

    assert (code, [item["result"] for item in replies]) == (UNREADABLE, ["no reply"])
    assert signed.size() == before
    assert collected(signed, genuine)[0] == TAKEN
    assert signed.problems() == set()


def signed_by(hand: Hand, namespace: str = "holdfast") -> Callable[[SignedLab, bytes], bytes]:
    """The same reply, with a signature of another key, which it names."""

    def altered(_: SignedLab, data: bytes) -> bytes:
        value = json.loads(data)
        value["signature"] = hand.sign(value["statement"].encode(), namespace).decode()
        value["key"] = hand.public.line
        return json.dumps(value).encode()

    return altered


def of_other_bytes(lab: SignedLab, data: bytes) -> bytes:
    value = json.loads(data)
    value["signature"] = lab.hands["mara"].sign(b"other bytes", "holdfast").decode()
    return json.dumps(value).encode()


def by_a_revoked_key(lab: SignedLab, data: bytes) -> bytes:
    old = Hand("mara", 7)
    lab.enrol("mara", old, before=lab.hands["mara"])
    assert lab.engine is not None
    lab.agreed(lab.by("ana").revoke_key(old.fingerprint, actor="ana", rationale=WHY))
    return signed_by(old)(lab, data)


FORGED: dict[str, Callable[[SignedLab, bytes], bytes]] = {
    "by another signer": signed_by(Hand("jun")),
    "by a stranger": signed_by(Hand("eve")),
    "by an administrator": signed_by(Hand("ana")),
    "by a revoked key of the person's": by_a_revoked_key,
    "for another namespace": signed_by(Hand("mara"), "file"),
    "of other bytes": of_other_bytes,
}


@pytest.mark.parametrize("how", FORGED)
def test_row_5_a_forged_reply_is_refused_on_record_and_uses_nothing_up(signed: SignedLab, how: str) -> None:
    genuine = reply_of(signed).to_bytes()
    forged = FORGED[how](signed, genuine)
    before = signed.size()

    with pytest.raises(Refused) as refusal:
        assert signed.engine is not None
        signed.engine.collect(Reply.from_bytes(forged))
    assert refusal.value.reason == "signature-invalid"
    code, replies = collected(signed, forged, forged)

    assert (code, [item["result"] for item in replies]) == (REFUSED, ["refused", "refused"])
    assert {item["error"]["code"] for item in replies} == {"refused"}
    assert signed.size() == before + 1  # the same file again is the same attempt
    assert signed.counted() == set()
    assert collected(signed, genuine)[1][0]["result"] == "taken"
    assert signed.counted() == {"mara"}
    assert signed.problems() == set()


def test_row_23_a_directory_full_of_forged_replies_does_not_hide_the_genuine_one(signed: SignedLab) -> None:
    genuine = reply_of(signed).to_bytes()
    forged = [signed_by(Hand("eve", number))(signed, genuine) for number in range(20)]
    unfit = [change(genuine) for change in list(UNFIT.values())[:10]]
    basis = signed.basis()

    code, replies = collected(signed, *forged[:10], *unfit, genuine, genuine, *forged[10:])

    results = [item["result"] for item in replies]
    assert (code, results.count("taken"), results.count("on record")) == (UNREADABLE, 1, 1)
    assert (results.count("refused"), results.count("no reply")) == (20, 10)
    assert signed.counted() == {"mara"} and signed.basis() == basis
    again = [item["result"] for item in collected(signed, genuine)[1]]
    assert again == ["on record"]
    assert signed.problems() == set()


@pytest.mark.parametrize("what", ["a link", "a pipe", "a directory"])
def test_row_31_what_is_no_file_of_its_own_is_not_waited_for(signed: SignedLab, what: str) -> None:
    inbox = signed.directory / "inbox"
    inbox.mkdir()
    place = inbox / "a.reply"
    if what == "a link":
        place.symlink_to(inbox / "b.reply")
        (inbox / "b.reply").symlink_to(place)
    elif what == "a pipe":
        os.mkfifo(place)
    else:
        place.mkdir()
    (inbox / "z.reply").write_bytes(reply_of(signed).to_bytes())

    code, told = holdfast(signed, "collect", str(inbox))

    assert code == UNREADABLE
    assert [item["result"] for item in told["replies"]][-1] == "taken"


# Replays.


def back_and_forth(lab: SignedLab) -> None:
    assert lab.engine is not None
    lab.engine.advance("aurora", "back", actor="mara", rationale=WHY)
    lab.engine.advance("aurora", "submit", actor="lee", rationale=WHY)


def other_bytes(lab: SignedLab) -> None:
    assert lab.engine is not None
    folder = lab.model(weights="worse weights")
    lab.engine.replace_candidate("aurora", folder, authors=["kim"], actor="lee", rationale=WHY)


def another_verdict(lab: SignedLab) -> None:
    lab.by("priya").review("aurora", "biosecurity", "unclear", role="safety", actor="priya", rationale=WHY)


MEANWHILE: dict[str, Callable[[SignedLab], None]] = {
    "another round": back_and_forth,
    "another candidate": other_bytes,
    "another basis": another_verdict,
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_row_9_a_reply_that_comes_when_things_have_changed_is_refused(signed: SignedLab, what: str) -> None:
    genuine = reply_of(signed).to_bytes()
    MEANWHILE[what](signed)
    before = signed.size()

    for _ in range(2):
        code, replies = collected(signed, genuine)
        assert (code, replies[0]["result"]) == (REFUSED, "refused")
        assert replies[0]["entry"] == signed.size() == before + 1
    assert signed.counted() == set()
    assert signed.problems() == set()


def test_row_9_a_reply_that_was_taken_back_does_not_come_back(signed: SignedLab) -> None:
    genuine = reply_of(signed).to_bytes()
    assert collected(signed, genuine)[1][0]["result"] == "taken"
    signed.by("mara").withdraw_sign_off("aurora", "S1", actor="mara", rationale=WHY)

    code, replies = collected(signed, genuine)

    assert (code, replies[0]["result"]) == (TAKEN, "on record")
    assert signed.counted() == set()


def test_row_9_a_reply_for_another_ledger_of_the_same_name_is_refused(signed: SignedLab, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = SignedLab(folder)
    other.create()
    other.in_review()
    elsewhere = reply_of(other).to_bytes()
    other.close()

    code, replies = collected(signed, elsewhere)

    assert (code, replies[0]["result"]) == (REFUSED, "refused")
    assert "its signer saw another ledger" in json.dumps(replies[0])
    assert signed.counted() == set()


# The request, on its way to whoever is asked.


def changed_request(lab: SignedLab, change: Callable[[Json], object]) -> Request:
    """A request that somebody changed, with a basis that fits it again."""
    value = json.loads(request_of(lab).to_bytes())
    change(value)
    names = ("candidate", "process", "round", "transition", "from", "to", "rests_on")
    parts = {"format": 1, "kind": "holdfast-basis", **{name: value[name] for name in names}}
    value["basis"] = ledger.digest(parts)
    found = read_request(json.dumps(value).encode())
    assert isinstance(found, Request)
    return found


MISLEADING: dict[str, Callable[[Json], object]] = {
    "another candidate": lambda value: value.update(candidate="0" * 64),
    "another process": lambda value: value.update(process="0" * 64),
    "another round": lambda value: value.update(round=9),
    "another release": lambda value: value.update(release="borealis"),
    "another destination": lambda value: value.update(to="testing"),
    "another source": lambda value: value.update(**{"from": "testing"}),
    "a lesser exposure": lambda value: value.update(exposure="internal"),
    "less that it rests on": lambda value: value["rests_on"].clear(),
    "another ledger": lambda value: value.update(origin="elsewhere.example"),
    "another history": lambda value: value["tree"].update(root="0" * 64),
    "a history that is still to come": lambda value: value["tree"].update(size=10**6),
    "a longer life": lambda value: value.update(lifetime=10**8),
    "a life without end": lambda value: value.update(lifetime=None),
    "another day": lambda value: value.update(at="2030-01-01T00:00:00.000000Z"),
    "a later roster": lambda value: value.update(roster_version=999),
}


@pytest.mark.parametrize("how", MISLEADING)
def test_row_29_what_somebody_signs_on_a_request_that_was_changed_is_not_taken(signed: SignedLab, how: str) -> None:
    """A signer may be misled about what there is. What they sign says so, and is for nothing else."""
    misled = changed_request(signed, MISLEADING[how])
    reply = misled.reply("mara", "approve", "safety", WHY, signed.hands["mara"])

    code, replies = collected(signed, reply.to_bytes())

    assert code in (REFUSED, UNREADABLE)
    assert replies[0]["result"] in ("refused", "not taken")
    assert signed.counted() == set()
    assert signed.problems() == set()


def test_row_29_a_request_whose_basis_is_not_that_of_its_parts_is_not_signed(signed: SignedLab) -> None:
    value = json.loads(request_of(signed).to_bytes())
    for change in ({"basis": "0" * 64}, {"candidate": "0" * 64}, {"rests_on": []}, {"round": 9}):
        with pytest.raises(InvalidInput, match="no request"):
            read_request(json.dumps({**value, **change}).encode())


def test_row_29_words_around_a_request_are_not_signed_and_change_nothing_that_is(signed: SignedLab) -> None:
    """Somebody makes a request look harmless: its label, who is excluded, what the gate says."""

    def harmless(value: Json) -> None:
        value["says"].update(label="a small update", process_label="easy@1")

    misled = changed_request(signed, harmless)
    reply = misled.reply("mara", "approve", "safety", WHY, signed.hands["mara"])
    plain = request_of(signed).reply("mara", "approve", "safety", WHY, signed.hands["mara"])

    assert "small update" not in reply.statement.decode()
    words = [item.read.predicate["meaning"] for item in (reply, plain)]
    assert words[0] == words[1] and "exposure weights" in words[0]


def lifting(lab: SignedLab) -> Json:
    """The request that sam lifts a hold of theirs."""
    assert lab.engine is not None
    lab.engine.hold("aurora", role="security", actor="sam", rationale=WHY)
    drafted = lab.engine.draft(lambda engine: engine.lift("aurora", "H1", role="security", actor="sam", rationale=WHY))
    value: Json = json.loads(drafted.to_bytes())
    return value


ACTS: dict[str, Callable[[Json], object]] = {
    "another hold in the words": lambda value: value["events"][0]["binding"].update(subject="H2"),
    "another hold in the request": lambda value: value["command"].update(subject="H2"),
    "another role in the request": lambda value: value["command"].update(role="safety"),
    "another release in the request": lambda value: value["command"].update(release="borealis"),
    "another person": lambda value: value.update(person="jun"),
    "another person in the request": lambda value: value["command"].update(actor="jun"),
    "another candidate": lambda value: value["events"][0].update(candidates=["0" * 64]),
    "another binding": lambda value: value["events"][0]["binding"].update(act="discharge"),
    "an event of another kind": lambda value: value["events"].insert(0, {"type": "return_declared", "schema": 1}),
    "no event": lambda value: value["events"].clear(),
    "another ledger": lambda value: value["events"][0]["binding"].update(origin="elsewhere.example"),
    "another history": lambda value: value["tree"].update(root="0" * 64),
    "no reason": lambda value: value["texts"].clear(),
}


@pytest.mark.parametrize("how", ACTS)
def test_row_29_a_request_for_an_act_that_was_changed_is_not_signed_or_not_taken(signed: SignedLab, how: str) -> None:
    value = lifting(signed)
    ACTS[how](value)
    standing = [hold.standing for hold in signed.engine.status("aurora").holds] if signed.engine else []

    try:
        asked = read_request(json.dumps(value).encode())
        assert isinstance(asked, ActRequest)
        reply = asked.reply(signed.hands[asked.person])
    except InvalidInput:
        reply = None
    if reply is not None:
        code, replies = collected(signed, reply.to_bytes())
        assert code in (REFUSED, UNREADABLE) and replies[0]["result"] in ("refused", "not taken")

    assert signed.engine is not None
    assert [hold.standing for hold in signed.engine.status("aurora").holds] == standing == [True]
    assert signed.problems() == set()


# The same on the command line, with the ledger at hand.


def key_file(lab: SignedLab, person: str) -> str:
    """Somebody's private key, as ssh-keygen keeps it."""
    path = lab.directory / f"{person}-key"
    made = lab.hands[person]._key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    path.touch(mode=0o600)
    path.write_bytes(made)
    path.with_suffix(".pub").write_text(lab.hands[person].line + "\n", encoding="utf-8")
    return str(path)


def sign(lab: SignedLab, person: str, *args: str) -> tuple[int, Any]:
    seen = lab.basis()
    words = ("--approve", "--role", "safety", "--seen", seen, "--as", person, "-m", WHY, "--no-hash")
    return holdfast(lab, "sign", "aurora", "publish", *words, *args)


def test_row_5_the_command_line_takes_no_name_without_its_key(signed: SignedLab) -> None:
    before = signed.size()
    code, told = sign(signed, "mara")
    assert (code, signed.size()) == (UNREADABLE, before)
    assert "must sign this" in json.dumps(told)

    code, told = sign(signed, "mara", "--key", key_file(signed, "jun"))
    assert code == REFUSED and "jun's" in json.dumps(told)
    assert signed.counted() == set()

    assert sign(signed, "mara", "--key", key_file(signed, "mara"))[0] == TAKEN
    assert signed.counted() == {"mara"}
    assert signed.problems() == set()


def test_row_7_the_author_s_own_key_opens_nothing_on_the_command_line_either(signed: SignedLab) -> None:
    code, _ = sign(signed, "kim", "--key", key_file(signed, "kim"))

    assert code == REFUSED
    with pytest.raises(SignOffRejected):
        request_of(signed).reply("kim", "approve", "safety", WHY, signed.hands["kim"])


def test_row_4_what_is_missing_is_waited_for_whatever_was_collected_beside_it(signed: SignedLab) -> None:
    request = request_of(signed)
    files = [
        request.reply(person, "approve", role, WHY, signed.hands[person]).to_bytes()
        for person, role in (("mara", "safety"), ("sam", "security"), ("priya", "security"))
    ]
    assert collected(signed, *files)[0] == TAKEN

    code, _ = holdfast(signed, "advance", "aurora", "publish", "--confirm", "aurora", "--as", "lee", "-m", WHY)
    assert code == 8
    assert signed.engine is not None and signed.engine.status("aurora").stage == "review"
