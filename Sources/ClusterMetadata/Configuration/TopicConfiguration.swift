import KafkaRecords

/// Where a value in force comes from, with Kafka's numbers.
public enum ConfigSource: Int8, Sendable {
    case topic = 1
    case dynamicBroker = 2
    case dynamicDefaultBroker = 3
    case staticBroker = 4
    case defaultValue = 5
    case group = 8
}

/// A value in force.
public struct ResolvedConfig: Equatable, Sendable {
    public var value: String?
    public var source: ConfigSource

    public init(value: String?, source: ConfigSource) {
        self.value = value
        self.source = source
    }
}

/// Finds the value in force of a key: the topic's own, the broker's dynamic ones, its file, the default.
public struct ConfigResolver: Sendable {
    public var staticBroker: [String: String]
    public var dynamicBroker: [String: String]
    public var dynamicDefault: [String: String]

    public init(
        staticBroker: [String: String],
        dynamicBroker: [String: String] = [:],
        dynamicDefault: [String: String] = [:]
    ) {
        self.staticBroker = staticBroker
        self.dynamicBroker = dynamicBroker
        self.dynamicDefault = dynamicDefault
    }

    /// All values of a broker's key, the one in force first.
    public func brokerValues(_ key: ConfigKey) -> [ResolvedConfig] {
        var result: [ResolvedConfig] = []
        if let value = dynamicBroker[key.name] { result.append(ResolvedConfig(value: value, source: .dynamicBroker)) }
        if let value = dynamicDefault[key.name] {
            result.append(ResolvedConfig(value: value, source: .dynamicDefaultBroker))
        }
        if let value = staticBroker[key.name] { result.append(ResolvedConfig(value: value, source: .staticBroker)) }
        result.append(ResolvedConfig(value: key.defaultValue, source: .defaultValue))
        return result
    }

    public func broker(_ name: String) -> String? {
        guard let key = ConfigCatalog.shared.broker[name] else { return nil }
        return brokerValues(key).first?.value
    }

    public func brokerInt(_ name: String) -> Int64 { broker(name).flatMap { Int64($0) } ?? 0 }

    public func topic(_ key: ConfigKey, overrides: [String: String]) -> ResolvedConfig {
        if let value = overrides[key.name] { return ResolvedConfig(value: value, source: .topic) }
        for brokerName in key.brokerKeys {
            guard let brokerKey = ConfigCatalog.shared.broker[brokerName], let found = brokerValues(brokerKey).first,
                found.source != .defaultValue, let value = found.value
            else { continue }
            return ResolvedConfig(value: Self.converted(value, from: brokerName, to: key.name), source: found.source)
        }
        return ResolvedConfig(value: key.defaultValue, source: .defaultValue)
    }

    /// Hours and minutes of the broker's keys become the milliseconds of the topic's.
    private static func converted(_ value: String, from broker: String, to topic: String) -> String {
        guard topic.hasSuffix(".ms"), let number = Int64(value) else { return value }
        let factor: Int64 = broker.hasSuffix(".hours") ? 3_600_000 : broker.hasSuffix(".minutes") ? 60_000 : 1
        if factor != 1, number < 0 { return "-1" }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return String(overflow ? Int64.max : product)
    }

    public func topicValue(_ name: String, _ overrides: [String: String]) -> String? {
        ConfigCatalog.shared.topic[name].flatMap { topic($0, overrides: overrides).value }
    }

    public func topicInt(_ name: String, _ overrides: [String: String]) -> Int64 {
        topicValue(name, overrides).flatMap { Int64($0) } ?? 0
    }

    /// The rules for records that a topic's configuration makes.
    public func batchRules(_ overrides: [String: String]) -> BatchRules {
        var rules = BatchRules()
        rules.maxBatchBytes = Int(topicInt("max.message.bytes", overrides))
        rules.timestampBeforeMaxMillis = topicInt("message.timestamp.before.max.ms", overrides)
        rules.timestampAfterMaxMillis = topicInt("message.timestamp.after.max.ms", overrides)
        rules.isLogAppendTime = topicValue("message.timestamp.type", overrides) == "LogAppendTime"
        rules.isCompacted = ConfigValue.list(topicValue("cleanup.policy", overrides) ?? "").contains("compact")
        switch topicValue("compression.type", overrides) {
        case "uncompressed": rules.storedCompression = Compression.none
        case "gzip":
            rules.storedCompression = .gzip
            rules.compressionLevel = Int(topicInt("compression.gzip.level", overrides))
        case "snappy": rules.storedCompression = .snappy
        case "lz4":
            rules.storedCompression = .lz4
            rules.compressionLevel = Int(topicInt("compression.lz4.level", overrides))
        case "zstd":
            rules.storedCompression = .zstd
            rules.compressionLevel = Int(topicInt("compression.zstd.level", overrides))
        default: break
        }
        return rules
    }
}
