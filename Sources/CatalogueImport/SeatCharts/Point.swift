// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A place on a drawn plan, in the plan's own units, from its upper left.
struct Point: Equatable {
    var x: Double
    var y: Double

    static func + (left: Point, right: Point) -> Point { Point(x: left.x + right.x, y: left.y + right.y) }
    static func - (left: Point, right: Point) -> Point { Point(x: left.x - right.x, y: left.y - right.y) }

    func distance(to other: Point) -> Double {
        let difference = self - other
        return (difference.x * difference.x + difference.y * difference.y).squareRoot()
    }

    func rounded() -> Point { Point(x: x.rounded(), y: y.rounded()) }

    /// As `xy=` takes it: at most two digits behind the point, and no zeros at the end.
    var text: String { "\(Self.hundredths(x)),\(Self.hundredths(y))" }

    private static func hundredths(_ value: Double) -> String {
        guard abs(value) <= ImportLimits.coordinateMax else { return "0" }
        let number = Int((value * 100).rounded())
        let whole = number.magnitude / 100
        let rest = number.magnitude % 100
        let sign = number < 0 ? "-" : ""
        if rest == 0 { return "\(sign)\(whole)" }
        return rest % 10 == 0 ? "\(sign)\(whole).\(rest / 10)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }

    static func mean(of points: [Point]) -> Point? {
        if points.isEmpty { return nil }
        let sum = points.reduce(Point(x: 0, y: 0), +)
        return Point(x: sum.x / Double(points.count), y: sum.y / Double(points.count))
    }
}
