import pytest

from chainfaas.provider.doctor.attack_table import ATTACKS
from chainfaas.provider.doctor.flags import Flag
from tools.make_attack_tables import FLAGS, REFERENCE, TABLES, attack_table, flag_table, page_with_table


@pytest.mark.parametrize("name", TABLES)
def test_page_with_table__each__is_what_the_doctors_table_makes(name: str) -> None:
    assert (REFERENCE / name).read_text() == page_with_table(name)


def test_flag_table__each_flag__has_a_row_with_a_proof() -> None:
    rows = flag_table().splitlines()[2:]
    assert [row.split("|")[1].strip(" `") for row in rows] == list(Flag) == list(FLAGS)
    assert all(row.split("|")[4].strip() for row in rows)


def test_attack_table__each_attack__has_a_row() -> None:
    rows = attack_table().splitlines()[2:]
    assert [row.split("|")[1].strip(" `") for row in rows] == [attack.id for attack in ATTACKS]
