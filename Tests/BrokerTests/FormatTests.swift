import ClusterMetadata
import KRaft
import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import TestSupport
import Testing
import World

@testable import Broker

/// Directories that this node formats, and those of Kafka and of earlier versions: what ends up in the metadata log.
@Suite(.serialized)
struct FormatTests {
    let disk = MemoryFileSystem()
    let metadata = "/one/__cluster_metadata-0"

    /// The records of the log or of a snapshot, control records left out.
    func records(_ name: String? = nil) throws -> [MetadataRecord] {
        let names = try name.map { [$0] } ?? disk.list(metadata).filter { $0.hasSuffix(".log") }
        var result: [MetadataRecord] = []
        for name in names {
            let bytes = try disk.contents("\(metadata)/\(name)")
            for batch in RecordBatches(bytes) where !batch.header.isControl {
                for record in try batch.allRecords() {
                    result.append(try MetadataRecord(decoding: record.value ?? ByteBuffer()))
                }
            }
        }
        return result
    }

    var everyTopic: MetadataRequest {
        var request = MetadataRequest()
        request.topics = nil
        return request
    }

    func level(_ name: String, _ level: Int16) -> MetadataRecord {
        var record = FeatureLevelRecord()
        (record.name, record.featureLevel) = (name, level)
        return .featureLevel(record)
    }

    func features(_ node: TestNode, version: Int16 = 4) throws -> (
        supported: [String: ClosedRange<Int16>], finalized: [String: Int16]
    ) {
        var request = ApiVersionsRequest()
        (request.clientSoftwareName, request.clientSoftwareVersion) = ("test", "1")
        let response = try node.client().call(request, ApiVersionsResponse.self, version: version)
        return (
            Dictionary(
                uniqueKeysWithValues: response.supportedFeatures.map { ($0.name, $0.minVersion...$0.maxVersion) }
            ),
            Dictionary(uniqueKeysWithValues: response.finalizedFeatures.map { ($0.name, $0.maxVersionLevel) })
        )
    }

    func update(_ node: TestNode, _ name: String, _ level: Int16, type: Int8 = 1) throws -> ErrorCode {
        var change = UpdateFeaturesRequest.FeatureUpdateKey()
        (change.feature, change.maxVersionLevel, change.upgradeType) = (name, level, type)
        var request = UpdateFeaturesRequest()
        request.featureUpdates = [change]
        return try node.client().call(request, UpdateFeaturesResponse.self, version: 2).errorCode
    }

    func format(_ options: StorageFormatter.Options = .init(), _ settings: [String: String] = [:]) throws
        -> [StorageFormatter.Outcome]
    {
        let config = try BrokerConfig(["log.dirs": "/one"].merging(settings) { $1 })
        return try StorageFormatter(config, world: .real(files: disk), logger: .silent).format(options)
    }

    private static let finalized: [String: Int16] = [
        "metadata.version": 30, "kraft.version": 1, "eligible.leader.replicas.version": 1, "transaction.version": 2,
    ]

    // MARK: New directories
    @Test func theLevelStandsInTheLogItself() throws {
        let node = try TestNode(disk)
        let first = try records()
        guard case .beginTransaction = first[0], case .config(let config) = first[4],
            case .endTransaction = first[5], case .registerBroker(let broker) = first[6]
        else {
            Issue.record("the log begins with \(first)")
            return
        }
        #expect(first[1] == level("metadata.version", 30))
        #expect(first[2] == level("eligible.leader.replicas.version", 1))
        #expect(first[3] == level("transaction.version", 2))
        #expect(config.name == "min.insync.replicas" && config.resourceName.isEmpty && config.value == "1")
        #expect(broker.features.map(\.name) == Self.finalized.keys.sorted())
        #expect(broker.features.map(\.maxSupportedVersion) == [1, 1, 30, 2])
        #expect(try features(node).finalized == Self.finalized)
        #expect(
            try features(node).supported
                == SupportedFeatures(MetadataImage(), allowsUnstable: false).ranges
        )
        #expect(try features(node, version: 3).supported == ["metadata.version": 7...30], "none that begins with 0")
        node.running.stop()
        disk.restartProcess()
        let again = try TestNode(disk)
        let levels = try records().filter { if case .featureLevel = $0 { true } else { false } }
        #expect(levels.count == 3, "said once")
        again.running.stop()
    }

    @Test func theVoterIsReachedWhereTheConfigurationSays() throws {
        _ = try format(
            .init(),
            [
                "listeners": "PLAINTEXT://127.0.0.1:9092,CTRL://0.0.0.0:9193",
                "advertised.listeners": "PLAINTEXT://127.0.0.1:9092,CTRL://node.example:9193",
                "controller.listener.names": "CTRL",
                "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CTRL:PLAINTEXT",
            ]
        )
        #expect(
            try StorageInspection(path: "/one", fileSystem: disk).voters.first?.addresses == [
                "CTRL://node.example:9193"
            ]
        )
        _ = try StorageFormatter(
            try BrokerConfig(["log.dirs": "/two", "listeners": "PLAINTEXT://:9093"]),
            world: .real(files: disk),
            logger: .silent
        )
        .format(.init())
        #expect(
            try StorageInspection(path: "/two", fileSystem: disk).voters.first?.addresses == [
                "CONTROLLER://localhost:9094"
            ]
        )
    }

    /// Where the configuration names the voters, as Kafka has it too.
    @Test func staticVotersStayInTheConfiguration() throws {
        _ = try format(.init(), ["node.id": "3", "controller.quorum.voters": "3@127.0.0.1:9093"])
        let found = try StorageInspection(path: "/one", fileSystem: disk)
        #expect(found.features.first { $0.name == "kraft.version" }?.level == 0)
        let node = try TestNode(disk)
        #expect(try features(node).finalized == Self.finalized.filter { $0.key != "kraft.version" })
        #expect(try update(node, "kraft.version", 1) == .none)
        #expect(try features(node).finalized["kraft.version"] == 1)
        node.running.stop()
        disk.restartProcess()
        let again = try TestNode(disk)
        #expect(try features(again).finalized["kraft.version"] == 1)
        again.running.stop()
    }

    @Test func formattingTakesWhatIsAskedFor() throws {
        var options = StorageFormatter.Options()
        options.clusterId = "some-cluster"
        options.release = "4.1-IV1"
        options.features = ["kraft.version": 0, "group.version": 0, "eligible.leader.replicas.version": 0]
        let done = try format(options, ["node.id": "9", "log.dirs": "/one,/two"])
        #expect(
            done.map(\.isNew) == [true, true] && done.allSatisfy { $0.clusterId == "some-cluster" && $0.nodeId == 9 }
        )
        #expect(done.map(\.metadataVersion) == ["27 (4.1-IV1)", nil])
        let node = try TestNode(disk, directories: ["/one", "/two"])
        #expect(node.running.ready.clusterId == "some-cluster" && node.running.ready.nodeId == 9)
        #expect(try features(node).finalized == ["metadata.version": 27, "transaction.version": 2])
        node.running.stop()
    }

    @Test(
        arguments: [
            ("metadata.version", 6), ("metadata.version", 34), ("metadata.version", 31), ("group.version", 1),
            ("transaction.version", 3), ("nonsense", 1), ("kraft.version", 2), ("eligible.leader.replicas.version", 2),
        ] as [(String, Int16)]
    )
    func whatCannotBeServedIsNotFormatted(_ name: String, _ level: Int16) throws {
        var options = StorageFormatter.Options()
        options.features = [name: level]
        #expect(throws: ConfigurationError.self) { try format(options) }
        #expect(!disk.exists("/one/meta.properties") && !disk.exists(metadata))
    }

    @Test func contradictionsAreRefused() throws {
        func refused(_ settings: [String: String] = [:], _ change: (inout StorageFormatter.Options) -> Void) -> Bool {
            var options = StorageFormatter.Options()
            change(&options)
            do {
                _ = try format(options, settings)
                return false
            } catch { return error is ConfigurationError }
        }
        #expect(refused { $0.release = "9.9" })
        #expect(refused { ($0.release, $0.features) = ("4.1", ["metadata.version": 27]) })
        #expect(refused { ($0.release, $0.features) = ("3.9", ["eligible.leader.replicas.version": 1]) })
        #expect(refused { $0.clusterId = "two words" })
        #expect(refused { $0.clusterId = "" })
        #expect(refused(["node.id": "1", "controller.quorum.voters": "1@h:1"]) { $0.features = ["kraft.version": 1] })
        #expect(!disk.exists("/one/meta.properties"))
        let first = try format()
        #expect(refused { _ in })
        #expect(refused { ($0.ignoresFormatted, $0.clusterId) = (true, "another") })
        var options = StorageFormatter.Options()
        options.ignoresFormatted = true
        let second = try format(options, ["log.dirs": "/one,/two"])
        #expect(second.map(\.isNew) == [false, true] && second[0].directoryId == first[0].directoryId)
        #expect(second[1].clusterId == first[0].clusterId)
    }

    private static let controller = [
        "node.id": "2", "process.roles": "controller", "listeners": "CONTROLLER://h2:9093",
        "controller.listener.names": "CONTROLLER", "listener.security.protocol.map": "CONTROLLER:PLAINTEXT",
        "controller.quorum.bootstrap.servers": "h1:9093,h2:9093",
    ]

    private func initial(_ texts: String...) throws -> StorageFormatter.Voters {
        .initial(try texts.map { try #require(InitialController($0)) })
    }

    @Test func theFirstVotersOfAClusterStandInItsLog() throws {
        let ids = [KafkaUUID(high: 1, low: 1), KafkaUUID(high: 1, low: 2)]
        var options = StorageFormatter.Options()
        options.clusterId = "c"
        options.voters = try initial("1@h1:9093:\(ids[0])", "2@[::2]:9093:\(ids[1])")
        let done = try format(options, Self.controller)
        #expect(done.first?.directoryId == ids[1], "its own directory is the one that the list names")
        let found = try StorageInspection(path: "/one", fileSystem: disk)
        #expect(found.voters.map(\.id) == [1, 2] && found.voters[1].addresses == ["CONTROLLER://::2:9093"])
    }

    @Test func oneWhoJoinsNamesNoVoters() throws {
        var options = StorageFormatter.Options()
        options.clusterId = "c"
        options.voters = .some(.none)
        _ = try format(options, Self.controller)
        let found = try StorageInspection(path: "/one", fileSystem: disk)
        #expect(found.voters.isEmpty && found.features.first { $0.name == "kraft.version" }?.level == 0)
    }

    @Test func whoVotesAtFirstHasToBeClear() throws {
        let id = KafkaUUID(high: 1, low: 1)
        func problem(_ voters: StorageFormatter.Voters?, _ settings: [String: String] = [:]) -> String? {
            var options = StorageFormatter.Options()
            (options.clusterId, options.voters) = ("c", voters)
            do {
                _ = try format(options, Self.controller.merging(settings) { $1 })
                return nil
            } catch { return "\(error)" }
        }
        #expect(problem(nil)?.contains("say by --standalone") == true)
        let others = try initial("1@h:1:\(id)")
        #expect(problem(others)?.contains("does not name node 2") == true)
        let twice = try initial("2@h:1:\(id)", "3@h:2:\(id)")
        #expect(problem(twice)?.contains("twice") == true)
        let isStatic = ["controller.quorum.voters": "2@h:1"]
        #expect(problem(.standalone, isStatic)?.contains("remove that key") == true)
        let broker = ["process.roles": "broker", "listeners": "PLAINTEXT://h:1"]
        #expect(problem(.standalone, broker)?.contains("for controllers") == true)
        for bad in ["2@h:1", "2@h:\(id)", "x@h:1:\(id)", "2@h:0:\(id)", "2@h:1:\(KafkaUUID.zero)"] {
            #expect(InitialController(bad) == nil, "\(bad)")
        }
        #expect(!disk.exists("/one/meta.properties"))
    }

    @Test func aMetadataLogWithoutItsOwnerIsNotFormattedOver() throws {
        let node = try TestNode(disk)
        node.running.stop()
        try disk.remove("/one/meta.properties")
        disk.restartProcess()
        #expect(throws: ConfigurationError.self) { try TestNode(disk) }
        #expect(throws: ConfigurationError.self) { try format() }
    }

    // MARK: Directories of others

    /// Commits records as a leader would.
    private func write(_ records: [MetadataRecord], at level: MetadataVersion, to quorum: some MetadataQuorum) throws {
        _ = try quorum.propose(
            try records.map { try $0.encoded(at: level) },
            epoch: LeaderEpoch(quorum.status.leaderEpoch),
            now: WallTime(milliseconds: 1)
        )
        while try quorum.next() != nil {}
    }

    /// A directory as earlier versions left it: the level only in the snapshot of formatting, which Kafka never replays.
    @Test func whatAnEarlierVersionLeftOutIsAppended() throws {
        let version = try #require(MetadataVersion(level: 33))
        let directory = try LogDirectory("/one", fileSystem: disk)
        try directory.format(MetaProperties(clusterId: "old", nodeId: 1, directoryId: KafkaUUID(high: 1, low: 2)))
        let quorum = try RaftQuorum(
            directory: "/one",
            fileSystem: disk,
            nodeId: 1,
            directoryId: KafkaUUID(high: 1, low: 2),
            bootstrap: QuorumBootstrap(
                values: try Controller.bootstrapRecords(version).map { try $0.encoded(at: version) }
            ),
            time: .real,
            random: .system
        ) { _ in }
        var broker = RegisterBrokerRecord()
        broker.brokerId = 1
        try write([.registerBroker(broker)], at: version, to: quorum)
        try quorum.close()
        disk.restartProcess()

        let node = try TestNode(disk)
        #expect(try records().contains(level("metadata.version", 33)))
        #expect(try features(node).finalized == ["metadata.version": 33], "the level that is there, and static voters")
        #expect(try features(node).supported["metadata.version"] == 7...33)
        let snapshots = try disk.list(metadata).filter {
            $0.hasSuffix(".checkpoint") && !$0.hasPrefix("00000000000000000000-")
        }
        #expect(snapshots.count == 1, "who needs the level before the records begins here")
        #expect(try records(snapshots[0]).first == level("metadata.version", 33))
        // Back to a level that a released Kafka takes, which needs a snapshot too.
        #expect(try update(node, "metadata.version", 29, type: 2) == .invalidUpdateVersion)
        #expect(try update(node, "metadata.version", 30, type: 2) == .none)
        let newest = try #require(try disk.list(metadata).filter { $0.hasSuffix(".checkpoint") }.max())
        #expect(try records(newest).first == level("metadata.version", 30))
        node.running.stop()
        disk.restartProcess()
        let again = try TestNode(disk)
        #expect(try features(again).finalized == ["metadata.version": 30])
        again.running.stop()
    }

    /// What Kafka formatted goes into the log as it would write it, and of its features only those count that are served.
    @Test func whatKafkaFormattedIsCopiedIntoTheLog() throws {
        let version = MetadataVersion.latestStable
        let id = KafkaUUID(high: 1, low: 2)
        try LogDirectory("/one", fileSystem: disk).format(
            MetaProperties(clusterId: "kafka", nodeId: 1, directoryId: id)
        )
        var credential = UserScramCredentialRecord()
        (credential.name, credential.mechanism, credential.iterations) = ("alice", 1, 4096)
        let formatted: [MetadataRecord] = [
            level("metadata.version", 30), level("eligible.leader.replicas.version", 1), level("group.version", 1),
            .userScramCredential(credential),
        ]
        try QuorumBootstrap(
            values: try formatted.map { try $0.encoded(at: version) },
            voters: QuorumVoters(
                only: 1,
                directoryId: id,
                endpoints: [VoterEndpoint(listener: "C", host: "h", port: 1)]
            )
        ).write(to: "/one", fileSystem: disk, now: 1)
        disk.restartProcess()
        let node = try TestNode(disk)
        let first = try records()
        #expect(Array(first[1...4]) == formatted)
        guard case .config(let config) = first[5], case .endTransaction = first[6] else {
            Issue.record("the log begins with \(first)")
            return
        }
        #expect(config.name == "min.insync.replicas" && config.resourceName.isEmpty && config.value == "1")
        #expect(try features(node).finalized == Self.finalized.filter { $0.key != "transaction.version" })
        #expect(try update(node, "group.version", 0, type: 2) == .invalidUpdateVersion)
        let info = try StorageInspection(path: "/one", fileSystem: disk)
        #expect(
            info.features.first { $0.name == "group.version" }
                == .init(name: "group.version", level: 1, release: nil, isServed: false)
        )
        node.running.stop()
    }

    /// A leader that ended inside of a transaction: the next one takes back what it began.
    @Test func anOpenTransactionOfTheLogIsAborted() throws {
        let node = try TestNode(disk)
        let client = try node.client()
        #expect(try client.createTopic("kept") == ErrorCode.none)
        let info = try StorageInspection(path: "/one", fileSystem: disk)
        node.running.stop()
        disk.restartProcess()
        let quorum = try RaftQuorum(
            directory: "/one",
            fileSystem: disk,
            nodeId: 1,
            directoryId: try #require(info.meta).directoryId,
            bootstrap: QuorumBootstrap(values: []),
            time: .real,
            random: .system
        ) { _ in }
        var topic = TopicRecord()
        (topic.name, topic.topicId) = ("lost", KafkaUUID(high: 7, low: 7))
        let begun: [MetadataRecord] = [.beginTransaction(BeginTransactionRecord()), .topic(topic)]
        try write(begun, at: .latestStable, to: quorum)
        try quorum.close()
        disk.restartProcess()
        let again = try TestNode(disk)
        let response = try again.client().call(everyTopic, MetadataResponse.self, version: 12)
        #expect(response.topics.map(\.name) == ["kept"])
        #expect(try records().contains { if case .abortTransaction = $0 { true } else { false } })
        again.running.stop()
        disk.restartProcess()
        let third = try TestNode(disk)
        #expect(try third.client().createTopic("lost") == ErrorCode.none)
        third.running.stop()
    }

    // MARK: Old levels

    /// Every level that can be formatted is served, survives a start, and can be raised.
    @Test(arguments: [7, 12, 16, 22, 29] as [Int16])
    func oldLevelsAreKeptAndServed(_ old: Int16) throws {
        var options = StorageFormatter.Options()
        options.features = ["metadata.version": old]
        _ = try format(options)
        let node = try TestNode(disk)
        #expect(try node.client().createTopic("t", partitions: 2) == ErrorCode.none)
        #expect(try features(node).finalized["metadata.version"] == old)
        for case .partition(let record) in try records() { #expect(record.directories.isEmpty == (old < 17)) }
        node.running.stop()
        disk.restartProcess()
        let again = try TestNode(disk)
        #expect(try again.client().createTopic("u") == ErrorCode.none)
        #expect(try update(again, "metadata.version", 31) == .invalidUpdateVersion)
        #expect(try update(again, "metadata.version", 30) == .none)
        #expect(try features(again).finalized["metadata.version"] == 30)
        #expect(try again.client().createTopic("v") == ErrorCode.none)
        again.running.stop()
        disk.restartProcess()
        let third = try TestNode(disk)
        let response = try third.client().call(everyTopic, MetadataResponse.self, version: 12)
        #expect(Set(response.topics.compactMap(\.name)) == ["t", "u", "v"])
        #expect(response.topics.allSatisfy { $0.partitions.allSatisfy { $0.leaderId == 1 } })
        third.running.stop()
    }

    @Test func levelsThatAreNotKnownEndTheStart() throws {
        for level in [6, 34] as [Int16] {
            let disk = MemoryFileSystem()
            let id = KafkaUUID(high: 1, low: 2)
            try LogDirectory("/one", fileSystem: disk).format(
                MetaProperties(clusterId: "c", nodeId: 1, directoryId: id)
            )
            let value = try self.level("metadata.version", level).encoded(at: .latest)
            try QuorumBootstrap(values: [value]).write(to: "/one", fileSystem: disk, now: 1)
            disk.restartProcess()
            #expect(throws: ConfigurationError.self) { try TestNode(disk) }
        }
    }

    // MARK: Committed offsets

    @Test func committedOffsetsCarryTheTopicsId() throws {
        let node = try TestNode(disk)
        let client = try node.client()
        #expect(try client.createTopic("t") == ErrorCode.none)
        var partition = OffsetCommitRequest.OffsetCommitRequestPartition()
        (partition.committedOffset, partition.committedLeaderEpoch) = (5, 0)
        var topic = OffsetCommitRequest.OffsetCommitRequestTopic()
        (topic.name, topic.partitions) = ("t", [partition])
        var request = OffsetCommitRequest()
        (request.groupId, request.topics) = ("g", [topic])
        var find = FindCoordinatorRequest()
        find.coordinatorKeys = ["g"]
        _ = try client.call(find, FindCoordinatorResponse.self, version: 4)
        let response = try client.call(request, OffsetCommitResponse.self, version: 8)
        #expect(response.topics.first?.partitions.first?.errorCode == ErrorCode.none)
        let metadata = try client.call(everyTopic, MetadataResponse.self, version: 12)
        let id = try #require(metadata.topics.first { $0.name == "t" }).topicId
        node.running.stop()
        var values: [ByteBuffer] = []
        for number in 0..<2 {
            let path = "/one/__consumer_offsets-\(number)/00000000000000000000.log"
            // Files are made when something is written.
            guard disk.exists(path) else { continue }
            for batch in RecordBatches(try disk.contents(path)) { values += try batch.allRecords().compactMap(\.value) }
        }
        var value = try #require(values.first)
        #expect(values.count == 1 && value.readInteger(as: Int16.self) == 4)
        var reader = WireReader(value)
        let written = try OffsetCommitValue.decode(&reader, version: 4)
        #expect(written.topicId == id && written.offset == 5)
    }
}
