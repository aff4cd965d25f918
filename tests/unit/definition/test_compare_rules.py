"""How two gates differ rule by rule, whatever their rules are."""

from __future__ import annotations

import unicodedata

import pytest
from compared import EXCHANGED, GATE, LOOSER, OTHER, STRICTER, Found, base, found
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.definition import differences
from workflow.definition.rules import IDENTITY, MADE_OF, PARAMETERS
from workflow.process import PolicySpec, Process
from workflow.registry import Registry


def gated(*gate: PolicySpec) -> Process:
    """A process whose gate of ``publish`` is exactly this, whether a file could say so or not."""
    process = base()
    transitions = tuple(
        transition.model_copy(update={"gate": gate}) if transition.trigger == "publish" else transition
        for transition in process.transitions
    )
    return Process(**{**dict(process), "transitions": transitions})


def spec(policy: str, *, revision: int = 1, source: str | None = None, **params: object) -> PolicySpec:
    return PolicySpec(policy=policy, revision=revision, params=params, source=source)


def evidence(name: str = "bio", **params: object) -> PolicySpec:
    return spec("evidence", kind="inspect", name=name, metric="accuracy", **params)


def span(name: str, day: str = "mon") -> dict[str, object]:
    return {"name": name, "days": [day], "from": None, "to": None}


def dated(name: str, start: str, end: str) -> dict[str, object]:
    return {"name": name, "days": [], "from": start, "to": end}


OWN = "acme:Freeze"
SOURCES = "a" * 64, "b" * 64
SPECS: dict[str, tuple[list[PolicySpec], list[PolicySpec], Found]] = {
    "a parameter of somebody's own": (
        [spec(OWN, share="0.5")],
        [spec(OWN, share="0.4")],
        [(LOOSER, f"{GATE}.{OWN}.share")],
    ),
    "a parameter that nobody knows": (
        [spec("soak", at_least="72h")],
        [spec("soak", at_least="72h", shortened=True)],
        [(LOOSER, f"{GATE}.soak.shortened")],
    ),
    "a parameter that came with a later revision and asks nothing new": (
        [spec("candidate_unchanged")],
        [spec("candidate_unchanged", revision=2, measured_by=[], max_age="24h")],
        [
            (OTHER, f"{GATE}.candidate_unchanged.revision"),
            (OTHER, f"{GATE}.candidate_unchanged.measured_by"),
            (OTHER, f"{GATE}.candidate_unchanged.max_age"),
        ],
    ),
    "a parameter that came with a later revision and asks less": (
        [spec("candidate_unchanged")],
        [spec("candidate_unchanged", revision=2, measured_by=["lead"], max_age="24h")],
        [
            (OTHER, f"{GATE}.candidate_unchanged.revision"),
            (LOOSER, f"{GATE}.candidate_unchanged.measured_by.lead"),
            (OTHER, f"{GATE}.candidate_unchanged.max_age"),
        ],
    ),
    "a parameter that is not there any more": (
        [spec("sign_offs", role="safety", count=1, expires_after=None)],
        [spec("sign_offs", role="safety", count=1)],
        [(LOOSER, f"{GATE}.sign_offs.safety.expires_after")],
    ),
    "a source": (
        [spec(OWN, source=SOURCES[0])],
        [spec(OWN, source=SOURCES[1])],
        [(LOOSER, f"{GATE}.{OWN}.source")],
    ),
    "an older revision": (
        [spec("soak", revision=2, at_least="72h")],
        [spec("soak", revision=1, at_least="72h")],
        [(LOOSER, f"{GATE}.soak.revision")],
    ),
    "a newer revision": (
        [spec("soak", revision=1, at_least="72h")],
        [spec("soak", revision=2, at_least="72h")],
        [(OTHER, f"{GATE}.soak.revision")],
    ),
    "a number that is none": (
        [spec("sign_offs", role="safety", count=1)],
        [spec("sign_offs", role="safety", count="many")],
        [(LOOSER, f"{GATE}.sign_offs.safety.count")],
    ),
    "a time that is none": (
        [spec("soak", at_least="72h")],
        [spec("soak", at_least=["72h"])],
        [(LOOSER, f"{GATE}.soak.at_least")],
    ),
    "a decimal that is none": (
        [evidence(at_most="0.25")],
        [evidence(at_most="NaN")],
        [(LOOSER, f"{GATE}.evidence.inspect.bio.at_most")],
    ),
    "a list that is none": (
        [spec("actor", roles=["lead", "legal"])],
        [spec("actor", roles="lead")],
        [(LOOSER, f"{GATE}.actor.roles")],
    ),
    "a grade that is none": (
        [evidence(candidate="stated")],
        [evidence(candidate="guessed")],
        [(LOOSER, f"{GATE}.evidence.inspect.bio.candidate")],
    ),
    "true instead of 1": ([spec(OWN, share=1)], [spec(OWN, share=True)], [(LOOSER, f"{GATE}.{OWN}.share")]),
    "a rule about findings beside the one about requirements": (
        [spec("requirements", revision=2)],
        [spec("requirements", revision=2), spec("findings", blocks_from="low")],
        [(LOOSER, f"{GATE}.findings")],
    ),
    "no rule about findings any more": (
        [spec("requirements", revision=2), spec("findings", blocks_from="low")],
        [spec("requirements", revision=2)],
        [(LOOSER, f"{GATE}.findings")],
    ),
    "a rule about findings where nothing asked for them": (
        [spec("holds")],
        [spec("holds"), spec("findings", blocks_from="low")],
        [(STRICTER, f"{GATE}.findings")],
    ),
    "a risk that may be accepted": (
        [spec("findings", blocks_from="low", accepted_by=None, people=1, up_to=None, for_at_most=None)],
        [spec("findings", blocks_from="low", accepted_by="legal", people=1, up_to="high", for_at_most="30d")],
        [(LOOSER, f"{GATE}.findings.{name}") for name in ("accepted_by", "up_to", "for_at_most")],
    ),
    "a risk that nobody may accept any more": (
        [spec("findings", blocks_from="low", accepted_by="legal", people=1, up_to="high", for_at_most="30d")],
        [spec("findings", blocks_from="low", accepted_by=None, people=1, up_to=None, for_at_most=None)],
        [(STRICTER, f"{GATE}.findings.{name}") for name in ("accepted_by", "up_to", "for_at_most")],
    ),
    "a risk that others may accept, more of them, graver and longer, where less blocks": (
        [spec("findings", blocks_from="low", accepted_by="legal", people=1, up_to="high", for_at_most="30d")],
        [spec("findings", blocks_from="medium", accepted_by="safety", people=2, up_to="critical", for_at_most="60d")],
        [
            (LOOSER, f"{GATE}.findings.blocks_from"),
            (LOOSER, f"{GATE}.findings.accepted_by"),
            (STRICTER, f"{GATE}.findings.people"),
            (LOOSER, f"{GATE}.findings.up_to"),
            (LOOSER, f"{GATE}.findings.for_at_most"),
        ],
    ),
    "another order of the rules": (
        [spec("holds"), spec("objections")],
        [spec("objections"), spec("holds")],
        [(OTHER, GATE)],
    ),
    "one of two rules of a kind": (
        [evidence(at_most="0.25"), evidence(at_least="0.01")],
        [evidence(at_most="0.25"), evidence(at_least="0.02")],
        [(STRICTER, f"{GATE}.evidence.inspect.bio.at_least")],
    ),
    "both of two rules of a kind": (
        [spec("statement", people=1, roles=["lead"]), spec("statement", people=1, roles=["legal"])],
        [spec("statement", people=2, roles=["lead"]), spec("statement", people=2, roles=["legal"])],
        [(LOOSER, f"{GATE}.statement")] * 2 + [(STRICTER, f"{GATE}.statement")] * 2,
    ),
    "a freeze more and a freeze less": (
        [spec("freeze", zone="UTC", spans=[span("a"), span("b")])],
        [spec("freeze", zone="UTC", spans=[span("b"), span("c")])],
        [(STRICTER, f"{GATE}.freeze.UTC.spans.c"), (LOOSER, f"{GATE}.freeze.UTC.spans.a")],
    ),
    "a window more": (
        [spec("window", zone="UTC", spans=[span("a")])],
        [spec("window", zone="UTC", spans=[span("a"), span("b")])],
        [(LOOSER, f"{GATE}.window.UTC.spans.b")],
    ),
    "a freeze with other days": (
        [spec("freeze", zone="UTC", spans=[span("a")])],
        [spec("freeze", zone="UTC", spans=[span("a", "tue")])],
        [(LOOSER, f"{GATE}.freeze.UTC.spans.a")],
    ),
    "a freeze of more days": (
        [spec("freeze", zone="UTC", spans=[span("a")])],
        [spec("freeze", zone="UTC", spans=[{**span("a"), "days": ["mon", "tue"]}])],
        [(STRICTER, f"{GATE}.freeze.UTC.spans.a")],
    ),
    "a longer freeze": (
        [spec("freeze", zone="UTC", spans=[dated("a", "12-20", "01-05")])],
        [spec("freeze", zone="UTC", spans=[dated("a", "12-18", "01-05 09:00")])],
        [(STRICTER, f"{GATE}.freeze.UTC.spans.a")],
    ),
    "a freeze that begins later": (
        [spec("freeze", zone="UTC", spans=[dated("a", "2026-12-20", "2027-01-05")])],
        [spec("freeze", zone="UTC", spans=[dated("a", "2026-12-21", "2027-01-05")])],
        [(LOOSER, f"{GATE}.freeze.UTC.spans.a")],
    ),
    "a freeze that begins and ends later": (
        [spec("freeze", zone="UTC", spans=[dated("a", "12-20", "01-05")])],
        [spec("freeze", zone="UTC", spans=[dated("a", "12-21", "01-06")])],
        [(LOOSER, f"{GATE}.freeze.UTC.spans.a")],
    ),
    "a window that is open for longer": (
        [spec("window", zone="UTC", spans=[dated("a", "10:00", "16:00")])],
        [spec("window", zone="UTC", spans=[dated("a", "10:00", "02:00")])],
        [(LOOSER, f"{GATE}.window.UTC.spans.a")],
    ),
    "a freeze in another zone": (
        [spec("freeze", zone="UTC", spans=[span("a")])],
        [spec("freeze", zone="Asia/Tokyo", spans=[span("a")])],
        [(LOOSER, f"{GATE}.freeze.UTC"), (STRICTER, f"{GATE}.freeze.Asia/Tokyo")],
    ),
    "two spans of one name": (
        [spec("freeze", zone="UTC", spans=[span("a"), span("a", "tue")])],
        [spec("freeze", zone="UTC", spans=[span("a", "tue")])],
        [(LOOSER, f"{GATE}.freeze.UTC.spans")],
    ),
    "one rule of a kind that becomes two": (
        [evidence(at_most="0.25")],
        [evidence(at_most="0.25"), evidence(at_least="0.01")],
        [(STRICTER, f"{GATE}.evidence.inspect.bio")],
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), SPECS.values(), ids=SPECS)
def test_whatever_is_not_known_of_a_rule_counts_as_looser(
    before: list[PolicySpec], after: list[PolicySpec], expected: Found
) -> None:
    assert found(gated(*before), gated(*after)) == expected


WHOLE = st.integers(1, 99)
DECIMAL = st.decimals(0, 1, places=2).map(str)
LENGTH = st.builds(lambda count, unit: f"{count}{unit}", st.integers(1, 99), st.sampled_from("dhms"))
ROLES = st.lists(st.sampled_from(["lead", "safety", "legal", "product"]), min_size=1, unique=True)
BOUNDS = st.one_of(
    st.fixed_dictionaries({"at_most": DECIMAL, "at_least": st.none()}),
    st.fixed_dictionaries({"at_most": st.none(), "at_least": DECIMAL}),
)
DISTANCES = st.fixed_dictionaries(
    {
        "margin": st.none() | DECIMAL,
        "confidence": st.none() | st.sampled_from(["0.90", "0.95", "0.99"]),
        "min_samples": st.none() | WHOLE,
        "max_age": st.none() | LENGTH,
        "candidate": st.sampled_from(["stated", "declared"]),
    }
)
RULE = st.one_of(
    st.builds(lambda bound, rest: evidence(**bound, **rest), BOUNDS, DISTANCES),
    st.builds(
        lambda role, count, expires: spec("sign_offs", role=role, count=count, expires_after=expires),
        st.sampled_from(["safety", "legal"]),
        WHOLE,
        st.none() | LENGTH,
    ),
    st.builds(lambda roles: spec("actor", roles=roles), ROLES),
    st.builds(
        lambda areas, reviewers: spec("risk_areas", areas=areas, roles=["safety"], reviewers=reviewers), ROLES, WHOLE
    ),
    st.builds(
        lambda people, roles, public: spec("statement", people=people, roles=roles, public=public),
        WHOLE,
        ROLES,
        st.booleans(),
    ),
    st.builds(lambda length: spec("soak", at_least=length), LENGTH),
    st.just(spec("holds")),
)
GATES = st.lists(RULE, max_size=6)


@settings(deadline=None)
@given(GATES, GATES)
def test_a_gate_and_its_way_back_exchange_loosening_and_tightening(
    before: list[PolicySpec], after: list[PolicySpec]
) -> None:
    old, new = gated(*before), gated(*after)

    assert differences(old, old) == ()
    assert sorted(found(new, old)) == sorted((EXCHANGED[effect], place) for effect, place in found(old, new))
    assert (differences(old, new) == ()) == (old == new)


TEXT = st.text(max_size=5).filter(lambda text: unicodedata.is_normalized("NFC", text))
OWN_RULE = st.builds(
    lambda policy, params: spec(policy, **params),
    st.sampled_from([OWN, "soak", "sign_offs", "evidence", "actor", "risk_areas", "statement"]),
    st.dictionaries(
        st.sampled_from(["role", "roles", "count", "at_least", "at_most", "areas", "public", "name", "max_age"]),
        st.one_of(st.none(), st.booleans(), st.integers(-5, 5), TEXT, st.lists(TEXT)),
        max_size=4,
    ),
)


@settings(deadline=None)
@given(st.lists(OWN_RULE, max_size=4), st.lists(OWN_RULE, max_size=4))
def test_any_parameters_are_compared_and_a_change_is_never_passed_over(
    before: list[PolicySpec], after: list[PolicySpec]
) -> None:
    old, new = gated(*before), gated(*after)

    assert (differences(old, new) == ()) == (old == new)
    assert all(item.text.endswith(".") for item in differences(old, new))


NOBODY_CAN_TELL = {("evidence", "metric")}
"""Parameters of which no change is more or less than another value."""


def test_of_every_parameter_of_every_built_in_rule_it_is_known_what_a_change_of_it_asks() -> None:
    registry = Registry()
    parameters = {
        (name, field.alias or key)
        for name in registry.names
        if name not in MADE_OF
        for key, field in registry.find(name).model_fields.items()
    }
    known = {(name, key) for name, keys in IDENTITY.items() for key in keys} | PARAMETERS.keys()

    assert parameters - known == NOBODY_CAN_TELL
    assert known <= parameters
