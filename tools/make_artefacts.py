"""Writes contracts/artefacts from the contracts; with --check only says whether the committed ones fit."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from chainfaas.chain.compiler import compile_artefacts
from chainfaas.domain.errors import ChainFaaSError

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "contracts" / "artefacts"


def main() -> int:
    """Compile, then compare or write.

    Returns:
        The exit code: 1 if the committed artefacts are stale or the contracts do not compile.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file would change")
    check_only = parser.parse_args().check
    try:
        wanted = {FOLDER / f"{name}.json": text for name, text in compile_artefacts(ROOT).items()}
    except ChainFaaSError as error:
        print(error, file=sys.stderr)
        return 1
    present = {file: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.json")}
    changed = sorted(file for file in wanted | present if wanted.get(file) != present.get(file))
    if not check_only:
        write(changed, wanted)
    for file in changed:
        print(f"{file.relative_to(ROOT)}: {'stale, run make artefacts' if check_only else 'written'}")
    return int(check_only and bool(changed))


def write(changed: list[Path], wanted: dict[Path, str]) -> None:
    """Bring the folder to the wanted state.

    Args:
        changed: The files that differ from it.
        wanted: Each file's text; a changed file without one is removed.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file in changed:
        if file in wanted:
            file.write_text(wanted[file], encoding="utf-8")
        else:
            file.unlink()


if __name__ == "__main__":
    sys.exit(main())
