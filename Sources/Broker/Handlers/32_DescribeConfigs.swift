import ClusterMetadata
import KafkaProtocol

/// DescribeConfigs: the values in force and where they come from.
enum DescribeConfigsHandler {
    static let api = Api(.describeConfigs) { (message: DescribeConfigsRequest, request, node) in
        let view = node.view
        var response = DescribeConfigsResponse()
        response.results = message.resources.map { asked in
            var row = DescribeConfigsResponse.DescribeConfigsResult()
            row.resourceType = asked.resourceType
            row.resourceName = asked.resourceName
            do throws(ControllerFailure) {
                let rows = try entries(asked, view, node)
                row.configs = rows.filter { asked.configurationKeys?.contains($0.name) ?? true }.map { entry in
                    var entry = entry
                    if !message.includeSynonyms { entry.synonyms = [] }
                    return entry
                }
            } catch {
                row.errorCode = error.code
                row.errorMessage = error.message
            }
            return row
        }
        request.reply(response)
    }

    private typealias Entry = DescribeConfigsResponse.DescribeConfigsResourceResult

    private static func entries(
        _ asked: DescribeConfigsRequest.DescribeConfigsResource,
        _ view: ClusterView,
        _ node: Node
    ) throws(ControllerFailure) -> [Entry] {
        switch asked.resourceType {
        case ConfigResource.topicType:
            if let problem = TopicName.problem(with: asked.resourceName) {
                throw ControllerFailure(.invalidTopicException, problem)
            }
            guard view.image.topicIds[asked.resourceName] != nil else {
                throw ControllerFailure(.unknownTopicOrPartition, "topic '\(asked.resourceName)' does not exist")
            }
            let overrides = view.image.config(.topic(asked.resourceName))
            return sorted(ConfigCatalog.shared.topic).map { topicEntry($0, overrides, view.resolver) }
        case ConfigResource.brokerType:
            let isDefault = asked.resourceName.isEmpty
            guard isDefault || Int32(asked.resourceName) == node.nodeId else {
                throw ControllerFailure(
                    .invalidRequest,
                    "this is broker \(node.nodeId); ask broker '\(asked.resourceName)' itself"
                )
            }
            if isDefault {
                return view.image.config(.brokerDefault).sorted { $0.key < $1.key }.compactMap { name, value in
                    ConfigCatalog.shared.broker[name].map {
                        brokerEntry($0, [ResolvedConfig(value: value, source: .dynamicDefaultBroker)])
                    }
                }
            }
            return sorted(ConfigCatalog.shared.broker).map { brokerEntry($0, view.resolver.brokerValues($0)) }
        case ConfigResource.groupType:
            let values = view.image.config(ConfigResource(type: ConfigResource.groupType, name: asked.resourceName))
            return sorted(ConfigCatalog.shared.group).map { key in
                let isSet = values[key.name] != nil
                return entry(
                    key,
                    ResolvedConfig(value: values[key.name] ?? key.defaultValue, source: isSet ? .group : .defaultValue),
                    false
                )
            }
        case ConfigResource.brokerLoggerType, ConfigResource.clientMetricsType: return []
        default:
            throw ControllerFailure(.invalidRequest, "resources of type \(asked.resourceType) have no configuration")
        }
    }

    private static func sorted(_ keys: [String: ConfigKey]) -> [ConfigKey] { keys.values.sorted { $0.name < $1.name } }

    private static func entry(_ key: ConfigKey, _ resolved: ResolvedConfig, _ isReadOnly: Bool) -> Entry {
        var entry = Entry()
        entry.name = key.name
        entry.isSensitive = key.kind == .password
        entry.value = entry.isSensitive ? nil : resolved.value
        entry.readOnly = isReadOnly
        entry.configSource = resolved.source.rawValue
        entry.configType = key.kind.code
        return entry
    }

    private static func topicEntry(_ key: ConfigKey, _ overrides: [String: String], _ resolver: ConfigResolver) -> Entry
    {
        var result = entry(key, resolver.topic(key, overrides: overrides), false)
        if let value = overrides[key.name] { result.synonyms.append(synonym(key.name, value, .topic)) }
        for name in key.brokerKeys {
            guard let brokerKey = ConfigCatalog.shared.broker[name] else { continue }
            for value in resolver.brokerValues(brokerKey)
            where value.source != .defaultValue || name == key.brokerKeys.last {
                result.synonyms.append(synonym(name, value.value, value.source))
            }
        }
        if key.brokerKeys.isEmpty { result.synonyms.append(synonym(key.name, key.defaultValue, .defaultValue)) }
        return result
    }

    private static func brokerEntry(_ key: ConfigKey, _ values: [ResolvedConfig]) -> Entry {
        var result = entry(
            key,
            values.first ?? ResolvedConfig(value: key.defaultValue, source: .defaultValue),
            key.mutability == .readOnly
        )
        if key.kind != .password { result.synonyms = values.map { synonym(key.name, $0.value, $0.source) } }
        return result
    }

    private static func synonym(_ name: String, _ value: String?, _ source: ConfigSource)
        -> DescribeConfigsResponse.DescribeConfigsSynonym
    {
        var row = DescribeConfigsResponse.DescribeConfigsSynonym()
        row.name = name
        row.value = value
        row.source = source.rawValue
        return row
    }
}
