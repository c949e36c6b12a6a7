// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import Configuration
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
            do {
                providers.append(Self.prefixed(try await FileProvider<JSONSnapshot>(filePath: FilePath(path))))
            } catch {
                throw ValidationError("the configuration file \(path) cannot be read: \(error)")
            }
        }
        reader = ConfigReader(providers: providers)
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
