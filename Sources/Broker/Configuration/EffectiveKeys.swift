import ClusterMetadata

/// Keys that this version acts on. All others that Kafka knows are accepted with a warning.
enum EffectiveKeys {
    /// Of the configuration file and the command line.
    static let names: Set<String> = [
        "auto.create.topics.enable", "auto.leader.rebalance.enable", "advertised.listeners",
        "broker.heartbeat.interval.ms", "broker.id", "broker.rack",
        "broker.session.timeout.ms", "compression.gzip.level",
        "compression.lz4.level", "compression.type", "compression.zstd.level", "connections.max.idle.ms",
        "controller.listener.names",
        "default.replication.factor", "delete.topic.enable", "fetch.max.bytes", "group.initial.rebalance.delay.ms",
        "group.max.session.timeout.ms", "group.max.size", "group.min.session.timeout.ms",
        "initial.broker.registration.timeout.ms", "leader.imbalance.check.interval.seconds",
        "listener.security.protocol.map", "listeners",
        "log.cleaner.backoff.ms", "log.cleaner.dedupe.buffer.size", "log.cleaner.delete.retention.ms",
        "log.cleaner.enable", "log.cleaner.io.buffer.load.factor", "log.cleaner.io.buffer.size",
        "log.cleaner.io.max.bytes.per.second", "log.cleaner.max.compaction.lag.ms", "log.cleaner.min.cleanable.ratio",
        "log.cleaner.min.compaction.lag.ms", "log.cleaner.threads",
        "log.cleanup.policy", "log.dir", "log.dirs", "log.flush.interval.messages", "log.flush.interval.ms",
        "log.flush.offset.checkpoint.interval.ms", "log.flush.start.offset.checkpoint.interval.ms",
        "log.index.interval.bytes",
        "log.index.size.max.bytes", "log.initial.task.delay.ms", "log.message.timestamp.after.max.ms",
        "log.message.timestamp.before.max.ms",
        "log.message.timestamp.type", "log.retention.bytes", "log.retention.check.interval.ms", "log.retention.hours",
        "log.retention.minutes", "log.retention.ms", "log.roll.hours", "log.roll.jitter.hours", "log.roll.jitter.ms",
        "log.roll.ms", "log.segment.bytes",
        "log.segment.delete.delay.ms",
        "max.connections", "max.connections.per.ip", "max.incremental.fetch.session.cache.slots", "message.max.bytes",
        "metadata.log.max.record.bytes.between.snapshots", "metadata.log.max.snapshot.interval.ms", "metrics.listener",
        "min.insync.replicas", "node.id", "num.network.threads", "num.partitions", "num.recovery.threads.per.data.dir",
        "offset.metadata.max.bytes", "offsets.commit.timeout.ms", "offsets.retention.check.interval.ms",
        "offsets.retention.minutes",
        "offsets.topic.num.partitions",
        "offsets.topic.replication.factor", "offsets.topic.segment.bytes", "ottla.connection.creation.rate.per.ip",
        "ottla.flush.policy", "ottla.min.insync.replicas.scope", "ottla.scrub.interval.ms", "process.roles",
        "producer.id.expiration.check.interval.ms", "producer.id.expiration.ms", "queued.max.request.bytes",
        "socket.receive.buffer.bytes", "socket.request.max.bytes", "socket.send.buffer.bytes",
        "num.replica.fetchers", "replica.fetch.backoff.ms", "replica.fetch.max.bytes", "replica.fetch.min.bytes",
        "replica.fetch.response.max.bytes", "replica.fetch.wait.max.ms", "replica.lag.time.max.ms",
        "replica.selector.class", "replica.socket.timeout.ms",
        "controller.quorum.auto.join.enable", "controller.quorum.bootstrap.servers",
        "controller.quorum.election.backoff.max.ms",
        "controller.quorum.election.timeout.ms", "controller.quorum.fetch.max.bytes",
        "controller.quorum.fetch.snapshot.max.bytes", "controller.quorum.fetch.timeout.ms",
        "controller.quorum.request.timeout.ms", "controller.quorum.retry.backoff.ms", "controller.quorum.voters",
        "controller.socket.timeout.ms",
        "transaction.max.timeout.ms", "transaction.partition.verification.enable",
        "transaction.remove.expired.transaction.cleanup.interval.ms", "transaction.state.log.min.isr",
        "transaction.state.log.num.partitions", "transaction.state.log.replication.factor",
        "transaction.state.log.segment.bytes", "transaction.two.phase.commit.enable", "transactional.id.expiration.ms",
        "inter.broker.listener.name", "unclean.leader.election.enable",
        "unstable.api.versions.enable", "unstable.feature.versions.enable",
    ]

    /// Of topics.
    static let topic: Set<String> = [
        "cleanup.policy", "compression.gzip.level", "compression.lz4.level", "compression.type",
        "compression.zstd.level", "delete.retention.ms", "max.compaction.lag.ms", "min.cleanable.dirty.ratio",
        "min.compaction.lag.ms", "file.delete.delay.ms", "flush.messages", "flush.ms", "index.interval.bytes",
        "internal.segment.bytes", "max.message.bytes", "message.timestamp.after.max.ms",
        "message.timestamp.before.max.ms", "message.timestamp.type", "min.insync.replicas", "ottla.flush.policy",
        "ottla.min.insync.replicas.scope",
        "retention.bytes", "retention.ms", "segment.bytes", "segment.index.bytes", "segment.jitter.ms", "segment.ms",
    ]

    /// Of brokers, changed while they run: mostly what topics take over.
    static let dynamic: Set<String> = Set(topic.flatMap { ConfigCatalog.shared.topic[$0]?.brokerKeys ?? [] })
        .union([
            "log.cleaner.backoff.ms", "log.cleaner.dedupe.buffer.size", "log.cleaner.io.buffer.load.factor",
            "log.cleaner.io.buffer.size", "log.cleaner.io.max.bytes.per.second", "producer.id.expiration.ms",
            "replica.alter.log.dirs.io.max.bytes.per.second", "transaction.partition.verification.enable",
        ])
}
