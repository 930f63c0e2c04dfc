import ClusterMetadata
import KafkaProtocol

/// ApiVersions: what is served, derived from the list of handlers.
struct ApiVersionsHandler: ApiHandler {
    /// The metadata, and the last offset that it reflects.
    let metadata: @Sendable () -> (image: MetadataImage, offset: Int64)
    let clusterId: String
    let nodeId: Int32
    let allowsUnstableFeatures: Bool
    /// What is served, by key, this API among them.
    private let rows: [ApiVersionsResponse.ApiVersion]
    /// Without the APIs that Kafka does not have.
    private let kafkasRows: [ApiVersionsResponse.ApiVersion]

    init(
        beside others: [Api],
        clusterId: String,
        nodeId: Int32,
        allowsUnstableFeatures: Bool,
        metadata: @escaping @Sendable () -> (image: MetadataImage, offset: Int64)
    ) {
        self.metadata = metadata
        self.clusterId = clusterId
        self.nodeId = nodeId
        self.allowsUnstableFeatures = allowsUnstableFeatures
        let served = (others.map { ($0.key, $0.versions) } + [(Self.key, Self.versions)])
            .sorted { $0.0.rawValue < $1.0.rawValue }
        rows = served.map { Self.row($0, $1) }
        kafkasRows = served.filter { !$0.0.isOwn }.map { Self.row($0, $1) }
    }

    private static func row(_ key: ApiKey, _ versions: ClosedRange<Int16>) -> ApiVersionsResponse.ApiVersion {
        var row = ApiVersionsResponse.ApiVersion()
        row.apiKey = key.rawValue
        // Versions 0 to 2 of Produce are refused, but librdkafka compresses only if they are listed.
        row.minVersion = key == .produce ? 0 : versions.lowerBound
        row.maxVersion = versions.upperBound
        return row
    }

    func handle(_ message: ApiVersionsRequest, _ request: Request) {
        if request.version >= 3, !isValid(message.clientSoftwareName) || !isValid(message.clientSoftwareVersion) {
            var response = ApiVersionsResponse()
            response.errorCode = .invalidRequest
            return request.reply(response)
        }
        // The client names whom it believes to talk to: a misrouted one has to find the cluster anew.
        let isOtherCluster = message.clusterId.map { $0 != clusterId } ?? false
        let isOtherNode = message.nodeId >= 0 && message.nodeId != nodeId
        let code: ErrorCode = request.version >= 5 && (isOtherCluster || isOtherNode) ? .rebootstrapRequired : .none
        request.reply(response(version: request.version, code: code, listsOwn: message.listsOwn))
    }

    /// A software name as KIP-511 has it: letters, digits, dots and dashes, and not at the ends.
    private func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, let last = name.utf8.last, name.utf8.count <= 256 else { return false }
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && name.utf8.allSatisfy { isAlphanumeric($0) || $0 == 45 || $0 == 46 }
    }

    /// - Parameter listsOwn: also the APIs that Kafka does not have.
    func response(version: Int16, code: ErrorCode, listsOwn: Bool = false) -> ApiVersionsResponse {
        var response = ApiVersionsResponse()
        response.errorCode = code
        response.apiKeys = listsOwn ? rows : kafkasRows
        guard version >= 3 else { return response }
        let (image, offset) = metadata()
        let features = SupportedFeatures(image, allowsUnstable: allowsUnstableFeatures)
        response.finalizedFeatures = features.finalized(image).map { name, level in
            var row = ApiVersionsResponse.FinalizedFeatureKey()
            row.name = name
            row.minVersionLevel = level
            row.maxVersionLevel = level
            return row
        }
        response.finalizedFeaturesEpoch = offset
        // Clients of version 3 take a range that begins with 0 for none.
        response.supportedFeatures = features.sorted.filter { version >= 4 || $0.range.lowerBound > 0 }.map {
            name,
            range in
            var row = ApiVersionsResponse.SupportedFeatureKey()
            row.name = name
            row.minVersion = range.lowerBound
            row.maxVersion = range.upperBound
            return row
        }
        return response
    }
}
