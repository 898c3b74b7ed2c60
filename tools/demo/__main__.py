"""`python -m tools.demo`: what `make demo` runs."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from chainfaas.chain.state_folder import locate_state_folder
from chainfaas.cli.exit_codes import exit_code_of
from chainfaas.cli.output import print_error
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.observability.logs import configure_logs
from tools.demo.story import tell_story


def main() -> int:
    """Run the demonstration, and say by the exit code whether everything was as it should be."""
    parser = argparse.ArgumentParser(description="Start a local ChainFaaS, call functions, see them paid.")
    parser.add_argument("--home", type=Path, default=None, help="state folder")
    arguments = parser.parse_args()
    configure_logs("ERROR")
    try:
        return tell_story(locate_state_folder(arguments.home, os.environ, Path.cwd()))
    except ChainFaaSError as fault:
        print_error(fault, as_json=False)
        return int(exit_code_of(fault))


if __name__ == "__main__":
    sys.exit(main())
