/// All keys that Kafka knows.
package struct ConfigCatalog: Sendable {
    package let broker: [String: ConfigKey]
    package let topic: [String: ConfigKey]
    package let group: [String: ConfigKey]
    package let clientMetrics: [String: ConfigKey]

    package static let shared = ConfigCatalog()

    init() {
        var sections: [String: [String: ConfigKey]] = [:]
        var section = ""
        for line in Self.table.split(separator: "\n") {
            if line.hasPrefix("## ") {
                section = String(line.dropFirst(3))
                continue
            }
            let columns = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmed }
            guard columns.count >= 4, let kind = ConfigKey.Kind(rawValue: columns[1]) else { continue }
            let note = columns.count > 4 ? columns[4] : ""
            let hasDefaultsInBroker = ["Topic", "Group"].contains(section) && note != "-"
            sections[section, default: [:]][columns[0]] = ConfigKey(
                name: columns[0],
                kind: kind,
                defaultValue: ["null", "(required)"].contains(columns[2])
                    ? nil : columns[2] == "\"\"" ? "" : columns[2],
                validValues: columns[3],
                mutability: ConfigKey.Mutability(rawValue: note) ?? .readOnly,
                brokerKeys: hasDefaultsInBroker ? note.split(separator: ">").map { $0.trimmed } : [],
                isInternal: columns.last == "internal"
            )
        }
        broker = sections["Broker"] ?? [:]
        topic = sections["Topic"] ?? [:]
        group = sections["Group"] ?? [:]
        clientMetrics = sections["Client metrics"] ?? [:]
    }

    /// The keys of a kind of resource.
    func keys(of resourceType: Int8) -> [String: ConfigKey] {
        switch resourceType {
        case ConfigResource.topicType: topic
        case ConfigResource.brokerType: broker
        case ConfigResource.groupType: group
        case ConfigResource.clientMetricsType: clientMetrics
        default: [:]
        }
    }

    /// A broker's key, also one for a single listener: `listener.name.LISTENER.KEY`, or `...LISTENER.MECHANISM.KEY` for some of SASL.
    package func brokerKey(_ name: String) -> ConfigKey? {
        if let key = broker[name] { return key }
        guard let base = Self.withoutListener(name), var key = broker[base] else { return nil }
        key.name = name
        key.mutability = Self.listenerKeysOfAllBrokers.contains(base) ? .clusterWide : .perBroker
        return key
    }

    /// The key that `listener.name.LISTENER.KEY` sets for one listener; nil for all other names.
    static func withoutListener(_ name: String) -> String? {
        guard name.hasPrefix(listenerPrefix) else { return nil }
        let rest = name.dropFirst(listenerPrefix.count)
        guard let dot = rest.firstIndex(of: ".") else { return nil }
        let base = String(rest[rest.index(after: dot)...])
        return mechanismKeys.first { base.hasSuffix(".\($0)") } ?? base
    }

    private static let listenerPrefix = "listener.name."
    private static let listenerKeysOfAllBrokers: Set<String> = [
        "max.connections", "max.connection.creation.rate", "num.network.threads",
    ]
    private static let mechanismKeys = [
        "sasl.jaas.config", "sasl.login.callback.handler.class", "sasl.login.class",
        "sasl.server.callback.handler.class", "connections.max.reauth.ms",
    ]

    /// The known name that a misspelt one was probably meant to be.
    package static func nearest(to name: String, in keys: some Collection<String>) -> String? {
        var limit = min(max(3, name.utf8.count / 3), 8)
        let wanted = Array(name.utf8)
        let letters = Self.letters(wanted)
        var best: (distance: Int, key: String)?
        for key in keys where abs(key.utf8.count - wanted.count) <= limit {
            // Each letter that only one of them has takes a change.
            let others = Self.letters(key.utf8)
            if max((letters & ~others).nonzeroBitCount, (others & ~letters).nonzeroBitCount) > limit { continue }
            guard let distance = distance(wanted, Array(key.utf8), limit: limit) else { continue }
            if best.map({ (distance, key) < ($0.distance, $0.key) }) ?? true {
                best = (distance, key)
                limit = distance
            }
        }
        return best?.key
    }

    private static func letters(_ text: some Sequence<UInt8>) -> UInt64 { text.reduce(0) { $0 | 1 << UInt64($1 & 63) } }

    /// Insertions, deletions, changes and swaps of neighbours that turn one name into the other; nil if more than `limit`.
    static func distance(_ a: [UInt8], _ b: [UInt8], limit: Int) -> Int? {
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) <= limit ? max(a.count, b.count) : nil }
        var beforeLast = Array(repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        var row = beforeLast
        for i in 1...a.count {
            row[0] = i
            var least = i
            for j in 1...b.count {
                var cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, beforeLast[j - 2] + 1) }
                row[j] = cost
                least = min(least, cost)
            }
            // A swap passes over this row, but from a cost that is at most one below this row's, to one above that.
            if least > limit { return nil }
            (beforeLast, last, row) = (last, row, beforeLast)
        }
        return last[b.count] <= limit ? last[b.count] : nil
    }
}
