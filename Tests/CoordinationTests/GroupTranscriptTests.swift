import Foundation
import KafkaProtocol
import NIOCore
import TestSupport
import Testing

@testable import Coordination

/// The commands of `Transcripts/groups-*.txt`. Members go by names; the ids that they are given are not shown.
private final class GroupTranscript {
    private let world = GroupWorld { $0.offsetsRetention = 60_000 }
    private var ids: [String: String] = [:]
    private var generations: [String: Int32] = [:]
    /// Who asked what.
    private var senders: [CoordinatorToken: String] = [:]
    private var reasonCount = 0
    private var answerCount = 0
    private var batchCount = 0

    func run(_ command: Transcript.Command) -> [String] {
        if let lines = ask(command) ?? change(command) ?? look(command) { return lines + news() }
        return ["unknown command \(command.name)"]
    }

    private func ask(_ command: Transcript.Command) -> [String]? {
        let name = command.words.first ?? ""
        let generation = command.number("generation", generations[name] ?? -1)
        let token: CoordinatorToken
        switch command.name {
        case "join":
            token = world.join(
                command["new"] == nil ? ids[name] ?? "" : "",
                instance: command["instance"],
                session: command.number("session", 10_000),
                protocols: (command["protocols"] ?? "range").split(separator: ",").map(String.init),
                version: command.number("version", 3)
            )
        case "sync":
            var assignments: [String: String] = [:]
            for pair in (command["assign"] ?? "").split(separator: ",") {
                let parts = pair.split(separator: ":").map(String.init)
                assignments[ids[parts[0]] ?? ""] = parts[1]
            }
            token = world.sync(ids[name] ?? "", generation, assignments)
        case "beat": token = world.beat(ids[name] ?? "", generation, instance: command["instance"])
        case "leave":
            var request = LeaveGroupRequest()
            request.groupId = "g"
            request.memberId = ids[name] ?? ""
            token = world.send(.leave(request, version: 2))
        case "commit":
            token = world.sendCommit(
                command.number("offset"),
                member: ids[name] ?? "",
                generation: generation,
                group: command["group"] ?? "g"
            )
        case "delete-offset": token = world.send(.deleteOffsets(group: name, [TopicPartition("t", 0)]))
        case "delete": token = world.send(.delete(group: name))
        default: return nil
        }
        senders[token] = "\(command.name) \(name)"
        return []
    }

    private func change(_ command: Transcript.Command) -> [String]? {
        switch command.name {
        case "pass": world.pass(command.number("ms"))
        case "hold": world.isHeld = true
        case "release":
            world.isHeld = false
            world.settle()
        case "write": world.write()
        case "committed": world.commit()
        case "disk": world.failure = command.words.first == "fails" ? .kafkaStorageError : nil
        case "expire": world.expire()
        case "give-up": world.giveUp()
        case "take": world.take()
        case "crash": world.crash()
        default: return nil
        }
        return []
    }

    private func look(_ command: Transcript.Command) -> [String]? {
        switch command.name {
        case "offset":
            return [world.offset(command.words[0]).map { "offset \($0.offset)" } ?? "no offset"]
        case "describe":
            let group = world.reader.describe(command.words[0], version: 5)
            let members = group.members.map { member in
                let assignment = String(buffer: member.memberAssignment)
                return assignment.isEmpty ? self.name(member.memberId) : "\(self.name(member.memberId)):\(assignment)"
            }
            return [([group.groupState] + members).joined(separator: " ")]
        default: return nil
        }
    }

    private func name(_ id: String) -> String { ids.first { $0.value == id }?.key ?? "somebody" }

    /// What happened: batches, reasons, answers.
    private func news() -> [String] {
        var lines: [String] = []
        for batch in world.log.dropFirst(batchCount) {
            if case .records(let records) = batch.content { lines.append("written: \(records.count) records") }
        }
        batchCount = world.log.count
        let answers = world.answered.dropFirst(answerCount).map(describe)
        answerCount = world.answered.count
        for reason in world.reasons.dropFirst(reasonCount) { lines.append("because: \(anonymous("\(reason)"))") }
        reasonCount = world.reasons.count
        return lines + answers
    }

    private func describe(_ token: CoordinatorToken) -> String {
        let sender = senders[token] ?? "?"
        let name = sender.split(separator: " ").last.map(String.init) ?? ""
        switch world.answers[token] {
        case .success(.join(let response)):
            if !response.memberId.isEmpty { ids[name] = response.memberId }
            guard response.errorCode == .none else { return "\(sender): \(response.errorCode)" }
            generations[name] = response.generationId
            let others = response.members.map { self.name($0.memberId) }.joined(separator: ",")
            let role = response.leader == response.memberId ? "leads \(others)" : "follows"
            return
                "\(sender): generation \(response.generationId), \(role)\(response.skipAssignment ? ", as before" : "")"
        case .success(.sync(let response)):
            guard response.errorCode == .none else { return "\(sender): \(response.errorCode)" }
            return "\(sender): \(String(buffer: response.assignment))"
        default: return "\(sender): \(world.code(token).map { "\($0)" } ?? "")"
        }
    }

    private func anonymous(_ text: String) -> String {
        ids.sorted { $0.key < $1.key }.reduce(text) { $0.replacing($1.value, with: $1.key) }
            .replacing(/[ci]-[A-Za-z0-9_-]{22}/, with: "somebody")
    }
}

/// The folder in which `Transcripts` lies.
let transcriptsFolder = #filePath

struct GroupTranscriptTests {
    static let files = Transcript.files("groups-", beside: transcriptsFolder)

    @Test(arguments: files) func transcript(_ file: URL) throws {
        let transcript = GroupTranscript()
        #expect(try Transcript.difference(file) { transcript.run($0) } == nil)
    }
}
