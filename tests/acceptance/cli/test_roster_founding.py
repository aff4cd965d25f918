"""``init --key`` and ``roster init``: the administrators' first keys, and the entries that all else follows from."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from cli_desk import Desk, by
from test_roster_keys import fingerprint, key

from workflow import ChainBroken, open_engine


@pytest.fixture
def place(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def pinned(desk: Desk) -> list[str]:
    return tomllib.loads((desk.directory / "holdfast.toml").read_text()).get("pinned", [])


def anchors(desk: Desk) -> list[str]:
    with desk.engine() as engine:
        return [f"{seq}:{digest}" for seq, digest in engine.anchors().items()]


def test_a_new_ledger_s_genesis_is_pinned(place: Desk) -> None:
    result = place.does("init", *by("ops"))

    assert pinned(place) == anchors(place)
    assert [pin.partition(":")[0] for pin in pinned(place)] == ["1"]
    assert "pinned  entry 1 (the genesis) has the hash" in result.out
    assert "changes of the roster are claimed until 1 of ops have a key that counts" in " ".join(result.out.split())


def test_with_a_key_changes_are_signed_from_the_beginning(place: Desk) -> None:
    result = place.does("init", "--key", key(place, "ops-1"), *by("ops"))

    view = place("roster", "show", "--json").json
    assert (view["keyed"], view["able"]) == (True, ["ops"])
    assert [pin.partition(":")[0] for pin in pinned(place)] == ["1", "2"]
    assert pinned(place) == anchors(place)
    assert "changes of the roster are signed; ops can sign" in result.out
    refused = place("roster", "add", "mara", *by("ops"))
    assert (refused.code, "ops must sign this" in refused.err) == (2, True)


def test_a_second_key_is_there_in_case_and_is_signed_for_by_the_first(place: Desk) -> None:
    place.does("init", "--key", key(place, "ops-1"), "--key", key(place, "ops-2"), *by("ops"))

    view = place("roster", "show", "--json").json["keys"]
    assert [item["fingerprint"] for item in view] == [fingerprint(place, name) for name in ("ops-1", "ops-2")]
    assert view[1]["crossed_by"] == view[0]["fingerprint"]
    assert len(pinned(place)) == 3


def test_a_key_that_cannot_be_read_makes_no_ledger(place: Desk) -> None:
    result = place("init", "--key", "nowhere", *by("ops"))

    assert result.code == 2
    assert list(place.directory.iterdir()) == []


def test_roster_init_does_the_same_for_a_ledger_that_is_there(place: Desk) -> None:
    place.does("init", *by("ops"))

    result = place.does("roster", "init", "--key", key(place, "ops-1"), *by("ops"))

    assert "is ops's key" in " ".join(result.out.split())
    assert pinned(place) == anchors(place)
    assert len(pinned(place)) == 2


def test_it_is_safe_to_repeat(place: Desk) -> None:
    place.does("init", "--key", key(place, "ops-1"), *by("ops"))
    before = place("history", "--json").out, pinned(place)

    place.does("roster", "init", "--key", "ops-1", *by("ops"))
    place.does("roster", "init")

    assert (place("history", "--json").out, pinned(place)) == before


def test_with_a_threshold_each_administrator_records_a_key_and_others_approve(place: Desk) -> None:
    place.does("init", "--admin", "ops", "--admin", "sre", "--threshold", "2", *by("ops"))
    first = place.does("roster", "init", "--key", key(place, "ops-1"), *by("ops"))
    told = " ".join(first.out.split())
    assert "missing: ops and sre" in told
    assert f"waiting C1 {fingerprint(place, 'ops-1')} is ops's key, verified by ops; approved by 1 of 2" in told
    place.does("roster", "init", "--key", key(place, "sre-1"), *by("sre"))

    place.does("roster", "approve", "C1", *by("sre"))
    place.does("roster", "approve", "C2", *by("ops"))

    view = place("roster", "show", "--json").json
    assert (view["keyed"], view["able"]) == (True, ["ops", "sre"])
    assert len(pinned(place)) == 1
    place.does("roster", "init")
    assert pinned(place) == anchors(place)
    assert len(pinned(place)) == 3


def test_who_is_no_administrator_founds_nothing(desk: Desk) -> None:
    before = desk("history", "--json").out

    result = desk("roster", "init", "--key", key(desk, "mara-1"), *by("mara"))

    assert result.code == 2
    assert "mara does not administer this ledger" in result.err
    assert desk("history", "--json").out == before


def test_a_key_takes_a_reason_and_a_roster_that_is_keyed_takes_a_key_that_counts(place: Desk) -> None:
    place.does("init", "--key", key(place, "ops-1"), *by("ops"))

    silent = place("roster", "init", "--key", "ops-1", "--as", "ops")
    unknown = place("roster", "init", "--key", key(place, "ops-2"), *by("ops"))
    known = place("roster", "init", "--key", "ops-1", "--key", "ops-2", *by("ops"))

    assert (silent.code, unknown.code, known.code) == (2, 2, 0)
    assert "add -m WHY" in silent.err
    assert "--key OLD --key NEW" in unknown.err


# What is pinned.


def forge(desk: Desk) -> None:
    """Another ledger in the place of the one that was pinned."""
    (desk.directory / "holdfast.db").unlink()
    other = Desk(desk.directory / "other")
    other.directory.mkdir()
    other.does("init", "--origin", "holdfast.example/cli", *by("ops"))
    (other.directory / "holdfast.db").rename(desk.directory / "holdfast.db")


def test_a_ledger_that_is_not_the_pinned_one_is_not_opened(place: Desk) -> None:
    place.does("init", "--origin", "holdfast.example/cli", *by("ops"))
    forge(place)

    for args in (("list",), ("roster", "show"), ("roster", "init"), ("roster", "add", "eve", *by("ops"))):
        result = place(*args)
        assert result.code == 3, args
        assert "entry 1 is not the one that is pinned" in " ".join(result.err.split())


def test_the_audit_says_all_that_is_wrong_and_that_among_it(place: Desk) -> None:
    place.does("init", "--origin", "holdfast.example/cli", *by("ops"))
    forge(place)

    result = place("audit", "verify", "--json")

    assert result.code == 3
    (problem,) = result.json["problems"]
    assert (problem["kind"], problem["entry"]) == ("altered", 1)


@pytest.mark.parametrize(
    ("pin", "kind"), [("9:" + "0" * 64, "missing"), ("1:" + "0" * 64, "altered")], ids=["not there", "another"]
)
def test_a_pin_of_an_entry_that_is_not_there_or_another_is_damage(place: Desk, pin: str, kind: str) -> None:
    place.does("init", *by("ops"))
    (place.directory / "holdfast.toml").write_text(f'pinned = ["{pin}"]\n')

    assert place("list").code == 3
    assert place("audit", "verify", "--json").json["problems"][0]["kind"] == kind
    with pytest.raises(ChainBroken) as caught:
        number, _, digest = pin.partition(":")
        open_engine(f"sqlite:///{place.directory / 'holdfast.db'}", pinned={int(number): digest})
    assert caught.value.at == int(number)


@pytest.mark.parametrize(
    "pins", ['"1"', '["1"]', '["1:abc"]', f'["0:{"0" * 64}"]', f'["1:{"0" * 64}", "1:{"1" * 64}"]', "[1]"]
)
def test_a_pin_that_is_none_is_refused_with_its_line(place: Desk, pins: str) -> None:
    place.does("init", *by("ops"))
    (place.directory / "holdfast.toml").write_text(f"hints = false\npinned = {pins}\n")

    result = place("list")

    assert result.code == 2
    assert "holdfast.toml:2: pinned: must be" in " ".join(result.err.split()).replace("\n", "")


def test_other_lines_of_the_file_stay_as_they_are(place: Desk) -> None:
    text = '# ours\nactor = "ops"\n\n[observers] # none yet\n'
    (place.directory / "holdfast.toml").write_text(text)

    place.does("init", "-m", "our releases are decided here")
    place.does("roster", "init", "--key", key(place, "ops-1"), "-m", "to sign from now on")

    after = (place.directory / "holdfast.toml").read_text()
    begin, end = after.index("pinned = ["), after.index("]\n") + 3
    assert after[:begin] + after[end:] == text
    assert len(pinned(place)) == 2


def test_a_file_that_cannot_take_the_pins_is_told_with_what_to_write(place: Desk) -> None:
    place.does("init", *by("ops"))
    file = place.directory / "holdfast.toml"
    file.write_text(f"policies = [\n]\n'pinned' = {pinned(place)}\n")

    result = place("roster", "init", "--key", key(place, "ops-1"), *by("ops"))

    assert result.code == 0
    assert "write them there yourself: pinned = [" in " ".join(result.err.split())


def test_a_new_ledger_is_not_made_where_another_is_pinned(place: Desk) -> None:
    place.does("init", *by("ops"))
    (place.directory / "holdfast.db").unlink()

    result = place("init", *by("ops"))

    assert result.code == 2
    assert "pins entries of a ledger that is not there any more" in " ".join(result.err.split())


def test_without_a_file_the_pins_are_shown_to_be_kept(tmp_path: Path) -> None:
    place = Desk(tmp_path / "place")
    place.directory.mkdir()

    result = place("init", *by("ops"), environment={"HOLDFAST_DATABASE_URL": f"sqlite:///{tmp_path / 'it.db'}"})

    assert result.code == 0
    assert "no holdfast.toml is there to hold this" in result.out
    assert "pinned = [" in result.out
