from __future__ import annotations

import pytest
import typer

from chainfaas.cli import lazy_module
from chainfaas.cli.command_table import COMMANDS, CommandRow


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_commands__row__module_has_the_app(row: CommandRow) -> None:
    module = lazy_module.lazy_module(row.module)

    assert isinstance(module.app, typer.Typer)
    assert row.summary.endswith(".")


def test_lazy_module__unknown__import_error() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such"):
        lazy_module.lazy_module("chainfaas.cli.no_such")
