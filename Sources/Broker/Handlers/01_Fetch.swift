import ClusterMetadata
import KafkaProtocol
import LogStorage
import NIOCore
import Replication
import World

/// Fetch: sessions (KIP-227), long poll, isolation levels. Bytes go from the page cache to the socket.
enum FetchHandler {
    private static let waitLimit: Int32 = 300_000

    static let api = Api(.fetch) { (message: FetchRequest, request, node) in
        if message.replicaId >= 0 || message.replicaState.replicaId >= 0 {
            return request.close(
                "a client fetched as replica \(max(message.replicaId, message.replicaState.replicaId))"
            )
        }
        guard message.maxBytes >= 0, let isolation = IsolationLevel(rawValue: message.isolationLevel),
            message.topics.allSatisfy({ $0.partitions.allSatisfy { $0.partitionMaxBytes >= 0 } })
        else {
            var response = FetchResponse()
            response.errorCode = .invalidRequest
            return request.reply(response)
        }
        let usesIds = request.version >= 13
        let forgotten = message.forgottenTopicsData.flatMap { topic in
            topic.partitions.map { number in
                FetchPartitionRequest(
                    topic: topic.topic,
                    topicId: topic.topicId,
                    partition: number,
                    currentLeaderEpoch: -1,
                    fetchOffset: 0,
                    lastFetchedEpoch: -1,
                    logStartOffset: -1,
                    maxBytes: 0
                )
            }
        }
        let context = node.beginFetch(
            id: message.sessionId,
            epoch: request.version < 7 ? -1 : message.sessionEpoch,
            requests: requests(message),
            forgotten: forgotten,
            usesTopicIds: usesIds
        )
        if case .failed(let code) = context {
            var response = FetchResponse()
            response.errorCode = code
            return request.reply(response)
        }
        FetchOperation(
            context: context,
            isolation: isolation,
            maxBytes: min(Int(message.maxBytes), node.config.fetchMaxBytes),
            minBytes: Int(message.minBytes),
            deadline: node.time.now.milliseconds + Int64(min(max(0, message.maxWaitMs), waitLimit)),
            usesTopicIds: usesIds,
            request: request,
            node: node
        ).attempt()
    }

    private static func requests(_ message: FetchRequest) -> [FetchPartitionRequest] {
        var result: [FetchPartitionRequest] = []
        for topic in message.topics {
            for partition in topic.partitions {
                result.append(
                    FetchPartitionRequest(
                        topic: topic.topic,
                        topicId: topic.topicId,
                        partition: partition.partition,
                        currentLeaderEpoch: partition.currentLeaderEpoch,
                        fetchOffset: partition.fetchOffset,
                        lastFetchedEpoch: partition.lastFetchedEpoch,
                        logStartOffset: partition.logStartOffset,
                        maxBytes: partition.partitionMaxBytes
                    )
                )
            }
        }
        return result
    }
}

/// One fetch from the first look to the answer.
private struct FetchOperation: Sendable {
    let context: FetchContext
    let isolation: IsolationLevel
    let maxBytes: Int
    let minBytes: Int
    let deadline: Int64
    let usesTopicIds: Bool
    let request: Request
    let node: Node

    private struct Part {
        var asked: FetchPartitionRequest
        var partition: Partition?
        var outcome: FetchOutcome
    }

    /// Reads; answers, or waits for more.
    func attempt() {
        let parts = read()
        let bytes = parts.reduce(0) { $0 + ($1.outcome.slice?.count ?? 0) }
        let isUrgent = parts.contains { $0.outcome.code != .none || $0.outcome.divergingEpoch != nil }
        let remaining = deadline - node.time.now.milliseconds
        if bytes < minBytes, !isUrgent, remaining > 0, !parts.isEmpty, !node.connections.isClosing,
            wait(parts, missing: minBytes - bytes, millis: remaining)
        {
            return
        }
        let cold = parts.compactMap(\.outcome.slice).filter { !$0.file.isCached(at: $0.position, count: $0.count) }
        if cold.isEmpty { return answer(parts) }
        // What is not in memory is read ahead by another thread; a loop never waits for the disk.
        let answer = NIOLoopBound(parts, eventLoop: request.eventLoop)
        node.readers.submit {
            for slice in cold { slice.readAhead() }
            request.eventLoop.execute { self.answer(answer.value) }
        }
    }

    private func read() -> [Part] {
        let view = node.view
        var left = maxBytes
        var isFirst = true
        // An answer keeps a file open for each partition that it has bytes of.
        var filesLeft = node.files.filesPerAnswer
        return context.partitions.map { asked in
            let route = usesTopicIds ? view.topicsById[asked.topicId] : view.topics[asked.topic]
            guard let route else {
                var outcome = FetchOutcome()
                outcome.code = usesTopicIds ? .unknownTopicId : .unknownTopicOrPartition
                return Part(asked: asked, partition: nil, outcome: outcome)
            }
            guard let partition = route.partition(asked.partition) else {
                var outcome = FetchOutcome()
                outcome.code = route.absence(of: asked.partition)
                return Part(asked: asked, partition: nil, outcome: outcome)
            }
            var outcome = partition.fetch(
                offset: asked.fetchOffset,
                maxBytes: min(Int(asked.maxBytes), left),
                isolation: isolation,
                currentLeaderEpoch: asked.currentLeaderEpoch,
                lastFetchedEpoch: asked.lastFetchedEpoch,
                isFirst: isFirst
            )
            if usesTopicIds, outcome.code == .unknownTopicOrPartition { outcome.code = .unknownTopicId }
            if let slice = outcome.slice, slice.count > 0 {
                filesLeft -= 1
                left = filesLeft > 0 ? max(0, left - slice.count) : 0
                isFirst = false
            }
            return Part(asked: asked, partition: partition, outcome: outcome)
        }
    }

    /// Registers with the partitions. False when one has moved meanwhile, so that reading again is better.
    private func wait(_ parts: [Part], missing: Int, millis: Int64) -> Bool {
        let partitions = parts.compactMap(\.partition)
        let waiter = FetchWaiter(missing: missing, eventLoop: request.eventLoop) { attempt() }
        for part in parts {
            guard let partition = part.partition else { continue }
            guard partition.addWaiter(waiter, ifStillAt: part.outcome.highWatermark) else {
                waiter.cancel()
                for registered in partitions { registered.removeWaiter(waiter) }
                request.eventLoop.execute { attempt() }
                return true
            }
        }
        waiter.fire(afterMillis: millis) {
            for partition in partitions { partition.removeWaiter(waiter) }
        }
        return true
    }

    private func answer(_ parts: [Part]) {
        var response = FetchResponse()
        response.sessionId = context.sessionId
        var slices: [LogSlice] = []
        var topics: [FetchResponse.FetchableTopicResponse] = []
        let mentioned = node.mentions(
            context,
            parts.map {
                Node.FetchNews(
                    asked: $0.asked,
                    highWatermark: $0.outcome.highWatermark,
                    logStartOffset: $0.outcome.logStartOffset,
                    hasData: ($0.outcome.slice?.count ?? 0) > 0,
                    hasError: $0.outcome.code != .none || $0.outcome.divergingEpoch != nil
                )
            }
        )
        for (part, isMentioned) in zip(parts, mentioned) where isMentioned {
            if topics.last.map({ usesTopicIds ? $0.topicId != part.asked.topicId : $0.topic != part.asked.topic })
                ?? true
            {
                var row = FetchResponse.FetchableTopicResponse()
                row.topic = part.asked.topic
                row.topicId = part.asked.topicId
                topics.append(row)
            }
            topics[topics.count - 1].partitions.append(data(part, &slices))
        }
        response.responses = topics
        request.reply(response, slices: slices)
    }

    private func data(_ part: Part, _ slices: inout [LogSlice]) -> FetchResponse.PartitionData {
        let outcome = part.outcome
        var data = FetchResponse.PartitionData()
        data.partitionIndex = part.asked.partition
        data.errorCode = outcome.code
        data.highWatermark = outcome.highWatermark
        data.lastStableOffset = outcome.lastStableOffset
        data.logStartOffset = outcome.logStartOffset
        if let diverging = outcome.divergingEpoch {
            data.divergingEpoch.epoch = diverging.epoch
            data.divergingEpoch.endOffset = diverging.endOffset
        }
        if let aborted = outcome.aborted {
            data.abortedTransactions = aborted.map { txn in
                var row = FetchResponse.AbortedTransaction()
                row.producerId = txn.producerId
                row.firstOffset = txn.firstOffset
                return row
            }
        } else {
            data.abortedTransactions = nil
        }
        if let slice = outcome.slice, slice.count > 0 {
            data.records = .external(id: slices.count, count: slice.count)
            slices.append(slice)
        } else {
            data.records = WireRecords()
        }
        return data
    }
}

extension LogSlice {
    /// Brings the bytes into the page cache. Blocks on the disk.
    func readAhead() {
        let chunk = 1 << 20
        var position = position
        let end = position + Int64(count)
        while position < end {
            _ = try? file.read(at: position, count: Int(min(Int64(chunk), end - position)))
            position += Int64(chunk)
        }
    }
}
