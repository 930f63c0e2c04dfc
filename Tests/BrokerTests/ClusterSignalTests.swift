import KRaft
import KafkaProtocol
import LogStorage
import NIOCore
import Testing
import World

@testable import Broker
@testable import ClusterMetadata
@testable import Coordination

/// What is measured of a cluster, as Prometheus gets it.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ClusterSignalTests {
    /// The value of a metric in the text.
    private func value(_ name: String, _ registry: PrometheusRegistry) -> Double? {
        let line = registry.text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
        return line.flatMap { Double($0.dropFirst(name.count + 1)) }
    }

    // MARK: Elections

    private func election(
        _ kind: LeaderElection,
        from before: Int32,
        to after: Int32,
        unavailable: Int64? = nil
    ) -> ControllerDecision {
        let image = PartitionImage(replicas: [1, 2], isr: [1, 2], leader: before, leaderEpoch: 0, partitionEpoch: 0)
        var changed = image
        changed.leader = after
        return .partition(
            PartitionDecision(
                partition: TopicPartition("t", 0),
                before: image,
                after: changed,
                election: kind,
                cause: .brokerFenced(1, .refused(silentMillis: 300)),
                unavailableMillis: unavailable
            )
        )
    }

    @Test func anElectionCountsWhenItIsCommitted() {
        let registry = PrometheusRegistry()
        let log = DecisionLog(time: .real, logger: .silent, metrics: BrokerMetrics(factory: registry))
        var elections = ElectionsUnderWay()
        func at(_ millis: Int64) -> MonotonicTime { MonotonicTime(milliseconds: millis) }
        elections.add([election(.inSync, from: 1, to: 2, unavailable: 300)], endOffset: 5, now: at(1000))
        elections.add([election(.nobody, from: 1, to: -1)], endOffset: 8, now: at(1001))
        // Of these nothing has another leader.
        elections.add(
            [election(.kept, from: 1, to: 1), .unregistered(broker: 3, epoch: 1)],
            endOffset: 9,
            now: at(1002)
        )
        elections.committed(to: 4, now: at(1003), log)
        #expect(value("ottla_leader_elections_total{kind=\"inSync\"}", registry) == 0)
        elections.committed(to: 7, now: at(1040), log)
        #expect(value("ottla_leader_elections_total{kind=\"inSync\"}", registry) == 1)
        #expect(value("ottla_leader_elections_total{kind=\"nobody\"}", registry) == 0)
        #expect(value("ottla_partition_unavailable_ms_sum{cause=\"brokerFenced\"}", registry) == 340)
        #expect(value("ottla_partition_unavailable_ms_bucket{cause=\"brokerFenced\",le=\"200.0\"}", registry) == 0)
        #expect(value("ottla_partition_unavailable_ms_bucket{cause=\"brokerFenced\",le=\"500.0\"}", registry) == 1)
        #expect(value("ottla_partition_unavailable_ms_bucket{cause=\"brokerFenced\",le=\"+Inf\"}", registry) == 1)
        #expect(value("ottla_leader_election_seconds_bucket{le=\"0.05\"}", registry) == 1)
        #expect(value("ottla_leader_election_seconds_bucket{le=\"0.02\"}", registry) == 0)
        elections.committed(to: 9, now: at(1050), log)
        #expect(value("ottla_leader_elections_total{kind=\"nobody\"}", registry) == 1)
        #expect(value("ottla_leader_election_seconds_count", registry) == 1)
        #expect(registry.text.contains("# TYPE ottla_partition_unavailable_ms histogram\n"))
    }

    @Test func registrationsAndFencesAreCounted() {
        let registry = PrometheusRegistry()
        let log = DecisionLog(time: .real, logger: .silent, metrics: BrokerMetrics(factory: registry))
        log.note([
            .registered(broker: 1, epoch: 1, previousEpoch: nil, isClean: false),
            .unfenced(broker: 1, epoch: 1, metadataOffset: 4), .fenced(broker: 1, epoch: 1, .asked),
        ])
        log.note([.fenced(broker: 1, epoch: 1, .stopped)])
        log.note(.candidate, in: 3, .noLeader(forMillis: 1000))
        #expect(value("ottla_broker_registrations_total", registry) == 1)
        #expect(value("ottla_brokers_unfenced_total", registry) == 1)
        #expect(value("ottla_brokers_fenced_total", registry) == 2)
        #expect(value("ottla_quorum_role_changes_total{role=\"candidate\"}", registry) == 1)
    }

    // MARK: Transactions

    @Test func transactionsAreCounted() throws {
        let registry = PrometheusRegistry()
        let metrics = TransactionMetrics(registry)
        var outcome = TransactionOutcome(
            id: "x",
            producer: TransactionalProducer(id: 1, epoch: 1),
            isCommit: true,
            version: 2,
            partitions: []
        )
        metrics.count(outcome)
        outcome.isCommit = false
        for _ in 0..<2 { metrics.count(outcome) }
        metrics.count(.timedOut(afterMillis: 1, limitMillis: 1, partitions: 1))
        metrics.count(.expired(afterMillis: 1))
        #expect(value("ottla_transactions_total{outcome=\"commit\"}", registry) == 1)
        #expect(value("ottla_transactions_total{outcome=\"abort\"}", registry) == 2)
        #expect(value("ottla_transactions_ended_by_coordinator_total{cause=\"timeout\"}", registry) == 1)
        #expect(value("ottla_transactions_ended_by_coordinator_total{cause=\"fenced\"}", registry) == 0)
        let first = TransactionCounts(ids: 5, open: 2, ending: 1, oldestStart: 4000)
        let second = TransactionCounts(ids: 1, open: 1, ending: 0, oldestStart: 2500)
        metrics.record([first, second], now: 6000)
        #expect(value("ottla_transactional_ids", registry) == 6 && value("ottla_transactions_open", registry) == 3)
        #expect(value("ottla_transactions_ending", registry) == 1)
        #expect(value("ottla_transaction_oldest_open_seconds", registry) == 3.5)
        metrics.record([], now: 6000)
        #expect(value("ottla_transaction_oldest_open_seconds", registry) == 0)
    }

    // MARK: A cluster

    private func signals(_ running: RunningNode) -> (NodeSignals, PrometheusRegistry) {
        let registry = PrometheusRegistry()
        let signals = NodeSignals(
            metadata: running.core.metadata,
            metrics: BrokerMetrics(factory: registry),
            node: running.broker?.node,
            time: .real
        )
        return (signals, registry)
    }

    @Test func theActiveControllerCountsBrokersAndPartitionsWithoutALeader() throws {
        let cluster = try TestCluster([1: "controller", 2: "broker", 3: "broker"])
        try cluster.start()
        #expect(try cluster.client(2).createTopic("t", partitions: 4, ["min.insync.replicas": "1"]) == ErrorCode.none)
        let (controller, ofController) = signals(try #require(cluster.nodes[1]))
        controller.refresh()
        #expect(value("ottla_active_controller", ofController) == 1)
        #expect(value("ottla_active_brokers", ofController) == 2 && value("ottla_fenced_brokers", ofController) == 0)
        #expect(value("ottla_offline_partitions", ofController) == 0)
        #expect(value("ottla_quorum_leader_id", ofController) == 1 && value("ottla_quorum_voters", ofController) == 1)
        let (broker, ofBroker) = signals(try #require(cluster.nodes[2]))
        broker.refresh()
        #expect(value("ottla_active_controller", ofBroker) == 0 && value("ottla_active_brokers", ofBroker) == 0)
        #expect(value("ottla_quorum_leader_id", ofBroker) == 1)
        #expect((value("ottla_metadata_offset", ofBroker) ?? 0) > 0)
        let image = try #require(cluster.nodes[1]).core.metadata.latest.image
        let led = try #require(image.topic(named: "t")).partitions.values.count { $0.leader == 3 }
        // Each partition has one replica, and nobody takes over.
        cluster.stop(3)
        controller.refresh()
        #expect(value("ottla_fenced_brokers", ofController) == 1)
        #expect(value("ottla_offline_partitions", ofController) == Double(led) && led > 0)
        cluster.stopAll()
    }

    @Test func aFollowerThatDoesNotFetchFallsBehind() throws {
        let cluster = try ReplicaCluster(settings: ["replica.lag.time.max.ms": "600000"])
        defer { cluster.stop() }
        try cluster.create()
        // One that stays: the end of another connection would be taken for that of the follower's.
        let client = try cluster.client(1)
        #expect(try client.produce("t", 0, "together").only.errorCode == .none)
        let (signals, registry) = signals(cluster.nodes[0].running)
        try eventually("nobody is behind") {
            signals.refresh()
            return value("ottla_replication_lag_records{follower=\"2\"}", registry) == 0
                && value("ottla_replication_lag_seconds{follower=\"2\"}", registry) == 0
        }
        try cluster.isolate(2, from: 1)
        for _ in 0..<3 { #expect(try client.produce("t", 0, "alone", acks: 1).only.errorCode == .none) }
        let size = try cluster.partition(1).facts.sizeBytes
        try eventually("it is behind") {
            signals.refresh()
            return (value("ottla_replication_lag_seconds{follower=\"2\"}", registry) ?? 0) > 0
        }
        #expect(value("ottla_replication_lag_records{follower=\"2\"}", registry) == 3)
        let bytes = try #require(value("ottla_replication_lag_bytes{follower=\"2\"}", registry))
        #expect(bytes > 0 && bytes < Double(size))
        try cluster.heal()
        try eventually("it has caught up") {
            signals.refresh()
            return value("ottla_replication_lag_bytes{follower=\"2\"}", registry) == 0
        }
    }
}
