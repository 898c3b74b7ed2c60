"""Tests of the function; run them in this folder with ``python3 -m unittest``."""

import unittest

from chainfaas_kit import FunctionError
from handler import summary


class Summary(unittest.TestCase):
    """What `summary` answers."""

    def test_summary__numbers__count_sum_and_mean(self) -> None:
        """The usual case."""
        self.assertEqual(summary({"numbers": [1, 2, 6]}), {"count": 3, "sum": 9, "mean": 3.0})

    def test_summary__nothing__function_error(self) -> None:
        """A call without numbers fails, and says why."""
        with self.assertRaises(FunctionError):
            summary({})


if __name__ == "__main__":
    unittest.main()
