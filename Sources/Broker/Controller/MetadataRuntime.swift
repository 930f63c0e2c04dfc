import ClusterMetadata
import KRaft
import KafkaProtocol
import KafkaRecords
import LogStorage
import Logging
import NIOCore
import Synchronization
import World

/// The controller's shell: one thread that takes requests in turn, commits their records, replays them and publishes the result.
final class MetadataRuntime: Sendable {
    private let world: World
    private let thread: any Worker
    private let logger: Logger
    private let staticConfig: [String: String]
    private let ownDefaults: [String: String]
    private let nodeId: Int32
    /// Where this node's controller would be reached by other voters.
    private let voterEndpoints: [VoterEndpoint]

    /// Touched by the controller's thread alone, but for the start.
    private struct State: ~Copyable {
        var quorum: SingleVoterQuorum
        var image = MetadataImage()
        /// The state before a transaction of the log that has not ended.
        var beforeTransaction: MetadataImage?
        var random: WorldRandom
    }
    private let state: Mutex<State>
    private let publish: @Sendable (MetadataImage, MetadataDelta, Int64) -> Void
    private let onFailure: @Sendable (String) -> Void

    /// - Parameters:
    ///   - publish: called with each new image, on the controller's thread; all is ready when it returns.
    ///   - onFailure: the metadata log failed; the node has to end.
    init(
        world: World,
        quorum: sending SingleVoterQuorum,
        nodeId: Int32,
        voterEndpoints: [VoterEndpoint],
        staticConfig: [String: String],
        ownDefaults: [String: String],
        logger: Logger,
        publish: @escaping @Sendable (MetadataImage, MetadataDelta, Int64) -> Void,
        onFailure: @escaping @Sendable (String) -> Void
    ) {
        self.world = world
        thread = world.threads.makeWorker("controller", threads: 1)
        state = Mutex(State(quorum: quorum, random: world.random))
        self.nodeId = nodeId
        self.voterEndpoints = voterEndpoints
        self.staticConfig = staticConfig
        self.ownDefaults = ownDefaults
        self.logger = logger
        self.publish = publish
        self.onFailure = onFailure
    }

    var status: QuorumStatus { state.withLock { $0.quorum.status } }

    /// Replays the log into the image. Returns the image; nothing is published.
    func load() throws -> MetadataImage {
        try state.withLock { state in
            var image = MetadataImage()
            var before: MetadataImage?
            var delta = MetadataDelta()
            func take(_ value: ByteBuffer) throws {
                let record = try MetadataRecord(decoding: value)
                switch record {
                case .beginTransaction: before = image
                case .endTransaction: before = nil
                case .abortTransaction:
                    image = before ?? image
                    before = nil
                default: try image.apply(record, &delta)
                }
            }
            try state.quorum.replay(
                snapshot: { content, _ in for value in content.values { try take(value) } },
                record: { value, _ in try take(value) }
            )
            image.kraftVersion = state.quorum.status.kraftVersion
            state.image = image
            state.beforeTransaction = before
            return image
        }
    }

    /// Puts the log in order as its new leader: ends a transaction that nobody goes on with, and appends what formatting left
    /// for the first leader. A log of records without a level, as earlier versions wrote, gets a snapshot, so that who
    /// needs to know the level of what it reads begins there. For the start, after `load`.
    func activate() throws -> MetadataImage {
        try state.withLock { state in
            var records: [MetadataRecord] = []
            if var before = state.beforeTransaction {
                var abort = AbortTransactionRecord()
                abort.reason = "Controller failover"
                records.append(.abortTransaction(abort))
                before.kraftVersion = state.image.kraftVersion
                state.image = before
                state.beforeTransaction = nil
            }
            let isBare = state.image.features[MetadataVersion.featureName] == nil
            var empty = MetadataImage()
            empty.kraftVersion = state.image.kraftVersion
            let hasContent = state.image != empty
            if isBare {
                let bootstrap = try state.quorum.bootstrapValues().map { try MetadataRecord(decoding: $0) }
                for case .featureLevel(let record) in bootstrap where record.name == MetadataVersion.featureName {
                    guard MetadataVersion(level: record.featureLevel) == nil else { continue }
                    throw MetadataRecordError(
                        description: "the directory was formatted with metadata.version \(record.featureLevel)"
                    )
                }
                let controller = Controller(image: state.image, staticConfig: staticConfig, ownDefaults: ownDefaults)
                records += controller.activationRecords(bootstrap)
            }
            if !records.isEmpty { _ = try commit(records, &state) }
            if isBare, hasContent { try saveSnapshot(&state) }
            return state.image
        }
    }

    /// Runs `decide` on the controller's thread; `done` gets its response once the records are committed and published, or nil
    /// when they could not be written.
    func submit<Response: Sendable>(
        _ decide: @escaping @Sendable (Controller, inout WorldRandom) -> ControllerResult<Response>,
        done: @escaping @Sendable (Response?) -> Void
    ) {
        if !thread.submit({ [self] in done(run(decide)) }) { done(nil) }
    }

    /// The same for the start, before there are other threads.
    func run<Response: Sendable>(
        _ decide: (Controller, inout WorldRandom) -> ControllerResult<Response>
    ) -> Response? {
        var published: (MetadataImage, MetadataDelta, Int64)?
        let response = state.withLock { state -> Response? in
            let controller = Controller(image: state.image, staticConfig: staticConfig, ownDefaults: ownDefaults)
            let result = decide(controller, &state.random)
            if result.records.isEmpty { return result.response }
            do {
                if let version = result.kraftVersion, version > state.image.kraftVersion {
                    try state.quorum.upgradeVoters(to: voterEndpoints, now: world.time.wall.milliseconds)
                    state.image.kraftVersion = version
                }
                published = try commit(result.records, &state)
                return result.response
            } catch {
                logger.critical("the metadata log failed", metadata: ["reason": "\(error)"])
                onFailure("\(error)")
                return nil
            }
        }
        if let (image, delta, offset) = published { publish(image, delta, offset) }
        return response
    }

    /// The offset that the next record will have.
    var nextOffset: Int64 { state.withLock { $0.quorum.status.logEndOffset } }

    private func commit(_ records: [MetadataRecord], _ state: inout State) throws -> (
        MetadataImage, MetadataDelta, Int64
    ) {
        let level = state.image.metadataVersion ?? .latestStable
        // The image holds what the log does, so that a start finds the same.
        let records = records.map { $0.carried(at: level) }
        let values = try records.map { try $0.encoded(at: level) }
        var image = state.image
        var delta = MetadataDelta()
        // Applied before they are written: what contradicts the state never reaches the log.
        for record in records { try image.apply(record, &delta) }
        let first = try state.quorum.append(values, now: world.time.wall.milliseconds)
        state.image = image
        // Who only knows lower levels cannot read the records that said the higher one: it begins with the snapshot.
        let isLower = state.image.metadataVersion ?? .latestStable < level
        if isLower || state.quorum.wantsSnapshot(now: world.time.wall.milliseconds) { try saveSnapshot(&state) }
        return (image, delta, first + Int64(records.count) - 1)
    }

    private func saveSnapshot(_ state: inout State) throws {
        let level = state.image.metadataVersion ?? .latestStable
        try state.quorum.save(
            snapshot: try state.image.records().map { try $0.encoded(at: level) },
            now: world.time.wall.milliseconds
        )
    }

    /// Finishes what was submitted and closes the log.
    func stop(then done: @escaping @Sendable () -> Void) {
        thread.submit { [self] in
            state.withLock { state in
                do throws(LogError) { try state.quorum.close() } catch { logger.error("\(error)") }
            }
        }
        thread.stop(then: done)
    }
}
