"""What a visitor reads when something fails."""

from __future__ import annotations

import logging
import secrets

from models.engine import Busy
from models.pool import LoadError

log = logging.getLogger(__name__)


def explain(error: Exception) -> str:
    """A sentence for the visitor; the traceback of anything unexpected goes to the log alone."""
    if isinstance(error, (ValueError, Busy, LoadError)):
        return str(error)
    reference = secrets.token_hex(4)
    log.error("reference %s", reference, exc_info=error)
    return f"Something went wrong (reference {reference}). Please try again."
