"""Which commands there are: a row here and a file in `commands` make one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command that is loaded when it is called."""

    name: str
    module: str
    """Module with a `typer.Typer` of the name `app`."""

    summary: str
    """The line that the list of commands shows."""


COMMANDS = (
    CommandRow("up", "chainfaas.cli.commands.up", "Start a whole ChainFaaS on this machine."),
    CommandRow("down", "chainfaas.cli.commands.down", "Stop everything that runs in this state folder."),
    CommandRow("status", "chainfaas.cli.commands.status", "Show what the local system is doing."),
    CommandRow("reset", "chainfaas.cli.commands.reset", "Stop everything and begin with a fresh chain."),
    CommandRow("chain", "chainfaas.cli.commands.chain", "Run the local proof-of-authority network."),
    CommandRow("deploy", "chainfaas.cli.commands.deploy", "Deploy the contracts on the local network."),
    CommandRow("controller", "chainfaas.cli.commands.controller", "Run the service that takes calls."),
    CommandRow("provider", "chainfaas.cli.commands.provider", "Run jobs, and be paid for them."),
    CommandRow("wallet", "chainfaas.cli.commands.wallet", "Keys, and what they do with their money."),
    CommandRow("faucet", "chainfaas.cli.commands.faucet", "Get coin, and tokens on development networks."),
    CommandRow("function", "chainfaas.cli.commands.function", "Publish functions and their versions."),
    CommandRow("invoke", "chainfaas.cli.commands.invoke", "Call a function."),
    CommandRow("invocation", "chainfaas.cli.commands.invocation", "Look at calls that were made."),
    CommandRow("job", "chainfaas.cli.commands.job", "Look at what the chain knows of jobs."),
    CommandRow("verify", "chainfaas.cli.commands.verify", "Check a receipt offline."),
    CommandRow("config", "chainfaas.cli.commands.config", "Show what the commands work with."),
)
"""In the order of the list that help prints."""
