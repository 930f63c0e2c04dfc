import ClusterMetadata
import KafkaProtocol

/// DescribeConfigs: the values in force and where they come from.
struct DescribeConfigsHandler: ApiHandler {
    let cluster: PublishedView
    let nodeId: Int32

    func handle(_ message: DescribeConfigsRequest, _ request: Request) {
        let description = ConfigDescription(view: cluster.view, nodeId: nodeId, message: message)
        var response = DescribeConfigsResponse()
        response.results = message.resources.map { asked in
            var row = DescribeConfigsResponse.DescribeConfigsResult()
            row.resourceType = asked.resourceType
            row.resourceName = asked.resourceName
            row.errorMessage = nil
            do throws(ControllerFailure) {
                let wanted = Set(asked.configurationKeys ?? [])
                // No key at all is the same as all keys.
                row.configs = try description.entries(asked).filter { wanted.isEmpty || wanted.contains($0.name) }
            } catch {
                row.errorCode = error.code
                row.errorMessage = error.message
            }
            return row
        }
        request.reply(response)
    }
}

/// What there is to say about the settings of resources.
struct ConfigDescription {
    typealias Entry = DescribeConfigsResponse.DescribeConfigsResourceResult

    let view: ClusterView
    let nodeId: Int32
    let message: DescribeConfigsRequest

    func entries(_ asked: DescribeConfigsRequest.DescribeConfigsResource) throws(ControllerFailure) -> [Entry] {
        let name = asked.resourceName
        switch asked.resourceType {
        case ConfigResource.topicType: return try topic(name)
        case ConfigResource.brokerType:
            if name.isEmpty { return brokerDefaults() }
            try checkNode(name)
            return broker()
        case ConfigResource.groupType:
            if name.isEmpty { throw ControllerFailure(.invalidRequest, "a group needs a name") }
            return group(name)
        case ConfigResource.clientMetricsType:
            if name.isEmpty {
                throw ControllerFailure(.invalidRequest, "a subscription to clients' metrics needs a name")
            }
            return clientMetrics(name)
        case ConfigResource.brokerLoggerType:
            try checkNode(name)
            throw ControllerFailure(
                .invalidRequest,
                "log levels of this node cannot be asked for or changed; they are set with --log-level at its start"
            )
        default:
            throw ControllerFailure(.invalidRequest, "resources of type \(asked.resourceType) have no configuration")
        }
    }

    private func checkNode(_ name: String) throws(ControllerFailure) {
        guard let id = Int32(name) else {
            throw ControllerFailure(.invalidRequest, "a broker's name is its number, not '\(name)'")
        }
        guard id == nodeId else {
            throw ControllerFailure(.invalidRequest, "this is broker \(nodeId); ask broker '\(name)' itself")
        }
    }

    // MARK: Kinds of resources

    private func topic(_ name: String) throws(ControllerFailure) -> [Entry] {
        if let problem = TopicName.malformation(of: name) { throw ControllerFailure(.invalidTopicException, problem) }
        guard view.image.topicIds[name] != nil else {
            throw ControllerFailure(.unknownTopicOrPartition, "topic '\(name)' does not exist")
        }
        let overrides = view.image.config(.topic(name))
        return listed(ConfigCatalog.shared.topic) { overrides[$0.name] != nil }.map { key in
            entry(
                key,
                view.resolver.topic(key, overrides: overrides),
                synonyms: view.resolver.topicSynonyms(key, overrides: overrides),
                isEffective: EffectiveKeys.topic.contains(key.name)
            )
        }
    }

    private func group(_ name: String) -> [Entry] {
        let overrides = view.image.config(ConfigResource(type: ConfigResource.groupType, name: name))
        return listed(ConfigCatalog.shared.group) { key in
            overrides[key.name] != nil || key.brokerKeys.contains { view.resolver.isSet($0) }
        }.map { key in
            entry(
                key,
                view.resolver.group(key, overrides: overrides),
                synonyms: view.resolver.groupSynonyms(key, overrides: overrides),
                isEffective: false
            )
        }
    }

    private func clientMetrics(_ name: String) -> [Entry] {
        let values = view.image.config(ConfigResource(type: ConfigResource.clientMetricsType, name: name))
        return listed(ConfigCatalog.shared.clientMetrics) { _ in true }.map { key in
            let own = values[key.name]
            return entry(
                key,
                ResolvedConfig(value: own ?? key.defaultValue, source: own == nil ? .defaultValue : .clientMetrics),
                synonyms: own.map { [ConfigSynonym(key.name, $0, .clientMetrics)] } ?? [],
                isEffective: false
            )
        }
    }

    /// What all brokers have in common.
    private func brokerDefaults() -> [Entry] {
        view.image.config(.brokerDefault).sorted { $0.key < $1.key }.map { name, value in
            let key = ConfigCatalog.shared.brokerKey(name) ?? .foreign(name)
            return brokerEntry(
                key,
                ResolvedConfig(value: key.normalized(value), source: .dynamicDefaultBroker),
                synonyms: [ConfigSynonym(name, value, .dynamicDefaultBroker)]
            )
        }
    }

    /// This broker.
    private func broker() -> [Entry] {
        let resolver = ownResolver()
        let known = listed(ConfigCatalog.shared.broker) { resolver.isSet($0.name) }
        let names = Set(resolver.dynamicBroker.keys).union(resolver.dynamicDefault.keys).union(
            resolver.staticBroker.keys
        )
        let others = names.filter { ConfigCatalog.shared.broker[$0] == nil }.sorted()
            .map { ConfigCatalog.shared.brokerKey($0) ?? .foreign($0) }
        return (known + others).map { key in
            brokerEntry(key, resolver.broker(key), synonyms: resolver.brokerSynonyms(key.name))
        }
    }

    /// With what only a running node knows.
    private func ownResolver() -> ConfigResolver {
        var resolver = view.resolver
        let file = resolver.staticBroker
        // The two names of one number.
        resolver.staticBroker["broker.id"] = file["broker.id"] ?? file["node.id"]
        resolver.staticBroker["node.id"] = file["node.id"] ?? file["broker.id"]
        resolver.ownDefaults["broker.id"] = "\(nodeId)"
        resolver.ownDefaults["node.id"] = "\(nodeId)"
        let endpoints = view.image.brokers[nodeId]?.registration.endPoints ?? []
        resolver.ownDefaults["advertised.listeners"] =
            endpoints.map { "\(Endpoint(listener: $0.name, host: $0.host, port: Int($0.port)))" }
            .joined(separator: ",")
        return resolver
    }

    // MARK: Entries

    private func listed(_ keys: [String: ConfigKey], isSet: (ConfigKey) -> Bool) -> [ConfigKey] {
        keys.values.filter { !$0.isInternal || isSet($0) }.sorted { $0.name < $1.name }
    }

    private func brokerEntry(_ key: ConfigKey, _ resolved: ResolvedConfig, synonyms: [ConfigSynonym]) -> Entry {
        var result = entry(
            key,
            resolved,
            synonyms: synonyms,
            isEffective: EffectiveKeys.names.contains(key.name)
        )
        result.readOnly = ConfigCatalog.shared.broker[key.name].map { $0.mutability == .readOnly } ?? true
        return result
    }

    private func entry(
        _ key: ConfigKey,
        _ resolved: ResolvedConfig,
        synonyms: [ConfigSynonym],
        isEffective: Bool
    ) -> Entry {
        var entry = Entry()
        entry.name = key.name
        entry.isSensitive = key.isSensitive
        entry.value = key.isSensitive ? nil : resolved.value
        entry.readOnly = false
        entry.configSource = resolved.source.rawValue
        entry.configType = key.kind.code
        if message.includeSynonyms {
            entry.synonyms = synonyms.map { synonym in
                var row = DescribeConfigsResponse.DescribeConfigsSynonym()
                row.name = synonym.name
                row.value = key.isSensitive ? nil : synonym.value
                row.source = synonym.source.rawValue
                return row
            }
        }
        entry.documentation = message.includeDocumentation ? documentation(of: key.name, isEffective) : nil
        return entry
    }

    private func documentation(of name: String, _ isEffective: Bool) -> String? {
        guard let text = ConfigDocumentation.text(of: name) else { return nil }
        return isEffective ? text : text + " Ottla accepts it; it has no effect yet."
    }
}
