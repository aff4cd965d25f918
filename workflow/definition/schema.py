"""A JSON Schema of the process file, by which an editor completes, explains and checks while somebody writes.

It is made from the form and from the policies' own parameters, and its descriptions are their docstrings, so it cannot
say anything else than they do. What several parts add up to, such as a role that nobody defined, it cannot tell:
``holdfast process check`` can.

Editors read YAML's own types, where the loader takes every value as the text that was written. So a number may stand
where a decimal is wanted, and a text where a number is.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from workflow.composition import ITEM_OF_A_GATE
from workflow.definition.form import Form
from workflow.policy import Policy
from workflow.registry import Registry

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The newest one that the YAML language server of editors reads in full."""

SHIPPED = Path(__file__).with_name("process.schema.json")
"""The schema with the built-in policies, as a file that an editor can be pointed to."""

_RULE_HERE = ITEM_OF_A_GATE
_COMMON = frozenset({Policy, *Policy.__mro__[1:]})
_DIGITS = "^[0-9]+$"
_DECIMAL = r"^[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?$"
_USERS_OWN = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"
_SENTENCE = re.compile(r"(?<=\.)\s+")


def as_json_schema(registry: Registry) -> dict[str, Any]:
    """The schema of a process file whose gates may name the policies of a registry, its user's own among them.

    Raises:
        DefinitionError: one of these policies cannot be found.
    """
    definitions: dict[str, Any] = {}
    whole = _of(Form, definitions)
    policies = {name: registry.find(name) for name in registry.names}
    parameters = {name: _parameters(kind, definitions) for name, kind in policies.items()}
    bare = [name for name, schema in parameters.items() if not schema.get("required")]
    definitions["rule"] = {
        "description": "A policy with its parameters, or the name of one that needs none.",
        "anyOf": [
            {"type": "string", "anyOf": [{"enum": bare}, {"pattern": _USERS_OWN}]},
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "properties": {
                    name: {**schema, "type": ["object", "null"]} if name in bare else schema
                    for name, schema in parameters.items()
                },
                "patternProperties": {_USERS_OWN: {}},
                "additionalProperties": False,
            },
        ],
    }
    return {"$schema": DIALECT, "title": "Holdfast process", **whole, "definitions": dict(sorted(definitions.items()))}


def _parameters(kind: type[Policy], definitions: dict[str, Any]) -> dict[str, Any]:
    try:
        return _of(kind, definitions)
    except PydanticInvalidForJsonSchema:  # a user's own policy may have parameters of any type
        return {"description": _plain(kind.__doc__ or ""), "type": "object"}


def _of(model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    made = model.model_json_schema(ref_template="#/definitions/{model}", schema_generator=_Schema)
    schema: dict[str, Any] = _finished(made)
    definitions.update(schema.pop("$defs", {}))
    return schema


def _finished(made: Any) -> Any:
    """What was generated, with what pydantic has no method for."""
    if isinstance(made, list):
        return [_finished(item) for item in made]
    if not isinstance(made, dict):
        return made
    if made == _RULE_HERE:
        return {"$ref": "#/definitions/rule"}
    done = {key: _finished(item) for key, item in made.items()}
    if isinstance(done.get("ge"), int):  # a limit outside of what reads the number
        done["minimum"] = done.pop("ge")
    if "anyOf" in done:  # a limit of how many, which each way to write it has by itself
        done.pop("minLength", None)
    if done.get("minLength") and "null" in done.get("type", ()):
        done["type"].remove("null")
    return done


def schema_text(schema: dict[str, Any]) -> str:
    """A schema as it stands in a file."""
    return json.dumps(schema, indent=1) + "\n"


class _Schema(GenerateJsonSchema):
    """What pydantic says of a model, in the terms of a YAML file in which every value may be written as a text."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        made.pop("title", None)
        own = [kind for kind in reversed(schema["cls"].__mro__) if kind not in _COMMON]
        said = {kind: _plain(vars(kind).get("__doc__") or "") for kind in own}
        # A later revision of a policy tells what it adds to the earlier one.
        line = [kind for kind in own if kind is schema["cls"] or issubclass(kind, Policy)]
        made["description"] = " ".join(said[kind] for kind in line)
        sentences = [sentence for words in said.values() for sentence in _SENTENCE.split(words)]
        for name, field in made.get("properties", {}).items():
            about = [sentence for sentence in sentences if re.search(rf"`{name}[`:]", sentence)]
            if about:
                field.setdefault("description", " ".join(about))
        return made

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if made.get("default", "") in (None, "", []):
            made.pop("default", None)
        return made

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        # A key that stands there with nothing behind it is no way of leaving it out.
        return self.generate_inner(schema["schema"])

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        return {**made, "additionalProperties": False} if "patternProperties" in made else made

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        return {**super().int_schema(schema), "type": ["integer", "string"], "pattern": _DIGITS}

    def bool_schema(self, schema: core_schema.BoolSchema) -> JsonSchemaValue:  # noqa: ARG002
        return {"enum": [True, False, "true", "false"]}

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        least = {"minimum": float(schema["ge"])} if "ge" in schema else {}
        return {"type": ["number", "string"], "pattern": _DECIMAL, **least}

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        words = list(schema["expected"])
        return {"enum": [*words, *(float(word) for word in words if re.fullmatch(r"[0-9]+\.[0-9]+", str(word)))]}

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        made = super().str_schema(schema)
        if "pattern" in made:
            return made
        # A key with nothing behind it is the empty text.
        return {**made, "type": ["string", "number", "boolean", "null"]}

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        made = super().enum_schema(schema)
        made.pop("title", None)
        return made

    def function_plain_schema(self, schema: Any) -> JsonSchemaValue:  # noqa: ARG002
        # The one plain validator of the form is that of an item of a gate.
        return dict(_RULE_HERE)


def _plain(docstring: str) -> str:
    """A docstring as one paragraph, its markup that of Markdown."""
    return re.sub(r":\w+:`~?(?:[\w.]+\.)?(\w+)`", r"`\1`", " ".join(docstring.split())).replace("``", "`")
