import Broker
import ClusterMetadata
import KafkaClient
import KafkaProtocol

/// What of a cluster lets a node become one of the other program, or not.
struct ClusterChecks {
    let admin: Admin
    let to: Migrate.Program
    let role: Migrate.Role

    func all() async throws -> [Finding] {
        let features = try await admin.describeFeatures().compactMapValues { $0.finalizedLevel }
        var findings = Self.levels(features, to)
        let topics = try await admin.listTopics(includingInternal: true)
        if role.isBroker { findings.append(Self.replicas(topics)) }
        if to == .ottla, role.isBroker {
            findings.append(try await groups())
        }
        if to == .ottla { findings += try await security() }
        findings.append(try await settings())
        if role.isController { findings.append(Self.voters(try await admin.describeQuorum())) }
        return findings
    }

    // MARK: Features

    /// - Parameter levels: the finalized ones.
    static func levels(_ levels: [String: Int16], _ to: Migrate.Program) -> [Finding] {
        let name = MetadataVersion.featureName
        guard let level = levels[name] else {
            return [
                .blocked(
                    name,
                    "the cluster has none: it does not run in KRaft mode",
                    "migrate it from ZooKeeper to KRaft with Kafka 3.9 first"
                )
            ]
        }
        let version = MetadataVersion(level: level)
        if to == .kafka {
            let release = version.map { "\($0.name.prefix { $0 != "-" })" } ?? "?"
            return [.ok(name, "\(level): the node needs Kafka \(release) or later")]
        }
        var findings: [Finding] = []
        if let version, version.isStable {
            findings.append(.ok(name, version.description))
        } else {
            let newest = MetadataVersion.latestStable
            findings.append(
                .blocked(
                    name,
                    "\(level); this version of Ottla knows \(MetadataVersion.minimum.level) to \(newest)",
                    "ottla cluster features downgrade --feature \(name)=\(newest.level)"
                )
            )
        }
        let served = SupportedFeatures(MetadataImage(), allowsUnstable: false).ranges
        for (feature, level) in levels.sorted(by: { $0.key < $1.key }) where feature != name && level > 0 {
            let range = served[feature] ?? 0...0
            if range.contains(level) {
                findings.append(.ok(feature, "\(level)"))
            } else {
                findings.append(
                    .blocked(
                        feature,
                        "\(level); this version of Ottla serves \(range.upperBound), and a controller refuses brokers that serve less",
                        "ottla cluster features downgrade --feature \(feature)=\(range.upperBound)"
                    )
                )
            }
        }
        return findings
    }

    // MARK: Partitions

    /// Stopping one more node must take no partition away.
    static func replicas(_ topics: [TopicDescription]) -> Finding {
        func names(_ isMeant: (TopicDescription.Partition) -> Bool) -> [String] {
            topics.flatMap { topic in topic.partitions.filter(isMeant).map { "\(topic.name)-\($0.index)" } }
        }
        let offline = names { $0.leader == nil }
        if !offline.isEmpty {
            return .blocked(
                "partitions",
                "\(offline.count) have no leader: \(few(offline))",
                "ottla why TOPIC/PARTITION tells why"
            )
        }
        let behind = names { $0.inSyncReplicas.count < $0.replicas.count }
        if !behind.isEmpty {
            return .blocked(
                "partitions",
                "\(behind.count) are under-replicated: \(few(behind))",
                "wait until all replicas are in sync"
            )
        }
        let single = names { $0.replicas.count == 1 }
        let count = topics.reduce(0) { $0 + $1.partitions.count }
        if !single.isEmpty {
            return .warning(
                "partitions",
                "\(single.count) have one replica, and are not there while its node is stopped: \(few(single))"
            )
        }
        return .ok("partitions", "all replicas of \(count) are in sync")
    }

    // MARK: What is not served

    private func groups() async throws -> Finding {
        let others = try await admin.listGroups().filter { !["", "classic"].contains($0.type.lowercased()) }
        if others.isEmpty { return .ok("groups", "all are of the classic protocol") }
        return .blocked(
            "groups",
            "\(others.count) are of protocols that this version of Ottla does not coordinate: \(few(others.map { "\($0.id) (\($0.type))" }))",
            "set group.protocol=classic in their clients, or delete the groups"
        )
    }

    private func security() async throws -> [Finding] {
        let rules = try await ifServed { (admin) throws(KafkaError) in try await admin.describeAccess() } ?? []
        let quotas = try await ifServed { (admin) throws(KafkaError) in try await admin.describeQuotas() } ?? [:]
        return [
            rules.isEmpty
                ? .ok("ACLs", "none")
                : .blocked(
                    "ACLs",
                    "there are \(rules.count), which this version of Ottla does not enforce",
                    "keep brokers that clients reach on Kafka"
                ),
            quotas.isEmpty
                ? .ok("quotas", "none")
                : .warning("quotas", "there are \(quotas.count), which this version of Ottla does not enforce"),
        ]
    }

    /// nil where brokers do not serve the request, or nothing of its kind.
    private func ifServed<Result>(
        _ body: (Admin) async throws(KafkaError) -> Result
    ) async throws(KafkaError) -> Result? {
        do throws(KafkaError) { return try await body(admin) } catch {
            if error.code == .unsupported || error.serverCode == .securityDisabled { return nil }
            throw error
        }
    }

    // MARK: Settings

    private func settings() async throws -> Finding {
        if to == .kafka {
            let own = try await Self.ownKeys(admin)
            if own.isEmpty { return .ok("settings", "no topic and no broker has a key that only Ottla knows") }
            let text = few(own.map { "\($0.resource): \($0.names.joined(separator: ", "))" })
            return role.isController
                ? .blocked(
                    "settings",
                    "Kafka's controllers refuse changes of what has keys that they do not know: \(text)",
                    "ottla migrate unset"
                )
                : .warning("settings", "only Ottla acts on these: \(text)", "ottla migrate unset")
        }
        let remote = try await Self.configured(admin).filter {
            $0.entries.contains { $0.name == "remote.storage.enable" && $0.value == "true" }
        }
        if remote.isEmpty { return .ok("settings", "no topic has tiered storage") }
        return .blocked(
            "settings",
            "\(remote.count) topics have tiered storage, which this version of Ottla does not read: \(few(remote.map { $0.resource.argument }))",
            "set remote.log.delete.on.disable=true,remote.storage.enable=false on them once their local logs hold all that counts"
        )
    }

    /// Of topics and brokers, those that somebody has set for them.
    private static func configured(_ admin: Admin) async throws -> [(
        resource: KafkaClient.ConfigResource, entries: [ConfigEntry]
    )] {
        let topics = try await admin.listTopics(includingInternal: true).map {
            KafkaClient.ConfigResource.topic($0.name)
        }
        let brokers = try await admin.describeCluster().brokers.map { KafkaClient.ConfigResource.broker($0.id) }
        var result: [(KafkaClient.ConfigResource, [ConfigEntry])] = []
        for resource in topics + [.broker(nil)] + brokers {
            let source: ConfigEntry.Source =
                switch resource {
                case .topic: .topic
                case .broker(nil): .allBrokers
                default: .broker
                }
            let entries = try await admin.describeConfig(resource).filter { $0.source == source }
            if !entries.isEmpty { result.append((resource, entries)) }
        }
        return result
    }

    static func ownKeys(_ admin: Admin) async throws -> [(resource: KafkaClient.ConfigResource, names: [String])] {
        try await configured(admin).compactMap { resource, entries in
            let names = entries.map(\.name).filter { $0.hasPrefix("ottla.") }
            return names.isEmpty ? nil : (resource, names)
        }
    }

    // MARK: Controllers

    private static let lagMillis: Int64 = 5000

    /// The others have to be a majority that has the whole log.
    static func voters(_ quorum: QuorumDescription) -> Finding {
        let newest = quorum.voters.compactMap(\.lastCaughtUpMillis).max()
        let behind = quorum.voters.filter { voter in
            if voter.logEndOffset >= quorum.highWatermark { return false }
            // A record that was written just now is no lag.
            guard let newest, let caughtUp = voter.lastCaughtUpMillis else { return true }
            return newest - caughtUp > lagMillis
        }
        let count = quorum.voters.count
        if count == 1 {
            return .warning("voters", "there is one: no metadata changes while it is stopped", nil)
        }
        let left = count - 1 - behind.count
        if left < count / 2 + 1 {
            let names = few(behind.map { "\($0.id)" })
            return .blocked(
                "voters",
                behind.isEmpty
                    ? "\(count - 1) of \(count) voters are no majority"
                    : "without the node, and without \(names), which lack records, \(left) of \(count) voters are no majority",
                behind.isEmpty
                    ? "add a voter first: 'ottla quorum add'" : "wait until 'ottla quorum describe' shows no lag"
            )
        }
        return .ok("voters", "\(count - behind.count) of \(count) have the whole metadata log")
    }
}
