"""What a benchmark ran on, and how much memory its programs took."""

import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path

from argosy import __version__

_MEGABYTE = 1024 * 1024


def describe_machine() -> dict[str, object]:
    """Return processors, memory and versions; sizes in MB, the load as it was before the run."""
    model = "unknown"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MEGABYTE
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": model,
        "memory_mb": memory,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "argosy": __version__,
        "load_before": round(os.getloadavg()[0], 2),
    }


class Resident:
    """The resident memory of a process: the most that was seen, in MB."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self.most_mb = 0.0

    def look(self) -> float:
        """Look again; return the highest resident size of the process so far, in MB."""
        try:
            text = self._status.read_text()
        except OSError:
            return self.most_mb
        for line in text.splitlines():
            if line.startswith("VmHWM:"):
                self.most_mb = max(self.most_mb, int(line.split()[1]) / 1024)
        return self.most_mb


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that `percent` of `values` do not pass (nearest rank)."""
    ordered = sorted(values)
    rank = max(0, -(-len(ordered) * percent // 100) - 1)
    return ordered[int(rank)]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return least, median and most of some runs."""
    return {"least": min(values), "median": statistics.median(values), "most": max(values)}
