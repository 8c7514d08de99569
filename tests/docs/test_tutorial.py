"""The tutorial is run as it stands, with a server in a folder of its own."""

import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from tests.conftest import ROOT, needs

PAGE = ROOT / "docs" / "tutorial" / "first-order.md"
_BLOCK = re.compile(r"(?:<!-- (?P<mark>[^\n]*) -->\n)?```bash\n(?P<text>.*?)```", re.DOTALL)
_UNTIL = """
for attempt in $(seq 120); do
  found=$({block})
  case "$found" in *{text}*) break;; esac
  sleep 0.25
done
echo "$found"
case "$found" in *{text}*) ;; *) echo "TIMED OUT"; exit 1;; esac
"""


def _script() -> tuple[str, str]:
    """Return what runs in the background, and the rest as one script."""
    background, rest = "", ["set -euo pipefail"]
    for block in _BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        mark, text = block["mark"] or "", block["text"]
        if mark.startswith("not run"):
            continue
        if mark == "background":
            background = text
        elif mark.startswith("until: "):
            wanted = "'" + mark.removeprefix("until: ") + "'"
            rest.append(_UNTIL.format(block=text.strip(), text=wanted))
        else:
            rest.append(text + "\necho")
    return background, "\n".join(rest)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    needs(shutil.which("curl") or "/usr/bin/curl", "the tutorial calls the API with curl")
    background, script = _script()
    environ = os.environ | {"HOME": str(tmp_path), "ARGOSY_PORT": str(_free_port())}
    served = subprocess.Popen(
        ["/bin/bash", "-c", background.replace(".venv", "exec .venv")],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert served.stdout is not None
        assert "listens on" in served.stdout.readline()
        done = subprocess.run(
            ["/bin/bash", "-c", script],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
    finally:
        served.send_signal(signal.SIGINT)
        output, _ = served.communicate(timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr + output
    assert "/docs/problems#" not in done.stdout, done.stdout
    assert '"refused"' not in done.stdout, done.stdout
    assert "verified" in done.stdout
    assert served.returncode == 0
