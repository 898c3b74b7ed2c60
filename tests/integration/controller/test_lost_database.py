"""A controller whose database is gone, or is an older one than the chain knows."""

from __future__ import annotations

from chainfaas.controller.storage.sequence_start import LOST_DATABASE_GAP
from chainfaas.domain.identifiers import JobId, decompose_batch_id, decompose_job_id
from tests.integration.controller.controller_world import RunningController


def paid_job(controller: RunningController) -> JobId:
    """Have one call run and paid; returns its job."""
    controller.log_in()
    provider = controller.grounds.provider(0, controller.url)
    controller.submit("quick")
    job = provider.run_one()
    controller.claim(0, provider, job)
    return job


def sequence_of(job: JobId) -> int:
    return decompose_batch_id(decompose_job_id(job).batch).sequence


def test_start__database_lost_with_batches_on_the_chain__numbers_go_on_far_above(
    controller_on_demand: RunningController,
) -> None:
    controller = controller_on_demand
    first = sequence_of(paid_job(controller))
    controller.stop()
    for file in controller.folder.glob("controller.sqlite3*"):
        file.unlink()
    controller.start()
    second = sequence_of(paid_job(controller))
    assert second == first + LOST_DATABASE_GAP
    controller.stop()
    controller.start()
    third = sequence_of(paid_job(controller))
    assert second < third < second + LOST_DATABASE_GAP


def test_start__older_database_put_back__numbers_go_on_far_above(
    controller_on_demand: RunningController,
) -> None:
    controller = controller_on_demand
    paid_job(controller)
    controller.stop()
    older = {file: file.read_bytes() for file in controller.folder.glob("controller.sqlite3*")}
    controller.start()
    first = sequence_of(paid_job(controller))
    controller.stop()
    for file in controller.folder.glob("controller.sqlite3*"):
        file.unlink()
    for file, content in older.items():
        file.write_bytes(content)
    controller.start()
    assert sequence_of(paid_job(controller)) == first + LOST_DATABASE_GAP
