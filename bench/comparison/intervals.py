"""What pairs of speeds say: the median of their ratios, an interval for it, and whether the speed moved."""

import statistics
from dataclasses import dataclass
from math import comb

CONFIDENCE = 0.95
LEAST_RATIO = 0.98  # a row whose whole interval lies below it is a loss


def ranks(count, confidence=CONFIDENCE):
    """The interval of a median by order statistics: how many values to leave out at each end, and its true confidence.

    The median of the population lies below the k-th smallest of n independent values only if fewer than k of them do,
    which has the probability of fewer than k heads in n tosses, whatever their distribution is. So does the other end.
    Returns (0, None) where even the whole range is not so sure, which is below 6 values for 95%.
    """
    best = (0, None)
    for left_out in range((count + 1) // 2):
        tail = sum(comb(count, heads) for heads in range(left_out + 1)) / 2**count
        if 1 - 2 * tail < confidence:
            break
        best = (left_out, 1 - 2 * tail)
    return best


@dataclass(frozen=True)
class Verdict:
    """A row's ratios of the later speed to the earlier one."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(ratios):
        left_out, _ = ranks(len(ratios))
        in_order = sorted(ratios)
        return Verdict(statistics.median(in_order), in_order[left_out], in_order[-1 - left_out])

    @property
    def word(self):
        if self.low > 1:
            return "faster"
        return "slower" if self.high < 1 else "not told apart"

    @property
    def is_loss(self):
        return self.high < LEAST_RATIO
