from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from hallscribe_export.train.network import Size
from hallscribe_export.train.objective import (
    Imitating,
    Joining,
    block_mask,
    caption_loss,
    fitting,
    next_mask,
    page_loss,
    prediction_loss,
)


class Plain(Joining):
    """Takes both sides as they are, at a temperature of 1."""

    def __init__(self) -> None:
        super().__init__(Size(hidden=4, heads=1), 4, 4)
        self.visual, self.text = nn.Identity(), nn.Identity()
        self.scales.data.zero_()


def test_block_masks_hide_the_same_places_of_both_frames_and_leave_some() -> None:
    mask = block_mask(np.random.default_rng(1), Size().places())
    assert sorted([*mask.seen.tolist(), *mask.asked.tolist()]) == list(range(392))
    hidden = mask.asked.tolist()
    assert [place - 196 for place in hidden if place >= 196] == [place for place in hidden if place < 196]
    assert 40 < len(mask.seen) < 340
    assert len(mask.seen) % 28 == 0
    small = [block_mask(np.random.default_rng(seed), torch.arange(32)) for seed in range(50)]
    assert min(len(each.seen) for each in small) == 8, "something is always seen"


def test_the_next_frame_is_asked_for_and_the_first_one_seen() -> None:
    mask = next_mask(torch.arange(10, 18))
    assert (mask.seen.tolist(), mask.asked.tolist()) == ([10, 11, 12, 13], [14, 15, 16, 17])


def test_masks_of_pictures_at_half_their_size_are_of_their_places() -> None:
    places = Size().places(half=True)
    mask = block_mask(np.random.default_rng(1), places)
    assert sorted([*mask.seen.tolist(), *mask.asked.tolist()]) == places.tolist() == list(range(392, 490))


def test_the_teacher_is_imitated_by_the_mean_of_the_tokens_in_its_square() -> None:
    imitating = Imitating(Size(hidden=2, heads=1), 3)
    tokens = torch.arange(2 * 16 * 2, dtype=torch.float32).view(2, 16, 2)
    with torch.no_grad():
        whole, same = imitating(tokens, 4), imitating(tokens, 16)
    torch.testing.assert_close(whole[1, 3], same[1, [10, 11, 14, 15]].mean(0))


def test_prediction_is_measured_against_normalised_tokens() -> None:
    target = torch.tensor([[[1.0, 3.0]]])
    assert prediction_loss(torch.tensor([[[-1.0, 1.0]]]), target).item() == pytest.approx(0, abs=1e-4)
    assert prediction_loss(torch.tensor([[[0.0, 1.0]]]), target).item() == pytest.approx(0.5, abs=1e-4)


def test_a_text_that_is_true_of_another_picture_as_well_is_no_negative_there() -> None:
    pictures, texts = torch.eye(4)[:3], torch.eye(4)[[0, 1, 0]]
    own = torch.tensor([0, 1, 2])
    strict = torch.eye(3, dtype=torch.bool)
    lenient = strict.clone()
    lenient[0, 2] = True  # the third text says what the first picture shows, too
    harsh, mild = (caption_loss(Plain(), pictures, texts, own, fits).item() for fits in (strict, lenient))
    assert mild < harsh
    # By hand: text 2 stands against pictures 1 and 2 only, picture 0 against texts 0 and 1.
    e = np.e
    to_pictures = np.log([(e + 2) / e, (e + 2) / e, 2.0]).mean()
    to_texts = np.log([(e + 1) / e, (e + 2) / e, 3.0]).mean()
    assert mild == pytest.approx((to_pictures + to_texts) / 2, rel=1e-5)


def test_looks_at_one_page_are_drawn_together_and_steps_of_it_left_alone() -> None:
    scale = torch.tensor(1.0)
    vectors = torch.eye(4)[[0, 0, 1, 2]]
    page, step = torch.tensor([5, 5, 5, 6]), torch.tensor([0, 0, 1, 0])
    # The third is another step of the page: only the fourth is a negative of the first two.
    expected = np.log((np.e + 1) / np.e)
    assert page_loss(scale, vectors, page, step).item() == pytest.approx(expected, rel=1e-5)
    apart = page_loss(scale, torch.eye(4), page, step).item()
    assert apart > expected


def test_a_sentence_fits_where_all_that_it_states_is_known() -> None:
    facts = [frozenset({"kind=chart", "bars=3"}), frozenset({"kind=chart"})]
    stated = [frozenset({"kind=chart"}), frozenset({"kind=chart", "bars=3"}), frozenset[str]()]
    assert fitting(facts, stated).tolist() == [[True, True, True], [True, False, True]]
