// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import LineProtocol

/// A kind of file that can be translated.
public enum ImportFormat: String, CaseIterable, Sendable {
    /// A seating plan of pretix.
    case pretix
    /// A chart of seats.io.
    case seatsio
    /// Events of the Ticketmaster Discovery API, version 2.
    case discovery
    /// Our own JSON lines; see Format.md in CatalogueImport.docc.
    case lines

    /// What it is, for messages.
    public var title: String {
        switch self {
        case .pretix: "a pretix seating plan"
        case .seatsio: "a seats.io chart"
        case .discovery: "Ticketmaster Discovery events"
        case .lines: "Box Office catalogue lines"
        }
    }
}

/// How a file is to be translated. What it takes for an id and for a name can be asked beforehand.
public struct ImportOptions: Sendable {
    /// The format; nil to tell it by the content.
    public var format: ImportFormat?
    /// The file's name, for messages only.
    public var fileName: String
    /// The id of the venue that a seating plan or chart becomes; nil to make one from its name.
    public var venueID: String?
    /// The printed name of that venue; nil for the plan's own.
    public var venueName: String?
    /// Whether a warning is an error.
    public var isStrict: Bool

    public init(
        format: ImportFormat? = nil, fileName: String = "", venueID: String? = nil, venueName: String? = nil,
        isStrict: Bool = false
    ) {
        self.format = format
        self.fileName = fileName
        self.venueID = venueID
        self.venueName = venueName
        self.isStrict = isStrict
    }

    /// Whether a venue may have this id.
    public static func isVenueID(_ id: String) -> Bool { IDMaker.isID(id) }

    /// Whether a venue may have this name: not where nothing of it can be seen.
    public static func isVenueName(_ name: String) -> Bool { Ink.isIn(name) }
}
