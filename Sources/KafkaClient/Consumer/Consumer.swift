import DequeModule
import KafkaProtocol
import KafkaRecords
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Reads partitions that it was told to. While the records of one answer are looked at, the next is already asked for. Any thread may use it, one
/// at a time.
public final class Consumer: Sendable {
    private struct State {
        /// The next offset to be asked for.
        var positions: [TopicPartition: Int64] = [:]
        var leaders: [TopicPartition: Int32] = [:]
        var buffered: Deque<ConsumedBatch> = []
        /// Partitions of which something is buffered or asked for.
        var busy: Set<TopicPartition> = []
        var asked: Set<Int32> = []
        var failure: KafkaError?
        var retryAfter = Duration.zero
    }

    private let configuration: ConsumerConfiguration
    private let admin: Admin
    private let logger: Logger
    private let state = Mutex(State())
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    /// - Parameter eventLoopGroup: where its sockets live.
    public init(
        _ configuration: ConsumerConfiguration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "kafka.consumer") { _ in SwiftLogNoOpLogHandler() }
    ) {
        self.configuration = configuration
        self.logger = logger
        admin = Admin(configuration.client, eventLoopGroup: eventLoopGroup, logger: logger)
        (arrivals, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Closes all connections.
    public func close() async { await admin.close() }

    /// Reads these partitions, from these offsets, and no others. What was read ahead is dropped.
    public func assign(_ positions: [TopicPartition: Int64]) {
        state.withLock { state in
            state.positions = positions
            state.buffered = []
            state.busy = []
        }
    }

    /// Stops reading a partition.
    public func unassign(_ key: TopicPartition) {
        state.withLock { state in
            state.positions[key] = nil
            state.buffered.removeAll { $0.partition == key }
        }
    }

    /// The next batch of any assigned partition; waits until there is one. Nil when nothing is assigned, or the task was cancelled.
    ///
    /// - Throws: `KafkaError` for what does not pass.
    public func next() async throws(KafkaError) -> ConsumedBatch? {
        while true {
            let (batch, failure, isAssigned) = state.withLock { state in
                let batch = state.buffered.popFirst()
                if let batch, state.positions[batch.partition] != nil {
                    state.positions[batch.partition] = max(state.positions[batch.partition] ?? 0, batch.nextOffset)
                    if !state.buffered.contains(where: { $0.partition == batch.partition }) {
                        state.busy.remove(batch.partition)
                    }
                }
                defer { if batch == nil { state.failure = nil } }
                return (batch, batch == nil ? state.failure : nil, !state.positions.isEmpty)
            }
            if let failure { try await recover(failure) }
            if !isAssigned || Task.isCancelled { return batch }
            do throws(KafkaError) {
                try await ask()
            } catch {
                guard let batch else { throw error }
                // What is here is not lost for what could not be asked for; the next call tells.
                state.withLock { $0.failure = error }
                return batch
            }
            if let batch { return batch }
            for await _ in arrivals { break }
        }
    }

    /// What passes is waited for; what doesn't is thrown.
    private func recover(_ failure: KafkaError) async throws(KafkaError) {
        guard failure.isRetriable else { throw failure }
        logger.debug("reading goes on after a pause", metadata: ["reason": "\(failure)"])
        let pause = state.withLock { state in
            state.leaders = [:]
            state.retryAfter = min(
                max(state.retryAfter * 2, configuration.client.retryBackoff),
                configuration.client.retryBackoffMax
            )
            return state.retryAfter
        }
        do { try await Task.sleep(for: pause) } catch { throw KafkaError(.closed, "the call was cancelled") }
    }

    // MARK: Asking

    /// Asks each leader for the partitions of which nothing is here and nothing is on its way.
    private func ask() async throws(KafkaError) {
        let unknown = state.withLock { state in state.positions.keys.filter { state.leaders[$0] == nil }.sorted() }
        if !unknown.isEmpty {
            let found = try await admin.leaders(of: unknown)
            state.withLock { $0.leaders.merge(found) { $1 } }
        }
        let wanted = state.withLock { state in
            var result: [Int32: [(TopicPartition, Int64)]] = [:]
            for (key, offset) in state.positions.sorted(by: { $0.key < $1.key }) where !state.busy.contains(key) {
                guard let leader = state.leaders[key], !state.asked.contains(leader) else { continue }
                result[leader, default: []].append((key, offset))
            }
            for (leader, part) in result {
                state.asked.insert(leader)
                state.busy.formUnion(part.map(\.0))
            }
            return result
        }
        for (leader, part) in wanted.sorted(by: { $0.key < $1.key }) { await ask(leader, part) }
    }

    private func ask(_ leader: Int32, _ part: [(TopicPartition, Int64)]) async {
        do throws(KafkaError) {
            let connection = try await admin.cluster.connection(to: .broker(leader))
            // From version 13 on topics are named by id only.
            let version = try connection.versions.version(of: FetchRequest.schema, limit: 12)
            connection.start(request(part), version).whenComplete { result in
                switch result {
                case .success(let response): self.answered(leader, part, response)
                case .failure(let error):
                    self.lost(
                        leader,
                        part,
                        error as? KafkaError ?? KafkaError(.malformed, "\(connection.address): \(error)")
                    )
                }
            }
        } catch {
            lost(leader, part, error)
        }
    }

    private func request(_ part: [(TopicPartition, Int64)]) -> FetchRequest {
        var request = FetchRequest()
        request.maxWaitMs = Int32(clamping: configuration.fetchMaxWait.milliseconds)
        request.minBytes = configuration.fetchMinBytes
        request.maxBytes = configuration.fetchMaxBytes
        request.isolationLevel = configuration.isolation.rawValue
        for (key, offset) in part {
            var partition = FetchRequest.FetchPartition()
            partition.partition = key.partition
            partition.fetchOffset = offset
            partition.partitionMaxBytes = configuration.partitionMaxBytes
            if request.topics.last?.topic != key.topic {
                var topic = FetchRequest.FetchTopic()
                topic.topic = key.topic
                request.topics.append(topic)
            }
            request.topics[request.topics.count - 1].partitions.append(partition)
        }
        return request
    }

    // MARK: Answers

    private func lost(_ leader: Int32, _ part: [(TopicPartition, Int64)], _ error: KafkaError) {
        state.withLock { state in
            state.asked.remove(leader)
            state.busy.subtract(part.map(\.0))
            state.failure = error
        }
        arrived.yield()
    }

    private func answered(_ leader: Int32, _ part: [(TopicPartition, Int64)], _ response: FetchResponse) {
        var data: [TopicPartition: FetchResponse.PartitionData] = [:]
        for topic in response.responses {
            for entry in topic.partitions { data[TopicPartition(topic.topic, entry.partitionIndex)] = entry }
        }
        state.withLock { state in
            state.asked.remove(leader)
            if response.errorCode != .none {
                state.failure = .refused(response.errorCode)
            } else {
                state.retryAfter = .zero
            }
            for (key, offset) in part {
                state.busy.remove(key)
                // Somebody may have gone elsewhere meanwhile.
                guard let entry = data[key], state.positions[key] == offset else { continue }
                do throws(KafkaError) {
                    try take(key, offset, entry, &state)
                } catch {
                    state.failure = error
                }
            }
        }
        arrived.yield()
    }

    private func take(
        _ key: TopicPartition,
        _ offset: Int64,
        _ entry: FetchResponse.PartitionData,
        _ state: inout State
    ) throws(KafkaError) {
        if entry.errorCode == .offsetOutOfRange {
            switch configuration.reset {
            case .earliest where entry.logStartOffset >= 0: state.positions[key] = entry.logStartOffset
            case .latest where entry.highWatermark >= 0: state.positions[key] = entry.highWatermark
            default: throw KafkaError.refused(.offsetOutOfRange, "\(key) has no offset \(offset)")
            }
            return
        }
        if entry.errorCode.invalidatesMetadata { state.leaders[key] = nil }
        try entry.errorCode.check()
        let batches = try FetchedPartition.batches(key, entry, from: offset, configuration)
        if !batches.isEmpty {
            state.busy.insert(key)
            state.buffered.append(contentsOf: batches)
        }
    }
}
