import Broker
import ClusterMetadata
import KafkaProtocol

/// M2 to M6: what nodes know of the cluster, and what follows for their replicas. Sees nodes at some moments only, so what it needs for a
/// comparison may be missing.
struct MetadataWatch {
    private struct Key: Hashable {
        var topic: KafkaUUID
        var partition: Int32
    }

    /// A partition at one partition epoch.
    private struct Version: Hashable {
        var key: Key
        var epoch: Int32
    }

    /// What a replica was when it was last seen leading.
    private struct Leading {
        var leaderEpoch: Int32
        var partitionEpoch: Int32
        var highWatermark: Int64
    }

    private struct Place: Hashable {
        var process: String
        var key: Key
    }

    private static let imagesKept = 64

    let minInSync: Int
    /// Replicas that may have lost what their nodes had not synced. Whoever counts on one of them alone may have less than was committed:
    /// where none is called eligible beside those in sync, nobody else may lead.
    private var doubtful: [Key: Set<Int32>] = [:]
    private var excused: Set<Key> = []
    private var images: [Int64: MetadataImage] = [:]
    /// In the order in which they were seen.
    private var offsets: [Int64] = []
    private var newest: [String: Int64] = [:]
    private var versions: [Version: PartitionImage] = [:]
    private var controllers: [Int32: Int32] = [:]
    /// By the offset below which the log names them; in the order in which they were seen.
    private var voters: [Int64: [String]] = [:]
    private var voterOffsets: [Int64] = []
    private var leading: [Place: Leading] = [:]
    /// What a leader has called committed, and in which epoch.
    private var committed: [Key: (epoch: Int32, end: Int64)] = [:]
    private(set) var latest: (image: MetadataImage, offset: Int64)?

    init(minInSync: Int) { self.minInSync = minInSync }

    /// A node ended, and what it had not synced is gone.
    mutating func lostCache(_ node: Int32) {
        for topic in latest?.image.topics.values.sorted(by: { $0.name < $1.name }) ?? [] {
            for (number, partition) in topic.partitions
            where partition.isr.contains(node) || partition.eligibleLeaderReplicas.contains(node) {
                doubtful[Key(topic: topic.id, partition: number), default: []].insert(node)
            }
        }
    }

    /// Partitions of which since the last question all that was promised may be gone.
    mutating func newlyExcused() -> [TopicPartition] {
        guard let image = latest?.image, !doubtful.isEmpty else { return [] }
        var found: [TopicPartition] = []
        for topic in image.topics.values.sorted(by: { $0.name < $1.name }) {
            for (number, partition) in topic.partitions {
                let key = Key(topic: topic.id, partition: number)
                // Who has registered since is no longer in sync, unless it is the only one.
                guard !partition.isr.isEmpty, let nodes = doubtful[key]?.intersection(partition.isr) else { continue }
                doubtful[key] = nodes.isEmpty ? nil : nodes
                guard nodes.count == partition.isr.count, excused.insert(key).inserted else { continue }
                found.append(TopicPartition(topic.name, number))
            }
        }
        return found
    }

    typealias Violation = (invariant: String, what: String)

    /// - Parameter process: one process of a node.
    mutating func saw(_ process: String, _ seen: NodeInspection) -> [Violation] {
        sawController(process, seen.controller, epoch: seen.controllerEpoch)
            + sawVoters(process, seen.committedVoters.names, seen.committedVoters.offset)
            + sawImage(process, seen.image, seen.offset)
            + seen.replicas.flatMap { sawReplica(process, $0) }
    }

    // MARK: The quorum

    /// M5: an epoch has one leader, whoever is asked.
    mutating func sawController(_ process: String, _ leader: Int32, epoch: Int32) -> [Violation] {
        if leader < 0 { return [] }
        if let known = controllers[epoch], known != leader {
            return [("M5", "\(process) calls \(leader) the leader of epoch \(epoch), and others \(known)")]
        }
        controllers[epoch] = leader
        return []
    }

    /// M6: what is committed of the log names the same voters for all.
    mutating func sawVoters(_ process: String, _ names: [String], _ offset: Int64) -> [Violation] {
        // Before it has heard of a leader, a node knows no more than its snapshots.
        if offset <= 0 { return [] }
        if let known = voters[offset] {
            if known == names { return [] }
            return [("M6", "\(process) has the voters \(names) at offset \(offset), and others \(known)")]
        }
        voters[offset] = names
        voterOffsets.append(offset)
        if voterOffsets.count > Self.imagesKept { voters[voterOffsets.removeFirst()] = nil }
        return []
    }

    // MARK: Images

    mutating func sawImage(_ process: String, _ image: MetadataImage, _ offset: Int64) -> [Violation] {
        if offset < 0 || newest[process] == offset { return [] }
        newest[process] = offset
        if offset > latest?.offset ?? -1 { latest = (image, offset) }
        if let known = images[offset] {
            return known == image ? [] : [("M2", "\(process) has another image at offset \(offset) than others")]
        }
        images[offset] = image
        offsets.append(offset)
        if offsets.count > Self.imagesKept { images[offsets.removeFirst()] = nil }
        return image.topics.values.sorted { $0.name < $1.name }.flatMap { check($0, image, process) }
    }

    private mutating func check(_ topic: TopicImage, _ image: MetadataImage, _ process: String) -> [Violation] {
        var found: [Violation] = []
        for (number, partition) in topic.partitions {
            let version = Version(key: Key(topic: topic.id, partition: number), epoch: partition.partitionEpoch)
            let name = "\(topic.name)-\(number) of partition epoch \(partition.partitionEpoch)"
            if let known = versions[version], known != partition {
                found.append(("M4", "\(process) has \(name) as \(partition), and others \(known)"))
            }
            versions[version] = partition
            if let problem = Self.problem(partition, image) {
                found.append(("M3", "\(name): \(problem): \(partition)"))
            }
        }
        return found
    }

    /// M3: what no controller may decide.
    private static func problem(_ partition: PartitionImage, _ image: MetadataImage) -> String? {
        let isKnown = !partition.eligibleLeaderReplicas.isEmpty || !partition.lastKnownElr.isEmpty
        if partition.isr.isEmpty, !isKnown { return "nobody is in sync" }
        if partition.isr.contains(where: { !partition.replicas.contains($0) }) { return "who is no replica is in sync" }
        let fenced = partition.isr.filter { image.brokers[$0]?.isFenced ?? true }
        if partition.isr.count > 1, !fenced.isEmpty { return "\(fenced) are fenced, and in sync" }
        if partition.leader < 0 { return nil }
        if !partition.isr.contains(partition.leader) { return "the leader is not in sync" }
        if !fenced.isEmpty { return "the leader is fenced" }
        let place = partition.directory(of: partition.leader)
        if image.brokers[partition.leader]?.hasOnline(place) == false { return "the leader's log directory is offline" }
        return nil
    }

    // MARK: Replicas

    mutating func sawReplica(_ process: String, _ replica: NodeInspection.Replica) -> [Violation] {
        let key = Key(topic: replica.topicId, partition: replica.id.partition)
        let place = Place(process: process, key: key)
        let name = "\(replica.id) on \(process)"
        if replica.highWatermark > replica.logEnd {
            return [("I6", "\(name) ends at \(replica.logEnd), and its high watermark is \(replica.highWatermark)")]
        }
        guard replica.isLeader else {
            leading[place] = nil
            return []
        }
        var found: [Violation] = []
        let version = Version(key: key, epoch: replica.partitionEpoch)
        if let known = versions[version], known.leaderEpoch == replica.leaderEpoch, known.isr != replica.isr {
            let what =
                "\(name) has \(replica.isr) in sync at partition epoch \(replica.partitionEpoch), and the controller"
            found.append(("M3", "\(what) \(known.isr)"))
        }
        if let before = leading[place], before.leaderEpoch == replica.leaderEpoch {
            found += compare(before, replica, name)
        } else if let known = committed[key], !excused.contains(key), replica.leaderEpoch > known.epoch,
            replica.logEnd < known.end
        {
            let what = "\(name) leads in epoch \(replica.leaderEpoch) and ends at \(replica.logEnd)"
            found.append(("I1", "\(what), and \(known.end) was committed in epoch \(known.epoch)"))
        }
        leading[place] = Leading(
            leaderEpoch: replica.leaderEpoch,
            partitionEpoch: replica.partitionEpoch,
            highWatermark: replica.highWatermark
        )
        // Who does not know yet that it leads no longer has nothing new to say.
        if replica.leaderEpoch >= committed[key]?.epoch ?? -1 {
            committed[key] = (replica.leaderEpoch, max(committed[key]?.end ?? 0, replica.highWatermark))
        }
        return found
    }

    private func compare(_ before: Leading, _ replica: NodeInspection.Replica, _ name: String) -> [Violation] {
        if replica.partitionEpoch < before.partitionEpoch {
            return [("M4", "\(name) goes back from partition epoch \(before.partitionEpoch)")]
        }
        if replica.highWatermark < before.highWatermark {
            let what = "the high watermark of \(name) goes back from \(before.highWatermark)"
            return [("I6", "\(what) to \(replica.highWatermark) in epoch \(replica.leaderEpoch)")]
        }
        let isShort = replica.isr.count < minInSync && before.partitionEpoch == replica.partitionEpoch
        if isShort, replica.highWatermark > before.highWatermark {
            return [("I1", "the high watermark of \(name) moves with \(replica.isr) in sync")]
        }
        return []
    }
}
