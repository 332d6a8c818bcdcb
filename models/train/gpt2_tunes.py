"""Train `gpt2_tunes`: GPT-2's own design, 1/50 the size, that has read 1,888 fiddle tunes.

On equal terms with `char_lstm_tunes`, see `models.train.language`.
"""

from __future__ import annotations

from models.train import language, readings
from models.train.loop import UNLIMITED_STEPS, parse_arguments

LIMITS = (
    "Writes dance tunes in one notation and knows no other music. Bars add up and phrases come "
    "back, but a tune has no plan beyond its two halves."
)
WIDTH, LAYERS = 256, 3
SETTINGS = language.Settings(rows=8, rate=3e-3, weight_decay=0.1, dropout=0.15)


def main() -> None:
    args = parse_arguments("gpt2_tunes", UNLIMITED_STEPS, __doc__ or "", flops=readings.TUNES_FLOPS)
    reading = readings.tunes()
    config = language.gpt2_configuration(reading.alphabet, WIDTH, LAYERS, SETTINGS.dropout)
    language.train_gpt2(args, reading, config, SETTINGS)


if __name__ == "__main__":
    main()
