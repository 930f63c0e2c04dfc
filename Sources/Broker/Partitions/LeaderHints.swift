import ClusterMetadata
import KafkaProtocol

/// Who leads a partition instead of this node (KIP-951): what clients are told with the error, so that they need not ask.
struct LeaderHint: Equatable, Sendable {
    /// -1 while nobody leads.
    var leader: Int32
    var epoch: Int32
}

extension ClusterView {
    func leaderHint(_ route: TopicRoute, _ number: Int32) -> LeaderHint? {
        switch route.place(of: number) {
        case .led(let partition), .followed(let partition, _):
            // The replica may know more than this view.
            let (leader, epoch) = partition.leadership
            return LeaderHint(leader: leader?.rawValue ?? -1, epoch: epoch.rawValue)
        case .offline, .elsewhere:
            guard let partition = image.topics[route.id]?.partitions[number] else { return nil }
            return LeaderHint(leader: partition.leader, epoch: partition.leaderEpoch)
        case nil: return nil
        }
    }

    /// Where leaders are, for the clients of a listener; by id. Those that cannot be reached are left out.
    func addresses(of leaders: Set<Int32>, listener: String) -> [AdvertisedBroker] {
        leaders.isEmpty ? [] : brokers(listener: listener).filter { leaders.contains($0.id) }
    }
}

/// Gathers the leaders that an answer names.
struct LeaderHints {
    let view: ClusterView
    let listener: String
    private var leaders: Set<Int32> = []

    init(_ view: ClusterView, listener: String) {
        self.view = view
        self.listener = listener
    }

    /// Whether a client that hears this looks for another leader.
    static func helps(_ code: ErrorCode) -> Bool { code == .notLeaderOrFollower || code == .fencedLeaderEpoch }

    mutating func find(_ route: TopicRoute?, _ number: Int32) -> LeaderHint? {
        guard let route, let hint = view.leaderHint(route, number) else { return nil }
        if hint.leader >= 0 { leaders.insert(hint.leader) }
        return hint
    }

    var endpoints: [AdvertisedBroker] { view.addresses(of: leaders, listener: listener) }
}
