from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hallscribed.app.cli import CONFIGURATION, app
from hallscribed.app.config import Config, load_config, to_toml
from hallscribed.domain.errors import Misconfigured


def written(folder: Path, text: str) -> Path:
    file = folder / "hallscribed.toml"
    file.write_text(text)
    return file


def test_defaults_listen_on_a_local_socket() -> None:
    config = load_config(None)
    assert config.rpc.listen.startswith("unix:///")
    assert config.ingest.source_roots == ()


def test_the_command_line_wins(tmp_path: Path) -> None:
    file = written(tmp_path, '[storage]\ndata_dir = "/elsewhere"\n')
    config = load_config(file, data=tmp_path, listen="127.0.0.1:0")
    assert config.storage.data_dir == tmp_path
    assert config.rpc.listen == "127.0.0.1:0"


def test_a_projection_is_named_by_its_folder_and_runtime(tmp_path: Path) -> None:
    assert load_config(None).projection.bundle is None
    config = load_config(written(tmp_path, '[projection]\nbundle = "/heads"\nruntime = "onnxruntime"\n'))
    assert (config.projection.bundle, config.projection.runtime) == (Path("/heads"), "onnxruntime")
    with pytest.raises(Misconfigured, match=r"projection.bundle = 'heads': must be an absolute path"):
        load_config(written(tmp_path, '[projection]\nbundle = "heads"\n'))


def test_every_error_is_told_at_once_with_the_nearest_key(tmp_path: Path) -> None:
    file = written(tmp_path, '[encoder]\nruntyme = "openvino"\nthreads = 0\n[text]\nruntime = "abacus"\n')
    with pytest.raises(Misconfigured) as told:
        load_config(file)
    assert "did you mean 'runtime'" in str(told.value)
    assert "encoder.threads = 0" in str(told.value)
    assert "text.runtime = 'abacus'" in str(told.value)


def test_prometheus_may_ask_on_this_machine_only(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, '[metrics]\nlisten = "127.0.0.1:9464"')).metrics.listen == "127.0.0.1:9464"
    for listen in ("0.0.0.0:9464", "unix:///run/metrics"):
        with pytest.raises(Misconfigured, match="metrics"):
            load_config(written(tmp_path, f'[metrics]\nlisten = "{listen}"'))


@pytest.mark.parametrize(
    "address", ["0.0.0.0:50051", "192.168.1.4:50051", "[::]:1", "hall.example:1", "unix:relative", "1"]
)
def test_it_refuses_to_listen_beyond_this_machine(address: str) -> None:
    with pytest.raises(Misconfigured, match="listen"):
        load_config(None, listen=address)


@pytest.mark.parametrize("address", ["127.0.0.1:50051", "localhost:1", "[::1]:0", "unix:///run/x.sock"])
def test_loopback_and_sockets_are_fine(address: str) -> None:
    assert load_config(None, listen=address).rpc.listen == address


def test_what_is_printed_reads_back_as_the_same(tmp_path: Path) -> None:
    config = load_config(None, data=tmp_path)
    assert Config.model_validate(tomllib.loads(to_toml(config))) == config


def test_a_broken_file_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read as TOML"):
        load_config(written(tmp_path, "= ="))
    with pytest.raises(Misconfigured, match="cannot be read"):
        load_config(tmp_path / "absent.toml")


@pytest.mark.parametrize(("text", "name"), [("rpc = 'unix:///s'", "rpc"), ("storage = ['/data']", "storage")])
def test_a_section_that_is_none_is_told_also_where_the_command_line_wins(tmp_path: Path, text: str, name: str) -> None:
    with pytest.raises(Misconfigured, match=f"{name} = "):
        load_config(written(tmp_path, text), data=tmp_path, listen="unix:///other")


def test_a_level_of_the_log_that_is_none_is_told_as_a_fault_of_the_configuration() -> None:
    ended = CliRunner().invoke(app, ["run"], env={"HALLSCRIBE_LOG": "verbose"})
    assert ended.exit_code == CONFIGURATION
    assert "HALLSCRIBE_LOG=VERBOSE is no level: give DEBUG" in ended.stderr
