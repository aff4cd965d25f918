"""A process with the engine already imported: a test that needs many processes has them forked from this one.

A fork costs milliseconds, where a start of Python with all its imports costs most of a second; and this process, unlike
the one that runs the tests, has no second thread that a fork could tear in half.

Run as ``python -m tests.faults.warm``: a line of JSON in asks for a function, a line out brings what it returned.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Warm:
    """The process, from the side of the tests."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.warm"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __call__(self, function: str, *args: Any, seconds: float = 120) -> Any:
        """What a function of this folder returns, such as ``races.advance``; it gets and gives what JSON can say."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([function, *args]).encode() + b"\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        assert ready, f"{function} did not end within {seconds} s"
        answer = json.loads(self._process.stdout.readline() or b'{"error": "the process ended"}')
        assert "error" not in answer, f"{function}{args}:\n{answer['error']}"
        return answer["result"]

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.communicate()


def serve() -> None:
    """Answers one line after the other. Only the answers go to the standard output."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        function, *args = json.loads(line)
        module, _, name = function.rpartition(".")
        try:
            answer = {"result": getattr(importlib.import_module(f"tests.faults.{module}"), name)(*args)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
