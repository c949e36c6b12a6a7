// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What an import takes, so that no file can exhaust memory or the stack. The limits of lines, names and plans repeat
/// those of the protocol: an import refuses here, with a place in the file, what the box office would refuse later.
public enum ImportLimits {
    /// Bytes of a file.
    public static let fileBytesMax = 256 << 20
    /// Arrays and objects inside one another.
    public static let depthMax = 64
    /// Values in one JSON document (in JSON lines: in one line).
    public static let valuesMax = 8_000_000
    /// Members of one object.
    public static let membersMax = 65_536
    /// Warnings that are kept; more are counted.
    public static let warningsMax = 100
    /// The largest coordinate, in the plan's own units, in either direction.
    public static let coordinateMax = 1_000_000.0

    /// Bytes of a request line before its line feed.
    static let lineBytesMax = 8_192
    /// Bytes that a list in our own lines may take up in the file: what fits a line, with room for quotes and spaces.
    static let fieldBytesMax = 65_536
    static let idBytesMax = 64
    static let labelBytesMax = 32
    static let nameBytesMax = 512
    static let descriptionBytesMax = 4_096
    static let performersPerEventMax = 64
    static let seatsPerRowMax = 1_000
    static let seatsPerPlanMax = 250_000
    static let rowsPerPlanMax = 32_768
    static let sectionsPerPlanMax = 4_096
    static let categoriesPerPlanMax = 250
    static let placesPerPlanMax = 1_000_000
    static let priceMinorMax: Int64 = 1_000_000_000_000
}
