import KafkaProtocol
import LogStorage
import World

@testable import KRaft

extension RaftQuorum {
    /// A quorum whose clocks stand still.
    convenience init(
        directory: String,
        fileSystem: any FileSystem,
        nodeId: Int32,
        directoryId: KafkaUUID,
        bootstrap: QuorumBootstrap,
        endpoints: [VoterEndpoint] = [],
        limits: Limits = Limits(),
        now: Int64,
        report: (RecoveryEvent) -> Void
    ) throws(LogError) {
        let clock = VirtualClock(
            VirtualTicks(nanoseconds: 1_000_000),
            wall: WallTime(milliseconds: now),
            sleep: { _ in }
        )
        try self.init(
            directory: directory,
            fileSystem: fileSystem,
            nodeId: nodeId,
            directoryId: directoryId,
            bootstrap: bootstrap,
            endpoints: endpoints,
            limits: limits,
            time: WorldTime(clock),
            random: WorldRandom { 4 },
            report: report
        )
    }
}
