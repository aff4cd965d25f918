"""The process: which stages a release passes through, by which transitions, past which gates, and who may sign.

A process is data. It is identified by the digest of its resolved form, in which every default and every policy's
revision is written out; a release is pinned to that digest.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
)

from workflow import ledger
from workflow.errors import DefinitionError, NotFound

WITHDRAWN = "withdrawn"
"""The stage that a release is taken back to. It ends the release; what was exposed may persist elsewhere."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Handle = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,47}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Params = dict[str, Any]
PublisherName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,47}(:[a-z][a-z0-9_]{0,47})?$")]
"""A shipped publisher by its name, or one of a user's own, which has a name before the colon."""

ALL_OF, ANY_OF = "all_of", "any_of"
"""The shipped rules that are made of rules."""

MAX_PROCESS_BYTES = 8 * 1024 * 1024
"""No process of a file that is read has so many, resolved; whatever has more is none, and is not read."""

LOADING = {"loading": True}
"""What validators are told where they read a definition's file: they may ask then whether something is known here."""


class Model(BaseModel):
    """A value that never changes and takes no unknown field."""

    # Most starts of a command use few of the models, so each is made ready when it is first used.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Exposure(StrEnum):
    """How far the bytes have gone, lowest first."""

    INTERNAL = "internal"
    VETTED = "vetted"
    HOSTED = "hosted"
    WEIGHTS = "weights"

    @property
    def rank(self) -> int:
        """The place on the ladder, 0 for ``internal``."""
        return _LADDER.index(self)


_LADDER = tuple(Exposure)


class Role(Model):
    """What somebody signs as. A ``veto`` role's reject ends only by its maker; an ``advice`` role's can be answered.

    ``pin`` wants the role's acts signed by a security key that checked a PIN or a fingerprint. ``sealed`` hides who
    decided what until the role's quorum is in; a refusal acts and shows at once. Whoever holds a role of ``not_with``
    may do nothing in this one that opens a gate. ``depends_on`` are the components of a candidate that the role's
    sign-offs depend on; none named, all of them.
    """

    name: Name
    means: str = ""
    authority: Literal["veto", "advice"] = "veto"
    pin: bool = False
    sealed: bool = False
    not_with: tuple[Name, ...] = ()
    depends_on: tuple[str, ...] = ()


class StageHold(Model):
    """The hold that entering a stage opens, and how many people of which role it takes to lift it."""

    role: Name
    count: int = Field(ge=1, le=99)
    review_within: str | None = None


class Stage(Model):
    """A place that a release can be in. A stage with a ``hold`` is where a held release waits."""

    name: Name
    exposure: Exposure
    means: str = ""
    hold: StageHold | None = None


class PolicySpec(Model):
    """One rule of a gate as data: which policy, which revision of it, with which parameters.

    ``source`` is the SHA-256 of the module that holds a user's own policy; null for a built-in one.
    """

    policy: str
    revision: int
    params: Params
    source: Digest | None = None

    @property
    def inside(self) -> tuple[PolicySpec, ...]:
        """The rules that a shipped composed one is made of; none for any other, or where they cannot be read."""
        if self.policy not in (ALL_OF, ANY_OF):
            return ()
        try:
            return tuple(PolicySpec.model_validate(item) for item in self.params["of"])
        except (KeyError, TypeError, ValueError):
            return ()

    @property
    def leaves(self) -> tuple[PolicySpec, ...]:
        """The rule itself, or of a composed one every rule that it comes down to."""
        return tuple(leaf for item in self.inside for leaf in item.leaves) or (self,)


class Publish(Model):
    """That bytes leave with a move: which publisher takes them, and the places below which it may put them."""

    publisher: PublisherName
    below: tuple[str, ...] = Field(min_length=1)

    def takes(self, destination: str) -> bool:
        """Whether a destination lies below one of the places, written without any detour."""
        for place in self.below:
            start = f"{place.rstrip('/')}/"
            rest = destination[len(start) :].split("/")
            if destination.startswith(start) and not {"", ".", ".."}.intersection(rest):
                return True
        return False


class OverrideQuorum(Model):
    """Whose word it takes for an override: so many people of a role."""

    role: Name
    count: int = Field(ge=1, le=99)


class OverrideReview(Model):
    """Who looks at an override after the fact, and within which time."""

    role: Name
    within: str


class Override(Model):
    """That one policy of a gate may be passed all the same, by the word of enough people, each good for a time.

    Every use raises a requirement: its review after the fact.
    """

    policy: str
    sign_offs: OverrideQuorum
    lasts: str
    review: OverrideReview


class Transition(Model):
    """The way from some stages to another, and the gate that stands in it.

    With ``publish``, the move is made by a plan and its application, and by nothing else. With ``override``, one policy
    of the gate can be passed by the word of enough people.
    """

    trigger: Name
    sources: tuple[Name, ...] = Field(min_length=1)
    dest: Name
    means: str = ""
    gate: tuple[PolicySpec, ...] = Field(min_length=1)
    publish: Publish | None = None
    override: Override | None = None


class Process(Model):
    """A resolved process. Stages stand in the order in which a release passes through them.

    ``signed`` wants every act that can open a gate signed with a key of its maker.
    """

    name: Name
    version: int = Field(ge=1)
    means: str = ""
    solo: bool = False
    signed: bool = False
    started_by: tuple[Name, ...]
    roles: tuple[Role, ...]
    stages: tuple[Stage, ...]
    transitions: tuple[Transition, ...]

    _kept: bytes | None = PrivateAttr(default=None)

    @property
    def format(self) -> Literal[1, 2, 3]:
        """The form that the process is kept in: the first that has a place for everything that it uses."""
        if any(transition.publish or transition.override for transition in self.transitions):
            return 3
        used = (role.pin or role.sealed or role.not_with or role.depends_on for role in self.roles)
        return 2 if self.signed or any(used) else 1

    @model_serializer(mode="wrap")
    def _in_its_format(self, complete: SerializerFunctionWrapHandler) -> dict[str, Any]:
        form = {"format": self.format, **complete(self)}
        # A process that says nothing new keeps the bytes, and so the digest, that it always had. From the third format
        # on, each thing is written out only where it is used, so that the next one moves nobody's digest either.
        for transition in form.get("transitions", ()):
            for key in ("publish", "override"):
                if transition.get(key) is None:
                    transition.pop(key, None)
        if self.format == 1:
            form.pop("signed", None)
            for role in form.get("roles", ()):
                for key in ("pin", "sealed", "not_with", "depends_on"):
                    role.pop(key, None)
        return form

    @cached_property
    def canonical(self) -> bytes:
        """The canonical bytes of the resolved form, kept as a blob; of a process that was read, the bytes it had."""
        return self._kept if self._kept is not None else ledger.encode(self.model_dump(mode="json"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Process) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """What identifies the process: the SHA-256 of :attr:`canonical`."""
        return ledger.sha256(self.canonical)

    @property
    def label(self) -> str:
        """What people call it: ``open_weights@1``."""
        return f"{self.name}@{self.version}"

    @property
    def initial(self) -> Stage:
        """The stage that a release starts in: the first."""
        return self.stages[0]

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Reads a resolved process back from its blob.

        Raises:
            DefinitionError: the bytes are not a resolved process, or not in the format that such a one is kept in.
            LedgerError: the bytes are not canonical.
        """
        if len(data) > MAX_PROCESS_BYTES:
            raise DefinitionError(f"not a resolved process: none has more than {MAX_PROCESS_BYTES:,} bytes")
        form = ledger.decode(data)
        stated = form.pop("format", None) if isinstance(form, dict) else None
        try:
            process = cls.model_validate(form)
        except ValueError as error:
            raise DefinitionError(f"not a resolved process: {error}") from error
        if ledger.encode(process.model_dump(mode="json")) != data:
            raise DefinitionError(
                f"not a resolved process: format {stated!r} is not written like this",
                remedy="load it from its file again, or read it with a newer Holdfast",
            )
        process._kept = data
        return process

    def stage(self, name: str) -> Stage:
        """The stage of that name.

        Raises:
            NotFound: there is none.
        """
        try:
            return self._stages[name]
        except KeyError:
            raise NotFound(f"{self.label} has no stage {name!r}") from None

    def transition(self, trigger: str) -> Transition:
        """The transition of that trigger.

        Raises:
            NotFound: there is none; the remedy lists what there is.
        """
        try:
            return self._transitions[trigger]
        except KeyError:
            known = ", ".join(self._transitions)
            raise NotFound(f"{self.label} has no trigger {trigger!r}", remedy=f"it has: {known}") from None

    def role(self, name: str) -> Role:
        """The role of that name.

        Raises:
            NotFound: there is none; the remedy lists what there is.
        """
        try:
            return self._roles[name]
        except KeyError:
            known = ", ".join(self._roles)
            raise NotFound(f"{self.label} has no role {name!r}", remedy=f"it has: {known}") from None

    def has_role(self, name: str) -> bool:
        """Whether the process defines that role."""
        return name in self._roles

    def has_trigger(self, name: str) -> bool:
        """Whether the process has a transition of that trigger."""
        return name in self._transitions

    def has_stage(self, name: str) -> bool:
        """Whether the process has that stage."""
        return name in self._stages

    def leaving(self, stage: str) -> tuple[Transition, ...]:
        """The transitions that lead out of a stage, in the order of the definition."""
        return self._leaving.get(stage, ())

    def is_raise(self, source: str, dest: str) -> bool:
        """Whether going from one stage to the other is a move to higher exposure."""
        return self.stage(dest).exposure.rank > self.stage(source).exposure.rank

    def is_irreversible(self, source: str, dest: str) -> bool:
        """Whether the move puts the weights out, after which nothing brings them back."""
        return self.is_raise(source, dest) and self.stage(dest).exposure is Exposure.WEIGHTS

    def is_forward(self, source: str, dest: str) -> bool:
        """Whether the move makes its caller a requester: a raise, or a step to a later stage that is no delay."""
        if self.is_raise(source, dest):
            return True
        if dest == WITHDRAWN or self.stage(dest).hold is not None:
            return False
        order = list(self._stages)
        return order.index(dest) > order.index(source)

    @cached_property
    def highest_exposure(self) -> Exposure:
        """How far a release under this process can get at most."""
        return max((stage.exposure for stage in self.stages), key=lambda exposure: exposure.rank)

    @cached_property
    def _stages(self) -> dict[str, Stage]:
        return {stage.name: stage for stage in self.stages}

    @cached_property
    def _transitions(self) -> dict[str, Transition]:
        return {transition.trigger: transition for transition in self.transitions}

    @cached_property
    def _leaving(self) -> dict[str, tuple[Transition, ...]]:
        return {
            stage.name: tuple(item for item in self.transitions if stage.name in item.sources) for stage in self.stages
        }

    @cached_property
    def _roles(self) -> dict[str, Role]:
        return {role.name: role for role in self.roles}
