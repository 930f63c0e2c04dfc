import KafkaConnection
import KafkaProtocol

extension MetadataRequest {
    /// Asks for topics, and the members.
    ///
    /// - Parameters:
    ///   - names: nil is all.
    ///   - mayCreate: whether brokers may make those that don't exist.
    static func topics(_ names: [String]?, mayCreate: Bool, version: Int16) -> MetadataRequest {
        var request = MetadataRequest()
        request.topics = names?.map { name in
            var topic = MetadataRequest.MetadataRequestTopic()
            topic.name = name
            return topic
        }
        // Version 0 asks for all with an empty list, later ones with none.
        if version == 0, names == nil { request.topics = [] }
        if version >= 4 { request.allowAutoTopicCreation = mayCreate }
        return request
    }
}

extension MetadataResponse.MetadataResponseTopic {
    /// Why it cannot be described.
    var refusal: KafkaError {
        let isUnknown = errorCode == .unknownTopicOrPartition
        return .refused(errorCode, isUnknown ? "topic '\(name ?? "")' does not exist" : nil)
    }
}
