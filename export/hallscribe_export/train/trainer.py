"""The training of a small V-JEPA 2 on rendered lectures.

Three parts follow each other. First V-JEPA 2's own objective alone: the encoder sees some tokens of a clip of two
frames, and the predictor gives what a moving average of the encoder makes of the others. Then the encoder learns from
captions as well, from what a convolutional teacher makes of each place, and to tell one page from another, while the
prediction goes on frame by frame: it sees each frame by itself, as the daemon shows it single pictures, and the
predictor joins them in time. Seven of eight steps show pictures at half their size, which costs a quarter; in the last
part all show them whole. Of whole pictures a step shows a quarter as many, so that every step costs about the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from hallscribe_export.train.hardware import multiplies_bfloat16, narrowed
from hallscribe_export.train.muon import Muon
from hallscribe_export.train.network import Network, Size
from hallscribe_export.train.objective import (
    Imitating,
    Joining,
    Telling,
    block_mask,
    caption_loss,
    fact_loss,
    next_mask,
    page_loss,
    prediction_loss,
)
from hallscribe_export.train.schedule import rate_at

_BETAS = (0.9, 0.98)
_LOUDEST = 1.0
# The moving average looks back over a hundred steps at first and later over a tenth of the training; of a short
# training over that tenth from the beginning.
_FIRST_MOMENTUM, _LEAST_MOMENTUM, _LOOKS_BACK = 0.99, 0.9, 0.1
# Beside captions and pages, prediction is learnt in two of so many steps, in these; another shows whole pictures.
_CYCLE, _HIDDEN, _WHOLE, _NEXT = 8, 1, 3, 5
# The teacher counts for as much more than one of the other losses: it has something to say of every place.
_IMITATION = 10.0


@dataclass(frozen=True, slots=True)
class Course:
    """How an encoder is trained.

    Attributes:
        pairs: of frames in a step that shows them at half their size.
        rate: the highest learning rate; it rises at first and falls as a cosine.
        prediction_only: share of the steps with V-JEPA's objective alone.
        whole_size: share of the steps, the last ones, in which pictures are always seen at their whole size; at half
            of it most can be said already (Li et al. 2023, arXiv 2305.07017).
        hidden: width of the heads' layer between.
    """

    steps: int = 5500
    pairs: int = 48
    rate: float = 8e-3
    decay: float = 0.05
    prediction_only: float = 0.02
    whole_size: float = 0.25
    hidden: int = 512
    seed: int = 1

    def predicts_only(self, step: int) -> bool:
        """Whether V-JEPA's objective stands alone in a step."""
        return step < self.steps * self.prediction_only

    def half(self, step: int) -> bool:
        """Whether a step's pictures are seen at half their size."""
        return step < self.steps * (1 - self.whole_size) and step % _CYCLE != _WHOLE

    def pairs_at(self, step: int) -> int:
        """How many pairs a step shows."""
        return self.pairs if self.half(step) else max(2, self.pairs // 4)

    def momentum_at(self, step: int) -> float:
        """How much of the moving average stays at a step."""
        last = max(_LEAST_MOMENTUM, 1 - 1 / (_LOOKS_BACK * self.steps))
        first = min(_FIRST_MOMENTUM, last)
        return first + (last - first) * step / self.steps


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch as the network takes it; tensors on the training device.

    Attributes:
        taught: what the teacher makes of each square of each picture, float16; None where there is no teacher.
    """

    patches: Tensor
    taught: Tensor | None
    page: Tensor
    step: Tensor
    texts: Tensor
    own: Tensor
    fits: Tensor
    facts: Tensor


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to learn from: dimensions of texts, how many facts, dimensions of a teacher's features, or 0."""

    text: int
    facts: int
    features: int


class Trainer:
    """The network, its moving average, and what moves them; a step after the other."""

    def __init__(self, size: Size, course: Course, known: Known, device: str) -> None:
        torch.manual_seed(course.seed)
        self.course, self.size, self.device = course, size, device
        self.network = Network(size).to(device)
        self.average = deepcopy(self.network.encoder).requires_grad_(False)
        self.joining = Joining(size, known.text, course.hidden).to(device)
        self.telling = Telling(size, known.facts).to(device)
        self.imitating = Imitating(size, known.features).to(device) if known.features else None
        self.optimisers = self._optimisers()
        self.done = 0

    def _optimisers(self) -> list[torch.optim.Optimizer]:
        """Muon for the layers' matrices: it makes more of each step. AdamW for the rest."""
        named = [each for part in self._parts() for each in part.named_parameters()]
        layers = [each for name, each in named if ".layer." in name and each.ndim == 2]
        matrices = [
            each for name, each in named if ".layer." not in name and each.ndim >= 2 and "mask_tokens" not in name
        ]
        rest = [each for name, each in named if each.ndim < 2 or "mask_tokens" in name]
        course = self.course
        groups = [{"params": matrices, "weight_decay": course.decay}, {"params": rest, "weight_decay": 0.0}]
        return [
            Muon(layers, course.rate, course.decay, narrow=multiplies_bfloat16(self.device)),
            torch.optim.AdamW(groups, course.rate, _BETAS),
        ]

    def _parts(self) -> tuple[nn.Module, ...]:
        parts = self.network, self.joining, self.telling, self.imitating
        return tuple(part for part in parts if part is not None)

    def state(self) -> dict[str, Any]:
        """All that the training needs to go on."""
        return {
            "done": self.done,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "joining": self.joining.state_dict(),
            "telling": self.telling.state_dict(),
            "imitating": self.imitating and self.imitating.state_dict(),
            "optimisers": [each.state_dict() for each in self.optimisers],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.done = state["done"]
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.joining.load_state_dict(state["joining"])
        self.telling.load_state_dict(state["telling"])
        if self.imitating is not None:
            self.imitating.load_state_dict(state["imitating"])
        for optimiser, kept in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)

    def begin_from(self, state: Mapping[str, Any]) -> None:
        """Begin with what another training learnt; steps and rates count anew."""
        for part in ("network", "average", "joining"):
            getattr(self, part).load_state_dict(state[part])

    def begin_with(self, encoder: Mapping[str, Tensor], predictor: Mapping[str, Tensor]) -> None:
        """The same with weights alone. ValueError when they are of another size."""
        try:
            for part, weights in ((self.network.encoder, encoder), (self.network.predictor, predictor)):
                part.load_state_dict(weights)
            self.average.load_state_dict(encoder)
        except RuntimeError as error:
            raise ValueError(f"these are no weights of a network of this size: {error}") from error

    def step(self, batch: Prepared) -> dict[str, float]:
        """One update; the losses."""
        course, number = self.course, self.done
        rng = np.random.default_rng((course.seed, number, 1))
        for group in (group for each in self.optimisers for group in each.param_groups):
            group["lr"] = rate_at(course.rate, number, course.steps)
        with narrowed(self.device):
            losses = self._predict(batch, rng) if course.predicts_only(number) else self._join(batch, rng)
        weighted = (_IMITATION * loss if name == "imitation" else loss for name, loss in losses.items())
        total = sum(weighted, torch.zeros((), device=self.device))
        for part in self._parts():
            part.zero_grad()
        total.backward()
        for part in self._parts():
            torch.nn.utils.clip_grad_norm_(part.parameters(), _LOUDEST)
        for optimiser in self.optimisers:
            optimiser.step()
        self._follow(course.momentum_at(number))
        self.done += 1
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def _follow(self, momentum: float) -> None:
        with torch.no_grad():
            for mine, theirs in zip(self.average.parameters(), self.network.encoder.parameters(), strict=True):
                mine.lerp_(theirs, 1 - momentum)

    def _predict(self, batch: Prepared, rng: np.random.Generator) -> dict[str, Tensor]:
        """V-JEPA 2's objective on clips of two still tubelets."""
        first, second = batch.patches.chunk(2)
        clips = torch.cat([first, second], 1)
        places = self._places()
        mask = block_mask(rng, places)
        first_place = places[0]
        with torch.no_grad():
            target = self.average(clips, places)[:, mask.asked - first_place]
        context = self.network.encoder(clips[:, mask.seen - first_place], mask.seen)
        return {"prediction": prediction_loss(self.network.predictor(context, mask.seen, mask.asked), target)}

    def _join(self, batch: Prepared, rng: np.random.Generator) -> dict[str, Tensor]:
        """The teacher, captions, facts, pages; in two of eight steps prediction, of what is hidden and what follows."""
        tokens = self.network.encoder(batch.patches, self._still())
        pooled = tokens.mean(1).float()
        imitated = None
        if self.imitating is not None and batch.taught is not None:
            imitated = self.imitating(tokens, batch.taught.shape[1]).float(), batch.taught.float()
        with torch.autocast(self.device, enabled=False):  # Small, and differences between like vectors are at stake.
            losses = {} if imitated is None else {"imitation": functional.mse_loss(*imitated)}
            losses |= {
                "captions": caption_loss(self.joining, pooled, batch.texts, batch.own, batch.fits),
                "facts": fact_loss(self.telling(pooled), batch.facts),
                "pages": page_loss(self.joining.scale(1), pooled, batch.page, batch.step),
            }
        kind = self.done % _CYCLE
        if kind in (_HIDDEN, _NEXT):
            # A quarter of the pairs, those of one lecture, does for the prediction, whose share of the time would else
            # be the largest.
            some = slice(-(-len(batch.patches) // 8))
            first, second = (each[some] for each in batch.patches.chunk(2))
            losses |= self._foresee(first, second) if kind == _NEXT else self._fill(first, second, rng)
        return losses

    def _foresee(self, first: Tensor, second: Tensor) -> dict[str, Tensor]:
        """The predictor gives the second frame of pairs from the first."""
        mask = next_mask(self._places())
        with torch.no_grad():
            target = self.average(second, mask.seen)
        predicted = self.network.predictor(self.network.encoder(first, mask.seen), mask.seen, mask.asked)
        return {"next": prediction_loss(predicted, target)}

    def _fill(self, first: Tensor, second: Tensor, rng: np.random.Generator) -> dict[str, Tensor]:
        """The predictor gives what is hidden in both frames of pairs, each of which is encoded by itself."""
        places = self._places()
        mask, still = block_mask(rng, places), self._still()
        seen = mask.seen[: len(mask.seen) // 2]
        with torch.no_grad():
            both = torch.cat([self.average(each, still) for each in (first, second)], 1)
        context = torch.cat([self.network.encoder(each[:, seen - places[0]], seen) for each in (first, second)], 1)
        predicted = self.network.predictor(context, mask.seen, mask.asked)
        return {"prediction": prediction_loss(predicted, both[:, mask.asked - places[0]])}

    def _places(self) -> Tensor:
        """Of a clip of two tubelets, in this step's size of pictures."""
        return self.size.places(half=self.course.half(self.done)).to(self.device)

    def _still(self) -> Tensor:
        """Of one tubelet."""
        return self._places().chunk(2)[0]
