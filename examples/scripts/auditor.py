"""Adds up a whole network from its events alone, and compares the sums with what the contracts answer.

It needs a node and the deployments file, and trusts neither the controllers nor any database. Events count as
far as the headers of their blocks commit to them; who sealed the headers is not looked at::

    python examples/scripts/auditor.py --home .chainfaas
    python examples/scripts/auditor.py --rpc http://127.0.0.1:8545 --deployments deployments.json --json

It ends with exit code 1 if anything does not agree.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console

from chainfaas.chain.deployments import read_deployments
from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.chain.json_rpc import JsonRpc
from chainfaas.chain.state_folder import StateFolder
from chainfaas.domain.errors import ChainFaaSError
from examples.scripts.audit.audit import Audit
from examples.scripts.audit.proven_events import ProvenEvents
from examples.scripts.audit.report import audit_document, print_audit
from examples.scripts.chain import Chain

_ATTEMPTS = 3


def audit_chain(chain: Chain) -> tuple[Audit, int]:
    """Audit a network.

    Args:
        chain: The network.

    Returns:
        The finished audit, and the last block that it covers.

    Raises:
        ChainUnreachableError: The node does not answer, or its latest blocks are replaced again and again.
    """
    for _ in range(_ATTEMPTS):
        head = chain.reader.head()
        audit = Audit.begin(chain.contracts.money.address)
        proven = ProvenEvents(JsonRpc(chain.connection), chain.decoder, audit.findings)
        events = proven.read(chain.deployments.first_block, head.number)
        if chain.reader.headers([head.number]) == [head]:
            audit.read(events)
            audit.finish(chain.contracts.at_block(head.block_hash))
            return audit, head.number
    raise ChainUnreachableError("The latest blocks were replaced while they were read, each time.")


def main() -> int:
    """Audit, print, and say by the exit code whether everything agrees."""
    arguments = _arguments()
    # Amounts have up to 18 decimals: where nobody looks at the width, lines may be long.
    console = Console() if sys.stdout.isatty() else Console(width=160)
    try:
        audit, last = audit_chain(_open(arguments))
    except ChainFaaSError as fault:
        print(fault, file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps(audit_document(audit, last), indent=2))
    else:
        print_audit(audit, last, console)
    return 1 if audit.findings.mismatches else 0


def _open(arguments: argparse.Namespace) -> Chain:
    if arguments.rpc is None:
        return Chain.open_home(StateFolder(arguments.home))
    return Chain.open(arguments.rpc, read_deployments(arguments.deployments))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Add up a network from its events.")
    parser.add_argument(
        "--home", type=Path, default=Path(".chainfaas"), help="state folder of a local network"
    )
    parser.add_argument("--rpc", help="a node's address or socket, instead of the local network")
    parser.add_argument("--deployments", type=Path, help="deployments file that goes with --rpc")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    if arguments.rpc is not None and arguments.deployments is None:
        parser.error("--rpc needs --deployments")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
