import Foundation
import KafkaProtocol
import KafkaRecords
import NIOCore

@testable import KRaft

/// A request between two nodes of an Apache Kafka cluster, with its response, as it was on the wire.
struct RecordedCall {
    /// Nanoseconds since the recording began: when the request was seen, and when the response was.
    var time: Int64
    var answerTime: Int64
    /// Node ids; 0 is a client.
    var from: Int32
    var to: Int32
    var api: ApiKey
    var version: Int16
    var request: ByteBuffer
    var response: ByteBuffer?
}

/// What the nodes of one cluster said to one another about its quorum. `Recordings/README.md` tells where it comes from.
struct Recording {
    struct Unreadable: Error { var text: String }

    var name: String
    var calls: [RecordedCall]

    static var folder: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Recordings")
    }

    static var names: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".jsonl.gz") }.map { $0.replacing(".jsonl.gz", with: "") }.sorted()
    }

    init(_ name: String) throws {
        self.name = name
        let file = Self.folder.appendingPathComponent("\(name).jsonl.gz")
        let text = try Gzip.expand(ByteBuffer(bytes: try Data(contentsOf: file)), limit: 64 << 20)
        calls = try text.readableBytesView.split(separator: UInt8(ascii: "\n")).map { try Self.call(Data($0)) }
    }

    private static func call(_ line: Data) throws -> RecordedCall {
        guard let row = try JSONSerialization.jsonObject(with: line) as? [String: Any],
            let time = row["t"] as? Double, let duration = row["ms"] as? Double,
            let from = row["from"] as? Int, let to = row["to"] as? Int, let key = row["key"] as? Int,
            let version = row["v"] as? Int, let api = ApiKey(rawValue: Int16(key)),
            let request = (row["q"] as? String).flatMap({ Data(base64Encoded: $0) })
        else { throw Unreadable(text: String(decoding: line, as: UTF8.self)) }
        let response = (row["a"] as? String).flatMap { Data(base64Encoded: $0) }
        var reader = WireReader(ByteBuffer(bytes: request))
        _ = try RequestHeader.decode(&reader, version: api.requestHeaderVersion(Int16(version)))
        var call = RecordedCall(
            time: Int64(time * 1e9),
            answerTime: Int64(time * 1e9 + duration * 1e6),
            from: Int32(from),
            to: Int32(to),
            api: api,
            version: Int16(version),
            request: reader.rest
        )
        if let response {
            var reader = WireReader(ByteBuffer(bytes: response))
            _ = try ResponseHeader.decode(&reader, version: api.responseHeaderVersion(call.version))
            call.response = reader.rest
        }
        return call
    }
}

/// Kafka's messages as bytes, to and from the replica's.
enum RecordedWire {
    /// Of all nodes that were recorded.
    static let listener = "CONTROLLER"

    static let types: [any RaftRequestMessage.Type] = [
        VoteRequest.self, BeginQuorumEpochRequest.self, EndQuorumEpochRequest.self, FetchRequest.self,
        FetchSnapshotRequest.self, AddRaftVoterRequest.self, RemoveRaftVoterRequest.self, UpdateRaftVoterRequest.self,
    ]

    static func type(_ api: ApiKey) -> (any RaftRequestMessage.Type)? { types.first { $0.schema.key == api.rawValue } }

    static func request(_ api: ApiKey, _ version: Int16, _ bytes: ByteBuffer) throws -> RaftRequest {
        func read<Message: RaftRequestMessage>(_ type: Message.Type) throws -> RaftRequest {
            var reader = WireReader(bytes)
            return try Message.decode(&reader, version: version).raftRequest(version: version)
        }
        guard let type = type(api) else { throw Recording.Unreadable(text: "\(api)") }
        return try read(type)
    }

    static func answer(
        _ api: ApiKey,
        _ version: Int16,
        _ bytes: ByteBuffer
    ) throws -> (answer: RaftAnswer, bytes: ByteBuffer) {
        func read<Message: RaftRequestMessage>(_ type: Message.Type) throws -> (RaftAnswer, ByteBuffer) {
            var reader = WireReader(bytes)
            return try Message.Response.decode(&reader, version: version).raftAnswer(listener: listener)
        }
        guard let type = type(api) else { throw Recording.Unreadable(text: "\(api)") }
        return try read(type)
    }

    static func bytes(_ request: RaftRequest, _ version: Int16) throws -> ByteBuffer? {
        try request.message(version: version)?.encoded(version: version)
    }

    static func bytes(_ answer: RaftAnswer, _ version: Int16, records: ByteBuffer = ByteBuffer()) throws -> ByteBuffer {
        try answer.message(version: version, listener: listener, bytes: records).encoded(version: version)
    }

    static func api(_ request: RaftRequest) -> ApiKey? { ApiKey(rawValue: request.messageType.schema.key) }
}
