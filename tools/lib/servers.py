# Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
"""The servers that the benchmarks compare: each started on a fresh directory and a port of its own, on the loopback, and
gone afterwards with all that it wrote.
"""

import contextlib
import glob
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import boxoffice

POLICY = pathlib.Path("/usr/sbin/policy-rc.d")


def install(packages):
    """Installs what is missing by apt. `packages` gives each package the test that says whether it is there.

    Debian starts a service as soon as it is installed. A policy of "nothing starts", kept for the while, prevents that.
    """
    missing = [package for package, is_there in packages.items() if not is_there()]
    if not missing:
        return
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    print(f"installing by apt: {' '.join(missing)}", flush=True)
    had_policy = POLICY.exists()
    if not had_policy:
        subprocess.run([*sudo, "tee", str(POLICY)], input=b"#!/bin/sh\nexit 101\n", check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*sudo, "chmod", "755", str(POLICY)], check=True)
    command = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq",
               "--no-install-recommends", *missing]
    try:
        if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
            subprocess.run([*sudo, "apt-get", "update", "-qq"], check=True)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    finally:
        if not had_policy:
            subprocess.run([*sudo, "rm", "-f", str(POLICY)], check=True)


def has_redis():
    return shutil.which("redis-server") is not None


def postgres_programs():
    """The folder of Debian's PostgreSQL programs, the newest; None where there are none."""
    return max(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]), default=None)


def has_postgres():
    return postgres_programs() is not None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def box_office(binary, directory, flags=(), keeps=True):
    """A daemon over a new data directory, as `boxoffice.Daemon`; or one with its journal off, which keeps nothing."""
    data = directory / "boxoffice"
    daemon = boxoffice.Daemon(binary, data if keeps else None, *flags, log=directory / "boxoffice.log").start()
    try:
        yield daemon
    finally:
        daemon.stop()
        shutil.rmtree(data, ignore_errors=True)


class Redis:
    """A Redis that keeps what it answers: each write is synced before its reply."""

    def __init__(self, directory):
        self.data = directory / "redis"
        self.port = free_port()

    def __enter__(self):
        self.data.mkdir()
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.data), "--appendonly",
             "yes", "--appendfsync", "always", "--save", "", "--auto-aof-rewrite-percentage", "0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            with contextlib.suppress(OSError):
                if self.ask(b"PING") == b"+PONG":
                    return self
            time.sleep(0.05)
        self.__exit__()
        raise RuntimeError("redis-server does not answer")

    def __exit__(self, *_):
        end(self.process)
        shutil.rmtree(self.data, ignore_errors=True)

    def ask(self, *words):
        """Asks one command; returns the one line of its answer, or the value behind a length."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
            lines = connection.makefile("rb")
            line = lines.readline().rstrip()
            if line.startswith(b"-"):
                raise RuntimeError(f"redis: {line.decode()}")
            return lines.read(int(line[1:])) if line.startswith(b"$") else line


class Wall:
    """The server of tools/bench/wall.c."""

    def __init__(self, program, arguments):
        self.command = [str(program), *map(str, arguments)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        match = re.match(r"READY tcp=\S*:(\d+)", self.process.stdout.readline())
        if not match:
            raise RuntimeError("the wall did not start")
        self.port = int(match[1])
        return self

    def __exit__(self, *_):
        end(self.process)
        self.process.stdout.close()


class Postgres:
    """A PostgreSQL cluster of its own, as Debian's packages make one, with room to write and every commit durable."""

    SETTINGS = {
        "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "1GB",
        "max_wal_size": "8GB", "checkpoint_timeout": "30min", "max_connections": "200", "jit": "off",
    }

    def __init__(self, directory):
        self.programs, self.folder, self.port = postgres_programs(), directory / "postgres", free_port()
        # PostgreSQL refuses to run as root.
        self.become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        self.environment = {**os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "postgres",
                            "PGDATABASE": "postgres"}
        for name in ("PGSERVICE", "PGOPTIONS", "PGSSLMODE"):
            self.environment.pop(name, None)

    def __enter__(self):
        self.folder.mkdir()
        if self.become:
            shutil.chown(self.folder, "postgres", "postgres")
        data = self.folder / "data"
        self.run([f"{self.programs}/initdb", "-D", str(data), "-A", "trust", "-U", "postgres", "--no-instructions"])
        settings = [word for name, value in self.SETTINGS.items() for word in ("-c", f"{name}={value}")]
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [*self.become, f"{self.programs}/postgres", "-D", str(data), "-p", str(self.port), "-h", "127.0.0.1",
                 "-k", str(self.folder), *settings], cwd=self.folder, stdout=log, stderr=log)
        for _ in range(200):
            if subprocess.run([f"{self.programs}/pg_isready", "-q"], env=self.environment).returncode == 0:
                return self
            time.sleep(0.05)
        self.__exit__()
        raise RuntimeError("PostgreSQL does not answer")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)  # a fast shutdown: it waits for no client
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, command):
        done = subprocess.run([*self.become, *command], cwd=self.folder, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{pathlib.Path(command[0]).name}: {done.stderr.strip()[-1_000:]}")
        return done.stdout

    def psql(self, *arguments):
        return self.run([f"{self.programs}/psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", *arguments])

    def pgbench(self, *arguments):
        return self.run([f"{self.programs}/pgbench", "-M", "prepared", "-n", *map(str, arguments)])
