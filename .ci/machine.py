"""Check what pip cannot bring: Python 3.11, venv, and the libraries that draw the PDF.

On Debian and its kin the libraries are installed when this runs as root or with password-free sudo;
elsewhere one message says exactly what to install. Only the standard library is used, and no
syntax that an old Python cannot read.
"""

import ctypes
import os
import shutil
import subprocess
import sys

# What WeasyPrint 70 opens when it starts; glib, fontconfig and harfbuzz come with pango.
LIBRARIES = ["pango-1.0", "pangoft2-1.0", "harfbuzz-subset"]
DEBIAN = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]
HELP = """The PDF needs system libraries that this machine lacks: {missing}. Install them, then run make again:
  Debian, Ubuntu  sudo apt-get install {debian}
  Fedora          sudo dnf install pango harfbuzz
  Arch            sudo pacman -S pango harfbuzz
  macOS           brew install pango   (and: export DYLD_FALLBACK_LIBRARY_PATH="$(brew --prefix)/lib")"""


def missing():
    """Names of the libraries that cannot be opened."""
    return [name for name in LIBRARIES if not any(map(_opens, (f"lib{name}.so.0", f"lib{name}.0.dylib")))]


def install():
    """Install the libraries with apt-get where that needs no password; say nothing where it cannot work."""
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (root and not shutil.which("sudo")):
        return
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    print("installing", *DEBIAN, flush=True)
    for command in (["update"], ["install", "-y", "--no-install-recommends", *DEBIAN]):
        subprocess.run(apt + command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)


def main():
    """Exit with a message that names what is missing, or quietly."""
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit(f"assay needs Python 3.11 or newer, this is {sys.version.split()[0]}: make PYTHON=python3.12 ...")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"Python's venv module is missing. Debian, Ubuntu: sudo apt-get install python{version}-venv")
    if missing():
        install()
    if missing():
        sys.exit(HELP.format(missing=", ".join(missing()), debian=" ".join(DEBIAN)))


def _opens(library):
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


main()
