"""The service as it is installed: its unit, its configuration file, its installer."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from hallscribed.app.config import Config, load_config

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNIT = SYSTEMD / "hallscribed.service"
CAMERA_UNIT = SYSTEMD / "hallscribe-camera@.service"
INSTALL = SYSTEMD / "install.sh"
EXPOSURE_LIMIT = 2.0

needs_analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
needs_shellcheck = pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def installed_unit(tmp_path: Path) -> Path:
    """The daemon's unit with its program where verification finds one."""
    return _installed(UNIT, tmp_path)


def _installed(unit: Path, folder: Path) -> Path:
    program = folder / "opt/bin" / ("hallscribed" if unit == UNIT else "hallscribe")
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    installed = folder / unit.name.replace("@", "@hall-3")
    installed.write_text(unit.read_text().replace("/opt/hallscribe/", f"{folder}/opt/"))
    return installed


@needs_analyze
@pytest.mark.parametrize("unit", [UNIT, CAMERA_UNIT])
def test_unit_is_valid(unit: Path, tmp_path: Path) -> None:
    result = _run("systemd-analyze", "verify", "--man=no", _installed(unit, tmp_path))
    assert (result.returncode, result.stderr) == (0, "")


@needs_analyze
def test_verification_sees_a_wrong_key(installed_unit: Path) -> None:
    installed_unit.write_text(installed_unit.read_text().replace("MemoryHigh=", "MemoryHihg="))
    assert "MemoryHihg" in _run("systemd-analyze", "verify", "--man=no", installed_unit).stderr


@needs_analyze
@pytest.mark.parametrize("unit", [UNIT, CAMERA_UNIT])
def test_unit_exposes_little(unit: Path) -> None:
    result = _run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_LIMIT * 10:.0f}", unit)
    assert result.returncode == 0, result.stdout
    found = re.search(r"Overall exposure level .*: ([\d.]+)", result.stdout)
    assert found
    assert float(found[1]) <= EXPOSURE_LIMIT


@pytest.mark.parametrize(
    "line",
    [
        "Type=notify",
        "NotifyAccess=main",
        "WatchdogSec=30",
        "MemoryHigh=5G",
        "MemoryMax=6G",
        "StateDirectory=hallscribe",
        "RuntimeDirectory=hallscribe",
        "Restart=on-failure",
        "RestartPreventExitStatus=78",
        "TimeoutStopSec=15",
    ],
)
def test_unit_keeps_what_the_daemon_relies_on(line: str) -> None:
    assert line in UNIT.read_text().splitlines()


def test_default_configuration_is_the_daemons_own() -> None:
    assert load_config(SYSTEMD / "hallscribed.toml") == Config()


def test_configuration_file_tells_every_key_and_its_default(tmp_path: Path) -> None:
    text = (SYSTEMD / "hallscribed.toml").read_text()
    told = tomllib.loads(re.sub(r"(?m)^#(?=[a-z_]+ = )", "", text))
    assert {name: set(section) for name, section in told.items()} == {
        name: set(section) for name, section in Config().model_dump().items()
    }
    uncommented = tmp_path / "all.toml"
    uncommented.write_text(re.sub(r"(?m)^#(?=[a-z_]+ = )", "", text))
    examples = {
        "encoder": {"bundle"},
        "text": {"bundle"},
        "projection": {"bundle"},
        "summariser": {"bundle"},
        "ingest": {"source_roots"},
        "metrics": {"listen"},
    }
    assert load_config(uncommented).model_dump(exclude=examples) == Config().model_dump(exclude=examples)


@needs_shellcheck
def test_installer_is_clean() -> None:
    result = _run("shellcheck", INSTALL)
    assert result.returncode == 0, result.stdout


def test_dry_run_shows_every_step_and_changes_nothing(tmp_path: Path) -> None:
    prefix = tmp_path / "hallscribe"
    result = _run(INSTALL, "--dry-run", "--prefix", prefix)
    assert result.returncode == 0, result.stderr
    units = ("hallscribed.service", "hallscribe-camera@.service")
    for step in ("--require-hashes", "systemd-sysusers", "systemd-tmpfiles", "hallscribed.toml", *units):
        assert step in result.stdout
    assert "Nothing was changed" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_python_that_the_service_cannot_use_is_told(tmp_path: Path) -> None:
    result = _run(INSTALL, "--dry-run", "--python", tmp_path / "python3")
    assert f"it would stop here: there is no {tmp_path}/python3" in result.stdout


def test_uninstall_keeps_lectures_unless_told() -> None:
    kept = _run(INSTALL, "--uninstall", "--dry-run")
    assert kept.returncode == 0, kept.stderr
    assert "would run: rm -rf /var/lib/hallscribe" not in kept.stdout
    purged = _run(INSTALL, "--uninstall", "--purge", "--dry-run")
    assert "would run: rm -rf /var/lib/hallscribe" in purged.stdout


def test_purging_removes_lectures_that_were_moved_and_nothing_beside_them(tmp_path: Path) -> None:
    moved, config = tmp_path / "srv", tmp_path / "hallscribed.toml"
    for name in ("lectures/algebra", "archive-said", "photographs"):
        (moved / name).mkdir(parents=True)
    config.write_text(f'[storage]\n#data_dir = "/nowhere"\ndata_dir = "{moved}"\n')
    # All of it but its last part, which does what is asked for.
    functions = INSTALL.read_text().partition("\ncheck_machine\nif")[0]
    told = _run("sh", "-c", f"{functions}\nconfig={config} uninstall", INSTALL, "--uninstall", "--purge", "--dry-run")
    assert told.returncode == 0, told.stderr
    assert f"would run: rm -rf {moved}/lectures\n" in told.stdout
    assert f"would run: rm -rf {moved}/archive-said\n" in told.stdout
    assert "photographs" not in told.stdout
    assert "/nowhere" not in told.stdout


def test_a_place_that_the_service_cannot_see_is_told() -> None:
    assert (
        "the service sees nothing of /home/alice/hs" in _run(INSTALL, "--dry-run", "--prefix", "/home/alice/hs").stdout
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--prefix", "relative"], "absolute path"),
        (["--prefix", "/usr"], "a folder of its own"),
        (["--prefix", "/opt/a b"], "letters, digits"),
        (["--frobnicate"], "unknown option"),
        (["--purge"], "--uninstall only"),
    ],
)
def test_installer_refuses_what_it_cannot_do(arguments: list[str], message: str) -> None:
    result = _run(INSTALL, "--dry-run", *arguments)
    assert result.returncode != 0
    assert message in result.stderr


@pytest.mark.parametrize("prefix", ["/usr/local/", "//", "/usr//", "/opt/../usr", "/opt/."])
def test_a_shared_folder_is_no_prefix_however_it_is_written(prefix: str) -> None:
    result = _run(INSTALL, "--uninstall", "--dry-run", "--prefix", prefix)
    assert result.returncode == 1
    assert "rm -rf" not in result.stdout


def test_uninstalling_removes_only_what_was_installed(tmp_path: Path) -> None:
    for name in ("versions", "bin", "share"):
        (tmp_path / name).mkdir()
    result = _run(INSTALL, "--uninstall", "--dry-run", "--prefix", tmp_path)
    assert result.returncode == 0, result.stderr
    assert f"{tmp_path}/versions" not in result.stdout.replace("holds other things", "")
    assert f"{tmp_path}/bin" not in result.stdout
    (tmp_path / "bin").rmdir()
    (tmp_path / "bin").symlink_to(tmp_path / "versions/1/bin")
    told = _run(INSTALL, "--uninstall", "--dry-run", "--prefix", f"{tmp_path}/").stdout
    assert f"would run: rm -rf {tmp_path}/versions\n" in told
    assert f"would run: rm -f {tmp_path}/bin\n" in told
    assert f"{tmp_path}/share" not in told


@pytest.mark.parametrize("in_use", ["1", "2"])
def test_the_version_that_served_is_kept_and_not_one_that_never_did(tmp_path: Path, in_use: str) -> None:
    for name in ("1", "2"):
        (tmp_path / "versions" / name / "bin").mkdir(parents=True)
    (tmp_path / "versions/1/served").touch()
    (tmp_path / "bin").symlink_to(tmp_path / "versions" / in_use / "bin")
    result = _run(INSTALL, "--dry-run", "--prefix", tmp_path)
    assert result.returncode == 0, result.stderr
    assert re.findall(r"would run: rm -rf .*/versions/(\S+)", result.stdout) == ["2"]


def test_what_is_installed_from_the_same_source_is_left_alone(tmp_path: Path) -> None:
    installed = tmp_path / "versions/1"
    (installed / "bin").mkdir(parents=True)
    (tmp_path / "bin").symlink_to(installed / "bin")
    digest = re.search(r"(?ms)^source_digest\(\) \{.*?^\}$", INSTALL.read_text())
    assert digest
    told = _run("sh", "-c", f"python=/usr/bin/python3 source={SYSTEMD.parent}\n{digest[0]}\nsource_digest")
    (installed / "source.sha256").write_text(told.stdout)
    result = _run(INSTALL, "--dry-run", "--prefix", tmp_path)
    assert result.returncode == 0, result.stderr
    assert "is installed from this same source already" in result.stdout
    for step in ("pip install", "rm -rf", "ln -sfn"):
        assert step not in result.stdout
