"""`chainfaas provider statement`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, print_table, side_console
from chainfaas.cli.provider_commands.name_argument import ProviderName
from chainfaas.cli.user_options import COMMAND_LOG_LEVEL, AsJson
from chainfaas.domain.errors import InvalidInputError

if TYPE_CHECKING:
    from chainfaas.cli import statement_forms
    from chainfaas.domain import times
    from chainfaas.observability import logs
    from chainfaas.provider.bootstrap import provider_account
    from chainfaas.provider.earnings import statement as statements
else:
    statement_forms = lazy_module("chainfaas.cli.statement_forms")
    times = lazy_module("chainfaas.domain.times")
    logs = lazy_module("chainfaas.observability.logs")
    provider_account = lazy_module("chainfaas.provider.bootstrap.provider_account")
    statements = lazy_module("chainfaas.provider.earnings.statement")

_ONE_DAY = timedelta(days=1)


def statement(
    context: typer.Context,
    name: ProviderName = "main",
    *,
    first_day: Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD in UTC.")] = None,
    last_day: Annotated[str | None, typer.Option("--to", help="Last day, YYYY-MM-DD in UTC.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, one line a job.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what each job was paid, as the chain has it, with its transaction.

    A job counts on the day of its block; one that is not paid on the day when it ended. Amounts of CSV and
    JSON are base units, exact: cost is what the developer was charged, commission what controller and sealer
    got of it, paid what you got.
    """
    if as_csv and as_json:
        raise InvalidInputError("A statement is CSV or JSON.", remedy="Leave --csv or --json away.")
    logs.configure_logs(COMMAND_LOG_LEVEL)
    period = statements.Period(_start_of(first_day, 0), _start_of(last_day, 1))
    found = provider_account.read_statement(get_state_folder(context).providers / name, period)
    if as_json:
        print_json(statement_forms.document(found))
        return
    if as_csv:
        statement_forms.write_csv(found, sys.stdout)
    else:
        print_table(statement_forms.table(found))
    side_console.print(statement_forms.sums_line(found.sums), soft_wrap=True)


def _start_of(day: str | None, days_later: int) -> times.UnixSeconds | None:
    if day is None:
        return None
    try:
        start = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise InvalidInputError(f"{day!r} is no day.", remedy="Write it as 2026-01-31.") from None
    return times.UnixSeconds(int((start + days_later * _ONE_DAY).timestamp()))
