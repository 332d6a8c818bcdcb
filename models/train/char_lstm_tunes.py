"""Train `char_lstm_tunes`: an LSTM that has read 1,888 fiddle tunes, sign by sign.

On equal terms with `gpt2_tunes`, see `models.train.language`.
"""

from __future__ import annotations

from models.train import language, readings
from models.train.loop import UNLIMITED_STEPS, parse_arguments

LIMITS = (
    "Writes dance tunes in one notation and knows no other music. Bars add up and phrases come "
    "back, but a tune has no plan beyond its two halves."
)
HIDDEN = 432
SETTINGS = language.Settings(rows=8, rate=2e-3, weight_decay=0.01, dropout=0.15)


def main() -> None:
    args = parse_arguments(
        "char_lstm_tunes", UNLIMITED_STEPS, __doc__ or "", flops=readings.TUNES_FLOPS
    )
    reading = readings.tunes()
    config = language.lstm_configuration(reading.alphabet, HIDDEN)
    language.train_lstm(args, reading, config, SETTINGS)


if __name__ == "__main__":
    main()
