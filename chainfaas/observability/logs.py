"""Structured logs: a sentence, an `action` that machines count, and ids beside them."""

from __future__ import annotations

import logging
import sys

import structlog

from chainfaas.observability.action_counts import ActionCounts
from chainfaas.observability.harmless_values import harmless_values


def configure_logs(level: str = "INFO", *, as_json: bool = False, counts: ActionCounts | None = None) -> None:
    """Send this process's logs to standard error, once, at its start.

    Args:
        level: The lowest level that is written, as the standard library names it.
        as_json: One JSON document a line for machines, else lines for people.
        counts: Counts the lines by action; nobody does if absent.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    counting = [] if counts is None else [counts]
    structlog.configure(
        processors=[
            *counting,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            harmless_values,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
