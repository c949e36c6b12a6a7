// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import Configuration
internal import FoundationEssentials
internal import LineProtocol

/// Settings that may come from a flag, from the environment or from a file, in this order.
///
/// `--listen` is `BOXOFFICE_LISTEN` in the environment and `"listen"` in the file, a JSON object that `--config` or
/// `BOXOFFICE_CONFIG` names.
struct Settings {
    private let reader: ConfigReader

    init(file: String?) throws {
        let environment = EnvironmentVariablesProvider()
        var providers: [any ConfigProvider] = [environment]
        let path = file ?? ConfigReader(provider: environment).string(forKey: "boxoffice.config")
        if let path {
            providers.append(InMemoryProvider(name: path, values: try Self.read(path)))
        }
        reader = ConfigReader(providers: providers)
    }

    /// The settings there are, and whether each is a text, a whole number or a truth value.
    private enum Kind: String {
        case text = "a text"
        case number = "a whole number"
        case truth = "true or false"
    }

    private static let kinds: [String: Kind] = [
        "data": .text, "listen": .text, "port-file": .text, "log-level": .text, "shards": .number, "loops": .number,
        "max-connections": .number, "snapshot-every": .text, "snapshot-journal": .text, "keep-journal": .text,
        "no-ring": .truth, "test": .truth,
    ]

    /// A value as the file has it.
    private enum Written: Decodable {
        case text(String)
        case number(Int)
        case truth(Bool)
        case other

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            self =
                if let text = try? value.decode(String.self) {
                    .text(text)
                } else if let truth = try? value.decode(Bool.self) {
                    .truth(truth)
                } else if let number = try? value.decode(Int.self) {
                    .number(number)
                } else {
                    .other
                }
        }
    }

    /// What the file says. One with a setting that is misspelt or of the wrong kind is refused: what is ignored in silence
    /// is found too late.
    private static func read(_ path: String) throws -> [AbsoluteConfigKey: ConfigValue] {
        let bytes = try Console.read(path, limit: 1 << 20)
        guard let object = try? JSONDecoder().decode([String: Written].self, from: Data(bytes)) else {
            throw ValidationError("the configuration file \(path) must be one JSON object")
        }
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (key, value) in object.sorted(by: { $0.key < $1.key }) {
            guard let kind = kinds[key] else {
                throw ValidationError(
                    "\(path): there is no setting \"\(key)\"; the settings are \(kinds.keys.sorted().joined(separator: ", "))"
                )
            }
            let content: ConfigContent
            switch (kind, value) {
            case (.text, .text(let text)): content = .string(text)
            case (.number, .number(let number)): content = .int(number)
            case (.truth, .truth(let truth)): content = .bool(truth)
            default: throw ValidationError("\(path): \"\(key)\" must be \(kind.rawValue)")
            }
            values[AbsoluteConfigKey(["boxoffice", key])] = ConfigValue(content, isSecret: false)
        }
        return values
    }

    func string(_ flag: String?, _ key: String) -> String? {
        flag ?? reader.string(forKey: ConfigKey(["boxoffice", key]))
    }

    func integer(_ flag: Int?, _ key: String) throws -> Int? {
        if let flag { return flag }
        guard let text = reader.string(forKey: ConfigKey(["boxoffice", key])) else {
            return reader.int(forKey: ConfigKey(["boxoffice", key]))
        }
        guard let value = Int(text) else { throw ValidationError("\(key) must be a whole number, not \(text)") }
        return value
    }

    func truth(_ flag: Bool, _ key: String) throws -> Bool {
        let name = ConfigKey(["boxoffice", key])
        if let value = flag ? true : reader.bool(forKey: name) { return value }
        guard let text = reader.string(forKey: name), !text.isEmpty else { return false }
        throw ValidationError("\(Self.variable(key)) must be true or false, not \(text)")
    }

    /// What a setting is called in the environment.
    private static func variable(_ key: String) -> String {
        "BOXOFFICE_" + key.uppercased().replacing("-", with: "_")
    }

    /// Variables that look like settings and are none, each with the one that was probably meant. (`BOXOFFICE_BIN` tells
    /// the scripts in `tools/` which program to run.)
    static func strayVariables(
        in environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> [(name: String, meant: String?)] {
        let known = kinds.keys.sorted().map(variable) + ["BOXOFFICE_CONFIG"]
        return environment.keys.sorted()
            .filter { $0.hasPrefix("BOXOFFICE_") && $0 != "BOXOFFICE_BIN" && !known.contains($0) }
            .map { ($0, DidYouMean.nearest(to: $0, of: known)) }
    }
}
