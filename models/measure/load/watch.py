"""Ask an app for its health again and again, in a process of its own: PORT PATH EVERY_SECONDS.

Who asks beside a hundred clients in their process times how long those keep it waiting. Writes a
line for every answer: its status (0 for none) and the seconds it took.
"""

from __future__ import annotations

import http.client
import sys
import time

_LIMIT_SECONDS = 30.0


def main() -> None:
    """Ask until somebody ends this process."""
    port, path, every = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    while True:
        started = time.perf_counter()
        status = ask(port, path)
        sys.stdout.write(f"{status} {time.perf_counter() - started:.6f}\n")
        sys.stdout.flush()
        time.sleep(every)


def ask(port: int, path: str) -> int:
    """The status of one answer on a connection of its own; 0 when there was none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_LIMIT_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except OSError:
        return 0
    finally:
        connection.close()


if __name__ == "__main__":
    main()
