// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import Configuration
internal import Foundation
internal import SystemPackage

/// Settings that may come from a flag, from the environment or from a file, in this order.
///
/// `--listen` is `BOXOFFICE_LISTEN` in the environment and `"listen"` in the file, a JSON object that `--config` or
/// `BOXOFFICE_CONFIG` names.
struct Settings {
    private let reader: ConfigReader

    init(file: String?) async throws {
        let environment = EnvironmentVariablesProvider()
        var providers: [any ConfigProvider] = [environment]
        let path = file ?? ConfigReader(provider: environment).string(forKey: "boxoffice.config")
        if let path {
            try Self.check(path)
            do {
                providers.append(Self.prefixed(try await FileProvider<JSONSnapshot>(filePath: FilePath(path))))
            } catch {
                throw ValidationError("the configuration file \(path) cannot be read: \(error)")
            }
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

    /// Refuses a file with a setting that is misspelt or of the wrong kind: what is ignored in silence is found too late.
    private static func check(_ path: String) throws {
        let bytes = try Console.read(path, limit: 1 << 20)
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
            throw ValidationError("the configuration file \(path) must be one JSON object")
        }
        for (key, value) in object.sorted(by: { $0.key < $1.key }) {
            guard let kind = kinds[key] else {
                throw ValidationError(
                    "\(path): there is no setting \"\(key)\"; the settings are \(kinds.keys.sorted().joined(separator: ", "))"
                )
            }
            let isRight =
                switch kind {
                case .text: value is String
                case .truth: (value as? NSNumber).map { isBoolean($0) } ?? false
                case .number:
                    (value as? NSNumber).map { !isBoolean($0) && $0.doubleValue == Double($0.intValue) } ?? false
                }
            guard isRight else { throw ValidationError("\(path): \"\(key)\" must be \(kind.rawValue)") }
        }
    }

    /// JSON's true and false come as numbers of their own kind.
    private static func isBoolean(_ number: NSNumber) -> Bool {
        String(cString: number.objCType) == "c"
    }

    /// The file's keys stand at its top, those of the environment behind `BOXOFFICE_`.
    private static func prefixed(_ provider: FileProvider<JSONSnapshot>) -> any ConfigProvider {
        KeyMappingProvider(upstream: provider) { key in
            AbsoluteConfigKey(Array(key.components.dropFirst()), context: key.context)
        }
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

    func truth(_ flag: Bool, _ key: String) -> Bool {
        flag || reader.bool(forKey: ConfigKey(["boxoffice", key]), default: false)
    }
}
