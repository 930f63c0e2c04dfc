import KafkaProtocol
import NIOCore
import Testing

@testable import ClusterMetadata

/// Levels of features: what records a level allows, and how levels change.
struct FeaturesTests {
    func version(_ level: Int16) throws -> MetadataVersion { try #require(MetadataVersion(level: level)) }

    // MARK: Levels

    @Test(
        arguments: [
            ("3.3-IV3", 7), ("3.9-IV0", 21), ("4.0-IV0", 22), ("4.1-IV1", 27), ("4.2-IV1", 29), ("4.3-IV0", 30),
            ("4.4-IV2", 33), ("3.7", 19), ("4.0", 25), ("4.1", 27), ("4.1.2", 27), ("4.3.x", 30),
        ] as [(String, Int16)]
    )
    func levelsHaveKafkasNames(_ name: String, _ level: Int16) throws {
        #expect(MetadataVersion(name: name)?.level == level)
        if name.contains("-") { #expect(try version(level).name == name) }
    }

    @Test(arguments: ["", "4", "4.4", "3.2", "4.1-IV9", "5.0", "4.1-IV", "x.y", "30", "4.1-"])
    func whatIsNoReleaseHasNoLevel(_ name: String) { #expect(MetadataVersion(name: name) == nil) }

    @Test func onlyKnownLevelsAreUnderstood() {
        #expect(MetadataVersion(level: 6) == nil && MetadataVersion(level: 34) == nil)
        #expect(MetadataVersion(level: .min) == nil && MetadataVersion(level: .max) == nil)
        #expect(MetadataVersion.minimum.level == 7 && MetadataVersion.latest.level == 33)
        #expect(MetadataVersion.latestStable.name == "4.3-IV0")
    }

    /// The versions that Kafka 4.4 writes at each level.
    @Test func recordsHaveTheVersionsOfTheirLevel() throws {
        var broker = RegisterBrokerRecord()
        broker.logDirs = [KafkaUUID(high: 1, low: 1)]
        broker.cordonedLogDirs = []
        var partition = PartitionRecord()
        partition.directories = [KafkaUUID(high: 1, low: 1)]
        partition.eligibleLeaderReplicas = [1]
        partition.lastKnownElr = [1]
        var change = PartitionChangeRecord()
        change.directories = [KafkaUUID(high: 1, low: 1)]
        change.eligibleLeaderReplicas = [1]
        for level in 7...33 as ClosedRange<Int16> {
            let version = try version(level)
            func written(_ record: MetadataRecord) throws -> (Int16, MetadataRecord) {
                let bytes = try record.encoded(at: version)
                var reader = WireReader(bytes)
                _ = reader.uvarint()
                _ = reader.uvarint()
                let number = Int16(reader.uvarint())
                let back = try MetadataRecord(decoding: bytes)
                #expect(back == record.carried(at: version), "level \(level)")
                return (number, back)
            }
            let (brokerVersion, brokerBack) = try written(.registerBroker(broker))
            #expect(brokerVersion == (level >= 30 ? 4 : level >= 17 ? 3 : level >= 8 ? 2 : 1))
            if case .registerBroker(let back) = brokerBack {
                #expect(back.logDirs.isEmpty == (level < 17) && (back.cordonedLogDirs == nil) == (level < 30))
            }
            let (partitionVersion, partitionBack) = try written(.partition(partition))
            #expect(partitionVersion == (level >= 23 ? 2 : level >= 17 ? 1 : 0))
            if case .partition(let back) = partitionBack {
                #expect(back.directories.isEmpty == (level < 17) && (back.lastKnownElr == nil) == (level < 23))
            }
            #expect(try written(.partitionChange(change)).0 == partitionVersion)
            var registration = BrokerRegistrationChangeRecord()
            registration.fenced = -1
            #expect(try written(.brokerRegistrationChange(registration)).0 == 0)
            registration.inControlledShutdown = 1
            #expect(try written(.brokerRegistrationChange(registration)).0 == 1)
            registration.logDirs = broker.logDirs
            registration.cordonedLogDirs = []
            #expect(try written(.brokerRegistrationChange(registration)).0 == (level >= 30 ? 3 : level >= 17 ? 2 : 1))
            #expect(try written(.topic(TopicRecord())).0 == 0)
        }
    }

    // MARK: The first records

    @Test func theFirstRecordsAreOneTransaction() throws {
        let controller = Controller(image: MetadataImage(), staticConfig: [:])
        guard case .beginTransaction(let begin) = controller.activationRecords(Controller.bootstrapRecords()).first
        else { throw MetadataRecordError(description: "no transaction") }
        #expect(begin.name == "Bootstrap records")
        #expect(
            controller.activationRecords(Controller.bootstrapRecords()).dropFirst()
                == [level("metadata.version", 30), .endTransaction(EndTransactionRecord())]
        )
        #expect(controller.activationRecords([]).count == 3, "nothing was left by formatting: the default")
        let old = Controller.bootstrapRecords(try version(12))
        #expect(controller.activationRecords(old) == old, "a level without transactions")
    }

    /// With eligible leader replicas, as Kafka formats, the number of replicas in sync is agreed on too.
    @Test func eligibleLeadersNeedANumberOfReplicasInSync() throws {
        let controller = Controller(image: MetadataImage(), staticConfig: ["min.insync.replicas": "2"])
        let records = controller.activationRecords(
            Controller.bootstrapRecords() + [level("eligible.leader.replicas.version", 1)]
        )
        var config = ConfigRecord()
        config.resourceType = 4
        config.name = "min.insync.replicas"
        config.value = "2"
        #expect(records.dropLast().last == .config(config))
    }

    /// What the brokers had each for themselves goes, and what the controller is configured with holds for all.
    @Test func eligibleLeadersMayBeTurnedOnLater() throws {
        var image = MetadataImage()
        var delta = MetadataDelta()
        try image.apply(level("metadata.version", 30), &delta)
        var own = ConfigRecord()
        (own.resourceType, own.resourceName, own.name, own.value) = (4, "7", "min.insync.replicas", "3")
        try image.apply(.config(own), &delta)
        func update(_ name: String, _ level: Int16, _ type: Int8 = 1) -> ControllerResult<UpdateFeaturesResponse> {
            var update = UpdateFeaturesRequest.FeatureUpdateKey()
            (update.feature, update.maxVersionLevel, update.upgradeType) = (name, level, type)
            var request = UpdateFeaturesRequest()
            request.featureUpdates = [update]
            return Controller(image: image, staticConfig: ["min.insync.replicas": "2"])
                .updateFeatures(request, version: 2, supported: SupportedFeatures(image, allowsUnstable: false))
        }
        let result = update("eligible.leader.replicas.version", 1)
        #expect(result.response.errorCode == .none)
        var all = own
        (all.resourceName, all.value) = ("", "2")
        own.value = nil
        #expect(result.records == [level("eligible.leader.replicas.version", 1), .config(all), .config(own)])
        for record in result.records { try image.apply(record, &delta) }
        let lower = update("metadata.version", 22, 3)
        #expect(lower.response.errorCode == .invalidUpdateVersion && lower.records.isEmpty)
        #expect(lower.response.errorMessage?.contains("eligible.leader.replicas.version is on") == true)
        let off = update("eligible.leader.replicas.version", 0, 2)
        #expect(off.records == [level("eligible.leader.replicas.version", 0)])
        for record in off.records { try image.apply(record, &delta) }
        try image.apply(level("metadata.version", 22), &delta)
        let early = update("eligible.leader.replicas.version", 1)
        #expect(early.response.errorMessage?.contains("requires metadata.version 23 (4.0-IV1)") == true)
    }

    @Test func theLevelOfTheQuorumIsNoRecord() throws {
        var image = MetadataImage()
        var delta = MetadataDelta()
        image.kraftVersion = 1
        try image.apply(level("kraft.version", 1), &delta)
        try image.apply(level("metadata.version", 30), &delta)
        #expect(image.features == ["metadata.version": 30] && image.records().count == 1)
        try image.apply(level("group.version", 1), &delta)
        let features = SupportedFeatures(image, allowsUnstable: false)
        #expect(
            features.ranges == [
                "metadata.version": 7...30, "kraft.version": 0...1, "eligible.leader.replicas.version": 0...1,
                "transaction.version": 0...2,
            ]
        )
        #expect(features.finalized(image).map(\.name) == ["kraft.version", "metadata.version"])
        #expect(SupportedFeatures(image, allowsUnstable: true).ranges["metadata.version"] == 7...33)
        try image.apply(level("metadata.version", 32), &delta)
        #expect(SupportedFeatures(image, allowsUnstable: false).ranges["metadata.version"] == 7...32)
    }

    // MARK: UpdateFeatures

    func level(_ name: String, _ level: Int16) -> MetadataRecord {
        var record = FeatureLevelRecord()
        record.name = name
        record.featureLevel = level
        return .featureLevel(record)
    }

    struct Change: CustomStringConvertible {
        var from: Int16 = 30
        var name = "metadata.version"
        var to: Int16
        var type: Int8 = 1
        var code = ErrorCode.none
        var description: String { "\(name) \(from) -> \(to) type \(type)" }
    }

    func update(_ changes: [Change], image: MetadataImage, version: Int16 = 2, validateOnly: Bool = false)
        -> ControllerResult<UpdateFeaturesResponse>
    {
        var request = UpdateFeaturesRequest()
        request.validateOnly = validateOnly
        request.featureUpdates = changes.map { change in
            var update = UpdateFeaturesRequest.FeatureUpdateKey()
            (update.feature, update.maxVersionLevel, update.upgradeType) = (change.name, change.to, change.type)
            update.allowDowngrade = change.type != 1
            return update
        }
        return Controller(image: image, staticConfig: [:]).updateFeatures(
            request,
            version: version,
            supported: SupportedFeatures(image, allowsUnstable: image.features["metadata.version"] ?? 0 > 30)
        )
    }

    func image(_ level: Int16, kraft: Int16 = 0) throws -> MetadataImage {
        var image = MetadataImage()
        var delta = MetadataDelta()
        try image.apply(self.level("metadata.version", level), &delta)
        image.kraftVersion = kraft
        return image
    }

    @Test(
        arguments: [
            Change(from: 7, to: 30), Change(from: 21, to: 22), Change(to: 30),
            Change(to: 31, code: .invalidUpdateVersion), Change(to: 34, code: .invalidUpdateVersion),
            Change(to: 6, code: .invalidUpdateVersion), Change(to: 0, type: 2, code: .invalidUpdateVersion),
            Change(to: -1, type: 2, code: .invalidUpdateVersion),
            // Down: only as a downgrade, and only where no level between brought records.
            Change(from: 29, to: 28, code: .invalidUpdateVersion), Change(from: 29, to: 28, type: 2),
            Change(from: 29, to: 28, type: 3), Change(from: 29, to: 23, type: 2),
            Change(from: 29, to: 22, type: 2, code: .invalidUpdateVersion),
            Change(from: 29, to: 22, type: 3, code: .invalidUpdateVersion),
            Change(to: 29, type: 2, code: .invalidUpdateVersion), Change(from: 22, to: 17, type: 2),
            Change(from: 22, to: 16, type: 2, code: .invalidUpdateVersion),
            Change(from: 21, to: 22, type: 2, code: .invalidUpdateVersion),
            Change(from: 21, to: 22, type: 3, code: .invalidUpdateVersion),
            Change(from: 29, to: 28, type: 0, code: .invalidUpdateVersion),
            Change(from: 29, to: 30, type: 9, code: .invalidUpdateVersion),
            // From levels of no release back to the newest that has one.
            Change(from: 33, to: 30, type: 2), Change(from: 33, to: 32, type: 2),
            Change(from: 33, to: 29, type: 2, code: .invalidUpdateVersion),
            // What this node doesn't serve.
            Change(name: "group.version", to: 1, code: .invalidUpdateVersion),
            Change(name: "transaction.version", to: 3, code: .invalidUpdateVersion),
            Change(name: "nonsense", to: 0, type: 2, code: .invalidUpdateVersion),
            Change(name: "kraft.version", to: 1), Change(name: "kraft.version", to: 0, type: 2),
            Change(name: "kraft.version", to: 2, code: .invalidUpdateVersion),
        ]
    )
    func levelsChangeAsKafkaAllows(_ change: Change) throws {
        let image = try image(change.from)
        let result = update([change], image: image)
        #expect(result.response.errorCode == change.code)
        #expect((result.response.errorMessage == nil) == (change.code == .none))
        #expect(result.response.results.isEmpty, "version 2 has no results")
        if change.code != .none { #expect(result.records.isEmpty && result.kraftVersion == nil) }
        if change.code == .none, change.name == "metadata.version", change.to != change.from {
            #expect(result.records == [level(change.name, change.to)])
        }
        let dry = update([change], image: image, validateOnly: true)
        #expect(dry.response.errorCode == change.code && dry.records.isEmpty && dry.kraftVersion == nil)
    }

    @Test func theQuorumIsUpgradedBesideTheRecords() throws {
        let result = update([Change(name: "kraft.version", to: 1)], image: try image(30))
        #expect(result.kraftVersion == 1 && result.records == [.noOp(NoOpRecord())])
        let down = update([Change(name: "kraft.version", to: 0, type: 2)], image: try image(30, kraft: 1))
        #expect(down.response.errorCode == .invalidUpdateVersion)
    }

    @Test func allChangesAreMadeOrNone() throws {
        let image = try image(21)
        let good = update([Change(to: 30), Change(name: "kraft.version", to: 1)], image: image, version: 1)
        #expect(good.records.count == 2 && good.kraftVersion == 1)
        #expect(good.response.results.map(\.feature) == ["metadata.version", "kraft.version"])
        #expect(good.response.results.allSatisfy { $0.errorCode == .none && $0.errorMessage == nil })
        let bad = update([Change(to: 30), Change(name: "group.version", to: 1)], image: image, version: 1)
        #expect(bad.records.isEmpty && bad.kraftVersion == nil && bad.response.errorCode == .invalidUpdateVersion)
        #expect(bad.response.results.isEmpty)
        let twice = update([Change(to: 22), Change(to: 23)], image: image)
        #expect(twice.response.errorCode == .invalidRequest && twice.records.isEmpty)
        #expect(update([], image: image).response.errorCode == .none)
    }

    /// Version 0 says only whether a downgrade is allowed.
    @Test func theFirstVersionAllowsDowngrades() throws {
        let image = try image(29)
        #expect(update([Change(to: 28, type: 2)], image: image, version: 0).records == [level("metadata.version", 28)])
        #expect(update([Change(to: 28)], image: image, version: 0).response.errorCode == .invalidUpdateVersion)
    }

    @Test func whatOnlyAnUnstableLevelCanSayKeepsIt() throws {
        var image = try image(33)
        var delta = MetadataDelta()
        var rule = AccessControlEntryRecord()
        rule.id = KafkaUUID(high: 1, low: 1)
        rule.host = "10.0.0.0/8"
        try image.apply(.accessControlEntry(rule), &delta)
        #expect(update([Change(to: 30, type: 2)], image: image).response.errorCode == .invalidUpdateVersion)
        #expect(update([Change(to: 32, type: 2)], image: image).response.errorCode == .none)
    }
}
