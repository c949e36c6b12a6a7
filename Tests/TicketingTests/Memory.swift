// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Glibc

/// What this process takes of memory, for tests in processes of their own.
enum Memory {
    /// The most bytes that it had in memory so far; 0 where the system does not say.
    static var peakBytes: Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let line {
            guard strncmp(line, "VmHWM:", 6) == 0 else { continue }
            return strtol(line + 6, nil, 10) * 1_024
        }
        return 0
    }
}
