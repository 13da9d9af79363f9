"""What doctor concludes: arithmetic on machines that are made up, and one short look at this one."""

from __future__ import annotations

import errno
import io
import json
import math
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from hallscribe_export import doctor
from hallscribe_export.cli import main
from hallscribe_export.diagnosis.diagnosis import SMALL_MIB, Diagnosis, advice
from hallscribe_export.diagnosis.machine import Machine, cpu_quota, examine_machine, instruction_sets
from hallscribe_export.diagnosis.tables import bar, tables
from hallscribe_export.diagnosis.tiers import (
    Known,
    Pace,
    Tier,
    best,
    choose_summariser,
    known,
    predicted_mib,
    predicted_ms,
    streams,
    summariser_fit,
    words_per_second,
)
from hallscribe_export.progress import Silent
from hallscribe_export.recipe import recipe
from hallscribed.adapters.models.bundle import default_encoder_path, default_text_path

TIERS = {tier.name: tier for tier in known().tiers}
VIT_L = TIERS["ViT-L, 256 px"]
TINY = Tier(name="tiny", checkpoint="x/tiny", width=32, heads=2, inner=64, layers=4, side=32)
MACHINE = Machine("some", 2, None, ("AVX2", "AVX-512 VNNI"), 24000, 20000, 40, 30)


def pace(latency_ms: float, memory_mib: float = 400, how: str = "predicted") -> Pace:
    many = streams(latency_ms, 0.8)
    return Pace(f"encoder of {latency_ms} ms", how, "openvino", latency_ms, many, 1000 / latency_ms, memory_mib)  # type: ignore[arg-type]


def diagnosis(machine: Machine, *paces: Pace) -> Diagnosis:
    return Diagnosis(machine, (), paces, (), known())


def test_a_vit_l_is_61_billion_multiplications_at_224_pixels() -> None:
    small = VIT_L.model_copy(update={"side": 224})
    assert small.tokens() == 196
    assert small.layers * small.layer_macs(196) == pytest.approx(61.1e9, rel=0.01)


@pytest.mark.parametrize("tier", known().tiers, ids=lambda tier: tier.name)
def test_tiers_are_of_the_size_that_the_recipe_gives(tier: Tier) -> None:
    checkpoint = recipe("vjepa2").known(tier.checkpoint)
    assert checkpoint is not None
    assert tier.side == checkpoint.crop_size
    # The recipe counts the predictor and what is no product, too: 22 to 30 million.
    assert 0.9 < tier.parameters / checkpoint.parameters < 1
    assert tier.width % tier.heads == 0


def test_the_whole_is_predicted_by_its_layers() -> None:
    # The stem is a sixteenth of a layer and is there only once.
    stem = 3 * 16 * 16 / (12 * 1024 + 2 * 256)
    wanted = 20 * (24 + stem) / (2 + stem)
    assert predicted_ms(VIT_L, slice_ms=20, slice_layers=2, read_gb_s=1000) == pytest.approx(wanted)


def test_a_clip_costs_more_than_its_tokens_because_of_attention() -> None:
    one = predicted_ms(VIT_L, 20, 2, 1000)
    clip = predicted_ms(VIT_L, 20, 2, 1000, frames=16)
    # A layer is (12 x 1024 + 2 x tokens) x 1024 multiplications for each token.
    assert clip / one == pytest.approx(8 * (12 * 1024 + 2 * 2048) / (12 * 1024 + 2 * 256), rel=0.01)


def test_weights_have_to_be_read_from_memory_at_least_once() -> None:
    assert predicted_ms(VIT_L, slice_ms=0.001, slice_layers=2, read_gb_s=10) == pytest.approx(30.2, rel=0.01)


def test_onnx_runtime_widens_weights() -> None:
    narrow, wide = (predicted_mib(VIT_L, "onnxruntime", mode) for mode in ("dynamic", "weights"))
    assert 400 < narrow < 500
    assert 1300 < wide < 1700
    assert predicted_mib(VIT_L, "openvino", "weights") == narrow


@pytest.mark.parametrize(("latency", "wanted"), [(100, 8), (800, 1), (801, 0), (5000, 0), (6.25, 128)])
def test_streams_leave_time_for_the_rest(latency: float, wanted: int) -> None:
    assert streams(latency, 0.8) == wanted


def test_the_best_keeps_up_and_fits() -> None:
    slow, large, good, small = pace(900), pace(300, 9000), pace(400, 800), pace(50)
    assert best([small, good, large, slow], 2000) == good
    assert best([slow], 2000) is None


def test_both_summarisers_fit_8_gb_and_none_fits_2() -> None:
    figures = known()
    fits = [summariser_fit(each, SMALL_MIB, figures.reserve) for each in figures.summarisers]
    assert fits == ["fits", "fits"]
    chosen = choose_summariser(figures.summarisers, SMALL_MIB, figures.reserve)
    assert chosen is not None and chosen.precision == "int8"
    assert choose_summariser(figures.summarisers, 2048, figures.reserve) is None


def test_a_smaller_summariser_that_fits_wholly_is_better_than_one_that_reads_again() -> None:
    figures = known()
    chosen = choose_summariser(figures.summarisers, 5200, figures.reserve)
    assert chosen is not None and chosen.precision == "int4"
    assert summariser_fit(figures.summarisers[0], 5200, figures.reserve) == "fits, reads its file again"
    chosen = choose_summariser(figures.summarisers, 4600, figures.reserve)
    assert chosen is not None and chosen.precision == "int8"


def test_tokens_come_as_fast_as_the_weights_are_read() -> None:
    assert words_per_second(known().summarisers[0], 25.2) == pytest.approx(10, rel=0.01)


def test_the_advice_names_the_largest_that_keeps_up() -> None:
    said = advice(diagnosis(MACHINE, pace(5, how="measured"), pace(250), pace(2000)))
    assert said.startswith("Take encoder of 250 ms on openvino (predicted 250 ms a picture, 3 streams of one frame")
    assert "lectures at once" not in said
    said = advice(diagnosis(MACHINE, pace(150), pace(250), pace(2000)))
    assert "a second), encoder of 150 ms for 4 lectures at once; " in said
    assert "Gemma 2B, INT8 has room" in said
    assert said.endswith(".")


def test_the_advice_on_a_weak_machine() -> None:
    weak = replace(MACHINE, instructions=("AVX2",), memory_mib=2000, free_mib=1000)
    said = advice(diagnosis(weak, pace(20, how="measured"), pace(3000)))
    assert said.startswith("Stay with encoder of 20 ms (measured 20 ms a picture, 40 streams")
    assert "summaries stay extractive" in said
    assert "no INT8 products" in said
    assert advice(diagnosis(weak, pace(3000))).startswith("No encoder keeps up")


def test_a_machine_that_does_other_work_is_no_measure() -> None:
    assert "ask again" not in advice(diagnosis(replace(MACHINE, busy=0.9), pace(250)))
    disturbed = diagnosis(replace(MACHINE, busy=6.4), pace(250))
    assert "other work kept 6.4 cores busy" in advice(disturbed)
    console = Console(record=True, width=200, file=io.StringIO())
    console.print(next(tables(disturbed)))
    assert "all times are too long" in console.export_text()


def test_bars() -> None:
    assert bar(0.5, 10) == "█████·····"
    assert bar(0.001, 10) == "█·········"
    assert bar(1.0, 10) == "██████████"
    assert bar(3.0, 10) == "█████████▶"


def machine_root(root: Path, cgroup: str, files: dict[str, str]) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(cgroup)
    (root / "proc/meminfo").write_text("MemTotal:        8000000 kB\nMemAvailable:    6000000 kB\n")
    (root / "proc/cpuinfo").write_text("model name\t: N100\nflags\t\t: fpu avx2 avx_vnni\n")
    for name, text in files.items():
        (root / "sys/fs/cgroup" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "sys/fs/cgroup" / name).write_text(text)
    return root


@pytest.mark.parametrize(
    ("cgroup", "files", "wanted"),
    [
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "150000 100000\n"}, 1.5),
        ("0::/a\n", {"a/cpu.max": "max 100000\n"}, None),
        ("3:cpu,cpuacct:/x\n", {"cpu/x/cpu.cfs_quota_us": "50000\n", "cpu/x/cpu.cfs_period_us": "100000\n"}, 0.5),
        ("3:cpu:/x\n", {"cpu/x/cpu.cfs_quota_us": "-1\n", "cpu/x/cpu.cfs_period_us": "100000\n"}, None),
        ("0::/gone\n", {}, None),
    ],
)
def test_the_quota_of_control_groups(tmp_path: Path, cgroup: str, files: dict[str, str], wanted: float | None) -> None:
    assert cpu_quota(machine_root(tmp_path, cgroup, files)) == wanted


def test_a_machine_is_as_large_as_its_control_group(tmp_path: Path) -> None:
    limits = {"a/memory.max": str(2**31), "a/cpu.max": "150000 100000"}
    machine = examine_machine(machine_root(tmp_path, "0::/a\n", limits))
    assert machine.memory_mib == 2048
    assert machine.processor == "N100"
    assert machine.instructions == ("AVX2", "AVX-VNNI")
    assert machine.multiplies_int8
    assert machine.threads == min(machine.cores, 2)
    assert machine.read_gb_s > 0.1 and machine.copy_gb_s > 0.1


def test_without_a_limit_it_is_as_large_as_its_memory(tmp_path: Path) -> None:
    machine = examine_machine(machine_root(tmp_path, "0::/\n", {"memory.max": "max"}))
    assert machine.memory_mib == 7812.5
    assert machine.threads == machine.cores


def test_arm_processors_name_their_features() -> None:
    assert instruction_sets("Features\t: fp asimd asimddp i8mm\n") == ("NEON", "NEON dot product", "NEON INT8 matrix")


def test_bundles_beside_the_given_ones_are_found(tmp_path: Path) -> None:
    for name in ("one", "two", ".hidden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
    (tmp_path / "empty").mkdir()
    own = [path.resolve() for path in (default_encoder_path(), default_text_path()) if path.exists()]
    for given in (tmp_path / "one", tmp_path):
        found = doctor.find_bundles([given])
        assert set(found) >= {*own, tmp_path / "one", tmp_path / "two"}
        assert tmp_path / ".hidden" not in found
        assert len(found) == len(set(found))
    with pytest.raises(ValueError, match="holds no bundle"):
        doctor.find_bundles([tmp_path / "empty"])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Known:
    """Predictions of a model that takes no time."""
    figures = Known(tiers=(TINY,), summarisers=known().summarisers, reserve=known().reserve)
    monkeypatch.setattr(doctor, "known", lambda: figures)
    return figures


def test_this_machine(small: Known, tmp_path: Path) -> None:
    damaged = Path(shutil.copytree(default_encoder_path(), tmp_path / "damaged"))
    (damaged / "encoder.xml").write_bytes(b"<net/>")
    found = doctor.examine([damaged], Silent())
    assert found.machine.cores >= 1
    ran = {(each.bundle, each.runtime) for each in found.tried if not each.failed}
    assert ran >= {("vjepa2-small", "openvino"), ("vjepa2-small", "onnxruntime")}
    broken = [each for each in found.tried if each.bundle == "damaged"]
    assert len(broken) == 1 and "encoder.xml" in broken[0].failed
    assert [(each.name, each.how) for each in found.paces] == [("vjepa2-small", "measured"), ("tiny", "predicted")]
    assert all(math.isfinite(each.latency_ms) and each.latency_ms > 0 for each in found.paces)
    console = Console(record=True, width=200, file=io.StringIO())
    for table in tables(found):
        console.print(table)
    told = console.export_text()
    for word in ("vjepa2-small", "predicted", "measured", "streams", "in 8 GB", "encoder.xml", "GB/s"):
        assert word in told
    fields = json.loads(json.dumps(found.as_json()))
    assert {"machine", "bundles", "tiers", "clips", "summarisers", "advice"} == set(fields)


def test_the_command(small: Known, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["doctor", str(tmp_path)])
    assert result.exit_code == 2
    assert "holds no bundle" in result.stderr
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0, result.output
    assert "Bundles that are here (measured)" in result.stdout
    assert result.stdout.rstrip().endswith(".")


def test_a_neighbour_that_may_not_be_read_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    shutil.copytree(default_encoder_path(), mine)
    theirs.mkdir()
    listed, looked = Path.iterdir, Path.is_file

    def is_file(self: Path) -> bool:
        if self.parent == theirs:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))
        return looked(self)

    monkeypatch.setattr(Path, "is_file", is_file)
    assert mine in doctor.find_bundles([mine])

    def iterdir(self: Path) -> Iterator[Path]:
        if self == tmp_path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))
        return listed(self)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    assert mine in doctor.find_bundles([mine])
    for asked in (theirs, tmp_path):
        with pytest.raises(ValueError, match=rf"{asked} may not be read"):
            doctor.find_bundles([asked])
