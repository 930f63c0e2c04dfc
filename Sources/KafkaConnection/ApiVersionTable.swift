import KafkaProtocol

/// Which versions of each API a broker and this client both speak (KIP-35).
package struct ApiVersionTable: Sendable {
    private let ranges: [Int16: ClosedRange<Int16>]
    /// The levels of features that the whole cluster uses (KIP-584).
    package let finalized: [String: Int16]

    package init(_ response: ApiVersionsResponse) {
        var ranges: [Int16: ClosedRange<Int16>] = [:]
        for api in response.apiKeys where api.minVersion <= api.maxVersion {
            ranges[api.apiKey] = api.minVersion...api.maxVersion
        }
        self.ranges = ranges
        finalized = Dictionary(response.finalizedFeatures.map { ($0.name, $0.maxVersionLevel) }) { $1 }
    }

    /// The highest version that both speak, at most `limit`.
    ///
    /// - Throws: `.unsupported` when there is none.
    package func version(of schema: MessageSchema, limit: Int16 = .max) throws(KafkaError) -> Int16 {
        // Each request asks for a version; the name is for those that fail.
        var api: String { ApiKey(rawValue: schema.key).map { "\($0)" } ?? "\(schema.key)" }
        guard let theirs = ranges[schema.key] else {
            throw KafkaError(.unsupported, "the broker does not support the API \(api)")
        }
        let highest = min(theirs.upperBound, schema.versions.upperBound, limit)
        guard highest >= max(theirs.lowerBound, schema.versions.lowerBound) else {
            throw KafkaError(
                .unsupported,
                "no common version of the API \(api): the broker supports \(theirs), this client \(schema.versions.lowerBound)...\(min(schema.versions.upperBound, limit))"
            )
        }
        return highest
    }

    package func has(_ api: ApiKey) -> Bool { ranges[api.rawValue] != nil }
}
