"""Run a script whose threads bear their names for the system too, as Python itself does from 3.14.

    python -m models.measure.load.named app.py

So somebody outside the process can tell from /proc how much each of them has computed.
"""

from __future__ import annotations

import contextlib
import runpy
import sys
import threading
import time
from pathlib import Path

SECONDS = 0.5
_LONGEST = 15  # bytes of a name that Linux keeps


def name_threads() -> None:
    """Tell the system the name of every thread there is now."""
    for thread in threading.enumerate():
        comm = Path(f"/proc/self/task/{thread.native_id}/comm")
        if thread is not threading.main_thread():
            with contextlib.suppress(OSError):  # it has ended, or there is no /proc
                comm.write_bytes(thread.name.encode()[:_LONGEST])


def _keep_naming() -> None:
    while True:
        name_threads()
        time.sleep(SECONDS)


def main() -> None:
    """Run the script named first, as if it had been started by itself."""
    script = sys.argv[1]
    sys.argv = sys.argv[1:]
    sys.path[0] = str(Path(script).resolve().parent)
    threading.Thread(target=_keep_naming, name="names", daemon=True).start()
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
