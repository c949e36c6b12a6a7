// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import CatalogueImport

@Suite("The JSON reader")
struct JSONDocumentTests {
    /// The one value of `text`.
    private func read(_ text: String) throws -> JSONValue {
        let document = JSONDocument(Array(text.utf8), fileName: "test.json")
        return try #require(try document.readNext())
    }

    private func problem(_ bytes: [UInt8]) -> ImportProblem? {
        let document = JSONDocument(bytes, fileName: "test.json")
        do {
            while try document.readNext() != nil {}
            return nil
        } catch {
            return error
        }
    }

    private func problem(_ text: String) -> ImportProblem? { problem(Array(text.utf8)) }

    @Test("every kind of value is read, with its text, number and members")
    func values() throws {
        let root = try read(#" {"a": [1, -2.5e1, true, false, null], "b": {"c": "x"}, "d": ""} "#)
        #expect(root.count == 3)
        let list = try #require(root["a"])
        #expect(list.children.map(\.kind) == [.number, .number, .yes, .no, .null])
        #expect(list.children.map(\.integer) == [1, -25, nil, nil, nil])
        #expect(root["b"]?["c"]?.text == "x")
        #expect(root["d"]?.text == "")
        #expect(root["e"] == nil)
        #expect(root.children.map(\.key) == ["a", "b", "d"])
    }

    @Test("escapes become the characters that they stand for, in texts and keys")
    func escapes() throws {
        let root = try read(#"{"n\u0061me": "\"\\\/\b\f\n\r\t é \ud83c\udfad \u00e9"}"#)
        #expect(root["name"]?.text == "\"\\/\u{8}\u{C}\n\r\t é 🎭 é")
        #expect(root.children.map(\.key) == ["name"])
    }

    @Test("values one after another are read one by one")
    func sequence() throws {
        let document = JSONDocument(Array("{\"a\":1}\n[2]\n 3".utf8), fileName: "")
        #expect(try document.readNext()?["a"]?.integer == 1)
        #expect(try document.readNext()?.count == 1)
        #expect(try document.readNext()?.integer == 3)
        #expect(try document.readNext() == nil)
    }

    @Test(
        "what is not JSON is refused",
        arguments: [
            "{", "}", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "[01]", "[-]", "[1.]",
            "[.5]", "[1e]", "[+1]", "[NaN]", "[Infinity]", "[tru]", "[nul", "\"a", "[\"\\x\"]", "[\"\\u12\"]",
            "[\"\\u12g4\"]", "[\"\u{1}\"]", "[\"a\nb\"]", "[// c\n1]", "[1]]", "{\"a\":1 \"b\":2}", "[\"\\ud800\"]",
            "[\"\\ud800\\u0041\"]", "[\"\\udc00\"]", "[\"\\ud800x", "[\u{feff}1]",
        ])
    func malformed(text: String) {
        #expect(problem(text) != nil, "\(text) was read")
    }

    @Test("a key that is given twice is refused, however it is written")
    func repeatedKeys() {
        #expect(problem(#"{"a":1,"b":2,"a":3}"#)?.message.contains("twice") == true)
        #expect(problem(#"{"a":1,"\u0061":3}"#) != nil)
        #expect(problem(#"{"a":1,"b":{"a":2}}"#) == nil)
        let many = (0..<200).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
        #expect(problem("{\(many)}") == nil)
        #expect(problem("{\(many),\"k7\":1}")?.message.contains("k7") == true)
        let some = (0..<48).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
        #expect(problem("{\(some)}") == nil)
        #expect(problem("{\(some.dropLast(5)),\"k0\":1}") != nil)
    }

    @Test("malformed UTF-8 is refused and well-formed UTF-8 is not", arguments: 0..<20)
    func utf8(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                UInt8.random(in: 0x80...0xFF, using: &generator)
            }
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            #expect((problem([0x22] + bytes + [0x22]) == nil) == isValid, "bytes \(bytes)")
        }
    }

    @Test("a byte order mark is passed over and counts for no column")
    func byteOrderMark() throws {
        let document = JSONDocument([0xEF, 0xBB, 0xBF] + Array("[1]".utf8), fileName: "")
        #expect(try document.readNext()?.location == FileLocation(line: 1, column: 1, path: "$"))
    }

    @Test("64 levels are read and 65 are refused, and so are a million")
    func depth() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(problem(nested(ImportLimits.depthMax)) == nil)
        #expect(problem(nested(ImportLimits.depthMax + 1))?.kind == .tooDeep)
        #expect(problem(String(repeating: "[", count: 1_000_000))?.kind == .tooDeep)
        #expect(problem(String(repeating: "{\"a\":", count: 1_000_000))?.kind == .tooDeep)
    }

    @Test("65,536 members of one object are read and one more is refused")
    func members() {
        let members = (0...ImportLimits.membersMax).map { "\"\($0)\":0" }
        #expect(problem("{\(members.dropLast().joined(separator: ","))}") == nil)
        #expect(problem("{\(members.joined(separator: ","))}")?.kind == .tooLarge)
    }

    @Test("a problem names line, column and path")
    func places() throws {
        let root = try read("{\n  \"zones\": [\n    {\"rows\": [1, \"é\", 3]}\n  ]\n}")
        let zone = try #require(root["zones"]?.children.first { _ in true })
        let third = try #require(zone["rows"]?.children.first { $0.integer == 3 })
        #expect(third.location == FileLocation(line: 3, column: 23, path: "$.zones[0].rows[2]"))
        let odd = try read(#"{"a b": {"": [0, {"c": 1}]}}"#)
        let list = odd["a b"]?.children.first { _ in true }
        let deep = try #require(list?.children.first { $0.isObject }?["c"])
        #expect(deep.location.path == #"$["a b"][""][1].c"#)
    }

    @Test("a cut names what was open and where it began")
    func cut() throws {
        let found = try #require(problem("{\n \"rows\": [\n  1,\n"))
        #expect(found.kind == .truncated)
        #expect(found.message.contains("line 2, column 10"))
        #expect(found.location == FileLocation(line: 4, column: 1, path: "$.rows"))
        #expect(found.description.hasPrefix("test.json:4:1: $.rows: "))
    }

    @Test("every prefix of a document is a problem or the document", arguments: Sample.all)
    func prefixes(text: String) {
        let bytes = Array(text.utf8)
        for end in bytes.indices where bytes[..<end].contains(where: { $0 > 0x20 }) {
            let found = problem(Array(bytes[..<end]))
            let isWhole = bytes[end...].allSatisfy { $0 <= 0x20 } || bytes[end - 1] == UInt8(ascii: "}")
            #expect(found != nil || isWhole || text == Sample.lines, "cut at \(end)")
            if let found { #expect([.truncated].contains(found.kind), "cut at \(end): \(found)") }
        }
    }
}
