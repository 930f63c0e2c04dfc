import Foundation
import KafkaProtocol
import NIOCore
import TestSupport
import Testing

@testable import ClusterMetadata

/// What Apache Kafka 4.4 brokers sent to their controllers, decided by this controller: the same answers, and the same records, at the same
/// place of the log. What is different stands in `Recordings/differences.txt`; `OTTLA_REWRITE=1` writes it anew. The reasons:
/// - a broker that comes back with the directories of one whose session lasts, at its address, registers at once (Kafka: DUPLICATE_BROKER_REGISTRATION);
/// - a stopping broker may go once it has read that others lead, whoever else has (Kafka: once the others have, which takes two seconds);
/// - a broker that was away is unfenced once it has read what deposed it (Kafka: at once);
/// - two requests whose records stand in the log the other way round than they came, and answers about directories in another order,
///   are found behind their records, which then look like decisions that nobody asked for.
struct RecordedBrokersTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Recordings")

    @Test func theSameIsDecided() throws {
        var lines: [String] = []
        for name in [
            "02-leader-kill", "03-paused-follower", "04-divergence-truncation", "09-rolling-restart",
            "11-log-dir-failure",
        ] {
            let text = try String(contentsOf: Self.folder.appendingPathComponent("kafka-\(name).txt"), encoding: .utf8)
            var replay = RecordedReplay()
            try replay.play(text)
            lines.append("\(name): \(replay.answered) requests, \(replay.matched) decisions, \(replay.fenced) fencings")
            lines += replay.differences.map { "    \($0)" }
        }
        let file = Self.folder.appendingPathComponent("differences.txt")
        let found = lines.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["OTTLA_REWRITE"] == "1" {
            try found.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == found)
    }
}

/// The log that Kafka's controller wrote, read in step with the requests that it answered.
private struct RecordedReplay {
    /// Nil stands for one of the quorum's own, which are not looked into.
    private struct Entry {
        var offset: Int64
        var record: MetadataRecord?
    }

    private var image = MetadataImage()
    private var sessions = BrokerSessions(
        timeoutMillis: 9000,
        ownBroker: nil,
        image: MetadataImage(),
        endOffset: 0,
        now: MonotonicTime(nanoseconds: 0)
    )
    private var log: [Entry] = []
    private var next = 0
    private var now = MonotonicTime(nanoseconds: 0)
    private var random = SeededGenerator(seed: 1)
    var answered = 0
    var matched = 0
    var fenced = 0
    var differences: [String] = []

    mutating func play(_ text: String) throws {
        var requests: [[Substring]] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            if words[0] == "request" { requests.append(words) } else { try append(words) }
        }
        for words in requests {
            now = MonotonicTime(milliseconds: try #require(Int64(words[1])))
            let version = try #require(Int16(words[3]))
            let (body, answer) = (try Self.bytes(words[4]), try Self.bytes(words[5]))
            switch words[2] {
            case "43": try play(ElectLeadersRequest.self, version, body, answer)
            case "56": try play(AlterPartitionRequest.self, version, body, answer)
            case "62": try play(BrokerRegistrationRequest.self, version, body, answer)
            case "63": try play(BrokerHeartbeatRequest.self, version, body, answer)
            case "67": try play(AllocateProducerIdsRequest.self, version, body, answer)
            case "70": try play(ControllerRegistrationRequest.self, version, body, answer)
            case "73": try play(AssignReplicasToDirsRequest.self, version, body, answer)
            default: Issue.record("the API \(words[2]) is not known")
            }
        }
        while next < log.count { try advance() }
    }

    /// A batch holds what Kafka's controller decided within some milliseconds, so its borders mean nothing.
    private mutating func append(_ words: [Substring]) throws {
        let (first, end) = (try #require(Int64(words[1])), try #require(Int64(words[2])))
        guard words[4] != "control" else {
            return log += (first..<end).map { Entry(offset: $0, record: nil) }
        }
        for (index, value) in words[4].split(separator: ",").enumerated() {
            let record = try MetadataRecord(decoding: Self.bytes(value))
            log.append(Entry(offset: first + Int64(index), record: record))
        }
    }

    private static func bytes(_ hex: Substring) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        var rest = hex
        while !rest.isEmpty {
            buffer.writeInteger(try #require(UInt8(rest.prefix(2), radix: 16)))
            rest = rest.dropFirst(2)
        }
        return buffer
    }

    // MARK: Decisions

    private func controller(_ image: MetadataImage, _ sessions: BrokerSessions, _ offset: Int64) -> Controller {
        Controller(
            image: image,
            settings: ControllerSettings(staticConfig: [:]),
            nextOffset: offset,
            sessions: sessions,
            now: now
        )
    }

    /// Looks for the place of the log where Kafka's controller decided: as far as its records can lie behind.
    private mutating func play<Request: ControllerRequest & Equatable>(
        _: Request.Type,
        _ version: Int16,
        _ body: ByteBuffer,
        _ answer: ByteBuffer
    ) throws where Request.Response: Equatable {
        answered += 1
        var (reader, answerReader) = (WireReader(body), WireReader(answer))
        let request = try Request.decode(&reader, version: version)
        let expected = try Request.Response.decode(&answerReader, version: version)
        if try find(request, version, expected) { return }
        let (records, response) = decide(request, version, image, sessions, nextOffset)
        let isRefused = text(expected).contains("NOT_CONTROLLER")
        if isRefused { return }
        differences.append(
            "\(now.milliseconds) ms, offset \(nextOffset): \(text(request)) is answered \(text(expected)) by Kafka,"
                + " \(text(response)) here; \(records.map { text($0) })"
        )
    }

    private var nextOffset: Int64 { offset(next) }

    private func offset(_ index: Int) -> Int64 { index < log.count ? log[index].offset : (log.last?.offset ?? -1) + 1 }

    private mutating func find<Request: ControllerRequest>(
        _ request: Request,
        _ version: Int16,
        _ expected: Request.Response
    ) throws -> Bool where Request.Response: Equatable {
        var (image, sessions) = (image, sessions)
        for index in next...min(log.count, next + 150) {
            let (records, response) = decide(request, version, image, sessions, offset(index))
            if Self.isSame(response, expected), Self.equal(records, log[index...].prefix(records.count)) {
                while next < index { try advance() }
                matched += records.isEmpty ? 0 : 1
                for _ in records { try advance(isExplained: true) }
                return true
            }
            guard index < log.count else { break }
            try Self.apply(log[index], &image, &sessions, now)
        }
        return false
    }

    /// Kafka leaves the message of what went well empty, and answers for partitions in an order of its own.
    private static func isSame<Response: Equatable>(_ left: Response, _ right: Response) -> Bool {
        switch (left, right) {
        case (var response as ControllerRegistrationResponse, let expected as ControllerRegistrationResponse):
            if response.errorCode == .none { response.errorMessage = expected.errorMessage }
            return response == expected
        case (let response as ElectLeadersResponse, let expected as ElectLeadersResponse):
            func cells(_ response: ElectLeadersResponse) -> [String] {
                response.replicaElectionResults.flatMap { row in row.partitionResult.map { "\(row.topic) \($0)" } }
                    .sorted()
            }
            return response.errorCode == expected.errorCode && cells(response) == cells(expected)
        default: return left == right
        }
    }

    private static func apply(
        _ entry: Entry,
        _ image: inout MetadataImage,
        _ sessions: inout BrokerSessions,
        _ now: MonotonicTime
    ) throws {
        guard let record = entry.record else { return }
        var delta = MetadataDelta()
        try image.apply(record, &delta)
        sessions.follow([record], last: entry.offset, now: now)
    }

    private func decide<Request: ControllerRequest>(
        _ request: Request,
        _ version: Int16,
        _ image: MetadataImage,
        _ sessions: BrokerSessions,
        _ offset: Int64
    ) -> ([MetadataRecord], Request.Response) {
        var random = random
        let context = ControllerRequestContext(version: version, principal: "User:a", listener: "L")
        let result = request.decide(controller(image, sessions, offset), context, using: &random)
        return (result.records.map { $0.carried(at: image.metadataVersion ?? .latestStable) }, result.response)
    }

    /// In any order.
    private static func equal(_ left: [MetadataRecord], _ right: ArraySlice<Entry>) -> Bool {
        let others = right.compactMap(\.record)
        return left.count == others.count && left.allSatisfy(others.contains) && others.allSatisfy(left.contains)
    }

    /// What no request explains the controller decided by itself: that a session was over. Kafka says first what becomes of the partitions.
    private mutating func advance(isExplained: Bool = false) throws {
        if !isExplained, let record = log[next].record {
            let fencing = log[next...].prefix(40).compactMap(\.record).lazy.compactMap(fencedBroker).first
            if let broker = fencing.flatMap({ image.brokers[$0] }) {
                var draft = DecisionDraft(controller(image, sessions, nextOffset))
                draft.fence(broker, .sessionEnded(silentMillis: 0))
                let records = draft.records.map { $0.carried(at: image.metadataVersion ?? .latestStable) }
                if Self.equal(records, log[next...].prefix(records.count)) {
                    fenced += 1
                    for _ in records { try advance(isExplained: true) }
                    return
                }
            }
            switch record {
            case .partitionChange, .brokerRegistrationChange, .registerBroker:
                differences.append("offset \(log[next].offset): only Kafka decides \(text(record))")
            default: break
            }
        }
        try Self.apply(log[next], &image, &sessions, now)
        next += 1
    }

    private func fencedBroker(_ record: MetadataRecord) -> Int32? {
        guard case .brokerRegistrationChange(let change) = record, change.fenced > 0 else { return nil }
        return change.brokerId
    }

    private func text(_ value: some Any) -> String {
        let text = "\(value)".replacingOccurrences(of: "KafkaProtocol.", with: "")
            .replacingOccurrences(of: ", unknownTaggedFields: []", with: "")
        return text.count > 400 ? text.prefix(400) + "..." : text
    }
}
