"""Methods that somebody asked for and that need a mask, with the mask of the measured relations."""

from collections.abc import Iterator

from gradsplit.studies.recommendation.candidate_source import Known, register_source
from gradsplit.studies.recommendation.configuration import Configuration
from gradsplit.studies.recommendation.masked_methods import THRESHOLD, mask_of, words_with
from gradsplit.studies.recommendation.sources.masks import MASK, write_mask


@register_source("from relations")
def asked_masks(known: Known) -> Iterator[Configuration]:
    """Each with the mask of harmful edges by the mean, at its own threshold where it has one."""
    if known.graph is None:
        return
    for wanted in known.masked:
        mask = mask_of(wanted, known.graph)
        if mask.may_update.all():
            known.left_out[wanted.text] = "no relation is harmful, so its mask would block nothing"
            continue
        file = MASK
        if THRESHOLD in wanted.options:
            file = f"mask{float(wanted.options[THRESHOLD]):g}.json"
        write_mask(known, mask, file)
        yield known.of_method(words_with(wanted, file), f"one network by {wanted.text}")
