# Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
"""What the scripts of this folder share: starting a daemon, asking it things, and reading its replies.

Only Python's standard library is used. Nothing here knows a rule of the box office; it knows the form of the protocol.
"""

import atexit
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOKEN = re.compile(r'(?:([a-z][a-z0-9-]*)=)?(?:"((?:\\.|[^"\\])*)"|([^\s"]+))')
ESCAPE = re.compile(r'\\(?:u\{([0-9a-fA-F]+)\}|(.))')


def find_binary(given=None):
    """The daemon's program: what was given, else $BOXOFFICE_BIN, else the newest of this checkout's builds."""
    if given or os.environ.get("BOXOFFICE_BIN"):
        path = pathlib.Path(given or os.environ["BOXOFFICE_BIN"])
        if not path.exists():
            sys.exit(f"{pathlib.Path(sys.argv[0]).name}: there is no {path}")
        return path.resolve()
    for kind in ("release", "debug"):
        path = ROOT / ".build" / kind / "boxoffice"
        if path.exists():
            return path.resolve()
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: no boxoffice is built yet; run: swift build -c release --product boxoffice")


def unescape(text):
    simple = {"n": "\n", "t": "\t"}
    return ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else simple.get(m[2], m[2]), text)


def fields(line):
    """The words and the `key=value` fields of a line, as (list, dict)."""
    words, values = [], {}
    for match in TOKEN.finditer(line):
        name, quoted, bare = match.groups()
        text = unescape(quoted) if quoted is not None else bare
        if name is None:
            words.append(text)
        else:
            values[name] = text
    return words, values


def expand(labels):
    """The labels that a VIEW's `labels=` stands for, in map order: `1-4,6`, `25-1/2,2-26/2`."""
    out = []
    for part in labels.split(","):
        run, _, step = part.partition("/")
        first, dash, last = run.partition("-")
        if not dash:
            out.append(part)
            continue
        first, last = int(first), int(last)
        step = int(step or 1)
        out += [str(n) for n in (range(first, last + 1, step) if first <= last else range(first, last - 1, -step))]
    return out


class Reply:
    """One whole reply: its `* ` lines, and its last line taken apart."""

    __slots__ = ("items", "line", "words", "fields")

    def __init__(self, items, line):
        self.items = items
        self.line = line
        self.words, self.fields = fields(line)

    @property
    def ok(self):
        return self.words[0] == "OK"

    @property
    def code(self):
        return "" if self.ok else self.words[1]

    def __str__(self):
        return "\n".join(self.items + [self.line])


class Session:
    """A plain connection that asks and waits. `pipeline` sends many lines while it reads their replies."""

    def __init__(self, port, host="127.0.0.1", timeout=60):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lines = self.socket.makefile("r", encoding="utf-8", newline="\n", buffering=1 << 16)

    def read(self):
        items = []
        for line in self.lines:
            line = line.rstrip("\n")
            untagged = line.partition(" ")[2] if line.startswith("@") else line
            if untagged.startswith("* "):
                items.append(line)
            else:
                return Reply(items, line)
        raise ConnectionError("the daemon closed the connection in the middle of a reply")

    def ask(self, line):
        self.socket.sendall(line.encode() + b"\n")
        try:
            return self.read()
        except TimeoutError:
            raise RuntimeError(f"no answer in {self.socket.gettimeout():g} s to: {line[:120]}") from None

    def must(self, line):
        reply = self.ask(line)
        if not reply.ok:
            raise RuntimeError(f"{line[:120]} was answered {reply.line}")
        return reply

    def pipeline(self, lines):
        """The replies to all lines, in order; a thread writes while this one reads, so that neither blocks the other."""
        data = "".join(line + "\n" for line in lines).encode()
        failure = []

        def write():
            try:
                self.socket.sendall(data)
            except OSError as error:
                failure.append(error)

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        replies = [self.read() for _ in lines]
        writer.join()
        if failure:
            raise failure[0]
        return replies

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Daemon:
    """A daemon process over a data directory, or over none: started, waited for, stopped or killed."""

    def __init__(self, binary, data, *flags, log=None):
        where = ["--data", str(data)] if data else ["--test", "--journal", "off"]
        self.command = [str(binary), "serve", *where, "--listen", "127.0.0.1:0", *flags]
        self.log = log
        self.process = None
        self.port = None

    def spawn(self):
        """Starts the process and does not wait for it to be ready."""
        log = open(self.log, "ab") if self.log else subprocess.DEVNULL
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        if self.log:
            log.close()
        self.port = None
        atexit.register(self.process.kill)  # a script that fails leaves none behind; no harm to one that is gone
        return self

    def wait_ready(self, timeout=120):
        """Waits for its READY line; returns the seconds that took."""
        begun = time.monotonic()
        timer = threading.Timer(timeout, self.process.kill)
        timer.start()
        try:
            for line in self.process.stdout:
                match = re.match(rb"READY tcp=\S*:(\d+)", line)
                if match:
                    self.port = int(match[1])
                    return time.monotonic() - begun
        finally:
            timer.cancel()
        status = self.process.wait()
        tail = pathlib.Path(self.log).read_text(errors="replace")[-2_000:] if self.log else ""
        raise RuntimeError(f"the daemon did not become ready (status {status}, {timeout} s allowed)\n{tail}")

    def start(self, timeout=120):
        self.spawn()
        self.wait_ready(timeout)
        return self

    def session(self, **arguments):
        return Session(self.port, **arguments)

    def kill(self):
        """SIGKILL, and gone when this returns."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self, timeout=60):
        """SIGTERM; returns the exit status, which is 0 for a daemon in order."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return -9
        finally:
            self.process.stdout.close()

    def memory(self):
        """(resident now, resident at its highest) in bytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return tuple(int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1_024 for name in ("VmRSS", "VmHWM"))

    def cpu_seconds(self):
        """Processor time used so far, user and system."""
        values = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def work_directory(given=None, keep=False, prefix="boxoffice-"):
    """A directory for one run. A given one is used as it is and left; one of our own is removed unless it is kept."""
    if given:
        path = pathlib.Path(given).resolve()
        path.mkdir(parents=True, exist_ok=True)
        yield path
        return
    path = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=os.environ.get("TMPDIR") or "/var/tmp"))
    try:
        yield path
    finally:
        if keep:
            print(f"kept: {path}", file=sys.stderr)
        else:
            shutil.rmtree(path, ignore_errors=True)


def colour(text, code):
    """`text` in colour where standard output is a terminal and NO_COLOR is not set."""
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return f"\x1b[{code}m{text}\x1b[0m"


def good(text):
    return colour(text, "32")


def bad(text):
    return colour(text, "31")
