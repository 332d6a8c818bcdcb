"""The features of the playground: the only list. Places stand on the page in its order."""

from __future__ import annotations

from playground.core.feature import Feature
from playground.features import (
    break_it,
    claims,
    classroom,
    drawers,
    history,
    images,
    lessons,
    play,
    postcards,
    public_api,
    scoreboard,
    text,
)

FEATURES: tuple[Feature, ...] = (
    play.FEATURE,
    text.FEATURE,
    images.FEATURE,
    claims.FEATURE,
    classroom.FEATURE,
    lessons.FEATURE,
    history.FEATURE,
    postcards.FEATURE,
    drawers.FEATURE,
    break_it.FEATURE,
    scoreboard.FEATURE,
    public_api.FEATURE,
)
