"""What an export takes is foretold, and too small a machine refused with figures and a way out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hallscribe_export import limits
from hallscribe_export.limits import MIB, Job, Machine, predict, read_machine, refuse_too_little
from hallscribe_export.recipe import recipe

LARGE = Job(303_885_312, "int8", ("openvino",), tokens=196, width=1024)
COST = recipe("vjepa2").cost
PLENTY = Machine(1e9, 1e9)


def test_more_is_foretold_for_more() -> None:
    least = predict(LARGE, COST)
    for dearer in (
        replace(LARGE, parameters=2 * LARGE.parameters),
        replace(LARGE, precision="auto"),
        replace(LARGE, tokens=8192),
        replace(LARGE, features=True),
        replace(LARGE, predictor=True),
    ):
        assert predict(dearer, COST).memory_mib > least.memory_mib
    both = predict(replace(LARGE, runtimes=("openvino", "onnxruntime")), COST)
    assert both.bundle_mib == pytest.approx(2 * least.bundle_mib)
    assert predict(replace(LARGE, precision="auto"), COST).disk_mib > least.disk_mib


def test_enough_room_is_no_objection() -> None:
    assert refuse_too_little(LARGE, COST, PLENTY, Path("/out/bundle")) == predict(LARGE, COST)


def test_too_little_memory_is_refused_with_figures_and_a_fix() -> None:
    job = replace(LARGE, precision="auto")
    need = predict(job, COST).memory_mib
    with pytest.raises(ValueError, match="of memory") as caught:
        refuse_too_little(job, COST, replace(PLENTY, memory_mib=512), Path("/out/bundle"))
    for words in (f"{need:,.0f} MiB", "512 MiB", "/out/bundle", "--precision int8"):
        assert words in str(caught.value)


def test_too_little_disk_is_refused_with_figures_and_a_fix() -> None:
    with pytest.raises(ValueError, match="of disk") as caught:
        refuse_too_little(LARGE, COST, replace(PLENTY, disk_mib=7), Path("/out/bundle"))
    for words in (f"{predict(LARGE, COST).disk_mib:,.0f} MiB", "/ has 7 MiB", "--out"):
        assert words in str(caught.value)


def test_an_unknown_precision_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match="int4: give one of int8, bf16, fp32, auto"):
        predict(replace(LARGE, precision="int4"), COST)


def test_it_reads_this_machine(tmp_path: Path) -> None:
    machine = read_machine(tmp_path / "not" / "there" / "bundle")
    assert 0 < machine.memory_mib < 1e8
    assert machine.disk_mib > 0


def group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def machine(root: Path, groups: str, meminfo: str = "MemAvailable: 1048576 kB\n") -> Path:
    """A root with /proc and the mount of control groups; the latter."""
    group(root / "proc" / "self", cgroup=groups)
    group(root / "proc", meminfo=meminfo)
    return root / "sys" / "fs" / "cgroup"


def test_the_tightest_group_of_the_second_version_counts(tmp_path: Path) -> None:
    mount = machine(tmp_path, "0::/system.slice/export.service\n")
    group(mount / "system.slice", memory__max="max\n", memory__current="5\n", memory__stat="inactive_file 0\n")
    own = mount / "system.slice" / "export.service"
    group(
        own,
        memory__max=f"{1000 * MIB}\n",
        memory__current=f"{700 * MIB}\n",
        memory__stat=f"anon 5\ninactive_file {200 * MIB}\n",
    )
    assert limits.free_mib(tmp_path) == pytest.approx(500)
    group(mount / "system.slice", memory__max=f"{600 * MIB}\n", memory__current=f"{300 * MIB}\n")
    assert limits.free_mib(tmp_path) == pytest.approx(300)


def test_the_first_version_counts_too_and_the_mount_of_a_container(tmp_path: Path) -> None:
    mount = machine(tmp_path, "5:cpu:/x\n4:memory:/host/only\n0::/\n")
    group(
        mount / "memory",
        memory__limit_in_bytes=f"{800 * MIB}\n",
        memory__usage_in_bytes=f"{500 * MIB}\n",
        memory__stat=f"total_inactive_file {100 * MIB}\n",
    )
    assert limits.free_mib(tmp_path) == pytest.approx(400)
    group(mount / "memory", memory__limit_in_bytes="9223372036854771712\n")
    assert limits.free_mib(tmp_path) == pytest.approx(1024)


def test_available_memory_is_read(tmp_path: Path) -> None:
    machine(tmp_path, "", "MemTotal: 100 kB\nMemFree: 1 kB\nMemAvailable: 2048 kB\n")
    assert limits.free_mib(tmp_path) == 2
    machine(tmp_path, "", "MemTotal: 100 kB\n")
    with pytest.raises(ValueError, match="meminfo does not say"):
        limits.free_mib(tmp_path)
