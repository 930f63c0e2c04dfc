import KafkaProtocol
import LogStorage
import NIOCore
import World

/// Who leads and for whom this node voted: the `quorum-state` file, JSON of the versions 0 and 1.
package struct QuorumState: Equatable, Sendable {
    package static let fileName = "quorum-state"

    package var leaderId: Int32 = -1
    package var leaderEpoch: Int32 = 0
    package var votedId: Int32 = -1
    /// Zero when it isn't known; version 0 has no place for it.
    package var votedDirectoryId = KafkaUUID.zero
    /// Voters that a static configuration named (version 0); empty when the log names them (version 1).
    package var voters: [Int32] = []
    package var version: Int16 = 0

    package init() {}

    package var text: String {
        if version == 0 {
            let list = voters.map { "{\"voterId\":\($0)}" }.joined(separator: ",")
            return "{\"clusterId\":\"\",\"leaderId\":\(leaderId),\"leaderEpoch\":\(leaderEpoch),\"votedId\":\(votedId),"
                + "\"appliedOffset\":0,\"currentVoters\":[\(list)],\"data_version\":0}"
        }
        return "{\"leaderId\":\(leaderId),\"leaderEpoch\":\(leaderEpoch),\"votedId\":\(votedId),"
            + "\"votedDirectoryId\":\"\(votedDirectoryId)\",\"data_version\":1}"
    }

    private static func uuid(_ key: String, in text: String) -> KafkaUUID? {
        guard let match = text.firstRange(of: "\"\(key)\"") else { return nil }
        let rest = text[match.upperBound...].drop { $0 == " " || $0 == ":" || $0 == "\"" }
        return KafkaUUID(String(rest.prefix { $0 != "\"" }))
    }

    /// - Throws: `.corrupt` when a number that it must have is missing, or its version is too new.
    package init(parsing text: String, path: String) throws(LogError) {
        func number(_ key: String, in text: some StringProtocol) -> Int32? {
            guard let match = text.firstRange(of: "\"\(key)\"") else { return nil }
            let rest = text[match.upperBound...].drop { $0 == " " || $0 == ":" }
            return Int32(rest.prefix { $0 == "-" || $0.isNumber })
        }
        guard let version = number("data_version", in: text), let leader = number("leaderId", in: text),
            let epoch = number("leaderEpoch", in: text), let voted = number("votedId", in: text)
        else {
            throw .corrupt(
                path: path,
                position: 0,
                reason: "it doesn't state leaderId, leaderEpoch, votedId and data_version"
            )
        }
        guard (0...1).contains(version) else {
            throw .corrupt(path: path, position: 0, reason: "its version \(version) is newer than this build reads (1)")
        }
        self.init()
        self.version = Int16(version)
        leaderId = leader
        leaderEpoch = epoch
        votedId = voted
        votedDirectoryId = Self.uuid("votedDirectoryId", in: text) ?? .zero
        // In version 1 the log names the voters.
        voters = version == 1 ? [] : text.split(separator: "{").dropFirst().compactMap { number("voterId", in: $0) }
    }
}
