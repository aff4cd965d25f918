"""Process definitions: from a strict YAML file to a resolved process, with every mistake at its line."""

from workflow.definition.finding import Finding, Places
from workflow.definition.load import Loaded, load_process, read_process

__all__ = ["Finding", "Loaded", "Places", "load_process", "read_process"]
