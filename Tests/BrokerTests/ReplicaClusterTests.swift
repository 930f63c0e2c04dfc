import ClusterMetadata
import Glibc
import KafkaProtocol
import KafkaRecords
import NIOCore
import Replication
import Testing
import World

@testable import Broker

/// Leaders and followers over connections.
@Suite(.serialized)
struct ReplicaClusterTests {
    @Test func whatIsAcknowledgedByAllIsInAllLogsByteForByte() throws {
        let cluster = try ReplicaCluster(3)
        defer { cluster.stop() }
        try cluster.create(replicas: [1, 2, 3])
        let client = try cluster.client(1)
        for number in 0..<50 as Range<Int64> {
            let answer = try client.produce("t", 0, "value \(number)").only
            #expect(answer.errorCode == .none && answer.baseOffset == number)
            for follower in [2, 3] as [Int32] {
                #expect(try cluster.partition(follower).facts.logEndOffset == number + 1)
            }
        }
        let written = try cluster.bytes(1)
        #expect(written.count > 50 * 60)
        #expect(try cluster.bytes(2) == written && cluster.bytes(3) == written)
        #expect(cluster.askedIsrs.isEmpty)
        // Followers serve nobody.
        #expect(try cluster.client(2).produce("t", 0, "x").only.errorCode == .notLeaderOrFollower)
    }

    /// A client that asks at once would otherwise go back to the leader that is gone, and ask again after a second or more.
    @Test func clientsAreNotSentToALeaderThatWasJustLost() throws {
        let cluster = try ReplicaCluster(3)
        defer { cluster.stop() }
        try cluster.create(replicas: [1, 2, 3])
        #expect(try cluster.client(1).produce("t", 0, "a").only.errorCode == ErrorCode.none)
        let client = try cluster.client(2)
        // No names stand for no topic.
        let request = make(MetadataRequest()) { $0.topics = nil }
        func leader() throws -> (Int32?, ErrorCode?) {
            let partition = try client.call(request, MetadataResponse.self, version: 12).topics.first?.partitions.first
            return (partition?.leaderId, partition?.errorCode)
        }
        #expect(try leader() == (1, ErrorCode.none))
        cluster.nodes[0].running.stop()
        try eventually("it is seen as lost") { try leader() == (-1, .leaderNotAvailable) }
        try eventually("only for a moment: others may reach it") { try leader() == (1, ErrorCode.none) }
        try cluster.elect(2, isr: [2, 3])
        try eventually("the next one") { try leader() == (2, ErrorCode.none) }
    }

    /// Told that there is none, some clients look again only a second later.
    @Test func whoAsksBetweenTwoLeadersHearsOfTheNextOne() throws {
        let cluster = try ReplicaCluster(3)
        defer { cluster.stop() }
        try cluster.create(replicas: [1, 2, 3])
        #expect(try cluster.client(1).produce("t", 0, "a").only.errorCode == ErrorCode.none)
        let client = try cluster.client(2)
        let request = make(MetadataRequest()) { $0.topics = nil }
        let lost = cluster.node(2).store.fetchers.lost
        cluster.nodes[0].running.stop()
        try eventually("it is lost") { !lost.awaited(now: cluster.node(2).time.now).isEmpty }
        try client.send(request, version: 12)
        try cluster.elect(2, isr: [2, 3])
        let answer = try client.receive(MetadataResponse.self, version: 12)
        #expect(answer?.topics.first?.partitions.first?.leaderId == 2)
        #expect(answer?.topics.first?.partitions.first?.errorCode == ErrorCode.none)
    }

    /// The followers' next fetch would come after a minute.
    @Test func aWatermarkThatMovesIsToldWithoutFurtherAppends() throws {
        let cluster = try ReplicaCluster(3, settings: ["replica.fetch.wait.max.ms": "60000"])
        defer { cluster.stop() }
        try cluster.create(replicas: [1, 2, 3])
        let client = try cluster.client(1)
        for number in 1...5 as ClosedRange<Int64> {
            #expect(try client.produce("t", 0, "v").only.errorCode == ErrorCode.none)
            for follower in [2, 3] as [Int32] {
                try eventually("\(follower) hears of \(number)") {
                    try cluster.partition(follower).facts.highWatermark == number
                }
            }
        }
    }

    @Test func aFollowerThatStopsLeavesTheInSyncSetAndComesBack() throws {
        let cluster = try ReplicaCluster(settings: ["replica.lag.time.max.ms": "600"])
        defer { cluster.stop() }
        try cluster.create(configs: ["min.insync.replicas": "2"])
        let (client, other) = (try cluster.client(1), try cluster.client(1))
        #expect(try client.produce("t", 0, "a").only.errorCode == ErrorCode.none)
        let metrics = cluster.node(1).metrics
        #expect(metrics.underReplicated.value == 0 && metrics.underMinIsr.value == 0)
        try cluster.isolate(2, from: 1)
        try client.send(client.produceRequest("t", 0, "b", acks: -1), version: 12)
        try eventually("the follower is taken out") { cluster.isr() == [1] }
        #expect(metrics.underReplicated.value == 1 && metrics.underMinIsr.value == 1)
        #expect(try other.produce("t", 0, "c").only.errorCode == .notEnoughReplicas)
        let single = try other.produce("t", 0, "d", acks: 1).only
        #expect(single.errorCode == .none && single.baseOffset == 2)
        #expect(try cluster.partition(1).facts.highWatermark == 1, "it stands while too few are in sync")
        try cluster.heal()
        try eventually("it is in sync again") { cluster.isr() == [1, 2] }
        #expect(try client.receive(ProduceResponse.self, version: 12)?.only.errorCode == ErrorCode.none)
        try eventually("the watermark moves") { try cluster.partition(1).facts.highWatermark == 3 }
        #expect(try cluster.bytes(2) == cluster.bytes(1))
        #expect(metrics.underReplicated.value == 0 && metrics.underMinIsr.value == 0)
        #expect(cluster.askedIsrs == [[1], [1, 2]])
        #expect(cluster.askedEpochs.allSatisfy { $0 >= 0 })
    }

    @Test func whatTheControllerRefusesIsAskedForAgain() throws {
        let cluster = try ReplicaCluster(settings: ["replica.lag.time.max.ms": "600"])
        defer { cluster.stop() }
        try cluster.create()
        try cluster.elect(1, isr: [1])
        for code in [.ineligibleReplica, .unknownServerError] as [ErrorCode] {
            cluster.refuseIsrs(code)
            let before = cluster.askedIsrs.count
            try cluster.isolate(2)
            try cluster.elect(1, isr: [1])
            try cluster.heal()
            try eventually("it is asked for again after \(code)") { cluster.askedIsrs.count > before + 1 }
        }
        cluster.refuseIsrs(nil)
        // Nothing is appended, and the follower says nothing new.
        try eventually("it is in sync") { cluster.isr() == [1, 2] }
    }

    @Test func aFormerLeaderCutsWhatNobodyElseHas() throws {
        let cluster = try ReplicaCluster()
        defer { cluster.stop() }
        try cluster.create()
        let (one, two) = (try cluster.client(1), try cluster.client(2))
        #expect(try one.produce("t", 0, "both").only.errorCode == ErrorCode.none)
        try cluster.isolate(2, from: 1)
        for value in ["lost 1", "lost 2"] {
            #expect(try one.produce("t", 0, value, acks: 1).only.errorCode == ErrorCode.none)
        }
        try one.send(one.produceRequest("t", 0, "lost 3", acks: -1), version: 12)
        try eventually("it is appended") { try cluster.partition(1).facts.logEndOffset == 4 }
        // The controller knows nothing of the tail.
        try cluster.elect(2, isr: [2])
        let told = try #require(try one.receive(ProduceResponse.self, version: 12))
        #expect(told.only.errorCode == .notLeaderOrFollower)
        #expect(told.only.currentLeader.leaderId == 2 && told.only.currentLeader.leaderEpoch == 1)
        #expect(try two.produce("t", 0, "kept").only.errorCode == ErrorCode.none)
        // A log that is being cut cannot be read to its end.
        try eventually("the tail is cut") { try cluster.partition(1).facts.logEndOffset == 2 }
        #expect(try cluster.bytes(1) == cluster.bytes(2))
        let why = cluster.node(1).decisions.last(100) { $0 == .partition(TopicPartition("t", 0)) }
        let cut = try #require(why.map(\.decision.account).first { $0.kind == "truncates" })
        #expect(cut.reason == "diverged" && cut.evidence.prefix(2).map(\.value) == ["1", "4"])
        try eventually("it is in sync") { cluster.isr() == [2, 1] }
        #expect(try two.produce("t", 0, "all").only.errorCode == ErrorCode.none)
        #expect(try cluster.bytes(1) == cluster.bytes(2))
        #expect(cluster.nodes[0].fatalReasons.isEmpty)
    }

    @Test func withTooFewInSyncEveryWriteIsRefusedWhereTheTopicWantsIt() throws {
        let cluster = try ReplicaCluster()
        defer { cluster.stop() }
        let scope = ["ottla.min.insync.replicas.scope": "every-write", "min.insync.replicas": "2"]
        try cluster.create(configs: scope)
        try cluster.create("u", id: KafkaUUID(high: 5, low: 5), configs: ["min.insync.replicas": "2"])
        let client = try cluster.client(1)
        // By all: then the other replica has come to fetch.
        for topic in ["t", "u"] { #expect(try client.produce(topic, 0, "one", acks: -1).only.errorCode == .none) }
        try cluster.isolate(2, from: 1)
        try cluster.elect(1, isr: [1])
        try cluster.elect(1, isr: [1], topic: KafkaUUID(high: 5, low: 5))
        let refused = try client.produce("t", 0, "two", acks: 1).only
        #expect(refused.errorCode == .notEnoughReplicas)
        #expect(refused.errorMessage == "1 replicas are in sync, 2 are needed by min.insync.replicas")
        #expect(try client.produce("t", 0, "two", acks: -1).only.errorCode == .notEnoughReplicas)
        // As Kafka has it.
        #expect(try client.produce("u", 0, "two", acks: 1).only.errorCode == .none)
        #expect(try client.produce("u", 0, "two", acks: -1).only.errorCode == .notEnoughReplicas)
        // With acks=0 there is no answer that could say so.
        let other = try cluster.client(1)
        try other.send(other.produceRequest("t", 0, "two", acks: 0), version: 12)
        #expect(try other.receive(ProduceResponse.self, version: 12) == nil)
        #expect(try cluster.partition(1).facts.logEndOffset == 1)
        // It holds at once when it is changed.
        try cluster.publish { image, delta in
            var record = ConfigRecord()
            (record.resourceType, record.resourceName) = (ConfigResource.topicType, "t")
            (record.name, record.value) = ("ottla.min.insync.replicas.scope", "acks-all")
            try image.apply(.config(record), &delta)
        }
        #expect(try client.produce("t", 0, "two", acks: 1).only.errorCode == .none)
    }

    /// Batches that were sent before it was known come behind a gap, and are to be sent again, not given up.
    @Test func whoMetTooFewInSyncHearsOfThatInsteadOfTheGap() throws {
        let cluster = try ReplicaCluster()
        defer { cluster.stop() }
        try cluster.create(configs: ["min.insync.replicas": "2"])
        let client = try cluster.client(1)
        func produce(_ sequence: Int32) throws -> ErrorCode {
            var builder = RecordBatchBuilder()
            builder.setProducer(id: 7, epoch: 0, baseSequence: sequence)
            builder.append(timestamp: 1_700_000_000_000, key: nil, value: ByteBuffer(string: "v"))
            var request = client.produceRequest("t", 0, "v", acks: -1)
            request.topicData[0].partitionData[0].records = .bytes(try builder.build())
            return try client.call(request, ProduceResponse.self, version: 12).only.errorCode
        }
        #expect(try produce(0) == .none)
        try cluster.isolate(2, from: 1)
        try cluster.elect(1, isr: [1])
        #expect(try produce(1) == .notEnoughReplicas)
        try cluster.heal()
        try cluster.elect(1, isr: [1, 2])
        #expect(try produce(2) == .notEnoughReplicas)
        for sequence in [1, 2] as [Int32] { #expect(try produce(sequence) == .none) }
    }

    /// Before a broker knows that it has the partition, or leads it, it refuses what producers send, and may take what they sent next: the first batch
    /// would come behind that, out of order, and librdkafka take it for acknowledged.
    @Test func whatAnUnknownProducerSentBehindARefusedBatchIsNotTaken() throws {
        let cluster = try ReplicaCluster()
        defer { cluster.stop() }
        try cluster.create()
        let clients = [try cluster.client(1), try cluster.client(2)]
        func produce(_ producer: Int64, _ sequence: Int32, to node: Int) throws -> ErrorCode {
            let client = clients[node - 1]
            var builder = RecordBatchBuilder()
            builder.setProducer(id: producer, epoch: 0, baseSequence: sequence)
            builder.append(timestamp: 1_700_000_000_000, key: nil, value: ByteBuffer(string: "v"))
            var request = client.produceRequest("t", 0, "v", acks: -1)
            request.topicData[0].partitionData[0].records = .bytes(try builder.build())
            return try client.call(request, ProduceResponse.self, version: 12).only.errorCode
        }
        #expect(try produce(7, 1, to: 1) == .notLeaderOrFollower)
        for sequence in [0, 1] as [Int32] { #expect(try produce(7, sequence, to: 1) == .none) }
        #expect(try produce(8, 0, to: 2) == .notLeaderOrFollower)
        try cluster.elect(2, isr: [1, 2])
        #expect(try produce(8, 1, to: 2) == .notLeaderOrFollower)
        #expect(try produce(7, 3, to: 2) == .notLeaderOrFollower, "a gap is as good as a refusal")
        for sequence in [0, 1] as [Int32] { #expect(try produce(8, sequence, to: 2) == .none) }
        for sequence in [2, 3] as [Int32] { #expect(try produce(7, sequence, to: 2) == .none) }
    }

    /// It may be deposed without knowing: its successor would confirm what it cannot.
    @Test func aLeaderThatNoControllerAnswersSendsAwayWhoWaitsInVain() throws {
        let cluster = try ReplicaCluster(settings: ["broker.heartbeat.interval.ms": "60000"])
        defer { cluster.stop() }
        try cluster.create()
        let (client, session) = (try cluster.client(1), cluster.node(1).session)
        #expect(try client.produce("t", 0, "one").only.errorCode == ErrorCode.none)
        let now = cluster.node(1).time.now
        session.confirm(now.adding(milliseconds: -9100))
        #expect(try client.produce("t", 0, "two").only.errorCode == ErrorCode.none, "its replicas are there")
        try cluster.isolate(2, from: 1)
        let away = try client.produce("t", 0, "three").only
        #expect(away.errorCode == .notLeaderOrFollower && away.currentLeader.leaderId == -1)
        #expect(away.errorMessage?.contains("broker.session.timeout.ms") == true)
        session.confirm(now)
        var request = client.produceRequest("t", 0, "four", acks: -1)
        request.timeoutMs = 50
        #expect(try client.call(request, ProduceResponse.self, version: 12).only.errorCode == .requestTimedOut)
    }

    @Test func aLogStartThatMovesIsTakenOver() throws {
        let cluster = try ReplicaCluster()
        defer { cluster.stop() }
        try cluster.create()
        let client = try cluster.client(1)
        for number in 0..<10 { _ = try client.produce("t", 0, "\(number)") }
        #expect(try client.deleteRecords("t", before: 7)?.lowWatermark == 7)
        #expect(try cluster.partition(2).facts.logStartOffset == 7, "who may lead next has deleted them, too")
        let late = try client.deleteRecords("t", before: 8, timeout: 50)
        #expect(try late?.errorCode == .requestTimedOut || cluster.partition(2).facts.logStartOffset == 8)
        // One that was away for longer than the leader's log goes back begins anew.
        try cluster.isolate(2, from: 1)
        try cluster.elect(1, isr: [1])
        for number in 10..<20 { _ = try client.produce("t", 0, "\(number)") }
        #expect(try client.deleteRecords("t", before: 15)?.lowWatermark == 15)
        try cluster.heal()
        try eventually("it begins anew") {
            let facts = try cluster.partition(2).facts
            return facts.logStartOffset == 15 && facts.logEndOffset == 20
        }
        try eventually("it is in sync") { cluster.isr() == [1, 2] }
    }

    @Test func withFlushesBeforeAnswersTheyWaitForAllDisks() throws {
        let cluster = try ReplicaCluster(settings: ["ottla.flush.policy": "ack"])
        defer { cluster.stop() }
        try cluster.create()
        let client = try cluster.client(1)
        for number in 1...20 as ClosedRange<Int64> {
            #expect(try client.produce("t", 0, "\(number)").only.errorCode == ErrorCode.none)
            for node in [1, 2] as [Int32] {
                #expect(try cluster.partition(node).facts.flushedOffset >= number)
            }
        }
        // A follower whose disk does not take what it has is not counted on.
        cluster.nodes[1].disk.setPlan { _, operation, path in
            operation == "sync" && path.contains("/t-0/") ? .fail(errno: 5) : .proceed
        }
        try client.send(client.produceRequest("t", 0, "x", acks: -1), version: 12)
        try eventually("its directory fails") { try cluster.partition(2).directory.isOffline }
        #expect(try cluster.partition(1).facts.highWatermark == 20)
        try cluster.elect(1, isr: [1])
        #expect(try client.receive(ProduceResponse.self, version: 12)?.only.errorCode == ErrorCode.none)
    }

    @Test func aReplicaThatMovesAwayIsDeletedAndOneThatComesIsFilled() throws {
        let cluster = try ReplicaCluster(3)
        defer { cluster.stop() }
        try cluster.create()
        let client = try cluster.client(1)
        for number in 0..<5 { _ = try client.produce("t", 0, "\(number)") }
        #expect(cluster.nodes[1].disk.exists("/one/t-0"))
        try cluster.publish { image, delta in
            var record = PartitionChangeRecord()
            (record.partitionId, record.topicId) = (0, ReplicaCluster.topicId)
            (record.replicas, record.isr) = ([1, 3], [1])
            try image.apply(.partitionChange(record), &delta)
        }
        #expect(cluster.node(2).store[TopicPartition("t", 0)] == nil && !cluster.nodes[1].disk.exists("/one/t-0"))
        try eventually("the new one is in sync") { cluster.isr() == [1, 3] }
        #expect(try cluster.bytes(3) == cluster.bytes(1))
        #expect(try cluster.client(2).produce("t", 0, "x").only.errorCode == .notLeaderOrFollower)
    }

    /// Two processes with one node id would both take what the metadata say of its leaderships for theirs.
    @Test func nobodyLeadsWhatAnotherProcessOfItsNodeIdWasGiven() throws {
        let cluster = try ReplicaCluster()
        defer { cluster.stop() }
        try cluster.create()
        let client = try cluster.client(1)
        #expect(try client.produce("t", 0, "mine").only.errorCode == .none)
        try cluster.replace(1)
        #expect(try client.produce("t", 0, "the other's").only.errorCode == .notLeaderOrFollower)
        #expect(try cluster.partition(1).leadership.leader == nil)
        #expect(try cluster.partition(1).facts.logEndOffset == 1)
        // It has registered again, and is elected.
        try cluster.restore(1)
        try cluster.elect(1, isr: [1, 2])
        #expect(try client.produce("t", 0, "mine again").only.errorCode == .none)
    }

    @Test func fetchersCarryManyPartitions() throws {
        let cluster = try ReplicaCluster(settings: ["num.replica.fetchers": "2"])
        defer { cluster.stop() }
        let count: Int32 = 1000
        try cluster.create(partitions: count)
        let client = try cluster.client(1)
        for number in stride(from: 0, to: count, by: 97) {
            #expect(try client.produce("t", number, "v").only.errorCode == ErrorCode.none)
            #expect(try cluster.bytes(2, number) == cluster.bytes(1, number))
        }
        try eventually("all watermarks are known") {
            try stride(from: 0, to: count, by: 97).allSatisfy { try cluster.partition(2, $0).facts.highWatermark == 1 }
        }
        #expect(cluster.askedIsrs.isEmpty)
    }
}
