import Foundation
import KafkaProtocol
import TestSupport
import Testing

@testable import Coordination

/// The commands of `Transcripts/runtime-*.txt`, on the toy shard.
private final class RuntimeTranscript {
    private var runtime = CoordinatorRuntime<CounterShard>(
        config: CounterShard.Config(),
        limits: .init(sharedBytes: 40, batchBytes: 40, commitTimeoutMillis: 5000)
    )
    private var random: any RandomNumberGenerator = SeededGenerator(seed: 1)
    private var moment = Moment(now: MonotonicTime(milliseconds: 0), wall: WallTime(milliseconds: 0))
    private var number = 0
    private var terms: [CoordinatorTerm] = []
    private var append: CoordinatorAppend<CounterShard.Record>?
    private var endOffset: Int64 = 0
    private let producer = TransactionalProducer(id: 7, epoch: 1)

    func run(_ command: Transcript.Command) -> [String] {
        switch command.name {
        case "add": return request(.add(command.words[0], command.number("by", 1)))
        case "bulk": return request(.bulk(command.words[0], command.number("count", 1)))
        case "sweep": return request(.sweep(command.words))
        case "look": return request(.look(command.words[0]))
        case "wait": return request(.wait(command.words[0], atLeast: command.number("for", 1)))
        case "pay": return request(.pay(command.words[0], command.number("by", 1), producer))
        case "move": return request(.move(from: command.words[0], to: command.words[1], command.number("by", 1)))
        case "end": return end(isCommit: command.words[0] == "commit")
        case "read": return read(command.words[0])
        case "append": return finish(command)
        case "committed":
            return describe(
                runtime.committed(
                    upTo: command.number("to"),
                    CoordinatorTerm(number: command.number("term", runtime.term.number))
                )
            )
        case "take": return describe(runtime.take())
        case "load": return load(command)
        case "give-up": return describe(runtime.giveUp(.notCoordinator))
        case "pass":
            moment.now = moment.now.adding(milliseconds: command.number("ms"))
            return describe(runtime.tick(at: moment))
        default: return ["unknown command \(command.name)"]
        }
    }

    private func request(_ operation: CounterShard.Request.Operation) -> [String] {
        number += 1
        let request = CounterShard.Request(number: number, operation: operation)
        return describe(runtime.handle(request, from: CoordinatorToken(number), at: moment, using: &random))
    }

    private func end(isCommit: Bool) -> [String] {
        number += 1
        let marker = TransactionMarker(producer: producer, coordinatorEpoch: Int32(number), isCommit: isCommit)
        return describe(
            runtime.end(marker, from: CoordinatorToken(number), CounterShard.Response(value: 0), at: moment)
        )
    }

    private func read(_ key: String) -> [String] {
        switch runtime.read({ $0.cells[key]?.value ?? 0 }) {
        case .success(let value): ["\(key) is \(value)"]
        case .failure(let code): ["refused: \(code)"]
        }
    }

    private func finish(_ command: Transcript.Command) -> [String] {
        guard let batch = append else { return ["there is none"] }
        append = nil
        if command.words.first == "fails" {
            return describe(runtime.appendFailed(batch.id, .kafkaStorageError, at: moment))
        }
        if command.words.first == "unknown" { return describe(runtime.appendUnknown(batch.id, .notCoordinator)) }
        endOffset += Int64(Self.count(batch.content))
        return describe(runtime.appended(batch.id, endOffset: endOffset))
    }

    private func load(_ command: Transcript.Command) -> [String] {
        let term = CoordinatorTerm(number: command.number("term", runtime.term.number))
        if command.words.first == "done" {
            runtime.loaded(term, at: moment)
        } else if command.words.first == "fails" {
            runtime.loadFailed(term)
        } else {
            let record = CounterShard.Record(request: 0, key: command.words[0], value: command.number("value"))
            endOffset = command.number("end")
            runtime.load(CoordinatorBatch(.records([record]), endOffset: endOffset), term)
        }
        return ["\(runtime.phase)"]
    }

    private static func count(_ content: CoordinatorAppend<CounterShard.Record>.Content) -> Int {
        switch content {
        case .records(let records), .transactional(let records, _): records.count
        case .marker: 1
        }
    }

    private func describe(_ effects: CoordinatorEffects<CounterShard>) -> [String] {
        var lines: [String] = []
        if let term = effects.load { lines.append("load term \(term)") }
        if let batch = effects.append {
            append = batch
            lines.append("append \(Self.describe(batch.content))")
        }
        for (token, result) in effects.answers {
            switch result {
            case .success(let response):
                let by = response.by == 0 ? "" : " by \(response.by)"
                lines.append("answer \(token): \(response.value)\(by)")
            case .failure(let code): lines.append("answer \(token): \(code)")
            }
        }
        return lines + effects.reasons
    }

    private static func describe(_ content: CoordinatorAppend<CounterShard.Record>.Content) -> String {
        func list(_ records: [CounterShard.Record]) -> String {
            records.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        }
        return switch content {
        case .records(let records): list(records)
        case .transactional(let records, let producer): "\(list(records)) in the transaction of \(producer.id)"
        case .marker(let marker): "\(marker.isCommit ? "commit" : "abort") of \(marker.producer.id)"
        }
    }
}

struct RuntimeTranscriptTests {
    static let files = Transcript.files("runtime-", beside: transcriptsFolder)

    @Test(arguments: files) func transcript(_ file: URL) throws {
        let transcript = RuntimeTranscript()
        #expect(try Transcript.difference(file) { transcript.run($0) } == nil)
    }
}
