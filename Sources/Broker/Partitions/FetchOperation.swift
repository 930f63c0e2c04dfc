import KafkaProtocol
import LogStorage
import NIOCore
import Replication
import World

/// One fetch from the first look to the answer, on its connection's event loop.
struct FetchOperation: Sendable {
    let context: FetchContext
    let isolation: IsolationLevel
    let maxBytes: Int
    let minBytes: Int
    let deadline: Int64
    let usesTopicIds: Bool
    let request: Request
    let node: Node

    private struct Part: Sendable {
        var asked: FetchPartitionRequest
        var partition: Partition?
        var outcome: FetchOutcome
        /// There was something to read, and it was let go of while the fetch waits for more.
        var isReleased = false

        var bytes: Int { outcome.slice?.count ?? 0 }
        var isUrgent: Bool { outcome.code != .none || outcome.divergingEpoch != nil }

        /// Without files that it would keep open.
        var released: Part {
            var part = self
            part.isReleased = bytes > 0
            part.outcome.slice = nil
            return part
        }
    }

    /// What an answer may still hold.
    private struct Room {
        var bytes: Int
        /// An answer keeps a file open for each partition that it has bytes of.
        var files: Int
        var isFirst = true

        mutating func take(_ count: Int) {
            if count == 0 { return }
            files -= 1
            bytes = files > 0 ? max(0, bytes - count) : 0
            isFirst = false
        }
    }

    /// A fetch that has begun to wait: who wakes it, and what it knew when it looked last.
    private struct Waiting: Sendable {
        var waiter: FetchWaiter
        var known: NIOLoopBoundBox<[Part]>
    }

    private var room: Room { Room(bytes: maxBytes, files: node.files.filesPerAnswer) }

    // MARK: Reading

    /// Reads; answers, or waits for more.
    func attempt() {
        let view = node.view
        var room = room
        let parts = context.partitions.map { asked in
            let part = read(asked, view, room, mayBlock: false)
            room.take(part.bytes)
            return part
        }
        warm(parts, nil)
    }

    private func read(_ asked: FetchPartitionRequest, _ view: ClusterView, _ room: Room, mayBlock: Bool) -> Part {
        var outcome = FetchOutcome()
        let route = usesTopicIds ? view.topicsById[asked.topicId] : view.topics[asked.topic]
        guard let route else {
            outcome.code = usesTopicIds ? .unknownTopicId : .unknownTopicOrPartition
            return Part(asked: asked, partition: nil, outcome: outcome)
        }
        guard let partition = route.partition(asked.partition) else {
            outcome.code = route.absence(of: asked.partition)
            return Part(asked: asked, partition: nil, outcome: outcome)
        }
        outcome = partition.fetch(
            offset: asked.fetchOffset,
            maxBytes: min(Int(asked.maxBytes), room.bytes),
            isolation: isolation,
            currentLeaderEpoch: asked.currentLeaderEpoch,
            lastFetchedEpoch: asked.lastFetchedEpoch,
            isFirst: room.isFirst,
            mayBlock: mayBlock
        )
        if usesTopicIds, outcome.code == .unknownTopicOrPartition { outcome.code = .unknownTopicId }
        return Part(asked: asked, partition: partition, outcome: outcome)
    }

    /// Reads some of the partitions anew; the others are as they were.
    private func reread(_ parts: [Part], _ indexes: [Int], mayBlock: Bool) -> [Part] {
        let view = node.view
        var parts = parts
        for index in indexes {
            parts[index] = parts[index].released
            var room = room
            for part in parts { room.take(part.bytes) }
            let asked = parts[index].asked
            if mayBlock {
                parts[index].partition?.warm(offset: asked.fetchOffset, maxBytes: min(Int(asked.maxBytes), room.bytes))
            }
            parts[index] = read(asked, view, room, mayBlock: mayBlock)
        }
        return parts
    }

    /// What is not in memory is looked for by another thread: a loop never waits for the disk.
    private func warm(_ parts: [Part], _ waiting: Waiting?) {
        let cold = parts.indices.filter { parts[$0].outcome.isCold }
        if cold.isEmpty { return conclude(parts, waiting) }
        node.readers.submit {
            let read = reread(parts, cold, mayBlock: true)
            request.eventLoop.execute { conclude(read, waiting) }
        }
    }

    private func conclude(_ parts: [Part], _ waiting: Waiting?) {
        let bytes = parts.reduce(0) { $0 + $1.bytes }
        let remaining = deadline - node.time.now.milliseconds
        if bytes < minBytes, remaining > 0, !parts.isEmpty, !node.connections.isClosing,
            !parts.contains(where: \.isUrgent)
        {
            return wait(parts, waiting, missing: minBytes - bytes, millis: remaining)
        }
        if let waiting {
            waiting.waiter.end()
            // Who was woken by a partition is forgotten by it; the others would keep the waiter.
            if remaining <= 0 { for part in parts { part.partition?.remove(waiting.waiter) } }
        }
        let cold = parts.compactMap(\.outcome.slice).filter { !$0.file.isCached(at: $0.position, count: $0.count) }
        if cold.isEmpty { return answer(parts) }
        node.readers.submit {
            for slice in cold { slice.readAhead() }
            request.eventLoop.execute { answer(parts) }
        }
    }

    // MARK: Waiting

    /// Waits until partitions tell that there is enough. They go on telling until the fetch has answered.
    private func wait(_ parts: [Part], _ waiting: Waiting?, missing: Int, millis: Int64) {
        if let waiting {
            waiting.known.value = parts.map(\.released)
            if !waiting.waiter.wait(missing: missing) { request.eventLoop.execute { wake(waiting) } }
            return
        }
        let known = NIOLoopBoundBox(parts.map(\.released), eventLoop: request.eventLoop)
        let waiter = FetchWaiter(missing: missing, count: parts.count, eventLoop: request.eventLoop) { waiter in
            wake(Waiting(waiter: waiter, known: known))
        }
        for (index, part) in parts.enumerated() {
            guard let partition = part.partition else { continue }
            let isStill = partition.add(
                FetchReader(waiter: waiter, index: index),
                ifStillAt: part.outcome.highWatermark
            )
            if !isStill { waiter.changed(index) }
        }
        waiter.wake(afterMillis: millis)
    }

    /// Looks at what has changed.
    private func wake(_ waiting: Waiting) {
        let known = waiting.known.value
        let marked = Set(waiting.waiter.takeMarks())
        let indexes = known.indices.filter { known[$0].isReleased || marked.contains($0) }
        warm(reread(known, indexes, mayBlock: false), waiting)
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
