import pytest

from chainfaas.domain.errors import InvalidInputError
from chainfaas.provider.doctor.attack import HELD, AttackClass, Ends, Refused, UnderGvisor
from chainfaas.provider.doctor.attack_table import ATTACKS, choose_attacks
from chainfaas.provider.doctor.flags import Flag


def test_attacks__all__forty_and_more_with_names_of_their_own() -> None:
    ids = [attack.id for attack in ATTACKS]
    assert len(set(ids)) == len(ids) >= 40


@pytest.mark.parametrize("kind", AttackClass)
def test_attacks__each_class__has_some(kind: AttackClass) -> None:
    assert [attack for attack in ATTACKS if attack.kind is kind]


@pytest.mark.parametrize("flag", Flag)
def test_attacks__each_flag__proved_by_some(flag: Flag) -> None:
    assert choose_attacks(without=flag)


def test_choose_attacks__names__only_these_in_the_tables_order() -> None:
    chosen = choose_attacks(["capabilities", "host-files"])
    assert [attack.id for attack in chosen] == ["host-files", "capabilities"]


def test_choose_attacks__unknown_name__refused() -> None:
    with pytest.raises(InvalidInputError, match="nonsuch"):
        choose_attacks(["host-files", "nonsuch"])


def test_choose_attacks__gvisor__leaves_out_what_reaches_its_own_kernel() -> None:
    left_out = set(ATTACKS) - set(choose_attacks(gvisor=True))
    assert left_out == {attack for attack in ATTACKS if attack.gvisor is UnderGvisor.NO_ATTACK}
    assert len(choose_attacks(gvisor=True)) >= 40


def test_ending_under__gvisor__its_own_where_there_is_one() -> None:
    other = next(attack for attack in ATTACKS if isinstance(attack.gvisor, Ends))
    assert other.ending_under(gvisor=True) == other.gvisor
    assert other.ending_under(gvisor=False) == other.ending


def test_ending__each_kind__says_what_is_expected() -> None:
    assert str(HELD) == "SUCCEEDED, held"
    assert str(Ends(HELD.statuses, None, or_lost=True)) == "SUCCEEDED or sandbox-lost"
    assert str(Refused("image-refused", "volumes")) == "image-refused: volumes"
    assert str(Refused("image-missing")) == "image-missing"
