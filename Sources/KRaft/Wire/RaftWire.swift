import KafkaProtocol
import LogStorage
import NIOCore

/// A request of Kafka's protocol that stands for one of the replica's.
package protocol RaftRequestMessage: RequestMessage where Response: RaftResponseMessage {
    /// The versions that replicas of the metadata log use.
    static var raftVersions: ClosedRange<Int16> { get }
    /// - Throws: why it asks for nothing that a replica can answer.
    func raftRequest(version: Int16) throws(UnusableRaftMessage) -> RaftRequest
}

extension RaftRequestMessage {
    package static var raftVersions: ClosedRange<Int16> { schema.versions }
}

/// A response of Kafka's protocol that stands for one of the replica's answers.
package protocol RaftResponseMessage: ResponseMessage {
    var errorCode: ErrorCode { get set }
    /// What a request is answered that no replica can answer.
    init(refusing reason: UnusableRaftMessage)
    /// - Parameter listener: whose addresses the response means; it has no room for a name.
    /// - Returns: the answer, and the records or the part of a snapshot that came with it.
    /// - Throws: why it says nothing that a replica can use.
    func raftAnswer(listener: String) throws(UnusableRaftMessage) -> (RaftAnswer, bytes: ByteBuffer)
}

extension RaftResponseMessage {
    package init(refusing reason: UnusableRaftMessage) {
        self.init()
        errorCode = reason.error
    }
}

/// Why a message of a peer is of no use to the quorum.
package struct UnusableRaftMessage: Error, Hashable, CustomStringConvertible {
    /// What the peer is answered when it was a request.
    package let error: ErrorCode
    package let description: String

    package init(_ description: String, answer error: ErrorCode = .invalidRequest) {
        self.error = error
        self.description = description
    }
}

/// What the RPCs of the metadata quorum have in common on the wire.
package enum RaftWire {
    package static let topicName = LogDirectory.metadataTopic
    package static let topicId = KafkaUUID.metadataTopic
    /// More listeners than any controller has: an address costs memory here, and may be written to the log.
    package static let endpointLimit = 64
    /// More voters than any quorum has.
    package static let candidateLimit = 1024

    /// The one element that a request or response of the quorum has there.
    static func only<Element>(_ list: [Element], _ what: String) throws(UnusableRaftMessage) -> Element {
        guard list.count == 1, let element = list.first else {
            throw UnusableRaftMessage("\(list.count) \(what) where the quorum has one")
        }
        return element
    }

    /// Only partition 0 of the metadata log is the quorum's.
    static func check(topic: String, partition: Int32) throws(UnusableRaftMessage) {
        guard topic == topicName, partition == 0 else {
            throw UnusableRaftMessage("the quorum keeps \(topicName)-0 alone")
        }
    }

    /// Where nobody is who could answer, there is no answer: it is asked again.
    static func check(available error: ErrorCode) throws(UnusableRaftMessage) {
        if error == .brokerNotAvailable {
            throw UnusableRaftMessage("the peer's quorum cannot be asked", answer: error)
        }
    }

    static func check(endpoints count: Int) throws(UnusableRaftMessage) {
        if count > endpointLimit { throw UnusableRaftMessage("\(count) addresses of one controller") }
    }

    /// What stands for nobody on the wire is a negative id.
    static func node(_ id: Int32) -> NodeId? { id < 0 ? nil : NodeId(id) }

    /// Whom a request is meant for, if it says so.
    static func key(_ id: Int32, _ directoryId: KafkaUUID) -> ReplicaKey? {
        node(id).map { ReplicaKey($0, directoryId) }
    }
}

extension LeaderHint {
    /// What a response says that has no room for epoch and leader: it teaches nothing.
    package static let none = LeaderHint(epoch: -1, leader: nil)

    /// - Parameter endpoint: where that leader is reached, if the response says so.
    init(leader: Int32, epoch: Int32, endpoint: VoterEndpoint?) {
        self.init(
            epoch: LeaderEpoch(epoch),
            leader: RaftWire.node(leader),
            endpoints: leader >= 0 ? endpoint.map { [$0] } ?? [] : []
        )
    }

    var leaderOnWire: Int32 { leader?.rawValue ?? -1 }

    /// What a response names: the address of the listener that the peer has come by.
    func endpoint(_ listener: String) -> (id: Int32, host: String, port: UInt16)? {
        guard let leader, let known = endpoints.first(where: { $0.listener == listener }) else { return nil }
        return (leader.rawValue, known.host, known.port)
    }
}

extension VoterEndpoint {
    /// nil for what nobody can connect to.
    init?(listener: String, host: String, checking port: Int32) {
        guard !host.isEmpty, let port = UInt16(exactly: port), port > 0 else { return nil }
        self.init(listener: listener, host: host, port: port)
    }
}
