"""`chainfaas function logs|watch`: the calls of one function as they come."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.user_options import ControllerOption, WalletOption, open_controller

if TYPE_CHECKING:
    from chainfaas.cli import call_lines
    from chainfaas.client import call_follower
else:
    call_lines = lazy_module("chainfaas.cli.call_lines")
    call_follower = lazy_module("chainfaas.client.call_follower")

_PAUSE_SECONDS = 1.0

Name = Annotated[str, typer.Argument(help="Name of an own function, <owner>/<name>, or fn-<id>.")]
Limit = Annotated[int, typer.Option(min=1, max=200, help="How many calls that are there already.")]
AsJsonLines = Annotated[bool, typer.Option("--json", help="Print a JSON document a line, one for each call.")]


def logs(  # noqa: PLR0913 - options are what a command line has
    context: typer.Context,
    name: Name,
    limit: Limit = 5,
    *,
    is_following: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    wallet: WalletOption = None,
    controller: ControllerOption = None,
    as_json: AsJsonLines = False,
) -> None:
    """Show the wallet's latest calls of a function that have ended, each with its log."""
    follower = call_follower.CallFollower(open_controller(context, controller, wallet), name)
    pause: Callable[[], None] | None = _pause if is_following else None
    with _until_interrupted():
        for call in follower.follow(limit, pause):
            if not call_follower.has_ended(call):
                continue
            details, log = follower.details(call), follower.log(call)
            if as_json:
                call_lines.print_line_document(details, log)
            else:
                _write(f"{call_lines.call_line(details)}\n{call_lines.log_text(log)}")


def watch(
    context: typer.Context,
    name: Name,
    limit: Limit = 5,
    wallet: WalletOption = None,
    controller: ControllerOption = None,
    *,
    as_json: AsJsonLines = False,
) -> None:
    """Show a line for each change of the wallet's calls of a function, until Ctrl-C."""
    follower = call_follower.CallFollower(open_controller(context, controller, wallet), name)
    with _until_interrupted():
        for call in follower.follow(limit, _pause):
            details = follower.details(call) if call_follower.has_ended(call) else call
            if as_json:
                call_lines.print_line_document(details)
            else:
                _write(f"{call_lines.call_line(details)}\n")


@contextlib.contextmanager
def _until_interrupted() -> Iterator[None]:
    # Ctrl-C is how somebody who follows says that it is enough.
    with contextlib.suppress(KeyboardInterrupt):
        yield


def _pause() -> None:
    # The controller tells nobody about other calls, so it is asked again and again.
    time.sleep(_PAUSE_SECONDS)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
