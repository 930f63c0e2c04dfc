import KafkaProtocol

extension Controller {
    // MARK: The first records

    /// What a new cluster of this level begins with.
    ///
    /// - Parameters:
    ///   - eligibleLeaders: `eligible.leader.replicas.version`
    ///   - transactions: `transaction.version`. No record names a feature of level 0.
    package static func bootstrapRecords(
        _ version: MetadataVersion = .latestStable,
        eligibleLeaders: Int16 = 0,
        transactions: Int16 = 0
    ) -> [MetadataRecord] {
        let features = [
            (SupportedFeatures.eligibleLeadersName, eligibleLeaders),
            (SupportedFeatures.transactionsName, transactions),
        ]
        return [featureLevel(MetadataVersion.featureName, version.level)]
            + features.filter { $0.1 > 0 }.map { featureLevel($0.0, $0.1) }
    }

    /// The records that a leader appends to a log in which no level stands yet: those of formatting, all or none of them.
    ///
    /// - Parameter bootstrap: empty stands for the defaults.
    package func activationRecords(_ bootstrap: [MetadataRecord]) -> [MetadataRecord] {
        var levels: [String: Int16] = [:]
        for case .featureLevel(let record) in bootstrap { levels[record.name] = record.featureLevel }
        var records = bootstrap
        if levels[MetadataVersion.featureName] == nil { records = Self.bootstrapRecords() + records }
        if levels[SupportedFeatures.eligibleLeadersName] ?? 0 > 0 { records += recordsForEligibleLeaders() }
        let version = levels[MetadataVersion.featureName].map { MetadataVersion(level: $0) } ?? .latestStable
        guard version?.hasTransactions ?? false else { return records }
        var begin = BeginTransactionRecord()
        begin.name = "Bootstrap records"
        return [.beginTransaction(begin)] + records + [.endTransaction(EndTransactionRecord())]
    }

    private static func featureLevel(_ name: String, _ level: Int16) -> MetadataRecord {
        var record = FeatureLevelRecord()
        record.name = name
        record.featureLevel = level
        return .featureLevel(record)
    }

    // MARK: UpdateFeatures

    private enum UpgradeType: Int8 {
        case upgrade = 1
        case safeDowngrade = 2
        case unsafeDowngrade = 3
    }

    /// UpdateFeatures: all of the changes or none.
    ///
    /// - Parameter version: of the request.
    package func updateFeatures(
        _ request: UpdateFeaturesRequest,
        version: Int16,
        supported: SupportedFeatures
    ) -> ControllerResult<UpdateFeaturesResponse> {
        var result = ControllerResult<UpdateFeaturesResponse>([], UpdateFeaturesResponse())
        result.response.errorMessage = nil
        var seen: Set<String> = []
        do throws(ControllerFailure) {
            for update in request.featureUpdates {
                guard seen.insert(update.feature).inserted else {
                    throw ControllerFailure(.invalidRequest, "the request names \(update.feature) twice")
                }
                let type =
                    version == 0
                    ? (update.allowDowngrade ? .safeDowngrade : .upgrade) : UpgradeType(rawValue: update.upgradeType)
                try change(update.feature, to: update.maxVersionLevel, type, supported, &result)
            }
        } catch {
            var response = UpdateFeaturesResponse()
            response.errorCode = error.code
            response.errorMessage = "nothing was changed: \(error.message)"
            return ControllerResult([], response)
        }
        if request.validateOnly {
            result.records = []
            result.kraftVersion = nil
        }
        if version <= 1 {
            result.response.results = request.featureUpdates.map { update in
                var row = UpdateFeaturesResponse.UpdatableFeatureResult()
                row.feature = update.feature
                row.errorMessage = nil
                return row
            }
        }
        return result
    }

    private func change(
        _ name: String,
        to level: Int16,
        _ type: UpgradeType?,
        _ supported: SupportedFeatures,
        _ result: inout ControllerResult<UpdateFeaturesResponse>
    ) throws(ControllerFailure) {
        func refuse(_ reason: String) -> ControllerFailure {
            ControllerFailure(.invalidUpdateVersion, "\(name) cannot become \(level): \(reason)")
        }
        guard let type else { throw refuse("the kind of change is not known") }
        guard let range = supported.ranges[name] else { throw refuse("this node does not serve the feature") }
        guard range.contains(level) else {
            throw refuse("this node serves the levels \(range.lowerBound) to \(range.upperBound)")
        }
        let isKraft = name == SupportedFeatures.kraftVersionName
        let current = isKraft ? image.kraftVersion : image.features[name] ?? 0
        if level < current, type == .upgrade { throw refuse("it is \(current), and the request asks for an upgrade") }
        if level > current, type != .upgrade { throw refuse("it is \(current), and the request asks for a downgrade") }
        if level == current { return }
        if isKraft {
            if level < current { throw refuse("the log names its voters since, and goes on to do so") }
            result.kraftVersion = level
            // So that there is an offset at which the change is committed.
            result.records.append(.noOp(NoOpRecord()))
            return
        }
        try checkEligibleLeaders(name, level, refuse)
        if let old = MetadataVersion(level: current), let new = MetadataVersion(level: level), new < old,
            old.changesRecords(since: new), !isLossless(from: old, to: new)
        {
            throw refuse("metadata might be lost, which \(old) can express and \(new) cannot")
        }
        result.records.append(Self.featureLevel(name, level))
        if name == SupportedFeatures.eligibleLeadersName, level > 0 { result.records += recordsForEligibleLeaders() }
    }

    /// Eligible leader replicas need a level of `metadata.version` whose records have room for them.
    private func checkEligibleLeaders(
        _ name: String,
        _ level: Int16,
        _ refuse: (String) -> ControllerFailure
    ) throws(ControllerFailure) {
        if name == SupportedFeatures.eligibleLeadersName, level > 0,
            !(image.metadataVersion ?? .minimum).hasEligibleLeaders
        {
            throw refuse("it requires metadata.version 23 (4.0-IV1) or later")
        }
        if name == MetadataVersion.featureName, tracksEligibleLeaders,
            MetadataVersion(level: level)?.hasEligibleLeaders == false
        {
            throw refuse(
                "eligible.leader.replicas.version is on, which requires metadata.version 23 (4.0-IV1) or later"
            )
        }
    }

    /// Between a level of a release and the unstable ones above it the image itself is asked: what such a level brought is seldom used.
    private func isLossless(from old: MetadataVersion, to new: MetadataVersion) -> Bool {
        guard !old.isStable, new >= .latestStable else { return false }
        return new.hasAddressRanges || !image.accessControl.values.contains { $0.host.contains("/") }
    }
}
