import ClusterMetadata
import KafkaProtocol

/// ListConfigResources: what has, or may have, settings of its own (KIP-1142). Version 0 lists subscriptions to clients' metrics only.
struct ListConfigResourcesHandler: ApiHandler {
    private static let types = [
        ConfigResource.groupType, ConfigResource.clientMetricsType, ConfigResource.brokerLoggerType,
        ConfigResource.brokerType, ConfigResource.topicType,
    ]

    let cluster: PublishedView

    func handle(_ message: ListConfigResourcesRequest, _ request: Request) {
        let known = request.version == 0 ? [ConfigResource.clientMetricsType] : Self.types
        let wanted = message.resourceTypes.isEmpty ? Set(known) : Set(message.resourceTypes)
        var response = ListConfigResourcesResponse()
        guard wanted.isSubset(of: known) else {
            response.errorCode = .unsupportedVersion
            return request.reply(response)
        }
        let image = cluster.view.image
        for type in known where wanted.contains(type) {
            response.configResources += names(type, image).map { name in
                var row = ListConfigResourcesResponse.ConfigResource()
                row.resourceName = name
                row.resourceType = type
                return row
            }
        }
        request.reply(response)
    }

    private func names(_ type: Int8, _ image: MetadataImage) -> [String] {
        switch type {
        case ConfigResource.topicType: image.topicIds.keys.sorted()
        case ConfigResource.brokerType, ConfigResource.brokerLoggerType: image.brokers.keys.sorted().map(String.init)
        default: image.configs.keys.filter { $0.type == type }.map(\.name).sorted()
        }
    }
}
