"""Who stands where, and who does not take part: only what nobody was told before is said."""

import numpy as np

from analysis.comparison.seed_means import SeedMean
from gradsplit.studies.recommendation.inference_cost import InferenceCost
from gradsplit.studies.recommendation.standings import Standing, Standings


def test_what_was_told_is_not_told_again():
    left_out = {"wider": "no width", "tuned-weights": "no room", "masks": "no harm"}
    standings = Standings((), left_out)
    since = standings.since({"wider": "no width", "tuned-weights": "no {weights}"})
    assert dict(since.left_out) == {"tuned-weights": "no room", "masks": "no harm"}
    assert dict(standings.left_out) == left_out


def test_a_gain_that_is_rounded_to_nothing_has_no_minus():
    gain = SeedMean.of(np.array([-0.0003, -0.0001]))
    one = Standing("dwa", gain, InferenceCost(1.0, 1.0), None, in_front=False)
    assert "+0.0 ± 0.0" in str(Standings((one,), {}).table)
