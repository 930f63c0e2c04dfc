@_spi(Sabotage) import KafkaProtocol

/// A decision in the making: each of its steps sees what those before it have changed.
struct DecisionDraft {
    private(set) var controller: Controller
    private(set) var records: [MetadataRecord] = []
    var decisions: [ControllerDecision] = []
    private var delta = MetadataDelta()

    init(_ controller: Controller) { self.controller = controller }

    var image: MetadataImage { controller.image }

    func result<Response>(_ response: Response, reason: String? = nil) -> ControllerResult<Response> {
        var result = ControllerResult(records, response, reason: reason)
        result.decisions = decisions
        return result
    }

    mutating func add(_ record: MetadataRecord) {
        records.append(record)
        // Who proposes the records applies them too, and refuses the whole where one contradicts the state.
        try? controller.image.apply(record, &delta)
    }

    mutating func add(_ records: [MetadataRecord]) { for record in records { add(record) } }

    // MARK: Partitions

    /// Changes one partition as `change` says, and elects its leader.
    ///
    /// - Returns: the state afterwards.
    @discardableResult
    mutating func change(
        _ topic: TopicImage,
        _ number: Int32,
        _ partition: PartitionImage,
        _ rules: LeaderRules,
        _ cause: DecisionCause,
        _ change: (inout PartitionChange) -> Void
    ) -> PartitionImage {
        // A copy of the whole image that lives on makes each change copy what it touches.
        let brokers = image.brokers
        var made = PartitionChange(partition, rules) { $0.mayLead($1, brokers) }
        change(&made)
        let (after, election) = made.outcome()
        guard let record = made.record(topic.id, number, after) else { return partition }
        add(.partitionChange(record))
        var told = record
        told.directories = nil
        (told.topicId, told.partitionId) = (PartitionChangeRecord().topicId, PartitionChangeRecord().partitionId)
        // Where a replica lies changes nothing for anybody.
        if told == PartitionChangeRecord() { return self.image.topics[topic.id]?.partitions[number] ?? after }
        decisions.append(
            .partition(
                PartitionDecision(
                    partition: TopicPartition(topic.name, number),
                    before: partition,
                    after: after,
                    election: election,
                    cause: cause
                )
            )
        )
        return self.image.topics[topic.id]?.partitions[number] ?? after
    }

    /// Changes all partitions that are chosen, in the order of their names.
    mutating func changeAll(
        _ cause: DecisionCause,
        limit: Int = .max,
        where isChosen: (PartitionImage) -> Bool,
        _ change: (inout PartitionChange) -> Void
    ) {
        let topics = image.topics.values.filter { $0.partitions.values.contains(where: isChosen) }
        var left = limit
        for topic in topics.sorted(by: { $0.name < $1.name }) {
            let rules = controller.leaderRules(topic.name)
            for (number, partition) in topic.partitions where isChosen(partition) {
                if left == 0 { return }
                left -= 1
                self.change(topic, number, partition, rules, cause, change)
            }
        }
    }

    /// Nobody counts on the broker any more: others lead, and are in sync, where there are others.
    ///
    /// - Parameter isUntrusted: it may have lost what it had.
    mutating func withdraw(_ broker: Int32, _ cause: DecisionCause, isUntrusted: Bool = false) {
        changeAll(cause) { partition in
            partition.isr.contains(broker) || partition.leader == broker
                || isUntrusted && partition.eligibleLeaderReplicas.contains(broker)
        } _: { change in
            change.isr.removeAll { $0 == broker }
            if isUntrusted { change.untrusted = [broker] }
        }
    }

    /// Leaders for partitions that have none.
    mutating func electWhereNobodyLeads(
        _ cause: DecisionCause,
        where isChosen: (PartitionImage) -> Bool = { _ in true }
    ) {
        changeAll(cause) {
            $0.leader < 0 && isChosen($0)
        } _: { _ in
        }
    }
}

extension PartitionImage {
    /// Whether a broker is there, does not stop, and has the directory of its replica.
    func mayLead(_ id: Int32, _ brokers: PersistentMap<Int32, BrokerImage>) -> Bool {
        guard let broker = brokers[id], !broker.isInControlledShutdown else { return false }
        if broker.isFenced, !Sabotage.fencedElected.isOn { return false }
        return broker.hasOnline(directory(of: id)) || Sabotage.offlineElected.isOn
    }

    /// Whether the partition can be given back to its first replica.
    func mayBePreferred(_ id: Int32) -> Bool { isr.contains(id) || Sabotage.preferredNotInSync.isOn }

    /// nil where none is recorded.
    package func directory(of id: Int32) -> KafkaUUID? {
        guard directories.count == replicas.count, let index = replicas.firstIndex(of: id) else { return nil }
        return directories[index]
    }
}

extension BrokerImage {
    /// The replica's directory failed, without the controller having known which it was (KIP-858).
    package static let lostDirectory = KafkaUUID(high: 0, low: 1)

    /// Which directory a replica is in need not be known yet.
    package func hasOnline(_ directory: KafkaUUID?) -> Bool {
        guard let directory, directory != Self.lostDirectory else { return directory == nil }
        return directory.isReservedDirectory || registration.logDirs.isEmpty || registration.logDirs.contains(directory)
    }
}

extension KafkaUUID {
    /// It stands for a directory that is not known, lost or moving (KIP-858).
    var isReservedDirectory: Bool { high == 0 && low < 100 }
}

extension Controller {
    func leaderRules(_ topic: String) -> LeaderRules {
        let (resolver, overrides) = (resolver, image.config(.topic(topic)))
        return LeaderRules(
            tracksEligible: tracksEligibleLeaders,
            minInSync: Int(resolver.topicInt("min.insync.replicas", overrides)),
            allowsUnclean: ConfigValue.bool(
                resolver.topicValue("unclean.leader.election.enable", overrides) ?? "false"
            )
        )
    }
}
