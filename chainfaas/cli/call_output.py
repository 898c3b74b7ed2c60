"""Showing a function's answer, which is neither markup nor anything that a terminal obeys."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from chainfaas.cli.foreign_text import cell, plain
from chainfaas.cli.output import print_json, side_console
from chainfaas.domain.amounts import format_tokens
from chainfaas.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from chainfaas.client.answers import CallAnswer, CallFacts


def write_output(output: bytes, content_type: str, file: Path | None) -> None:
    """Write an output where it was asked for: a file, another program, or, made harmless, the terminal.

    Args:
        output: What the function wrote.
        content_type: What it is said to be.
        file: Where it goes; standard output if absent.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    if file is not None:
        write_file(file, output)
        side_console.print(cell(f"{len(output):,} bytes of {content_type} are in {file}"), soft_wrap=True)
    elif not sys.stdout.isatty():
        sys.stdout.buffer.write(output)
        sys.stdout.buffer.flush()
    elif (text := _as_text(output)) is not None:
        sys.stdout.write(text if not text or text.endswith("\n") else text + "\n")
    else:
        note = f"{len(output):,} bytes of {content_type}: write them to a file with --output"
        side_console.print(cell(note), soft_wrap=True)


def write_file(file: Path, content: bytes) -> None:
    """Write bytes to a file that the user named.

    Args:
        file: Where.
        content: What.

    Raises:
        ConfigurationError: It cannot be written.
    """
    try:
        file.write_bytes(content)
    except OSError as fault:
        raise ConfigurationError(
            f"{file} cannot be written: {fault.strerror}.", remedy="Name another file."
        ) from fault


def show_answer(answer: CallAnswer, file: Path | None, *, as_json: bool) -> None:
    """Show an answer, and where it came from.

    Args:
        answer: The answer.
        file: Where the output goes besides; standard output alone if absent.
        as_json: Whether a machine reads it.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    if file is not None or not as_json:
        write_output(answer.output, answer.content_type, file)
    if as_json:
        print_json(answer_document(answer))
    else:
        print_facts(answer.facts)


def print_facts(facts: CallFacts) -> None:
    """Print beside an output where it came from.

    Args:
        facts: What the answer's headers say.
    """
    times = ", ".join(f"{name} {duration:.1f} ms" for name, duration in facts.times_ms.items())
    cost = "-" if facts.cost is None else f"{format_tokens(facts.cost)} tokens"
    side_console.print(
        f"[dim]{facts.invocation}\njob {facts.job or '-'}, cost {cost}{', ' if times else ''}{times}[/]",
        soft_wrap=True,
    )


def facts_document(facts: CallFacts) -> dict[str, object]:
    """Return for a machine where an output came from.

    Args:
        facts: What the answer's headers say.
    """
    return {
        "invocation": str(facts.invocation),
        "job": None if facts.job is None else str(facts.job),
        "cost": None if facts.cost is None else str(facts.cost),
        "timesMs": dict(facts.times_ms),
    }


def answer_document(answer: CallAnswer) -> dict[str, object]:
    """Return an answer for a machine; an output that is no UTF-8 is in base64.

    Args:
        answer: The answer.
    """
    try:
        written: dict[str, object] = {"output": answer.output.decode("utf-8")}
    except UnicodeDecodeError:
        written = {"outputBase64": base64.b64encode(answer.output).decode("ascii")}
    return {**facts_document(answer.facts), "contentType": answer.content_type, **written}


def _as_text(output: bytes) -> str | None:
    try:
        return plain(output.decode("utf-8"))
    except UnicodeDecodeError:
        return None
