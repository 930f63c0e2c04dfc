import Foundation
import KafkaProtocol
import TestSupport
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

    func run(_ command: Transcript.Command) -> [String] {
        now = command.number("at", now)
        let time = MonotonicTime(milliseconds: now)
        switch command.name {
        case "replica":
            start(command)
            return []
        case "settings":
            return text(replica.reconfigured(settings(command), now: time))
        case "metadata": return text(replica.metadataChanged(metadata(command), now: time))
        case "append": return append(command, time)
        case "repeat": return [text(replica.repeated(end: command.number("to"), needs: command.needs))]
        case "durable": return text(replica.durable(upTo: command.number("to")))
        case "fetch": return fetch(command, time)
        case "session":
            sessions[NodeId(command.number("id"))] = now
            return []
        case "tick":
            let sessions = sessions
            return text(replica.ticked(now: time) { sessions[$0].map { MonotonicTime(milliseconds: $0) } })
        case "isr": return text(replica.isrAnswered(command.number("request"), isrAnswer(command), now: time))
        case "end":
            return text(
                replica.ended(
                    command.word(0) == "deleted" ? .deleted : command.word(0) == "failed" ? .logFailed : .stopped
                )
            )
        case "start": replica.logStartMoved(to: command.number("to")); return []
        case "show": return show()
        default: return follow(command)
        }
    }

    private func start(_ command: Transcript.Command) {
        let end: Int64 = command.number("end")
        let position = LogPosition(
            start: command.number("start"),
            end: end,
            durableEnd: command.number("durable", end),
            lastEpoch: command["last"] != nil ? command.epoch("last") : nil
        )
        replica = Replica(
            nodeId: NodeId(command.number("id", 1)),
            log: position,
            highWatermark: command.number("mark"),
            settings: settings(command)
        )
        sessions = [:]
        now = 0
    }

    private func settings(_ command: Transcript.Command) -> ReplicaSettings {
        ReplicaSettings(
            minInSync: command.number("min", 1),
            syncsFirst: command["flush"] == "ack",
            lagLimitMillis: command.number("lag", 10_000),
            refusesEveryWrite: command["scope"] == "every-write"
        )
    }

    private func metadata(_ command: Transcript.Command) -> ReplicaMetadata {
        let epochs = command["broker-epochs"]?.split(separator: ",").compactMap { Int64($0) } ?? []
        let members = command.ids("replicas").enumerated().map { index, id in
            ReplicaMember(
                id,
                brokerEpoch: index < epochs.count ? epochs[index] : -1,
                isFenced: command.ids("fenced").contains(id),
                isStopping: command.ids("stopping").contains(id),
                isOffline: command.ids("offline").contains(id)
            )
        }
        return ReplicaMetadata(
            leader: command["leader"] == "none" ? nil : NodeId(command.number("leader")),
            leaderEpoch: command.epoch("epoch"),
            partitionEpoch: command.number("partition-epoch"),
            isr: command.ids("isr"),
            replicas: members
        )
    }

    private func append(_ command: Transcript.Command, _ time: MonotonicTime) -> [String] {
        if let refusal = replica.refusal(ofAppend: command.needs) { return ["refused: \(refusal.code)"] }
        let effects = replica.appended(end: command.number("to"), needs: command.needs, now: time)
        var lines = [text(effects.answer)]
        if effects.hasMovedWatermark { lines.append("high watermark \(replica.highWatermark)") }
        if effects.flushes { lines.append("flush") }
        return lines
    }

    private func fetch(_ command: Transcript.Command, _ time: MonotonicTime) -> [String] {
        var effects = ReplicaEffects()
        let fetch = FollowerFetch(
            id: NodeId(command.number("id")),
            brokerEpoch: command.number("broker-epoch", -1),
            leaderEpoch: command["epoch"] != nil ? command.epoch("epoch") : replica.epoch,
            offset: command.number("from"),
            now: time,
            previousFetch: sessions[NodeId(command.number("id"))].map { MonotonicTime(milliseconds: $0) }
        )
        if let code = replica.followerFetched(fetch, &effects) { return ["refused: \(code)"] }
        sessions[fetch.id] = now
        return text(effects)
    }

    private func isrAnswer(_ command: Transcript.Command) -> IsrAnswer {
        switch command.word(0) {
        case "accepted":
            .accepted(
                leaderEpoch: command["epoch"] != nil ? command.epoch("epoch") : replica.epoch,
                partitionEpoch: command.number("partition-epoch"),
                isr: command.ids("isr")
            )
        case "lost": .lost
        case "ineligible": .refused(.ineligibleReplica)
        case "conflict": .refused(.invalidUpdateVersion)
        default: .refused(ErrorCode(rawValue: command.number("code", 41)))
        }
    }

    private func follow(_ command: Transcript.Command) -> [String] {
        switch command.name {
        case "records":
            guard replica.accepts(epoch: command.epoch("epoch"), offset: command.number("from")) else {
                return ["not taken"]
            }
            return text(replica.appendedFromLeader(end: command.number("to"), lastEpoch: command.epoch("of")))
        case "answer":
            return text(
                replica.leaderAnswered(
                    LeaderAnswer(
                        epoch: command.epoch("epoch"),
                        highWatermark: command.number("mark"),
                        logStart: command.number("start"),
                        diverging: command.end("diverging"),
                        local: command.end("local")
                    )
                )
            )
        case "hasnot":
            return text(
                replica.leaderHasNot(
                    epoch: command.epoch("epoch"),
                    leaderStart: command.number("start"),
                    leaderEnd: command.number("end")
                )
            )
        case "truncated":
            let end: Int64 = command.number("to")
            return text(
                replica.truncated(
                    LogPosition(
                        start: min(command.number("start", replica.log.start), end),
                        end: end,
                        durableEnd: min(replica.log.durableEnd, end),
                        lastEpoch: command["last"] != nil ? command.epoch("last") : nil
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

extension Transcript.Command {
    fileprivate func ids(_ name: String) -> [NodeId] {
        (self[name] ?? "").split(separator: ",").compactMap { Int32($0).map { NodeId($0) } }
    }

    fileprivate func epoch(_ name: String) -> LeaderEpoch { LeaderEpoch(number(name)) }

    fileprivate func end(_ name: String) -> EpochEnd? {
        guard let pair = self[name]?.split(separator: "@"), pair.count == 2, let epoch = Int32(pair[0]),
            let offset = Int64(pair[1])
        else { return nil }
        return EpochEnd(epoch: LeaderEpoch(epoch), offset: offset)
    }

    fileprivate var needs: AnswerConditions {
        switch self["acks"] {
        case "all": .replicated
        case "all+disk": [.replicated, .synced]
        case "disk": .synced
        default: .appended
        }
    }
}

struct ReplicaTranscriptTests {
    static let files = Transcript.files("replica-", beside: #filePath)

    @Test(arguments: files) func transcript(_ file: URL) throws {
        let transcript = ReplicaTranscript()
        #expect(try Transcript.difference(file) { transcript.run($0) } == nil)
    }

    @Test func thereAreTranscripts() { #expect(Self.files.count >= 8) }
}
