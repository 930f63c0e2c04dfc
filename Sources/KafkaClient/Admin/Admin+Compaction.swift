import KafkaConnection
import KafkaProtocol

extension Admin {
    /// How the replicas of a topic on a broker stand to compaction.
    ///
    /// - Parameter partitions: nil is all that are there.
    /// - Throws: `KafkaError`, `.unsupported` when the broker is no Ottla node.
    package func describeCompaction(
        of topic: String,
        _ partitions: [Int32]? = nil,
        on broker: Int32
    ) async throws(KafkaError) -> [DescribeCompactionResponse.CompactedPartition] {
        let response = try await cluster.callOwn(.broker(broker)) { _ in
            var row = DescribeCompactionRequest.CompactedTopicRequest()
            (row.name, row.partitions) = (topic, partitions)
            var request = DescribeCompactionRequest()
            request.topics = [row]
            return request
        } check: { (response: DescribeCompactionResponse) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
        return response.topics.flatMap(\.partitions)
    }

    /// Lets replicas of a topic on a broker be compacted now.
    ///
    /// - Throws: `KafkaError`, `.unsupported` when the broker is no Ottla node.
    package func startCompaction(
        of topic: String,
        _ partitions: [Int32],
        on broker: Int32
    ) async throws(KafkaError) -> [StartCompactionResponse.PartitionResult] {
        let response: StartCompactionResponse = try await cluster.callOwn(.broker(broker)) { _ in
            var row = StartCompactionRequest.TopicToCompact()
            (row.name, row.partitions) = (topic, partitions)
            var request = StartCompactionRequest()
            request.topics = [row]
            return request
        }
        return response.topics.flatMap(\.partitions)
    }
}

extension ClusterClient {
    /// Sends a request that only Ottla's nodes take. Which versions one takes it says when it is asked.
    ///
    /// - Throws: `.unsupported` for any other broker.
    fileprivate func callOwn<Request: RequestMessage>(
        _ target: RequestTarget,
        _ make: (_ version: Int16) -> Request,
        check: (Request.Response) throws(KafkaError) -> Void = { _ in }
    ) async throws(KafkaError) -> Request.Response {
        try await retrying { () async throws(KafkaError) in
            let connection = try await self.connection(to: target)
            let response = try await Self.askOwn(connection, make)
            try check(response)
            return response
        }
    }

    /// The same over a connection, once.
    static func askOwn<Request: RequestMessage>(
        _ connection: BrokerConnection,
        _ make: (_ version: Int16) -> Request
    ) async throws(KafkaError) -> Request.Response {
        let version = try await ownVersions(connection).version(of: Request.schema)
        return try await connection.answer(connection.start(make(version), version))
    }

    private static func ownVersions(_ connection: BrokerConnection) async throws(KafkaError) -> ApiVersionTable {
        let response: ApiVersionsResponse = try await connection.send(limit: 3) { version in
            var request = ApiVersionsRequest()
            if version >= 3 {
                request.clientSoftwareName = BrokerConnection.softwareName
                request.clientSoftwareVersion = BrokerConnection.softwareVersion
                request.listsOwn = true
            }
            return request
        }
        try response.errorCode.check()
        return ApiVersionTable(response)
    }
}
