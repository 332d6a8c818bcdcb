"""Train `char_lstm_stories`: an LSTM that has read 4,373 children's stories, letter by letter.

On equal terms with `gpt2_stories`, see `models.train.language`.
"""

from __future__ import annotations

from models.train import language, readings
from models.train.loop import UNLIMITED_STEPS, parse_arguments

LIMITS = (
    "Writes stories for small children, in plain words, and knows nothing of the world outside "
    "them. What it remembers has no fixed length, but names fade from sentence to sentence."
)
HIDDEN = 504
SETTINGS = language.Settings(rows=8, rate=2e-3, weight_decay=0.01)


def main() -> None:
    args = parse_arguments(
        "char_lstm_stories", UNLIMITED_STEPS, __doc__ or "", flops=readings.STORIES_FLOPS
    )
    reading = readings.stories()
    config = language.lstm_configuration(reading.alphabet, HIDDEN)
    language.train_lstm(args, reading, config, SETTINGS)


if __name__ == "__main__":
    main()
