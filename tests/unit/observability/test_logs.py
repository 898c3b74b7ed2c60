from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
import structlog

from chainfaas.observability.action_counts import ActionCounts
from chainfaas.observability.logs import configure_logs


@pytest.fixture(autouse=True)
def defaults() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_configure_logs__json__sentence_action_and_ids(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(as_json=True)
    structlog.get_logger().info("A node was started.", action="node_started", node=2)

    captured = capsys.readouterr()
    document = json.loads(captured.err)
    assert captured.out == ""
    assert (document["event"], document["action"], document["node"]) == (
        "A node was started.",
        "node_started",
        2,
    )
    assert (document["level"], document["timestamp"][-1]) == ("info", "Z")


def test_configure_logs__json__exceptions_with_their_trace(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(as_json=True)
    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger().exception("It failed.", action="failed")

    assert "ValueError: broken" in json.loads(capsys.readouterr().err)["exception"]


@pytest.mark.parametrize(("level", "written"), [("info", True), ("WARNING", False)])
def test_configure_logs__level__lower_ones_left_out(
    capsys: pytest.CaptureFixture[str], level: str, written: bool
) -> None:
    configure_logs(level)
    structlog.get_logger().info("A node was started.", action="node_started")

    assert ("A node was started." in capsys.readouterr().err) is written


FORGED = [
    "x\n2026-01-01T00:00:00Z [info     ] A job was paid. action=job_paid",
    "x\r\x1b[2K[info] A job was paid.",
    "\x1b]0;title\x07",
    "\u2028[info] A job was paid.\u0085[info]",
    "\u202e.diap saw boj A",
    "\ud800",
]


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("text", FORGED)
@pytest.mark.parametrize("kept_as", [str, lambda text: [text], lambda text: {text: text}, OSError])
def test_configure_logs__text_of_somebody_else__one_line_without_commands(
    capsys: pytest.CaptureFixture[str], text: str, as_json: bool, kept_as: Callable[[str], object]
) -> None:
    configure_logs(as_json=as_json)
    structlog.get_logger().warning("A job failed.", action="job_failed", fault=kept_as(text))

    written = capsys.readouterr().err
    assert len(written.splitlines()) == 1
    assert written[:-1].isprintable()
    assert written.endswith("\n")


@pytest.mark.parametrize("as_json", [True, False])
def test_configure_logs__trace_with_a_forged_line__moved_in(
    capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    configure_logs(as_json=as_json)
    try:
        raise ValueError(FORGED[0] + FORGED[1])
    except ValueError:
        structlog.get_logger().exception("It failed.", action="failed")

    first, *more = capsys.readouterr().err.splitlines()
    assert "It failed." in first
    assert all(line.startswith("    | ") and line.isprintable() for line in more)


def test_configure_logs__counts__lines_by_action(capsys: pytest.CaptureFixture[str]) -> None:
    counts = ActionCounts()
    configure_logs(counts=counts)
    for _ in range(2):
        structlog.get_logger().info("A poll failed.", action="poll_failed", fault="action=job_paid")
    structlog.get_logger().info("Nobody named it.")
    structlog.get_logger().debug("Too low.", action="low")

    assert counts.counts() == {"poll_failed": 2}
    assert len(capsys.readouterr().err.splitlines()) == 3
