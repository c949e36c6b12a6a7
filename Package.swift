// swift-tools-version: 6.2

import PackageDescription

/// The settings of every target: Swift 6 mode and the strict checks that the compiler offers.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
    name: "box-office",
    products: [
        .executable(name: "boxoffice", targets: ["boxoffice"]),
        // Whose names stand in a library's own are part of it, so that embedders may import them too.
        .library(name: "BoxOffice", targets: ["BoxOffice", "Ticketing"]),
        .library(name: "BoxOfficeServer", targets: ["BoxOfficeServer"]),
        .library(name: "BoxOfficeTesting", targets: ["BoxOfficeTesting", "Journal"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        // Without its reader of JSON files, which would bring in all of Foundation.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "CIntrinsics"),
        .target(name: "Ticketing", dependencies: ["CIntrinsics"], swiftSettings: strict),
        .target(name: "LineProtocol", dependencies: ["Ticketing"], swiftSettings: strict),
        .target(name: "TrigramSearch", dependencies: ["CIntrinsics"], swiftSettings: strict),
        .target(name: "CChecksum"),
        .target(name: "Journal", dependencies: ["CChecksum"], swiftSettings: strict),
        .target(name: "CRing", linkerSettings: [.linkedLibrary("uring")]),
        .target(name: "Ring", dependencies: ["CRing", "Journal"], swiftSettings: strict),
        .target(name: "CZstd", linkerSettings: [.linkedLibrary("zstd")]),
        .target(name: "SnapshotStore", dependencies: ["CZstd", "Journal"], swiftSettings: strict),
        .target(
            name: "BoxOffice",
            dependencies: [
                "CIntrinsics", "Ticketing", "LineProtocol", "TrigramSearch", "Journal", "Ring", "SnapshotStore",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "BoxOfficeServer",
            dependencies: [
                "BoxOffice", "Ticketing",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "BoxOfficeTesting",
            dependencies: [
                "BoxOffice", "Journal", "LineProtocol", "SnapshotStore", "Ticketing",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "Audit", dependencies: ["BoxOffice", "Journal", "SnapshotStore", "Ticketing", "LineProtocol"],
            swiftSettings: strict),
        .target(name: "CatalogueImport", dependencies: ["LineProtocol"], swiftSettings: strict),
        .target(name: "CEpoll"),
        .target(
            name: "LoadBench",
            dependencies: ["CEpoll", .product(name: "Histogram", package: "hdrhistogram-swift")],
            swiftSettings: strict),
        .executableTarget(
            name: "boxoffice",
            dependencies: [
                "Audit", "BoxOffice", "BoxOfficeServer", "BoxOfficeTesting", "CatalogueImport", "LineProtocol",
                "LoadBench", "Journal", "Ticketing",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(name: "TicketingTests", dependencies: ["Ticketing"], swiftSettings: strict),
        .testTarget(name: "LineProtocolTests", dependencies: ["LineProtocol", "Ticketing"], swiftSettings: strict),
        .testTarget(name: "TrigramSearchTests", dependencies: ["TrigramSearch"], swiftSettings: strict),
        .testTarget(name: "JournalTests", dependencies: ["Journal", "BoxOfficeTesting"], swiftSettings: strict),
        .testTarget(
            name: "SnapshotStoreTests", dependencies: ["SnapshotStore", "Journal", "BoxOfficeTesting"],
            swiftSettings: strict),
        .testTarget(name: "RingTests", dependencies: ["Ring", "Journal"], swiftSettings: strict),
        .testTarget(
            name: "BoxOfficeTests",
            dependencies: [
                "BoxOffice", "BoxOfficeTesting", "Journal", "LineProtocol", "SnapshotStore", "Ticketing",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AuditTests",
            dependencies: [
                "Audit", "BoxOffice", "BoxOfficeTesting", "Journal", "LineProtocol", "SnapshotStore", "Ticketing",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "BoxOffice", "BoxOfficeTesting", "Journal", "Ticketing",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        // Drives the executable as a process of its own, so it is built beside the tests.
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "boxoffice", "BoxOfficeServer",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        .target(
            name: "CountedHouse",
            dependencies: ["BoxOffice", "Journal", "Ticketing", .product(name: "Logging", package: "swift-log")],
            path: "Tests/CountedHouse", swiftSettings: strict),
        .executableTarget(
            name: "count-costs", dependencies: ["CAllocationCounter", "CountedHouse", "Journal"],
            path: "Tests/CommandCosts", swiftSettings: strict),
        .executableTarget(
            name: "bench-scale", dependencies: ["BoxOffice", "CountedHouse", "Ticketing"], path: "Tests/ScaleBenchmark",
            swiftSettings: strict),
        .executableTarget(
            name: "search-bench", dependencies: ["TrigramSearch"], path: "Tests/SearchBenchmark", swiftSettings: strict),
        .executableTarget(
            name: "bench-snapshots",
            dependencies: [
                "BoxOffice", "Journal", "LineProtocol", "Ring", "SnapshotStore", "Ticketing",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/SnapshotBenchmark", swiftSettings: strict),
        .testTarget(name: "LoadBenchTests", dependencies: ["LoadBench"], swiftSettings: strict),
        .testTarget(name: "CatalogueImportTests", dependencies: ["CatalogueImport"], swiftSettings: strict),
    ]
)
