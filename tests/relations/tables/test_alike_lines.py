"""Many lines that are wrong in the same way are told by the first three."""

from time import perf_counter

from relations.tables.alike_lines import first_of_alike


def test_lines_that_differ_in_cells_are_alike():
    wrong = [
        *(f"line {line}: seg+depth seed {line} has no score of depth." for line in range(5)),
        *(f"line {line}: seg+the sky seed {line} has no score of the sky." for line in range(5)),
    ]
    told = first_of_alike(wrong, ["seg", "depth", "the sky"])
    assert told == [*wrong[:3], "and 7 more such lines"]


def test_an_apostrophe_is_no_quotation_mark():
    wrong = [
        f"line {line}: 'mIoU' is none of the run's tasks {['seg', 'depth'][: line % 2 + 1]}; say."
        for line in range(9)
    ]
    assert first_of_alike(wrong) == [*wrong[:3], "and 6 more such lines"]


def test_each_way_has_its_own_first_lines():
    seeds = [f"line {line}: the seed must be a whole number, got 'x'." for line in range(2, 12)]
    short = [f"line {line}: 3 cells, the header has 4." for line in range(2, 12)]
    told = first_of_alike([one for both in zip(seeds, short, strict=True) for one in both])
    assert told.count("and 7 more such lines") == 2
    assert set(told) >= {*seeds[:3], *short[:3]}
    assert len(told) == 8


def test_a_single_line_more_is_told_itself():
    wrong = [f"line {line}: 3 cells, the header has 4." for line in range(4)]
    assert first_of_alike(wrong) == wrong


def test_problems_of_no_line_all_stay():
    wrong = [f"the column {name} is there more than once." for name in "abcdef"]
    assert first_of_alike(wrong, "abcdef") == wrong


def test_a_digit_in_a_name_is_a_part_of_it():
    wrong = [f"line {line}: the score of edges F1 must be a number." for line in range(4)]
    wrong += [f"line {line}: the score of seg must be a number." for line in range(4)]
    told = first_of_alike(wrong, ["edges F1", "seg"])
    assert told == [*wrong[:3], "and 5 more such lines"]


def test_brackets_without_an_end_take_no_time():
    began = perf_counter()
    first_of_alike([f"line 2: {'[' * 200_000}", "line 3: []"])
    assert perf_counter() - began < 2
