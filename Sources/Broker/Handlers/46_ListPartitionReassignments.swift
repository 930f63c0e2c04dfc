import ClusterMetadata
import KafkaProtocol

/// ListPartitionReassignments: the partitions whose replicas are on the move.
struct ListPartitionReassignmentsHandler: ApiHandler {
    let cluster: PublishedView

    func handle(_ message: ListPartitionReassignmentsRequest, _ request: Request) {
        let image = cluster.view.image
        let asked: [(name: String, partitions: [Int32])] =
            message.topics?.map { (name: $0.name, partitions: $0.partitionIndexes) }
            ?? image.topics.values.sorted { $0.name < $1.name }.map {
                (name: $0.name, partitions: $0.partitions.keys.sorted())
            }
        var response = ListPartitionReassignmentsResponse()
        response.errorMessage = nil
        response.topics = asked.compactMap { topic in
            guard let found = image.topic(named: topic.name) else { return nil }
            var row = ListPartitionReassignmentsResponse.OngoingTopicReassignment()
            row.name = topic.name
            row.partitions = topic.partitions.compactMap { cell($0, found.partitions[$0]) }
            return row.partitions.isEmpty ? nil : row
        }
        request.reply(response)
    }

    private func cell(
        _ number: Int32,
        _ partition: PartitionImage?
    ) -> ListPartitionReassignmentsResponse.OngoingPartitionReassignment? {
        guard let partition, !(partition.addingReplicas.isEmpty && partition.removingReplicas.isEmpty) else {
            return nil
        }
        var cell = ListPartitionReassignmentsResponse.OngoingPartitionReassignment()
        cell.partitionIndex = number
        cell.replicas = partition.replicas
        cell.addingReplicas = partition.addingReplicas
        cell.removingReplicas = partition.removingReplicas
        return cell
    }
}
