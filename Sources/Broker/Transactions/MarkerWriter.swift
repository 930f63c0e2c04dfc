import ClusterMetadata
import Coordination
import KafkaConnection
import KafkaProtocol
import Logging
import NIOCore
import Synchronization
import World

/// Writes the markers that end transactions into their partitions, wherever those are led, until all stand there. Each broker has a request of its own; what
/// fails is tried again with pauses, for as long as this node coordinates the transaction.
final class MarkerWriter: Sendable {
    private static let firstPauseMillis: Int64 = 20
    private static let longestPauseMillis: Int64 = 1000
    private static let answerTimeout = Duration.seconds(30)
    /// KIP-1228: with the version of transactions.
    private static let newestVersion: Int16 = 2

    private let cluster: PublishedView
    private let groups: GroupRuntime
    private let peers: PeerConnections
    private let listener: String
    private let time: WorldTime
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let asked = Mutex(Asked())

    /// Requests whose answers are waited for.
    private struct Asked: Sendable {
        struct Item: Sendable {
            var round: Round
            var ids: [TopicPartition]
            var leader: Int32
        }

        var last: UInt64 = 0
        var items: [UInt64: Item] = [:]

        mutating func add(_ item: Item) -> UInt64 {
            last += 1
            items[last] = item
            return last
        }
    }

    init(
        cluster: PublishedView,
        groups: GroupRuntime,
        peers: PeerConnections,
        listener: String,
        time: WorldTime,
        eventLoop: any EventLoop,
        logger: Logger
    ) {
        (self.cluster, self.groups, self.peers) = (cluster, groups, peers)
        (self.listener, self.time) = (listener, time)
        (self.eventLoop, self.logger) = (eventLoop, logger)
    }

    // MARK: Here

    /// Writes a marker into a partition that this node leads.
    func write(
        _ marker: TransactionMarker,
        into id: TopicPartition,
        _ view: ClusterView,
        _ done: @escaping @Sendable (ErrorCode) -> Void
    ) {
        if id.topic == TopicName.consumerOffsets {
            switch groups.shard(id.partition) {
            case .success(let shell):
                shell.end(marker, .commit([])) { result in
                    switch result {
                    case .success: done(.none)
                    case .failure(let code): done(Self.markerCode(code))
                    }
                }
            case .failure(let code): done(Self.markerCode(code))
            }
            return
        }
        switch view.partition(id.topic, id.partition) {
        case .success(let partition):
            let wall = time.wall.milliseconds
            let directory = partition.directory
            if directory.isDiverting {
                directory.divert { partition.end(marker, wall: wall, done: done) }
            } else {
                partition.end(marker, wall: wall, done: done)
            }
        case .failure(let code): done(code)
        }
    }

    /// A coordinator of transactions asks the partition's leader; that it is a coordinator, too, is nothing that it knows.
    static func markerCode(_ code: ErrorCode) -> ErrorCode {
        switch code {
        case .coordinatorNotAvailable, .coordinatorLoadInProgress, .notCoordinator: .notLeaderOrFollower
        default: code
        }
    }

    // MARK: Everywhere

    /// An outcome on its way.
    private struct Round: Sendable {
        let outcome: TransactionOutcome
        let shell: TransactionRuntime.Shell
        let lease: CoordinatorLease

        var isWanted: Bool { shell.lease == lease }

        var marker: TransactionMarker {
            TransactionMarker(
                producer: outcome.producer,
                coordinatorEpoch: lease.leaderEpoch,
                isCommit: outcome.isCommit,
                version: Int8(clamping: outcome.version)
            )
        }

        func written(_ partitions: [TopicPartition]) {
            shell.submit(.written(id: outcome.id, outcome.producer, partitions))
        }
    }

    func write(_ outcome: TransactionOutcome, _ lease: CoordinatorLease, for shell: TransactionRuntime.Shell) {
        let round = Round(outcome: outcome, shell: shell, lease: lease)
        if outcome.partitions.isEmpty { return round.written([]) }
        advance(round, outcome.partitions, pause: Self.firstPauseMillis)
    }

    private func advance(_ round: Round, _ partitions: [TopicPartition], pause: Int64) {
        guard round.isWanted else { return }
        let view = cluster.view
        var (gone, unled, here): ([TopicPartition], [TopicPartition], [TopicPartition]) = ([], [], [])
        var elsewhere: [Int32: [TopicPartition]] = [:]
        for id in partitions {
            switch view.topics[id.topic]?.place(of: id.partition) {
            // The topic was deleted, and the transaction's records with it.
            case nil: gone.append(id)
            case .led: here.append(id)
            case .followed(_, let leader?), .elsewhere(let leader?): elsewhere[leader, default: []].append(id)
            case .followed, .elsewhere, .offline: unled.append(id)
            }
        }
        if !gone.isEmpty { round.written(gone) }
        if !unled.isEmpty { again(round, unled, pause) }
        for id in here {
            write(round.marker, into: id, view) { [self] code in
                take(round, [(id, code)], pause)
            }
        }
        for (leader, ids) in elsewhere.sorted(by: { $0.key < $1.key }) {
            send(round, ids, to: leader, view, pause)
        }
    }

    private func again(_ round: Round, _ partitions: [TopicPartition], _ pause: Int64) {
        guard round.isWanted else { return }
        let next = min(2 * pause, Self.longestPauseMillis)
        eventLoop.scheduleTask(in: .milliseconds(pause)) { [weak self] in
            self?.advance(round, partitions, pause: next)
        }
    }

    private func take(_ round: Round, _ results: [(TopicPartition, ErrorCode)], _ pause: Int64) {
        var (written, failed): ([TopicPartition], [TopicPartition]) = ([], [])
        for (id, code) in results {
            switch code {
            case .none, .unsupportedForMessageFormat: written.append(id)
            case .invalidProducerEpoch, .transactionCoordinatorFenced:
                // Another coordinator has ended it: this one hears of that, or has been given up already.
                logger.warning(
                    "the marker of a transaction is refused: another coordinator has ended it",
                    metadata: [
                        "transactionalId": "\(round.outcome.id)", "partition": "\(id)", "code": "\(code)",
                        "producer": "\(round.outcome.producer.id) epoch \(round.outcome.producer.epoch)",
                    ]
                )
            default: failed.append(id)
            }
        }
        if !written.isEmpty { round.written(written) }
        if !failed.isEmpty { again(round, failed, pause) }
    }

    // MARK: By request

    private func send(
        _ round: Round,
        _ ids: [TopicPartition],
        to leader: Int32,
        _ view: ClusterView,
        _ pause: Int64
    ) {
        guard let address = view.address(of: leader, listener: listener) else { return again(round, ids, pause) }
        let asked = peers.connection(to: address).flatMap { connection -> EventLoopFuture<WriteTxnMarkersResponse> in
            do throws(KafkaError) {
                let version = try connection.versions.version(
                    of: WriteTxnMarkersRequest.schema,
                    limit: Self.newestVersion
                )
                let request = Self.request(round.marker, ids, version)
                return connection.start(request, version, timeout: Self.answerTimeout)
            } catch {
                return connection.eventLoop.makeFailedFuture(error)
            }
        }
        let number = self.asked.withLock { $0.add(Asked.Item(round: round, ids: ids, leader: leader)) }
        asked.whenComplete { [self] result in
            // Another broker was asked meanwhile.
            guard self.asked.withLock({ $0.items.removeValue(forKey: number) }) != nil else { return }
            var codes: [TopicPartition: ErrorCode] = [:]
            if case .success(let response) = result {
                for topic in response.markers.first?.topics ?? [] {
                    for partition in topic.partitions {
                        codes[TopicPartition(topic.name, partition.partitionIndex)] = partition.errorCode
                    }
                }
            }
            take(round, ids.map { ($0, codes[$0] ?? .networkException) }, pause)
        }
    }

    /// Who leads has changed: a leader that is paused or dead may not answer for long, and its successor can.
    func follow(_ view: ClusterView) {
        let moved = asked.withLock { asked -> [Asked.Item] in
            if asked.items.isEmpty { return [] }
            let moved = asked.items.filter { _, item in item.ids.contains { view.leader(of: $0) != item.leader } }
            for number in moved.keys { asked.items[number] = nil }
            return moved.sorted { $0.key < $1.key }.map(\.value)
        }
        for item in moved { advance(item.round, item.ids, pause: Self.firstPauseMillis) }
    }

    private static func request(_ marker: TransactionMarker, _ ids: [TopicPartition], _ version: Int16)
        -> WriteTxnMarkersRequest
    {
        var row = WriteTxnMarkersRequest.WritableTxnMarker()
        (row.producerId, row.producerEpoch) = (marker.producer.id, marker.producer.epoch)
        (row.transactionResult, row.coordinatorEpoch) = (marker.isCommit, marker.coordinatorEpoch)
        if version >= 2 { row.transactionVersion = marker.version }
        for id in ids {
            if row.topics.last?.name != id.topic {
                var topic = WriteTxnMarkersRequest.WritableTxnMarkerTopic()
                topic.name = id.topic
                row.topics.append(topic)
            }
            row.topics[row.topics.count - 1].partitionIndexes.append(id.partition)
        }
        var request = WriteTxnMarkersRequest()
        request.markers = [row]
        return request
    }
}

extension ClusterView {
    /// nil while nobody leads the partition, or where there is none.
    func leader(of id: TopicPartition) -> Int32? {
        guard let leader = image.topic(named: id.topic)?.partitions[id.partition]?.leader, leader >= 0 else {
            return nil
        }
        return leader
    }

    /// Where a broker is reached by a listener; nil when it is not registered, or not by this one.
    func address(of broker: Int32, listener: String) -> BrokerAddress? {
        let endpoint = image.brokers[broker]?.registration.endPoints.first { $0.name == listener }
        return endpoint.map { BrokerAddress(host: $0.host, port: Int($0.port)) }
    }
}
