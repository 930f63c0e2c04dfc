import KafkaConnection
import KafkaProtocol

/// How a broker is asked for who coordinates something, in each version of FindCoordinator; without IO.
enum CoordinatorLookup {
    /// - Throws: `.unsupported` when the broker coordinates groups only.
    static func check(_ wanted: Coordinated, _ versions: ApiVersionTable) throws(KafkaError) {
        let version = try versions.version(of: FindCoordinatorRequest.schema)
        if wanted.kind != .group, version < 1 {
            throw KafkaError(.unsupported, "the broker does not support transactions")
        }
    }

    static func request(_ wanted: Coordinated, _ version: Int16) -> FindCoordinatorRequest {
        var request = FindCoordinatorRequest()
        if version >= 1 { request.keyType = wanted.kind.rawValue }
        if version >= 4 { request.coordinatorKeys = [wanted.name] } else { request.key = wanted.name }
        return request
    }

    /// The coordinator's id.
    ///
    /// - Throws: what the broker answered instead.
    static func coordinator(in response: FindCoordinatorResponse) throws(KafkaError) -> Int32 {
        guard let entry = response.coordinators.first else {
            // Before version 4.
            try response.errorCode.check(response.errorMessage)
            return response.nodeId
        }
        try entry.errorCode.check(entry.errorMessage)
        return entry.nodeId
    }
}
