# Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
"""Copies of a few targets and their tests, built on their own: for tools that build often, or in another way.

Each package here is a part of the root Package.swift with as few targets as its tests need, so that a round takes seconds.
"""

import os
import pathlib
import re
import signal
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# The parts of BoxOfficeTesting that need no house are enough for the lower rooms.
DISK = {"sources": ["SeededRandom.swift", "SimulatedDisk.swift", "SimulatedStorage.swift"]}
PACKAGES = {
    "journal": {
        "CChecksum": [], "Journal": ["CChecksum"], "BoxOfficeTesting": ["Journal"],
        "JournalTests": ["Journal", "BoxOfficeTesting"],
    },
    "snapshots": {
        "CChecksum": [], "Journal": ["CChecksum"], "CZstd": [], "SnapshotStore": ["CZstd", "Journal"],
        "BoxOfficeTesting": ["Journal"],
        "SnapshotStoreTests": ["SnapshotStore", "Journal", "BoxOfficeTesting"],
    },
    "ring": {
        "CChecksum": [], "Journal": ["CChecksum"], "CRing": [], "Ring": ["CRing", "Journal"],
        "RingTests": ["Ring", "Journal"],
    },
    "ticketing": {"CIntrinsics": [], "Ticketing": ["CIntrinsics"], "TicketingTests": ["Ticketing"]},
    "protocol": {
        "CIntrinsics": [], "Ticketing": ["CIntrinsics"], "LineProtocol": ["Ticketing"],
        "LineProtocolTests": ["LineProtocol", "Ticketing"],
    },
    "search": {
        "CIntrinsics": [], "TrigramSearch": ["CIntrinsics"], "TrigramSearchTests": ["TrigramSearch"],
    },
    "house": {
        "CIntrinsics": [], "Ticketing": ["CIntrinsics"], "LineProtocol": ["Ticketing"], "TrigramSearch": ["CIntrinsics"],
        "CChecksum": [], "Journal": ["CChecksum"], "CRing": [],
        "Ring": ["CRing", "Journal"], "CZstd": [], "SnapshotStore": ["CZstd", "Journal"],
        "BoxOffice": ["CIntrinsics", "Ticketing", "LineProtocol", "TrigramSearch", "Journal", "Ring", "SnapshotStore",
                      "+DequeModule", "+Logging"],
        "BoxOfficeTesting": ["BoxOffice", "Journal", "LineProtocol", "SnapshotStore", "Ticketing", "+Logging"],
        "BoxOfficeTests": ["BoxOffice", "BoxOfficeTesting", "Journal", "LineProtocol", "SnapshotStore", "Ticketing",
                           "+Logging"],
        "SimulationTests": ["BoxOffice", "BoxOfficeTesting", "Journal", "Ticketing", "+Logging"],
    },
}
PRODUCTS = {
    "+DequeModule": '.product(name: "DequeModule", package: "swift-collections")',
    "+Logging": '.product(name: "Logging", package: "swift-log")',
}
LIBRARIES = {"CRing": "uring", "CZstd": "zstd"}
MANIFEST = """// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]
let package = Package(
    name: "box-office", %(dependencies)s
    targets: [
%(targets)s
    ])
"""


class Workshop:
    """A copy of the sources of one package, where they are built and tested."""

    def __init__(self, name, scratch, build_jobs=2, build_options=()):
        self.name, self.root = name, scratch / name
        self.targets = PACKAGES[name]
        self.build_options = ["-j", str(build_jobs), *build_options]

    def prepare(self):
        """Copies what differs, so that what was built before need not be built again."""
        self.root.mkdir(parents=True, exist_ok=True)
        manifest = self.manifest()
        self.write(self.root / "Package.swift", manifest)
        for target in self.targets:
            self.copy(self.folder(target))

    def folder(self, target):
        return ("Tests/" if target.endswith("Tests") else "Sources/") + target

    def copy(self, folder):
        wanted = {path.relative_to(ROOT): path for path in (ROOT / folder).rglob("*") if path.is_file()}
        for relative, path in wanted.items():
            text = path.read_bytes()
            copy = self.root / relative
            if not copy.exists() or copy.read_bytes() != text:
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(text)
        for copy in (self.root / folder).rglob("*"):
            if copy.is_file() and copy.relative_to(self.root) not in wanted:
                copy.unlink()

    def write(self, path, text):
        if not path.exists() or path.read_text() != text:
            path.write_text(text)

    def manifest(self):
        targets, products = [], False
        for target, needs in self.targets.items():
            kind = "testTarget" if target.endswith("Tests") else "target"
            parts = [f'name: "{target}"']
            if needs:
                products = products or any(need[0] == "+" for need in needs)
                parts.append("dependencies: [" + ", ".join(PRODUCTS.get(need, f'"{need}"') for need in needs) + "]")
            parts.append(f'path: "{self.folder(target)}"')
            if target == "BoxOfficeTesting" and "BoxOffice" not in self.targets:
                parts.append("sources: [" + ", ".join(f'"{name}"' for name in DISK["sources"]) + "]")
            if target in LIBRARIES:
                parts.append(f'linkerSettings: [.linkedLibrary("{LIBRARIES[target]}")]')
            else:
                parts.append("swiftSettings: strict")
            targets.append(f"        .{kind}(" + ", ".join(parts) + "),")
        urls = re.findall(r'\.package\(url: "[^"]*/(?:swift-collections|swift-log)", from: "[^"]*"\)',
                          (ROOT / "Package.swift").read_text()) if products else []
        dependencies = "dependencies: [" + ", ".join(urls) + "]," if urls else ""
        return MANIFEST % {"dependencies": dependencies, "targets": "\n".join(targets)}

    def run(self, arguments, seconds, **environment):
        """Runs a program to its end, or ends it: (exit code or None, output)."""
        process = subprocess.Popen(
            arguments, cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            start_new_session=True, env=os.environ | {"SWIFT_BACKTRACE": "enable=no"} | environment)
        try:
            output = process.communicate(timeout=seconds)[0]
            return process.returncode, output
        except subprocess.TimeoutExpired:
            end(process.pid)
            return None, process.communicate()[0] or ""

    def build(self):
        return self.run(["swift", "build", "--build-tests", *self.build_options], 3_600)

    def test(self, names, seconds, **environment):
        """Runs the tests of these names: `Target.Suite` or `Target.Suite/function`."""
        arguments = ["swift", "test", "--skip-build", *self.build_options]
        for name in names:
            arguments += ["--filter", "^" + re.escape(name) + r"\b"]
        return self.run(arguments, seconds, **environment)


def end(process):
    """Ends a process and all that it started: `swift test` runs the tests in a process group of their own, and starts
    them from whichever of its threads."""
    try:
        children = [
            child for thread in pathlib.Path(f"/proc/{process}/task").iterdir()
            for child in (thread / "children").read_text().split()]
        os.kill(process, signal.SIGKILL)
    except OSError:
        return
    for child in children:
        end(int(child))


def first(pattern, text):
    match = re.search(pattern, text)
    return match[1].strip() if match else None


def tail(text, lines=30):
    return "\n".join(text.splitlines()[-lines:])
