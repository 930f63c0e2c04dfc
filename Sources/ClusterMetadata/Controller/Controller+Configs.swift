import KafkaProtocol

/// One change of a configuration, with IncrementalAlterConfigs' numbers.
package enum ConfigOperation: Int8, Sendable {
    case set = 0
    case delete = 1
    case append = 2
    case subtract = 3
}

extension Controller {
    /// IncrementalAlterConfigs.
    package func incrementalAlterConfigs(_ request: IncrementalAlterConfigsRequest) -> ControllerResult<
        IncrementalAlterConfigsResponse
    > {
        var response = IncrementalAlterConfigsResponse()
        var records: [MetadataRecord] = []
        let resources = request.resources.map { ConfigResource(type: $0.resourceType, name: $0.resourceName) }
        let counts = Dictionary(resources.map { ($0, 1) }, uniquingKeysWith: +)
        for (entry, resource) in zip(request.resources, resources) {
            var result = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse()
            result.resourceType = entry.resourceType
            result.resourceName = entry.resourceName
            result.errorMessage = nil
            do throws(ControllerFailure) {
                if counts[resource, default: 0] > 1 { throw Self.namedTwice }
                try checkNames(entry.configs.map(\.name))
                let nulls = entry.configs.filter {
                    $0.configOperation != ConfigOperation.delete.rawValue && $0.value == nil
                }
                try refuse(nulls: nulls.map(\.name))
                try checkName(of: resource)
                var values = image.config(resource)
                var given: Set<String> = []
                for config in entry.configs {
                    try change(&values, resource, config.name, config.configOperation, config.value ?? "")
                    if config.configOperation != ConfigOperation.delete.rawValue { given.insert(config.name) }
                }
                let changes = try changes(resource, to: values, given: given)
                if !request.validateOnly { records += changes }
            } catch {
                result.errorCode = error.code
                result.errorMessage = error.message
            }
            response.responses.append(result)
        }
        return electedUncleanly(records, response)
    }

    /// AlterConfigs: what is not given goes back to its default.
    package func alterConfigs(_ request: AlterConfigsRequest) -> ControllerResult<AlterConfigsResponse> {
        var response = AlterConfigsResponse()
        var records: [MetadataRecord] = []
        let resources = request.resources.map { ConfigResource(type: $0.resourceType, name: $0.resourceName) }
        let counts = Dictionary(resources.map { ($0, 1) }, uniquingKeysWith: +)
        for (entry, resource) in zip(request.resources, resources) {
            var result = AlterConfigsResponse.AlterConfigsResourceResponse()
            result.resourceType = entry.resourceType
            result.resourceName = entry.resourceName
            result.errorMessage = nil
            do throws(ControllerFailure) {
                if counts[resource, default: 0] > 1 { throw Self.namedTwice }
                try checkNames(entry.configs.map(\.name))
                try refuse(nulls: entry.configs.filter { $0.value == nil }.map(\.name))
                try checkName(of: resource)
                // The names are different, as was checked.
                let values = Dictionary(entry.configs.map { ($0.name, $0.value ?? "") }) { $1 }
                let changes = try changes(resource, to: values, given: Set(values.keys))
                if !request.validateOnly { records += changes }
            } catch {
                result.errorCode = error.code
                result.errorMessage = error.message
            }
            response.responses.append(result)
        }
        return electedUncleanly(records, response)
    }

    /// Where settings now allow it, partitions without a leader get one at once.
    private func electedUncleanly<Response>(_ records: [MetadataRecord], _ response: Response)
        -> ControllerResult<Response>
    {
        let allows = records.contains { record in
            guard case .config(let record) = record else { return false }
            return record.name == "unclean.leader.election.enable"
        }
        guard allows else { return ControllerResult(records, response) }
        var draft = DecisionDraft(self)
        draft.add(records)
        draft.electWhereNobodyLeads(.uncleanAllowed)
        return draft.result(response)
    }

    private static let namedTwice = ControllerFailure(.invalidRequest, "the request names the resource twice")

    private func checkNames(_ names: [String]) throws(ControllerFailure) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw ControllerFailure(.invalidRequest, "\(name) is given twice")
        }
    }

    private func refuse(nulls: [String]) throws(ControllerFailure) {
        if nulls.isEmpty { return }
        throw ControllerFailure(.invalidRequest, "the value of \(nulls.sorted().joined(separator: ", ")) is null")
    }

    /// What can be said of a resource without its settings.
    private func checkName(of resource: ConfigResource) throws(ControllerFailure) {
        switch resource.type {
        case ConfigResource.topicType:
            if resource.name.isEmpty {
                throw ControllerFailure(
                    .invalidRequest,
                    "a topic needs a name; defaults of all topics are settings of the brokers"
                )
            }
            if let problem = TopicName.malformation(of: resource.name) {
                throw ControllerFailure(.invalidTopicException, problem)
            }
        case ConfigResource.brokerType:
            guard !resource.name.isEmpty else { return }
            guard let id = Int32(resource.name) else {
                throw ControllerFailure(.invalidRequest, "a broker's name is its number, not '\(resource.name)'")
            }
            guard image.brokers[id] != nil, resource.name == String(id) else {
                throw ControllerFailure(.invalidRequest, "broker '\(resource.name)' is not registered")
            }
        case ConfigResource.groupType:
            if resource.name.isEmpty { throw ControllerFailure(.invalidRequest, "a group needs a name") }
        case ConfigResource.clientMetricsType:
            if resource.name.isEmpty {
                throw ControllerFailure(.invalidRequest, "a subscription to clients' metrics needs a name")
            }
        case ConfigResource.brokerLoggerType:
            throw ControllerFailure(
                .invalidRequest,
                "log levels do not change while this node runs; start it with --log-level"
            )
        default:
            throw ControllerFailure(.invalidRequest, "resources of type \(resource.type) are not known")
        }
    }

    private func change(
        _ values: inout [String: String],
        _ resource: ConfigResource,
        _ name: String,
        _ operation: Int8,
        _ value: String
    ) throws(ControllerFailure) {
        guard let operation = ConfigOperation(rawValue: operation) else {
            throw ControllerFailure(.invalidRequest, "configuration operation \(operation) is not known")
        }
        switch operation {
        case .set: values[name] = value
        case .delete: values[name] = nil
        case .append, .subtract:
            guard let key = ConfigCatalog.shared.keys(of: resource.type)[name], key.kind == .list else {
                throw ControllerFailure(.invalidConfig, "\(name) is no list; it can be set or deleted only")
            }
            var items = ConfigValue.list(values[name] ?? inherited(key, by: resource) ?? "")
            let changed = ConfigValue.list(value)
            if operation == .append {
                items += changed.filter { !items.contains($0) }
                // No list may have an empty item.
                if changed.isEmpty { items.append("") }
            } else {
                items.removeAll { changed.contains($0) }
            }
            values[name] = items.joined(separator: ",")
        }
    }

    /// The value of a key where the resource has none of its own.
    private func inherited(_ key: ConfigKey, by resource: ConfigResource) -> String? {
        switch resource.type {
        case ConfigResource.topicType: resolver.topic(key, overrides: [:]).value
        case ConfigResource.brokerType: resolver.broker(key).value
        case ConfigResource.groupType: resolver.group(key, overrides: [:]).value
        default: key.defaultValue
        }
    }

    /// The records that bring a resource to new settings.
    ///
    /// - Parameter names: the settings that the request gives a value.
    private func changes(
        _ resource: ConfigResource,
        to values: [String: String],
        given names: Set<String>
    ) throws(ControllerFailure) -> [MetadataRecord] {
        let old = image.config(resource)
        let validation = ConfigValidation(resolver: resolver(for: resource))
        if resource.type == ConfigResource.brokerType {
            try validation.check(broker: values, given: names, isDefault: resource.name.isEmpty)
        }
        for name in names.sorted() where (values[name]?.utf16.count ?? 0) > ConfigValidation.maxValueLength {
            throw ControllerFailure(
                .invalidConfig,
                "the value of \(name) has more than \(ConfigValidation.maxValueLength) characters"
            )
        }
        switch resource.type {
        case ConfigResource.topicType:
            try validation.check(topic: values, old: old)
            guard image.topicIds[resource.name] != nil else {
                throw ControllerFailure(.unknownTopicOrPartition, "topic '\(resource.name)' does not exist")
            }
        case ConfigResource.groupType: try validation.check(group: values, old: old)
        case ConfigResource.clientMetricsType: try validation.check(clientMetrics: values, given: names)
        default: break
        }
        let changed = Set(old.keys).union(values.keys).filter { old[$0] != values[$0] }
        try checkEligibleLeaders(resource, changed, values)
        return changed.sorted().map { record(resource, $0, values[$0]) } + clearedLeaders(resource, changed)
    }

    func record(_ resource: ConfigResource, _ name: String, _ value: String?) -> MetadataRecord {
        var record = ConfigRecord()
        record.resourceType = resource.type
        record.resourceName = resource.name
        record.name = name
        record.value = value
        return .config(record)
    }

    private func resolver(for resource: ConfigResource) -> ConfigResolver {
        var result = resolver
        if resource.type == ConfigResource.brokerType, !resource.name.isEmpty {
            result.dynamicBroker = image.config(resource)
        }
        return result
    }

    // MARK: Eligible leader replicas (KIP-966)

    private static let minInSync = "min.insync.replicas"
    var tracksEligibleLeaders: Bool { image.features[SupportedFeatures.eligibleLeadersName, default: 0] > 0 }

    /// Which replicas may lead depends on one number for the cluster, so it must be there, and the same for all brokers.
    private func checkEligibleLeaders(
        _ resource: ConfigResource,
        _ changed: Set<String>,
        _ values: [String: String]
    ) throws(ControllerFailure) {
        guard tracksEligibleLeaders, resource.type == ConfigResource.brokerType, changed.contains(Self.minInSync) else {
            return
        }
        if !resource.name.isEmpty {
            throw ControllerFailure(
                .invalidConfig,
                "\(Self.minInSync) is set for all brokers at once while eligible.leader.replicas.version is on"
            )
        }
        if values[Self.minInSync] == nil {
            throw ControllerFailure(
                .invalidConfig,
                "\(Self.minInSync) of all brokers cannot be removed while eligible.leader.replicas.version is on"
            )
        }
    }

    /// With eligible leader replicas the cluster agrees on how many replicas must be in sync: one value for all brokers, and none of their own.
    func recordsForEligibleLeaders() -> [MetadataRecord] {
        let all = ConfigResource(type: ConfigResource.brokerType, name: "")
        var records: [MetadataRecord] = []
        if image.config(all)[Self.minInSync] == nil {
            records.append(record(all, Self.minInSync, String(resolver.brokerInt(Self.minInSync))))
        }
        let own = image.configs.keys.filter { $0.type == ConfigResource.brokerType && !$0.name.isEmpty }
        for broker in own.sorted(by: { $0.name < $1.name }) where image.config(broker)[Self.minInSync] != nil {
            records.append(record(broker, Self.minInSync, nil))
        }
        return records
    }

    private func clearedLeaders(_ resource: ConfigResource, _ changed: Set<String>) -> [MetadataRecord] {
        guard tracksEligibleLeaders, changed.contains(Self.minInSync) else { return [] }
        var record = ClearElrRecord()
        record.topicName = resource.type == ConfigResource.topicType ? resource.name : ""
        return [.clearElr(record)]
    }
}
