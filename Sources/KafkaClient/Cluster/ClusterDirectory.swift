import KafkaConnection
import KafkaProtocol

/// What is known of a cluster's members, and which way leads to whom; without IO.
struct ClusterDirectory {
    /// The next step on the way to a target.
    enum Step: Equatable {
        case connect(BrokerAddress)
        case connectToAny
        case askForMembers
        case askForCoordinator(Coordinated)
        case refuse(KafkaError)
    }

    private(set) var members: ClusterDescription?
    /// Since a failure: members may have come, gone or moved.
    private var isStale = false
    private var coordinators: [Coordinated: Int32] = [:]

    /// - Parameter isFresh: whether the members were asked for just now: who is not among them is not there then.
    func step(to target: RequestTarget, isFresh: Bool) -> Step {
        switch target {
        case .any: .connectToAny
        case .controller: controller(isFresh)
        case .broker(let id): broker(id, isFresh)
        case .group(let name): coordinator(Coordinated(kind: .group, name: name), isFresh)
        case .transaction(let id): coordinator(Coordinated(kind: .transaction, name: id), isFresh)
        }
    }

    private func controller(_ isFresh: Bool) -> Step {
        guard let members, isFresh || !isStale else { return .askForMembers }
        // A controller that leads already may not be registered yet.
        if let id = members.controllerId, !isFresh || members.broker(id) != nil { return broker(id, isFresh) }
        // Any of them says then what is wrong.
        return isFresh ? .connectToAny : .askForMembers
    }

    private func coordinator(_ wanted: Coordinated, _ isFresh: Bool) -> Step {
        if let id = coordinators[wanted] { broker(id, isFresh) } else { .askForCoordinator(wanted) }
    }

    private func broker(_ id: Int32, _ isFresh: Bool) -> Step {
        guard let members, isFresh || !isStale else { return .askForMembers }
        if let broker = members.broker(id) { return .connect(broker.address) }
        if !isFresh { return .askForMembers }
        let ids = members.brokers.map { "\($0.id)" }.joined(separator: ", ")
        return .refuse(
            KafkaError(
                .refused,
                "broker \(id) is not in the cluster; its brokers are \(ids.isEmpty ? "none" : ids)",
                serverCode: .brokerNotAvailable
            )
        )
    }

    /// Where to look for any broker: the members, then the bootstrap addresses, each once.
    func addresses(bootstrap: [BrokerAddress]) -> [BrokerAddress] {
        var seen: Set<BrokerAddress> = []
        return ((members?.brokers.map(\.address) ?? []) + bootstrap).filter { seen.insert($0).inserted }
    }

    /// Takes the members as a broker tells them. An empty list, which a broker gives that is just starting, changes nothing.
    mutating func learn(_ described: ClusterDescription) {
        isStale = false
        if described.brokers.isEmpty, members != nil { return }
        members = described
    }

    /// Takes the addresses that a broker gave with who leads a partition now (KIP-951): of members that are new, or have moved.
    mutating func learn(_ brokers: [Broker]) {
        guard var members else { return }
        for broker in brokers where broker.id >= 0 {
            members.brokers.removeAll { $0.id == broker.id }
            members.brokers.append(broker)
        }
        members.brokers.sort { $0.id < $1.id }
        self.members = members
    }

    mutating func learn(_ broker: Int32, coordinates what: Coordinated) { coordinators[what] = broker }

    func coordinator(of what: Coordinated) -> Int32? { coordinators[what] }

    mutating func forgetCoordinator(of what: Coordinated) { coordinators[what] = nil }

    /// After a failure that passes: things may be elsewhere now.
    mutating func invalidate() {
        isStale = true
        coordinators = [:]
    }
}
