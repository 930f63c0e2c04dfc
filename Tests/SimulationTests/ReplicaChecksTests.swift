import KafkaProtocol
import Testing

@testable import Simulation

struct ReplicaChecksTests {
    private typealias Batch = ReplicaChecks.Batch
    private let partition = TopicPartition("t", 0)
    private let log = [
        Batch(offset: 0, epoch: 1, crc: 7), Batch(offset: 3, epoch: 1, crc: 8), Batch(offset: 4, epoch: 2, crc: 9),
    ]

    @Test func equalReplicasAreFine() {
        #expect(ReplicaChecks.differences(partition, [log, log, log]).isEmpty)
        #expect(ReplicaChecks.differences(partition, [[], []]).isEmpty)
    }

    @Test func whatRetentionTookFromOneMayBeThereOnOthers() {
        #expect(ReplicaChecks.differences(partition, [log, Array(log.dropFirst()), log]).isEmpty)
    }

    @Test func anotherBatchIsFound() {
        var other = log
        other[1].crc = 1
        #expect(
            ReplicaChecks.differences(partition, [log, log, other]) == [
                "t-0: node 1 has \(log[1]) where node 3 has \(other[1])"
            ]
        )
        other = log
        other[2].epoch = 3
        #expect(ReplicaChecks.differences(partition, [log, other]).count == 1)
    }

    @Test func aBatchThatIsMissingAtTheEndIsFound() {
        let found = ReplicaChecks.differences(partition, [log, Array(log.dropLast())])
        #expect(found == ["t-0: node 1 has \(log[2]) where node 2 has nothing"])
    }
}
