import KafkaProtocol

/// Checks of configurations that come over the wire. Codes and their order are Kafka's.
struct ConfigValidation {
    /// The longest value that is stored.
    static let maxValueLength = 32_767

    var resolver: ConfigResolver

    // MARK: Topics

    /// - Parameters:
    ///   - values: all of the topic's own settings as they would be.
    ///   - old: as they are. What is stored already is not looked at anew: another version may know more keys.
    func check(topic values: [String: String], old: [String: String] = [:]) throws(ControllerFailure) {
        try checkEach(values, old, ConfigCatalog.shared.topic, what: "topic")
        let low = resolver.topicInt("min.compaction.lag.ms", values)
        let high = resolver.topicInt("max.compaction.lag.ms", values)
        if low > high {
            throw ControllerFailure(
                .invalidConfig,
                "min.compaction.lag.ms (\(low)) exceeds max.compaction.lag.ms (\(high))"
            )
        }
        try checkTieredStorage(values, old)
    }

    private func checkTieredStorage(_ values: [String: String], _ old: [String: String]) throws(ControllerFailure) {
        func isOn(_ name: String, _ values: [String: String]) -> Bool { values[name].map(ConfigValue.bool) ?? false }
        let wasTiered = isOn("remote.storage.enable", old)
        if isOn("remote.storage.enable", values) {
            throw ControllerFailure(
                .invalidConfig,
                "remote.storage.enable cannot be true: this version has no tiered storage"
            )
        }
        if wasTiered, !isOn("remote.log.delete.on.disable", values) {
            throw ControllerFailure(
                .invalidConfig,
                "remote.storage.enable can be turned off only together with remote.log.delete.on.disable=true, which gives up what was copied"
            )
        }
    }

    private func checkEach(
        _ values: [String: String],
        _ old: [String: String],
        _ keys: [String: ConfigKey],
        what: String
    ) throws(ControllerFailure) {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) where old[name] != value {
            guard let key = keys[name] else {
                let hint = ConfigCatalog.nearest(to: name, in: keys.keys).map { "; did you mean '\($0)'?" } ?? ""
                throw ControllerFailure(.invalidConfig, "'\(name)' is no configuration of a \(what)\(hint)")
            }
            if let problem = key.problem(with: value) {
                throw ControllerFailure(.invalidConfig, "\(name) cannot be '\(value)': \(problem)")
            }
        }
    }

    // MARK: Brokers

    /// Keys of certificates are set for each listener.
    private static let onlyForListeners: Set<String> = [
        "ssl.key.password", "ssl.keystore.certificate.chain", "ssl.keystore.key", "ssl.keystore.location",
        "ssl.keystore.password", "ssl.keystore.type", "ssl.truststore.certificates", "ssl.truststore.location",
        "ssl.truststore.password", "ssl.truststore.type",
    ]
    /// Pools that are resized in steps.
    private static let threads: Set<String> = [
        "background.threads", "log.cleaner.threads", "num.io.threads", "num.network.threads",
        "num.recovery.threads.per.data.dir", "num.replica.fetchers",
    ]

    /// - Parameter names: the settings that the request gives a value.
    func check(
        broker values: [String: String],
        given names: Set<String>,
        isDefault: Bool
    ) throws(ControllerFailure) {
        for name in names.sorted() {
            // Kafka takes keys that it does not know: they may be meant for a plugin.
            guard let value = values[name], let key = ConfigCatalog.shared.brokerKey(name) else { continue }
            if let problem = problem(key, value, isDefault: isDefault) {
                throw ControllerFailure(.invalidRequest, "\(name) \(problem)")
            }
        }
    }

    private func problem(_ key: ConfigKey, _ value: String, isDefault: Bool) -> String? {
        if key.mutability == .readOnly {
            return "cannot change while the broker runs; set it in the configuration file"
        }
        if Self.onlyForListeners.contains(key.name) {
            return "is set for a listener while the broker runs: listener.name.LISTENER.\(key.name)"
        }
        let shown = key.isSensitive ? "the given value" : "'\(value)'"
        if let problem = key.problem(with: value) { return "cannot be \(shown): \(problem)" }
        if isDefault, key.mutability == .perBroker { return "is set for each broker, not for all at once" }
        if let problem = problemAmongOthers(key, key.normalized(value)) { return "cannot be \(shown): \(problem)" }
        return nil
    }

    private func problemAmongOthers(_ key: ConfigKey, _ value: String) -> String? {
        switch key.name {
        case "listeners", "listener.security.protocol.map":
            return value == resolver.broker(key.name)
                ? nil : "this version reads it when it starts; set it in the configuration file"
        case "log.retention.ms": return (Int64(value) ?? 0) == 0 ? "it must be at least 1, or -1 for no limit" : nil
        case "log.roll.ms": return (Int64(value) ?? 0) < 1 ? "it must be at least 1" : nil
        case "max.connections", "max.connections.per.ip", "max.connection.creation.rate":
            return (Int64(value) ?? 0) < 1 ? "it must be at least 1, or nobody can connect" : nil
        case "max.connections.per.ip.overrides":
            let isUsable = ConfigValue.list(value).allSatisfy { item in
                item.lastIndex(of: ":").map { Int32(item[item.index(after: $0)...]) != nil } ?? false
            }
            return isUsable ? nil : "it must be a list of host:count"
        case let name where name.hasPrefix("group.") && name.hasSuffix(".assignment.interval.ms"):
            return boundProblem(String(name.dropFirst("group.".count)), value)
        case "log.roll.jitter.ms": return (Int64(value) ?? 0) < 0 ? "it must be at least 0" : nil
        case "cordoned.log.dirs":
            let known = ConfigValue.list(resolver.broker("log.dirs") ?? "")
            return ConfigValue.list(value).first { $0 != "*" && !known.contains($0) }.map {
                "'\($0)' is not in log.dirs"
            }
        case let name where Self.threads.contains(name):
            guard let new = Int64(value), let old = resolver.broker(name).flatMap({ Int64($0) }), new != old else {
                return nil
            }
            if new < 1 { return "it must be at least 1" }
            return new < old / 2 || new > old * 2
                ? "it is \(old) now, and can at most be halved or doubled at a time" : nil
        default: return nil
        }
    }

    // MARK: Groups

    func check(group values: [String: String], old: [String: String] = [:]) throws(ControllerFailure) {
        try checkEach(values, old, ConfigCatalog.shared.group, what: "group")
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let key = ConfigCatalog.shared.group[name],
                let problem = groupProblem(name, key.normalized(value))
            else { continue }
            throw ControllerFailure(.invalidConfig, "\(name) \(problem)")
        }
        for kind in ["consumer", "share", "streams"] { try checkTimes(kind, values) }
    }

    private func groupProblem(_ name: String, _ value: String) -> String? {
        switch name {
        case "errors.deadletterqueue.topic.name":
            return value.hasPrefix("__") ? "cannot be '\(value)': names that begin with __ belong to the system" : nil
        case "streams.assignor.name":
            let known = ConfigValue.list(resolver.broker("group.streams.assignors") ?? "")
            return known.contains(value)
                ? nil : "cannot be '\(value)': the broker has \(known.joined(separator: ", ")) as assignors"
        case "streams.rack.aware.assignment.tags":
            let tags = ConfigValue.list(value)
            return Set(tags).count == tags.count ? nil : "names a tag twice"
        default: return boundProblem(name, value)
        }
    }

    /// A broker says in `group.KIND.min.SETTING` and `group.KIND.max.SETTING` what groups may ask for.
    private func boundProblem(_ name: String, _ value: String) -> String? {
        guard let number = Int64(value), let dot = name.firstIndex(of: ".") else { return nil }
        let kind = name[..<dot]
        var setting = name[name.index(after: dot)...]
        if setting.hasPrefix("num.") { setting = setting.dropFirst("num.".count) }
        let low = resolver.broker("group.\(kind).min.\(setting)").flatMap { Int64($0) }
        let high = resolver.broker("group.\(kind).max.\(setting)").flatMap { Int64($0) }
        switch (low, high) {
        case (let low?, let high?) where number < low || number > high:
            return "must be in the range \(low) to \(high) inclusive."
        case (let low?, nil) where number < low: return "must be greater than or equal to \(low)"
        case (nil, let high?) where number > high: return "must be less than or equal to \(high)"
        default: return nil
        }
    }

    private func checkTimes(_ kind: String, _ values: [String: String]) throws(ControllerFailure) {
        let names = ["\(kind).session.timeout.ms", "\(kind).heartbeat.interval.ms"]
        guard names.contains(where: { values[$0] != nil }) else { return }
        let times = names.map { name in
            ConfigCatalog.shared.group[name].flatMap { resolver.group($0, overrides: values).value }
                .flatMap { Int64($0) } ?? 0
        }
        if times[0] <= times[1] {
            throw ControllerFailure(.invalidConfig, "\(names[0]) must be greater than \(names[1])")
        }
    }

    // MARK: Subscriptions to clients' metrics

    func check(clientMetrics values: [String: String], given names: Set<String>) throws(ControllerFailure) {
        for name in names.sorted() where values[name] != nil {
            guard ConfigCatalog.shared.clientMetrics[name] != nil else {
                throw ControllerFailure(
                    .invalidRequest,
                    "'\(name)' is no configuration of a subscription to clients' metrics"
                )
            }
            throw ControllerFailure(
                .invalidRequest,
                "this version does not collect metrics of clients, so there is nothing to subscribe to"
            )
        }
    }
}
