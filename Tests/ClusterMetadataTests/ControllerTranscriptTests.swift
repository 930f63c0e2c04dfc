import Foundation
import KafkaProtocol
import NIOCore
import TestSupport
import Testing

@testable import ClusterMetadata

/// The controller by transcripts: requests in, records, publications and answers out, with commits that come when they are told to.
struct ControllerTranscriptTests {
    static let files = Transcript.files(beside: #filePath).filter { !$0.lastPathComponent.hasPrefix("life") }

    @Test(arguments: files) func transcript(_ file: URL) throws {
        var run = ControllerRun()
        var names: [KafkaUUID: String] = [:]
        let difference = try Transcript.difference(file) { command in
            let count = run.publications.count
            if command.values["t"] != nil { run.now = MonotonicTime(milliseconds: command.number("t")) }
            let lines =
                try performForBroker(command, &run, &names) ?? perform(command, &run, &names)
            return lines.records + run.publications[count...].map { publication($0) } + lines.answers
        }
        #expect(difference == nil)
    }

    struct Lines {
        var records: [String] = []
        var answers: [String] = []

        static func + (left: Lines, right: Lines) -> Lines {
            Lines(records: left.records + right.records, answers: left.answers + right.answers)
        }
    }

    func send(
        _ request: some ControllerRequest,
        _ version: Int16?,
        _ run: inout ControllerRun,
        _ names: inout [KafkaUUID: String]
    ) -> Lines {
        let offset = run.nextOffset
        guard let (token, effects) = run.send(request, version: version) else {
            return Lines(answers: ["\(run.requestCount): nobody leads here"])
        }
        var lines = lines(effects, offset, &names)
        if lines.records.isEmpty, lines.answers.isEmpty { lines.answers = ["\(token) waits"] }
        return lines
    }

    func lines(_ effects: ActiveController<Int>.Effects, _ offset: Int64, _ names: inout [KafkaUUID: String]) -> Lines {
        var lines = Lines()
        if let proposal = effects.proposal { lines.records = records(proposal, offset, &names) }
        lines.records += effects.decisions.map { "because: \($0)" }
        lines.records += effects.probes.map {
            "probe broker \($0.broker) of epoch \($0.epoch) at \($0.host):\($0.port)"
        }
        if let reason = effects.reason { lines.records.append("reason: \(reason)") }
        lines.answers = effects.answers.map { answer($0) }
        return lines
    }

    private func perform(
        _ command: Transcript.Command,
        _ run: inout ControllerRun,
        _ names: inout [KafkaUUID: String]
    ) throws -> Lines {
        let (first, version) = (command.word(0), command.values["version"].flatMap { Int16($0) })
        func send(_ request: some ControllerRequest) -> Lines { self.send(request, version, &run, &names) }
        switch command.name {
        case "lead":
            let offset = run.nextOffset
            let proposal = try run.lead()
            let lines = proposal.map { records($0, offset + 1, &names) } ?? []
            return Lines(records: ["epoch \(run.epoch) begins at \(offset)"] + lines)
        case "lose": return Lines(answers: run.lose(kept: command.number("kept", 0)).map { answer($0) })
        case "commit": return Lines(answers: try run.commit(command.number("batches", .max)).map { answer($0) })
        case "written":
            run.write(try Self.written(command).map { try $0.encoded(at: .latest) })
            return Lines()
        case "formatted":
            run.bootstrap = Controller.bootstrapRecords(
                try #require(MetadataVersion(level: command.number("level", 0)))
            )
            return Lines()
        case "image": return Lines(records: [summary(run.loader.image)])
        case "view": return Lines(records: [run.controller.map { summary($0.view) } ?? "nobody leads here"])
        case "create":
            return send(
                ControllerRun.create(
                    first,
                    partitions: command.number("partitions", 1),
                    factor: command.number("factor", 1),
                    validateOnly: command.words.contains("validate")
                )
            )
        case "delete": return send(ControllerRun.delete(first))
        case "grow": return send(ControllerRun.grow(first, to: command.number("to", 0)))
        case "set", "replace":
            let (name, value) = try #require(command.values.first { $0.key != "version" })
            return command.name == "set"
                ? send(ControllerRun.set(first, name, value)) : send(ControllerRun.replace(first, name, value))
        case "elect":
            return send(ControllerRun.elect(first, command.number("partition", 0), type: command.number("type", 0)))
        case "ids": return send(ControllerRun.ids(try #require(Int32(first)), epoch: command.number("epoch", -1)))
        case "feature":
            return send(
                ControllerRun.update(first, command.number("level", 0), type: command.number("type", 1))
            )
        default:
            Issue.record("the command \(command.name) is not known")
            return Lines()
        }
    }

    /// What another leader wrote.
    private static func written(_ command: Transcript.Command) -> [MetadataRecord] {
        command.words.map { word in
            switch word {
            case "begin": return .beginTransaction(BeginTransactionRecord())
            case "end": return .endTransaction(EndTransactionRecord())
            case "abort": return .abortTransaction(AbortTransactionRecord())
            default: return ImageTests.topicRecord(word, 100 + UInt64(word.utf8.first ?? 0))
            }
        }
    }

    // MARK: In words

    private func records(
        _ proposal: ActiveController<Int>.Proposal,
        _ offset: Int64,
        _ names: inout [KafkaUUID: String]
    ) -> [String] {
        var lines = proposal.kraftVersion.map { ["\(offset): the log names the voters, kraft.version \($0)"] } ?? []
        let first = offset + (proposal.kraftVersion == nil ? 0 : 2)
        for (index, record) in proposal.records.enumerated() {
            if case .topic(let topic) = record { names[topic.topicId] = topic.name }
            lines.append("\(first + Int64(index)): \(describe(record, names))")
        }
        return lines
    }

    private func describe(_ record: MetadataRecord, _ names: [KafkaUUID: String]) -> String {
        switch record {
        case .topic(let record): "topic \(record.name)"
        case .removeTopic(let record): "topic \(names[record.topicId] ?? "?") is removed"
        case .partition(let record):
            "\(names[record.topicId] ?? "?")-\(record.partitionId) on \(record.replicas), led by \(record.leader)"
                + (record.isr == record.replicas ? "" : ", in sync \(record.isr)")
        case .partitionChange(let record): change(record, names)
        case .config(let record): "\(record.resourceName) \(record.name)=\(record.value ?? "default")"
        case .featureLevel(let record): "\(record.name) \(record.featureLevel)"
        case .registerBroker(let record): "broker \(record.brokerId) registers, epoch \(record.brokerEpoch)"
        case .brokerRegistrationChange(let record): change(record)
        case .unregisterBroker(let record): "broker \(record.brokerId) of epoch \(record.brokerEpoch) is unregistered"
        case .registerController(let record): "controller \(record.controllerId) registers"
        case .unregisterController(let record): "controller \(record.controllerId) is unregistered"
        case .producerIds(let record): "producer ids below \(record.nextProducerId) are taken by \(record.brokerId)"
        case .beginTransaction: "transaction begins"
        case .endTransaction: "transaction ends"
        case .abortTransaction(let record): "transaction is aborted: \(record.reason ?? "")"
        case .clearElr(let record): "\(record.topicName) has no eligible leaders"
        case .noOp: "nothing"
        default: "\(record)"
        }
    }

    private func publication(_ publication: MetadataLoader.Publication) -> String {
        let topics = publication.delta.changedTopics.compactMap { publication.image.topics[$0]?.name }.sorted()
        var parts = topics.map { name in
            let id = publication.image.topicIds[name] ?? .zero
            let numbers = publication.delta.changedPartitions[id]?.sorted() ?? []
            return "\(name)\(numbers)"
        }
        parts += publication.delta.removedTopics.values.sorted().map { "-\($0)" }
        parts += publication.delta.changedConfigs.map { "settings of \($0.name)" }.sorted()
        parts += publication.delta.changedBrokers.sorted().map { "broker \($0)" }
        if publication.delta.changedFeatures { parts.append("features") }
        return "published \(publication.offset): " + (parts.isEmpty ? "nothing new" : parts.joined(separator: ", "))
    }

    private func summary(_ image: MetadataImage) -> String {
        let topics = image.topics.values.sorted { $0.name < $1.name }.map { "\($0.name)(\($0.partitions.count))" }
        return "topics [\(topics.joined(separator: " "))] producer ids \(image.producerIds.nextProducerId)"
            + " metadata.version \(image.features["metadata.version"] ?? 0) kraft.version \(image.kraftVersion)"
    }

    func answer(_ answer: ActiveController<Int>.Answer) -> String {
        var parts: [String] = []
        switch answer.response {
        case let response as CreateTopicsResponse:
            parts = response.topics.map { "\($0.name) \($0.errorCode)" }
        case let response as DeleteTopicsResponse:
            parts = response.responses.map { "\($0.name ?? "") \($0.errorCode)" }
        case let response as CreatePartitionsResponse: parts = response.results.map { "\($0.name) \($0.errorCode)" }
        case let response as IncrementalAlterConfigsResponse:
            parts = response.responses.map { "\($0.resourceName) \($0.errorCode)" }
        case let response as AlterConfigsResponse:
            parts = response.responses.map { "\($0.resourceName) \($0.errorCode)" }
        case let response as ElectLeadersResponse:
            parts = ["\(response.errorCode)"]
            for row in response.replicaElectionResults {
                parts += row.partitionResult.map { "\(row.topic)-\($0.partitionId) \($0.errorCode)" }
            }
        case let response as UpdateFeaturesResponse: parts = ["\(response.errorCode)"]
        case let response as AllocateProducerIdsResponse:
            parts = ["\(response.errorCode) \(response.producerIdStart)+\(response.producerIdLen)"]
        default: parts = brokerAnswer(answer.response)
        }
        return "answer \(answer.token): " + parts.joined(separator: ", ")
    }
}
