import KafkaProtocol

/// The features that this build serves, each with the levels that it understands. Only of these the node says anything to
/// clients: a feature whose meaning it doesn't serve stays as it is in the metadata, and is not offered.
package struct SupportedFeatures: Equatable, Sendable {
    package static let kraftVersionName = "kraft.version"
    package static let kraftVersions: ClosedRange<Int16> = 0...1

    /// KIP-966.
    package static let eligibleLeadersName = "eligible.leader.replicas.version"
    package static let eligibleLeadersLevels: ClosedRange<Int16> = 0...1

    /// KIP-890.
    package static let transactionsName = "transaction.version"
    package static let transactionsLevels: ClosedRange<Int16> = 0...2

    package var ranges: [String: ClosedRange<Int16>]

    /// - Parameters:
    ///   - image: a level that it has already is understood whatever else is allowed.
    ///   - allowsUnstable: of levels that no release has, too: `unstable.feature.versions.enable`.
    package init(_ image: MetadataImage, allowsUnstable: Bool) {
        let newest: MetadataVersion = allowsUnstable ? .latest : max(.latestStable, image.metadataVersion ?? .minimum)
        ranges = [
            MetadataVersion.featureName: MetadataVersion.minimum.level...newest.level,
            Self.kraftVersionName: Self.kraftVersions,
            Self.eligibleLeadersName: Self.eligibleLeadersLevels,
            Self.transactionsName: Self.transactionsLevels,
        ]
    }

    /// By name, in the order of names.
    package var sorted: [(name: String, range: ClosedRange<Int16>)] {
        ranges.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The levels of the served features that the cluster has agreed on, in the order of names.
    package func finalized(_ image: MetadataImage) -> [(name: String, level: Int16)] {
        var levels = image.features.filter { ranges[$0.key] != nil && $0.value > 0 }
        levels[Self.kraftVersionName] = image.kraftVersion > 0 ? image.kraftVersion : nil
        return levels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

extension MetadataImage {
    /// nil as long as no record says it.
    package var metadataVersion: MetadataVersion? {
        features[MetadataVersion.featureName].flatMap { MetadataVersion(level: $0) }
    }
}
