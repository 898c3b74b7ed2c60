"""`chainfaas function`: what a developer publishes, each change its own transaction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.commands import function_calls as call_commands
from chainfaas.cli.commands import function_folder as folder_commands
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, progress, result_console
from chainfaas.cli.user_options import (
    AsJson,
    ControllerOption,
    RpcOption,
    WalletOption,
    open_chain,
    open_controller,
    open_own_account,
)
from chainfaas.domain.errors import ConflictError, InvalidInputError

if TYPE_CHECKING:
    from chainfaas.cli import foreign_text, function_tables, own_tables
    from chainfaas.client import function_file, function_folder, own_functions, publishing
    from chainfaas.client.own_account import OwnAccount
    from chainfaas.domain import identifiers
else:
    foreign_text = lazy_module("chainfaas.cli.foreign_text")
    function_tables = lazy_module("chainfaas.cli.function_tables")
    own_tables = lazy_module("chainfaas.cli.own_tables")
    function_file = lazy_module("chainfaas.client.function_file")
    function_folder = lazy_module("chainfaas.client.function_folder")
    own_functions = lazy_module("chainfaas.client.own_functions")
    publishing = lazy_module("chainfaas.client.publishing")
    identifiers = lazy_module("chainfaas.domain.identifiers")

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Publish functions and their versions.")

app.command("new")(folder_commands.new)
app.command("test")(folder_commands.try_once)
app.command("build")(folder_commands.build)

Name = Annotated[str, typer.Argument(help="The function's name, or fn-<id>.")]


@app.command()
def create(
    context: typer.Context, wallet: WalletOption = None, rpc: RpcOption = None, *, as_json: AsJson = False
) -> None:
    """Make a function without a version; `publish` does it by itself where it is needed."""
    with progress("Creating a function"):
        account = open_own_account(context, wallet, rpc)
        sent, function = own_functions.FunctionOwner(account).create()
    text = identifiers.format_function_id(function)
    own_tables.print_sent(sent, f"Function {text} created", as_json=as_json, function=text)


@app.command()
def publish(  # noqa: PLR0913 - options are what a command line has
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The function's file, or the folder with its function.toml.")],
    *,
    image: Annotated[
        str | None, typer.Option(help="Image as repository@sha256:..., instead of the file's.")
    ] = None,
    wallet: WalletOption = None,
    rpc: RpcOption = None,
    controller: ControllerOption = None,
    as_json: AsJson = False,
) -> None:
    """Publish a version and have calls run it; nothing is sent if just that is live already."""
    pinned = function_folder.choose_image(file, image)
    read = function_file.read_function_file(file, pinned)
    with progress(f"Publishing {read.name}"):
        account = open_own_account(context, wallet, rpc)
        at = open_controller(context, controller, wallet) if read.bundle else None
        done = publishing.publish_file(account, at, read)
    function = identifiers.format_function_id(done.function_id)
    if as_json:
        transactions = [each.tx_hash for each in done.sent]
        print_json({"function": function, "version": done.version_id, "transactions": transactions})
        return
    live = f"{read.name} ({function}): version {done.version_id} is live"
    if not done.sent:
        result_console.print(foreign_text.cell(f"{live}, as before"))
    for each in done.sent:
        own_tables.print_sent(each, live, as_json=False)


@app.command("list")
def list_all(
    context: typer.Context,
    wallet: WalletOption = None,
    rpc: RpcOption = None,
    *,
    everybody: Annotated[bool, typer.Option("--all", help="Those of all owners.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the wallet's functions, as the chain has them."""
    if everybody:
        found = own_functions.read_functions(open_chain(context, rpc))
    else:
        account = open_own_account(context, wallet, rpc)
        found = own_functions.read_functions(account.chain, account.address)
    if as_json:
        print_json({"functions": [function_tables.function_document(each) for each in found]})
    else:
        result_console.print(function_tables.functions_table(found))


@app.command()
def show(
    context: typer.Context,
    name: Name,
    wallet: WalletOption = None,
    rpc: RpcOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show a function with all of its versions."""
    found = _find(open_own_account(context, wallet, rpc), name)
    if as_json:
        print_json(function_tables.function_document(found))
        return
    result_console.print(function_tables.functions_table([found]))
    result_console.print(function_tables.versions_table(found))


@app.command("set-live")
def set_live(
    context: typer.Context,
    name: Name,
    version: Annotated[int, typer.Argument(min=0, help="Number of the version; 0 takes no calls.")],
    wallet: WalletOption = None,
    rpc: RpcOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Set which version calls run."""
    with progress(f"Setting version {version} live"):
        account = open_own_account(context, wallet, rpc)
        chosen = identifiers.version_id(version) if version else None
        sent = own_functions.FunctionOwner(account).set_live(_find(account, name).function_id, chosen)
    what = f"Calls of {name} run version {version}" if version else f"{name} takes no calls"
    own_tables.print_sent(sent, what, as_json=as_json, live=version)


@app.command()
def rollback(
    context: typer.Context,
    name: Name,
    wallet: WalletOption = None,
    rpc: RpcOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Set the version live that was published before the live one."""
    with progress(f"Rolling {name} back"):
        account = open_own_account(context, wallet, rpc)
        found = _find(account, name)
        earlier = [each.version_id for each in found.versions if each.version_id < (found.live or 0)]
        if not earlier:
            raise ConflictError(
                f"{name} has no version before its live one.", remedy="Choose one with set-live."
            )
        sent = own_functions.FunctionOwner(account).set_live(found.function_id, max(earlier))
    own_tables.print_sent(
        sent, f"Calls of {name} run version {max(earlier)}", as_json=as_json, live=max(earlier)
    )


@app.command()
def retire(
    context: typer.Context,
    name: Name,
    wallet: WalletOption = None,
    rpc: RpcOption = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop a function for ever."""
    account = open_own_account(context, wallet, rpc)
    found = _find(account, name)
    if found.is_retired:
        raise ConflictError(f"{name} is retired already.", remedy="Nothing: it takes no calls.")
    if not yes:
        if as_json:
            raise InvalidInputError("Retiring cannot be taken back.", remedy="Say --yes with it.")
        typer.confirm(f"Stop {name} for ever?", abort=True, err=True)
    with progress(f"Retiring {name}"):
        sent = own_functions.FunctionOwner(account).retire(found.function_id)
    own_tables.print_sent(sent, f"{name} is retired", as_json=as_json)


app.command("logs")(call_commands.logs)
app.command("watch")(call_commands.watch)


def _find(account: OwnAccount, name: str) -> own_functions.OwnFunction:
    return own_functions.find_function(own_functions.read_functions(account.chain, account.address), name)
