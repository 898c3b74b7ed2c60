from __future__ import annotations

from sqlalchemy import func, insert, select

from chainfaas.controller.periodic.clockwork import Clockwork, Duties
from chainfaas.controller.storage.schema import CHAIN, PRIVATE
from tests.fake_provider import Ran
from tests.unit.controller.hand_written_index import DEVELOPER
from tests.unit.controller.small_controller import SmallController

DAY_SECONDS = 86_400


def duties(controller: SmallController) -> Duties:
    return Duties(controller.parts, controller.database, controller.keeper, controller.ledger)


def test_sweep__outputs_are_old__gone_but_for_their_receipt(controller: SmallController) -> None:
    provider = controller.provider()
    provider.poll()
    place = controller.invoke(Prefer="respond-async").headers["Location"]
    provider.run_one(Ran(output=b"o" * 100_000, log=b"short"))
    controller.clock.ahead_seconds += 6 * DAY_SECONDS
    duties(controller).sweep()
    controller.tokens.clear()
    assert len(controller.request("GET", f"{place}/output", key=DEVELOPER).body) == 100_000
    controller.clock.ahead_seconds += 2 * DAY_SECONDS
    duties(controller).sweep()
    controller.tokens.clear()
    for name in ("output", "log"):
        reply = controller.request("GET", f"{place}/{name}", key=DEVELOPER)
        assert (reply.status, reply.json()["code"]) == (404, "content-gone")
    assert controller.request("GET", f"{place}/receipt", key=DEVELOPER).status == 200


def test_sweep__log_ins_and_keys_are_over__forgotten(controller: SmallController) -> None:
    controller.provider().poll()
    controller.invoke(Prefer="respond-async", Idempotency_Key="k")
    controller.request("POST", "/v1/auth/challenge", {"address": str(DEVELOPER.address)})
    controller.clock.ahead_seconds += 2 * DAY_SECONDS
    duties(controller).sweep()
    with controller.database.engine.connect() as connection:
        for table in (PRIVATE.sessions, PRIVATE.nonces, PRIVATE.idempotency_keys):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_clockwork__lease_ends__noticed_without_anybody_asking(controller: SmallController) -> None:
    provider = controller.provider()
    provider.poll()
    controller.invoke(Prefer="respond-async")
    provider.poll(5_000)
    clockwork = Clockwork(duties(controller))
    clockwork.start()
    controller.clock.ahead_seconds += 11
    controller.until(lambda: not controller.state.jobs)
    clockwork.stop()


def test_readyz__index_is_empty__degraded_and_says_why(controller: SmallController) -> None:
    reply = controller.request("GET", "/readyz")
    assert (reply.status, reply.json()["faults"]) == (503, ["The index is empty or cannot be read."])
    block = {"number": 1, "block_hash": "0x01", "parent_hash": "0x00", "timestamp": 1}
    with controller.database.engine.begin() as connection:
        connection.execute(insert(CHAIN.blocks).values(block))
    faults = controller.request("GET", "/readyz").json()["faults"]
    assert faults == ["The node has not answered yet; calls go on, ledger writes wait."]
    assert controller.request("GET", "/healthz").status == 200
