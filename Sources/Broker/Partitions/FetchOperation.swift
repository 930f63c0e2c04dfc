import KafkaProtocol
import LogStorage
import NIOCore
import Replication
import World

/// One fetch from the first look to the answer, on its connection's event loop.
struct FetchOperation: Sendable {
    let context: FetchContext
    /// The broker that fetches; nil for consumers.
    let follower: FollowerIdentity?
    let reader: ConsumerPlace
    let isolation: IsolationLevel
    let maxBytes: Int
    let minBytes: Int
    let deadline: Int64
    let usesTopicIds: Bool
    let request: Request
    let services: FetchHandler

    private struct Part: Sendable {
        var look: FetchLook
        var partition: Partition?
        var outcome: FetchOutcome
        /// There was something to read, and it was let go of while the fetch waits for more.
        var isReleased = false
        /// The fetcher has been told an older watermark.
        var hasNews: Bool { outcome.highWatermark > look.toldWatermark }

        var asked: FetchPartitionRequest { look.request }
        var bytes: Int { outcome.slice?.count ?? 0 }
        /// There is something to tell at once.
        var hasError: Bool {
            outcome.code != .none || outcome.divergingEpoch != nil || outcome.preferredReadReplica >= 0
        }

        /// Without files that it would keep open.
        var released: Part {
            var part = self
            part.isReleased = bytes > 0
            part.outcome.slice = nil
            return part
        }

        /// Has the device give what is to be sent, and leaves out what it has changed. Blocks on the disk.
        mutating func readAhead() {
            guard let slice = outcome.slice, let (problem, rightBytes) = slice.readAhead() else { return }
            outcome.slice = rightBytes > 0 ? slice.prefix(rightBytes) : nil
            if rightBytes == 0 { outcome.code = .kafkaStorageError }
            partition?.found(problem, at: asked.fetchOffset)
        }

        var finding: FetchFinding {
            FetchFinding(
                place: look.place,
                highWatermark: outcome.highWatermark,
                logStartOffset: outcome.logStartOffset,
                hasData: bytes > 0,
                hasError: hasError,
                isAtEnd: outcome.isAtEnd
            )
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

    /// A fetch that has begun to wait: where partitions mark themselves, and what it knew when it looked last.
    private struct Waiting: Sendable {
        var signal: FetchSignal
        var known: NIOLoopBoundBox<[Part]>
        /// Of the connection's.
        var timer: UInt64
        /// Of a follower's fetch.
        var news: NIOLoopBoundBox<WatermarkNews>
    }

    /// A follower hears of a watermark that has moved without waiting for more records: a little later, because mostly some come, and
    /// then one answer is enough.
    private struct WatermarkNews: Sendable {
        var pauseMillis: Int64 = 5
        var timer: UInt64?
        /// The answer goes out, whatever is in it.
        var isDue = false
    }

    private var room: Room { Room(bytes: maxBytes, files: services.files.filesPerAnswer) }

    private var turn: UInt64 {
        if case .session(_, let turn, _) = context { turn } else { 0 }
    }

    // MARK: Reading

    /// Reads; answers, or waits for more.
    func attempt() {
        let view = services.cluster.view
        var room = room
        let parts = firstLooks().map { look in
            let part = read(look.entry, look.attached, view, room, mayBlock: false, counts: true)
            room.take(part.bytes)
            return part
        }
        warm(parts, nil)
    }

    private func firstLooks() -> [FetchSession.Look] {
        switch context {
        case .sessionless(let requests):
            requests.enumerated().map { place, request in
                // Nobody knows what it has been told: nothing is news.
                let look = FetchLook(place: place, order: UInt64(place), request: request, toldWatermark: .max)
                return FetchSession.Look(entry: look)
            }
        case .session(let session, let turn, _): session.looks(turn: turn)
        case .failed: []
        }
    }

    /// - Parameters:
    ///   - attached: the partition that marks itself for this place so far.
    ///   - counts: for a follower, whether this look says where it is.
    private func read(
        _ look: FetchLook,
        _ attached: Partition?,
        _ view: ClusterView,
        _ room: Room,
        mayBlock: Bool,
        counts: Bool = false
    ) -> Part {
        let asked = look.request
        var outcome = FetchOutcome()
        let route = usesTopicIds ? view.topicsById[asked.topicId] : view.topics[asked.topic]
        let partition = reader.mayReadFollowers ? route?.replica(asked.partition) : route?.partition(asked.partition)
        if case .session(let session, let turn, _) = context, partition !== attached {
            session.attach(partition, at: look.place, turn: turn)
        }
        guard let route else {
            outcome.code = usesTopicIds ? .unknownTopicId : .unknownTopicOrPartition
            return Part(look: look, partition: nil, outcome: outcome)
        }
        guard let partition else {
            outcome.code = route.absence(of: asked.partition)
            return Part(look: look, partition: nil, outcome: outcome)
        }
        let maxBytes = min(Int(asked.maxBytes), room.bytes)
        if let follower {
            outcome = partition.fetch(
                asked,
                follower,
                counts: counts,
                maxBytes: maxBytes,
                isFirst: room.isFirst,
                mayBlock: mayBlock
            )
        } else {
            outcome = partition.fetch(
                asked,
                reader,
                maxBytes: maxBytes,
                isolation: isolation,
                isFirst: room.isFirst,
                mayBlock: mayBlock
            )
            // A successor may have what is behind this log: a consumer that knows its offset from its group would begin anew.
            let isBehindEnd = outcome.code == .offsetOutOfRange && asked.fetchOffset > outcome.logEndOffset
            if isBehindEnd, services.session.isOver { outcome.code = .notLeaderOrFollower }
        }
        if usesTopicIds, outcome.code == .unknownTopicOrPartition { outcome.code = .unknownTopicId }
        return Part(look: look, partition: partition, outcome: outcome)
    }

    /// Reads some of the partitions anew; the others are as they were.
    private func reread(_ parts: [Part], _ indexes: [Int], mayBlock: Bool) -> [Part] {
        let view = services.cluster.view
        var parts = parts
        var room = room
        for index in indexes { parts[index] = parts[index].released }
        for part in parts { room.take(part.bytes) }
        for index in indexes {
            let part = parts[index]
            if mayBlock {
                part.partition?.warm(
                    offset: part.asked.fetchOffset,
                    maxBytes: min(Int(part.asked.maxBytes), room.bytes)
                )
            }
            parts[index] = read(part.look, part.partition, view, room, mayBlock: mayBlock)
            if mayBlock { parts[index].readAhead() }
            room.take(parts[index].bytes)
        }
        return parts
    }

    /// What is not in memory is looked for by another thread: a loop never waits for the disk.
    private func warm(_ parts: [Part], _ waiting: Waiting?) {
        let cold = parts.indices.filter { parts[$0].outcome.isCold }
        if cold.isEmpty { return conclude(parts, waiting) }
        services.readers.submit {
            let read = reread(parts, cold, mayBlock: true)
            request.eventLoop.execute { conclude(read, waiting) }
        }
    }

    private func conclude(_ parts: [Part], _ waiting: Waiting?) {
        let bytes = parts.reduce(0) { $0 + $1.bytes }
        let remaining = deadline - services.time.now.milliseconds
        let isDue = waiting?.news.value.isDue ?? false
        if !isDue, bytes < minBytes, remaining > 0, mayWait(parts), !parts.contains(where: \.hasError) {
            return wait(parts, waiting, missing: minBytes - bytes, millis: remaining)
        }
        if let waiting { end(waiting, parts) }
        let cold = parts.indices.filter { index in parts[index].outcome.slice.map { !$0.isInMemory } ?? false }
        if cold.isEmpty { return answer(parts) }
        services.readers.submit {
            let read = readAhead(parts, cold)
            request.eventLoop.execute { answer(read) }
        }
    }

    /// Nobody is sent what a disk has changed.
    private func readAhead(_ parts: [Part], _ cold: [Int]) -> [Part] {
        var parts = parts
        for index in cold { parts[index].readAhead() }
        return parts
    }

    // MARK: Waiting

    private func mayWait(_ parts: [Part]) -> Bool {
        if services.connections.isClosing { return false }
        guard case .session(let session, let turn, let isNew) = context else { return !parts.isEmpty }
        return !session.signal.isOver(turn: turn) && !(isNew && parts.isEmpty)
    }

    /// Waits until partitions tell that there is enough. They go on telling until the fetch has answered.
    private func wait(_ parts: [Part], _ known: Waiting?, missing: Int, millis: Int64) {
        let waiting = known ?? beginWaiting(parts, millis: millis)
        waiting.known.value = parts.map(\.released)
        if follower != nil { watchWatermarks(waiting) }
        let waits = waiting.signal.wait(missing: missing, turn: turn, eventLoop: request.eventLoop) { wake(waiting) }
        if !waits { request.eventLoop.execute { wake(waiting) } }
    }

    /// Sees to it that the follower hears of watermarks that have moved, or are about to: where it has more than is committed.
    private func watchWatermarks(_ waiting: Waiting) {
        guard waiting.news.value.timer == nil,
            waiting.known.value.contains(where: { $0.hasNews || $0.outcome.highWatermark < $0.asked.fetchOffset })
        else { return }
        let pause = waiting.news.value.pauseMillis
        waiting.news.value.timer = request.connection.timers.set(in: .milliseconds(pause)) { tellWatermarks(waiting) }
    }

    private func tellWatermarks(_ waiting: Waiting) {
        waiting.news.value.timer = nil
        waiting.news.value.pauseMillis *= 2
        if waiting.signal.hasMarks || waiting.known.value.contains(where: \.hasNews) {
            waiting.news.value.isDue = true
            waiting.signal.timeIsUp(turn: turn)
        } else {
            watchWatermarks(waiting)
        }
    }

    private func beginWaiting(_ parts: [Part], millis: Int64) -> Waiting {
        let turn = turn
        let signal: FetchSignal
        if case .session(let session, _, _) = context {
            signal = session.signal
        } else {
            signal = FetchSignal(places: parts.count)
            for part in parts {
                guard let partition = part.partition else { continue }
                if !partition.add(reader(signal, part), ifStillAt: part.outcome) { signal.mark(part.look.place) }
            }
        }
        let timer = request.connection.timers.set(in: .milliseconds(millis)) { signal.timeIsUp(turn: turn) }
        return Waiting(
            signal: signal,
            known: NIOLoopBoundBox([], eventLoop: request.eventLoop),
            timer: timer,
            news: NIOLoopBoundBox(WatermarkNews(), eventLoop: request.eventLoop)
        )
    }

    private func reader(_ signal: FetchSignal, _ part: Part) -> FetchReader {
        FetchReader(signal: signal, place: part.look.place, follower: follower?.session)
    }

    private func end(_ waiting: Waiting, _ parts: [Part]) {
        request.connection.timers.clear(waiting.timer)
        if let news = waiting.news.value.timer { request.connection.timers.clear(news) }
        guard case .sessionless = context else { return }
        for part in parts { part.partition?.remove(reader(waiting.signal, part)) }
    }

    /// Looks at what has changed.
    private func wake(_ waiting: Waiting) {
        let known = waiting.known.value
        let changed: [FetchSession.Look] =
            switch context {
            case .session(let session, let turn, _): session.looks(turn: turn)
            case .sessionless, .failed:
                waiting.signal.takeMarks(turn: turn).sorted().map {
                    FetchSession.Look(entry: known[$0].look, attached: known[$0].partition)
                }
            }
        let (parts, indexes) = Self.merge(known, changed)
        warm(reread(parts, indexes, mayBlock: false), waiting)
    }

    /// What is known with what has changed, both in their order, and where those are that have to be read.
    private static func merge(_ known: [Part], _ changed: [FetchSession.Look]) -> ([Part], [Int]) {
        var parts: [Part] = []
        parts.reserveCapacity(known.count + changed.count)
        var indexes: [Int] = []
        var rest = changed[...]
        func takeNext() {
            guard let look = rest.popFirst() else { return }
            indexes.append(parts.count)
            parts.append(Part(look: look.entry, partition: look.attached, outcome: FetchOutcome()))
        }
        for part in known {
            while let next = rest.first, next.entry.order < part.look.order { takeNext() }
            if let next = rest.first, next.entry.order == part.look.order {
                takeNext()
            } else {
                if part.isReleased { indexes.append(parts.count) }
                parts.append(part)
            }
        }
        while !rest.isEmpty { takeNext() }
        return (parts, indexes)
    }

    // MARK: Answer

    /// Which partitions the answer mentions.
    private func mentions(_ parts: [Part]) -> [Bool] {
        guard case .session(let session, let turn, let isNew) = context else {
            return Array(repeating: true, count: parts.count)
        }
        let mentions = session.settle(parts.map(\.finding), turn: turn)
        return isNew ? Array(repeating: true, count: parts.count) : mentions
    }

    private func answer(_ parts: [Part]) {
        var response = FetchResponse()
        if case .session(let session, _, _) = context { response.sessionId = session.id }
        var slices: [LogSlice] = []
        var hints = LeaderHints(services.cluster.view, listener: request.connection.listener)
        var topics: [FetchResponse.FetchableTopicResponse] = []
        for (part, isMentioned) in zip(parts, mentions(parts)) where isMentioned {
            if topics.last.map({ usesTopicIds ? $0.topicId != part.asked.topicId : $0.topic != part.asked.topic })
                ?? true
            {
                var row = FetchResponse.FetchableTopicResponse()
                row.topic = part.asked.topic
                row.topicId = part.asked.topicId
                topics.append(row)
            }
            topics[topics.count - 1].partitions.append(data(part, &slices))
            if request.version >= 12, LeaderHints.helps(part.outcome.code) {
                nameLeader(of: part, &topics[topics.count - 1].partitions, &hints)
            }
        }
        response.responses = topics
        if request.version >= 16 {
            response.nodeEndpoints = hints.endpoints.map { address in
                var endpoint = FetchResponse.NodeEndpoint()
                (endpoint.nodeId, endpoint.host) = (address.id, address.host)
                (endpoint.port, endpoint.rack) = (address.port, address.rack)
                return endpoint
            }
        }
        let bytes = slices.reduce(0) { $0 + $1.count }
        services.racks.note(sent: bytes, to: follower?.session.id, reader, services.cluster.view)
        request.reply(response, slices: slices)
    }

    /// Says who leads instead of this node (KIP-951).
    private func nameLeader(
        of part: Part,
        _ partitions: inout [FetchResponse.PartitionData],
        _ hints: inout LeaderHints
    ) {
        let route = usesTopicIds ? hints.view.topicsById[part.asked.topicId] : hints.view.topics[part.asked.topic]
        guard let hint = hints.find(route, part.asked.partition), !partitions.isEmpty else { return }
        partitions[partitions.count - 1].currentLeader.leaderId = hint.leader
        partitions[partitions.count - 1].currentLeader.leaderEpoch = hint.epoch
    }

    private func data(_ part: Part, _ slices: inout [LogSlice]) -> FetchResponse.PartitionData {
        let outcome = part.outcome
        var data = FetchResponse.PartitionData()
        data.partitionIndex = part.asked.partition
        data.errorCode = outcome.code
        data.highWatermark = outcome.highWatermark
        data.lastStableOffset = outcome.lastStableOffset
        data.logStartOffset = outcome.logStartOffset
        data.preferredReadReplica = outcome.preferredReadReplica
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
