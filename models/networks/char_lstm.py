"""A character-level LSTM language model (Hochreiter & Schmidhuber 1997; Karpathy's char-rnn)."""

from __future__ import annotations

from typing import TypeAlias

from torch import Tensor, nn

Memory: TypeAlias = tuple[Tensor, Tensor]
"""Hidden and cell state of every layer, each (layers, B, hidden)."""


class CharLSTM(nn.Module):
    """Embedding, stacked LSTM and a linear head over the alphabet."""

    def __init__(
        self, vocabulary: int, embedding: int, hidden: int, layers: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        between = dropout if layers > 1 else 0.0
        self.lstm = nn.LSTM(embedding, hidden, layers, dropout=between, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, tokens: Tensor, memory: Memory | None = None) -> tuple[Tensor, Memory]:
        """Logits (B, T, V) of the character after each of `tokens` (B, T), and the memory left."""
        outputs, memory = self.lstm(self.dropout(self.embedding(tokens)), memory)
        return self.head(self.dropout(outputs)), memory
