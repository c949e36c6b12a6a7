# Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
"""Runs the same work on several servers in turns (A B A B …), and says what came of it: for the benchmarks.

One machine is never the same twice: a neighbour, a disk that cleans up, a processor that got hot. So no figure stands
alone: sides take turns within a round, rounds are repeated, and what counts is the median and the ratio of one run.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time


def compile_program(source, directory):
    """Compiles one of the C programs beside the benchmarks."""
    program = directory / source.stem
    subprocess.run(["cc", "-O2", "-o", str(program), str(source)], check=True)
    return program


def probe_device(directory, count=50):
    """The median time, in microseconds, of one 4 KiB write made durable with fdatasync: what bounds depth 1."""
    path = directory / "probe"
    times = []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, 4_096 * count)
        os.fsync(descriptor)
        for index in range(count):
            begun = time.perf_counter()
            os.pwrite(descriptor, bytes(4_096), 4_096 * index)
            os.fdatasync(descriptor)
            times.append(time.perf_counter() - begun)
    finally:
        os.close(descriptor)
        path.unlink()
    return statistics.median(times) * 1e6


def settle(directory, seconds):
    """Lets the device finish what the run before left behind, and looks how fast it is now."""
    os.sync()
    time.sleep(seconds)
    return probe_device(directory)


def cpu_seconds(process):
    """Processor time that a process and its children, those that ended too, have had, user and system."""
    total, tree = 0.0, [process]
    while tree:
        at = tree.pop()
        try:
            values = pathlib.Path(f"/proc/{at}/stat").read_text().rsplit(")", 1)[1].split()
            tree += map(int, pathlib.Path(f"/proc/{at}/task/{at}/children").read_text().split())
        except OSError:
            continue
        total += sum(map(int, values[11:15])) / os.sysconf("SC_CLK_TCK")
    return total


def drive(load, process, arguments):
    """Runs the load generator against a server: what load.c prints, and how many processors the server used."""
    before, begun = cpu_seconds(process), time.monotonic()
    done = subprocess.run([str(load), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode == 2:
        raise RuntimeError(f"load: {done.stderr.strip()}")
    result = json.loads(done.stdout)
    result["serverProcessors"] = round((cpu_seconds(process) - before) / (time.monotonic() - begun), 2)
    if done.stderr:
        print(done.stderr.strip(), file=sys.stderr)
    return result


class Case:
    """One line of a table: the same work on each side. `sides` gives each side's name the function that runs it once, and
    `key` is which of its figures counts: `perSecond`, of which more is better, or a latency."""

    def __init__(self, label, sides, key="perSecond"):
        self.label, self.sides, self.runs, self.key = label, sides, {side: [] for side in sides}, key

    def values(self, side, key=None):
        return [run[key or self.key] for run in self.runs[side]]

    def summary(self):
        """Median, lowest and highest of each side; the ratio of the first side to each other, with that of single rounds."""
        sides = {}
        for side in self.runs:
            rates = self.values(side)
            sides[side] = {
                "median": statistics.median(rates), "lowest": min(rates), "highest": max(rates),
                "p50": statistics.median(self.values(side, "p50")), "p99": statistics.median(self.values(side, "p99"))}
        first, *others = self.runs
        ratios = {}
        for other in others:
            pairs = [one / two for one, two in zip(self.values(first), self.values(other)) if two]
            if pairs and sides[other]["median"]:
                ratios[other] = {"ratio": round(sides[first]["median"] / sides[other]["median"], 3),
                                 "lowest": round(min(pairs), 3), "highest": round(max(pairs), 3)}
        return {"label": self.label, "key": self.key, "sides": sides, "ratios": ratios}


class Group:
    """Cases that belong together: one table, one picture."""

    def __init__(self, name, title, note, cases):
        self.name, self.title, self.note, self.cases = name, title, note, cases

    def run(self, rounds, directory, settle_seconds):
        """Runs all cases in turns. True where every answer of every run was right."""
        print(f"\n{self.title}", flush=True)
        right = True
        for case in self.cases:
            for number in range(rounds):
                for side, run in case.sides.items():
                    device = settle(directory, settle_seconds)
                    result = {"side": side, "round": number + 1, "deviceMicroseconds": round(device), **run()}
                    case.runs[side].append(result)
                    right = right and not result["wrong"] and not result["exhausted"]
                    print(f"  {case.label:18} round {number + 1}  {side:18} {result['perSecond']:>11,.0f} /s   "
                          f"p50 {result['p50']:>9,.0f} µs   p99 {result['p99']:>9,.0f} µs   "
                          f"server {result['serverProcessors']:4.2f} processors   (a durable write: {device:,.0f} µs)",
                          flush=True)
        return right

    def table(self):
        unit = "a second" if self.cases[0].key == "perSecond" else f"{self.cases[0].key} µs"
        lines = [f"{self.title}",
                 f"  {'':18} {'':18} {unit + ', median [lowest – highest]':40} {'p50 µs':>8} {'p99 µs':>8}   ratio [rounds]"]
        for case in self.cases:
            summary = case.summary()
            for index, (side, value) in enumerate(summary["sides"].items()):
                spread = f"{value['median']:>11,.0f}  [{value['lowest']:,.0f} – {value['highest']:,.0f}]"
                ratio = summary["ratios"].get(side)
                told = f"{ratio['ratio']:.2f} [{ratio['lowest']:.2f} – {ratio['highest']:.2f}]" if ratio else ""
                lines.append(f"  {case.label if index == 0 else '':18} {side:18} {spread:40} {value['p50']:8,.0f} "
                             f"{value['p99']:8,.0f}   {told}")
        return "\n".join(lines)

    def result(self):
        return {"name": self.name, "title": self.title, "note": self.note,
                "cases": [{**case.summary(), "runs": [run for runs in case.runs.values() for run in runs]}
                          for case in self.cases]}
