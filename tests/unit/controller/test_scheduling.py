from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.controller.scheduling.candidates import Candidate, Demand
from chainfaas.controller.scheduling.policies import chain_of
from chainfaas.controller.scheduling.rank_candidates import Ranking, rank_candidates
from chainfaas.controller.scheduling.verdicts import Answer
from chainfaas.controller.settings import Policy
from chainfaas.domain.amounts import BaseFee, MaxCost, Price, TokenAmount
from chainfaas.domain.identifiers import ProviderId, VersionId
from chainfaas.domain.prices import Offer, Terms, reserved_cost

TERMS = Terms(MaxCost(10**9), 128, 2_000)
DEMAND = Demand(VersionId(1), TERMS, {}, TokenAmount(10**20), TokenAmount(10**18))
CHEAP, DEAR = Offer(BaseFee(1), Price(1)), Offer(BaseFee(10**17), Price(10**9))
GOOD = Candidate(
    provider_id=ProviderId(1),
    offer=CHEAP,
    silent_seconds=0.0,
    free_memory_mib=1_024,
    total_memory_mib=1_024,
    free_cpu_millis=1_000,
    free_jobs=4,
    total_jobs=4,
    ready_depth=0,
)


def ranked(*candidates: Candidate, demand: Demand = DEMAND, policy: Policy = Policy.BALANCED) -> Ranking:
    return rank_candidates(demand, candidates, chain_of(policy, 3.0, 30.0), random.Random(1))  # noqa: S311


@pytest.mark.parametrize(
    ("changed", "answer", "reason"),
    [
        ({}, Answer.ACCEPT, "there"),
        ({"silent_seconds": None}, Answer.REFUSE, "not connected"),
        ({"silent_seconds": 31.0}, Answer.REFUSE, "not connected"),
        ({"silent_seconds": 10.0}, Answer.WAIT, "silent for 10 s"),
        ({"is_draining": True}, Answer.REFUSE, "takes no more jobs"),
        ({"total_memory_mib": None}, Answer.WAIT, "has not called yet"),
        ({"total_memory_mib": 127}, Answer.REFUSE, "has 127 MiB, 128 are needed"),
        ({"free_memory_mib": 127}, Answer.WAIT, "has 127 MiB free, 128 are needed"),
        ({"free_cpu_millis": 0}, Answer.WAIT, "has no processor free"),
        ({"free_jobs": 0}, Answer.WAIT, "runs 4 jobs, as many as it takes"),
        ({"offer": Offer(BaseFee(10**18 + 1), Price(0))}, Answer.REFUSE, "asks up to"),
    ],
)
def test_rank_candidates__one_thing_is_different__answer_and_reason(
    changed: dict[str, object], answer: Answer, reason: str
) -> None:
    [judgement] = ranked(replace(GOOD, **changed)).judgements  # type: ignore[arg-type]
    assert judgement.answer is answer
    assert judgement.reason.startswith(reason)


def test_rank_candidates__had_it_before__refused_with_what_became_of_it() -> None:
    ranking = ranked(GOOD, demand=replace(DEMAND, tried={ProviderId(1): "lost"}))
    assert (ranking.best, ranking.reasons()) == (None, {"1": "lost"})


@pytest.mark.parametrize("field", ["spendable", "job_cap"])
def test_rank_candidates__escrow_cannot_carry_it__unfunded_even_if_busy(field: str) -> None:
    too_little = TokenAmount(reserved_cost(TERMS, DEAR) - 1)
    poor = replace(DEMAND, **{field: too_little})  # type: ignore[arg-type]
    ranking = ranked(GOOD, replace(GOOD, provider_id=ProviderId(2), offer=DEAR, free_jobs=0), demand=poor)
    assert ranking.best is not None
    assert ranking.best.candidate is GOOD
    assert [each.candidate.provider_id for each in ranking.of(Answer.UNFUNDED)] == [2]


@pytest.mark.parametrize(
    ("policy", "preferred"), [(Policy.BALANCED, 2), (Policy.CHEAPEST, 1), (Policy.FASTEST, 2)]
)
def test_rank_candidates__cheap_or_warm__as_the_policy_says(policy: Policy, preferred: int) -> None:
    cheap = replace(GOOD, ready_depth=None)
    warm = replace(GOOD, provider_id=ProviderId(2), offer=DEAR, ready_depth=3)
    best = ranked(cheap, warm, policy=policy).best
    assert best is not None
    assert best.candidate.provider_id == preferred


def test_rank_candidates__loses_jobs__comes_last() -> None:
    unreliable = replace(GOOD, success_rate=0.1)
    best = ranked(unreliable, replace(GOOD, provider_id=ProviderId(2))).best
    assert best is not None
    assert best.candidate.provider_id == 2


def test_rank_candidates__random_policy__every_one_has_its_turn() -> None:
    candidates = [replace(GOOD, provider_id=ProviderId(number)) for number in range(1, 5)]
    lots = random.Random(7)  # noqa: S311 - lots of a scheduler
    chain = chain_of(Policy.RANDOM, 3.0, 30.0)
    drawn = set()
    for _ in range(100):
        best = rank_candidates(DEMAND, candidates, chain, lots).best
        assert best is not None
        drawn.add(best.candidate.provider_id)
    assert drawn == {1, 2, 3, 4}


candidates = st.builds(
    Candidate,
    provider_id=st.integers(1, 50).map(ProviderId),
    offer=st.builds(Offer, st.integers(0, 2 * 10**18).map(BaseFee), st.integers(0, 2**48 - 1).map(Price)),
    silent_seconds=st.none() | st.floats(0, 100),
    is_draining=st.booleans(),
    free_memory_mib=st.integers(-500, 4_096),
    total_memory_mib=st.none() | st.integers(0, 4_096),
    free_cpu_millis=st.integers(0, 8_000),
    free_jobs=st.integers(-3, 16),
    total_jobs=st.integers(0, 16),
    ready_depth=st.none() | st.integers(0, 5),
    success_rate=st.floats(0, 1),
)


@given(st.lists(candidates, max_size=8), st.sampled_from(Policy), st.integers(0, 10**19))
def test_rank_candidates__any_providers__the_best_can_run_it_and_be_paid(
    given_candidates: list[Candidate], policy: Policy, spendable: int
) -> None:
    demand = replace(DEMAND, spendable=TokenAmount(spendable))
    ranking = ranked(*given_candidates, demand=demand, policy=policy)
    assert len(ranking.judgements) == len(given_candidates)
    answers = [each.answer for each in ranking.judgements]
    assert answers == sorted(answers)
    for each in ranking.of(Answer.ACCEPT):
        chosen = each.candidate
        assert chosen.silent_seconds is not None
        assert chosen.silent_seconds <= 3
        assert chosen.free_jobs > 0
        assert chosen.free_memory_mib >= TERMS.memory_mib
        assert reserved_cost(TERMS, chosen.offer) <= min(spendable, DEMAND.job_cap)
        assert set(each.verdicts) >= {"price", "room", "load", "funds"}
