import KafkaProtocol
import Testing

@testable import ClusterMetadata

/// Where replicas go.
struct ReplicaPlacementTests {
    private func broker(_ id: Int32, rack: String? = nil, isFenced: Bool = false) -> BrokerImage {
        var record = RegisterBrokerRecord()
        (record.brokerId, record.rack) = (id, rack)
        return BrokerImage(registration: record, isFenced: isFenced, isInControlledShutdown: false)
    }

    private func place(_ brokers: [BrokerImage], count: Int, factor: Int, start: Int = 0) -> [[Int32]] {
        let placement = ReplicaPlacement(brokers)
        return (0..<count).map { placement.replicas(partition: $0, factor: factor, start: start) }
    }

    /// For all small clusters: no broker twice in a partition, and leaders as even as they can be.
    @Test func leadersAreEvenAndReplicasDifferent() {
        for size in 1...7 {
            let brokers = (1...size).map { broker(Int32($0)) }
            for factor in 1...size {
                for start in 0..<size {
                    let rows = place(brokers, count: 4 * size + 3, factor: factor, start: start)
                    #expect(rows.allSatisfy { Set($0).count == factor })
                    var leaders: [Int32: Int] = [:]
                    for row in rows { leaders[row[0], default: 0] += 1 }
                    #expect((leaders.values.max() ?? 0) - (leaders.values.min() ?? 0) <= 1, "\(size) brokers")
                    #expect(leaders.count == size)
                }
            }
        }
    }

    @Test func replicasAreEvenOverARoundOfShifts() {
        for size in 2...6 {
            let brokers = (1...size).map { broker(Int32($0)) }
            for factor in 1...size {
                var counts: [Int32: Int] = [:]
                for row in place(brokers, count: size * (size - 1), factor: factor) {
                    for id in row { counts[id, default: 0] += 1 }
                }
                #expect(Set(counts.values) == [factor * (size - 1)], "\(size) brokers, \(factor) replicas")
            }
        }
    }

    /// When a broker fails, those that take over its partitions are not always the same.
    @Test func aFailedBrokersLoadSpreads() {
        let brokers = (1...5).map { broker(Int32($0)) }
        let seconds = Set(place(brokers, count: 40, factor: 2).filter { $0[0] == 1 }.map { $0[1] })
        #expect(seconds == [2, 3, 4, 5])
    }

    @Test func replicasAreOnDifferentRacksWhereRacksAreEqual() {
        let brokers = (0..<6).map { broker(Int32($0), rack: ["a", "b", "c"][$0 % 3]) }
        let racks = Dictionary(brokers.map { ($0.id, $0.registration.rack ?? "") }) { $1 }
        // In the first round; later ones shift replicas over racks.
        for row in place(brokers, count: 6, factor: 3) {
            #expect(Set(row.map { racks[$0] ?? "" }).count == 3, "\(row)")
        }
    }

    @Test func fencedBrokersGetReplicasOnlyWhenThereIsNoOther() {
        let mixed = [broker(1, isFenced: true), broker(2), broker(3)]
        #expect(ReplicaPlacement(mixed).count == 2)
        #expect(place(mixed, count: 20, factor: 2).allSatisfy { !$0.contains(1) })
        #expect(ReplicaPlacement([broker(1, isFenced: true), broker(2, isFenced: true)]).count == 2)
        #expect(ReplicaPlacement([]).count == 0)
    }

    /// The order in which brokers are given means nothing.
    @Test func theSameBrokersMakeTheSamePlacement() {
        let brokers = (0..<5).map { broker(Int32($0), rack: $0 < 2 ? "a" : nil) }
        let expected = place(brokers, count: 30, factor: 3)
        #expect(place(brokers.reversed(), count: 30, factor: 3) == expected)
        #expect(place([brokers[3], brokers[0], brokers[4], brokers[2], brokers[1]], count: 30, factor: 3) == expected)
    }
}
