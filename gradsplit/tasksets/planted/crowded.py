"""Six tasks of which any two fit into the bottleneck, and only some of the larger groups do."""

from gradsplit.tasksets.planted.task_set import Plant, Planted


def planted_crowded(width: int = 6) -> Planted:
    """No pair harms; two networks, a+c+d+e and b+f, harm nobody; one network for all harms most.

    A bottleneck of six rows holds the ten dimensions that all want together only in part. Any two
    tasks want six or fewer, so pairs say that all may share one network, which costs the tasks a
    fifth of their variance in the mean. a, c, d and e want the same six dimensions, b and f too.

    Example:
        >>> crowded = planted_crowded()
        >>> crowded.harmful_edges()
        []
        >>> shared = crowded.population_scores(("a", "c", "d", "e")).values()
        >>> [round(score, 2) for score in shared]
        [1.0, 1.0, 1.0, 1.0]
        >>> round(sum(crowded.population_scores(tuple("abcdef")).values()) / 6, 2)
        0.79
    """
    return Planted(
        name="planted-crowded",
        plants={
            "a": Plant((0, 7), (0.6, 0.4), scale=1.1),
            "b": Plant((5, 2, 9), (0.4, 0.35, 0.25), scale=1.1),
            "c": Plant((1, 0, 7), (0.5, 0.3, 0.2), scale=1.1),
            "d": Plant((8, 6), (0.7, 0.3), scale=0.9),
            "e": Plant((8, 4, 0), (0.5, 0.3, 0.2), scale=1.1),
            "f": Plant((3, 7, 1), (0.4, 0.35, 0.25), scale=0.9),
        },
        width=width,
    )
