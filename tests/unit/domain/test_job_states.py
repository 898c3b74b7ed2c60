from __future__ import annotations

import itertools

import pytest

from chainfaas.domain.errors import InvalidTransitionError
from chainfaas.domain.job_states import JobState, JobStep, transition

EDGES = {
    (JobState.NONE, JobStep.OPEN): JobState.OPEN,
    (JobState.OPEN, JobStep.SETTLE): JobState.SETTLED,
    (JobState.OPEN, JobStep.DECLINE): JobState.DECLINED,
    (JobState.OPEN, JobStep.EXPIRE): JobState.EXPIRED,
    (JobState.NONE, JobStep.RECORD): JobState.RECORDED,
    (JobState.NONE, JobStep.LEAVE_UNFUNDED): JobState.UNFUNDED,
}


@pytest.mark.parametrize(("state", "step"), list(itertools.product(JobState, JobStep)))
def test_transition__every_state_and_step__the_edges_of_the_protocol_and_no_other(
    state: JobState, step: JobStep
) -> None:
    if (state, step) in EDGES:
        assert transition(state, step) is EDGES[state, step]
        return
    with pytest.raises(InvalidTransitionError, match=f"{state}.*{step}"):
        transition(state, step)


def test_is_final__each_state__all_but_none_and_open() -> None:
    assert {state for state in JobState if not state.is_final} == {JobState.NONE, JobState.OPEN}
