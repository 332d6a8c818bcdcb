"""CLIP: a picture and the captions that lie nearest to it.

Two encoders, one of pictures and one of words, lead into the same space (Radford et al. 2021).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
import transformers
from torch import Tensor
from transformers import CLIPModel, CLIPTokenizer

from models import checkpoint, datasets
from models.adapters.class_conditional import blocks
from models.adapters.input_picture import Looked
from models.adapters.pictures import to_tensor
from models.adapters.plain_words import plain_words
from models.base import LookStep, ModelSpec, Recipe

if TYPE_CHECKING:
    from typing_extensions import Self

BLOCK = 4
"""Pictures in a forward pass. Always the same number, so that a picture is seen the same to the
last bit whoever else is looked at."""
SAID = 5
"""So many captions are told of a picture, the best ones."""
_TEXTS = 140  # captions in a forward pass


class Embeddings:
    """Both encoders, in float32."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model.eval()
        self._tokenizer = plain_words(tokenizer)

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> Embeddings:
        """Open a folder written by transformers."""
        transformers.utils.logging.disable_progress_bar()
        model = CLIPModel.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
        tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
        return cls(model.to(device), tokenizer)

    @property
    def device(self) -> torch.device:
        """Where the encoders are."""
        return next(self.model.parameters()).device  # type: ignore[no-any-return]

    @property
    def scale(self) -> Tensor:
        """What cosines are multiplied with before the softmax: the trained temperature's inverse.

        Radford et al. 2021, section 2.4: it is learnt with everything else.
        """
        scale: Tensor = self.model.logit_scale.exp()
        return scale

    @torch.inference_mode()
    def of_pictures(self, images: Tensor) -> Tensor:
        """Pictures (B, 3, H, W) in [-1, 1] -> unit vectors (B, D)."""
        out = self.model.get_image_features(pixel_values=images.to(self.device))
        return F.normalize(out.pooler_output, dim=1)

    @torch.inference_mode()
    def of_words(self, texts: Sequence[str]) -> Tensor:
        """Captions -> unit vectors (T, D)."""
        tokens = self._tokenizer(list(texts), padding=True, return_tensors="pt").to(self.device)
        out = self.model.get_text_features(
            input_ids=tokens.input_ids, attention_mask=tokens.attention_mask
        )
        return F.normalize(out.pooler_output, dim=1)


class Clip:
    """Looks at pictures: task `look`.

    The figures of a step are the best `SAID` of the 560 plain captions of the digits world, each
    with its probability among all of them: the softmax of the cosines, as in training. A caption
    for what is nothing of that world is not among them; some of them are the nearest all the same.
    """

    def __init__(self, spec: ModelSpec, embeddings: Embeddings) -> None:
        self.spec = spec
        self._embeddings = embeddings
        self._captions = [concept.caption for concept in datasets.concepts()]
        texts = [self._captions[i : i + _TEXTS] for i in range(0, len(self._captions), _TEXTS)]
        self._said = torch.cat([embeddings.of_words(part) for part in texts])  # (560, D)

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Self:
        """Read both encoders; they are small and always run in float32."""
        return cls(spec, Embeddings.load(checkpoint.folder(spec.source), device))

    def begin(self, recipe: Recipe) -> Looked:
        """Read the picture; ValueError in words where there is none."""
        return Looked.of(recipe)

    def advance(self, states: Sequence[Looked]) -> list[LookStep]:
        """Look at all pictures at once."""
        started = time.perf_counter()
        images = to_tensor([state.picture for state in states])
        shares = torch.cat([self.probabilities(block) for (block,) in blocks(BLOCK, images)])
        seconds = time.perf_counter() - started
        rows = shares[: len(states)]
        return [self._step(row, seconds, len(states)) for row in rows]

    def end(self, state: Looked) -> None:
        """Nothing to free: a look holds no slot."""

    def nbytes(self) -> int:
        """Bytes of the weights and of the captions' places."""
        weights: int = sum(p.nbytes for p in self._embeddings.model.parameters())
        return weights + self._said.nbytes

    def close(self) -> None:
        """Let go of the weights."""
        del self._embeddings, self._said

    @torch.inference_mode()
    def probabilities(self, images: Tensor) -> Tensor:
        """How likely each caption is for pictures (B, 3, H, W) in [-1, 1]: (B, 560)."""
        cosines = self._embeddings.of_pictures(images) @ self._said.T
        return (self._embeddings.scale * cosines).softmax(1).float().cpu()

    def _step(self, shares: Tensor, seconds: float, batch: int) -> LookStep:
        best = shares.topk(SAID)
        places = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        figures = {self._captions[place]: share for place, share in places}
        return LookStep(0, 1, True, figures=figures, seconds=seconds, batch=batch)
