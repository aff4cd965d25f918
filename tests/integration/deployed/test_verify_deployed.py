"""A serving host learns, from a pack and its own files, whether these may be loaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.deployed.conftest import Host
from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import ADMINISTRATOR, WHY, made
from workflow import DeployedReport, Exposure, InvalidInput, LedgerError, NotFound, StorageError
from workflow.checkpoints import LogKey
from workflow.ledger.note import Note, NoteKey
from workflow.report import report_of_pack

DAY = timedelta(days=1)


def codes(report: DeployedReport) -> list[str]:
    return [reason.code for reason in report.reasons]


def states(report: DeployedReport) -> dict[str, str]:
    assert report.files is not None
    return {file.path: file.state for file in report.files}


def test_exactly_the_released_files_are_told_by_which_decision_and_who_signed_it(host: Host) -> None:
    host.publish()

    report = host.asks(host.pack())

    assert (report.outcome, report.reasons) == ("ok", ())
    assert set(states(report).values()) == {"same"} and len(states(report)) == 3
    assert report.released is not None and report.released.decision is not None
    decision = report.released.decision
    assert (decision.by, decision.trigger, decision.exposure, decision.process_label) == (
        "lee",
        "publish",
        Exposure.WEIGHTS,
        "lab@1",
    )
    assert {item.person: item.key for item in decision.approvals} == {
        person: host.lab.hands[person].fingerprint for person in ("mara", "jun", "sam")
    }
    assert [(item.kind, item.name) for item in report.vouched] == [("log key", host.lab.origin)]
    assert report.knowledge is not None and report.knowledge.by == f"entry {decision.entry}"


def test_the_report_of_the_same_pack_names_exactly_what_keeps_the_files_from_being_loaded(host: Host) -> None:
    host.publish()
    host.lab.hold()
    host.lab.start("twin", path=host.directory / "model")
    host.lab.advance("submit", "twin")
    host.lab.reject("mara", slug="twin")
    pack = host.pack()

    told, answer = report_of_pack(pack, log_keys=[host.vkey]), host.asks(pack)

    assert (told.summary.word, answer.outcome) == ("released, contested", "unknown")
    assert answer.released is not None
    asked = host.asks(pack, exposure=Exposure.WEIGHTS).released
    assert asked is not None and told.against == asked.against
    assert all(item.id in told.summary.text for item in asked.against)


def swapped(files: Path) -> None:
    (files / "model.safetensors").write_text("other weights")


def removed(files: Path) -> None:
    (files / "tokenizer.json").unlink()


def added(files: Path) -> None:
    (files / "modeling.py").write_text("print('loaded too')")


def renamed(files: Path) -> None:
    (files / "config.json").rename(files / "configuration.json")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (swapped, {"model.safetensors": "differs"}),
        (removed, {"tokenizer.json": "missing"}),
        (added, {"modeling.py": "extra"}),
        (renamed, {"config.json": "missing", "configuration.json": "extra"}),
    ],
)
def test_other_files_are_named_one_by_one_and_are_not_the_released_ones(
    host: Host, change: Callable[[Path], None], expected: dict[str, str]
) -> None:
    host.publish()
    pack = host.pack()
    change(host.files)

    report = host.asks(pack)

    assert (report.outcome, codes(report)) == ("no", ["other-files"])
    assert {path: state for path, state in states(report).items() if state != "same"} == expected


def test_what_is_in_review_is_not_released_whatever_lies_there(host: Host) -> None:
    report = host.asks(host.pack())

    assert (report.outcome, codes(report), report.files) == ("no", ["not-released"], None)


def test_what_was_withdrawn_is_not_loaded_and_it_is_said_by_whom(host: Host) -> None:
    host.publish()
    host.lab.advance("withdraw")

    report = host.asks(host.pack())

    assert (report.outcome, codes(report)) == ("no", ["withdrawn"])
    assert report.released is not None and report.released.ended_by == "lee"


def test_what_was_pulled_back_is_not_loaded(host: Host) -> None:
    host.host()
    assert host.asks(host.pack()).outcome == "ok"
    host.lab.advance("pull")

    assert codes(host.asks(host.pack())) == ["pulled-back"]


@pytest.mark.parametrize(
    ("asked", "outcome"), [(Exposure.VETTED, "ok"), (Exposure.HOSTED, "ok"), (Exposure.WEIGHTS, "no")]
)
def test_how_far_it_must_be_out_can_be_said(host: Host, asked: Exposure, outcome: str) -> None:
    host.host()

    assert host.asks(host.pack(), exposure=asked).outcome == outcome


def test_a_hold_or_an_incident_keeps_it_from_being_loaded_until_that_very_one_is_accepted(host: Host) -> None:
    host.publish()
    hold = host.lab.hold()
    incident = made(
        host.lab.tick().open_incident(
            "aurora",
            "it answers what it should not",
            role="safety",
            known_since=host.lab.clock.now(),
            affected=[host.lab.candidate()],
            actor="mara",
            rationale=WHY,
        )
    )
    pack = host.pack()

    assert (host.asks(pack).outcome, codes(host.asks(pack))) == ("unknown", ["hold", "incident"])
    assert codes(host.asks(pack, despite=[hold])) == ["incident"]
    accepted = host.asks(pack, despite=[hold, incident])
    assert (accepted.outcome, accepted.despite) == ("ok", (hold, incident))
    swapped(host.files)
    assert host.asks(pack, despite=[hold, incident]).outcome == "no"


# Who vouches.


def test_without_anybody_who_vouches_nothing_passes_and_the_next_step_is_said(host: Host) -> None:
    host.publish()

    report = host.asks(host.pack(), log_keys=[])

    assert (report.outcome, codes(report), report.knowledge) == ("unknown", ["not-vouched"], None)
    assert "--log-key" in report.reasons[0].remedy


def test_a_witness_or_a_pin_vouches_as_well(host: Host) -> None:
    host.publish()
    note, witness = host.cosigned()
    pack = host.pack(note=note)

    assert host.asks(pack, witnesses=[witness]).outcome == "ok"
    assert host.asks(pack, pinned=host.lab.engine.anchors()).outcome == "ok"
    both = host.asks(pack, log_keys=[host.vkey], witnesses=[witness])
    assert [item.kind for item in both.vouched] == ["log key", "witness"]


def test_whoever_was_asked_for_and_does_not_vouch_stops_it(host: Host) -> None:
    host.publish()
    _, witness = host.cosigned()
    stranger = NoteKey.parse(host.vkey)
    other = str(NoteKey(stranger.name, stranger.kind, bytes(31) + b"\1"))
    pack = host.pack()

    assert host.asks(pack, log_keys=[other]).outcome == "failed"
    assert host.asks(pack, pinned={1: "0" * 64}).outcome == "failed"
    for anchors in ({"witnesses": [witness]}, {"log_keys": [host.vkey], "witnesses": [witness]}):
        report = host.asks(pack, **anchors)
        assert (report.outcome, codes(report)[-1]) == ("unknown", "says-nothing")


def test_a_pack_without_a_checkpoint_is_vouched_for_by_pins_alone(host: Host) -> None:
    host.publish()
    pack = host.pack(note="")

    assert host.asks(pack, pinned=host.lab.engine.anchors()).outcome == "ok"
    assert codes(host.asks(pack)) == ["not-vouched", "says-nothing"]


def test_a_decision_after_the_checkpoint_is_not_vouched_for(host: Host) -> None:
    before = host.lab.engine.checkpoint().note
    host.publish()

    report = host.asks(host.pack(note=before))

    assert (report.outcome, codes(report)) == ("unknown", ["beyond-checkpoint"])


def test_a_withdrawal_after_the_checkpoint_counts_all_the_same(host: Host) -> None:
    host.publish()
    before = host.lab.engine.checkpoint().note
    host.lab.advance("withdraw")

    assert codes(host.asks(host.pack(note=before))) == ["withdrawn"]


def test_a_log_key_that_was_replaced_vouches_for_no_later_tree(host: Host) -> None:
    host.publish()
    old = LogKey.read(host.directory / "keys" / "log", host.lab.origin)
    (host.directory / "keys" / "log").rename(host.directory / "keys" / "old")
    vkey = host.lab.engine.new_log_key()
    host.lab.agreed(host.lab.engine.name_log_key(vkey, actor=ADMINISTRATOR, rationale=WHY))
    host.lab.hold()
    note = host.lab.engine.checkpoint().note
    text = note.partition("\n\n")[0] + "\n"
    stolen = Note(text).with_signature(old.key, old.sign(text.encode())).to_bytes().decode()

    assert host.asks(host.pack(note=stolen), despite=["H1"]).outcome == "failed"
    assert host.asks(host.pack(note=note), log_keys=[vkey], despite=["H1"]).outcome == "ok"


# How old what is known is.


def test_what_is_known_is_as_old_as_the_releases_last_entry_unless_the_log_attests_more(host: Host) -> None:
    host.publish()
    host.lab.clock.forward("3d")
    note, witness = host.cosigned()
    pack = host.pack(note=note)

    late = host.asks(pack, max_age=DAY)
    assert (late.outcome, codes(late)) == ("unknown", ["too-old"])
    # That somebody saw the whole ledger just now does not tell that the pack has all of the release.
    assert codes(host.asks(pack, max_age=DAY, log_keys=[host.vkey], witnesses=[witness])) == ["too-old"]
    fresh = host.asks(pack, max_age=DAY, attestation=host.attestation())
    assert fresh.outcome == "ok"
    assert fresh.knowledge is not None and fresh.knowledge.by == "the attestation"
    host.lab.clock.forward("2d")
    assert codes(host.asks(pack, max_age=DAY, attestation=host.directory / "aurora.vsa")) == ["too-old"]


def test_an_old_pack_does_not_pass_beside_an_attestation_of_the_withdrawal(host: Host) -> None:
    host.publish()
    pack = host.pack()
    host.lab.advance("withdraw")

    assert host.asks(pack).outcome == "ok"  # which is why what is known must not be old
    assert codes(host.asks(pack, attestation=host.attestation())) == ["withdrawn"]


def test_an_attestation_alone_vouches_for_the_decision_of_a_pack(host: Host) -> None:
    host.publish()
    before = host.lab.engine.checkpoint().note
    host.lab.hold()
    host.lab.lift("H1", "sam", "security")

    report = host.asks(host.pack(note=before), attestation=host.attestation())

    assert report.outcome == "ok"
    assert [item.kind for item in report.vouched] == ["log key", "attestation"]


def test_an_attestation_that_was_edited_or_is_about_something_else_is_not_taken(host: Host, tmp_path: Path) -> None:
    host.publish()
    pack, vsa = host.pack(), host.attestation()
    (tmp_path / "cut").write_bytes(vsa.read_bytes()[:-20])
    (tmp_path / "edited").write_bytes(vsa.read_bytes().replace(b'"payload":"e', b'"payload":"f'))

    for name in ("cut", "edited"):
        with pytest.raises(LedgerError):
            host.asks(pack, attestation=tmp_path / name)
    with pytest.raises(InvalidInput, match="log key"):
        host.asks(pack, attestation=vsa, pinned=host.lab.engine.anchors())


# What cannot be looked at.


def test_what_cannot_be_read_is_said_to_be_that(host: Host) -> None:
    host.publish()
    pack = host.pack()
    (host.directory / "no.pack").write_text("not a pack")

    with pytest.raises(NotFound, match="no file"):
        host.asks(host.directory / "none.pack")
    with pytest.raises(InvalidInput, match="no pack"):
        host.asks(host.directory / "no.pack")
    shutil.rmtree(host.files)
    with pytest.raises(StorageError, match="nothing at"):
        host.asks(pack)


@pytest.mark.parametrize(
    "anchors",
    [{"log_keys": ["no key"]}, {"witnesses": ["no key"]}, {"pinned": {1: "short"}}, {"pinned": {0: "0" * 64}}],
)
def test_what_is_no_key_and_no_pin_is_a_mistake_in_what_was_asked(host: Host, anchors: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        host.asks(host.pack(), **anchors)


def test_the_key_of_a_witness_is_none_of_a_log(host: Host) -> None:
    _, witness = host.cosigned()

    with pytest.raises(InvalidInput, match="is not that of"):
        host.asks(host.pack(), log_keys=[witness])
    with pytest.raises(InvalidInput, match="is not that of"):
        host.asks(host.pack(), witnesses=[host.vkey])


def test_a_pack_that_was_damaged_is_refused_before_any_file_is_read(host: Host) -> None:
    host.publish()
    data = bytearray(host.pack().read_bytes())
    data[len(data) // 3] ^= 1
    (host.directory / "damaged.pack").write_bytes(bytes(data))

    report = host.asks(host.directory / "damaged.pack")

    assert (report.outcome, codes(report), report.files, report.released) == ("failed", ["damaged"], None, None)


def test_the_pack_of_another_ledger_is_not_vouched_for(host: Host, tmp_path_factory: pytest.TempPathFactory) -> None:
    host.publish()
    place = tmp_path_factory.mktemp("other")
    other = Host(place, Keyed(place).found().staff())
    other.publish()
    pack = other.pack()
    other.lab.close()

    assert host.asks(pack).outcome == "failed"
    assert host.asks(pack, pinned=host.lab.engine.anchors()).outcome == "failed"


def test_evidence_and_texts_that_were_left_out_do_not_matter_to_a_host(host: Host) -> None:
    host.publish()

    assert host.asks(host.pack(evidence=False, texts=False)).outcome == "ok"


def test_components_that_lie_apart_are_found_where_it_is_said(host: Host, tmp_path: Path) -> None:
    host.publish()
    pack = host.pack()
    apart = tmp_path / "apart"
    for component, name in (
        ("weights", "model.safetensors"),
        ("tokenizer", "tokenizer.json"),
        ("config", "config.json"),
    ):
        (apart / component).mkdir(parents=True)
        shutil.copy(host.files / name, apart / component / name)
    shutil.rmtree(host.files)
    apart.rename(host.files)
    manifest = host.lab.engine.manifest("aurora")

    assert host.asks(pack).outcome == "no"
    places = {file.component: file.path.split(".")[0] for file in manifest.files}
    named = {name: {"model": "weights"}.get(place, place) for name, place in places.items()}
    assert host.asks(pack, components=named).outcome == "ok"
