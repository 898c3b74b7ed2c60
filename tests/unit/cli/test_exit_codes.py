from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.chain.node.errors import NetworkBusyError, NetworkFileError, UnknownNodeError
from chainfaas.cli.exit_codes import ExitCode, exit_code_of
from chainfaas.domain.errors import ChainFaaSError, InternalError, InvalidAmountError, LimitExceededError

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "cli.md"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ChainFaaSError(), 1),
        (InternalError(), 1),
        (InvalidAmountError(), 3),
        (UnknownNodeError(), 4),
        (NetworkBusyError(), 5),
        (LimitExceededError(), 6),
        (NetworkFileError(), 7),
        (ChainUnreachableError(), 8),
    ],
)
def test_exit_code_of__error__code_of_its_branch(error: ChainFaaSError, code: int) -> None:
    assert exit_code_of(error) == code


def _documented() -> Iterator[int]:
    for line in REFERENCE.read_text(encoding="utf-8").splitlines():
        first = line.split("|")[1].strip() if line.startswith("|") else ""
        if first.isdigit():
            yield int(first)


def test_exit_codes__reference__lists_every_code() -> None:
    assert list(_documented()) == [code.value for code in ExitCode]
