"""What must be on the machine before anything of ours can be imported. Standard library only; safe to run again.

Brings, where missing: Debian packages (as root; otherwise the line to run is printed), a virtual environment with
the locked Python packages, the locked browser packages. A stamp with the hash of each lock makes later starts skip it.
"""

import ctypes
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = "uv==0.13.9"
OLDEST_PYTHON = (3, 11)
PDF_LIBRARIES = {
    "libpango-1.0-0": "libpango-1.0.so.0",
    "libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
    "libharfbuzz-subset0": "libharfbuzz-subset.so.0",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SET_UP_BY_ITSELF = {"run", "test", "check_code"}


def make_ready(argv: list[str]) -> None:
    """Go on inside the project's environment: return when already there, else bring what is missing and start again."""
    command = argv[1] if len(argv) > 1 else "help"
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"KAP Clinic needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    if command not in SET_UP_BY_ITSELF and (inside or importlib.util.find_spec("django")):
        return
    os.environ.setdefault("KAP_STARTED", str(time.time()))
    _install_debian_packages(_missing_debian_packages(command))
    _install_locked_packages()
    if not inside:
        os.execv(PYTHON, [str(PYTHON), *argv])  # noqa: S606


def say(sentence: str) -> None:
    seconds = time.time() - float(os.environ.get("KAP_STARTED", time.time()))
    print(f"[{seconds:6.1f}s] {sentence}", file=sys.stderr, flush=True)


def _missing_debian_packages(command: str) -> list[str]:
    missing = [package for package, library in PDF_LIBRARIES.items() if not _loads(library)]
    if not PYTHON.exists() and not importlib.util.find_spec("ensurepip"):
        missing.append("python3-venv")
    if os.geteuid() == 0 and not shutil.which("useradd"):
        missing.append("passwd")  # PostgreSQL refuses to run as root, so it gets a user of its own
    if command == "test":
        if not os.environ.get("CHROME_PATH") and not any(map(shutil.which, BROWSERS)):
            missing.append("chromium")
        if not _loads("libatomic.so.1"):
            missing.append("libatomic1")  # the browser driver's own node does not start without it
    return missing


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _install_debian_packages(packages: list[str]) -> None:
    if not packages:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(
            "These are missing. Please install them, then run the same command again:\n\n"
            f"  sudo apt-get update && sudo apt-get install -y --no-install-recommends {' '.join(packages)}\n\n"
            "(These are Debian's names; other systems have the same libraries under names like these.)",
            file=sys.stderr,
        )
        sys.exit(2)
    say(f"Debian packages: {' '.join(packages)}")
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=600", "-q"]
    _quietly([*apt, "update"], DEBIAN_FRONTEND="noninteractive")
    _quietly([*apt, "install", "-y", "--no-install-recommends", *packages], DEBIAN_FRONTEND="noninteractive")


def _install_locked_packages() -> None:
    if _is_stamped("requirements.lock") and _is_stamped("package-lock.json"):
        return
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands started together install once
        os.umask(0o022)  # PostgreSQL's own user must be able to read its programs
        if not _is_stamped("requirements.lock"):
            _install_python_packages()
        if not _is_stamped("package-lock.json"):
            _install_browser_packages()


def _install_python_packages() -> None:
    say("Python packages (requirements.lock)")
    if not (VENV / "bin" / "uv").exists():
        _quietly([sys.executable, "-m", "venv", str(VENV)])
        _quietly([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV])
    lock = str(ROOT / "requirements.lock")
    _quietly([str(VENV / "bin" / "uv"), "pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON), lock])
    _stamp("requirements.lock")


def _install_browser_packages() -> None:
    say("Browser packages (package-lock.json)")
    npm = [str(VENV / "bin" / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _quietly(npm, PATH=f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    _stamp("package-lock.json")


def _quietly(command: list[str], **environment: str) -> None:
    """Run; show what it said only when it failed."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\nThis did not work (exit {done.returncode}): {' '.join(command)}")


def _is_stamped(lock: str) -> bool:
    stamp = VENV / f".ready-{lock}"
    return PYTHON.exists() and stamp.exists() and stamp.read_text() == _digest(lock)


def _stamp(lock: str) -> None:
    (VENV / f".ready-{lock}").write_text(_digest(lock))


def _digest(lock: str) -> str:
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
