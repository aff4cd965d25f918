"""A checkpoint leaves only where the ledger goes on from every one before it, and is remembered before it is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import ADMINISTRATOR, WHY, Lab, refused
from tests.integration.engine.logged import Logged, note_of
from workflow import CheckpointMissing, HistoryForked, InvalidInput, LedgerError, LogUnusable, vouch
from workflow.checkpoints import Heads, LogKey, is_signed
from workflow.checkpoints.heads import Remembered
from workflow.ledger.note import COSIGNATURE, ED25519, NoteKey


@pytest.fixture
def logged(empty: Lab) -> Logged:
    return Logged.named(empty)


def remembered(logged: Logged) -> Remembered:
    found = Heads(logged.keys / "heads", logged.engine.roster().origin).read()
    assert found is not None
    return found


def test_a_checkpoint_says_what_the_tree_of_all_entries_is_and_is_genuine(logged: Logged) -> None:
    size = logged.grow(3)

    made = logged.engine.checkpoint()

    assert (made.size, made.root) == (size, logged.lab.engine.audit().root)
    assert made.origin == made.names[0] == logged.lab.engine.roster().origin
    vouched = vouch(made.note, given=[logged.vkey])
    assert (vouched.verified, vouched.signed_by, vouched.known_from) == (True, logged.vkey, "given")
    assert logged.engine.check_checkpoint(made.note).known_from == "ledger"


def test_of_one_tree_there_is_one_checkpoint_and_it_is_remembered(logged: Logged) -> None:
    first = logged.engine.checkpoint()

    again = logged.open().checkpoint()

    assert again == first == logged.engine.latest_checkpoint()
    assert remembered(logged).head == note_of(first.note)


def test_each_checkpoint_goes_on_from_the_one_before(logged: Logged) -> None:
    for count in (1, 1, 5, 2):
        logged.grow(count)
        made = logged.engine.checkpoint()
        assert logged.engine.latest_checkpoint() == made


def test_a_backup_that_was_put_back_gives_out_nothing_until_it_is_the_same_history_again(logged: Logged) -> None:
    backup = logged.copied("backup.db")
    logged.grow(2)
    given = logged.engine.checkpoint()
    now = logged.copied("now.db")

    logged.put_back(backup)
    with pytest.raises(HistoryForked, match="never gets smaller") as below:
        logged.engine.checkpoint()
    logged.grow(3)
    with pytest.raises(HistoryForked) as beside:
        logged.engine.checkpoint()

    assert (below.value.known_size, below.value.known_root) == (given.size, given.root)
    assert below.value.size == given.size - 2
    assert beside.value.size == given.size + 1
    for error in (below, beside):
        assert str(given.size) in error.value.message
        assert given.root[:16] in error.value.message
        assert error.value.root[:16] in error.value.message
    logged.put_back(now)
    assert logged.engine.checkpoint() == given


def test_two_copies_that_went_on_apart_cannot_both_give_out_checkpoints(logged: Logged) -> None:
    copy = logged.copied("copy.db")
    logged.grow()
    given = logged.engine.checkpoint()
    logged.put_back(copy)
    logged.lab.engine.add_person("another", actor=ADMINISTRATOR, rationale=WHY)

    with pytest.raises(HistoryForked) as caught:
        logged.engine.checkpoint()

    assert caught.value.size == caught.value.known_size == given.size
    assert caught.value.root != caught.value.known_root


def test_without_a_key_or_with_one_that_the_ledger_does_not_name_nothing_is_signed(empty: Lab) -> None:
    logged = Logged(empty)

    with pytest.raises(LogUnusable, match="does not name"):
        logged.engine.checkpoint()
    with pytest.raises(LogUnusable, match=r"there is no key in .* yet") as early:
        logged.open(logged.keys / "unmade" / "log").checkpoint()
    assert f"holdfast checkpoint new-key {logged.keys / 'unmade' / 'log'}" in (early.value.remedy or "")
    with pytest.raises(InvalidInput, match="nothing says where the log's key is"):
        empty.engine.checkpoint()
    logged.name()
    logged.engine.checkpoint()
    for place in (logged.keys / "elsewhere", logged.keys / "elsewhere" / "log"):
        with pytest.raises(LogUnusable, match="there is no key") as lost:
            logged.open(place).checkpoint()
        assert logged.vkey in lost.value.message
        for advice in ("log_key", "Lost key", "new-key", "roster log-key"):
            assert advice in (lost.value.remedy or "")


def test_what_was_given_out_and_is_forgotten_is_said_and_not_guessed(logged: Logged) -> None:
    given = logged.engine.checkpoint()
    Heads(logged.keys / "heads", given.origin).path.unlink()
    logged.grow()

    with pytest.raises(LedgerError, match=r"nothing in .* says what was given out") as caught:
        logged.engine.checkpoint()
    assert "holdfast checkpoint remember" in (caught.value.remedy or "")
    with pytest.raises(LedgerError, match="no directory"):
        logged.open(log_heads=logged.keys / "elsewhere").checkpoint()

    assert logged.engine.remember_checkpoint(given.note) == given
    assert logged.engine.checkpoint().size == given.size + 1
    with pytest.raises(InvalidInput, match="is remembered that"):
        logged.engine.remember_checkpoint(given.note)
    with pytest.raises(InvalidInput, match="is remembered that"):
        logged.engine.remember_checkpoint(None)


def test_a_memory_that_was_begun_too_early_gives_way_to_what_goes_on_from_it(logged: Logged) -> None:
    early = logged.engine.checkpoint()
    logged.grow(3)
    late = logged.engine.checkpoint()
    Heads(logged.keys / "heads", early.origin).path.unlink()
    logged.engine.remember_checkpoint(early.note)

    assert logged.engine.remember_checkpoint(late.note) == late
    assert logged.engine.latest_checkpoint() == late
    with pytest.raises(InvalidInput, match=f"is remembered that {late.size} entries"):
        logged.engine.remember_checkpoint(early.note)


def test_what_is_remembered_gives_way_to_nothing_that_is_of_another_history(logged: Logged) -> None:
    backup = logged.copied("backup.db")
    logged.grow(2)
    given = logged.engine.checkpoint()
    memory = Heads(logged.keys / "heads", given.origin)
    ours = memory.path.read_bytes()
    now = logged.copied("now.db")
    logged.put_back(backup)
    memory.path.unlink()
    logged.engine.remember_checkpoint(None)
    for name in ("another", "a-third", "a-fourth"):
        logged.lab.engine.add_person(name, actor=ADMINISTRATOR, rationale=WHY)
    other = logged.engine.checkpoint()
    memory.path.write_bytes(ours)

    with pytest.raises(HistoryForked):  # here the ledger goes on from the new one, and not from what is remembered
        logged.engine.remember_checkpoint(other.note)
    logged.put_back(now)
    logged.grow(4)
    with pytest.raises(HistoryForked):  # and here the other way round
        logged.engine.remember_checkpoint(other.note)

    assert memory.path.read_bytes() == ours


def test_a_memory_that_was_damaged_or_is_another_s_is_said(logged: Logged) -> None:
    given = logged.engine.checkpoint()
    file = Heads(logged.keys / "heads", given.origin).path
    whole = file.read_bytes()
    said = json.loads(whole)
    for spoiled in (
        b"",
        whole[:-1],
        whole.replace(b"holdfast-head", b"holdfast-hood"),
        json.dumps({**said, "head": said["head"].replace(f"\n{given.size}\n", "\n0\n")}).encode(),
        json.dumps({**said, "head": 7}, separators=(",", ":")).encode(),
        whole.replace(given.origin.encode(), given.origin.encode()[::-1]),
    ):
        file.write_bytes(spoiled)
        with pytest.raises(LedgerError, match="is damaged"):
            logged.engine.checkpoint()
    file.write_bytes(whole)
    file.chmod(0o666)
    with pytest.raises(InvalidInput, match="others can write it"):
        logged.engine.checkpoint()


def test_a_head_that_no_key_of_the_ledger_signed_is_nothing_to_go_on_from(logged: Logged) -> None:
    given = logged.engine.checkpoint()
    heads = Heads(logged.keys / "heads", given.origin)
    stranger = Logged(logged.lab, name="stranger")
    note = note_of(given.note)
    signer = LogKey.read(stranger.key, given.origin)
    heads.write(Remembered(type(note)(note.text).with_signature(signer.key, signer.sign(note.text.encode()))))

    with pytest.raises(LedgerError, match="signed with no key that this ledger names"):
        logged.engine.checkpoint()


# What an audit compares


def test_an_audit_holds_the_ledger_against_what_is_remembered_as_given_out(logged: Logged) -> None:
    given = logged.engine.checkpoint()
    logged.grow()

    report = logged.engine.audit()

    assert report.outcome == "ok"
    assert report.trusted == (f"entries 1 to {given.size} are those of the checkpoint of {given.size} entries",)
    # Who has kept the same adds nothing, and an engine that knows of no memory compares nothing.
    assert logged.engine.audit(checkpoints=[given.note]).trusted == report.trusted
    assert logged.lab.engine.audit().trusted == ()


@pytest.mark.parametrize(("more", "kind"), [(0, "rolled-back"), (1, "rolled-back"), (2, "rewritten"), (3, "rewritten")])
def test_an_audit_of_a_fork_that_the_memory_knows_of_fails(logged: Logged, more: int, kind: str) -> None:
    backup = logged.copied("backup.db")
    logged.grow(2)
    given = logged.engine.checkpoint()
    logged.put_back(backup)
    for number in range(more):
        logged.lab.engine.add_person(f"another-{number}", actor=ADMINISTRATOR, rationale=WHY)

    report = logged.engine.audit()

    assert (report.outcome, [item.kind for item in report.problems]) == ("failed", [kind])
    assert str(given.size) in report.problems[0].message
    assert logged.lab.engine.audit().outcome == "ok"


def test_an_audit_that_finds_no_memory_says_that_nothing_was_compared(logged: Logged) -> None:
    memory = Heads(logged.keys / "heads", logged.engine.roster().origin)

    assert "remembers that nothing was yet" in logged.engine.audit().not_covered[0]
    logged.engine.checkpoint()
    whole = memory.path.read_bytes()
    memory.path.unlink()
    report = logged.engine.audit()
    assert (report.outcome, "nothing in" in report.not_covered[0]) == ("ok", True)
    assert "compared with no checkpoint that it gave out" in report.not_covered[0]
    memory.path.write_bytes(whole)
    memory.path.chmod(0o666)
    assert "others can write it" in logged.engine.audit().not_covered[0]
    memory.path.chmod(0o600)
    memory.path.write_bytes(whole[:-1])
    report = logged.engine.audit()
    assert (report.outcome, report.problems[0].kind) == ("failed", "unreadable")


def test_a_report_of_a_fork_that_the_memory_knows_of_fails_too(lab: Lab) -> None:
    lab.in_review()
    logged = Logged.named(lab)
    backup = logged.copied("backup.db")
    logged.grow()
    given = logged.engine.checkpoint()
    assert logged.engine.report("aurora").proof.audit.outcome == "partial"  # type: ignore[union-attr]
    logged.put_back(backup)

    found = logged.engine.report("aurora").proof.audit

    assert found is not None
    assert (found.outcome, [item.kind for item in found.problems]) == ("failed", ["rolled-back"])
    assert str(given.size) in found.problems[0].message


# The key


def test_the_next_key_takes_over_where_the_old_one_ends_and_is_bound_by_what_that_gave_out(logged: Logged) -> None:
    before = logged.engine.checkpoint()
    fresh = Logged(logged.lab, name="fresh")
    with pytest.raises(InvalidInput, match="does not name"):
        fresh.engine.checkpoint()

    ended = fresh.name()
    last = logged.engine.checkpoint()
    again = fresh.engine.checkpoint()
    size = logged.grow()
    with pytest.raises(InvalidInput, match=f"replaced in entry {ended}"):
        logged.engine.checkpoint()
    after = fresh.engine.checkpoint()

    assert (last.size, again.size, after.size) == (ended, ended, size)
    named = logged.lab.engine.roster().log_keys
    assert [(item.key, item.entry, item.ended) for item in named] == [
        (logged.vkey, before.size, ended),
        (fresh.vkey, ended, None),
    ]
    for made, key in ((before, logged.vkey), (last, logged.vkey), (again, fresh.vkey), (after, fresh.vkey)):
        vouched = logged.engine.check_checkpoint(made.note)
        assert (vouched.verified, vouched.signed_by, vouched.unverified) == (True, key, ())


def test_a_stolen_key_s_checkpoints_beyond_its_end_count_for_nothing(logged: Logged) -> None:
    thief = LogKey.read(logged.key, logged.engine.roster().origin)
    fresh = Logged(logged.lab, name="fresh")
    ended = fresh.name()
    logged.grow()
    genuine = note_of(fresh.engine.checkpoint().note)

    forged = type(genuine)(genuine.text).with_signature(thief.key, thief.sign(genuine.text.encode()))
    vouched = logged.engine.check_checkpoint(forged.to_bytes())

    assert is_signed(forged, thief.key)
    assert (vouched.verified, vouched.signed_by) == (False, None)
    assert f"from 2 entries up to {ended} only" in " ".join(vouched.unverified)
    # Whoever held that key themselves, and knows the ledger, is told the same.
    assert not logged.engine.check_checkpoint(forged.to_bytes(), log_keys=[logged.vkey]).verified


def test_a_new_key_is_bound_by_what_the_old_one_gave_out(logged: Logged) -> None:
    backup = logged.copied("backup.db")
    logged.grow(4)
    given = logged.engine.checkpoint()
    logged.put_back(backup)
    fresh = Logged(logged.lab, name="fresh")
    fresh.name()

    with pytest.raises(HistoryForked) as caught:
        fresh.engine.checkpoint()

    assert caught.value.known_size == given.size


def test_a_key_in_another_place_knows_nothing_of_what_was_given_out_and_says_so(logged: Logged) -> None:
    logged.engine.checkpoint()
    (logged.lab.directory / "elsewhere").mkdir()
    logged.key = logged.lab.directory / "elsewhere" / "log"
    fresh = logged.open()
    logged.name(fresh.new_log_key())

    with pytest.raises(LedgerError, match="no directory"):
        fresh.checkpoint()
    logged.open(log_heads=logged.keys / "heads").checkpoint()


def test_only_a_key_that_is_the_log_s_and_nobody_s_can_be_named(keyed: Keyed) -> None:
    origin = keyed.origin
    mara = keyed.hands["mara"].public.numbers.point
    fresh = keyed.hands.take_up("sam", 7)
    log = NoteKey(origin, ED25519, fresh.public.numbers.point)
    for vkey, why in (
        (str(NoteKey(origin, ED25519, mara)), "mara's own"),
        (str(NoteKey("elsewhere.example", ED25519, log.public)), "for elsewhere.example"),
        (str(NoteKey(origin, COSIGNATURE, log.public)), "a witness's"),
        (f"{log} ", "without blanks"),
        (str(log).replace(log.id.hex(), "00000000"), "does not have the id"),
        (str(NoteKey(origin, ED25519, bytes(32))), "none at all"),
        ("nonsense", "no key for checkpoints"),
    ):
        with pytest.raises(InvalidInput, match=why):
            keyed.tick().name_log_key(vkey, actor=ADMINISTRATOR, rationale=WHY)
    keyed.tick().name_log_key(str(log), actor=ADMINISTRATOR, rationale=WHY)
    with pytest.raises(InvalidInput, match="named already"):
        keyed.tick().name_log_key(str(log), actor=ADMINISTRATOR, rationale=WHY)
    with pytest.raises(InvalidInput, match="the log's own key"):
        keyed.enrol("sam", fresh)
    with refused("not-administrator"):
        keyed.claimed.name_log_key(str(log), actor="lee", rationale=WHY)


def test_it_takes_as_many_administrators_as_any_other_change(tmp_path: Path) -> None:
    lab = Lab(tmp_path, threshold=2)
    logged = Logged(lab)
    proposed = logged.name()

    with pytest.raises(InvalidInput, match="does not name"):
        logged.engine.checkpoint()
    lab.tick().approve_change("C1", actor="bob", rationale=WHY)

    assert logged.engine.checkpoint().size == proposed + 1
    lab.audited()
    lab.close()


# After every change


@pytest.mark.parametrize("settings", [{"checkpoints": "alwys"}, {"checkpoints": None}])
def test_a_word_that_says_nothing_of_when_is_refused_at_opening(logged: Logged, settings: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="asked or always"):
        logged.open(**settings)


def test_always_without_a_key_would_be_never_and_is_refused_at_opening(empty: Lab) -> None:
    with pytest.raises(InvalidInput, match="where the log's key is") as caught:
        empty.open(checkpoints="always")
    assert "log_key" in (caught.value.remedy or "")


def test_where_it_is_set_every_change_has_its_checkpoint(logged: Logged) -> None:
    always = logged.open(checkpoints="always")

    for _ in range(3):
        size = logged.grow(engine=always)
        made = always.latest_checkpoint()
        assert made is not None
        assert made.size == size
    done = always.add_person("eve", actor=ADMINISTRATOR, rationale=WHY)
    assert done.checkpoint == done.entry
    before = always.add_person("ada", actor=ADMINISTRATOR, rationale=WHY, command_id="once")
    assert always.add_person("ada", actor=ADMINISTRATOR, rationale=WHY, command_id="once").entry == before.entry


def test_a_change_whose_checkpoint_fails_stands_and_says_so(logged: Logged) -> None:
    always = logged.open(checkpoints="always")
    logged.key.chmod(0o644)

    with pytest.raises(CheckpointMissing, match="is on record, entry 3, but no checkpoint says so") as caught:
        logged.grow(engine=always)

    assert (caught.value.entry, caught.value.cause.code) == (3, "log-unusable")
    assert caught.value.diagnostics()["why"] == "log-unusable"
    assert len(logged.lab.entries()) == 3
    logged.key.chmod(0o600)
    assert logged.engine.checkpoint().size == 3


def test_what_is_signed_elsewhere_or_restored_is_followed_by_a_checkpoint_too(logged: Logged) -> None:
    always = logged.open(checkpoints="always").without_key()

    logged.grow(engine=always)

    made = logged.engine.latest_checkpoint()
    assert made is not None
    assert made.size == 3
