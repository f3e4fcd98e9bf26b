"""The search of loss weights as a training of one's own gets it: nobody sees the gradients."""

from collections.abc import Sequence
from unittest import mock

from gradsplit.studies.comparison import weight_search
from gradsplit.studies.comparison.weight_search import SearchedWeights
from gradsplit.studies.variant_runs import VariantRuns


def search_weights(place: VariantRuns, seeds: Sequence[int]) -> SearchedWeights:
    """By who loses, then in sweeps."""
    with mock.patch.object(weight_search, "shows_loudness", return_value=False):
        return weight_search.search_weights(place, seeds)


def sweeps_alone(place: VariantRuns, seeds: Sequence[int]) -> SearchedWeights:
    """In sweeps from equal weights on, as it used to be."""
    with mock.patch.object(weight_search, "LEVELLED", 0):
        return search_weights(place, seeds)
