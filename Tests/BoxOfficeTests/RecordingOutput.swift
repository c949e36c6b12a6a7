// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice

/// A client's side of a conversation that takes all it is given, and keeps it.
final class RecordingOutput: ConversationOutput {
    private(set) var bytes: [UInt8] = []
    private(set) var isOver = false

    func conversation(_ conversation: Conversation, writes written: Span<UInt8>) {
        written.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }
    func conversationIsOver(_ conversation: Conversation, lingering: Bool) { isOver = true }
    func conversationChangedAppetite() {}

    /// What came, line by line.
    var lines: [Substring] { String(decoding: bytes, as: UTF8.self).split(separator: "\n") }
}
