"""Which files are the project's own, for the tests of this folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def project_files(*suffixes: str) -> list[Path]:
    """The files that git tracks, or would track, in the working tree.

    Args:
        suffixes: Only files that end in one of these; all files where none is given.

    Returns:
        Absolute paths, sorted.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    files = {ROOT / name for name in listed if name}
    return sorted(file for file in files if file.is_file() and (not suffixes or file.name.endswith(suffixes)))


def shown(files: list[Path]) -> list[str]:
    """Paths as a person would name them.

    Args:
        files: Absolute paths within the project.
    """
    return [str(file.relative_to(ROOT)) for file in files]
