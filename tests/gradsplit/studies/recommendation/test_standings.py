"""At a race's end only what nobody was told before is said of those that do not take part."""

from gradsplit.studies.recommendation.standings import Standings


def test_what_was_told_is_not_told_again():
    left_out = {"wider": "no width", "tuned-weights": "no room", "masks": "no harm"}
    standings = Standings((), left_out)
    since = standings.since({"wider": "no width", "tuned-weights": "no {weights}"})
    assert dict(since.left_out) == {"tuned-weights": "no room", "masks": "no harm"}
    assert dict(standings.left_out) == left_out
