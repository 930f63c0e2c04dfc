import KafkaConnection
import KafkaProtocol

/// What a client knows of a cluster: its members and coordinators, and the partitions and leaders of the topics that it asked about by name.
/// Without IO.
struct Metadata: Sendable {
    var directory = ClusterDirectory()
    var topics: TopicMap

    /// Takes what a broker answers.
    ///
    /// - Parameter areNamed: whether it was asked about certain topics: those of a list of all are not kept.
    mutating func learn(_ response: MetadataResponse, areNamed: Bool, nowMillis: Int64) -> ClusterDescription {
        // Each answer about topics names the members, too.
        let members = ClusterDescription(response)
        directory.learn(members)
        if areNamed { for topic in response.topics { topics.learn(topic, nowMillis: nowMillis) } }
        return members
    }

    func address(of broker: Int32) -> BrokerAddress? { directory.members?.broker(broker)?.address }
}
