"""The command line. ``main`` is the console script ``assay``."""

from __future__ import annotations

import io
import sys
import traceback

from ..errors import AssayError

CRASHED = 4
"""Not Python's own 1, which says that a requirement failed."""


def main() -> None:
    """Run the command; errors made on purpose are one line on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that is not UTF-8 shows "?" and goes on
    from . import app, screen

    try:
        app.app()
    except KeyboardInterrupt:
        sys.exit(130)
    except AssayError as error:
        if app.settings.debug:
            traceback.print_exc()
        sys.stderr.write(f"error: {screen.plain(str(error))}\n")
        sys.exit(2)
    except Exception:
        traceback.print_exc()
        sys.stderr.write("error: assay itself failed; please report the lines above\n")
        sys.exit(CRASHED)
