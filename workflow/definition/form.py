"""The form of a process file: which keys stand where, and what may stand in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails

from workflow.definition.finding import Finding, Place, Places
from workflow.definition.lines import MAX_NAMED, Data
from workflow.policy import Duration
from workflow.process import Exposure, Model, Name, PublisherName

MAX_VERSION = 999_999_999


Names = Annotated[tuple[Name, ...], Field(min_length=1)]
ONCE = Field(json_schema_extra={"uniqueItems": True})
"""For editors: each item stands there once. The loader looks at that with the whole, and says it better."""


class Rule(NamedTuple):
    """One item of a gate as it was written: a policy and its parameters."""

    policy: str
    params: dict[str, Any]


def read_item(item: Any) -> Rule:
    """One item of a gate, or of a rule that is made of rules.

    Raises:
        ValueError: it is none.
    """
    if isinstance(item, str):
        return Rule(item, {})
    if not isinstance(item, dict) or not item:
        raise ValueError("an item of a gate is a policy, such as `- actor: {roles: [lead]}`")
    if len(item) > 1:
        names = ", ".join(list(item)[:4])
        raise ValueError(f"one policy an item, and here stand {names}: parameters are indented below their policy")
    ((policy, params),) = item.items()
    if params == "":
        return Rule(policy, {})
    if not isinstance(params, dict):
        raise ValueError(f"the parameters of {policy} have names, such as `{policy}: {{roles: [lead]}}`")
    return Rule(policy, params)


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class RoleForm(Model):
    """What somebody signs as.

    ``means`` says in words what the role is for. The refusal of an ``authority: veto`` role ends only by its maker;
    that of ``authority: advice`` can be answered by others of the role. ``pin`` wants its acts signed by a security key
    that checked a PIN or a fingerprint. ``sealed`` hides who decided what in it until its quorum is in; a refusal acts
    and shows at once. Whoever holds a role of ``not_with`` may do nothing in this one that opens a gate. Its sign-offs
    depend on the components of ``depends_on``, or on all where none is named.
    """

    means: str = ""
    authority: Literal["veto", "advice"] = "veto"
    pin: bool = False
    sealed: bool = False
    not_with: Annotated[tuple[Name, ...], ONCE] = ()
    depends_on: Annotated[tuple[str, ...], ONCE] = ()


class HoldForm(Model):
    """The hold that entering a stage opens; time never ends it.

    People of ``role`` lift it, as many as ``count`` says. ``review_within`` is when to look at it again; when that has
    passed, nothing is released.
    """

    role: Name
    count: int = Field(ge=1, le=99)
    review_within: Duration | None = None


class StageForm(Model):
    """A place that a release can be in. They stand in the order in which a release passes through them.

    ``exposure`` is how far the files have gone there, from internal to weights, which nobody can pull back. ``means``
    says in words what the stage is. Entering a stage with a ``hold`` opens one: it is where a held release waits.
    """

    exposure: Exposure
    means: str = ""
    hold: HoldForm | None = None


class PublishForm(Model):
    """That bytes leave with a move, which must raise the exposure.

    ``publisher`` is who takes them: `local_directory`, or one of your own, such as `acme:hub`. They go ``below`` one of
    these places.
    """

    publisher: PublisherName
    below: Annotated[
        tuple[str, ...],
        BeforeValidator(_one_or_more, json_schema_input_type=str | Annotated[tuple[str, ...], ONCE]),
        Field(min_length=1),
    ]


class OverrideQuorumForm(Model):
    """Whose word an override takes: ``count`` people of a ``role``."""

    role: Name
    count: int = Field(ge=1, le=99)


class OverrideReviewForm(Model):
    """Who looks at an override after the fact: somebody of a ``role``, ``within`` some time, such as `72h`."""

    role: Name
    within: Duration


class OverrideForm(Model):
    """That one policy of this gate may be passed all the same. A move that nothing undoes can have none.

    ``policy`` is which one. Its ``sign_offs`` say whose word it takes. Each word ``lasts`` so long, such as `24h`.
    Every use raises a requirement, the ``review`` after the fact.
    """

    policy: str
    sign_offs: OverrideQuorumForm
    lasts: Duration
    review: OverrideReviewForm


class TransitionForm(Model):
    """A move that its trigger makes: `holdfast advance RELEASE TRIGGER`.

    ``from`` is the stage that it leads from, or a list of them. ``to`` is the stage that it leads to. ``means`` says in
    words what the move is. Every line of the ``gate`` must be fulfilled at the same moment, or nothing moves. With
    ``publish``, the move is made by `holdfast plan` and `holdfast apply`. With ``override``, one policy of the gate can
    be passed by `holdfast override`.
    """

    sources: Annotated[
        tuple[Name, ...],
        BeforeValidator(_one_or_more, json_schema_input_type=Name | Annotated[Names, ONCE]),
        Field(alias="from", min_length=1),
    ]
    dest: Name = Field(alias="to")
    means: str = ""
    gate: Annotated[
        tuple[Annotated[Rule, PlainValidator(read_item)], ...],
        Field(json_schema_extra={"minItems": 1, "uniqueItems": True}),
    ]
    publish: PublishForm | None = None
    override: OverrideForm | None = None


class Form(Model):
    """Which stages a release passes through, by which transitions, past which gates, and who may sign.

    ``process`` is the name of the process. ``version`` is a whole number: a file that is to demand something else gets
    another one. ``means`` says in words what the process is for. ``solo: true`` admits that one person does everything,
    and every view says so. ``signed: true`` wants every act that can open a gate signed with a key of its maker. People
    with a role of ``started_by`` may start a release and replace its candidate. The ``roles`` are what people sign as.
    A release begins in the first of the ``stages``. It moves by the ``transitions``, each past its gate.
    """

    process: Name
    version: int = Field(ge=1, le=MAX_VERSION)
    means: str = ""
    solo: bool = False
    signed: bool = False
    started_by: tuple[Name, ...] = Field(min_length=1)
    roles: dict[Name, RoleForm] = Field(min_length=1)
    stages: dict[Name, StageForm] = Field(min_length=1)
    transitions: dict[Name, TransitionForm] = Field(min_length=1)

    def raises(self, transition: TransitionForm) -> bool:
        """Whether a transition leads from any of its stages to a higher exposure; all of them are defined."""
        reached = self.stages[transition.dest].exposure.rank
        return any(reached > self.stages[source].exposure.rank for source in transition.sources)


def read_form(data: Data, places: Places) -> tuple[Form | None, list[Finding]]:
    """What a file says, and what is wrong with its form. With nothing worse than unknown keys there is still a form."""
    try:
        return Form.model_validate(data), []
    except ValidationError as error:
        findings = mistakes(error, data, places, (), _KNOWN_KEYS)
    try:
        return Form.model_validate(data, extra="ignore"), findings
    except ValidationError:
        return None, findings


def rules(data: Data) -> Iterator[tuple[Place, Rule]]:
    """Every rule that can be read in a file, whatever else is wrong with it, and its place."""
    transitions = data.get("transitions") if isinstance(data, dict) else None
    for trigger, transition in transitions.items() if isinstance(transitions, dict) else ():
        gate = transition.get("gate") if isinstance(transition, dict) else None
        for index, item in enumerate(gate if isinstance(gate, list) else ()):
            try:
                rule = read_item(item)
            except ValueError:
                continue
            place: Place = ("transitions", trigger, "gate", index)
            yield (place if isinstance(item, str) else (*place, rule.policy)), rule


def mistakes(
    error: ValidationError, data: Data, places: Places, base: Place, known_keys: Mapping[Place, Collection[str]]
) -> list[Finding]:
    """What pydantic refused below ``base``, each at its own place and in words for somebody who wrote a file.

    Args:
        error: what pydantic raised.
        data: what it was given.
        places: the lines of the file.
        base: where in the file the data stands.
        known_keys: by place below the base, the keys that may stand there; ``*`` stands for any name.
    """
    found = []
    for detail in error.errors()[:MAX_NAMED]:
        place = _place(detail, data)
        found.append(places.error((*base, *place), _words(detail, place, known_keys)))
    return found


def suggestion(word: str, known: Collection[str]) -> str:
    """What was probably meant by a word that nobody knows."""
    near = get_close_matches(word[:64], list(known), n=1)
    return f"did you mean `{near[0]}`?" if near else f"known are: {', '.join(known)}"


FORMS: dict[Place, type[Model]] = {
    (): Form,
    ("roles", "*"): RoleForm,
    ("stages", "*"): StageForm,
    ("stages", "*", "hold"): HoldForm,
    ("transitions", "*"): TransitionForm,
    ("transitions", "*", "publish"): PublishForm,
    ("transitions", "*", "override"): OverrideForm,
    ("transitions", "*", "override", "sign_offs"): OverrideQuorumForm,
    ("transitions", "*", "override", "review"): OverrideReviewForm,
}
"""What stands at which place of a file; ``*`` is any name."""


def keys_of(form: type[Model]) -> tuple[str, ...]:
    """The keys that a model is written with."""
    return tuple(field.alias or name for name, field in form.model_fields.items())


_KNOWN_KEYS = {place: keys_of(form) for place, form in FORMS.items()}


def _place(detail: ErrorDetails, data: Data) -> Place:
    """The part of pydantic's location that is in the data; what it says beyond is about its own types."""
    place: list[str | int] = []
    here: Any = data
    for part in detail["loc"]:
        inside = range(len(here)) if isinstance(here, list) else here if isinstance(here, dict) else ()
        if part in inside:
            here = here[part]
        elif detail["type"] != "missing":
            break
        place.append(part)
    return tuple(place)


def _words(detail: ErrorDetails, place: Place, known_keys: Mapping[Place, Collection[str]]) -> str:
    given = detail["input"]
    shown = f"{given[:40]!r}" if isinstance(given, str) else "a list" if isinstance(given, list) else "a mapping"
    limits = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            known = known_keys.get(_any_name(place[:-1]))
            return f"unknown key; {suggestion(str(place[-1]), known)}" if known else "unknown key"
        case "missing":
            return "this key is missing"
        case "string_pattern_mismatch":
            return f"{shown} is not a name: small letters, digits and _, a letter first, at most 48"
        case "string_type":
            return f"a text is wanted here, not {shown}"
        case "tuple_type" | "list_type":
            return f"a list is wanted here, such as [lead], not {shown}"
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"keys with values are wanted here, not {shown}"
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return f"a whole number is wanted here, not {shown}"
        case "bool_parsing" | "bool_type":
            return f"true or false is wanted here, not {shown}"
        case "literal_error" | "enum":
            return f"{limits['expected']} is wanted here, not {shown}"
        case "too_short":
            return "nothing stands here, and at least one is needed"
        case "greater_than_equal":
            return f"{shown} is too small: at least {limits['ge']}"
        case "less_than_equal":
            return f"{shown} is too large: at most {limits['le']}"
        case "value_error":
            return str(limits["error"])
        case _:
            return detail["msg"][0].lower() + detail["msg"][1:]


def _any_name(place: Place) -> Place:
    return tuple("*" if index == 1 else part for index, part in enumerate(place))
