// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

extension Journal {
    /// Forgets segments whose every block is at most `sequence`, oldest first, never the one in use, and names them: the
    /// caller removes their files, in this order, each removal made durable before the next. It is ``trim(through:)`` for
    /// an owner that must not wait for the disk. Files that a crash leaves are found again at the next opening.
    package func giveUpSegments(through sequence: UInt64) -> [UInt32] {
        var numbers: [UInt32] = []
        while let oldest = full.first, oldest.lastSequence <= sequence, oldest.lastSequence < durable {
            numbers.append(oldest.number)
            full.removeFirst()
        }
        return numbers
    }
}
