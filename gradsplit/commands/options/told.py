"""What a study finds on the way, printed as wide as the terminal."""


def told_text(news: object) -> str:
    """What was found as a text; tables have the terminal's width, where there is one.

    Args:
        news: Whatever a study tells.
    """
    from analysis import ComparisonTables
    from gradsplit.studies.recommendation.racing.standings import Standings
    from relations.tables.text_table import line_width

    wide = isinstance(news, ComparisonTables | Standings)
    return news.text(line_width()) if wide else str(news)
