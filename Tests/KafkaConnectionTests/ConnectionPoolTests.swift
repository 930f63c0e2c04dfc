import KafkaProtocol
import NIOCore
import NIOPosix
import Testing
import World

@testable import KafkaConnection

/// Connections to several servers, some of which cannot be reached.
@Suite(.timeLimit(.minutes(1)))
struct ConnectionPoolTests {
    private static let answering: ScriptedServer.Script = { .frame($0.frame(MetadataResponse())) }

    private func pool(_ change: (inout ConnectionSettings) -> Void = { _ in }) -> ConnectionPool {
        var settings = ConnectionSettings(clientId: "tests")
        settings.reconnectBackoff = .milliseconds(1)
        change(&settings)
        return ConnectionPool(settings, .real, on: MultiThreadedEventLoopGroup.singleton)
    }

    @Test func severalWhoNeedItShareOneConnection() async throws {
        let server = try await ScriptedServer(Self.answering)
        let pool = pool(), address = server.address
        #expect(pool.openConnection(to: address) == nil)
        let all = try await withThrowingTaskGroup(of: BrokerConnection.self) { group in
            for _ in 0..<10 { group.addTask { try await pool.connection(to: address) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(all.allSatisfy { $0 === all[0] } && server.connections == 1)
        #expect(pool.openConnection(to: address) === all[0])
        #expect(pool.anyOpenConnection(preferring: []) === all[0])
        await pool.close()
        #expect(!all[0].isOpen && pool.anyOpenConnection(preferring: [address]) == nil)
        try await server.stop()
    }

    @Test func theFirstOfThePreferredThatIsOpenIsTaken() async throws {
        let servers = [try await ScriptedServer(Self.answering), try await ScriptedServer(Self.answering)]
        let pool = pool()
        let first = try await pool.connection(to: servers[0].address)
        let second = try await pool.connection(to: servers[1].address)
        let nowhere = BrokerAddress(host: "nowhere", port: 1)
        #expect(pool.anyOpenConnection(preferring: [nowhere, servers[1].address, servers[0].address]) === second)
        #expect(pool.anyOpenConnection(preferring: [nowhere, servers[0].address]) === first)
        await pool.close()
        for server in servers { try await server.stop() }
    }

    @Test func oneThatWasLostIsFollowedByAnother() async throws {
        let server = try await ScriptedServer { call in
            call.connection == 1 ? .hangUp(after: ByteBuffer()) : .frame(call.frame(MetadataResponse()))
        }
        let pool = pool()
        let first = try await pool.connection(to: server.address)
        let error = await #expect(throws: KafkaError.self) { try await first.send { _ in MetadataRequest() } }
        #expect(error?.code == .connectionLost)
        let second = try await pool.connection(to: server.address)
        _ = try await second.send { _ in MetadataRequest() }
        #expect(first !== second && server.connections == 2)
        await pool.close()
        try await server.stop()
    }

    @Test func aConnectionThatNobodyWantsAgainIsForgotten() async throws {
        let servers = [
            try await ScriptedServer { _ in .hangUp(after: ByteBuffer()) }, try await ScriptedServer(Self.answering),
        ]
        let pool = pool()
        weak var first: BrokerConnection?
        func lose() async throws {
            let connection = try await pool.connection(to: servers[0].address)
            first = connection
            await #expect(throws: KafkaError.self) { try await connection.send { _ in MetadataRequest() } }
            await connection.ended()
        }
        try await lose()
        _ = try await pool.connection(to: servers[1].address)
        while first != nil { await Task.yield() }
        await pool.close()
        for server in servers { try await server.stop() }
    }

    @Test func anAddressThatCannotBeReachedIsLeftAloneForAWhile() async throws {
        let server = try await ScriptedServer(Self.answering)
        let (gone, there) = (server.address, try await ScriptedServer(Self.answering))
        try await server.stop()
        let patient = pool { ($0.reconnectBackoff, $0.reconnectBackoffMax) = (.seconds(600), .seconds(600)) }
        #expect(patient.readyFirst([gone, there.address]) == [gone, there.address])
        let error = await #expect(throws: KafkaError.self) { try await patient.connection(to: gone) }
        #expect(error?.code == .unreachable)
        #expect(patient.readyFirst([gone, there.address]) == [there.address, gone])
        await patient.close()
        let quick = pool { ($0.reconnectBackoff, $0.reconnectBackoffMax) = (.milliseconds(100), .milliseconds(100)) }
        let began = World.real.time.now
        for _ in 0..<2 { await #expect(throws: KafkaError.self) { try await quick.connection(to: gone) } }
        #expect(World.real.time.now.milliseconds(since: began) >= 79, "the second attempt waited for its time")
        await quick.close()
        try await there.stop()
    }

    @Test func whoWaitsForItsTimeMayBeCancelled() async throws {
        let server = try await ScriptedServer(Self.answering)
        let address = server.address
        try await server.stop()
        let pool = pool { ($0.reconnectBackoff, $0.reconnectBackoffMax) = (.seconds(600), .seconds(600)) }
        await #expect(throws: KafkaError.self) { try await pool.connection(to: address) }
        let waiting = Task { try await pool.connection(to: address) }
        waiting.cancel()
        await #expect(throws: KafkaError.taskCancelled) { try await waiting.value }
        await pool.close()
    }

    @Test func whoWaitsForAConnectionWhenThePoolIsClosedLearnsSo() async throws {
        let server = try await ScriptedServer(versions: nil) { _ in .silence }
        let pool = pool(), address = server.address
        let waiting = Task { try await pool.connection(to: address) }
        while server.negotiations.isEmpty { await Task.yield() }
        await pool.close()
        let error = await #expect(throws: KafkaError.self) { try await waiting.value }
        #expect(error?.code == .closed)
        let late = await #expect(throws: KafkaError.self) { try await pool.connection(to: address) }
        #expect(late?.code == .closed)
        try await server.stop()
    }

    @Test func aRefusalIsToldToAllWhoWait() async throws {
        let server = try await ScriptedServer(Self.answering)
        let pool = pool { $0.sasl = .plain(username: "anna", password: "secret") }
        let address = server.address
        for _ in 0..<2 {
            let error = await #expect(throws: KafkaError.self) { try await pool.connection(to: address) }
            #expect(error?.code == .unauthenticated)
        }
        #expect(server.connections == 2)
        await pool.close()
        try await server.stop()
    }
}
