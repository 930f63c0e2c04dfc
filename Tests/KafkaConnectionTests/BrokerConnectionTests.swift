import KafkaProtocol
import NIOCore
import NIOPosix
import Testing
import World

@testable import KafkaConnection

/// Opens a connection to a server that does as a test says.
func open(
    _ server: ScriptedServer,
    _ change: (inout ConnectionSettings) -> Void = { _ in }
) async throws -> BrokerConnection {
    var settings = ConnectionSettings(clientId: "tests")
    change(&settings)
    let prepared = try await ConnectionSecurity(settings, .real).prepare()
    let group = MultiThreadedEventLoopGroup.singleton
    return try await BrokerConnection.open(server.address, settings, prepared, .real, on: group).get()
}

/// One connection, and a server that follows the protocol as far as the test wants it to.
@Suite(.timeLimit(.minutes(1)))
struct BrokerConnectionTests {
    /// Has the server answer, asks it for metadata, and returns the error.
    private func failure(
        timeout: Duration? = nil,
        _ script: @escaping ScriptedServer.Script
    ) async throws -> KafkaError? {
        let server = try await ScriptedServer(script)
        let connection = try await open(server)
        let error = await #expect(throws: KafkaError.self) {
            try await connection.send(timeout: timeout) { _ in MetadataRequest() }
        }
        await connection.ended()
        #expect(!connection.isOpen)
        try await server.stop()
        return error
    }

    // MARK: Framing and correlation

    @Test func aRequestSaysWhoAsksAndItsAnswerMayComeInAnyPieces() async throws {
        let server = try await ScriptedServer { call in
            var response = MetadataResponse()
            response.clusterId = "c"
            let frame = call.frame(response)
            return .pieces(frame.readableBytesView.map { ByteBuffer(bytes: [$0]) })
        }
        let connection = try await open(server)
        for _ in 0..<3 { #expect(try await connection.send { _ in MetadataRequest() }.clusterId == "c") }
        #expect(server.requests.map(\.header.clientId) == ["tests", "tests", "tests"])
        #expect(Set(server.requests.map(\.header.correlationId)).count == 3)
        let asked = try server.negotiations.map { try $0.read(ApiVersionsRequest.self) }
        #expect(asked.map(\.clientSoftwareName) == [BrokerConnection.softwareName])
        try await connection.close().get()
        try await server.stop()
    }

    @Test(arguments: [nil, 7] as [Int?])
    func whatIsNotAcknowledgedIsWaitedForAsLongAsItIsSaid(_ seconds: Int?) async throws {
        let server = try await ScriptedServer { .frame($0.frame(MetadataResponse())) }
        let connection = try await open(server) { $0.unacknowledgedLimit = seconds.map { .seconds($0) } }
        let channel = connection.link.channel
        #expect(try await channel.getOption(.tcpOption(.tcpUserTimeout)).get() == (seconds ?? 0) * 1000)
        #expect(try await channel.getOption(.socketOption(.so_keepalive)).get() == (seconds == nil ? 0 : 1))
        let idle = try await channel.getOption(.tcpOption(.tcpKeepIdle)).get()
        #expect(seconds.map { $0 == idle } ?? true)
        try await connection.close().get()
        try await server.stop()
    }

    @Test func requestsMayBeInFlightTogether() async throws {
        let server = try await ScriptedServer { call in
            var response = MetadataResponse()
            response.clusterId = try call.read(MetadataRequest.self).topics?.first?.name
            return .frame(call.frame(response))
        }
        let connection = try await open(server)
        let names = (0..<50).map { "t\($0)" }
        let answers = names.map { name in
            connection.start(MetadataRequest.naming(name), 12)
        }
        var heard: [String?] = []
        for answer in answers { heard.append(try await connection.answer(answer).clusterId) }
        #expect(heard == names)
        #expect(server.connections == 1)
        try await connection.close().get()
        try await server.stop()
    }

    @Test func anAnswerToAnotherRequestEndsTheConnection() async throws {
        let error = try await failure { .frame($0.frame(MetadataResponse(), correlationId: 4711)) }
        #expect(error?.code == .malformed && error?.message.contains("correlation id") == true)
    }

    @Test(arguments: [Int32(-1), 0, 3, 1 << 30, .max])
    func aLengthThatCannotBeEndsTheConnection(length: Int32) async throws {
        let error = try await failure { _ in .frame(ByteBuffer(integer: length)) }
        #expect(error?.code == .malformed && error?.message.contains("\(length) bytes") == true)
    }

    @Test func aTruncatedBodyFailsItsRequestAlone() async throws {
        let server = try await ScriptedServer { call in
            let frame = call.frame(MetadataResponse())
            guard call.header.correlationId == 1 else { return .frame(frame) }
            // The header's size, and nothing behind it.
            var short = ByteBuffer(integer: Int32(5))
            short.writeInteger(call.header.correlationId)
            short.writeInteger(UInt8(0))
            return .frame(short)
        }
        let connection = try await open(server)
        let error = await #expect(throws: KafkaError.self) { try await connection.send { _ in MetadataRequest() } }
        #expect(error?.code == .malformed && error?.message.hasPrefix("\(server.address): ") == true)
        _ = try await connection.send { _ in MetadataRequest() }
        #expect(connection.isOpen)
        try await connection.close().get()
        try await server.stop()
    }

    // MARK: Time and the end

    @Test func anAnswerThatDoesNotComeInTimeEndsTheConnection() async throws {
        let error = try await failure(timeout: .milliseconds(20)) { _ in .silence }
        #expect(error?.code == .timedOut && error?.message.hasSuffix("did not answer within 20 ms") == true)
        #expect(error?.isRetriable == true)
    }

    @Test(arguments: [0, 1, 3, 4, 7, 8, 20])
    func aServerThatHangsUpInTheMiddleOfAnAnswerIsLost(count: Int) async throws {
        let error = try await failure { call in
            .hangUp(after: call.frame(MetadataResponse()).getSlice(at: 0, length: count) ?? ByteBuffer())
        }
        #expect(error?.code == .connectionLost && error?.isRetriable == true)
    }

    @Test func whoeverClosesItLeavesNobodyWaiting() async throws {
        let server = try await ScriptedServer { _ in .silence }
        let connection = try await open(server)
        let pending = connection.start(MetadataRequest(), 12)
        try await connection.close().get()
        let error = await #expect(throws: KafkaError.self) { try await connection.answer(pending) }
        #expect(error?.code == .closed)
        let late = await #expect(throws: KafkaError.self) { try await connection.send { _ in MetadataRequest() } }
        #expect(late?.code == .closed)
        try await server.stop()
    }

    @Test func aPortOnWhichNobodyListensIsUnreachable() async throws {
        let server = try await ScriptedServer { _ in .silence }
        try await server.stop()
        let error = await #expect(throws: KafkaError.self) { try await open(server) }
        #expect(error?.code == .unreachable && error?.message.contains("\(server.address)") == true)
    }

    // MARK: Versions

    @Test func theHighestVersionThatBothKnowIsUsed() async throws {
        let server = try await ScriptedServer(versions: [.metadata: 0...5]) { .frame($0.frame(MetadataResponse())) }
        let connection = try await open(server)
        _ = try await connection.send { _ in MetadataRequest() }
        _ = try await connection.send(limit: 4) { _ in MetadataRequest() }
        #expect(server.requests.map(\.version) == [5, 4])
        let missing = await #expect(throws: KafkaError.self) { try await connection.send { _ in FetchRequest() } }
        #expect(missing?.code == .unsupported && connection.isOpen)
        try await connection.close().get()
        try await server.stop()
    }

    /// KIP-511: such a broker answers in version 0.
    @Test func aServerThatDoesNotKnowTheVersionIsAskedInAnOlderOne() async throws {
        let server = try await ScriptedServer(versions: nil) { call in
            guard call.api == .apiVersions else { return .frame(call.frame(MetadataResponse())) }
            var response = ScriptedServer.versions([.apiVersions: 0...0, .metadata: 1...2])
            if call.version > 0 { response.errorCode = .unsupportedVersion }
            return .frame(call.frame(response, version: 0))
        }
        let connection = try await open(server)
        #expect(server.negotiations.map(\.version) == [3, 0])
        _ = try await connection.send { _ in MetadataRequest() }
        #expect(server.requests.map(\.version) == [2])
        try await connection.close().get()
        try await server.stop()
    }

    @Test(arguments: [ErrorCode.clusterAuthorizationFailed, .unsupportedVersion])
    func aServerThatRefusesToSayItsVersionsIsNotUsed(code: ErrorCode) async throws {
        let server = try await ScriptedServer(versions: nil) { call in
            var response = ApiVersionsResponse()
            response.errorCode = code
            return .frame(call.frame(response, version: code == .unsupportedVersion ? 0 : nil))
        }
        let error = await #expect(throws: KafkaError.self) { try await open(server) }
        #expect(error?.serverCode == code)
        try await server.stop()
    }

    @Test func aServerThatNeverAnswersIsFoundOutWithinTheConnectionTimeout() async throws {
        let server = try await ScriptedServer(versions: nil) { _ in .silence }
        let error = await #expect(throws: KafkaError.self) {
            try await open(server) { settings in
                settings.connectTimeout = .milliseconds(300)
                settings.requestTimeout = .seconds(600)
            }
        }
        // On a machine that is busy even connecting may take longer.
        #expect([.timedOut, .unreachable].contains(error?.code))
        try await server.stop()
    }
}

extension MetadataRequest {
    static func naming(_ topic: String) -> MetadataRequest {
        var entry = MetadataRequestTopic()
        entry.name = topic
        var request = MetadataRequest()
        request.topics = [entry]
        return request
    }
}
