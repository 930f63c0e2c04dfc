import Foundation
import KafkaProtocol
import Testing

@testable import Replication

/// Runs the commands of a transcript against one replica, and writes down what comes of each.
final class ReplicaTranscript {
    private var replica = Replica(
        nodeId: 1,
        log: LogPosition(start: 0, end: 0, durableEnd: 0, lastEpoch: nil),
        highWatermark: 0,
        settings: ReplicaSettings()
    )
    private var now: Int64 = 0
    private var sessions: [NodeId: Int64] = [:]

    struct Arguments {
        var words: [String]
        var named: [String: String] = [:]

        init(_ line: Substring) {
            let all = line.split(separator: " ").map(String.init)
            words = all.filter { !$0.contains("=") }
            for word in all {
                let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if pair.count == 2 { named[String(pair[0])] = String(pair[1]) }
            }
        }

        func int(_ name: String, _ standard: Int64 = 0) -> Int64 { named[name].flatMap { Int64($0) } ?? standard }
        func has(_ name: String) -> Bool { named[name] != nil }
        func ids(_ name: String) -> [NodeId] {
            (named[name] ?? "").split(separator: ",").compactMap { Int32($0).map { NodeId($0) } }
        }
        func epoch(_ name: String) -> LeaderEpoch { LeaderEpoch(Int32(int(name))) }
        func end(_ name: String) -> EpochEnd? {
            guard let pair = named[name]?.split(separator: "@"), pair.count == 2, let epoch = Int32(pair[0]),
                let offset = Int64(pair[1])
            else { return nil }
            return EpochEnd(epoch: LeaderEpoch(epoch), offset: offset)
        }
        var needs: AnswerConditions {
            switch named["acks"] {
            case "all": .replicated
            case "all+disk": [.replicated, .synced]
            case "disk": .synced
            default: .appended
            }
        }
    }

    func run(_ line: Substring) -> [String] {
        let arguments = Arguments(line)
        if arguments.has("at") { now = arguments.int("at") }
        let time = MonotonicTime(milliseconds: now)
        switch arguments.words.first {
        case "replica":
            start(arguments)
            return []
        case "settings":
            return text(replica.reconfigured(settings(arguments), now: time))
        case "metadata": return text(replica.metadataChanged(metadata(arguments), now: time))
        case "append": return append(arguments, time)
        case "repeat": return [text(replica.repeated(end: arguments.int("to"), needs: arguments.needs))]
        case "durable": return text(replica.durable(upTo: arguments.int("to")))
        case "fetch": return fetch(arguments, time)
        case "session":
            sessions[NodeId(Int32(arguments.int("id")))] = now
            return []
        case "tick":
            let sessions = sessions
            return text(replica.ticked(now: time) { sessions[$0].map { MonotonicTime(milliseconds: $0) } })
        case "isr": return text(replica.isrAnswered(UInt64(arguments.int("request")), isrAnswer(arguments), now: time))
        case "end":
            return text(
                replica.ended(
                    arguments.words[1] == "deleted" ? .deleted : arguments.words[1] == "failed" ? .logFailed : .stopped
                )
            )
        case "start": replica.logStartMoved(to: arguments.int("to")); return []
        case "show": return show()
        default: return follow(arguments)
        }
    }

    private func start(_ arguments: Arguments) {
        let end = arguments.int("end")
        let position = LogPosition(
            start: arguments.int("start"),
            end: end,
            durableEnd: arguments.int("durable", end),
            lastEpoch: arguments.has("last") ? arguments.epoch("last") : nil
        )
        replica = Replica(
            nodeId: NodeId(Int32(arguments.int("id", 1))),
            log: position,
            highWatermark: arguments.int("mark"),
            settings: settings(arguments)
        )
        sessions = [:]
        now = 0
    }

    private func settings(_ arguments: Arguments) -> ReplicaSettings {
        ReplicaSettings(
            minInSync: Int(arguments.int("min", 1)),
            syncsFirst: arguments.named["flush"] == "ack",
            lagLimitMillis: arguments.int("lag", 10_000)
        )
    }

    private func metadata(_ arguments: Arguments) -> ReplicaMetadata {
        let epochs = arguments.named["broker-epochs"]?.split(separator: ",").compactMap { Int64($0) } ?? []
        let members = arguments.ids("replicas").enumerated().map { index, id in
            ReplicaMember(
                id,
                brokerEpoch: index < epochs.count ? epochs[index] : -1,
                isFenced: arguments.ids("fenced").contains(id),
                isStopping: arguments.ids("stopping").contains(id)
            )
        }
        return ReplicaMetadata(
            leader: arguments.named["leader"] == "none" ? nil : NodeId(Int32(arguments.int("leader"))),
            leaderEpoch: arguments.epoch("epoch"),
            partitionEpoch: Int32(arguments.int("partition-epoch")),
            isr: arguments.ids("isr"),
            replicas: members
        )
    }

    private func append(_ arguments: Arguments, _ time: MonotonicTime) -> [String] {
        if let refusal = replica.refusal(ofAppend: arguments.needs) { return ["refused: \(refusal.code)"] }
        let effects = replica.appended(end: arguments.int("to"), needs: arguments.needs, now: time)
        var lines = [text(effects.answer)]
        if effects.hasMovedWatermark { lines.append("high watermark \(replica.highWatermark)") }
        if effects.flushes { lines.append("flush") }
        return lines
    }

    private func fetch(_ arguments: Arguments, _ time: MonotonicTime) -> [String] {
        var effects = ReplicaEffects()
        let fetch = FollowerFetch(
            id: NodeId(Int32(arguments.int("id"))),
            brokerEpoch: arguments.int("broker-epoch", -1),
            leaderEpoch: arguments.has("epoch") ? arguments.epoch("epoch") : replica.epoch,
            offset: arguments.int("from"),
            now: time,
            previousFetch: sessions[NodeId(Int32(arguments.int("id")))].map { MonotonicTime(milliseconds: $0) }
        )
        if let code = replica.followerFetched(fetch, &effects) { return ["refused: \(code)"] }
        sessions[fetch.id] = now
        return text(effects)
    }

    private func isrAnswer(_ arguments: Arguments) -> IsrAnswer {
        switch arguments.words.dropFirst().first {
        case "accepted":
            .accepted(
                leaderEpoch: arguments.has("epoch") ? arguments.epoch("epoch") : replica.epoch,
                partitionEpoch: Int32(arguments.int("partition-epoch")),
                isr: arguments.ids("isr")
            )
        case "lost": .lost
        case "ineligible": .refused(.ineligibleReplica)
        case "conflict": .refused(.invalidUpdateVersion)
        default: .refused(ErrorCode(rawValue: Int16(arguments.int("code", 41))))
        }
    }

    private func follow(_ arguments: Arguments) -> [String] {
        switch arguments.words.first {
        case "records":
            guard replica.accepts(epoch: arguments.epoch("epoch"), offset: arguments.int("from")) else {
                return ["not taken"]
            }
            return text(replica.appendedFromLeader(end: arguments.int("to"), lastEpoch: arguments.epoch("of")))
        case "answer":
            return text(
                replica.leaderAnswered(
                    LeaderAnswer(
                        epoch: arguments.epoch("epoch"),
                        highWatermark: arguments.int("mark"),
                        logStart: arguments.int("start"),
                        diverging: arguments.end("diverging"),
                        local: arguments.end("local")
                    )
                )
            )
        case "hasnot":
            return text(
                replica.leaderHasNot(
                    epoch: arguments.epoch("epoch"),
                    leaderStart: arguments.int("start"),
                    leaderEnd: arguments.int("end")
                )
            )
        case "truncated":
            let end = arguments.int("to")
            return text(
                replica.truncated(
                    LogPosition(
                        start: min(arguments.int("start", replica.log.start), end),
                        end: end,
                        durableEnd: min(replica.log.durableEnd, end),
                        lastEpoch: arguments.has("last") ? arguments.epoch("last") : nil
                    )
                )
            )
        default: return ["unknown command"]
        }
    }

    // MARK: Text

    private func text(_ time: AnswerTime) -> String {
        switch time {
        case .now(let code): "answered: \(code)"
        case .later(let token): "waits as \(token)"
        }
    }

    private func text(_ effects: ReplicaEffects) -> [String] {
        var lines = effects.decisions.map(\.description)
        if effects.hasMovedWatermark { lines.append("high watermark \(replica.highWatermark)") }
        lines += effects.answers.map { "answer \($0.token): \($0.code)" }
        if effects.wakesReaders { lines.append("wake all readers") }
        if effects.flushes { lines.append("flush") }
        if let request = effects.isrRequest {
            let members = request.isr.map { "\($0.id)" + ($0.brokerEpoch < 0 ? "" : "/\($0.brokerEpoch)") }
            lines.append(
                "request \(request.number): in sync \(members.joined(separator: ",")) after partition epoch "
                    + "\(request.partitionEpoch) in epoch \(request.leaderEpoch)"
            )
        }
        switch effects.logChange {
        case .truncate(let offset): lines.append("log: truncate to \(offset)")
        case .restart(let offset): lines.append("log: begin anew at \(offset)")
        case .deletePrefix(let offset): lines.append("log: delete what is before \(offset)")
        case nil: break
        }
        if let fetch = effects.fetch {
            let last = fetch.lastFetchedEpoch.map { ", last epoch \($0)" } ?? ""
            lines.append("fetch from \(fetch.leader) in epoch \(fetch.leaderEpoch): \(fetch.offset)\(last)")
        }
        return lines
    }

    private func show() -> [String] {
        var lines = [
            "log \(replica.log.start) to \(replica.log.end), durable \(replica.log.durableEnd), high watermark "
                + "\(replica.highWatermark), epoch \(replica.epoch), partition epoch \(replica.partitionEpoch)"
        ]
        if replica.isLeader {
            let maximal = replica.maximalIsr.map(\.description).joined(separator: ",")
            let isr = replica.isr.map(\.description).joined(separator: ",")
            lines.append("leads, in sync \(isr), maximal \(maximal), \(replica.waitingAnswers) wait")
            for follower in replica.followers {
                let at = follower.end < 0 ? "unknown" : "\(follower.end)"
                let behind = follower.behindSince.map { ", behind since \($0.milliseconds)" } ?? ""
                lines.append(
                    "follower \(follower.member.id) at \(at), caught up at \(follower.caughtUpAt.milliseconds)\(behind)"
                )
            }
            lines.append(replica.needsTicks ? "wants ticks" : "wants no ticks")
        } else if let followed = replica.followed {
            lines.append("follows \(followed)")
        } else if let reason = replica.offlineReason {
            lines.append("offline: \(reason)")
        }
        return lines
    }
}

/// The transcripts in the folder of that name: each command is followed by a line of dashes and what it leads to.
///
/// With `REWRITE=1` in the environment they are written anew; the difference is read like code.
struct ReplicaTranscriptTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Transcripts"
    )

    static var names: [String] {
        let all = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (all ?? []).filter { $0.hasSuffix(".txt") }.sorted()
    }

    @Test(arguments: names) func behavesAsWritten(_ name: String) throws {
        let path = Self.folder.appendingPathComponent(name)
        let written = try String(contentsOf: path, encoding: .utf8)
        let transcript = ReplicaTranscript()
        var result: [String] = []
        var isOutput = false
        for line in written.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "----" {
                isOutput = true
            } else if line.isEmpty {
                isOutput = false
                if result.last != "" { result.append("") }
            } else if !isOutput, line.hasPrefix("#") {
                result.append(String(line))
            } else if !isOutput {
                result.append(String(line))
                result.append("----")
                result += transcript.run(line)
            }
        }
        let text = result.joined(separator: "\n")
        if ProcessInfo.processInfo.environment["REWRITE"] != nil {
            try text.write(to: path, atomically: true, encoding: .utf8)
        } else {
            #expect(text == written, "\(name)")
        }
    }

    @Test func thereAreTranscripts() { #expect(Self.names.count >= 8) }
}
