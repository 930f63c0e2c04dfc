import KafkaProtocol
import KafkaRecords
import NIOCore
import TestSupport
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// The producer's engine beside a partition's leader that knows idempotent producers, with requests and answers that are lost, late or refused.
struct ProducerSimulationTests {
    /// What a leader remembers of producers, and its log (KIP-98).
    private struct Leader {
        var log: [String] = []
        /// By producer: the epoch, the next sequence number, and the last five batches.
        private var producers: [Int64: (epoch: Int16, next: Int32, recent: [(sequence: Int32, offset: Int64)])] = [:]

        mutating func take(_ bytes: ByteBuffer) throws -> Result<Int64, KafkaError> {
            let batch = try #require(RecordBatches(bytes).first { _ in true })
            let header = batch.header
            var known = producers[header.producerId] ?? (header.producerEpoch, 0, [])
            if known.epoch != header.producerEpoch { known = (header.producerEpoch, 0, []) }
            if let repeated = known.recent.first(where: { $0.sequence == header.baseSequence }) {
                return .success(repeated.offset)
            }
            if header.baseSequence < known.next { return .failure(.refused(.duplicateSequenceNumber)) }
            if header.baseSequence > known.next { return .failure(.refused(.outOfOrderSequenceNumber)) }
            let offset = Int64(log.count)
            for record in try batch.allRecords() { log.append(record.value.map { String(buffer: $0) } ?? "") }
            known.next += header.recordCount
            known.recent = (known.recent + [(header.baseSequence, offset)]).suffix(5)
            producers[header.producerId] = known
            return .success(offset)
        }
    }

    private struct Underway {
        var outgoing: ProducerEngine.Outgoing
        var result: Result<Int64, KafkaError>?
    }

    private struct World {
        var dice: SeededGenerator
        var engine: ProducerEngine
        var leader = Leader()
        /// Requests on the connection, oldest first; those that the leader has worked on have a result.
        var connection: [Underway] = []
        /// Requests of connections that are gone, which may reach the leader yet.
        var ghosts: [ProducerEngine.Outgoing] = []
        var now: Int64 = 0
        var handedOver: [String] = []
        var outcome: [Int: Result<Int64, KafkaError>] = [:]
        var identities: Int64 = 0
        let key = TopicPartition("t", 0)

        init(seed: UInt64, deliveryMillis: Int64) {
            dice = SeededGenerator(seed: seed)
            var settings = ProducerEngine.Settings()
            settings.batchBytes = 150
            settings.lingerMillis = 2
            settings.retryMillis = 3
            settings.deliveryMillis = deliveryMillis
            engine = ProducerEngine(settings)
        }

        mutating func handOver() {
            let token = ProducerEngine.Token(send: 0, index: handedOver.count)
            let value = ByteBuffer(string: "\(token.index)")
            let record = ProducerRecord(topic: "t", value: value, timestamp: 1)
            _ = engine.append(record, to: engine.slot(key), timestamp: 1, token: token) { now }
            handedOver.append("\(token.index)")
        }

        mutating func send() {
            note(engine.expire(nowMillis: now))
            if engine.wantsIdentity, engine.pendingRecords > 0 {
                identities += 1
                engine.identityArrived(.init(id: identities, epoch: 0))
            }
            while let outgoing = engine.take(key, nowMillis: now) { connection.append(Underway(outgoing: outgoing)) }
        }

        /// The leader works on the next request, or on one that everybody thought lost.
        mutating func work(calmly: Bool) throws {
            if !ghosts.isEmpty, dice.next(below: 3) == 0 {
                let ghost = ghosts.removeFirst()
                _ = try leader.take(try ghost.builder.build())
            }
            guard let place = connection.firstIndex(where: { $0.result == nil }) else { return }
            if !calmly, dice.next(below: 8) == 0 {
                connection[place].result = .failure(.refused(.notLeaderOrFollower))
            } else {
                let result = try leader.take(try connection[place].outgoing.builder.build())
                let isDenied = !calmly && dice.next(below: 8) == 0
                connection[place].result = isDenied ? .failure(.refused(.requestTimedOut)) : result
            }
        }

        mutating func answer() {
            guard let first = connection.first, let result = first.result else { return }
            connection.removeFirst()
            settle(first.outgoing, result)
        }

        mutating func hangUp() {
            let all = connection
            connection = []
            for request in all {
                if request.result == nil, dice.next(below: 2) == 0 { ghosts.append(request.outgoing) }
                settle(request.outgoing, .failure(KafkaError(.connectionLost, "it hung up")))
            }
        }

        private mutating func settle(_ outgoing: ProducerEngine.Outgoing, _ result: Result<Int64, KafkaError>) {
            switch result {
            case .success(let offset):
                note([engine.succeeded(key, outgoing.number, baseOffset: offset)].compactMap { $0 })
            case .failure(let error):
                note(engine.failed(key, outgoing.number, error, nowMillis: now))
            }
        }

        private mutating func note(_ completions: [ProducerEngine.Completion]) {
            for completion in completions {
                for (index, token) in completion.tokens {
                    #expect(outcome[token.index] == nil, "\(token.index) was decided twice")
                    outcome[token.index] = completion.result.map { $0 < 0 ? -1 : $0 + Int64(index) }
                }
            }
        }

        mutating func run(steps: Int) throws {
            for _ in 0..<steps {
                switch dice.next(below: 20) {
                case 0: hangUp()
                case 1..<4: now += Int64(dice.next(below: 4))
                case 4..<9: handOver()
                case 9..<12: send()
                case 12..<16: try work(calmly: false)
                default: answer()
                }
            }
            for _ in 0..<5000 where engine.pendingRecords > 0 {
                now += 1
                send()
                try work(calmly: true)
                answer()
            }
            while !ghosts.isEmpty {
                let ghost = ghosts.removeFirst()
                _ = try leader.take(try ghost.builder.build())
            }
            #expect(engine.pendingRecords == 0 && engine.pendingBytes == 0)
            #expect(outcome.count == handedOver.count)
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func eachRecordIsThereOnceAndInOrder(seed: UInt64) throws {
        var world = World(seed: seed, deliveryMillis: 1_000_000)
        try world.run(steps: 800)
        #expect(world.leader.log == world.handedOver, "seed \(seed)")
        for (number, result) in world.outcome {
            let offset = try result.get()
            #expect(offset == -1 || world.leader.log[Int(offset)] == "\(number)", "seed \(seed)")
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func whatIsAcknowledgedIsThereWhateverIsGivenUp(seed: UInt64) throws {
        var world = World(seed: seed, deliveryMillis: 12)
        try world.run(steps: 800)
        #expect(Set(world.leader.log).count == world.leader.log.count, "nothing is there twice, seed \(seed)")
        let acknowledged = world.handedOver.indices.filter { index in
            if case .success = world.outcome[index] { true } else { false }
        }
        let wanted = Set(acknowledged.map { "\($0)" })
        #expect(world.leader.log.filter { wanted.contains($0) } == acknowledged.map { "\($0)" }, "seed \(seed)")
    }
}
