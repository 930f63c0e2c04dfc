import ClusterMetadata
import KafkaProtocol
import NIOCore
import World

/// The replicas here and those on other brokers.
extension PartitionStore {
    /// How many replicas are looked at in a row: an event loop has others to serve.
    private static let ticksInARow = 500

    /// Begins to copy from leaders, and to look after the followers of what is led here.
    ///
    /// - Parameters:
    ///   - channel: carries what this node's leaders ask the controller for.
    ///   - assign: carries in which directories replicas lie.
    func beginReplication(
        cluster: PublishedView,
        brokerEpoch: BrokerEpoch,
        metrics: BrokerMetrics,
        on eventLoops: any EventLoopGroup,
        _ channel: @escaping IsrSender.Channel,
        assign: @escaping DirectoryAssigner.Channel
    ) {
        let loop = eventLoops.next()
        isrSender.begin(brokerEpoch: brokerEpoch, on: loop, channel)
        directoryAssigner.begin(brokerEpoch: brokerEpoch, on: loop, assign)
        mover.begin(self, on: loop, image: { cluster.view.image }) {
            cluster.view.resolver.brokerInt("replica.alter.log.dirs.io.max.bytes.per.second")
        }
        let fetching = fetchers.begin(cluster: cluster, brokerEpoch: brokerEpoch, metrics: metrics, on: eventLoops)
        repairer.begin(self, fetching, on: loop)
        scrubber.begin(directories, on: loop)
        let resolver = ConfigResolver(staticBroker: config.values, ownDefaults: config.ownDefaults)
        let pause = TimeAmount.milliseconds(max(1, resolver.brokerInt("replica.lag.time.max.ms") / 2))
        loop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { [weak self] task in
            guard let self else { return task.cancel() }
            tick(all[...], on: loop)
        }
    }

    private func tick(_ partitions: ArraySlice<Partition>, on loop: any EventLoop) {
        for partition in partitions.prefix(Self.ticksInARow) { partition.tick() }
        let rest = partitions.dropFirst(Self.ticksInARow)
        if !rest.isEmpty { loop.execute { self.tick(rest, on: loop) } }
    }
}
