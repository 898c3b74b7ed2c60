from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

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
