"""Train `gpt2_stories`: GPT-2's own design, 1/38 the size, that has read 4,373 children's stories.

On equal terms with `char_lstm_stories`, see `models.train.language`.
"""

from __future__ import annotations

from models.train import language, readings
from models.train.loop import UNLIMITED_STEPS, parse_arguments

LIMITS = (
    "Writes stories for small children, in plain words, and knows nothing of the world outside "
    "them. It looks back over 256 characters, no further: who was named before that is forgotten."
)
WIDTH, LAYERS = 256, 4
SETTINGS = language.Settings(rows=8, rate=3e-3, weight_decay=0.1)


def main() -> None:
    args = parse_arguments(
        "gpt2_stories", UNLIMITED_STEPS, __doc__ or "", flops=readings.STORIES_FLOPS
    )
    reading = readings.stories()
    config = language.gpt2_configuration(reading.alphabet, WIDTH, LAYERS, SETTINGS.dropout)
    language.train_gpt2(args, reading, config, SETTINGS)


if __name__ == "__main__":
    main()
