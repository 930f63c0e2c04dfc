import KafkaClient
import KafkaProtocol
import Logging
import NIOCore
import World

/// A machine on which clients run.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class SimulatedClient: @unchecked Sendable {
    let name: String
    let world: World
    let loops: any EventLoopGroup
    let logger: Logger
    private let scheduler: Scheduler
    private let fabric: Fabric
    private let timeline: Timeline
    private let process: Process
    private let executor: LaneExecutor
    private let bootstrap: [BrokerAddress]

    /// - Parameter report: gets its warnings.
    init(
        _ name: String,
        _ scheduler: Scheduler,
        _ fabric: Fabric,
        _ timeline: Timeline,
        bootstrap: [BrokerAddress],
        report: ((String) -> Void)? = nil
    ) {
        self.name = name
        self.scheduler = scheduler
        (self.fabric, self.timeline) = (fabric, timeline)
        self.bootstrap = bootstrap
        logger = timeline.logger(name, report: report)
        process = scheduler.makeProcess(name)
        let time = WorldTime(scheduler.makeClock())
        world = World(
            time: time,
            random: scheduler.worldRandom,
            files: MemoryFileSystem(time: time),
            network: VirtualNetwork(fabric, process),
            threads: VirtualThreads(scheduler, process, VirtualThreads.Pace()),
            raiseOpenFileLimit: { 1000 }
        )
        loops = world.network.makeEventLoops(1)
        executor = LaneExecutor(scheduler, process.makeLane("tasks"))
    }

    /// Short times, so that much happens in little of it.
    var configuration: ClientConfiguration {
        var configuration = ClientConfiguration(bootstrapServers: bootstrap)
        configuration.clientId = name
        configuration.requestTimeout = .seconds(5)
        configuration.apiTimeout = .seconds(15)
        configuration.connectTimeout = .seconds(2)
        return configuration
    }

    var usage: Usage {
        Usage(connections: fabric.connections(of: process), timers: scheduler.timers(of: process))
    }

    /// Runs a task on the machine.
    func run(_ body: @escaping @Sendable () async -> Void) { Task(executorPreference: executor, operation: body) }

    /// nil, and that is a violation, for settings that are refused.
    func makeProducer(_ configuration: ProducerConfiguration) -> Producer? {
        do throws(KafkaError) {
            return try Producer(configuration, world: world, eventLoopGroup: loops, logger: logger)
        } catch {
            timeline.violated("client", "a producer's configuration is refused: \(error)")
            return nil
        }
    }

    func makeAdmin() -> Admin {
        Admin(configuration, world: world, eventLoopGroup: loops, logger: logger)
    }

    /// Does something with an admin client again and again, until the run is over.
    func administer(
        _ run: Run,
        pause: ClosedRange<Int64>,
        _ act: @escaping @Sendable (Admin) async -> Void
    ) {
        self.run { [self] in
            let admin = makeAdmin()
            while !run.isEnding {
                await act(admin)
                await sleep(millis: pause)
            }
            await admin.close()
            run.driverEnded(name)
        }
    }

    func sleep(millis: ClosedRange<Int64>) async {
        try? await world.time.sleep(for: .milliseconds(scheduler.draw(millis)))
    }
}
