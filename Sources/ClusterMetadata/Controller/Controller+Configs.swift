import KafkaProtocol

/// Checks of configurations that come over the wire.
public enum ConfigValidation {
    public static func check(topic configs: [String: String]) throws(ControllerFailure) {
        try check(configs, ConfigCatalog.shared.topic, what: "topic")
        if let value = configs["cleanup.policy"], ConfigValue.list(value).isEmpty, !value.isEmpty {
            throw ControllerFailure(.invalidConfig, "cleanup.policy is '\(value)'; it must be delete, compact or both")
        }
        if let low = configs["min.compaction.lag.ms"].flatMap({ Int64($0) }),
            let high = configs["max.compaction.lag.ms"].flatMap({ Int64($0) }), low > high
        {
            throw ControllerFailure(.invalidConfig, "min.compaction.lag.ms exceeds max.compaction.lag.ms")
        }
    }

    static func check(
        _ configs: [String: String],
        _ keys: [String: ConfigKey],
        what: String
    ) throws(ControllerFailure) {
        for (name, value) in configs.sorted(by: { $0.key < $1.key }) {
            guard let key = keys[name] else {
                let hint = ConfigCatalog.nearest(to: name, in: keys.keys).map { "; did you mean '\($0)'?" } ?? ""
                throw ControllerFailure(.invalidConfig, "'\(name)' is no configuration of a \(what)\(hint)")
            }
            if let problem = key.problem(with: value) {
                throw ControllerFailure(.invalidConfig, "\(name) cannot be '\(value)': \(problem)")
            }
        }
    }

    static func record(_ resource: ConfigResource, _ name: String, _ value: String?) -> MetadataRecord {
        var record = ConfigRecord()
        record.resourceType = resource.type
        record.resourceName = resource.name
        record.name = name
        record.value = value
        return .config(record)
    }
}

/// One change of a configuration, with IncrementalAlterConfigs' numbers.
public enum ConfigOperation: Int8, Sendable {
    case set = 0
    case delete = 1
    case append = 2
    case subtract = 3
}

extension Controller {
    /// IncrementalAlterConfigs.
    public func incrementalAlterConfigs(_ request: IncrementalAlterConfigsRequest) -> ControllerResult<
        IncrementalAlterConfigsResponse
    > {
        var response = IncrementalAlterConfigsResponse()
        var records: [MetadataRecord] = []
        var seen: Set<ConfigResource> = []
        for entry in request.resources {
            let resource = ConfigResource(type: entry.resourceType, name: entry.resourceName)
            var result = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse()
            result.resourceType = entry.resourceType
            result.resourceName = entry.resourceName
            do throws(ControllerFailure) {
                guard seen.insert(resource).inserted else {
                    throw ControllerFailure(.invalidRequest, "the request names the resource twice")
                }
                var values = image.config(resource)
                var names: Set<String> = []
                for config in entry.configs {
                    guard names.insert(config.name).inserted else {
                        throw ControllerFailure(.invalidRequest, "\(config.name) is given twice")
                    }
                    try change(&values, resource, config.name, config.configOperation, config.value)
                }
                records += try changes(resource, to: values, only: names, isValidateOnly: request.validateOnly)
            } catch {
                result.errorCode = error.code
                result.errorMessage = error.message
            }
            response.responses.append(result)
        }
        return ControllerResult(records, response)
    }

    private func change(
        _ values: inout [String: String],
        _ resource: ConfigResource,
        _ name: String,
        _ operation: Int8,
        _ value: String?
    ) throws(ControllerFailure) {
        guard let operation = ConfigOperation(rawValue: operation) else {
            throw ControllerFailure(.invalidRequest, "configuration operation \(operation) is not known")
        }
        if operation == .delete {
            values[name] = nil
            return
        }
        guard let value else { throw ControllerFailure(.invalidRequest, "the value of \(name) is null") }
        if operation == .set {
            values[name] = value
            return
        }
        guard let key = keys(of: resource)[name], key.kind == .list else {
            throw ControllerFailure(.invalidRequest, "\(name) is no list; it can be set or deleted only")
        }
        let inForce =
            values[name]
            ?? (resource.type == ConfigResource.topicType
                ? resolver.topic(key, overrides: [:]).value : resolver.broker(name))
        var items = ConfigValue.list(inForce ?? "")
        let changed = ConfigValue.list(value)
        if operation == .append {
            items += changed.filter { !items.contains($0) }
        } else {
            items.removeAll { changed.contains($0) }
        }
        values[name] = items.joined(separator: ",")
    }

    /// AlterConfigs: what is not given goes back to its default.
    public func alterConfigs(_ request: AlterConfigsRequest) -> ControllerResult<AlterConfigsResponse> {
        var response = AlterConfigsResponse()
        var records: [MetadataRecord] = []
        for entry in request.resources {
            let resource = ConfigResource(type: entry.resourceType, name: entry.resourceName)
            var result = AlterConfigsResponse.AlterConfigsResourceResponse()
            result.resourceType = entry.resourceType
            result.resourceName = entry.resourceName
            do throws(ControllerFailure) {
                var values: [String: String] = [:]
                for config in entry.configs {
                    guard let value = config.value else {
                        throw ControllerFailure(.invalidRequest, "the value of \(config.name) is null")
                    }
                    guard values.updateValue(value, forKey: config.name) == nil else {
                        throw ControllerFailure(.invalidRequest, "\(config.name) is given twice")
                    }
                }
                records += try changes(resource, to: values, only: nil, isValidateOnly: request.validateOnly)
            } catch {
                result.errorCode = error.code
                result.errorMessage = error.message
            }
            response.responses.append(result)
        }
        return ControllerResult(records, response)
    }

    private func keys(of resource: ConfigResource) -> [String: ConfigKey] {
        switch resource.type {
        case ConfigResource.topicType: ConfigCatalog.shared.topic
        case ConfigResource.brokerType: ConfigCatalog.shared.broker
        case ConfigResource.groupType: ConfigCatalog.shared.group
        default: [:]
        }
    }

    private func changes(
        _ resource: ConfigResource,
        to values: [String: String],
        only names: Set<String>?,
        isValidateOnly: Bool
    ) throws(ControllerFailure) -> [MetadataRecord] {
        let old = image.config(resource)
        let changed = Set(old.keys).union(values.keys).filter { old[$0] != values[$0] }
        switch resource.type {
        case ConfigResource.topicType:
            if let problem = TopicName.problem(with: resource.name) {
                throw ControllerFailure(.invalidTopicException, problem)
            }
            guard image.topicIds[resource.name] != nil else {
                throw ControllerFailure(.unknownTopicOrPartition, "topic '\(resource.name)' does not exist")
            }
            try ConfigValidation.check(topic: values)
        case ConfigResource.brokerType: try checkBroker(resource, values, changed: changed)
        case ConfigResource.groupType:
            guard !resource.name.isEmpty else { throw ControllerFailure(.invalidRequest, "a group needs a name") }
            try ConfigValidation.check(values, ConfigCatalog.shared.group, what: "group")
        default:
            throw ControllerFailure(.invalidRequest, "resources of type \(resource.type) have no configuration here")
        }
        for name in names ?? [] where keys(of: resource)[name] == nil {
            throw ControllerFailure(.invalidConfig, "'\(name)' is not a known configuration")
        }
        return isValidateOnly ? [] : changed.sorted().map { ConfigValidation.record(resource, $0, values[$0]) }
    }

    private func checkBroker(
        _ resource: ConfigResource,
        _ values: [String: String],
        changed: Set<String>
    ) throws(ControllerFailure) {
        if !resource.name.isEmpty {
            guard let id = Int32(resource.name), image.brokers[id] != nil else {
                throw ControllerFailure(.invalidRequest, "broker '\(resource.name)' is not registered")
            }
        }
        try ConfigValidation.check(values, ConfigCatalog.shared.broker, what: "broker")
        for name in changed.sorted() {
            guard let key = ConfigCatalog.shared.broker[name] else { continue }
            if key.mutability == .readOnly {
                throw ControllerFailure(
                    .invalidRequest,
                    "\(name) cannot change while the broker runs; set it in the configuration file"
                )
            }
            if key.mutability == .perBroker, resource.name.isEmpty {
                throw ControllerFailure(.invalidRequest, "\(name) is set for each broker, not for all at once")
            }
        }
    }
}
