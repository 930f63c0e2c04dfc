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

    private func place(_ brokers: [BrokerImage], count: Int, factor: Int, before: Int = 0) -> [[Int32]] {
        ReplicaPlacement(brokers).place(count: count, factor: factor, before: before)
    }

    /// For all small clusters: no broker twice in a partition, and leaders as even as they can be.
    @Test func leadersAreEvenAndReplicasDifferent() {
        for size in 1...7 {
            let brokers = (1...size).map { broker(Int32($0)) }
            for factor in 1...size {
                for start in 0..<size {
                    let rows = place(brokers, count: 4 * size + 3, factor: factor, before: start)
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
        for row in place(brokers, count: 60, factor: 3) {
            #expect(Set(row.map { racks[$0] ?? "" }).count == 3, "\(row)")
        }
        // With more replicas than racks, no rack has two more than another.
        for row in place(brokers, count: 60, factor: 4) {
            #expect(Set(row.map { racks[$0] ?? "" }).count == 3, "\(row)")
        }
    }

    /// Two partitions on three brokers: whichever leader fails, the one takes over that leads nothing.
    @Test func theBrokerThatLeadsLeastTakesOver() {
        for start in 0..<3 {
            let rows = place((1...3).map { broker($0) }, count: 2, factor: 3, before: start)
            let leaders = Set(rows.map { $0[0] })
            let idle = Set<Int32>(1...3).subtracting(leaders)
            #expect(leaders.count == 2 && rows.allSatisfy { idle.contains($0[1]) }, "\(rows)")
        }
        // Three on three: each leads one, and each takes over one.
        let rows = place((1...3).map { broker($0) }, count: 3, factor: 3)
        #expect(Set(rows.map { $0[0] }) == [1, 2, 3] && Set(rows.map { $0[1] }) == [1, 2, 3])
    }

    /// For all small clusters: when any broker fails, and the second replicas lead, nobody leads two more than another.
    @Test func loadsAreEvenAfterAFailure() {
        for size in 3...6 {
            for count in 1...(3 * size) {
                let rows = place((1...size).map { broker(Int32($0)) }, count: count, factor: 3)
                for failed in 1...Int32(size) {
                    var leads: [Int32: Int] = [:]
                    for row in rows { leads[row[0] == failed ? row[1] : row[0], default: 0] += 1 }
                    let loads = (1...Int32(size)).filter { $0 != failed }.map { leads[$0, default: 0] }
                    #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1, "\(size) brokers, \(count), \(failed)")
                }
            }
        }
    }

    /// New partitions take account of those that are there.
    @Test func partitionsThatAreAddedEvenOut() {
        let placement = ReplicaPlacement((1...3).map { broker($0) })
        let existing: [[Int32]] = [[1, 2], [1, 2], [2, 1]]
        let added = placement.place(count: 3, factor: 2, before: 0, existing: existing)
        let leads = Dictionary((existing + added).map { ($0[0], 1) }, uniquingKeysWith: +)
        #expect(leads == [1: 2, 2: 2, 3: 2], "\(added)")
        // One of them has a replica on a broker that is gone.
        #expect(placement.place(count: 1, factor: 3, before: 2, existing: [[9, 1], [1, 9]])[0][0] == 3)
    }

    @Test func fencedBrokersGetReplicasOnlyWhenThereAreTooFewOthers() {
        let mixed = [broker(1, isFenced: true), broker(2), broker(3)]
        #expect(ReplicaPlacement(mixed).count == 3 && ReplicaPlacement(mixed).presentCount == 2)
        #expect(place(mixed, count: 20, factor: 2).allSatisfy { !$0.contains(1) })
        #expect(place(mixed, count: 20, factor: 3).allSatisfy { $0[2] == 1 })
        #expect(ReplicaPlacement([broker(1, isFenced: true), broker(2, isFenced: true)]).presentCount == 0)
        #expect(ReplicaPlacement([]).count == 0)
    }

    /// The order in which brokers are given means nothing.
    @Test func theSameBrokersMakeTheSamePlacement() {
        let brokers = (0..<5).map { broker(Int32($0), rack: $0 < 2 ? "a" : nil) }
        let expected = place(brokers, count: 30, factor: 3)
        #expect(place(brokers.reversed(), count: 30, factor: 3) == expected)
        #expect(place([brokers[3], brokers[0], brokers[4], brokers[2], brokers[1]], count: 30, factor: 3) == expected)
    }

    /// Many topics of one partition are spread as the partitions of one topic are.
    @Test func smallTopicsShareBrokersEvenly() {
        for size in 2...5 {
            let brokers = (1...size).map { broker(Int32($0)) }
            let rows = (0..<size * (size - 1) * 2).map { place(brokers, count: 1, factor: 2, before: $0)[0] }
            #expect(Set(rows).count == size * (size - 1), "each broker is next to each other one: \(rows)")
            #expect(rows.allSatisfy { row in rows.count { $0 == row } == 2 })
        }
    }
}
