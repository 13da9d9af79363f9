"""The network that is trained is the one that transformers and the export know."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import VJEPA2Model

from hallscribe_export.train.encoder import begun_with
from hallscribe_export.train.network import Network, Size
from hallscribe_export.train.pictures import halved, patches
from hallscribe_export.train.saving import read_folder, save_folder
from hallscribe_export.train.trainer import Course, Known, Trainer

SMALL = Size(hidden=48, layers=2, heads=2, predictor_hidden=36, predictor_layers=2, predictor_heads=2, crop=64)


def network() -> Network:
    torch.manual_seed(3)
    made = Network(SMALL)
    for parameter in made.parameters():  # Untrained biases and norms would hide a mix-up.
        parameter.data += 0.05 * torch.randn_like(parameter)
    for parameter in made.parameters():
        parameter.data = parameter.data.half().float()
    return made


def test_transformers_reads_the_saved_folder_and_gives_the_same(tmp_path: Path) -> None:
    made = network()
    save_folder(tmp_path, SMALL, made.encoder, made.predictor)
    known = VJEPA2Model.from_pretrained(tmp_path, dtype=torch.float32).eval()
    pictures = torch.randn(2, 3, 64, 64)
    still = pictures[:, None].expand(-1, 4, -1, -1, -1)
    places = torch.arange(32)
    both = patches(pictures, SMALL.patch).repeat(1, 2, 1)
    seen, asked = torch.arange(0, 32, 2), torch.arange(1, 32, 2)
    with torch.no_grad():
        tokens = made.encoder(both, places)
        context = made.encoder(both[:, seen], seen)
        predicted = made.predictor(context, seen, asked)
        theirs = known(still, context_mask=[seen.expand(2, -1)], target_mask=[asked.expand(2, -1)])
    np.testing.assert_allclose(tokens, theirs.last_hidden_state, atol=2e-5)
    # transformers shows its predictor tokens of a whole clip, of which it picks those that are seen.
    with torch.no_grad():
        again = made.predictor(tokens[:, seen], seen, asked)
    np.testing.assert_allclose(again, theirs.predictor_output.last_hidden_state, atol=2e-5)
    assert not torch.allclose(again, predicted)


def test_a_patch_of_a_picture_at_half_its_size_lies_amid_the_four_that_it_covers() -> None:
    places = network().encoder.places
    whole, half = (SMALL.places(half=half).chunk(2)[1] for half in (False, True))
    angle = [torch.atan2(places.sine[each], places.cosine[each]) for each in (whole, half)]
    # The slowest turns stay within half a circle here, so that their angles have a mean.
    width = 2 * (places.cosine.shape[1] // 6)
    slow = [column for axis in range(3) for column in range(axis * width + width // 4, axis * width + width // 2)]
    four = angle[0].view(2, 2, 2, 2, -1).mean((1, 3)).flatten(0, 1)
    assert len(half) * 4 == len(whole)
    torch.testing.assert_close(angle[1][:, slow], four[:, slow])


def test_pictures_are_halved_and_cut_as_they_lie() -> None:
    pictures = torch.arange(2 * 3 * 4 * 4, dtype=torch.uint8).view(2, 3, 4, 4)
    assert halved(pictures)[0, 0].tolist() == [[2, 4], [10, 12]]
    assert patches(pictures, 2)[1, 1, :4].tolist() == pictures[1, 0, :2, 2:].flatten().tolist()


def test_a_saved_folder_can_be_begun_with(tmp_path: Path) -> None:
    size = Size(hidden=24, layers=2, heads=2, predictor_hidden=12, predictor_layers=1, predictor_heads=2, crop=64)
    trainer = Trainer(size, Course(), Known(5, 3, 32), "cpu")
    torch.manual_seed(9)
    learnt = Network(size)
    save_folder(tmp_path, size, learnt.encoder, learnt.predictor)
    trainer.begin_with(**read_folder(tmp_path))
    for module, wanted in (
        (trainer.network.encoder, learnt.encoder),
        (trainer.average, learnt.encoder),
        (trainer.network.predictor, learnt.predictor),
    ):
        for name, value in module.state_dict().items():
            assert torch.allclose(value, wanted.state_dict()[name], atol=1e-3), name


def test_a_training_that_was_ended_is_begun_with_by_its_checkpoint(tmp_path: Path) -> None:
    assert begun_with(tmp_path) == tmp_path / "model.safetensors"
    (tmp_path / "checkpoint.pt").touch()
    assert begun_with(tmp_path) == tmp_path / "checkpoint.pt"


def test_a_folder_of_another_size_or_a_damaged_one_is_not(tmp_path: Path) -> None:
    size = Size(hidden=24, layers=2, heads=2, predictor_hidden=12, predictor_layers=1, predictor_heads=2, crop=64)
    other = Network(replace(size, layers=1))
    save_folder(tmp_path, size, other.encoder, other.predictor)
    with pytest.raises(ValueError, match="no weights of a network of this size"):
        Trainer(size, Course(), Known(5, 3, 32), "cpu").begin_with(**read_folder(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"model\.safetensors cannot be read"):
        read_folder(tmp_path)
