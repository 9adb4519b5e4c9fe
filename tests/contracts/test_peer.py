"""The ledger beside the Ethereum Attestation Service, on one node."""

import pytest

from bench._ledger_gas import Gas, dearest, measure, verdict
from bench._ledger_rate import ratios
from tests.anvil import running_anvil


@pytest.mark.anvil
def test_record__beside_eas__costs_a_sixtieth_of_it():
    with running_anvil() as url:
        ours, theirs = measure(url)
    each = {gas.what: gas.each for gas in theirs}
    assert dearest(ours) <= 2_750
    assert each["EAS multiAttest of 100"] / dearest(ours) >= 60
    assert [gas.each for gas in ours] == sorted((gas.each for gas in ours), reverse=True)


def test_verdict__batches_of_several_sizes__judges_the_dearest_of_the_largest():
    ours = [Gas("small", 900, 1), Gas("first", 1_500_000, 500), Gas("later", 1_400_000, 500)]
    lines = list(verdict(ours, [Gas("peer", 300_000, 100)]))
    assert lines == [
        "gas: 1.091 of the limit of 2,750 a record at 500 a batch",
        "gas: 1/1.0 of peer",
    ]


def test_ratios__rates_that_drift__are_taken_round_by_round():
    rates = {"PostgreSQL": [10, 4], "SQLite": [30, 10], "EAS": [5, 1], "blasted": [20, 10]}
    found = {(ratio.ours, ratio.peer): ratio[2:] for ratio in ratios(rates)}
    assert found["PostgreSQL", "EAS"] == (3.0, 2.0, 4.0)
    assert found["SQLite", "blasted"] == (1.25, 1.0, 1.5)
