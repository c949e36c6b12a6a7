// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// Tables of a million documents fit no near cache, and what a query asks of them lies all over them. Memory is slow to
// answer but answers many questions at once: so what will be needed is asked for ahead of time.

import CIntrinsics

extension UnsafeMutableBufferPointer {
    /// Has the element brought near, to be read soon. Never waits; the index may be out of range.
    @inline(__always)
    func prefetch(_ index: Int) {
        guard let base = baseAddress else { return }
        box_office_prefetch_read(UnsafeRawPointer(base) + index &* MemoryLayout<Element>.stride)
    }
}
