"""How two processes differ, and in which direction each difference goes."""

from __future__ import annotations

import pytest
from compared import EXCHANGED, GATE, LOOSER, OTHER, RULES, STRICTER, Edit, Found, base, found

from workflow.definition import GateDifference, by_gate, differences, load_process, loosens, shipped
from workflow.process import Process, Role
from workflow.registry import Registry

ROLE = "safety: {means: looks for harm"
OUT = "    means: Nothing undoes this."
PUBLISHED = f"{OUT}\n    publish: {{publisher: local_directory, below: [/srv/models]}}"
DIRECTED: dict[str, tuple[Edit, Found]] = {
    "somebody more who may start": (
        ("started_by: [lead]", "started_by: [lead, product]"),
        [(LOOSER, "started_by.product")],
    ),
    "solo use": (("version: 3", "version: 3\nsolo: true"), [(LOOSER, "solo")]),
    "no signatures": (("signed: true\n", ""), [(LOOSER, "signed")]),
    "a pin": ((ROLE, f"{ROLE}, pin: true"), [(STRICTER, "roles.safety.pin")]),
    "a seal": ((ROLE, f"{ROLE}, sealed: true"), [(OTHER, "roles.safety.sealed")]),
    "a role that keeps others out": (
        (ROLE, f"{ROLE}, not_with: [product, lead]"),
        [(STRICTER, "roles.safety.not_with.product"), (STRICTER, "roles.safety.not_with.lead")],
    ),
    "some components instead of all": (
        (ROLE, f"{ROLE}, depends_on: [weights]"),
        [(LOOSER, "roles.safety.depends_on")],
    ),
    # A veto role may also take reports out of what counts.
    "a veto that becomes advice": (
        (ROLE, f"{ROLE}, authority: advice"),
        [(LOOSER, "roles.safety.authority"), (STRICTER, "roles.safety.authority")],
    ),
    "fewer who lift a hold": (
        ("hold: {role: safety, count: 2", "hold: {role: safety, count: 1"),
        [(LOOSER, "stages.delay.hold.count")],
    ),
    "another time to look at a hold": (
        ("review_within: 14d", "review_within: 30d"),
        [(OTHER, "stages.delay.hold.review_within")],
    ),
    "no time to look at a hold": ((", review_within: 14d", ""), [(OTHER, "stages.delay.hold.review_within")]),
    "a move that publishes": ((OUT, PUBLISHED), [(STRICTER, "transitions.publish.publish")]),
    "another version": (("version: 3", "version: 4"), [(OTHER, "version")]),
    "another name": (("process: simple", "process: plain"), [(OTHER, "process")]),
    "other words of the process": (("Something small.", "Something."), [(OTHER, "means")]),
    "other words of a role": (("looks for harm", "looks"), [(OTHER, "roles.safety.means")]),
    "other words of a stage": (("built and measured", "built"), [(OTHER, "stages.testing.means")]),
    "other words of a transition": (("Nothing undoes this.", "Out."), [(OTHER, "transitions.publish.means")]),
    "fewer sign-offs": (("count: 3, expires", "count: 2, expires"), [(LOOSER, f"{GATE}.sign_offs.safety.count")]),
    "sign-offs that last": (
        (
            "      - sign_offs: {role: safety, count: 3, expires_after: 30d}",
            "      - sign_offs: {role: safety, count: 3}",
        ),
        [(LOOSER, f"{GATE}.sign_offs.safety.expires_after")],
    ),
    "sign-offs that last longer": (
        ("count: 3, expires_after: 30d", "count: 3, expires_after: 31d"),
        [(LOOSER, f"{GATE}.sign_offs.safety.expires_after")],
    ),
    "the same time written otherwise": (("at_least: 72h", "at_least: 3d"), [(OTHER, f"{GATE}.soak.at_least")]),
    "a shorter wait": (("at_least: 72h", "at_least: 71h59m"), [(LOOSER, f"{GATE}.soak.at_least")]),
    "a higher bound": (("at_most: 0.25", "at_most: 0.251"), [(LOOSER, f"{GATE}.evidence.inspect.bio.at_most")]),
    "the same bound written otherwise": (
        ("at_most: 0.25", "at_most: 0.250"),
        [(OTHER, f"{GATE}.evidence.inspect.bio.at_most")],
    ),
    "a bound from the other side": (
        ("at_most: 0.25", "at_least: 0.25"),
        [(LOOSER, f"{GATE}.evidence.inspect.bio.at_most"), (STRICTER, f"{GATE}.evidence.inspect.bio.at_least")],
    ),
    "less confidence": (
        ("confidence: 0.95", "confidence: 0.90"),
        [(LOOSER, f"{GATE}.evidence.inspect.bio.confidence")],
    ),
    "no confidence": ((", confidence: 0.95", ""), [(LOOSER, f"{GATE}.evidence.inspect.bio.confidence")]),
    "a margin instead of confidence": (
        ("confidence: 0.95", "margin: 0.01"),
        [(STRICTER, f"{GATE}.evidence.inspect.bio.margin"), (LOOSER, f"{GATE}.evidence.inspect.bio.confidence")],
    ),
    "fewer samples": (("min_samples: 50", "min_samples: 5"), [(LOOSER, f"{GATE}.evidence.inspect.bio.min_samples")]),
    "any number of samples": ((", min_samples: 50", ""), [(LOOSER, f"{GATE}.evidence.inspect.bio.min_samples")]),
    "reports of any age": ((", max_age: 90d", ""), [(LOOSER, f"{GATE}.evidence.inspect.bio.max_age")]),
    "reports that are only declared": (
        ("max_age: 90d", "max_age: 90d, candidate: declared"),
        [(LOOSER, f"{GATE}.evidence.inspect.bio.candidate")],
    ),
    "reports that depend on fewer components": (
        ("max_age: 90d", "max_age: 90d, depends_on: [weights]"),
        [(LOOSER, f"{GATE}.evidence.inspect.bio.depends_on")],
    ),
    "files that somebody may measure elsewhere": (
        ("- candidate_unchanged", "- candidate_unchanged: {measured_by: [legal]}"),
        [(LOOSER, f"{GATE}.candidate_unchanged.measured_by.legal")],
    ),
    "measurements of more than a day ago": (
        ("- candidate_unchanged", "- candidate_unchanged: {max_age: 25h}"),
        [(LOOSER, f"{GATE}.candidate_unchanged.max_age")],
    ),
    "an area less": (("areas: [bio, cyber]", "areas: [cyber]"), [(LOOSER, f"{GATE}.risk_areas.areas.bio")]),
    "fewer reviewers": (("reviewers: 2", "reviewers: 1"), [(LOOSER, f"{GATE}.risk_areas.reviewers")]),
    "fewer who state something": (("people: 2", "people: 1"), [(LOOSER, f"{GATE}.statement.people")]),
    "others who may state it": (
        ("people: 2, roles: [lead, legal]", "people: 2, roles: [lead, product]"),
        [(LOOSER, f"{GATE}.statement.roles.product"), (STRICTER, f"{GATE}.statement.roles.legal")],
    ),
    "words that stay inside": (
        ("people: 2, roles: [lead, legal]", "people: 2, roles: [lead, legal], public: false"),
        [(LOOSER, f"{GATE}.statement.public")],
    ),
    "others who may call it": (
        ("actor: {roles: [lead, legal]}", "actor: {roles: [product, lead, legal]}"),
        [(LOOSER, f"{GATE}.actor.roles.product")],
    ),
    "the same who may call it, in another order": (
        ("actor: {roles: [lead, legal]}", "actor: {roles: [legal, lead]}"),
        [(OTHER, f"{GATE}.actor.roles")],
    ),
    "a rule less": (("      - soak: {at_least: 72h}\n", ""), [(LOOSER, f"{GATE}.soak")]),
    "a report less": ((RULES.splitlines(keepends=True)[2], ""), [(LOOSER, f"{GATE}.evidence.inspect.bio")]),
    "a report of another name": (
        ("name: bio,", "name: chem,"),
        [(LOOSER, f"{GATE}.evidence.inspect.bio"), (STRICTER, f"{GATE}.evidence.inspect.chem")],
    ),
    "sign-offs of another role": (
        ("{role: safety, count: 3, expires", "{role: legal, count: 3, expires"),
        [(LOOSER, f"{GATE}.sign_offs.safety"), (STRICTER, f"{GATE}.sign_offs.legal")],
    ),
    "a way onward from another stage": (
        ("    from: hosted\n    to: public", "    from: [hosted, review]\n    to: public"),
        [(LOOSER, "transitions.publish.from.review")],
    ),
    "a stop from another stage": (
        ("from: [testing, review]", "from: [testing, review, hosted]"),
        [(STRICTER, "transitions.delay.from.hosted")],
    ),
    "a stop in another order": (
        ("from: [testing, review]", "from: [review, testing]"),
        [(OTHER, "transitions.delay.from")],
    ),
    "a way onward": (
        ("  withdraw:", "  slip: {from: review, to: hosted, gate: [candidate_unchanged]}\n  withdraw:"),
        [(LOOSER, "transitions.slip")],
    ),
    "a way to a later stage that is not more exposed": (
        ("  withdraw:", "  skip: {from: testing, to: review, gate: [holds]}\n  withdraw:"),
        [(LOOSER, "transitions.skip")],
    ),
    "a way out of a hold": (
        ("  withdraw:", "  out: {from: delay, to: testing, gate: [holds]}\n  withdraw:"),
        [(LOOSER, "transitions.out")],
    ),
    "a way to pull back": (
        ("  withdraw:", "  pull: {from: hosted, to: review, gate: [holds]}\n  withdraw:"),
        [(STRICTER, "transitions.pull")],
    ),
    "a way back": (
        ("  withdraw:", "  back: {from: review, to: testing, gate: [holds]}\n  withdraw:"),
        [(OTHER, "transitions.back")],
    ),
}


@pytest.mark.parametrize(("change", "expected"), DIRECTED.values(), ids=DIRECTED)
def test_a_difference_is_named_at_its_place_with_its_direction(change: Edit, expected: Found) -> None:
    old, new = base(), base(change)

    assert found(old, new) == expected
    assert loosens(old, new) == tuple(sorted({place for effect, place in expected if effect == LOOSER}))


@pytest.mark.parametrize("change", [change for change, _ in DIRECTED.values()], ids=DIRECTED)
def test_the_way_back_exchanges_loosening_and_tightening(change: Edit) -> None:
    old, new = base(), base(change)

    assert sorted(found(new, old)) == sorted((EXCHANGED[effect], place) for effect, place in found(old, new))


REVIEW = "  review: {exposure: internal}\n"
DELAY = "  delay: {exposure: internal, hold: {role: safety, count: 2, review_within: 14d}}\n"
NO_CHANGE = ("process: simple", "process: simple")
WAIT = "  wait: {from: [hosted, delay], to: review, gate: [holds]}\n  withdraw:"
BOTH_WAYS: dict[str, tuple[Edit, Edit, list[str]]] = {
    "a stage of another exposure": (
        NO_CHANGE,
        ("hosted: {exposure: hosted}", "hosted: {exposure: vetted}"),
        ["stages.hosted.exposure"],
    ),
    "others who lift a hold": (
        NO_CHANGE,
        ("hold: {role: safety", "hold: {role: legal"),
        ["stages.delay.hold.role"],
    ),
    # Whoever reviews no more can find nothing acceptable, and nothing unacceptable either.
    "others who review": (
        ("roles: [safety, legal], reviewers", "roles: [safety, lead], reviewers"),
        ("roles: [safety, legal], reviewers", "roles: [safety, product], reviewers"),
        [f"{GATE}.risk_areas.roles.lead", f"{GATE}.risk_areas.roles.product"],
    ),
    "another number of a report": (
        NO_CHANGE,
        ("metric: accuracy", "metric: recall"),
        [f"{GATE}.evidence.inspect.bio.metric"],
    ),
    "a way that stops and also leads out of a stop": (
        NO_CHANGE,
        ("  withdraw:", WAIT),
        ["transitions.wait"],
    ),
    "a rule of a way that stops and also leads out of a stop": (
        ("  withdraw:", WAIT),
        ("  withdraw:", WAIT.replace("[holds]", "[holds, candidate_unchanged]")),
        ["transitions.wait.gate.candidate_unchanged"],
    ),
    "a step onward that leads elsewhere": (
        NO_CHANGE,
        ("from: testing\n    to: review", "from: testing\n    to: hosted"),
        ["transitions.submit.to"],
    ),
    "a stop that leads elsewhere": (
        ("  withdraw:", "  pull: {from: hosted, to: review, gate: [holds]}\n  withdraw:"),
        ("  withdraw:", "  pull: {from: hosted, to: testing, gate: [holds]}\n  withdraw:"),
        ["transitions.pull.to"],
    ),
    "a role with a veto, which may set reports aside and stop a release": (
        NO_CHANGE,
        ("  product: {}", "  product: {}\n  board: {}"),
        ["roles.board"],
    ),
    "stages in another order": (
        NO_CHANGE,
        (f"{REVIEW}{DELAY}", f"{DELAY}{REVIEW}"),
        ["stages"],
    ),
}


@pytest.mark.parametrize(("before", "after", "places"), BOTH_WAYS.values(), ids=BOTH_WAYS)
def test_what_may_be_looser_either_way_counts_as_looser_either_way(
    before: Edit, after: Edit, places: list[str]
) -> None:
    old, new = base(before), base(after)

    assert set(places) <= set(loosens(old, new))
    assert set(places) <= set(loosens(new, old))


STOPS = {
    "fewer who may stop it": (
        ("      - actor: {roles: [lead, safety]}\n  resume", "      - actor: {roles: [safety]}\n  resume"),
        (LOOSER, "transitions.delay.gate.actor.roles.lead"),
    ),
    "more who may stop it": (
        ("      - actor: {roles: [lead, safety]}\n  resume", "      - actor: {roles: [legal, lead, safety]}\n  resume"),
        (STRICTER, "transitions.delay.gate.actor.roles.legal"),
    ),
    "a stop that waits for sign-offs": (
        (
            "      - actor: {roles: [lead, safety]}\n  resume",
            "      - actor: {roles: [lead, safety]}\n      - holds\n  resume",
        ),
        (LOOSER, "transitions.delay.gate.holds"),
    ),
}


@pytest.mark.parametrize(("change", "expected"), STOPS.values(), ids=STOPS)
def test_a_stop_that_asks_for_more_is_looser(change: Edit, expected: tuple[str, str]) -> None:
    ((difference),) = differences(base(), base(change))

    assert (difference.effect, difference.place) == expected
    assert difference.text.endswith(" to stop or to pull back.")


def test_roles_that_only_advise_come_without_loosening() -> None:
    more = base(("  product: {}", "  product: {}\n  board: {authority: advice}"))

    assert found(base(), more) == [(OTHER, "roles.board")]
    assert found(more, base()) == [(LOOSER, "roles.board")]


WAYS_TO_TRIAL = """\
  try: {from: hosted, to: trial, gate: [holds]}
  end: {from: trial, to: withdrawn, gate: [holds]}
  withdraw:"""


def test_a_stage_comes_and_goes_with_the_ways_to_it() -> None:
    trial = base(
        ("  hosted: {exposure: hosted}\n", "  hosted: {exposure: hosted}\n  trial: {exposure: hosted}\n"),
        ("  withdraw:", WAYS_TO_TRIAL),
    )

    assert found(base(), trial) == [
        (OTHER, "stages.trial"),
        (LOOSER, "transitions.try"),
        (STRICTER, "transitions.end"),
    ]
    assert found(trial, base()) == [
        (OTHER, "stages.trial"),
        (STRICTER, "transitions.try"),
        (LOOSER, "transitions.end"),
    ]


def test_a_hold_that_entering_a_stage_opens_no_more_loosens() -> None:
    hold = "review: {exposure: internal, hold: {role: safety, count: 1}}"
    held = base(("review: {exposure: internal}", hold))

    assert (LOOSER, "stages.review.hold") in found(held, base())
    assert (STRICTER, "stages.review.hold") in found(base(), held)


def test_a_release_that_starts_elsewhere_loosens() -> None:
    earlier = base(
        ("  testing: {exposure", "  idea: {exposure: internal}\n  testing: {exposure"),
        ("  submit:", "  begin: {from: idea, to: testing, gate: [holds]}\n  submit:"),
    )

    assert [item.text for item in differences(base(), earlier) if item.place == "stages"] == [
        f"A release starts in idea and not in testing{UNKNOWN}"
    ]
    assert "stages" in loosens(base(), earlier)
    assert "stages" in loosens(earlier, base())


def test_a_name_that_stands_twice_counts_as_looser_whatever_else_is_otherwise() -> None:
    twice = Process(**{**dict(base()), "roles": (Role(name="safety", authority="advice"), *base().roles)})

    for old, new in ((base(), twice), (twice, base())):
        assert ("loosens", "*") in found(old, new)
    assert found(twice, twice) == []


def test_roles_and_transitions_may_stand_in_another_order() -> None:
    roles = base(("  legal: {}\n  product: {}", "  product: {}\n  legal: {}"))
    resume = "  resume: {from: delay, to: review, gate: [holds]}\n"
    transitions = base((resume, ""), ("  withdraw:", f"{resume}  withdraw:"))

    assert found(base(), roles) == [(OTHER, "roles")]
    assert found(base(), transitions) == [(OTHER, "transitions")]


UNKNOWN = ", and nobody can tell which way that goes."
TEXTS = {
    "count: 3, expires_after: 30d": (
        "count: 2, expires_after: 30d",
        "In `publish`, `sign_offs safety`: `count` goes from 3 to 2.",
    ),
    "      - soak: {at_least: 72h}\n": ("", "In `publish`, `soak` is gone (at_least 72h)."),
    ", max_age: 90d": ("", "In `publish`, `evidence inspect bio`: `max_age` goes from 90d to nothing."),
    "metric: accuracy": (
        "metric: recall",
        "In `publish`, `evidence inspect bio`: `metric` goes from accuracy to recall" + UNKNOWN,
    ),
    "signed: true": ("signed: false", "Nothing is to be signed any more."),
    "started_by: [lead]": ("started_by: [lead, product]", "`started_by` has product too."),
    "  withdraw:": (
        "  slip: {from: [testing, review], to: hosted, gate: [candidate_unchanged]}\n  withdraw:",
        "`slip` is new, from testing or review to hosted.",
    ),
    "people: 2, roles": (
        "public: false, people: 2, roles",
        "In `publish`, `statement`: `public` goes from true to false.",
    ),
    "{means: looks for harm}": (
        "{means: looks for harm, depends_on: [weights, tokenizer]}",
        "The role safety: `depends_on` goes from all components to weights, tokenizer.",
    ),
    "hosted: {exposure: hosted}": (
        "hosted: {exposure: vetted}",
        "The stage hosted is vetted and not hosted, so less is asked of what leads there.",
    ),
}


@pytest.mark.parametrize(("old", "new", "text"), [(old, *rest) for old, rest in TEXTS.items()])
def test_a_difference_is_one_sentence(old: str, new: str, text: str) -> None:
    assert [item.text for item in differences(base(), base((old, new)))] == [text]


def test_a_process_differs_in_nothing_from_itself_read_back() -> None:
    for path in shipped().values():
        process = load_process(path, Registry())
        assert differences(process, Process.from_bytes(process.canonical)) == ()
    assert differences(base(), base(("version: 3", "version: 3  # a comment"))) == ()


def test_what_is_otherwise_is_counted_gate_by_gate_with_what_nothing_undoes_first() -> None:
    new = base(
        ("version: 3", "version: 4"),
        ("      - actor: {roles: [lead, safety]}\n  resume", "      - actor: {roles: [safety]}\n  resume"),
        ("      - soak: {at_least: 72h}\n", ""),
        ("people: 2", "people: 3"),
        ("at_most: 0.25", "at_most: 0.250"),
    )

    assert by_gate(base(), new) == (
        GateDifference("publish", irreversible=True, loosens=1, tightens=1, alters=1),
        GateDifference("delay", irreversible=False, loosens=1, tightens=0, alters=0),
    )
    assert by_gate(base(), base(("version: 3", "version: 4"))) == ()
