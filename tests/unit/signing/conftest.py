"""The real ssh-keygen, in a directory that goes away."""

from __future__ import annotations

import pytest
from signing_lab import SshKeygen


@pytest.fixture(scope="session")
def ssh_keygen(tmp_path_factory: pytest.TempPathFactory) -> SshKeygen:
    return SshKeygen(tmp_path_factory.mktemp("ssh"))
