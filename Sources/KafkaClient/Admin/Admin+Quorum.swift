import KafkaConnection
import KafkaProtocol
import Synchronization
import World

extension Admin {
    /// Adds a voter to the metadata quorum (KIP-853). The controller has to run; the leader waits until it has caught up with the log.
    ///
    /// - Parameters:
    ///   - directory: the id of its metadata directory.
    ///   - listeners: its endpoints, by listener name.
    /// - Throws: `.refused` with DUPLICATE_VOTER, with REQUEST_TIMED_OUT when it did not catch up in time, with UNSUPPORTED_VERSION while
    ///   `kraft.version` is 0.
    public func addQuorumVoter(
        _ id: Int32,
        directory: KafkaUUID,
        listeners: [String: BrokerAddress]
    ) async throws(KafkaError) {
        let (time, configuration) = (cluster.world.time, cluster.configuration)
        let began = time.now
        let attempts = Atomic(0)
        do throws(KafkaError) {
            _ = try await cluster.call(.controller) { _ in
                attempts.add(1, ordering: .relaxed)
                let left = configuration.apiTimeout.milliseconds - time.now.milliseconds(since: began)
                var request = AddRaftVoterRequest()
                // An empty text would be another cluster's.
                request.clusterId = nil
                (request.voterId, request.voterDirectoryId) = (id, directory)
                // A little less than is waited for here, so that the leader's reason comes before the request times out.
                let wait = min(left, configuration.requestTimeout.milliseconds)
                request.timeoutMs = Int32(clamping: max(0, wait - min(wait / 10, 2000)))
                request.listeners = listeners.sorted { $0.key < $1.key }.map { name, address in
                    var listener = AddRaftVoterRequest.Listener()
                    (listener.name, listener.host, listener.port) = (name, address.host, UInt16(clamping: address.port))
                    return listener
                }
                return request
            } check: { (response: AddRaftVoterResponse) throws(KafkaError) in
                try response.errorCode.check(response.errorMessage)
            }
        } catch {
            guard error.serverCode == .duplicateVoter, attempts.load(ordering: .relaxed) > 1 else { throw error }
            // An earlier request, whose answer was lost, may have done it.
            let voters = try await describeQuorum().voters
            if !voters.contains(where: { $0.id == id && $0.directory == directory }) { throw error }
        }
    }

    /// Removes a voter from the metadata quorum (KIP-853), whether it runs or not. A leader that is removed hands over to another voter.
    ///
    /// - Throws: `.refused` with VOTER_NOT_FOUND, or with UNSUPPORTED_VERSION while `kraft.version` is 0.
    public func removeQuorumVoter(_ id: Int32, directory: KafkaUUID) async throws(KafkaError) {
        let attempts = Atomic(0)
        do throws(KafkaError) {
            _ = try await cluster.call(.controller) { _ in
                attempts.add(1, ordering: .relaxed)
                var request = RemoveRaftVoterRequest()
                // An empty text would be another cluster's.
                request.clusterId = nil
                (request.voterId, request.voterDirectoryId) = (id, directory)
                return request
            } check: { (response: RemoveRaftVoterResponse) throws(KafkaError) in
                try response.errorCode.check(response.errorMessage)
            }
        } catch {
            // An earlier request, whose answer was lost, may have done it; the removed leader's is easily lost.
            guard error.serverCode == .voterNotFound, attempts.load(ordering: .relaxed) > 1 else { throw error }
        }
    }
}
