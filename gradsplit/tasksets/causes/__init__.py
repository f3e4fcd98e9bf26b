"""Task sets in which one task harms another for one known reason."""

from gradsplit.tasksets import BuiltIn

TASK_SETS = tuple(
    BuiltIn(name, f"{__name__}.task_sets:{function}", about)
    for name, function, about in (
        ("cause-loud-loss", "loud_loss", "one pair; only the source's loss scale harms"),
        ("cause-late-stage", "late_stage", "one pair; only a conflict in the last stage harms"),
        ("cause-early-stage", "early_stage", "one pair; only a conflict in the first stage harms"),
        ("cause-narrow-trunk", "narrow_trunk", "one pair; only the trunk's width harms"),
        ("cause-short-training", "short_training", "one pair; only stopping too early harms"),
        ("cause-none", "no_harm", "one pair; nothing harms"),
    )
)
