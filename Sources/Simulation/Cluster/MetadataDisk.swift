import KafkaRecords
import NIOCore
import World

/// What a node's disk says of its metadata log, read past the node.
struct MetadataDisk {
    static let directory = "/data/__cluster_metadata-0"

    /// Of `quorum-state`; nil when it cannot be read.
    var epoch: Int32?
    var voted: Int32?
    /// Of the `LeaderChange` records, in the order of the log.
    var leaderEpochs: [Int32] = []

    /// - Parameter isAlone: who leads where there are no others has voted for itself.
    init(_ disk: MemoryFileSystem, isAlone: Bool = true) {
        if let bytes = disk.peek(Self.directory + "/quorum-state") {
            let text = String(decoding: bytes, as: UTF8.self)
            epoch = Self.number("leaderEpoch", in: text)
            let (voted, leader) = (Self.number("votedId", in: text), Self.number("leaderId", in: text))
            self.voted = voted.flatMap { $0 >= 0 ? $0 : isAlone ? leader : nil }
        }
        for path in disk.paths where path.hasPrefix(Self.directory + "/") && path.hasSuffix(".log") {
            for batch in RecordBatches(ByteBuffer(bytes: disk.peek(path) ?? [])) where batch.header.isControl {
                guard let first = try? batch.allRecords().first, ControlRecordKind(key: first.key) == .leaderChange
                else { continue }
                leaderEpochs.append(batch.header.partitionLeaderEpoch)
            }
        }
    }

    private static func number(_ key: String, in text: String) -> Int32? {
        guard let match = text.firstRange(of: "\"\(key)\":") else { return nil }
        return Int32(text[match.upperBound...].prefix { $0 == "-" || $0.isNumber })
    }
}

extension Run {
    /// M5: looks at the disk of a node that has begun to serve, so it leads.
    func checkVotes(of node: SimulatedNode) {
        let disk = MetadataDisk(node.disk, isAlone: !isReplicated)
        var problems = [Votes.repeated(disk.leaderEpochs)]
        if let epoch = disk.epoch, let voted = disk.voted {
            problems.append(history.votes.saw(node.diskName, epoch: epoch, votedFor: voted))
        }
        // Of several nodes another one may lead.
        if !isReplicated, let epoch = disk.leaderEpochs.last {
            problems.append(history.votes.leads(node.processName, epoch: epoch))
            if let stated = disk.epoch, stated < epoch {
                problems.append("\(node.name) leads in epoch \(epoch), and its quorum-state says \(stated)")
            }
        }
        for problem in problems.compactMap({ $0 }) { timeline.violated("M5", problem) }
    }
}
