"""A small convolutional network that learns first what pictures show, for the encoder to learn from.

From few pictures convolutions learn much sooner than attention does; what they have made of each place of a picture is
then the encoder's dense target (Touvron et al. 2021, arXiv 2012.12877, teach by a convolutional network; Romero et al.
2015, arXiv 1412.6550, by its features). Nothing of it is kept in the encoder's folder.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from hallscribe_export.calibration import IMAGENET_MEAN, IMAGENET_STD
from hallscribe_export.train.objective import RARE

WIDTH = 24
# Pixels along a side of the square that a feature is of, as an encoder's patch.
STRIDE = 16


class Teacher(nn.Module):
    """Pictures to features and to the facts that are true of them.

    Args:
        facts: how many there are.
        width: of the first layer; features are eight times as wide.
    """

    def __init__(self, facts: int, width: int = WIDTH) -> None:
        super().__init__()
        self.dimensions = 8 * width
        self.body = nn.Sequential(
            nn.Conv2d(3, width, 4, 4, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            _Block(width, 2 * width),
            _Block(2 * width, 4 * width, 2),
            _Block(4 * width, 4 * width),
            _Block(4 * width, 8 * width, 2),
            _Block(8 * width, 8 * width),
        )
        self.facts = nn.Linear(self.dimensions, facts)
        nn.init.zeros_(self.facts.weight)
        nn.init.constant_(self.facts.bias, RARE)
        for name, values in (("mean", IMAGENET_MEAN), ("deviation", IMAGENET_STD)):
            self.register_buffer(name, 255 * torch.tensor(values)[:, None, None], persistent=False)
        self.to(memory_format=torch.channels_last)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits (B, facts) of uint8 pictures (B, 3, S, S)."""
        return self.facts(self._seen(pictures).mean((2, 3)).float())

    def features(self, pictures: Tensor) -> Tensor:
        """Of each square of 16 pixels, in reading order: (B, (S / 16)^2, 8 width)."""
        return self._seen(pictures).flatten(2).transpose(1, 2)

    def _seen(self, pictures: Tensor) -> Tensor:
        x = (pictures.float() - self.mean) / self.deviation
        return self.body(x.contiguous(memory_format=torch.channels_last))


class _Block(nn.Module):
    """Two convolutions and a way past them (He et al. 2016, arXiv 1512.03385)."""

    def __init__(self, given: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(given, width, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)
        self.past = nn.Identity() if given == width else nn.Conv2d(given, width, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.relu(self.norm1(self.first(x)))
        return functional.relu(self.past(x) + self.norm2(self.second(inner)))
