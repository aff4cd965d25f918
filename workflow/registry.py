"""Where policies come from: the built-in ones by short name, a user's own by ``module:Class`` from an allow-list.

A built-in must stand in this distribution: a ``policies`` folder beside a release script must not take its place. A
user's own policy is imported only where its name was allowed, and the digest of its source is part of the process.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from collections.abc import Collection
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import ClassVar

from pydantic import ValidationError

from workflow import ledger
from workflow.composition import MAX_NESTED, Composed
from workflow.errors import DefinitionError, NotFound
from workflow.policy import GateContext, Policy, Reason, Verdict
from workflow.process import PolicySpec, Process, Transition
from workflow.requirement import Accepting

ALWAYS_AT_A_RAISE = ("charter", "holds", "objections", "requirements")
"""The policies that the loader adds to every raise, so that none is forgotten."""

NEVER_INSIDE = (*ALWAYS_AT_A_RAISE, "findings")
"""The policies that stand in the gate itself, and are no part of another: what others leave to them must be there."""


class Registry:
    """Finds and builds policies.

    Args:
        allowed: the user's own policies that may be imported, as ``module:Class``.
    """

    def __init__(self, allowed: Collection[str] = ()) -> None:
        self._allowed = frozenset(allowed)
        self._gates: dict[tuple[str, str], tuple[Policy, ...]] = {}

    def find(self, name: str, revision: int | None = None) -> type[Policy]:
        """The class of a policy; without a revision, the newest.

        Raises:
            DefinitionError: there is none of that name or revision, it is not allowed, or it is not a policy.
        """
        return self._users_own(name) if ":" in name else _built_in(name, revision)

    @property
    def allowed(self) -> frozenset[str]:
        """The user's own policies that may be imported."""
        return self._allowed

    @property
    def names(self) -> tuple[str, ...]:
        """The policies that a process file can name here: the built-in ones, then the user's own, each in their order.

        Raises:
            DefinitionError: another ``policies`` package stands where the shipped one belongs.
        """
        return (*sorted(_own("policies", "__init__.py").BUILT_IN), *sorted(self._allowed))

    def source(self, name: str) -> str | None:
        """The SHA-256 of the module that holds a user's own policy; None for a built-in one.

        Raises:
            DefinitionError: the policy cannot be found, or its source cannot be read.
        """
        if ":" not in name:
            return None
        path = inspect.getsourcefile(self._users_own(name))
        if path is None:
            raise DefinitionError(f"the source of {name} cannot be read", remedy="keep the policy in a file")
        try:
            return ledger.sha256(Path(path).read_bytes())
        except OSError as error:
            raise DefinitionError(f"the source of {name} cannot be read: {error}") from error

    def build(self, spec: PolicySpec, depth: int = 0) -> Policy:
        """The policy that a spec describes; of a composed one also all that it is made of.

        Raises:
            DefinitionError: it cannot be found, its source is not the recorded one, or it refuses its parameters; or
                composed rules stand in one another too deep.
        """
        kind = self.find(spec.policy, spec.revision)
        if kind.revision != spec.revision:
            raise DefinitionError(
                f"{spec.policy} is at revision {kind.revision}, and revision {spec.revision} is wanted"
            )
        if self.source(spec.policy) != spec.source:
            raise DefinitionError(
                f"the source of {spec.policy} is not the one that the process was loaded with",
                remedy="put the recorded source back, or load the process again as a new version",
            )
        try:
            policy = kind.model_validate(spec.params)
        except ValidationError as error:
            raise DefinitionError(f"{spec.policy} refuses its parameters: {error}") from error
        return self.completed(policy, depth)

    def completed(self, policy: Policy, depth: int = 0) -> Policy:
        """A policy with what it is made of, where it is a composed one.

        Raises:
            DefinitionError: a part cannot be built.
        """
        if not isinstance(policy, Composed):
            return policy
        if depth >= MAX_NESTED:
            raise DefinitionError(f"composed rules stand in one another deeper than {MAX_NESTED} levels")
        return policy.composed_of(self.build(part, depth + 1) for part in policy.of)

    def gate(self, process: Process, transition: Transition) -> tuple[Policy, ...]:
        """The policies of one transition. One that cannot be built stands there as a rule that always blocks."""
        key = (process.digest, transition.trigger)
        if key not in self._gates:
            self._gates[key] = tuple(self._build_or_block(spec) for spec in transition.gate)
        return self._gates[key]

    def policies(self, process: Process) -> tuple[Policy, ...]:
        """The policies of all gates of a process."""
        return tuple(policy for transition in process.transitions for policy in self.gate(process, transition))

    def quorums(self, process: Process) -> dict[str, int]:
        """Each role's largest count in one gate of the process: what speaks for the role outside a gate."""
        largest: dict[str, int] = {}
        for transition in process.transitions:
            counts: dict[str, int] = {}
            for policy in self.gate(process, transition):
                for quorum in policy.quorums():
                    counts[quorum.role] = counts.get(quorum.role, 0) + quorum.count
            for role, count in counts.items():
                largest[role] = max(count, largest.get(role, 0))
        return largest

    def unavailable(self, process: Process) -> tuple[str, ...]:
        """The policies of all gates of the process that cannot be run here, so that nobody knows what they ask."""
        found = (policy.policy for policy in self.policies(process) if isinstance(policy, Unavailable))
        return tuple(dict.fromkeys(found))

    def areas(self, process: Process) -> tuple[str, ...]:
        """The risk areas of all gates of the process, in the order of the definition."""
        return tuple(dict.fromkeys(area for policy in self.policies(process) for area in policy.areas_named()))

    def tests(self, process: Process) -> tuple[str, ...]:
        """The tests that the gates of the process want, in the order of the definition."""
        return tuple(dict.fromkeys(test for policy in self.policies(process) for test in policy.tests_named()))

    def asked(self, process: Process) -> dict[str, tuple[str, ...]]:
        """The roles whose word the gates of the process want on each risk area and each test."""
        found: dict[str, dict[str, None]] = {}
        for policy in self.policies(process):
            for subject in (*policy.areas_named(), *policy.tests_named()):
                found.setdefault(subject, {}).update(dict.fromkeys(policy.roles_named()))
        return {subject: tuple(roles) for subject, roles in found.items()}

    def accepting(self, process: Process) -> tuple[Accepting, ...]:
        """Who may accept the risk of a finding, by the gates of the process."""
        found = (policy.risks_accepted() for policy in self.policies(process))
        return tuple(dict.fromkeys(item for item in found if item is not None))

    def _build_or_block(self, spec: PolicySpec) -> Policy:
        try:
            return self.build(spec)
        except DefinitionError as error:
            remedy = f"; {error.remedy}" if error.remedy else ""
            return Unavailable(policy=self._culprit(spec), why=f"{error.message}{remedy}")

    def _culprit(self, spec: PolicySpec) -> str:
        """The name of what cannot be built: of a composed rule, the part that keeps it from being."""
        for part in spec.inside:
            try:
                self.build(part)
            except DefinitionError:
                return self._culprit(part)
        return spec.policy

    def _users_own(self, name: str) -> type[Policy]:
        if name not in self._allowed:
            raise DefinitionError(
                f"the policy {name} is not allowed here",
                remedy=f'allow it: policies = ["{name}"] in holdfast.toml, or open_engine(url, policies=["{name}"])',
            )
        module, _, attribute = name.partition(":")
        try:
            kind = getattr(importlib.import_module(module), attribute)
        except Exception as error:  # importing runs code of the user's, which may raise whatever it likes
            raise DefinitionError(f"the policy {name} cannot be imported: {type(error).__name__}: {error}") from error
        return _checked(name, kind)


class Unavailable(Policy):
    """Stands for a policy that cannot be run here. It blocks, and says why."""

    rule: ClassVar[str] = "unavailable"

    policy: str
    why: str

    def describe(self) -> str:
        """Which policy is missing."""
        return f"the policy {self.policy}, which cannot be run here"

    def evaluate(self, context: GateContext) -> Verdict:  # noqa: ARG002
        """Always an error."""
        return self.block(Reason(kind="error", code="policy-unavailable", text=self.why))


def shipped() -> dict[str, Path]:
    """The ready-made processes of this distribution, by name.

    They are looked for beside this package and nowhere else: a ``policies`` folder that Python would find first, next
    to a release script, must not stand in for them.

    Raises:
        NotFound: the distribution has lost them.
    """
    folder = Path(__file__).resolve().parent.parent / "policies"
    found = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    if not found:
        raise NotFound(f"there is no ready-made process in {folder}", remedy="install Holdfast anew")
    return found


def _built_in(name: str, revision: int | None) -> type[Policy]:
    policies = _own("policies", "__init__.py")
    revisions = policies.BUILT_IN.get(name)
    if revisions is None:
        raise DefinitionError(
            f"there is no policy {name!r}", remedy=f"there is: {', '.join(sorted(policies.BUILT_IN))}"
        )
    place = revisions.get(max(revisions) if revision is None else revision)
    if place is None:
        raise DefinitionError(f"the policy {name} has no revision {revision}", remedy="use a newer Holdfast")
    module, _, attribute = place.partition(":")
    try:
        return _checked(name, getattr(_own(f"policies.{module}", f"{module}.py"), attribute))
    except (ImportError, AttributeError) as error:
        raise DefinitionError(
            f"the policy {name} cannot be imported: {error}", remedy="install Holdfast again"
        ) from error


@cache
def _own(name: str, file: str) -> ModuleType:
    """A module of this distribution, looked for before anything of what Python finds has run."""
    mine = Path(__file__).resolve().parent.parent / "policies" / file
    try:
        spec = importlib.util.find_spec(name)
    except ValueError:
        spec = None  # a module that somebody made by hand does not say where it comes from
    found = spec.origin if spec else None
    if found is None or Path(found).resolve() != mine:
        raise DefinitionError(
            f"Python finds `{name}` in {found or 'no file'}, which does not belong to Holdfast: its own is {mine}",
            remedy="rename what stands there, or run from elsewhere: its rules must not stand in for the shipped ones",
        )
    return importlib.import_module(name)


def _checked(name: str, kind: object) -> type[Policy]:
    if not (isinstance(kind, type) and issubclass(kind, Policy)) or inspect.isabstract(kind):
        raise DefinitionError(f"{name} is not a policy", remedy="derive it from workflow.policy.Policy")
    return kind
