"""The intervals against counts by hand: PYTHONPATH=bench python3 -m unittest comparison.intervals_test"""

import unittest

from comparison.intervals import Verdict, ranks


class IntervalsTest(unittest.TestCase):
    def test_ranks_are_those_of_the_binomial_distribution(self):
        # Of 2^5 = 32, 2^6 = 64, 2^8 = 256, 2^9 = 512, 2^11 = 2048 and 2^12 = 4096 outcomes, those in either tail.
        self.assertEqual(ranks(5), (0, None))  # 2 · 1 of 32 are more than 5%
        self.assertEqual(ranks(6), (0, 1 - 2 * 1 / 64))
        self.assertEqual(ranks(8), (0, 1 - 2 * 1 / 256))  # 2 · (1 + 8) of 256 are more than 5%
        self.assertEqual(ranks(9), (1, 1 - 2 * (1 + 9) / 512))
        self.assertEqual(ranks(11), (1, 1 - 2 * (1 + 11) / 2048))
        self.assertEqual(ranks(12), (2, 1 - 2 * (1 + 12 + 66) / 4096))

    def test_a_verdict_leaves_out_one_ratio_of_eleven_at_each_end(self):
        verdict = Verdict.of([1.05, 0.5, 1.01, 1.02, 1.03, 1.04, 9, 1.06, 1.07, 1.08, 1.09])
        self.assertEqual((verdict.median, verdict.low, verdict.high), (1.05, 1.01, 1.09))

    def test_a_speed_moved_only_if_the_whole_interval_lies_on_one_side(self):
        self.assertEqual(Verdict(1.01, 1.001, 1.02).word, "faster")
        self.assertEqual(Verdict(0.99, 0.985, 0.999).word, "slower")
        self.assertEqual(Verdict(0.99, 0.97, 1.0).word, "not told apart")

    def test_a_loss_is_an_interval_wholly_below_the_least_ratio(self):
        self.assertTrue(Verdict(0.9, 0.8, 0.979).is_loss)
        self.assertFalse(Verdict(0.9, 0.8, 0.98).is_loss)


if __name__ == "__main__":
    unittest.main()
