"""Who is drawn: the looks of identities, and the attributes that follow from them."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]

# Hue, saturation and value of the named colours; each identity strays a little from them.
UPPER_COLOURS = {
    "black": (0.0, 0.0, 0.12),
    "white": (0.0, 0.0, 0.93),
    "grey": (0.0, 0.0, 0.55),
    "red": (0.99, 0.85, 0.75),
    "yellow": (0.14, 0.80, 0.90),
    "green": (0.36, 0.70, 0.55),
    "blue": (0.60, 0.80, 0.72),
    "purple": (0.81, 0.55, 0.62),
}
LOWER_COLOURS = {
    "black": (0.0, 0.0, 0.13),
    "grey": (0.0, 0.0, 0.50),
    "white": (0.0, 0.0, 0.90),
    "blue": (0.61, 0.70, 0.55),
    "brown": (0.08, 0.60, 0.50),
    "green": (0.30, 0.55, 0.45),
}
BAGS = ("none", "backpack", "shoulder bag", "handbag")
_HAIR = ((0.08, 0.6, 0.12), (0.08, 0.6, 0.32), (0.11, 0.6, 0.78), (0.04, 0.8, 0.5), (0, 0, 0.62))

ATTRIBUTES = (
    "hat",
    "long hair",
    "backpack",
    "other bag",
    "long sleeves",
    "long trousers",
    "skirt",
    "pattern",
    *(f"upper {colour}" for colour in UPPER_COLOURS),
    *(f"lower {colour}" for colour in LOWER_COLOURS),
)
"""Names of the columns of `People.attributes`."""


@dataclass(frozen=True)
class People:
    """Looks of N identities; every array has one row an identity.

    Colours are RGB in 0..1; lengths are fractions of the average person's height unless called a
    factor.

    Attributes:
        skin, hair, upper, second, lower, shoes, hat, bag: [N, 3] colours; `second` is the second
            colour of the upper clothes' pattern.
        upper_name, lower_name: [N] index into `UPPER_COLOURS`, `LOWER_COLOURS`.
        bag_kind: [N] index into `BAGS`.
        has_hat, long_hair, long_sleeves, long_trousers, has_skirt: [N] booleans.
        pattern: [N] stripes' period as a fraction of the height: above 0 across the body, below 0
            along it, 0 for none.
        sleeve: [N] where a short sleeve ends along the upper arm.
        hem: [N] where short trousers end along the thigh.
        hair_length: [N] how far long hair falls below the head.
        height: [N] factor on all lengths.
        build: [N] factor on all widths.
        legs: [N] factor on the length of the legs.
        shoulders: [N] factor on the width of the shoulders.
        head: [N] factor on the size of the head.
    """

    skin: Floats
    hair: Floats
    upper: Floats
    second: Floats
    lower: Floats
    shoes: Floats
    hat: Floats
    bag: Floats
    upper_name: NDArray[np.intp]
    lower_name: NDArray[np.intp]
    bag_kind: NDArray[np.intp]
    has_hat: Bools
    long_hair: Bools
    long_sleeves: Bools
    long_trousers: Bools
    has_skirt: Bools
    pattern: Floats
    sleeve: Floats
    hem: Floats
    hair_length: Floats
    height: Floats
    build: Floats
    legs: Floats
    shoulders: Floats
    head: Floats

    def __len__(self) -> int:
        return len(self.height)

    def __getitem__(self, rows: NDArray[np.intp] | slice) -> Self:
        """The looks of some identities, in that order; an identity may come several times."""
        return type(self)(**{item.name: getattr(self, item.name)[rows] for item in fields(self)})

    def attributes(self) -> Bools:
        """[N, len(ATTRIBUTES)] what is true of each identity, columns as in `ATTRIBUTES`."""
        flags = (
            self.has_hat,
            self.long_hair,
            self.bag_kind == BAGS.index("backpack"),
            self.bag_kind >= BAGS.index("shoulder bag"),
            self.long_sleeves,
            self.long_trousers & ~self.has_skirt,
            self.has_skirt,
            self.pattern != 0,
        )
        upper = self.upper_name[:, None] == np.arange(len(UPPER_COLOURS))
        lower = self.lower_name[:, None] == np.arange(len(LOWER_COLOURS))
        return np.concatenate([np.stack(flags, axis=1), upper, lower], axis=1)


def draw_people(count: int, seed: int) -> People:
    """Draw the looks of identities.

    Args:
        count: How many, at least 1.
        seed: The same seed gives the same people; the first people of a longer list differ from
            those of a shorter one.

    Returns:
        The looks, one row an identity.

    Example:
        >>> draw_people(3, seed=0).attributes().shape
        (3, 22)
    """
    rng = np.random.default_rng((seed, 1))
    upper_name = rng.integers(len(UPPER_COLOURS), size=count)
    lower_name = rng.integers(len(LOWER_COLOURS), size=count)
    upper = _named(rng, UPPER_COLOURS, upper_name)
    other = (upper_name + rng.integers(1, len(UPPER_COLOURS), count)) % len(UPPER_COLOURS)
    period = rng.uniform(0.045, 0.075, count) * rng.choice((-1, 1), count)
    return People(
        skin=_skin(rng, count),
        hair=_hsv_to_rgb(_stray(rng, np.array(_HAIR)[rng.integers(len(_HAIR), size=count)], 0.5)),
        upper=upper,
        second=_named(rng, UPPER_COLOURS, other),
        lower=_named(rng, LOWER_COLOURS, lower_name),
        shoes=_hsv_to_rgb(rng.uniform((0, 0, 0.05), (1, 0.7, 0.95), (count, 3))),
        hat=_hsv_to_rgb(rng.uniform((0, 0.2, 0.15), (1, 0.9, 0.95), (count, 3))),
        bag=_hsv_to_rgb(rng.uniform((0, 0.2, 0.1), (1, 0.9, 0.8), (count, 3))),
        upper_name=upper_name,
        lower_name=lower_name,
        bag_kind=rng.choice(len(BAGS), count, p=(0.4, 0.25, 0.2, 0.15)),
        has_hat=rng.random(count) < 0.35,
        long_hair=rng.random(count) < 0.4,
        long_sleeves=rng.random(count) < 0.5,
        long_trousers=rng.random(count) < 0.6,
        has_skirt=rng.random(count) < 0.2,
        pattern=np.where(rng.random(count) < 0.35, period, 0).astype(np.float32),
        sleeve=_uniform(rng, 0.45, 0.95, count),
        hem=_uniform(rng, 0.5, 1.0, count),
        hair_length=_uniform(rng, 0.06, 0.15, count),
        height=_uniform(rng, 0.9, 1.08, count),
        build=_uniform(rng, 0.82, 1.3, count),
        legs=_uniform(rng, 0.93, 1.07, count),
        shoulders=_uniform(rng, 0.88, 1.12, count),
        head=_uniform(rng, 0.92, 1.08, count),
    )


def _uniform(rng: np.random.Generator, low: float, high: float, count: int) -> Floats:
    return rng.uniform(low, high, count).astype(np.float32)


def _named(
    rng: np.random.Generator,
    colours: dict[str, tuple[float, float, float]],
    which: NDArray[np.intp],
) -> Floats:
    return _hsv_to_rgb(_stray(rng, np.array(list(colours.values()))[which], 1.0))


def _stray(rng: np.random.Generator, hsv: NDArray, amount: float) -> NDArray:
    """Colours a little off the named ones; greys stay nearly grey."""
    spread = np.full(hsv.shape, (0.02, 0.02, 0.05))
    spread[:, 1] += 0.08 * (hsv[:, 1] > 0)
    return hsv + amount * spread * rng.uniform(-1.5, 1.5, hsv.shape)


def _skin(rng: np.random.Generator, count: int) -> Floats:
    """Skin from light to dark along one line in colour space."""
    depth = rng.random((count, 1))
    light, dark = np.array((0.96, 0.78, 0.66)), np.array((0.42, 0.27, 0.19))
    return (light + depth * (dark - light)).astype(np.float32)


def _hsv_to_rgb(hsv: NDArray) -> Floats:
    """[N, 3] hue (turns), saturation, value -> RGB in 0..1; saturation and value are clipped."""
    hue, saturation, value = hsv[:, :1], *(np.clip(hsv[:, i : i + 1], 0, 1) for i in (1, 2))
    sector = (np.array((5.0, 3.0, 1.0)) + hue * 6) % 6
    down = np.clip(np.minimum(sector, 4 - sector), 0, 1)
    return (value * (1 - saturation * down)).astype(np.float32)
