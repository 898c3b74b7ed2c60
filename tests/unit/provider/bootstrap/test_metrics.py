from __future__ import annotations

import ast
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import Engine

from chainfaas.domain.identifiers import VersionId
from chainfaas.domain.outcomes import Status
from chainfaas.provider.bootstrap.metrics import COUNTED_ACTIONS, MetricSources, ProviderCollector
from chainfaas.provider.daemon.live_state import LiveState
from chainfaas.provider.journal.job_journal import JobJournal
from chainfaas.provider.journal.journal_file import open_journal
from chainfaas.provider.pool.origin import Origin
from chainfaas.provider.receipts.receipt_maker import ReceiptMaker, RunOutcome
from tests.unit.provider.provider_samples import DOMAIN, NOW_MS, OPERATOR_KEY, new_job, sample_batch

SOURCES = Path(__file__).resolve().parents[4] / "chainfaas"


def exposed(engine: Engine, live: LiveState | None) -> str:
    sources = MetricSources(
        folder=Path("/nowhere"),
        actions=lambda: {"poll_failed": 3, "something_else": 9},
        live=lambda: live,
        handed_out=lambda: {Origin.PRESTARTED: 5, Origin.REUSED: 0, Origin.PLAIN: 1},
    )
    registry = CollectorRegistry()
    registry.register(ProviderCollector(sources, engine))
    return generate_latest(registry).decode()


def test_collect__some_jobs__each_figure_under_its_label(tmp_path: Path) -> None:
    with open_journal(tmp_path) as engine:
        journal = JobJournal(engine)
        one, two = sample_batch((b"1", b"2")).jobs
        journal.accept(new_job(one, reserved=10**18))
        journal.accept(new_job(two, reserved=10**18))
        evil = 'x"} 1\nchainfaas_provider_paid_tokens_total 9\n#'
        outcome = RunOutcome(Status.INFRASTRUCTURE, reason=evil)
        journal.store_report(ReceiptMaker(OPERATOR_KEY, DOMAIN).ended(two, outcome, NOW_MS))
        text = exposed(engine, LiveState(17, {VersionId(3): 2, VersionId(4): 1}, 1))
    lines = text.splitlines()
    for expected in (
        'chainfaas_provider_jobs_total{status="infrastructure"} 1.0',
        'chainfaas_provider_jobs_total{status="succeeded"} 0.0',
        'chainfaas_provider_jobs_in_state{state="accepted"} 1.0',
        "chainfaas_provider_paid_tokens_total 0.0",
        'chainfaas_provider_owed_tokens{controller="1"} 2.0',
        'chainfaas_provider_sandboxes_total{origin="prestarted"} 5.0',
        "chainfaas_provider_sandboxes_ready 3.0",
        "chainfaas_provider_poll_failures_total 3.0",
        "chainfaas_provider_healthy 1.0",
    ):
        assert expected in lines
    assert "something_else" not in text
    assert "evil" not in text
    assert 'x"' not in text


def test_collect__daemon_failed__said(tmp_path: Path) -> None:
    with open_journal(tmp_path) as engine:
        assert "chainfaas_provider_healthy 0.0" in exposed(engine, None).splitlines()


def test_counted_actions__each__logged_by_the_provider() -> None:
    assert set(COUNTED_ACTIONS) <= set(actions_in(SOURCES / "provider"))


def test_actions__whole_source__written_out_and_never_computed() -> None:
    assert None not in actions_in(SOURCES)


def actions_in(folder: Path) -> list[str | None]:
    """What log lines name as their action; None where that is computed."""
    found: list[str | None] = []
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("_log."):
                for keyword in node.keywords:
                    if keyword.arg == "action":
                        is_literal = isinstance(keyword.value, ast.Constant)
                        found.append(str(ast.literal_eval(keyword.value)) if is_literal else None)
    return found
