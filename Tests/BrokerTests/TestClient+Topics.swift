import KafkaProtocol

/// Requests that change topics, by name. A nil result means that the node closed the connection instead of an answer.
extension TestClient {
    func createTopic(_ name: String, partitions: Int32 = 1, replicas: Int16 = 1, _ configs: [String: String] = [:])
        throws -> ErrorCode?
    {
        var topic = CreateTopicsRequest.CreatableTopic()
        topic.name = name
        topic.numPartitions = partitions
        topic.replicationFactor = replicas
        topic.configs = configs.map { key, value in
            var row = CreateTopicsRequest.CreatableTopicConfig()
            row.name = key
            row.value = value
            return row
        }
        var request = CreateTopicsRequest()
        request.topics = [topic]
        try send(request, version: 7)
        return try receive(CreateTopicsResponse.self, version: 7)?.topics.first?.errorCode
    }

    func deleteTopic(_ name: String) throws -> ErrorCode? {
        var state = DeleteTopicsRequest.DeleteTopicState()
        state.name = name
        var request = DeleteTopicsRequest()
        request.topics = [state]
        try send(request, version: 6)
        return try receive(DeleteTopicsResponse.self, version: 6)?.responses.first?.errorCode
    }

    /// Moves the start of a partition up.
    func deleteRecords(_ name: String, _ number: Int32 = 0, before offset: Int64, timeout: Int32 = 20_000) throws
        -> DeleteRecordsResponse.DeleteRecordsPartitionResult?
    {
        var partition = DeleteRecordsRequest.DeleteRecordsPartition()
        (partition.partitionIndex, partition.offset) = (number, offset)
        var topic = DeleteRecordsRequest.DeleteRecordsTopic()
        topic.name = name
        topic.partitions = [partition]
        var request = DeleteRecordsRequest()
        request.topics = [topic]
        request.timeoutMs = timeout
        try send(request, version: 2)
        return try receive(DeleteRecordsResponse.self, version: 2)?.topics.first?.partitions.first
    }
}
