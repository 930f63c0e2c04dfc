/// Where a value in force comes from, with Kafka's numbers.
package enum ConfigSource: Int8, Sendable {
    case topic = 1
    case dynamicBroker = 2
    case dynamicDefaultBroker = 3
    case staticBroker = 4
    case defaultValue = 5
    case clientMetrics = 7
    case group = 8
}

/// A value in force.
package struct ResolvedConfig: Equatable, Sendable {
    package var value: String?
    package var source: ConfigSource

    package init(value: String?, source: ConfigSource) {
        self.value = value
        self.source = source
    }
}

/// One of the places that can give a setting its value.
package struct ConfigSynonym: Equatable, Sendable {
    package var name: String
    package var value: String
    package var source: ConfigSource

    package init(_ name: String, _ value: String, _ source: ConfigSource) {
        self.name = name
        self.value = value
        self.source = source
    }
}

/// Finds the value in force of a key: the topic's own, the broker's dynamic ones, its file, the default.
package struct ConfigResolver: Sendable {
    package var staticBroker: [String: String]
    package var dynamicBroker: [String: String]
    package var dynamicDefault: [String: String]
    /// Defaults of this node where they differ from Kafka's.
    package var ownDefaults: [String: String]

    package init(
        staticBroker: [String: String],
        dynamicBroker: [String: String] = [:],
        dynamicDefault: [String: String] = [:],
        ownDefaults: [String: String] = [:]
    ) {
        self.staticBroker = staticBroker
        self.dynamicBroker = dynamicBroker
        self.dynamicDefault = dynamicDefault
        self.ownDefaults = ownDefaults
    }

    // MARK: Brokers

    /// The value of a broker's key in force.
    package func broker(_ key: ConfigKey) -> ResolvedConfig {
        for (values, source) in levels {
            if let value = values[key.name] { return ResolvedConfig(value: key.normalized(value), source: source) }
        }
        return ResolvedConfig(value: defaultValue(key), source: .defaultValue)
    }

    package func broker(_ name: String) -> String? { ConfigCatalog.shared.brokerKey(name).flatMap { broker($0).value } }

    package func brokerInt(_ name: String) -> Int64 { broker(name).flatMap { Int64($0) } ?? 0 }

    /// Whether one of the broker's configurations has the key.
    package func isSet(_ name: String) -> Bool { levels.contains { $0.0[name] != nil } }

    private var levels: [([String: String], ConfigSource)] {
        [
            (dynamicBroker, .dynamicBroker), (dynamicDefault, .dynamicDefaultBroker), (staticBroker, .staticBroker),
        ]
    }

    private func defaultValue(_ key: ConfigKey) -> String? { ownDefaults[key.name] ?? key.defaultValue }

    /// What gives a broker's key its value, the one in force first. As in Kafka, the list begins with the first entry of that very name.
    package func brokerSynonyms(_ name: String) -> [ConfigSynonym] {
        Array((set(name) + defaults(name)).drop { $0.name != name })
    }

    private func set(_ name: String) -> [ConfigSynonym] {
        let names = Self.aliases(of: name)
        return levels.flatMap { values, source in
            names.compactMap { name in values[name].map { ConfigSynonym(name, $0, source) } }
        }
    }

    private func defaults(_ name: String) -> [ConfigSynonym] {
        Self.aliases(of: name).compactMap { name in
            let key = ConfigCatalog.shared.broker[name]
            return key.flatMap { defaultValue($0) }.map { ConfigSynonym(name, $0, .defaultValue) }
        }
    }

    private static let sameInOtherUnits = [
        ["log.roll.ms", "log.roll.hours"], ["log.roll.jitter.ms", "log.roll.jitter.hours"],
        ["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
    ]

    /// The keys that say the same as a broker's key, the one that counts first.
    private static func aliases(of name: String) -> [String] {
        if name == "log.flush.interval.ms" { return [name, "log.flush.scheduler.interval.ms"] }
        if let names = sameInOtherUnits.first(where: { $0.contains(name) }) { return names }
        return [name] + (ConfigCatalog.withoutListener(name).map { [$0] } ?? [])
    }

    // MARK: Topics

    package func topic(_ key: ConfigKey, overrides: [String: String]) -> ResolvedConfig {
        if let value = overrides[key.name] { return ResolvedConfig(value: key.normalized(value), source: .topic) }
        for brokerName in key.brokerKeys {
            guard let brokerKey = ConfigCatalog.shared.broker[brokerName] else { continue }
            let found = broker(brokerKey)
            guard found.source != .defaultValue, let value = found.value else { continue }
            return ResolvedConfig(value: Self.converted(value, from: brokerName, to: key.name), source: found.source)
        }
        return ResolvedConfig(value: key.defaultValue, source: .defaultValue)
    }

    /// What gives a topic's key its value, the one in force first.
    package func topicSynonyms(_ key: ConfigKey, overrides: [String: String]) -> [ConfigSynonym] {
        inherited(key, overrides, .topic)
    }

    private func inherited(_ key: ConfigKey, _ overrides: [String: String], _ source: ConfigSource) -> [ConfigSynonym] {
        let own = overrides[key.name].map { ConfigSynonym(key.name, key.normalized($0), source) }
        guard let first = key.brokerKeys.first else { return own.map { [$0] } ?? [] }
        let set = set(first)
        // Kafka leaves out keys in other units here even when one of them is set; they say where the value comes from.
        return (own.map { [$0] } ?? []) + (set.isEmpty ? brokerSynonyms(first) : set + defaults(first))
    }

    /// Hours and minutes of the broker's keys become the milliseconds of the topic's.
    private static func converted(_ value: String, from broker: String, to topic: String) -> String {
        guard topic.hasSuffix(".ms"), let number = Int64(value) else { return value }
        if number < 0, topic == "retention.ms" { return "-1" }
        let factor: Int64 = broker.hasSuffix(".hours") ? 3_600_000 : broker.hasSuffix(".minutes") ? 60_000 : 1
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return String(overflow ? Int64.max : product)
    }

    package func topicValue(_ name: String, _ overrides: [String: String]) -> String? {
        ConfigCatalog.shared.topic[name].flatMap { topic($0, overrides: overrides).value }
    }

    package func topicInt(_ name: String, _ overrides: [String: String]) -> Int64 {
        topicValue(name, overrides).flatMap { Int64($0) } ?? 0
    }

    // MARK: Groups

    package func group(_ key: ConfigKey, overrides: [String: String]) -> ResolvedConfig {
        if let value = overrides[key.name] { return ResolvedConfig(value: key.normalized(value), source: .group) }
        guard let name = key.brokerKeys.first, let brokerKey = ConfigCatalog.shared.broker[name] else {
            return ResolvedConfig(value: key.defaultValue, source: .defaultValue)
        }
        var found = broker(brokerKey)
        // Of the broker's list the first item is the default.
        if brokerKey.kind == .list, key.kind != .list {
            found.value = found.value.flatMap { ConfigValue.list($0).first }
        }
        return found
    }

    /// What gives a group's key its value, the one in force first.
    package func groupSynonyms(_ key: ConfigKey, overrides: [String: String]) -> [ConfigSynonym] {
        let all = inherited(key, overrides, .group)
        guard key.brokerKeys.isEmpty, let value = key.defaultValue else { return all }
        return all + [ConfigSynonym(key.name, value, .defaultValue)]
    }
}
