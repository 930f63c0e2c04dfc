import KafkaProtocol
import NIOCore

extension AddRaftVoterRequest: RaftRequestMessage {
    /// nil: to be answered before the change is committed, and the version cannot say so.
    init?(_ add: RaftRequest.AddVoter, version: Int16) {
        if !add.acknowledgesWhenCommitted, version < 1 { return nil }
        self.init()
        clusterId = add.clusterId
        timeoutMs = add.timeoutMillis
        voterId = add.voter.key.id.rawValue
        voterDirectoryId = add.voter.key.directoryId
        listeners = add.voter.endpoints.map { known in
            var listener = Listener()
            (listener.name, listener.host, listener.port) = (known.listener, known.host, known.port)
            return listener
        }
        ackWhenCommitted = add.acknowledgesWhenCommitted
    }

    /// Which versions of `kraft.version` the new voter serves, it doesn't say: whoever knows this request serves those that have voters in the log.
    package func raftRequest(version: Int16) throws(UnusableRaftMessage) -> RaftRequest {
        try RaftWire.check(endpoints: listeners.count)
        let voter = RaftVoter(
            ReplicaKey(NodeId(voterId), voterDirectoryId),
            endpoints: listeners.map { VoterEndpoint(listener: $0.name, host: $0.host, port: $0.port) }
        )
        return .addVoter(
            .init(
                clusterId: clusterId,
                voter: voter,
                timeoutMillis: timeoutMs,
                acknowledgesWhenCommitted: ackWhenCommitted
            )
        )
    }
}

extension AddRaftVoterResponse: RaftResponseMessage {
    init(_ error: ErrorCode, _ reason: String?) {
        self.init()
        errorCode = error
        errorMessage = error == .none ? nil : reason ?? error.message
    }

    package init(refusing reason: UnusableRaftMessage) { self.init(reason.error, reason.description) }

    package func raftAnswer(listener: String) throws(UnusableRaftMessage) -> (RaftAnswer, bytes: ByteBuffer) {
        try RaftWire.check(available: errorCode)
        return (.addVoter(errorCode, errorMessage), ByteBuffer())
    }
}

extension RemoveRaftVoterRequest: RaftRequestMessage {
    init(_ remove: RaftRequest.RemoveVoter) {
        self.init()
        clusterId = remove.clusterId
        voterId = remove.voter.id.rawValue
        voterDirectoryId = remove.voter.directoryId
    }

    package func raftRequest(version: Int16) throws(UnusableRaftMessage) -> RaftRequest {
        .removeVoter(.init(clusterId: clusterId, voter: ReplicaKey(NodeId(voterId), voterDirectoryId)))
    }
}

extension RemoveRaftVoterResponse: RaftResponseMessage {
    init(_ error: ErrorCode, _ reason: String?) {
        self.init()
        errorCode = error
        errorMessage = error == .none ? nil : reason ?? error.message
    }

    package init(refusing reason: UnusableRaftMessage) { self.init(reason.error, reason.description) }

    package func raftAnswer(listener: String) throws(UnusableRaftMessage) -> (RaftAnswer, bytes: ByteBuffer) {
        try RaftWire.check(available: errorCode)
        return (.removeVoter(errorCode, errorMessage), ByteBuffer())
    }
}

extension UpdateRaftVoterRequest: RaftRequestMessage {
    init(_ update: RaftRequest.UpdateVoter) {
        self.init()
        clusterId = update.clusterId
        currentLeaderEpoch = update.epoch.rawValue
        voterId = update.voter.key.id.rawValue
        voterDirectoryId = update.voter.key.directoryId
        listeners = update.voter.endpoints.map { known in
            var listener = Listener()
            (listener.name, listener.host, listener.port) = (known.listener, known.host, known.port)
            return listener
        }
        kRaftVersionFeature.minSupportedVersion = update.voter.minKRaftVersion
        kRaftVersionFeature.maxSupportedVersion = update.voter.maxKRaftVersion
    }

    package func raftRequest(version: Int16) throws(UnusableRaftMessage) -> RaftRequest {
        try RaftWire.check(endpoints: listeners.count)
        let voter = RaftVoter(
            ReplicaKey(NodeId(voterId), voterDirectoryId),
            endpoints: listeners.map { VoterEndpoint(listener: $0.name, host: $0.host, port: $0.port) },
            minKRaftVersion: kRaftVersionFeature.minSupportedVersion,
            maxKRaftVersion: kRaftVersionFeature.maxSupportedVersion
        )
        return .updateVoter(.init(clusterId: clusterId, epoch: LeaderEpoch(currentLeaderEpoch), voter: voter))
    }
}

extension UpdateRaftVoterResponse: RaftResponseMessage {
    init(_ error: ErrorCode, _ leader: LeaderOnWire) {
        self.init()
        errorCode = error
        (currentLeader.leaderId, currentLeader.leaderEpoch) = (leader.id, leader.epoch)
        if let known = leader.endpoint { (currentLeader.host, currentLeader.port) = (known.host, Int32(known.port)) }
    }

    package func raftAnswer(listener: String) throws(UnusableRaftMessage) -> (RaftAnswer, bytes: ByteBuffer) {
        try RaftWire.check(available: errorCode)
        let hint = LeaderHint(
            leader: currentLeader.leaderId,
            epoch: currentLeader.leaderEpoch,
            endpoint: VoterEndpoint(listener: listener, host: currentLeader.host, checking: currentLeader.port)
        )
        return (.updateVoter(errorCode, hint), ByteBuffer())
    }
}
