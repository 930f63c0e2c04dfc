import KafkaConnection
import KafkaProtocol
import LogStorage
import NIOCore
import Replication

/// Reads from another replica what this one has lost, as a consumer does: nobody takes it for what this replica has.
struct PeerReader: Sendable {
    /// Bytes of one answer, unless a batch is larger.
    private static let answerBytes: Int32 = 1 << 20

    let surroundings: FetcherSurroundings
    let eventLoop: any EventLoop

    typealias Outcome = Result<[Replacement], Replacement.Failure>

    /// Fills replacements one after another; `done` is called on the event loop.
    func fill(
        _ replacements: [Replacement],
        of partition: Partition,
        from peer: NodeId,
        done: @escaping @Sendable (Outcome) -> Void
    ) {
        guard let address = surroundings.address(of: peer) else {
            return eventLoop.execute { done(.failure(.notThere("it is not registered"))) }
        }
        var settings = ConnectionSettings(clientId: "broker-\(surroundings.nodeId)-repair")
        settings.requestTimeout = .milliseconds(surroundings.settings.requestMillis)
        settings.unacknowledgedLimit = ConnectionSettings.limitBetweenNodes
        settings.connectTimeout = min(settings.connectTimeout, settings.requestTimeout)
        BrokerConnection.openUnnegotiated(address, settings, surroundings.world, on: eventLoop).hop(to: eventLoop)
            .whenComplete { result in
                switch result {
                case .success(let connection):
                    fetch(replacements, partition, connection) { outcome in
                        _ = connection.close()
                        done(outcome)
                    }
                case .failure(let error): done(.failure(.notThere("\(error)")))
                }
            }
    }

    private func fetch(
        _ replacements: [Replacement],
        _ partition: Partition,
        _ connection: BrokerConnection,
        done: @escaping @Sendable (Outcome) -> Void
    ) {
        guard let index = replacements.firstIndex(where: { !$0.isComplete }) else {
            return done(.success(replacements))
        }
        if replacements.reduce(0, { $0 + $1.bytes.readableBytes }) > Replacement.largest {
            return done(.failure(.tooLarge))
        }
        let request = Self.request(partition, from: replacements[index].next)
        connection.start(request, surroundings.fetchVersion).hop(to: eventLoop).whenComplete { result in
            var replacements = replacements
            do throws(Replacement.Failure) {
                switch result {
                case .success(let response): try Self.take(response, into: &replacements[index])
                case .failure(let error): throw .notThere("\(error)")
                }
            } catch {
                return done(.failure(error))
            }
            fetch(replacements, partition, connection, done: done)
        }
    }

    private static func take(_ response: FetchResponse, into replacement: inout Replacement)
        throws(Replacement.Failure)
    {
        if response.errorCode != .none { throw .notThere("\(response.errorCode)") }
        guard let data = response.responses.first?.partitions.first else {
            throw .notThere("it does not answer for it")
        }
        if data.errorCode != .none { throw .notThere("\(data.errorCode)") }
        try replacement.take(data.records?.buffer ?? ByteBuffer(), highWatermark: data.highWatermark)
    }

    private static func request(_ partition: Partition, from offset: Int64) -> FetchRequest {
        var request = FetchRequest()
        (request.maxWaitMs, request.minBytes, request.maxBytes) = (0, 0, answerBytes)
        (request.sessionId, request.sessionEpoch) = (0, -1)
        var topic = FetchRequest.FetchTopic()
        topic.topicId = partition.topicId
        var row = FetchRequest.FetchPartition()
        (row.partition, row.fetchOffset, row.partitionMaxBytes) = (partition.id.partition, offset, answerBytes)
        topic.partitions = [row]
        request.topics = [topic]
        return request
    }
}
