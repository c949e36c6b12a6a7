// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// An array of trivial values with one owner. It counts no references and asks for none before a change, and emptying it
/// is one store: what a standard array pays for on each of the dozen steps of a booking, this does not. It may be sent:
/// its memory has one owner, which it moves with.
struct TrivialArray<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    private(set) var count = 0
    private var capacity = 0
    /// Nil as long as nothing was ever added; an empty array costs nothing.
    private var allocated: UnsafeMutablePointer<Element>?

    init() {}

    deinit { allocated?.deallocate() }

    /// Only where there is something, or room for it.
    private var memory: UnsafeMutablePointer<Element> {
        @inline(__always) get { allocated.unsafelyUnwrapped }
    }

    var isEmpty: Bool { count == 0 }

    /// Bytes of memory that it holds, used or not.
    var heldBytes: Int { capacity * MemoryLayout<Element>.stride }

    subscript(index: Int) -> Element {
        @inline(__always) get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "an array was read past its end")
            return memory[index]
        }
        @inline(__always) _modify {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "an array was written past its end")
            yield &memory[index]
        }
    }

    /// What it holds, for owners that are objects, whose fields lend no span: they see to it that nothing is added while
    /// this is used.
    var unsafeElements: UnsafeBufferPointer<Element> {
        @inline(__always) get { UnsafeBufferPointer(start: allocated, count: count) }
    }

    var span: Span<Element> {
        @_lifetime(borrow self) @inline(__always) get {
            guard let allocated else { return unsafe _overrideLifetime(Span(), borrowing: self) }
            return unsafe _overrideLifetime(
                Span(_unsafeStart: UnsafePointer(allocated), count: count), borrowing: self)
        }
    }

    /// Empties the array and keeps its memory.
    @inline(__always)
    mutating func removeAll() { count = 0 }

    mutating func removeLast(_ removed: Int) {
        precondition(removed >= 0 && removed <= count)
        count -= removed
    }

    @inline(__always)
    mutating func append(_ element: Element) {
        if count == capacity { grow(by: 1) }
        (memory + count).initialize(to: element)
        count += 1
    }

    @inline(__always)
    mutating func append(contentsOf elements: UnsafeBufferPointer<Element>) {
        guard let start = elements.baseAddress, !elements.isEmpty else { return }
        if count + elements.count > capacity { grow(by: elements.count) }
        (memory + count).update(from: start, count: elements.count)
        count += elements.count
    }

    @inline(__always)
    mutating func append(contentsOf elements: Span<Element>) {
        elements.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    /// - Complexity: O(`count`), amortised over what is added.
    @inline(never)
    private mutating func grow(by added: Int) {
        let larger = max(16, capacity * 2, count + added)
        let copy = UnsafeMutablePointer<Element>.allocate(capacity: larger)
        if let allocated {
            copy.update(from: allocated, count: count)
            allocated.deallocate()
        }
        allocated = copy
        capacity = larger
    }
}

extension TrivialArray<UInt8> {
    /// Appends `added` bytes that `write` fills in, all of them.
    @inline(__always)
    mutating func appendBytes(_ added: Int, _ write: (UnsafeMutableRawPointer) -> Void) {
        precondition(added > 0, "no bytes are written in place")
        if count + added > capacity { grow(by: added) }
        write(UnsafeMutableRawPointer(memory + count))
        count += added
    }

    /// Appends an integer, the lowest byte first.
    @inline(__always)
    mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(littleEndian value: Value) {
        appendBytes(MemoryLayout<Value>.size) { $0.storeBytes(of: value.littleEndian, as: Value.self) }
    }

    mutating func append(contentsOf text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    mutating func append(contentsOf text: String.UTF8View) {
        if text.withContiguousStorageIfAvailable({ append(contentsOf: $0) }) == nil {
            for byte in text { append(byte) }
        }
    }

    /// Writes an integer over the bytes from `offset` on.
    @inline(__always)
    mutating func store(littleEndian value: UInt32, at offset: Int) {
        precondition(offset >= 0 && offset <= count - 4, "an integer is written past the end")
        UnsafeMutableRawPointer(memory + offset).storeBytes(of: value.littleEndian, as: UInt32.self)
    }
}

extension Array where Element: BitwiseCopyable {
    /// A copy of what a trivial array holds.
    init(_ array: borrowing TrivialArray<Element>) {
        self = array.span.withUnsafeBufferPointer { Array($0) }
    }
}
