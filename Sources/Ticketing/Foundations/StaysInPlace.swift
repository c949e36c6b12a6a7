// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Synchronization

/// A field that makes the value which holds it stay where it is.
///
/// A value that is not copyable may still be moved: where a method of a large one is called, or a closure reads it, the
/// compiler takes its bytes to the stack, kilobytes at a time, many times a booking. A value with an atomic in it has an
/// address that matters, so it is handed on by that address and nothing is moved.
struct StaysInPlace: ~Copyable {
    private let anchor = Atomic<UInt8>(0)
}
