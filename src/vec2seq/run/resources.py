"""What the machine has: memory that is free for this process, and space on a disk."""

import os
import shutil
import sys
from pathlib import Path

if sys.platform != "win32":
    import resource


def available_memory() -> int | None:
    """Bytes that this process can still take within the system's, its container's and its own limit. None: unknown."""
    limits = [_free_in_system(), _free_in_container(), _free_within_own_limit()]
    known = [limit for limit in limits if limit is not None]
    return min(known) if known else None


def _free_in_system() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    entries = dict(line.split(":", 1) for line in lines)
    return int(entries["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in entries else None


def _free_in_container(group: Path = Path("/sys/fs/cgroup")) -> int | None:
    try:
        most, used = ((group / name).read_text().strip() for name in ("memory.max", "memory.current"))
        parts = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    except OSError:
        return None
    return None if most == "max" else max(int(most) - int(used) + int(parts.get("inactive_file", 0)), 0)


def _free_within_own_limit() -> int | None:
    if sys.platform == "win32":
        return None
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return most
    return max(most - pages * resource.getpagesize(), 0)


def peak_memory() -> int | None:
    """The most bytes of memory that this process ever held. None: unknown."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("VmHWM:"):  # what getrusage says here may be the peak of the process that started this one
            return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def free_disk(folder: Path) -> int:
    """Bytes free where a folder is, or is to be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
