import KafkaProtocol

/// Spreads the replicas of a topic over brokers: leaders evenly, the replicas of a partition over as many racks as there are, and second
/// replicas over those brokers that would lead least if the first ones failed.
struct ReplicaPlacement {
    private struct Place {
        var id: Int32
        var rack: Int
        /// It is not there, or stops: it gets replicas when there are too few others, and leads none of them.
        var isAbsent: Bool
    }

    /// What the partitions placed so far give each broker, by its index.
    private struct Load {
        var leads: [Int]
        var replicas: [Int]
        /// How many of the partitions that the first one leads have the second one next.
        var pairs: [Int]
        /// How often a broker is the second one.
        var seconds: [Int]

        init(_ count: Int) {
            leads = Array(repeating: 0, count: count)
            replicas = leads
            seconds = leads
            pairs = Array(repeating: 0, count: count * count)
        }

        mutating func addSecond(_ index: Int, to leader: Int) {
            pairs[leader * leads.count + index] += 1
            seconds[index] += 1
        }

        func takeover(from leader: Int, by index: Int) -> Int {
            leads[index] + pairs[leader * leads.count + index]
        }
    }

    private let places: [Place]

    /// - Parameter brokers: all that are registered.
    init(_ brokers: [BrokerImage]) {
        // Brokers of different racks take turns, so that neighbours in the list are on different racks.
        var racks: [String: [BrokerImage]] = [:]
        for broker in brokers.sorted(by: { $0.id < $1.id }) {
            racks[broker.registration.rack ?? "", default: []].append(broker)
        }
        let columns = racks.sorted { $0.key < $1.key }.map(\.value)
        var result: [Place] = []
        for row in 0..<(columns.map(\.count).max() ?? 0) {
            for (rack, column) in columns.enumerated() where row < column.count {
                let broker = column[row]
                let isAbsent = broker.isFenced || broker.isInControlledShutdown
                result.append(Place(id: broker.id, rack: rack, isAbsent: isAbsent))
            }
        }
        places = result
    }

    /// Of registered brokers.
    var count: Int { places.count }
    /// Of brokers that may lead.
    var presentCount: Int { places.reduce(0) { $0 + ($1.isAbsent ? 0 : 1) } }

    /// The replicas of `count` more partitions; the first of each leads. `presentCount` is at least 1, and `count` at least `factor`.
    ///
    /// - Parameters:
    ///   - before: how many partitions were placed before: those of many small topics are spread as those of a large one, leaders and who takes
    ///     over from them.
    ///   - existing: the replicas of the partitions that the topic has already.
    func place(count partitions: Int, factor: Int, before: Int, existing: [[Int32]] = []) -> [[Int32]] {
        var load = Load(places.count)
        let indices = Dictionary(places.enumerated().map { ($1.id, $0) }) { $1 }
        for replicas in existing {
            let known = replicas.map { indices[$0] }
            if let first = known.first, let leader = first {
                load.leads[leader] += 1
                if known.count > 1, let second = known[1] { load.addSecond(second, to: leader) }
            }
            for case .some(let index) in known { load.replicas[index] += 1 }
        }
        // All leaders first: who leads least is known then. Third replicas make up for what second ones left uneven.
        var rows = (0..<partitions).map { _ in [leader(&load, before % places.count)] }
        for _ in 1..<max(1, factor) {
            for row in rows.indices { rows[row].append(next(to: rows[row], &load, before / places.count)) }
        }
        return rows.map { row in row.map { places[$0].id } }
    }

    private func leader(_ load: inout Load, _ start: Int) -> Int {
        var best = -1
        for step in places.indices {
            let index = (start + step) % places.count
            if places[index].isAbsent { continue }
            if best < 0 || load.leads[index] < load.leads[best] { best = index }
        }
        precondition(best >= 0, "replicas are placed where no broker is")
        load.leads[best] += 1
        load.replicas[best] += 1
        return best
    }

    private func next(to chosen: [Int], _ load: inout Load, _ shift: Int) -> Int {
        let (leader, isSecond) = (chosen[0], chosen.count == 1)
        var best = -1
        var bestKey: [Int] = []
        for step in 1..<places.count {
            let index = (leader + 1 + (step - 1 + shift) % (places.count - 1)) % places.count
            if chosen.contains(index) { continue }
            let sameRack = chosen.reduce(0) { $0 + (places[$1].rack == places[index].rack ? 1 : 0) }
            let key = [
                places[index].isAbsent ? 1 : 0, sameRack, isSecond ? load.takeover(from: leader, by: index) : 0,
                isSecond ? load.seconds[index] : load.replicas[index],
            ]
            if best < 0 || key.lexicographicallyPrecedes(bestKey) { (best, bestKey) = (index, key) }
        }
        precondition(best >= 0, "a partition has more replicas than there are brokers")
        load.replicas[best] += 1
        if isSecond { load.addSecond(best, to: leader) }
        return best
    }
}
