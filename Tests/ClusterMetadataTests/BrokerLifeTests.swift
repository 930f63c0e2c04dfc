import Foundation
import KafkaProtocol
import TestSupport
import Testing

@testable import ClusterMetadata

/// A broker's life by transcripts: answers, images and the time in; requests and what the node does out.
struct BrokerLifeTests {
    @Test(arguments: Transcript.files("life", beside: #filePath)) func transcript(_ file: URL) throws {
        var run = Run()
        let difference = try Transcript.difference(file) { command in try run.perform(command) }
        #expect(difference == nil)
    }

    private struct Run {
        var life: BrokerLife
        var now = MonotonicTime(milliseconds: 0)
        var last = 0

        init() {
            var settings = BrokerLife.Settings(heartbeatMillis: 2000, registrationMillis: 60_000)
            settings.answerMillis = 4000
            life = BrokerLife(registration: ControllerRun.register(1, incarnation: 1), settings: settings)
        }

        mutating func perform(_ command: Transcript.Command) throws -> [String] {
            if command.values["t"] != nil { now = MonotonicTime(milliseconds: command.number("t")) }
            let code = ErrorCode.named(command.word(0))
            let number = command.number("number", last)
            var effects: [BrokerLifeEffect] = []
            switch command.name {
            case "start": effects = life.start(now: now)
            case "serves": effects = life.serves(now: now)
            case "published":
                effects = life.published(
                    command.number("offset"),
                    broker: broker(command),
                    hasOthers: command.words.contains("others"),
                    now: now
                )
            case "registered":
                var response = BrokerRegistrationResponse()
                (response.errorCode, response.brokerEpoch) = (code, command.number("epoch", -1))
                effects = life.answered(number, response, now: now)
            case "beaten":
                var response = BrokerHeartbeatResponse()
                response.errorCode = code
                response.isFenced = !command.words.contains("unfenced")
                response.shouldShutDown = command.words.contains("stop")
                effects = life.answered(number, response, now: now)
            case "failed":
                effects = life.directoryFailed(KafkaUUID(high: 9, low: command.number("directory")), now: now)
            case "confirmed":
                return [life.confirmedAt == .never ? "never" : "at \(life.confirmedAt.milliseconds)"]
            case "stop": effects = life.stop(now: now)
            case "tick": effects = life.tick(now: now)
            default: Issue.record("the command \(command.name) is not known")
            }
            let deadline = life.deadline
            return effects.map { describe($0) }
                + ["\(life.phase) until \(deadline == .never ? "told" : "\(deadline.milliseconds)")"]
        }

        /// `epoch=7` is this process, `other=9` another one.
        private func broker(_ command: Transcript.Command) -> BrokerImage? {
            guard let epoch = command["epoch"].flatMap({ Int64($0) }) ?? command["other"].flatMap({ Int64($0) }) else {
                return nil
            }
            var record = RegisterBrokerRecord()
            (record.brokerId, record.brokerEpoch) = (1, epoch)
            record.incarnationId = KafkaUUID(high: 5, low: command["other"] == nil ? 1 : 2)
            let isFenced = !command.words.contains("unfenced")
            return BrokerImage(registration: record, isFenced: isFenced, isInControlledShutdown: false)
        }

        private mutating func describe(_ effect: BrokerLifeEffect) -> String {
            switch effect {
            case .register(let request, let number):
                last = number
                return "\(number): register, previous epoch \(request.previousBrokerEpoch)"
                    + (request.logDirs.isEmpty ? ", without a directory" : "")
            case .heartbeat(let request, let number):
                last = number
                return "\(number): heartbeat epoch \(request.brokerEpoch) offset \(request.currentMetadataOffset)"
                    + (request.wantFence ? " wants to be fenced" : "")
                    + (request.wantShutDown ? " wants to stop" : "")
                    + (request.offlineLogDirs.isEmpty ? "" : " lost \(request.offlineLogDirs.map(\.low))")
            case .registered(let epoch): return "the epoch is \(epoch)"
            case .unfenced: return "may lead"
            case .refused(let reason): return "ends: \(reason)"
            case .stopped: return "stopped"
            case .note(let note): return (note.isWarning ? "warning: " : "note: ") + "\(note)"
            }
        }
    }
}

extension ErrorCode {
    /// By its name, NONE without one.
    fileprivate static func named(_ name: String) -> ErrorCode {
        (-1...200 as ClosedRange<Int16>).lazy.map { ErrorCode(rawValue: $0) }.first { "\($0)" == name } ?? .none
    }
}
