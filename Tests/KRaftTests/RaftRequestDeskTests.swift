import KafkaProtocol
import NIOCore
import Synchronization
import Testing

@testable import KRaft

/// Each request gets one answer, its own.
struct RaftRequestDeskTests {
    private let inbox: RaftInbox
    private let desk: RaftRequestDesk
    private let replies = Replies()

    private final class Replies: Sendable {
        private let list = Mutex<[(name: String, response: any RaftResponseMessage)]>([])

        func add(_ name: String, _ response: any RaftResponseMessage) { list.withLock { $0.append((name, response)) } }
        var names: [String] { list.withLock { $0.map(\.name) } }
        var errors: [ErrorCode] { list.withLock { $0.map(\.response.errorCode) } }
    }

    init() {
        inbox = RaftInbox(capacity: 3)
        desk = RaftRequestDesk(inbox)
    }

    private func ask(_ name: String, connection: UInt64 = 1, _ change: (inout VoteRequest) -> Void = { _ in }) throws {
        var request = try #require(VoteRequest(RaftWireTests.vote(pre: true), version: 2))
        change(&request)
        desk.receive(request, version: 2, listener: "CONTROLLER", connection: connection) { [replies] response in
            replies.add(name, response)
        }
    }

    /// What the quorum hears, to answer it.
    private func heard() -> [RaftMessage] {
        inbox.take().compactMap { item in if case .message(let message, _) = item { message } else { nil } }
    }

    private func answer(_ message: RaftMessage) {
        let vote = RaftAnswer.vote(.init(error: .none, hint: RaftWireTests.hint, isGranted: true))
        desk.answer(RaftMessage(message.peer, message.correlation, .answer(vote)), bytes: ByteBuffer())
    }

    @Test func answersFindTheirRequestsInAnyOrder() throws {
        try ask("a")
        try ask("b", connection: 2)
        let messages = heard()
        #expect(messages.map(\.peer) == [.connection(1), .connection(2)])
        for message in messages.reversed() { answer(message) }
        for message in messages { answer(message) }
        #expect(replies.names == ["b", "a"] && replies.errors == [.none, .none])
        #expect(desk.count == 0)
    }

    @Test func whatNobodyCanAnswerIsRefusedAtOnce() throws {
        try ask("a") { $0.topics = [] }
        #expect(heard().isEmpty)
        #expect(replies.errors == [.invalidRequest])
    }

    @Test func whoAsksTooMuchIsToldToComeBack() throws {
        for name in ["a", "b", "c", "d"] { try ask(name) }
        #expect(replies.names == ["d"] && replies.errors == [.brokerNotAvailable])
        #expect(desk.count == 3)
    }

    @Test func aClosedConnectionHearsNothing() throws {
        try ask("a")
        try ask("b", connection: 2)
        desk.connectionClosed(1)
        for message in heard() { answer(message) }
        #expect(replies.names == ["b"])
    }

    @Test func theEndIsToldToAll() throws {
        try ask("a")
        try ask("b")
        desk.close()
        try ask("c")
        for message in heard() { answer(message) }
        #expect(replies.names == ["a", "b", "c"])
        #expect(replies.errors == [.brokerNotAvailable, .brokerNotAvailable, .brokerNotAvailable])
    }

    /// Nobody votes there: that is not the same as a vote that was refused.
    @Test func aPeerThatIsNotAvailableHasNotAnswered() throws {
        for type in RecordedWire.types { try Self.isNoAnswer(type) }
    }

    private static func isNoAnswer<Message: RaftRequestMessage>(_ type: Message.Type) throws {
        let response = Message.Response(refusing: UnusableRaftMessage("", answer: .brokerNotAvailable))
        #expect(throws: UnusableRaftMessage.self) { try response.raftAnswer(listener: "CONTROLLER") }
    }
}
