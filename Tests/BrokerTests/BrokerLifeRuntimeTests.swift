import ClusterMetadata
import KafkaProtocol
import LogStorage
import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import World

@testable import Broker

/// The shell of a broker's life, moved by hand, with a controller that answers at once.
struct BrokerLifeRuntimeTests {
    private let ticks = VirtualTicks(nanoseconds: 1_000_000)
    private let loop = EmbeddedEventLoop()
    private var time: WorldTime { World.manual(MemoryFileSystem(), ManualThreads(), ticks).time }

    private final class Controller: ControllerChannel {
        struct State {
            var heartbeats: [BrokerHeartbeatRequest] = []
            var registrations = 0
            var code = ErrorCode.none
        }
        let state = Mutex(State())

        func send<Request: ControllerRequest>(
            _ request: Request,
            _ context: ControllerRequestContext,
            _ done: @escaping @Sendable (Request.Response) -> Void
        ) {
            let answer: (any ResponseMessage)? = state.withLock { state in
                if request is BrokerRegistrationRequest {
                    state.registrations += 1
                    var response = BrokerRegistrationResponse()
                    (response.errorCode, response.brokerEpoch) = (state.code, Int64(6 + state.registrations))
                    return response
                }
                guard let heartbeat = request as? BrokerHeartbeatRequest else { return nil }
                state.heartbeats.append(heartbeat)
                var response = BrokerHeartbeatResponse()
                (response.errorCode, response.isFenced) = (state.code, heartbeat.wantFence)
                response.shouldShutDown = heartbeat.wantShutDown && heartbeat.currentMetadataOffset >= 9
                return response
            }
            if let answer = answer as? Request.Response { done(answer) }
        }
    }

    private final class Heard: Sendable {
        let lines = Mutex<[String]>([])
        func note(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    private func runtime(
        _ controller: Controller,
        _ epoch: BrokerEpoch,
        _ heard: Heard,
        _ session: BrokerSession? = nil
    ) -> BrokerLifeRuntime {
        var registration = BrokerRegistrationRequest()
        (registration.brokerId, registration.incarnationId) = (1, KafkaUUID(high: 5, low: 1))
        return BrokerLifeRuntime(
            registration: registration,
            settings: BrokerLifeRuntime.Settings(heartbeatMillis: 2000),
            channel: controller,
            epoch: epoch,
            session: session ?? BrokerSession(millis: 9000, time: time),
            eventLoop: loop,
            time: time,
            decisions: .silent,
            callbacks: BrokerLifeRuntime.Callbacks(
                registered: { heard.note("registered \($0), epoch \(epoch.value)") },
                unfenced: { heard.note("unfenced") },
                refused: { heard.note("refused: \($0)") }
            )
        )
    }

    private func image(_ epoch: Int64) throws -> MetadataImage {
        var (image, delta) = (MetadataImage(), MetadataDelta())
        for id in [1, 2] as [Int32] {
            var record = RegisterBrokerRecord()
            (record.brokerId, record.brokerEpoch, record.fenced) = (id, epoch, id == 1)
            record.incarnationId = KafkaUUID(high: 5, low: UInt64(id))
            try image.apply(.registerBroker(record), &delta)
        }
        return image
    }

    private func pass(_ millis: Int64, _ runtime: BrokerLifeRuntime) {
        ticks.advance(to: time.now.adding(milliseconds: millis).nanoseconds)
        loop.advanceTime(by: .milliseconds(millis))
    }

    @Test func aBrokerLivesAndStops() throws {
        let (controller, epoch, heard) = (Controller(), BrokerEpoch(), Heard())
        let runtime = runtime(controller, epoch, heard)
        runtime.start()
        #expect(epoch.value == 7 && heard.all == ["registered 7, epoch 7"])
        runtime.published(try image(7), offset: 7)
        #expect(controller.state.withLock { $0.heartbeats.isEmpty }, "it cannot serve yet")
        runtime.serves()
        #expect(heard.all.last == "unfenced")
        #expect(controller.state.withLock { $0.heartbeats.map(\.wantFence) } == [false])
        pass(2002, runtime)
        pass(2002, runtime)
        #expect(controller.state.withLock { $0.heartbeats.count } == 3)
        runtime.stop { heard.note("stopped") }
        #expect(heard.all.last == "unfenced", "others have to take over first")
        runtime.published(try image(7), offset: 9)
        #expect(heard.all.last == "stopped")
        runtime.stop { heard.note("stopped again") }
        #expect(heard.all.last == "stopped again")
        pass(10_000, runtime)
        #expect(controller.state.withLock { $0.heartbeats.count } == 5)
    }

    @Test func aBrokerThatIsForgottenRegistersAgain() throws {
        let (controller, epoch, heard) = (Controller(), BrokerEpoch(), Heard())
        let runtime = runtime(controller, epoch, heard)
        runtime.start()
        runtime.serves()
        runtime.published(try image(7), offset: 7)
        controller.state.withLock { $0.code = .staleBrokerEpoch }
        pass(2002, runtime)
        controller.state.withLock { $0.code = .none }
        // The registration was refused at first, too.
        pass(60, runtime)
        #expect(epoch.value == 9 && heard.all.last == "registered 9, epoch 9")
        runtime.published(try image(9), offset: 9)
        #expect(heard.all.filter { $0 == "unfenced" }.count == 1, "once in its life")
    }

    @Test func aSessionIsOverWhenTheControllerHasNotAnsweredForSoLong() throws {
        let (controller, session) = (Controller(), BrokerSession(millis: 9000, time: time))
        let runtime = runtime(controller, BrokerEpoch(), Heard(), session)
        pass(20_000, runtime)
        #expect(!session.isOver, "it has not begun")
        runtime.start()
        runtime.published(try image(7), offset: 7)
        runtime.serves()
        for _ in 0..<10 { pass(2002, runtime) }
        #expect(!session.isOver)
        controller.state.withLock { $0.code = .notController }
        for _ in 0..<4 { pass(2002, runtime) }
        #expect(!session.isOver)
        pass(1500, runtime)
        #expect(session.isOver)
        controller.state.withLock { $0.code = .none }
        pass(2002, runtime)
        #expect(!session.isOver)
    }

    @Test func aBrokerThatIsRefusedIsTold() {
        let (controller, epoch, heard) = (Controller(), BrokerEpoch(), Heard())
        controller.state.withLock { $0.code = .unsupportedVersion }
        let runtime = runtime(controller, epoch, heard)
        runtime.start()
        #expect(epoch.value == -1 && heard.all.first?.contains("ottla cluster features") == true)
    }

    /// Only an address that refuses tells that nobody is there.
    @Test func addressesAreTried() async throws {
        let network = World.real.network
        let loops = network.makeEventLoops(1)
        let listener = try network.listen(host: "127.0.0.1", port: 0, buffers: SocketBuffers())
        let server = try listener.serve(on: loops) { $0.eventLoop.makeSucceededVoidFuture() }
        let probe = BrokerProbe(broker: 1, epoch: 1, host: "127.0.0.1", port: listener.port)
        func isRefused() async -> Bool {
            await withCheckedContinuation { continuation in
                probe.run(network, loops.next()) { continuation.resume(returning: $0) }
            }
        }
        #expect(await isRefused() == false)
        try await server.close().get()
        #expect(await isRefused() == true)
        try await loops.shutdownGracefully()
    }
}
