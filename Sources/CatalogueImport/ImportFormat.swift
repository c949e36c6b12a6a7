// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

extension ImportFormat {
    /// Tells the format by the first JSON value of a file.
    static func detect(_ first: JSONValue) throws(ImportProblem) -> ImportFormat {
        if first.isObject {
            // A chart of seats.io may have `zones` too, so it is looked for before a plan of pretix.
            if first["subChart"] != nil || first["subChartFloors"] != nil { return .seatsio }
            if let zones = first["zones"], zones.isArray { return .pretix }
            if let kind = first["kind"], kind.isString { return .lines }
            if first["_embedded"] != nil || first["dates"] != nil || first["page"] != nil { return .discovery }
        } else if first.isArray {
            let elements = first.children
            if first.count > 0, elements.allSatisfy({ $0["dates"] != nil }) { return .discovery }
        }
        throw first.problem(
            .wrongKind,
            "this is none of the formats that an import knows (a pretix seating plan has \"zones\", a seats.io chart "
                + "\"subChart\", Discovery events \"_embedded\", our own lines \"kind\"); check the file, "
                + "or name its format")
    }
}
