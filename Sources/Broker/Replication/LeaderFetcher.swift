import CoreMetrics
import KafkaConnection
import KafkaProtocol
import Logging
import NIOCore
import Replication
import World

/// What this broker asks one leader for, over one connection: the shell of a `ReplicaFetcher`. It lives on its event loop, and
/// appends there as long as the disk keeps up.
final class LeaderFetcher {
    struct Id: Hashable, Comparable, Sendable {
        var leader: NodeId
        /// Below `num.replica.fetchers`.
        var number: Int

        static func < (left: Id, right: Id) -> Bool { (left.leader, left.number) < (right.leader, right.number) }
    }

    private struct Key: Hashable {
        var topicId: KafkaUUID
        var partition: Int32
    }

    private let id: Id
    private let surroundings: FetcherSurroundings
    private unowned let handle: FetcherHandle
    private let eventLoop: any EventLoop
    private var machine: ReplicaFetcher
    private var partitions: [Key: Partition] = [:]
    private var connection: BrokerConnection?
    /// Where a connection is being opened to.
    private var opening: BrokerAddress?
    /// Of the attempt to open one: those before are given up.
    private var attempt = 0
    private var timer: (at: MonotonicTime, scheduled: Scheduled<Void>)?
    private var isFailing = false
    /// Partitions that were refused last, with how often in a row.
    private var refusals: [Key: (code: ErrorCode, count: Int)] = [:]
    private var isOver = false

    init(_ id: Id, _ surroundings: FetcherSurroundings, _ handle: FetcherHandle, on eventLoop: any EventLoop) {
        self.id = id
        self.surroundings = surroundings
        self.handle = handle
        self.eventLoop = eventLoop
        machine = ReplicaFetcher(options: surroundings.settings.options)
    }

    private var now: MonotonicTime { surroundings.world.time.now }

    // MARK: What is wanted

    /// Looks at partitions that are followed elsewhere, or elsewhere in their logs, or no longer.
    func take(_ changed: [Partition]) {
        let now = now
        for partition in changed {
            let key = Key(topicId: partition.topicId, partition: partition.id.partition)
            let (isFollowing, position) = partition.following(id.leader)
            if isFollowing {
                partitions[key] = partition
                machine.follow(partition.id, topicId: partition.topicId, position, now: now)
            } else if partitions[key] === partition {
                (partitions[key], refusals[key]) = (nil, nil)
                // Another topic of that name may be followed already.
                if machine.topicId(of: partition.id) == partition.topicId { machine.forget(partition.id) }
            }
        }
    }

    /// The leader's registration is another one.
    func leaderChanged() {
        if let address = surroundings.address(of: id.leader) {
            if let connection, connection.address != address {
                // What is under way there fails, and is asked for again.
                _ = connection.close()
                self.connection = nil
            }
            if let opening, opening != address {
                // Nobody may ever answer there.
                self.opening = nil
                attempt += 1
                machine.failed(nil, now: now)
            }
        }
        machine.endPause()
    }

    func end() {
        isOver = true
        surroundings.lost.forget(id.leader)
        timer?.scheduled.cancel()
        timer = nil
        _ = connection?.close()
        connection = nil
        (partitions, refusals) = ([:], [:])
    }

    // MARK: Asking

    /// Sends what is due, or waits until something is.
    func advance() {
        if isOver { return }
        if let request = machine.next(now: now) { return ask(request) }
        let due = machine.wakeTime
        if let timer {
            if timer.at <= due { return }
            timer.scheduled.cancel()
            self.timer = nil
        }
        if due == .never { return }
        let this = NIOLoopBound(self, eventLoop: eventLoop)
        let millis = max(0, due.milliseconds(since: now)) + 1
        let scheduled = eventLoop.scheduleTask(in: .milliseconds(millis)) { this.value.timeIsUp() }
        timer = (due, scheduled)
    }

    private func timeIsUp() {
        timer = nil
        advance()
    }

    private func ask(_ request: ReplicaFetcher.Request) {
        if surroundings.brokerEpoch.value < 0 { return failed("this broker is not registered yet") }
        if let connection, connection.isOpen { return send(request, connection) }
        guard let address = surroundings.address(of: id.leader) else {
            return failed("the leader is not registered with listener \(surroundings.listener)")
        }
        var settings = ConnectionSettings(clientId: "broker-\(surroundings.nodeId)-fetcher-\(id.number)")
        settings.requestTimeout = .milliseconds(surroundings.settings.requestMillis)
        settings.unacknowledgedLimit = ConnectionSettings.limitBetweenNodes
        settings.connectTimeout = min(settings.connectTimeout, settings.requestTimeout)
        opening = address
        attempt += 1
        let attempt = attempt
        BrokerConnection.openUnnegotiated(address, settings, surroundings.world, on: eventLoop).hop(to: eventLoop)
            .assumeIsolated().whenComplete { result in
                self.opened(result, attempt, request)
            }
    }

    private func opened(
        _ result: Result<BrokerConnection, any Error>,
        _ attempt: Int,
        _ request: ReplicaFetcher.Request
    ) {
        let isWanted = attempt == self.attempt && !isOver
        if isWanted { opening = nil }
        switch result {
        case .success(let connection):
            if !isWanted {
                _ = connection.close()
                return
            }
            self.connection = connection
            send(request, connection)
        case .failure(let error): if isWanted { failed("\(error)") }
        }
    }

    private func send(_ request: ReplicaFetcher.Request, _ connection: BrokerConnection) {
        let version = surroundings.fetchVersion
        let message = FetchRequest(request, surroundings, version: version)
        connection.start(message, version).hop(to: eventLoop).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let response): self.take(response)
            case .failure(let error): self.failed("\(error)")
            }
        }
    }

    private func failed(_ reason: String, _ code: ErrorCode? = nil) {
        if isOver { return }
        if code == nil {
            _ = connection?.close()
            connection = nil
            surroundings.lost.lost(id.leader, now: now)
        }
        if !isFailing {
            surroundings.decisions.note(
                .fails(leader: id.leader, code: code, reason: reason, partitions: followedPartitions)
            )
        }
        isFailing = code == nil || isFailing
        machine.failed(code, now: now)
        advance()
    }

    // MARK: Answers

    private func take(_ response: FetchResponse) {
        if isOver { return }
        if response.errorCode != .none { return failed("\(response.errorCode)", response.errorCode) }
        if isFailing { surroundings.decisions.note(.goesOn(leader: id.leader, partitions: followedPartitions)) }
        isFailing = false
        surroundings.lost.forget(id.leader)
        machine.answered(session: response.sessionId)
        // By index: the elements of a loop would be copied, in each answer.
        for topic in response.responses.indices {
            for index in response.responses[topic].partitions.indices {
                take(response.responses[topic].partitions[index], response.responses[topic].topicId)
            }
        }
        advance()
    }

    private func take(_ data: FetchResponse.PartitionData, _ topicId: KafkaUUID) {
        // What nobody asks for any more is nothing to the log.
        guard let partition = partitions[Key(topicId: topicId, partition: data.partitionIndex)],
            machine.topicId(of: partition.id) == topicId, let asked = machine.asked(partition.id)
        else { return }
        switch data.errorCode {
        case .none: break
        case .offsetOutOfRange: return findOffsets(partition, asked)
        default:
            surroundings.logger.debug(
                "the leader refuses a fetch",
                metadata: ["partition": "\(partition.id)", "leader": "\(id.leader)", "code": "\(data.errorCode)"]
            )
            return refused(partition, data.errorCode)
        }
        let answer = Partition.LeaderData(data, asked)
        let bytes = answer.records?.readableBytes ?? 0
        if bytes > 0 { surroundings.metrics.replicatedBytes.increment(by: bytes) }
        guard bytes > 0, partition.directory.isDiverting else { return settle(partition, partition.follow(answer)) }
        machine.follow(partition.id, topicId: topicId, nil, now: now)
        partition.directory.divert { [handle] in handle.followed(partition, partition.follow(answer)) }
    }

    /// Goes on after work elsewhere. Its result says where the log was when it ended: a flush, or the metadata, may have told more since, and
    /// have been heard before.
    func settleLate(_ partition: Partition, _ result: Partition.Followed) {
        let (isFollowing, position) = partition.following(id.leader)
        // Whoever has changed that tells it, or has.
        guard isFollowing else { return }
        switch result {
        case .fetches: settle(partition, .fetches(position))
        case .refused:
            // It was nowhere while it was busy; after the pause, it is asked for where it is now.
            if machine.topicId(of: partition.id) == partition.topicId {
                machine.follow(partition.id, topicId: partition.topicId, position, now: now)
            }
            settle(partition, result)
        }
    }

    /// Goes on as the log says.
    private func settle(_ partition: Partition, _ result: Partition.Followed) {
        let key = Key(topicId: partition.topicId, partition: partition.id.partition)
        guard partitions[key] === partition else { return }
        switch result {
        case .fetches(let position):
            let wanted = position?.leader == id.leader ? position : nil
            machine.follow(partition.id, topicId: partition.topicId, wanted, now: now)
            machine.succeeded(partition.id)
            if !refusals.isEmpty { refusals[key] = nil }
        case .refused(let code): refused(partition, code)
        }
    }

    /// What passes with the next try, as while metadata are on their way, is not told of.
    private func refused(_ partition: Partition, _ code: ErrorCode) {
        let key = Key(topicId: partition.topicId, partition: partition.id.partition)
        let known = refusals[key].map { $0.code == code ? $0.count : 0 } ?? 0
        refusals[key] = (code, known + 1)
        if known == 1 { surroundings.decisions.note(.refused(partition.id, leader: id.leader, code)) }
        machine.refused(partition.id, code, now: now)
    }

    /// Some of them, by name.
    private var followedPartitions: [TopicPartition] {
        Array(partitions.values.map(\.id).sorted().prefix(Self.partitionsTold))
    }

    /// How many partitions a failure names for which they cannot be fetched.
    private static let partitionsTold = 100

    // MARK: Where the leader's log lies

    /// The leader has nothing where this log ends: asks what it has.
    private func findOffsets(_ partition: Partition, _ asked: FetchPosition) {
        guard let connection, connection.isOpen else {
            return machine.refused(partition.id, .networkException, now: now)
        }
        machine.follow(partition.id, topicId: partition.topicId, nil, now: now)
        let start = connection.start(
            ListOffsetsRequest(of: partition, asked, -2, surroundings.nodeId),
            Self.listVersion
        )
        let end = connection.start(ListOffsetsRequest(of: partition, asked, -1, surroundings.nodeId), Self.listVersion)
        start.and(end).hop(to: eventLoop).assumeIsolated().whenComplete { result in
            var followed = Partition.Followed.refused(.networkException)
            if case .success(let (first, last)) = result {
                followed = Self.answer(first, last, partition, asked)
            }
            self.settleLate(partition, followed)
            self.advance()
        }
    }

    /// All brokers of Kafka 4 speak it.
    private static let listVersion: Int16 = 8

    private static func answer(
        _ start: ListOffsetsResponse,
        _ end: ListOffsetsResponse,
        _ partition: Partition,
        _ asked: FetchPosition
    ) -> Partition.Followed {
        guard let first = start.topics.first?.partitions.first, let last = end.topics.first?.partitions.first else {
            return .refused(.unknownServerError)
        }
        for code in [first.errorCode, last.errorCode] where code != .none { return .refused(code) }
        return partition.leaderHasNot(epoch: asked.leaderEpoch, leaderStart: first.offset, leaderEnd: last.offset)
    }
}
