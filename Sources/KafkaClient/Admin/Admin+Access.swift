import KafkaConnection
import KafkaProtocol

/// An ACL: an entry of the access control list (KIP-11, KIP-290).
public struct AccessRule: Hashable, Sendable {
    public enum ResourceType: Int8, Sendable { case topic = 2, group, cluster, transactionalId, delegationToken, user }
    public enum Pattern: Int8, Sendable { case literal = 3, prefixed }
    public enum Operation: Int8, Sendable {
        case all = 2
        case read, write, create, delete, alter, describe, clusterAction, describeConfigs, alterConfigs, idempotentWrite
        case createTokens, describeTokens, twoPhaseCommit
    }
    public enum Permission: Int8, Sendable { case deny = 2, allow }

    public var resource: ResourceType
    public var name: String
    public var pattern: Pattern
    /// For example `User:alice`.
    public var principal: String
    /// An IP address, or `*`.
    public var host: String
    public var operation: Operation
    public var permission: Permission

    public init(
        _ permission: Permission,
        _ operation: Operation,
        on resource: ResourceType,
        _ name: String,
        pattern: Pattern = .literal,
        principal: String,
        host: String = "*"
    ) {
        self.resource = resource
        self.name = name
        self.pattern = pattern
        self.principal = principal
        self.host = host
        self.operation = operation
        self.permission = permission
    }

    /// Nil for a kind that this version does not know.
    fileprivate init?(
        _ resource: (type: Int8, name: String, pattern: Int8),
        _ principal: String,
        _ host: String,
        _ operation: Int8,
        _ permission: Int8
    ) {
        guard let type = ResourceType(rawValue: resource.type), let pattern = Pattern(rawValue: resource.pattern),
            let operation = Operation(rawValue: operation), let permission = Permission(rawValue: permission)
        else { return nil }
        self.init(permission, operation, on: type, resource.name, pattern: pattern, principal: principal, host: host)
    }
}

/// Selects ACLs; nil matches everything.
public struct AccessFilter: Equatable, Sendable {
    public var resource: AccessRule.ResourceType?
    public var name: String?
    public var pattern: AccessRule.Pattern?
    public var principal: String?
    public var host: String?
    public var operation: AccessRule.Operation?
    public var permission: AccessRule.Permission?

    public init(resource: AccessRule.ResourceType? = nil, name: String? = nil, principal: String? = nil) {
        self.resource = resource
        self.name = name
        self.principal = principal
    }

    /// The number of «any» in each of the enumerations.
    fileprivate static let any: Int8 = 1
}

extension Admin {
    /// The ACLs that match.
    public func describeAccess(_ filter: AccessFilter = AccessFilter()) async throws(KafkaError) -> Set<AccessRule> {
        let response = try await cluster.call(.any) { version in
            var request = DescribeAclsRequest()
            request.resourceTypeFilter = filter.resource?.rawValue ?? AccessFilter.any
            request.resourceNameFilter = filter.name
            if version >= 1 { request.patternTypeFilter = filter.pattern?.rawValue ?? AccessFilter.any }
            request.principalFilter = filter.principal
            request.hostFilter = filter.host
            request.operation = filter.operation?.rawValue ?? AccessFilter.any
            request.permissionType = filter.permission?.rawValue ?? AccessFilter.any
            return request
        } check: { (response: DescribeAclsResponse) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
        var rules: Set<AccessRule> = []
        for resource in response.resources {
            for entry in resource.acls {
                let place = (resource.resourceType, resource.resourceName, resource.patternType)
                if let rule = AccessRule(place, entry.principal, entry.host, entry.operation, entry.permissionType) {
                    rules.insert(rule)
                }
            }
        }
        return rules
    }

    /// Creates an ACL; an existing one is kept.
    public func createAccess(_ rule: AccessRule) async throws(KafkaError) {
        let response = try await cluster.call(.controller) { version in
            var entry = CreateAclsRequest.AclCreation()
            entry.resourceType = rule.resource.rawValue
            entry.resourceName = rule.name
            if version >= 1 { entry.resourcePatternType = rule.pattern.rawValue }
            entry.principal = rule.principal
            entry.host = rule.host
            entry.operation = rule.operation.rawValue
            entry.permissionType = rule.permission.rawValue
            var request = CreateAclsRequest()
            request.creations = [entry]
            return request
        } check: { (response: CreateAclsResponse) throws(KafkaError) in
            for result in response.results { try result.errorCode.check(result.errorMessage) }
        }
        if response.results.isEmpty { throw KafkaError(.malformed, "the response has no entry for the ACL") }
    }

    /// Deletes the ACLs that match.
    ///
    /// - Returns: those that were deleted.
    public func deleteAccess(_ filter: AccessFilter) async throws(KafkaError) -> Set<AccessRule> {
        let response = try await cluster.call(.controller) { version in
            var entry = DeleteAclsRequest.DeleteAclsFilter()
            entry.resourceTypeFilter = filter.resource?.rawValue ?? AccessFilter.any
            entry.resourceNameFilter = filter.name
            if version >= 1 { entry.patternTypeFilter = filter.pattern?.rawValue ?? AccessFilter.any }
            entry.principalFilter = filter.principal
            entry.hostFilter = filter.host
            entry.operation = filter.operation?.rawValue ?? AccessFilter.any
            entry.permissionType = filter.permission?.rawValue ?? AccessFilter.any
            var request = DeleteAclsRequest()
            request.filters = [entry]
            return request
        } check: { (response: DeleteAclsResponse) throws(KafkaError) in
            for result in response.filterResults { try result.errorCode.check(result.errorMessage) }
        }
        var rules: Set<AccessRule> = []
        for entry in response.filterResults.flatMap(\.matchingAcls) {
            try entry.errorCode.check(entry.errorMessage)
            let place = (entry.resourceType, entry.resourceName, entry.patternType)
            if let rule = AccessRule(place, entry.principal, entry.host, entry.operation, entry.permissionType) {
                rules.insert(rule)
            }
        }
        return rules
    }
}

/// A quota's entity: by type (`user`, `client-id`, `ip`) the name, or nil for the default of that type (KIP-546).
public typealias QuotaEntity = [String: String?]

extension Admin {
    /// All quotas, by entity and key, such as `producer_byte_rate`.
    public func describeQuotas() async throws(KafkaError) -> [QuotaEntity: [String: Double]] {
        let response = try await cluster.call(.any) { _ in
            DescribeClientQuotasRequest()
        } check: { (response: DescribeClientQuotasResponse) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
        var result: [QuotaEntity: [String: Double]] = [:]
        for entry in response.entries ?? [] {
            var entity: QuotaEntity = [:]
            for part in entry.entity { entity.updateValue(part.entityName, forKey: part.entityType) }
            for value in entry.values { result[entity, default: [:]][value.key] = value.value }
        }
        return result
    }

    /// Changes the quotas of an entity.
    ///
    /// - Parameter values: nil removes a quota.
    public func alterQuotas(_ entity: QuotaEntity, _ values: [String: Double?]) async throws(KafkaError) {
        _ = try await cluster.call(.controller) { _ in
            var entry = AlterClientQuotasRequest.EntryData()
            entry.entity = entity.sorted { $0.key < $1.key }.map { kind, name in
                var part = AlterClientQuotasRequest.EntityData()
                part.entityType = kind
                part.entityName = name
                return part
            }
            entry.ops = values.sorted { $0.key < $1.key }.map { key, value in
                var change = AlterClientQuotasRequest.OpData()
                change.key = key
                change.value = value ?? 0
                change.remove = value == nil
                return change
            }
            var request = AlterClientQuotasRequest()
            request.entries = [entry]
            return request
        } check: { (response: AlterClientQuotasResponse) throws(KafkaError) in
            for entry in response.entries { try entry.errorCode.check(entry.errorMessage) }
        }
    }
}
