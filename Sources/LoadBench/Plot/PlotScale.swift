// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc

/// Maps values to a stretch of the picture, and says where its marks are.
struct PlotScale {
    private let from: Double
    private let to: Double
    private let isLogarithmic: Bool
    private let begin: Double
    private let end: Double

    /// A scale in equal steps from zero to a round number at or above `largest`.
    init(linearUpTo largest: Double, begin: Double, end: Double) {
        from = 0
        to = max(Self.step(largest) * (largest / Self.step(largest)).rounded(.up), 1e-9)
        isLogarithmic = false
        self.begin = begin
        self.end = end
    }

    /// A scale in powers of ten around two numbers above zero.
    init(logarithmicFrom smallest: Double, to largest: Double, begin: Double, end: Double) {
        let low = Self.exponent(max(smallest, 1e-3), .down)
        let high = Self.exponent(max(largest, smallest, 1e-3), .up)
        from = Double(low)
        to = Double(max(high, low + 1))
        isLogarithmic = true
        self.begin = begin
        self.end = end
    }

    func position(_ value: Double) -> Double {
        let place = isLogarithmic ? Self.log10(max(value, 1e-3)) : value
        return begin + (end - begin) * max(0, min(1, (place - from) / (to - from)))
    }

    /// Where lines and numbers go.
    var marks: [Double] {
        if isLogarithmic { return (Int(from)...Int(to)).map { Self.power($0) } }
        let step = Self.step(to)
        return (0...Int((to / step).rounded())).map { Double($0) * step }
    }

    // MARK: Arithmetic

    /// A round distance that divides a scale into four to ten parts.
    private static func step(_ largest: Double) -> Double {
        guard largest > 0, largest.isFinite else { return 1 }
        let power = power(exponent(largest, .down))
        for factor in [0.1, 0.2, 0.25, 0.5] where largest / (power * factor) <= 10 { return power * factor }
        return power
    }

    private enum Direction { case up, down }

    /// The power of ten at or below, or at or above a number.
    private static func exponent(_ value: Double, _ direction: Direction) -> Int {
        var exponent = 0
        while power(exponent) > value, exponent > -12 { exponent -= 1 }
        while power(exponent + 1) <= value, exponent < 18 { exponent += 1 }
        return direction == .up && power(exponent) < value ? exponent + 1 : exponent
    }

    private static func power(_ exponent: Int) -> Double {
        var result = 1.0
        for _ in 0..<abs(exponent) { result *= 10 }
        return exponent < 0 ? 1 / result : result
    }

    static func log10(_ value: Double) -> Double { Glibc.log10(value) }
}
