"""Signing where the ledger is: which key is used, what is signed, and that nobody's forgotten key is put on record."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest
from cli_desk import Result, by
from keyed_desk import KeyedDesk, make_key


def last(desk: KeyedDesk) -> tuple[str, str, str | None]:
    item = desk("history", "-n", "1", "--json").json[0]
    return item["actor"], item["proof"], item["key"]


def entries(desk: KeyedDesk) -> int:
    found: int = desk("history", "-n", "1", "--json").json[0]["entry"]
    return found


def approval(desk: KeyedDesk, *more: str, **settings: object) -> Result:
    return desk("sign", "aurora", "publish", "--approve", "--seen", desk.basis(), *by("mara"), *more, **settings)  # type: ignore[arg-type]


# which key


def test_a_named_key_signs(signing: KeyedDesk) -> None:
    result = approval(signing, "--key", "keys/mara")

    assert result.code == 0
    assert "mara (signed) approved `publish` as safety (S1)" in result.out
    assert last(signing) == ("mara", "sshsig", signing.fingerprint("mara"))


def test_the_public_half_is_named_as_well_where_the_other_lies_beside_it(signing: KeyedDesk) -> None:
    assert approval(signing, "--key", "keys/mara.pub").code == 0


@pytest.mark.parametrize("how", ["environment", "file", "home"])
def test_a_key_is_named_for_every_command(signing: KeyedDesk, how: str) -> None:
    config, environment = signing.directory / "holdfast.toml", {"HOME": str(signing.directory)}
    if how == "environment":
        environment["HOLDFAST_KEY"] = "keys/mara"
    else:
        name = "keys/mara" if how == "file" else "~/keys/mara"
        config.write_text(f'{config.read_text()}key = "{name}"\n')

    assert approval(signing, environment=environment).code == 0
    assert last(signing)[1] == "sshsig"


def test_the_key_of_the_configuration_lies_beside_it_wherever_one_is(signing: KeyedDesk) -> None:
    config = signing.directory / "holdfast.toml"
    config.write_text(f'{config.read_text()}key = "keys/mara"\n')
    below = KeyedDesk(signing.directory / "model", signing.clock)

    assert below("sign", "aurora", "publish", "--approve", "--seen", signing.basis(), *by("mara")).code == 0


def test_what_is_said_now_goes_before_what_was_said_once(signing: KeyedDesk) -> None:
    config = signing.directory / "holdfast.toml"
    config.write_text(f'{config.read_text()}key = "keys/ivy"\n')
    environment = {"HOLDFAST_KEY": "keys/jun"}

    assert approval(signing, environment=environment).code == 1
    assert approval(signing, "--key", "keys/mara", environment=environment).code == 0


def home(desk: KeyedDesk, **keys: str) -> dict[str, str]:
    """Somebody's home with keys in it, each a copy of another's or a new one."""
    folder = desk.directory.parent / "home" / ".ssh"
    folder.mkdir(parents=True)
    for name, whose in keys.items():
        if whose == "new":
            make_key(folder / name)
        else:
            shutil.copy(desk.key(whose), folder / name)
            shutil.copy(f"{desk.key(whose)}.pub", folder / f"{name}.pub")
    return {"HOME": str(folder.parent)}


def test_the_only_own_key_that_is_enrolled_is_used_without_asking(signing: KeyedDesk) -> None:
    environment = home(signing, id_rsa="new", id_ed25519="mara", id_ecdsa="jun")

    assert approval(signing, environment=environment).code == 0
    assert last(signing)[1:] == ("sshsig", signing.fingerprint("mara"))


def test_a_first_start_needs_no_key_at_all(keyed: KeyedDesk) -> None:
    environment = home(keyed, id_ed25519="ops")

    keyed.to_review()
    result = keyed("roster", "grant", "lee", "safety", *by("ops"), environment=environment)

    assert result.code == 0
    assert last(keyed)[1] == "sshsig"


@pytest.mark.parametrize("keys", [{}, {"id_ed25519": "new"}, {"id_ed25519": "jun"}])
def test_nothing_is_guessed_where_no_own_key_fits(signing: KeyedDesk, keys: dict[str, str]) -> None:
    before = entries(signing)

    result = approval(signing, environment=home(signing, **keys))

    assert result.code == 2
    assert entries(signing) == before


def test_nothing_is_guessed_where_several_own_keys_fit(keyed: KeyedDesk) -> None:
    keyed.enrol("mara", "second")
    keyed.to_review()

    result = approval(keyed, environment=home(keyed, id_ed25519="mara", id_rsa="second"))

    assert result.code == 2


def test_one_key_in_two_files_is_one_key(signing: KeyedDesk) -> None:
    assert approval(signing, environment=home(signing, id_ed25519="mara", id_rsa="mara")).code == 0


# what is forgotten, and what is wrong


MUST_BE_SIGNED = {
    "approve": ("sign", "aurora", "publish", "--approve", "--seen", "BASIS", *by("mara")),
    "recuse": ("sign", "aurora", "publish", "--recuse", *by("mara")),
    "abstain": ("sign", "aurora", "publish", "--abstain", *by("mara")),
    "review": ("review", "aurora", "biosecurity", "acceptable", *by("mara")),
    "statement": ("statement", "aurora", "We looked at it.", *by("mara")),
    "lift": ("lift", "aurora", "H1", *by("jun")),
    "discharge": ("discharge", "aurora", "R1", *by("jun")),
    "unsign": ("unsign", "aurora", "S1", *by("priya")),
    "grant": ("roster", "grant", "ivy", "safety", *by("ops")),
    "allow": ("charter", "disallow", "DIGEST", *by("ops")),
    "erase": ("erase", "17", "rationale", *by("ops")),
}


@pytest.fixture
def busy(signing: KeyedDesk) -> KeyedDesk:
    """A release with a hold, a requirement and a refusal."""
    signing.does("hold", "aurora", "--role", "safety", *by("jun"))
    signing.does("require", "aurora", "read the appendix", "--role", "safety", *by("jun"))
    signing.does("sign", "aurora", "publish", "--reject", *by("priya"))
    return signing


def filled(desk: KeyedDesk, args: tuple[str, ...]) -> tuple[str, ...]:
    digest = desk("process", "show", "small", "--json").json["digest"]
    return tuple({"BASIS": desk.basis(), "DIGEST": digest}.get(word, word) for word in args)


@pytest.mark.parametrize("act", MUST_BE_SIGNED)
def test_a_forgotten_key_is_no_refusal_on_record(busy: KeyedDesk, act: str) -> None:
    before = entries(busy)

    result = busy(*filled(busy, MUST_BE_SIGNED[act]))

    assert result.code == 2
    assert "must sign this" in result.err
    for way in ("--key FILE", "HOLDFAST_KEY", "holdfast request", "--request FILE"):
        assert way in " ".join(result.err.split())
    assert entries(busy) == before


@pytest.mark.parametrize("act", MUST_BE_SIGNED)
def test_with_a_key_it_is_done_and_signed(busy: KeyedDesk, act: str) -> None:
    args = filled(busy, MUST_BE_SIGNED[act])
    person = args[args.index("--as") + 1]

    result = busy(*args, "--key", str(busy.key(person)), "--json")

    assert result.code == 0, result
    assert result.json["proof"] == "sshsig"
    assert last(busy)[1:] == ("sshsig", busy.fingerprint(person))


@pytest.mark.parametrize(
    "act",
    [
        ("sign", "aurora", "publish", "--reject", *by("mara")),
        ("review", "aurora", "biosecurity", "unacceptable", *by("mara")),
        ("hold", "aurora", "--role", "safety", *by("mara")),
        ("require", "aurora", "read the appendix", "--role", "safety", *by("mara")),
    ],
    ids=lambda act: str(act[3]),
)
def test_a_no_needs_no_key(signing: KeyedDesk, act: tuple[str, ...]) -> None:
    assert signing(*act).code == 0
    assert last(signing)[1] == "claimed"


def test_what_would_be_refused_anyway_is_refused_on_record(signing: KeyedDesk) -> None:
    result = signing("review", "aurora", "biosecurity", "acceptable", "--role", "safety", *by("ivy"))

    assert result.code == 1
    assert "on record" in result.err


def test_somebody_else_s_key_is_refused_on_record(signing: KeyedDesk) -> None:
    result = approval(signing, "--key", "keys/jun")

    assert result.code == 1
    assert "is jun's" in " ".join(result.err.split())
    assert last(signing)[:2] == ("mara", "claimed")


@pytest.mark.parametrize(
    ("key", "words"),
    [("nowhere", "there is no key"), ("model", "is a directory"), ("holdfast.toml", "does not lie beside it")],
)
def test_a_key_that_is_none_is_told_and_nothing_is_recorded(signing: KeyedDesk, key: str, words: str) -> None:
    before = entries(signing)

    result = approval(signing, "--key", key)

    assert result.code == 2
    assert words in " ".join(result.err.split())
    assert entries(signing) == before


def test_a_private_half_that_is_not_at_hand_signs_nothing(signing: KeyedDesk) -> None:
    signing.key("mara").unlink()
    before = entries(signing)

    result = approval(signing, "--key", "keys/mara.pub", environment={"SSH_AUTH_SOCK": ""})

    assert result.code == 2
    assert "did not sign" in result.err
    assert entries(signing) == before


def test_where_nobody_has_to_sign_nobody_is_asked_for_a_key(desk: KeyedDesk) -> None:
    desk.to_review()

    desk.approve("mara")

    assert desk("history", "-n", "1", "--json").json[0]["proof"] == "claimed"


# what is signed is shown from its very bytes


def test_what_is_signed_is_printed_before_it_is(signing: KeyedDesk) -> None:
    shown = " ".join(approval(signing, "--key", "keys/mara").out.split())

    basis = signing("history", "-n", "1", "--json").json[0]["events"][0]["binding"]["basis"]
    assert shown.startswith(f"You sign with {signing.fingerprint('mara')}: I, mara, as safety, approve `publish`")
    assert f"basis {basis}" in shown


def test_the_history_says_what_is_signed_and_with_v_the_key(signing: KeyedDesk) -> None:
    approval(signing, "--key", "keys/mara")

    assert "mara (signed)" in signing("history", "aurora").out
    assert "lee (claimed)" in signing("history", "aurora").out
    assert signing.fingerprint("mara") in signing("history", "aurora", "-v").out


def test_a_repeated_command_is_signed_once(signing: KeyedDesk) -> None:
    again = ("--key", "keys/mara", "--command-id", "nightly-17", "--json")

    first, second = approval(signing, *again), approval(signing, *again)

    assert (first.code, second.code) == (0, 0)
    assert second.json == {**first.json, "replayed": True}


# what an approval depends on


def test_a_yes_if_demands_something_and_says_so(signing: KeyedDesk) -> None:
    signing.does(
        "sign", "aurora", "publish", "--require", "run it again", "--require", "read it", "--discharged-by", "legal",
        "--seen", signing.basis(), *signing.signed("mara"),
    )  # fmt: skip

    demands = signing("status", "aurora", "--json").json["requirements"]
    assert [(item["text"], item["discharged_by"]) for item in demands] == [
        ("run it again", "legal"),
        ("read it", "legal"),
    ]


def test_an_approval_ends_with_its_time_and_with_its_condition(signing: KeyedDesk) -> None:
    seen = ("--seen", signing.basis())
    signing.does("sign", "aurora", "publish", "--approve", *seen, "--expires", "7d", *signing.signed("mara"))
    signing.does(
        "sign", "aurora", "publish", "--approve", *seen, "--condition", "it is quantized", *signing.signed("jun")
    )
    assert "(have jun and mara)" not in signing("status", "aurora").out

    signing.does("assert", "aurora", "S2", "condition.1", *by("priya", "it was quantized yesterday"))
    signing.clock.forward("8d")

    shown = " ".join(signing("explain", "aurora", "publish").out.split())
    assert "mara (expired 08 Jul 2025)" in shown
    assert "jun (its own condition has come about" in shown


@pytest.mark.parametrize("option", [("--condition", "if it is quantized"), ("--expires", "7d"), ("--reaffirm", "S1")])
@pytest.mark.parametrize("decision", ["--reject", "--abstain", "--recuse"])
def test_what_belongs_to_an_approval_belongs_to_nothing_else(
    signing: KeyedDesk, decision: str, option: tuple[str, str]
) -> None:
    result = signing("sign", "aurora", "publish", decision, *option, *signing.signed("mara"))

    assert result.code == 2
    assert "belongs to an approval" in result.err


def test_an_approval_is_reaffirmed_component_by_component(signing: KeyedDesk) -> None:
    signing.approve("mara")
    (signing.directory / "model" / "tokenizer.json").write_bytes(b'{"other": 1}')
    signing.does("candidate", "replace", "aurora", "model", "--author", "ada", *by("lee"))

    result = signing("reaffirm", "aurora", "publish", *signing.signed("mara"), typed=signing.basis()[:8] + "\n")

    shown = " ".join(result.out.split())
    assert result.code == 0
    assert "components since S1, entry 19 (which this reaffirms): tokenizer changed, weights same" in shown
    assert "reaffirming entry 19" in shown
    assert "reaffirmed S1, entry 19; since then: tokenizer changed, weights same" in shown


def test_only_what_was_approved_is_reaffirmed(signing: KeyedDesk) -> None:
    result = signing("reaffirm", "aurora", "publish", "--seen", signing.basis(), *signing.signed("mara"))

    assert result.code == 2
    assert "has not approved `publish` of aurora as safety before" in result.err


def test_a_role_says_which_components_it_depends_on(keyed: KeyedDesk) -> None:
    text = (keyed.directory / "signed.yaml").read_text().replace("process: signed", "process: partly")
    text = text.replace("{means: looks for harm, ", "{means: looks for harm, depends_on: [weights], ")
    (keyed.directory / "partly.yaml").write_text(text)
    keyed.does("charter", "allow", "partly.yaml", "--up-to", "weights", *keyed.signed("ops"))
    keyed.does("start", "aurora", "model", "--process", "partly", "--author", "ada", *by("lee"))
    keyed.does("advance", "aurora", "submit", *by("lee"))
    keyed.approve("mara")
    (keyed.directory / "model" / "tokenizer.json").write_bytes(b'{"other": 1}')
    keyed.does("candidate", "replace", "aurora", "model", "--author", "ada", *by("lee"))

    result = keyed("reaffirm", "aurora", "publish", *keyed.signed("mara"), typed=keyed.basis()[:8] + "\n")

    assert "tokenizer changed (your role does not depend on it), weights same" in " ".join(result.out.split())


# files that were changed


def test_changed_files_are_the_first_problem_and_no_approval_of_them_is_signed(signing: KeyedDesk) -> None:
    (signing.directory / "model" / "model.safetensors").write_bytes(b"overwritten")
    before = entries(signing)

    seen = approval(signing, "--key", "keys/mara")
    looked = signing("sign", "aurora", "publish", *signing.signed("mara"), typed="approve\n")

    assert (seen.code, looked.code) == (1, 1)
    assert looked.out.startswith(" ! the files are not candidate")
    assert "weights/model.safetensors was changed" in " ".join(looked.out.split())
    assert "nothing was signed" in " ".join(seen.err.split())
    assert entries(signing) == before


def test_changed_files_stop_no_refusal(signing: KeyedDesk) -> None:
    (signing.directory / "model" / "model.safetensors").write_bytes(b"overwritten")

    assert signing("sign", "aurora", "publish", "--reject", *signing.signed("mara")).code == 0


def test_files_that_are_not_hashed_again_are_not_called_the_same(signing: KeyedDesk) -> None:
    (signing.directory / "model" / "model.safetensors").write_bytes(b"overwritten")

    unseen = signing("sign", "aurora", "publish", "--no-hash", *signing.signed("mara"), typed="abstain\n")

    assert unseen.out.startswith(" - the files were not hashed again")


def test_files_that_are_out_of_reach_are_told_and_stop_nobody(signing: KeyedDesk) -> None:
    (signing.directory / "model").rename(signing.directory / "elsewhere")

    result = signing("sign", "aurora", "publish", *signing.signed("mara"), typed=f"approve\n{signing.basis()[:8]}\n")

    assert result.code == 0
    assert result.out.startswith(" ? the files could not be hashed again")


# the protection of the database


def test_an_administrator_s_acknowledgement_is_signed(keyed: KeyedDesk) -> None:
    with closing(sqlite3.connect(keyed.directory / "holdfast.db")) as database:
        name = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' LIMIT 1").fetchone()[0]
        database.execute(f'DROP TRIGGER "{name}"')
        database.commit()
    restore = ("db", "rebuild", "--restore-protection", *by("ops"))

    forgotten, signed = keyed(*restore), keyed(*restore, "--key", "keys/ops")

    assert (forgotten.code, signed.code) == (2, 0)
    assert last(keyed)[:2] == ("ops", "sshsig")
