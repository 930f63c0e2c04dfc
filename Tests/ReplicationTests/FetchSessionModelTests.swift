import KafkaProtocol
import Replication
import TestSupport
import Testing

/// Random changes, and two sessions side by side: one that looks at what is marked, one that visits everything. Both say the same.
struct FetchSessionModelTests {
    /// A partition: where it begins and ends, and how far committed reads go.
    private struct Log {
        var start: Int64 = 0
        var end: Int64 = 0
        var stable: Int64 = 0
    }

    private struct Told: Equatable {
        var topic: String
        var highWatermark: Int64
        var logStart: Int64
        var bytes: Int64
        var hasError: Bool
    }

    /// The session that visits everything.
    private struct Visitor {
        struct Entry {
            var request: FetchPartitionRequest
            var highWatermark: Int64 = -1
            var logStart: Int64 = -1
        }
        var entries: [Entry] = []

        mutating func update(_ requests: [FetchPartitionRequest], forgotten: [FetchPartitionRequest]) {
            for request in requests {
                if let index = entries.firstIndex(where: { $0.request.topic == request.topic }) {
                    entries[index].request = request
                } else {
                    entries.append(Entry(request: request))
                }
            }
            entries.removeAll { entry in forgotten.contains { $0.topic == entry.request.topic } }
        }

        mutating func fetch(_ read: (FetchPartitionRequest) -> Told) -> [Told] {
            var told: [Told] = []
            var (still, moved): ([Entry], [Entry]) = ([], [])
            for entry in entries {
                var entry = entry
                let found = read(entry.request)
                let isNew = entry.highWatermark != found.highWatermark || entry.logStart != found.logStart
                if isNew || found.bytes > 0 || found.hasError { told.append(found) }
                entry.highWatermark = found.hasError ? -1 : found.highWatermark
                entry.logStart = found.logStart
                if found.bytes > 0 { moved.append(entry) } else { still.append(entry) }
            }
            entries = still + moved
            return told
        }
    }

    private final class World {
        var logs: [String: Log] = [:]
        var marked: Set<Int> = []
        /// By topic: what partitions do not know, their session does.
        var places: [String: Int] = [:]
        var isolation: Int8 = 0
        var generator: SeededGenerator
        let names = (0..<12).map { "t\($0)" }

        init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }
        func name() -> String { names[Int.random(in: 0..<names.count, using: &generator)] }

        func read(_ request: FetchPartitionRequest, room: inout Int64) -> Told {
            guard let log = logs[request.topic] else {
                return Told(topic: request.topic, highWatermark: -1, logStart: -1, bytes: 0, hasError: true)
            }
            let offset = request.fetchOffset
            let hasError = offset < log.start || offset > log.end
            let upTo = isolation == 1 ? log.stable : log.end
            let bytes = hasError ? 0 : max(0, min(upTo - offset, Int64(request.maxBytes), room))
            room -= bytes
            return Told(
                topic: request.topic,
                highWatermark: log.end,
                logStart: log.start,
                bytes: bytes,
                hasError: hasError
            )
        }

        func isAtEnd(_ request: FetchPartitionRequest) -> Bool {
            guard let log = logs[request.topic] else { return false }
            return request.fetchOffset >= (isolation == 1 ? log.stable : log.end)
        }

        /// Something happens to a partition, which marks itself.
        func change() {
            let name = name()
            guard var log = logs[name] else {
                if chance(50) { logs[name] = Log() }
                return
            }
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: logs[name] = nil
            case 1, 2:
                log.start = Int64.random(in: log.start...log.end, using: &generator)
                log.stable = max(log.stable, log.start)
                logs[name] = log
            default:
                log.end += Int64.random(in: 1...30, using: &generator)
                log.stable = Int64.random(in: log.stable...log.end, using: &generator)
                logs[name] = log
            }
            if let place = places[name] { marked.insert(place) }
        }

        func takeMarks() -> [Int] {
            defer { marked = [] }
            return marked.sorted()
        }
    }

    private func run(seed: UInt64, isCramped: Bool) {
        let world = World(seed: seed)
        var session = SessionPartitions(usesTopicIds: false, isolation: 0)
        var visitor = Visitor()
        var positions: [String: Int64] = [:]
        var looked = 0
        for step in 0..<200 {
            for _ in 0..<Int.random(in: 0..<4, using: &world.generator) { world.change() }
            var requests: [FetchPartitionRequest] = []
            for name in world.names where world.chance(step == 0 ? 100 : 10) {
                let log = world.logs[name] ?? Log()
                let behind = Int64.random(in: -2...5, using: &world.generator)
                positions[name] = max(0, world.chance(50) ? log.end - behind : positions[name] ?? 0)
                requests.append(fetchRequest(name, offset: positions[name] ?? 0, maxBytes: 20))
            }
            let forgotten = world.names.filter { name in
                world.chance(3) && !requests.contains { $0.topic == name }
            }.map { fetchRequest($0) }
            if world.chance(5) { world.isolation = 1 - world.isolation }
            visitor.update(requests, forgotten: forgotten)
            for place in session.update(requests, forgotten: forgotten, isolation: world.isolation) {
                world.places = world.places.filter { $0.value != place }
            }
            var looks = session.take(marked: world.takeMarks())
            for look in looks { world.places[look.request.topic] = look.place }
            if !isCramped, world.chance(50) {
                // The fetch waits, and looks again at what has changed meanwhile.
                for _ in 0..<3 { world.change() }
                let again = session.take(marked: world.takeMarks())
                looks = looks.filter { look in !again.contains { $0.place == look.place } } + again
                looks.sort { $0.order < $1.order }
            }
            looked += looks.count
            let space: Int64 = isCramped ? 45 : .max
            var room = space
            var told: [Told] = []
            for look in looks {
                let found = world.read(look.request, room: &room)
                let finding = FetchFinding(
                    place: look.place,
                    highWatermark: found.highWatermark,
                    logStartOffset: found.logStart,
                    hasData: found.bytes > 0,
                    hasError: found.hasError,
                    isAtEnd: world.isAtEnd(look.request)
                )
                if session.settle(finding) { told.append(found) }
            }
            var otherRoom = space
            let expected = visitor.fetch { world.read($0, room: &otherRoom) }
            #expect(told == expected, "seed \(seed), step \(step)")
            if told != expected { return }
        }
        #expect(looked < 200 * world.names.count, "seed \(seed): everything was visited")
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func marksTellTheSameAsVisitingEverything(_ seed: UInt64) {
        run(seed: seed, isCramped: seed % 2 == 0)
    }
}
