"""The tests of the shop, against a provider that does not exist."""

import unittest

from shop import Declined, Till


class Payments(unittest.TestCase):
    def setUp(self):
        self.till = Till(self.id())

    def test_a_charge_is_made_and_given_back(self):
        charge = self.till.charge(100)
        self.assertEqual(charge, {"id": "ch-1", "amount": 100})
        self.assertEqual(self.till.refund(charge["id"]), {"refunded": "ch-1"})

    def test_a_provider_that_is_busy_twice_is_asked_three_times(self):
        self.assertEqual(self.till.charge(503)["id"], "ch-3")

    def test_a_connection_that_breaks_is_no_charge(self):
        with self.assertRaises(Declined):
            self.till.charge(410)


if __name__ == "__main__":
    unittest.main()
