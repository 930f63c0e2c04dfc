import KafkaProtocol
import NIOCore

/// A member of a group of the classic protocol.
struct ClassicMember: Equatable, Sendable {
    var id: String
    var instanceId: String?
    var clientId: String
    var clientHost: String
    var rebalanceTimeout: Int64
    var sessionTimeout: Int64
    var protocols: [Candidate]
    /// As the group's record has it.
    var assignment = ByteBuffer()
    /// The JoinGroup that waits for the rebalance.
    var joinToken: CoordinatorToken?
    /// The SyncGroup that waits for the leader's assignment.
    var syncToken: CoordinatorToken?
    /// When the member counts as gone.
    var deadline = MonotonicTime.never

    struct Candidate: Equatable, Sendable {
        var name: String
        var metadata: ByteBuffer
    }

    func metadata(_ name: String?) -> ByteBuffer { protocols.first { $0.name == name }?.metadata ?? ByteBuffer() }
}

extension ClassicMember {
    /// The member that a JoinGroup describes.
    init(_ request: JoinGroupRequest, _ client: GroupClient, token: CoordinatorToken?) {
        let rebalanceTimeout = request.rebalanceTimeoutMs < 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs
        self.init(
            id: request.memberId,
            instanceId: request.groupInstanceId,
            clientId: client.clientId,
            clientHost: client.host,
            rebalanceTimeout: Int64(rebalanceTimeout),
            sessionTimeout: Int64(request.sessionTimeoutMs),
            protocols: request.protocols.map { Candidate(name: $0.name, metadata: $0.metadata) }
        )
        joinToken = token
    }

    /// The member as its group's record has it: of the protocols that it offered only the chosen one is known.
    init(_ row: GroupMetadataValue.MemberMetadata, protocolName: String?) {
        self.init(
            id: row.memberId,
            instanceId: row.groupInstanceId,
            clientId: row.clientId,
            clientHost: row.clientHost,
            rebalanceTimeout: Int64(row.rebalanceTimeout < 0 ? row.sessionTimeout : row.rebalanceTimeout),
            sessionTimeout: Int64(row.sessionTimeout),
            protocols: [Candidate(name: protocolName ?? "", metadata: row.subscription)]
        )
    }
}
