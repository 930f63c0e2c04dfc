import ClusterMetadata

/// Settings that are stored but that nothing acts on yet, and whose they are; told in one sentence of bounded length.
struct IneffectiveSettings: CustomStringConvertible {
    static let maxSettings = 12
    static let maxHoldersOfSetting = 5
    static let maxNameLength = 80

    private var holders: [String: [String]] = [:]

    var isEmpty: Bool { holders.isEmpty }

    /// All that an image has.
    init(_ image: MetadataImage) {
        for resource in image.configs.keys { add(resource, image.config(resource), old: [:]) }
    }

    /// What came with a change.
    init(_ delta: MetadataDelta, from old: MetadataImage, to new: MetadataImage) {
        for resource in delta.changedConfigs {
            let isNewTopic =
                resource.type == ConfigResource.topicType && old.topicIds[resource.name] != new.topicIds[resource.name]
            add(resource, new.config(resource), old: isNewTopic ? [:] : old.config(resource))
        }
    }

    private mutating func add(_ resource: ConfigResource, _ values: [String: String], old: [String: String]) {
        for (name, value) in values where old[name] != value {
            guard let setting = Self.setting(resource, name, value) else { continue }
            holders[setting, default: []].append(Self.holder(resource))
        }
    }

    /// The setting as it is told; nil when it has its effect, or would change nothing.
    private static func setting(_ resource: ConfigResource, _ name: String, _ value: String) -> String? {
        let catalog = ConfigCatalog.shared
        switch resource.type {
        case ConfigResource.topicType:
            return EffectiveKeys.topic.contains(name) ? nil : unlessDefault(name, value, catalog.topic)
        case ConfigResource.brokerType:
            if EffectiveKeys.dynamic.contains(name) { return nil }
            if catalog.brokerKey(name) != nil { return name }
            let hint = ConfigCatalog.nearest(to: name, in: catalog.broker.keys).map { "; did you mean '\($0)'?" } ?? ""
            return "\(short(name)) (not a known key\(hint))"
        case ConfigResource.groupType: return unlessDefault(name, value, catalog.group)
        case ConfigResource.clientMetricsType: return unlessDefault(name, value, catalog.clientMetrics)
        default: return short(name)
        }
    }

    private static func unlessDefault(_ name: String, _ value: String, _ keys: [String: ConfigKey]) -> String? {
        guard let key = keys[name] else { return short(name) }
        return key.normalized(value) == key.defaultValue ? nil : name
    }

    private static func holder(_ resource: ConfigResource) -> String {
        let name = short(resource.name)
        switch resource.type {
        case ConfigResource.topicType: return "topic '\(name)'"
        case ConfigResource.brokerType: return name.isEmpty ? "all brokers" : "broker \(name)"
        case ConfigResource.groupType: return "group '\(name)'"
        case ConfigResource.clientMetricsType: return "subscription '\(name)'"
        default: return "'\(name)'"
        }
    }

    /// Names of groups and of unknown keys are as long as clients like.
    private static func short(_ name: String) -> String {
        name.count > maxNameLength ? "\(name.prefix(maxNameLength))..." : name
    }

    var description: String {
        let settings = holders.sorted { $0.key < $1.key }
        let told = settings.prefix(Self.maxSettings).map { setting, holders in
            let named = holders.sorted().prefix(Self.maxHoldersOfSetting).joined(separator: ", ")
            let others = holders.count - Self.maxHoldersOfSetting
            return "\(setting) of \(named)\(others > 0 ? " and \(others) more" : "")"
        }
        let others = settings.count - told.count
        return told.joined(separator: "; ") + (others > 0 ? "; and \(others) more settings" : "")
    }
}
