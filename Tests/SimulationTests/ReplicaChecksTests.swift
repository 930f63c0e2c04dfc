import KafkaProtocol
import Testing

@testable import Simulation

struct ReplicaChecksTests {
    private typealias Batch = ReplicaChecks.Batch
    private let partition = TopicPartition("t", 0)
    private let batches = [
        Batch(offset: 0, epoch: 1, crc: 7), Batch(offset: 3, epoch: 1, crc: 8), Batch(offset: 4, epoch: 2, crc: 9),
    ]
    private var log: ReplicaChecks.Log { ReplicaChecks.Log(start: 0, batches: batches) }
    private let none = ReplicaChecks.Log(start: 0, batches: [])

    @Test func equalReplicasAreFine() {
        #expect(ReplicaChecks.differences(partition, [log, log, log]).isEmpty)
        #expect(ReplicaChecks.differences(partition, [none, none]).isEmpty)
    }

    @Test func whatRetentionTookFromOneMayBeThereOnOthers() {
        let shorter = ReplicaChecks.Log(start: 3, batches: Array(batches.dropFirst()))
        #expect(ReplicaChecks.differences(partition, [log, shorter, log]).isEmpty)
        #expect(ReplicaChecks.differences(partition, [log, ReplicaChecks.Log(start: 5, batches: [])]).isEmpty)
    }

    @Test func anotherBatchIsFound() {
        var other = log
        other.batches[1].crc = 1
        #expect(
            ReplicaChecks.differences(partition, [log, log, other]) == [
                "t-0: its first replica has \(batches[1]) where another, 3, has \(other.batches[1])"
            ]
        )
        other = log
        other.batches[2].epoch = 3
        #expect(ReplicaChecks.differences(partition, [log, other]).count == 1)
    }

    @Test func aBatchThatIsMissingAtTheEndIsFound() {
        let shorter = ReplicaChecks.Log(start: 0, batches: batches.dropLast())
        let found = ReplicaChecks.differences(partition, [log, shorter])
        #expect(found == ["t-0: its first replica has \(batches[2]) where another, 2, has nothing"])
    }
}
