import gc
import weakref

import pytest
import torch

from gradsplit.training.memory import free_bytes, held_bytes, out_of_memory, within_memory

CPU = torch.device("cpu")
MIB = 2**20


def write(root, **files):
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def system(tmp_path):
    write(tmp_path, proc__meminfo="MemTotal: 4096 kB\nMemFree: 7 kB\nMemAvailable: 2048 kB\n")
    return tmp_path


def group(root, path, limit, used, cache, version=2):
    files = {
        2: ("memory.max", "memory.current", "inactive_file"),
        1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    }[version]
    home = root / "sys/fs/cgroup" / ("" if version == 2 else "memory") / path
    home.mkdir(parents=True, exist_ok=True)
    for name, value in zip(files, (limit, used), strict=False):
        (home / name).write_text(f"{value}\n")
    (home / "memory.stat").write_text(f"anon 5\n{files[2]} {cache}\n")


def test_what_linux_calls_available(system):
    assert free_bytes(CPU, system=system) == 2 * MIB


@pytest.mark.parametrize("version", [1, 2])
def test_a_container_that_sees_its_group_as_the_root(system, version):
    kinds = "" if version == 2 else "cpu,memory"
    write(system, proc__self__cgroup=f"3:pids:/\n4:{kinds}:/docker/abc\n")
    group(system, "", MIB, MIB // 2, 1024, version)
    assert free_bytes(CPU, system=system) == MIB // 2 + 1024


@pytest.mark.parametrize("version", [1, 2])
def test_the_tightest_group_above_counts(system, version):
    kinds = "" if version == 2 else "memory"
    write(system, proc__self__cgroup=f"0:{kinds}:/slurm/job/step\n")
    group(system, "slurm/job/step", "max" if version == 2 else 2**63 - 4096, 5, 0, version)
    group(system, "slurm/job", 1000, 400, 100, version)
    group(system, "slurm", 5000, 400, 100, version)
    assert free_bytes(CPU, system=system) == 700


def test_a_group_that_is_over_its_limit_leaves_nothing(system):
    write(system, proc__self__cgroup="0::/\n")
    group(system, "", 1000, 1400, 0)
    assert free_bytes(CPU, system=system) == 0


def test_where_there_is_no_linux_all_memory_is_taken(tmp_path):
    assert free_bytes(CPU, system=tmp_path) > 2**28


def test_tensors_are_counted_once_whoever_holds_them():
    gc.collect()  # what tests before this one have left must not go while it counts
    before = held_bytes()
    whole = torch.zeros(1000, 250)
    parts = list(whole)
    assert held_bytes() - before == 1_000_000
    del whole, parts
    assert held_bytes() == before


def test_which_errors_lack_memory():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 46)
    assert out_of_memory(caught.value)
    assert out_of_memory(torch.OutOfMemoryError("CUDA out of memory."))
    assert not out_of_memory(ValueError("can't allocate memory"))


def test_the_error_keeps_nothing_of_the_attempt():
    left = []

    def attempt():
        held = torch.zeros(3)
        left.append(weakref.ref(held))
        return torch.empty(1 << 46) + held

    with pytest.raises(MemoryError, match=r"Ten runs did not fit into memory\. .*alloc") as caught:
        within_memory("Ten runs", attempt)
    gc.collect()
    assert left[0]() is None
    assert caught.value.__context__ is None


def test_other_errors_pass():
    def fail():
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes"):
        within_memory("Ten runs", fail)
