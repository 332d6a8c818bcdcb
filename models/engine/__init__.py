"""The engine: recipes in, steps out, in fair turns on one thread for each kind of device.

A *run* is one visitor's hold on a piece of *work* (`flight`). Work waits in the queue of its model
(`queues`) until it gets a *slot*, a state begun on the adapter; in a *time slice* all slots of one
model advance for about 50 ms (`worker`). Only the thread of a model's kind calls its adapter, and
never while it holds the lock; only under the lock does anybody touch what is shared (`shared`).

Besides the kind that all models are of unless said, there can be others, which carry out one run
at a time while everything else goes on: a device elsewhere (`zerogpu.py`), or models so large that
a single step of theirs would keep everybody waiting.
"""

from models.engine.engine import Engine
from models.engine.flight import Run
from models.engine.queues import LOCAL, Busy, Event, Load, Waiting

__all__ = ["LOCAL", "Busy", "Engine", "Event", "Load", "Run", "Waiting"]
