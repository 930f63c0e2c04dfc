import KafkaProtocol

/// Spreads replicas over brokers: leaders evenly, and the replicas of a partition over as many racks as there are.
struct ReplicaPlacement {
    private let brokers: [Int32]

    /// - Parameter brokers: registered brokers; fenced ones get replicas only when there is no other way.
    init(_ brokers: [BrokerImage]) {
        let usable = brokers.contains { !$0.isFenced } ? brokers.filter { !$0.isFenced } : brokers
        // Brokers of different racks take turns, so that neighbours in the list are on different racks.
        var racks: [String: [Int32]] = [:]
        for broker in usable.sorted(by: { $0.id < $1.id }) {
            racks[broker.registration.rack ?? "", default: []].append(broker.id)
        }
        let columns = racks.sorted { $0.key < $1.key }.map(\.value)
        var result: [Int32] = []
        for row in 0..<(columns.map(\.count).max() ?? 0) {
            for column in columns where row < column.count { result.append(column[row]) }
        }
        self.brokers = result
    }

    var count: Int { brokers.count }

    /// The replicas of partition `index` of a run that begins at `start`; the first leads.
    func replicas(partition index: Int, factor: Int, start: Int) -> [Int32] {
        let leader = (start + index) % brokers.count
        // The distance to the second replica grows with each round, so that a failed broker's load spreads.
        let shift = (index / brokers.count) % max(1, brokers.count - 1)
        return (0..<factor).map { replica in
            replica == 0
                ? brokers[leader]
                : brokers[(leader + 1 + (shift + replica - 1) % max(1, brokers.count - 1)) % brokers.count]
        }
    }
}
