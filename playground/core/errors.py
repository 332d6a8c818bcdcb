"""What a visitor reads when something fails."""

from __future__ import annotations

import logging
import secrets

from models.device import is_out_of_memory
from models.engine import Busy
from models.hub.sentences import HubError
from models.pool import LoadError

log = logging.getLogger(__name__)


OUT_OF_MEMORY = (
    "This machine ran out of memory in the middle. Everything else goes on; ask for fewer "
    "pictures or less text, or choose a smaller model."
)


def explain(error: Exception) -> str:
    """A sentence for the visitor; the traceback of anything unexpected goes to the log alone."""
    if isinstance(error, (ValueError, Busy, LoadError, HubError)):
        return str(error)
    if is_out_of_memory(error):
        log.warning("out of memory", exc_info=error)
        return OUT_OF_MEMORY
    reference = secrets.token_hex(4)
    log.error("reference %s", reference, exc_info=error)
    return f"Something went wrong (reference {reference}). Please try again."
