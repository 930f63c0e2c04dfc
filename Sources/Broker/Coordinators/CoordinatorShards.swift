import Coordination
import KafkaProtocol
import Synchronization
import World

/// What this node coordinates of one kind: a shell for each partition of the kind's topic that it leads.
final class CoordinatorShards<Shard: CoordinatorShard>: Sendable
where
    Shard.Record == CoordinatorRecord, Shard.Config: Sendable, Shard.Request: Sendable, Shard.Response: Sendable,
    Shard.Reason: Sendable, Shard.Duty: Sendable
{
    typealias Shell = CoordinatorShell<Shard>

    private let topic: String
    private let session: BrokerSession
    private let time: WorldTime
    private let shards = Mutex<[Int32: Shell]>([:])
    private let makeShell: @Sendable (Partition) -> Shell

    init(
        topic: String,
        session: BrokerSession,
        time: WorldTime,
        makeShell: @escaping @Sendable (Partition) -> Shell
    ) {
        (self.topic, self.session, self.time, self.makeShell) = (topic, session, time, makeShell)
    }

    /// Takes over the partitions that this node leads, and gives up those that it leads no longer. Their shells stay: what is still on its way
    /// into a partition has to be known when it is taken again.
    func follow(_ route: TopicRoute?) {
        let led = (0..<(route?.count ?? 0)).map { route?.partition($0) }
        let (gone, wanted) = shards.withLock { shards in
            var (gone, wanted): ([Shell], [Shell]) = ([], [])
            for (number, shell) in shards.sorted(by: { $0.key < $1.key }) {
                let partition = Int(number) < led.count ? led[Int(number)] : nil
                if partition !== shell.partition { gone.append(shell) }
                // The topic is another one, or there is none any more.
                if Int(number) >= led.count || partition.map({ $0 !== shell.partition }) ?? false {
                    shards[number] = nil
                }
            }
            for (number, partition) in led.enumerated() {
                guard let partition else { continue }
                let shell = shards[Int32(number)] ?? makeShell(partition)
                shards[Int32(number)] = shell
                wanted.append(shell)
            }
            return (gone, wanted)
        }
        for shell in gone { shell.giveUp() }
        for shell in wanted { shell.take() }
    }

    /// The shard of a name, or why there is none here that is served.
    func shard(for name: String, in view: ClusterView) -> Result<Shell, ErrorCode> {
        guard let route = view.topics[topic] else { return .failure(.notCoordinator) }
        return shard(CoordinatorPartition.number(for: name, of: route.count))
    }

    /// The shard of a partition, or why there is none here that is served.
    func shard(_ number: Int32) -> Result<Shell, ErrorCode> {
        guard let shell = shards.withLock({ $0[number] }), !mayHaveSuccessor(shell) else {
            return .failure(.notCoordinator)
        }
        return shell.refusal.map { .failure($0) } ?? .success(shell)
    }

    /// Whether another broker may coordinate a shard by now, without this one having heard of it: what is committed here may be old.
    ///
    /// The controller no longer counts on a broker whose session is over. Without a controller there is no successor either, and
    /// followers that might have become one still follow.
    private func mayHaveSuccessor(_ shell: Shell) -> Bool {
        session.isOver && !shell.partition.isFollowed(since: time.now.adding(milliseconds: -session.followerMillis))
    }

    /// Those that this node coordinates.
    var all: [Shell] { everyShell.filter { $0.refusal != .notCoordinator } }

    var everyShell: [Shell] { shards.withLock { $0.sorted { $0.key < $1.key }.map(\.value) } }
}

enum CoordinatorPartition {
    /// The partition of a coordinators' topic that a group, or a transactional id, lives in, as Kafka computes it.
    static func number(for name: String, of count: Int32) -> Int32 {
        var hash: Int32 = 0
        for unit in name.utf16 { hash = 31 &* hash &+ Int32(unit) }
        return (hash == .min ? 0 : abs(hash)) % max(1, count)
    }
}
