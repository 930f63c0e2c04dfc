import KafkaClient
import KafkaProtocol
import KafkaRecords
import NIOCore

/// A member of a group that comes, reads, commits and goes, until the run is over.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class ConsumerDriver: @unchecked Sendable {
    private let client: SimulatedClient
    private let group: String
    private let run: Run

    init(_ client: SimulatedClient, _ group: String, _ run: Run) {
        self.client = client
        self.group = group
        self.run = run
    }

    func start() {
        client.run { [self] in
            while !run.isEnding {
                await live()
                if !run.isEnding { await client.sleep(millis: 100...8000) }
            }
            run.driverEnded(client.name)
        }
    }

    private func live() async {
        var configuration = ConsumerConfiguration(client.configuration)
        configuration.groupId = group
        configuration.rackId = run.cluster?.rack(ofClient: client.name)
        configuration.reset = .earliest
        configuration.autoCommit = false
        configuration.sessionTimeout = .seconds(6)
        configuration.heartbeatInterval = .seconds(1)
        configuration.maxPollInterval = .seconds(Run.rebalanceSeconds)
        configuration.listener = Listener(client.name, group, run)
        let consumer = Consumer(configuration, world: client.world, eventLoopGroup: client.loops, logger: client.logger)
        let until = run.scheduler.now + run.scheduler.draw(3_000_000_000...40_000_000_000)
        let life = Life()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await consumer.run() }
            // Nothing may come for long.
            group.addTask { [self] in
                // Who is there when the faults are over stays, so that the group can come to rest.
                while run.scheduler.now < until || run.isCalm, !run.isEnding, !life.isOver {
                    await client.sleep(millis: 200...200)
                }
                life.isLeaving = true
                await consumer.close()
            }
            do {
                try consumer.subscribe(to: [Run.topic, Run.shortTopic])
                try await read(consumer, life)
            } catch {
                run.timeline.log(client.name, "reading ends: \(error)")
                await consumer.close()
            }
            life.isOver = true
        }
    }

    /// Sendable: only the thread of the scheduler touches it.
    private final class Life: @unchecked Sendable {
        var isOver = false
        var isLeaving = false
    }

    private func read(_ consumer: Consumer, _ life: Life) async throws {
        while let batch = try await consumer.next() {
            try note(batch)
            if run.scheduler.happens(0.3) { await commit(consumer, batch, life) }
        }
    }

    private func note(_ batch: ConsumedBatch) throws {
        var last: Int64 = -1
        try batch.forEach { record in
            if record.offset <= last { run.timeline.violated("I3", "offset \(record.offset) follows \(last)") }
            last = record.offset
            let place = History.Place(partition: batch.partition, offset: record.offset)
            if record.offset >= batch.highWatermark {
                run.timeline.violated("I6", "\(place.text) was read above the high watermark \(batch.highWatermark)")
            }
            run.history.read(Run.value(of: record.value), place, by: client.name)
        }
    }

    /// What was just read, or all that was handed out.
    private func commit(_ consumer: Consumer, _ batch: ConsumedBatch, _ life: Life) async {
        let earlier = run.history.promise(of: group)
        let begun = run.history.tries(group, batch.partition, batch.nextOffset)
        do throws(KafkaError) {
            if run.scheduler.happens(0.5) {
                try await consumer.commit([batch.partition: CommittedOffset(batch.nextOffset)])
            } else {
                for partition in consumer.assignment {
                    if let position = consumer.position(partition) { _ = run.history.tries(group, partition, position) }
                }
                try await consumer.commit()
            }
            run.history.compares(batch.partition, batch.nextOffset, with: earlier)
            run.history.committed(group, batch.partition, batch.nextOffset, begun: begun)
        } catch {
            run.noteFailure(client.name, "committing \(batch.partition) at \(batch.nextOffset)", error)
            if run.aim?.membersStay == true, error.serverCode == .unknownMemberId, !life.isLeaving {
                run.timeline.violated("G2", "\(client.name) is no member, though it has shown that it is there")
            }
        }
    }

    /// G1: notes what the member is given.
    /// Sendable: only the thread of the scheduler calls it.
    private final class Listener: RebalanceListener, @unchecked Sendable {
        private let name: String
        private let group: String
        private let run: Run

        init(_ name: String, _ group: String, _ run: Run) {
            (self.name, self.group, self.run) = (name, group, run)
        }

        func assigned(_ partitions: [TopicPartition], to consumer: Consumer) async {
            // Who has lost its membership meanwhile owns nothing.
            guard let member = try? consumer.groupMetadata() else { return }
            for partition in partitions {
                let problem = run.history.owners.owns(member.memberId, partition, in: group, member.generation)
                if let problem { run.history.suspect(partition, "G1", problem) }
            }
        }
    }
}
