"""The network that is trained is the one that transformers and the export know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from transformers import VJEPA2Model

from hallscribe_export.train.network import Network, Size, patches
from hallscribe_export.train.saving import save_folder

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
    both = patches(pictures, SMALL).repeat(1, 2, 1)
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
