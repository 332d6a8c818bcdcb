"""Muon's orthogonalisation: one result by two ways."""

from __future__ import annotations

import pytest
import torch

from models.train import muon


@pytest.mark.parametrize("shape", [(16, 64), (64, 16), (16, 33), (16, 16)])
def test_singular_values_come_near_one_and_vectors_stay(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    within = u.T @ muon.orthogonalise(matrix, iterations=8) @ v.T
    assert torch.allclose(within, torch.diag(within.diagonal()), atol=1e-4)
    assert within.diagonal().min() > 0.6
    assert within.diagonal().max() < 1.3


def test_iterations_on_the_gram_matrix_give_the_same() -> None:
    spread = torch.logspace(0, -3, 96)
    matrix = torch.randn(24, 96, generator=torch.Generator().manual_seed(2)) * spread
    matrix /= matrix.norm()
    exact = muon._iterate(matrix.double(), 5)
    assert torch.allclose(muon._iterate_on_gram(matrix, 5).double(), exact, atol=2e-4)
