// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Ticketing

/// Who asks on a connection.
public struct RequestSession: Sendable {
    public var role: Role
    /// For whom an operator acts, or who the buyer is; empty for an operator or a gate as such.
    public var buyer: [UInt8]

    public init(role: Role = .operator, buyer: [UInt8] = []) {
        self.role = role
        self.buyer = buyer
    }
}
