import KafkaConnection
import KafkaProtocol

/// A resource with a configuration.
public enum ConfigResource: Hashable, Sendable, CustomStringConvertible {
    case topic(String)
    /// Nil is the default of all brokers.
    case broker(Int32?)
    /// Log levels of a broker's loggers (KIP-412).
    case brokerLogger(Int32)
    /// A client metrics subscription (KIP-714).
    case clientMetrics(String)
    case group(String)

    var type: Int8 {
        switch self {
        case .topic: 2
        case .broker: 4
        case .brokerLogger: 8
        case .clientMetrics: 16
        case .group: 32
        }
    }

    var name: String {
        switch self {
        case .topic(let name), .group(let name), .clientMetrics(let name): name
        case .broker(let id): id.map { "\($0)" } ?? ""
        case .brokerLogger(let id): "\(id)"
        }
    }

    /// Nil for what this version does not know.
    init?(type: Int8, name: String) {
        switch type {
        case 2: self = .topic(name)
        case 4 where name.isEmpty: self = .broker(nil)
        case 4: if let id = Int32(name) { self = .broker(id) } else { return nil }
        case 8: if let id = Int32(name) { self = .brokerLogger(id) } else { return nil }
        case 16: self = .clientMetrics(name)
        case 32: self = .group(name)
        default: return nil
        }
    }

    public var description: String {
        switch self {
        case .topic(let name): "topic '\(name)'"
        case .broker(let id): id.map { "broker \($0)" } ?? "all brokers"
        case .brokerLogger(let id): "the loggers of broker \(id)"
        case .clientMetrics(let name): "the subscription '\(name)' to clients' metrics"
        case .group(let name): "group '\(name)'"
        }
    }

    /// A broker answers for itself; who answers for the others doesn't matter.
    var target: RequestTarget {
        switch self {
        case .broker(let id?), .brokerLogger(let id): .broker(id)
        default: .any
        }
    }
}

/// A configuration entry.
public struct ConfigEntry: Equatable, Sendable {
    /// Where its value comes from.
    public enum Source: Int8, Sendable {
        case topic = 1
        case broker = 2
        case allBrokers = 3
        case file = 4
        case standard = 5
        case brokerLogger = 6
        case clientMetrics = 7
        case group = 8
        case unknown = 0
    }

    public var name: String
    /// Nil when it has none, or when it is sensitive.
    public var value: String?
    public var source: Source
    public var isReadOnly: Bool
    public var isSensitive: Bool
    /// The entry's synonyms: all places that set it, the effective one first; empty unless requested.
    public var places: [Place] = []
    /// The broker's documentation; nil unless requested, and with brokers before 2.6.
    public var documentation: String?

    /// A synonym: a place that sets the entry.
    public struct Place: Equatable, Sendable {
        /// The key there: defaults of topic configurations are broker configurations, some with other names.
        public var name: String
        /// Nil when the setting is sensitive.
        public var value: String?
        public var source: Source
    }
}

/// A change of one configuration entry (KIP-339).
public enum ConfigChange: Equatable, Sendable {
    case set(String)
    /// Resets it to the default.
    case unset
    /// Adds to a list.
    case append(String)
    /// Removes from a list.
    case subtract(String)

    var operation: Int8 {
        switch self {
        case .set: 0
        case .unset: 1
        case .append: 2
        case .subtract: 3
        }
    }

    var value: String? {
        switch self {
        case .set(let value), .append(let value), .subtract(let value): value
        case .unset: nil
        }
    }
}

extension Admin {
    /// The resources with configurations of their own (KIP-1142); brokers before 4.1 list client metrics subscriptions only.
    public func listConfigResources() async throws(KafkaError) -> [ConfigResource] {
        let response = try await cluster.call(.any) { _ in
            // Without types it is all of them.
            ListConfigResourcesRequest()
        } check: { (response: ListConfigResourcesResponse) throws(KafkaError) in
            try response.errorCode.check()
        }
        return response.configResources.compactMap { ConfigResource(type: $0.resourceType, name: $0.resourceName) }
    }

    /// The configuration of a resource, by name.
    ///
    /// - Parameter isDetailed: includes synonyms and documentation.
    public func describeConfig(
        _ resource: ConfigResource,
        isDetailed: Bool = false
    ) async throws(KafkaError) -> [ConfigEntry] {
        let response = try await cluster.call(resource.target) { _ in
            var entry = DescribeConfigsRequest.DescribeConfigsResource()
            entry.resourceType = resource.type
            entry.resourceName = resource.name
            entry.configurationKeys = nil
            var request = DescribeConfigsRequest()
            request.resources = [entry]
            request.includeSynonyms = isDetailed
            request.includeDocumentation = isDetailed
            return request
        }
        guard let result = response.results.first else {
            throw KafkaError(.malformed, "the response has no entry for \(resource)")
        }
        try result.errorCode.check(result.errorMessage)
        return result.configs.map { entry in
            ConfigEntry(
                name: entry.name,
                value: entry.value,
                source: ConfigEntry.Source(rawValue: entry.configSource) ?? .unknown,
                isReadOnly: entry.readOnly,
                isSensitive: entry.isSensitive,
                places: entry.synonyms.map { synonym in
                    ConfigEntry.Place(
                        name: synonym.name,
                        value: synonym.value,
                        source: ConfigEntry.Source(rawValue: synonym.source) ?? .unknown
                    )
                },
                documentation: isDetailed ? entry.documentation : nil
            )
        }.sorted { $0.name < $1.name }
    }

    /// Changes configuration entries of a resource, all or none; others are kept.
    public func alterConfig(
        _ resource: ConfigResource,
        _ changes: [String: ConfigChange],
        validateOnly: Bool = false
    ) async throws(KafkaError) {
        let isForController = resource.target == .any || cluster.asksControllers
        let response = try await cluster.call(isForController ? .controller : resource.target) { _ in
            var entry = IncrementalAlterConfigsRequest.AlterConfigsResource()
            entry.resourceType = resource.type
            entry.resourceName = resource.name
            entry.configs = changes.sorted { $0.key < $1.key }.map { name, change in
                var config = IncrementalAlterConfigsRequest.AlterableConfig()
                config.name = name
                config.configOperation = change.operation
                config.value = change.value
                return config
            }
            var request = IncrementalAlterConfigsRequest()
            request.resources = [entry]
            request.validateOnly = validateOnly
            return request
        } check: { (response) throws(KafkaError) in
            // Who is the controller may have changed, or not have been reached; the same change made twice is one.
            if response.responses.first?.errorCode == .notController { throw KafkaError.refused(.notController) }
        }
        guard let result = response.responses.first else {
            throw KafkaError(.malformed, "the response has no entry for \(resource)")
        }
        try result.errorCode.check(result.errorMessage)
    }
}
