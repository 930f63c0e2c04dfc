// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

extension ConfigCatalog {
    static let table = #"""
        name | type | default | valid values | note | internal
        ## Broker
        add.partitions.to.txn.retry.backoff.max.ms | INT | 100 | [0,...] | read-only
        add.partitions.to.txn.retry.backoff.ms | INT | 20 | [1,...] | read-only
        advertised.listeners | LIST | null |  | read-only
        allow.everyone.if.no.acl.found | UNKNOWN | null |  | read-only | internal
        alter.config.policy.class.name | CLASS | null |  | read-only
        alter.log.dirs.replication.quota.window.num | INT | 11 | [1,...] | read-only
        alter.log.dirs.replication.quota.window.size.seconds | INT | 1 | [1,...] | read-only
        authorizer.class.name | STRING | "" | non-null string | read-only
        auto.create.topics.enable | BOOLEAN | true |  | read-only
        auto.leader.rebalance.enable | BOOLEAN | true |  | read-only
        background.threads | INT | 10 | [1,...] | cluster-wide
        broker.heartbeat.interval.ms | INT | 2000 |  | read-only
        broker.id | INT | -1 |  | read-only
        broker.rack | STRING | null |  | read-only
        broker.session.timeout.ms | INT | 9000 |  | read-only
        client.quota.callback.class | CLASS | null |  | read-only
        compression.gzip.level | INT | -1 | [1,...,9] or -1 | cluster-wide
        compression.lz4.level | INT | 9 | [1,...,17] | cluster-wide
        compression.type | STRING | producer | [uncompressed, zstd, lz4, snappy, gzip, producer] | cluster-wide
        compression.zstd.level | INT | 3 | [-131072,...,22] | cluster-wide
        config.providers | LIST | "" |  | cluster-wide
        connection.failed.authentication.delay.ms | INT | 100 | [0,...] | read-only
        connections.max.idle.ms | LONG | 600000 |  | read-only
        connections.max.reauth.ms | LONG | 0 |  | read-only
        controlled.shutdown.enable | BOOLEAN | true |  | read-only
        controller.listener.names | LIST | (required) |  | read-only
        controller.performance.always.log.threshold.ms | LONG | 2000 | [0,...] | read-only | internal
        controller.performance.sample.period.ms | LONG | 60000 | [100,...] | read-only | internal
        controller.quorum.append.linger.ms | INT | 25 | [0,...] | read-only
        controller.quorum.auto.join.enable | BOOLEAN | false |  | read-only
        controller.quorum.bootstrap.servers | LIST | "" | non-empty list | read-only
        controller.quorum.election.backoff.max.ms | INT | 1000 | [0,...] | read-only
        controller.quorum.election.timeout.ms | INT | 1000 | [0,...] | read-only
        controller.quorum.fetch.max.bytes | INT | 1048576 | [1,...] | read-only
        controller.quorum.fetch.snapshot.max.bytes | INT | 1048576 | [1,...] | read-only
        controller.quorum.fetch.timeout.ms | INT | 2000 | [0,...] | read-only
        controller.quorum.request.timeout.ms | INT | 2000 | [0,...] | read-only
        controller.quorum.retry.backoff.ms | INT | 20 | [0,...] | read-only
        controller.quorum.voters | LIST | "" | non-empty list | read-only
        controller.quota.window.num | INT | 11 | [1,...] | read-only
        controller.quota.window.size.seconds | INT | 1 | [1,...] | read-only
        controller.socket.timeout.ms | INT | 30000 |  | read-only
        cordoned.log.dirs | LIST | "" |  | per-broker
        create.topic.policy.class.name | CLASS | null |  | read-only
        default.replication.factor | INT | 1 |  | read-only
        delegation.token.expiry.check.interval.ms | LONG | 3600000 | [1,...] | read-only
        delegation.token.expiry.time.ms | LONG | 86400000 | [1,...] | read-only
        delegation.token.max.lifetime.ms | LONG | 604800000 | [1,...] | read-only
        delegation.token.secret.key | PASSWORD | null |  | read-only
        delete.records.purgatory.purge.interval.requests | INT | 1 |  | read-only
        delete.topic.enable | BOOLEAN | true |  | read-only
        early.start.listeners | LIST | null |  | read-only
        errors.deadletterqueue.auto.create.topics.enable | BOOLEAN | false |  | cluster-wide
        errors.deadletterqueue.topic.name.prefix | STRING | dlq. |  | cluster-wide
        fetch.max.bytes | INT | 57671680 | [1024,...] | read-only
        fetch.purgatory.purge.interval.requests | INT | 1000 |  | read-only
        follower.fetch.last.tiered.offset.enable | BOOLEAN | false |  | cluster-wide
        follower.replication.throttled.rate | LONG | 9223372036854775807 | [0,...] | cluster-wide | internal
        group.consumer.assignment.interval.ms | INT | 1000 | [0,...] | cluster-wide
        group.consumer.assignor.offload.enable | BOOLEAN | true |  | cluster-wide | internal
        group.consumer.assignors | LIST | uniform,range |  | read-only
        group.consumer.heartbeat.interval.ms | INT | 5000 | [1,...] | read-only
        group.consumer.max.assignment.interval.ms | INT | 15000 | [0,...] | read-only
        group.consumer.max.heartbeat.interval.ms | INT | 15000 | [1,...] | read-only
        group.consumer.max.session.timeout.ms | INT | 60000 | [1,...] | read-only
        group.consumer.max.size | INT | 2147483647 | [1,...] | read-only
        group.consumer.migration.policy | STRING | bidirectional | (case insensitive) [DISABLED, DOWNGRADE, UPGRADE, BIDIRECTIONAL] | read-only
        group.consumer.min.assignment.interval.ms | INT | 0 | [0,...] | read-only
        group.consumer.min.heartbeat.interval.ms | INT | 5000 | [1,...] | read-only
        group.consumer.min.session.timeout.ms | INT | 45000 | [1,...] | read-only
        group.consumer.regex.refresh.interval.ms | INT | 600000 | [10000,...] | read-only | internal
        group.consumer.session.timeout.ms | INT | 45000 | [1,...] | read-only
        group.coordinator.append.linger.ms | INT | -1 | [-1,...] | read-only
        group.coordinator.background.threads | INT | 2 | [1,...] | read-only
        group.coordinator.cached.buffer.max.bytes | INT | 1048588 | [524288,...] | cluster-wide
        group.coordinator.rebalance.protocols | LIST | classic,consumer,streams | [consumer, classic, share, streams] | read-only
        group.coordinator.threads | INT | 4 | [1,...] | read-only
        group.initial.rebalance.delay.ms | INT | 3000 |  | read-only
        group.max.session.timeout.ms | INT | 1800000 |  | read-only
        group.max.size | INT | 2147483647 | [1,...] | read-only
        group.min.session.timeout.ms | INT | 6000 |  | read-only
        group.share.assignment.interval.ms | INT | 1000 | [0,...] | cluster-wide
        group.share.assignor.offload.enable | BOOLEAN | true |  | cluster-wide | internal
        group.share.assignors | LIST | simple |  | read-only
        group.share.delivery.count.limit | INT | 5 | [2,...,10] | read-only
        group.share.dlq.manager.class.name | STRING | org.apache.kafka.server.share.dlq.DefaultShareGroupDLQManager |  | read-only | internal
        group.share.heartbeat.interval.ms | INT | 5000 | [1,...] | read-only
        group.share.initialize.retry.interval.ms | INT | 30000 | [1,...] | read-only | internal
        group.share.max.assignment.interval.ms | INT | 15000 | [0,...] | read-only
        group.share.max.delivery.count.limit | INT | 10 | [5,...,25] | read-only
        group.share.max.heartbeat.interval.ms | INT | 15000 | [1,...] | read-only
        group.share.max.partition.max.record.locks | INT | 4000 | [2000,...,10000] | read-only
        group.share.max.record.lock.duration.ms | INT | 60000 | [30000,...,3600000] | read-only
        group.share.max.session.timeout.ms | INT | 60000 | [1,...] | read-only
        group.share.max.share.sessions | INT | 2000 | [1,...] | read-only
        group.share.max.size | INT | 200 | [1,...,1000] | read-only
        group.share.min.assignment.interval.ms | INT | 0 | [0,...] | read-only
        group.share.min.delivery.count.limit | INT | 2 | [2,...,5] | read-only
        group.share.min.heartbeat.interval.ms | INT | 5000 | [1,...] | read-only
        group.share.min.partition.max.record.locks | INT | 100 | [100,...,2000] | read-only
        group.share.min.record.lock.duration.ms | INT | 15000 | [1000,...,30000] | read-only
        group.share.min.session.timeout.ms | INT | 45000 | [1,...] | read-only
        group.share.partition.max.record.locks | INT | 2000 | [100,...,10000] | read-only
        group.share.persister.class.name | STRING | org.apache.kafka.server.share.persister.DefaultStatePersister |  | read-only | internal
        group.share.record.lock.duration.ms | INT | 30000 | [1000,...,3600000] | read-only
        group.share.session.timeout.ms | INT | 45000 | [1,...] | read-only
        group.streams.acceptable.recovery.lag | LONG | 10000 | [0,...] | read-only | internal
        group.streams.assignment.interval.ms | INT | 1000 | [0,...] | cluster-wide
        group.streams.assignor.offload.enable | BOOLEAN | true |  | cluster-wide | internal
        group.streams.assignors | LIST | sticky |  | read-only
        group.streams.heartbeat.interval.ms | INT | 5000 | [1,...] | read-only
        group.streams.initial.rebalance.delay.ms | INT | 3000 | [0,...] | read-only
        group.streams.max.assignment.interval.ms | INT | 15000 | [0,...] | read-only
        group.streams.max.heartbeat.interval.ms | INT | 15000 | [1,...] | read-only
        group.streams.max.session.timeout.ms | INT | 60000 | [1,...] | read-only
        group.streams.max.size | INT | 2147483647 | [1,...] | read-only
        group.streams.max.standby.replicas | INT | 2 | [0,...] | read-only
        group.streams.max.warmup.replicas | INT | 20 | [0,...] | read-only | internal
        group.streams.min.assignment.interval.ms | INT | 0 | [0,...] | read-only
        group.streams.min.heartbeat.interval.ms | INT | 5000 | [1,...] | read-only
        group.streams.min.session.timeout.ms | INT | 45000 | [1,...] | read-only
        group.streams.min.task.offset.interval.ms | INT | 15000 | [1,...] | read-only | internal
        group.streams.num.standby.replicas | INT | 0 | [0,...] | read-only
        group.streams.num.warmup.replicas | INT | 2 | [0,...] | read-only | internal
        group.streams.rack.aware.assignment.tags | LIST | "" |  | read-only
        group.streams.session.timeout.ms | INT | 45000 | [1,...] | read-only
        group.streams.task.offset.interval.ms | INT | 60000 | [1,...] | read-only | internal
        group.streams.topology.description.plugin.class | CLASS | null |  | read-only
        initial.broker.registration.timeout.ms | INT | 60000 |  | read-only
        inter.broker.listener.name | STRING | null |  | read-only
        internal.metadata.delete.delay.millis | LONG | 60000 |  | read-only | internal
        internal.metadata.log.segment.bytes | INT | null |  | read-only | internal
        internal.metadata.max.batch.size.in.bytes | INT | 8388608 |  | read-only | internal
        kafka.metrics.polling.interval.secs | INT | 10 | [1,...] | read-only
        kafka.metrics.reporters | LIST | "" |  | read-only
        leader.imbalance.check.interval.seconds | LONG | 300 | [1,...] | read-only
        leader.replication.throttled.rate | LONG | 9223372036854775807 | [0,...] | cluster-wide | internal
        listener.security.protocol.map | STRING | SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT |  | per-broker
        listeners | LIST | PLAINTEXT://:9092 |  | per-broker
        log.cleaner.backoff.ms | LONG | 15000 | [0,...] | cluster-wide
        log.cleaner.dedupe.buffer.size | LONG | 134217728 |  | cluster-wide
        log.cleaner.delete.retention.ms | LONG | 86400000 | [0,...] | cluster-wide
        log.cleaner.enable | BOOLEAN | true |  | read-only
        log.cleaner.io.buffer.load.factor | DOUBLE | 0.9 |  | cluster-wide
        log.cleaner.io.buffer.size | INT | 524288 | [0,...] | cluster-wide
        log.cleaner.io.max.bytes.per.second | DOUBLE | 1.7976931348623157E308 |  | cluster-wide
        log.cleaner.max.compaction.lag.ms | LONG | 9223372036854775807 | [1,...] | cluster-wide
        log.cleaner.min.cleanable.ratio | DOUBLE | 0.5 | [0,...,1] | cluster-wide
        log.cleaner.min.compaction.lag.ms | LONG | 0 | [0,...] | cluster-wide
        log.cleaner.threads | INT | 1 | [0,...] | cluster-wide
        log.cleanup.policy | LIST | delete | [compact, delete] | cluster-wide
        log.dir | LIST | /tmp/kafka-logs |  | read-only
        log.dir.failure.timeout.ms | LONG | 30000 | [1,...] | read-only
        log.dirs | LIST | null |  | read-only
        log.flush.interval.messages | LONG | 9223372036854775807 | [1,...] | cluster-wide
        log.flush.interval.ms | LONG | null |  | cluster-wide
        log.flush.offset.checkpoint.interval.ms | INT | 60000 | [0,...] | read-only
        log.flush.scheduler.interval.ms | LONG | 9223372036854775807 |  | read-only
        log.flush.start.offset.checkpoint.interval.ms | INT | 60000 | [0,...] | read-only
        log.index.interval.bytes | INT | 4096 | [0,...] | cluster-wide
        log.index.size.max.bytes | INT | 10485760 | [4,...] | cluster-wide
        log.initial.task.delay.ms | LONG | 30000 | [0,...] | read-only | internal
        log.local.retention.bytes | LONG | -2 | [-2,...] | cluster-wide
        log.local.retention.ms | LONG | -2 | [-2,...] | cluster-wide
        log.message.timestamp.after.max.ms | LONG | 3600000 | [0,...] | cluster-wide
        log.message.timestamp.before.max.ms | LONG | 9223372036854775807 | [0,...] | cluster-wide
        log.message.timestamp.type | STRING | CreateTime | [CreateTime, LogAppendTime] | cluster-wide
        log.preallocate | BOOLEAN | false |  | cluster-wide
        log.remote.copy.lag.bytes | LONG | -1 | [-1,...] | cluster-wide
        log.remote.copy.lag.ms | LONG | 0 | [-1,...] | cluster-wide
        log.retention.bytes | LONG | -1 |  | cluster-wide
        log.retention.check.interval.ms | LONG | 300000 | [1,...] | read-only
        log.retention.hours | INT | 168 |  | read-only
        log.retention.minutes | INT | null |  | read-only
        log.retention.ms | LONG | null |  | cluster-wide
        log.roll.hours | INT | 168 | [1,...] | read-only
        log.roll.jitter.hours | INT | 0 | [0,...] | read-only
        log.roll.jitter.ms | LONG | null |  | cluster-wide
        log.roll.ms | LONG | null |  | cluster-wide
        log.segment.bytes | INT | 1073741824 | [1048576,...] | cluster-wide
        log.segment.delete.delay.ms | LONG | 60000 | [0,...] | cluster-wide
        max.connection.creation.rate | INT | 2147483647 | [0,...] | cluster-wide
        max.connections | INT | 2147483647 | [0,...] | cluster-wide
        max.connections.per.ip | INT | 2147483647 | [0,...] | cluster-wide
        max.connections.per.ip.overrides | STRING | "" |  | cluster-wide
        max.incremental.fetch.session.cache.slots | INT | 1000 | [0,...] | read-only
        max.request.partition.size.limit | INT | 2000 | [1,...] | read-only
        message.max.bytes | INT | 1048588 | [0,...] | cluster-wide
        metadata.log.dir | STRING | null |  | read-only
        metadata.log.max.record.bytes.between.snapshots | LONG | 20971520 | [1,...] | read-only
        metadata.log.max.snapshot.interval.ms | LONG | 3600000 | [0,...] | read-only
        metadata.log.segment.bytes | INT | 1073741824 | [8388608,...] | read-only
        metadata.log.segment.ms | LONG | 604800000 |  | read-only
        metadata.max.idle.interval.ms | INT | 500 | [0,...] | read-only
        metadata.max.retention.bytes | LONG | 104857600 |  | read-only
        metadata.max.retention.ms | LONG | 604800000 |  | read-only
        metric.reporters | LIST | org.apache.kafka.common.metrics.JmxReporter |  | cluster-wide
        metrics.num.samples | INT | 2 | [1,...] | read-only
        metrics.recording.level | STRING | INFO |  | read-only
        metrics.sample.window.ms | LONG | 30000 | [1,...] | read-only
        min.insync.replicas | INT | 1 | [1,...] | cluster-wide
        node.id | INT | (required) | [0,...] | read-only
        num.io.threads | INT | 8 | [1,...] | cluster-wide
        num.network.threads | INT | 3 | [1,...] | cluster-wide
        num.partitions | INT | 1 | [1,...] | read-only
        num.recovery.threads.per.data.dir | INT | 2 | [1,...] | cluster-wide
        num.replica.alter.log.dirs.threads | INT | null |  | read-only
        num.replica.fetchers | INT | 1 | [1,...] | cluster-wide
        offset.metadata.max.bytes | INT | 4096 |  | read-only
        offsets.commit.timeout.ms | INT | 5000 | [1,...] | read-only
        offsets.load.buffer.size | INT | 5242880 | [1,...] | read-only
        offsets.retention.check.interval.ms | LONG | 600000 | [1,...] | read-only
        offsets.retention.minutes | INT | 10080 | [1,...] | read-only
        offsets.topic.compression.codec | INT | 0 |  | read-only
        offsets.topic.num.partitions | INT | 50 | [1,...] | read-only
        offsets.topic.replication.factor | SHORT | 3 | [1,...] | read-only
        offsets.topic.segment.bytes | INT | 104857600 | [1,...] | read-only
        principal.builder.class | CLASS | org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder |  | per-broker
        process.roles | LIST | (required) | [broker, controller] | read-only
        producer.id.expiration.check.interval.ms | INT | 600000 | [1,...] | read-only | internal
        producer.id.expiration.ms | INT | 86400000 | [1,...] | cluster-wide
        producer.purgatory.purge.interval.requests | INT | 1000 |  | read-only
        queued.max.request.bytes | LONG | -1 |  | read-only
        queued.max.requests | INT | 500 | [1,...] | read-only
        quota.window.num | INT | 11 | [1,...] | read-only
        quota.window.size.seconds | INT | 1 | [1,...] | read-only
        remote.fetch.max.wait.ms | INT | 500 | [1,...] | cluster-wide
        remote.list.offsets.request.timeout.ms | LONG | 30000 | [1,...] | cluster-wide
        remote.log.index.file.cache.total.size.bytes | LONG | 1073741824 | [1,...] | cluster-wide
        remote.log.index.file.cache.ttl.ms | LONG | 900000 | [-1,...] | read-only | internal
        remote.log.manager.copier.thread.pool.size | INT | 10 | [1,...] | cluster-wide
        remote.log.manager.copy.max.bytes.per.second | LONG | 9223372036854775807 | [1,...] | cluster-wide
        remote.log.manager.copy.quota.window.num | INT | 11 | [1,...] | read-only
        remote.log.manager.copy.quota.window.size.seconds | INT | 1 | [1,...] | read-only
        remote.log.manager.expiration.thread.pool.size | INT | 10 | [1,...] | cluster-wide
        remote.log.manager.fetch.max.bytes.per.second | LONG | 9223372036854775807 | [1,...] | cluster-wide
        remote.log.manager.fetch.quota.window.num | INT | 11 | [1,...] | read-only
        remote.log.manager.fetch.quota.window.size.seconds | INT | 1 | [1,...] | read-only
        remote.log.manager.follower.thread.pool.size | INT | 2 | [1,...] | cluster-wide
        remote.log.manager.task.interval.ms | LONG | 30000 | [1,...] | read-only
        remote.log.manager.task.retry.backoff.max.ms | LONG | 30000 | [1,...] | read-only | internal
        remote.log.manager.task.retry.backoff.ms | LONG | 500 | [1,...] | read-only | internal
        remote.log.manager.task.retry.jitter | DOUBLE | 0.2 | [0,...,0.5] | read-only | internal
        remote.log.manager.thread.pool.size | INT | 2 | [1,...] | read-only
        remote.log.metadata.custom.metadata.max.bytes | INT | 128 | [0,...] | read-only
        remote.log.metadata.manager.class.name | STRING | org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager | non-empty string | read-only
        remote.log.metadata.manager.class.path | STRING | null |  | read-only
        remote.log.metadata.manager.impl.prefix | STRING | rlmm.config. | non-empty string | read-only
        remote.log.metadata.manager.listener.name | STRING | null | non-empty string | read-only
        remote.log.reader.max.pending.tasks | INT | 100 | [1,...] | read-only
        remote.log.reader.threads | INT | 10 | [1,...] | cluster-wide
        remote.log.storage.manager.class.name | STRING | null | non-empty string | read-only
        remote.log.storage.manager.class.path | STRING | null |  | read-only
        remote.log.storage.manager.impl.prefix | STRING | rsm.config. | non-empty string | read-only
        remote.log.storage.system.enable | BOOLEAN | false |  | read-only
        replica.alter.log.dirs.io.max.bytes.per.second | LONG | 9223372036854775807 | [0,...] | cluster-wide | internal
        replica.fetch.backoff.ms | INT | 1000 | [0,...] | read-only
        replica.fetch.max.bytes | INT | 1048576 | [0,...] | read-only
        replica.fetch.min.bytes | INT | 1 |  | read-only
        replica.fetch.response.max.bytes | INT | 10485760 | [0,...] | read-only
        replica.fetch.wait.max.ms | INT | 500 |  | read-only
        replica.high.watermark.checkpoint.interval.ms | LONG | 5000 |  | read-only
        replica.lag.time.max.ms | LONG | 30000 |  | read-only
        replica.selector.class | STRING | null |  | read-only
        replica.socket.receive.buffer.bytes | INT | 65536 |  | read-only
        replica.socket.timeout.ms | INT | 30000 |  | read-only
        replication.quota.window.num | INT | 11 | [1,...] | read-only
        replication.quota.window.size.seconds | INT | 1 | [1,...] | read-only
        request.timeout.ms | INT | 30000 |  | read-only
        sasl.client.callback.handler.class | CLASS | null |  | read-only
        sasl.enabled.mechanisms | LIST | GSSAPI |  | per-broker
        sasl.jaas.config | PASSWORD | null |  | per-broker
        sasl.kerberos.kinit.cmd | STRING | /usr/bin/kinit |  | per-broker
        sasl.kerberos.min.time.before.relogin | LONG | 60000 |  | per-broker
        sasl.kerberos.principal.to.local.rules | LIST | DEFAULT |  | per-broker
        sasl.kerberos.service.name | STRING | null |  | per-broker
        sasl.kerberos.ticket.renew.jitter | DOUBLE | 0.05 |  | per-broker
        sasl.kerberos.ticket.renew.window.factor | DOUBLE | 0.8 |  | per-broker
        sasl.login.callback.handler.class | CLASS | null |  | read-only
        sasl.login.class | CLASS | null |  | read-only
        sasl.login.connect.timeout.ms | INT | null |  | read-only
        sasl.login.read.timeout.ms | INT | null |  | read-only
        sasl.login.refresh.buffer.seconds | SHORT | 300 |  | per-broker
        sasl.login.refresh.min.period.seconds | SHORT | 60 |  | per-broker
        sasl.login.refresh.window.factor | DOUBLE | 0.8 |  | per-broker
        sasl.login.refresh.window.jitter | DOUBLE | 0.05 |  | per-broker
        sasl.login.retry.backoff.max.ms | LONG | 10000 |  | read-only
        sasl.login.retry.backoff.ms | LONG | 100 |  | read-only
        sasl.mechanism.controller.protocol | STRING | GSSAPI |  | read-only
        sasl.mechanism.inter.broker.protocol | STRING | GSSAPI |  | per-broker
        sasl.oauthbearer.allow.unverified.audience | BOOLEAN | false |  | read-only
        sasl.oauthbearer.allow.unverified.issuer | BOOLEAN | false |  | read-only
        sasl.oauthbearer.assertion.algorithm | STRING | RS256 | (case insensitive) [ES256, RS256] | read-only
        sasl.oauthbearer.assertion.claim.aud | STRING | null |  | read-only
        sasl.oauthbearer.assertion.claim.exp.seconds | INT | 300 | [0,...,86400] | read-only
        sasl.oauthbearer.assertion.claim.iss | STRING | null |  | read-only
        sasl.oauthbearer.assertion.claim.jti.include | BOOLEAN | false |  | read-only
        sasl.oauthbearer.assertion.claim.nbf.seconds | INT | 60 | [0,...,3600] | read-only
        sasl.oauthbearer.assertion.claim.sub | STRING | null |  | read-only
        sasl.oauthbearer.assertion.file | STRING | null |  | read-only
        sasl.oauthbearer.assertion.private.key.file | STRING | null |  | read-only
        sasl.oauthbearer.assertion.private.key.passphrase | PASSWORD | null |  | read-only
        sasl.oauthbearer.assertion.template.file | STRING | null |  | read-only
        sasl.oauthbearer.client.credentials.client.id | STRING | null |  | read-only
        sasl.oauthbearer.client.credentials.client.secret | PASSWORD | null |  | read-only
        sasl.oauthbearer.clock.skew.seconds | INT | 30 |  | read-only
        sasl.oauthbearer.expected.audience | LIST | "" |  | read-only
        sasl.oauthbearer.expected.issuer | STRING | null |  | read-only
        sasl.oauthbearer.jwks.endpoint.refresh.ms | LONG | 3600000 |  | read-only
        sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms | LONG | 10000 |  | read-only
        sasl.oauthbearer.jwks.endpoint.retry.backoff.ms | LONG | 100 |  | read-only
        sasl.oauthbearer.jwks.endpoint.url | STRING | null |  | read-only
        sasl.oauthbearer.jwt.retriever.class | CLASS | org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever |  | read-only
        sasl.oauthbearer.jwt.validator.class | CLASS | org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator |  | read-only
        sasl.oauthbearer.scope | STRING | null |  | read-only
        sasl.oauthbearer.scope.claim.name | STRING | scope |  | read-only
        sasl.oauthbearer.sub.claim.name | STRING | sub |  | read-only
        sasl.oauthbearer.token.endpoint.url | STRING | null |  | read-only
        sasl.server.callback.handler.class | CLASS | null |  | read-only
        sasl.server.max.receive.size | INT | 524288 |  | read-only
        security.inter.broker.protocol | STRING | PLAINTEXT | [PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL] | read-only
        security.providers | STRING | null |  | read-only
        server.max.startup.time.ms | LONG | 9223372036854775807 | [0,...] | read-only | internal
        share.coordinator.append.linger.ms | INT | -1 | [-1,...] | read-only
        share.coordinator.cached.buffer.max.bytes | INT | 1048588 | [524288,...] | cluster-wide
        share.coordinator.cold.partition.snapshot.interval.ms | INT | 300000 | [1,...] | read-only | internal
        share.coordinator.load.buffer.size | INT | 5242880 | [1,...] | read-only
        share.coordinator.snapshot.update.records.per.snapshot | INT | 500 | [0,...,500] | read-only
        share.coordinator.state.topic.compression.codec | INT | 0 |  | read-only
        share.coordinator.state.topic.min.isr | SHORT | 2 | [1,...] | read-only
        share.coordinator.state.topic.num.partitions | INT | 50 | [1,...] | read-only
        share.coordinator.state.topic.prune.interval.ms | INT | 300000 | [1,...] | read-only | internal
        share.coordinator.state.topic.replication.factor | SHORT | 3 | [1,...] | read-only
        share.coordinator.state.topic.segment.bytes | INT | 104857600 | [1,...] | read-only
        share.coordinator.threads | INT | 1 | [1,...] | read-only
        share.coordinator.write.timeout.ms | INT | 5000 | [1,...] | read-only
        share.fetch.purgatory.purge.interval.requests | INT | 1000 |  | read-only
        socket.connection.setup.timeout.max.ms | LONG | 30000 |  | read-only
        socket.connection.setup.timeout.ms | LONG | 10000 |  | read-only
        socket.listen.backlog.size | INT | 50 | [1,...] | read-only
        socket.receive.buffer.bytes | INT | 102400 |  | read-only
        socket.request.max.bytes | INT | 104857600 | [1,...] | read-only
        socket.send.buffer.bytes | INT | 102400 |  | read-only
        ssl.allow.dn.changes | BOOLEAN | false |  | read-only
        ssl.allow.san.changes | BOOLEAN | false |  | read-only
        ssl.cipher.suites | LIST | "" |  | per-broker
        ssl.client.auth | STRING | none | [required, requested, none] | per-broker
        ssl.enabled.protocols | LIST | TLSv1.2,TLSv1.3 |  | per-broker
        ssl.endpoint.identification.algorithm | STRING | https |  | per-broker
        ssl.engine.factory.class | CLASS | null |  | per-broker
        ssl.key.password | PASSWORD | null |  | per-broker
        ssl.keymanager.algorithm | STRING | SunX509 |  | per-broker
        ssl.keystore.certificate.chain | PASSWORD | null |  | per-broker
        ssl.keystore.key | PASSWORD | null |  | per-broker
        ssl.keystore.location | STRING | null |  | per-broker
        ssl.keystore.password | PASSWORD | null |  | per-broker
        ssl.keystore.type | STRING | JKS |  | per-broker
        ssl.principal.mapping.rules | STRING | DEFAULT |  | read-only
        ssl.protocol | STRING | TLSv1.3 |  | per-broker
        ssl.provider | STRING | null |  | per-broker
        ssl.secure.random.implementation | STRING | null |  | per-broker
        ssl.trustmanager.algorithm | STRING | PKIX |  | per-broker
        ssl.truststore.certificates | PASSWORD | null |  | per-broker
        ssl.truststore.location | STRING | null |  | per-broker
        ssl.truststore.password | PASSWORD | null |  | per-broker
        ssl.truststore.type | STRING | JKS |  | per-broker
        super.users | UNKNOWN | null |  | read-only | internal
        telemetry.max.bytes | INT | 1048576 | [1,...] | read-only
        transaction.abort.timed.out.transaction.cleanup.interval.ms | INT | 10000 | [1,...] | read-only
        transaction.max.timeout.ms | INT | 900000 | [1,...] | read-only
        transaction.partition.verification.enable | BOOLEAN | true |  | cluster-wide
        transaction.remove.expired.transaction.cleanup.interval.ms | INT | 3600000 | [1,...] | read-only
        transaction.state.log.load.buffer.size | INT | 5242880 | [1,...] | read-only
        transaction.state.log.min.isr | INT | 2 | [1,...] | read-only
        transaction.state.log.num.partitions | INT | 50 | [1,...] | read-only
        transaction.state.log.replication.factor | SHORT | 3 | [1,...] | read-only
        transaction.state.log.segment.bytes | INT | 104857600 | [1,...] | read-only
        transaction.two.phase.commit.enable | BOOLEAN | false |  | read-only
        transactional.id.expiration.ms | INT | 604800000 | [1,...] | read-only
        unclean.leader.election.enable | BOOLEAN | false |  | cluster-wide
        unclean.leader.election.interval.ms | LONG | 300000 | [1,...] | read-only | internal
        unstable.api.versions.enable | BOOLEAN | false |  | read-only | internal
        unstable.feature.versions.enable | BOOLEAN | false |  | read-only | internal
        ottla.connection.creation.rate.per.ip | INT | 500 | [1,...] | read-only
        ottla.flush.policy | STRING | os | [ack, os] | cluster-wide
        ottla.min.insync.replicas.scope | STRING | acks-all | [acks-all, every-write] | cluster-wide
        ottla.scrub.interval.ms | LONG | 604800000 | [-1,...] | read-only
        metrics.listener | STRING | null |  | read-only
        ## Topic
        cleanup.policy | LIST | delete | [compact, delete] | log.cleanup.policy
        compression.gzip.level | INT | -1 | [1,...,9] or -1 | compression.gzip.level
        compression.lz4.level | INT | 9 | [1,...,17] | compression.lz4.level
        compression.type | STRING | producer | [uncompressed, zstd, lz4, snappy, gzip, producer] | compression.type
        compression.zstd.level | INT | 3 | [-131072,...,22] | compression.zstd.level
        delete.retention.ms | LONG | 86400000 | [0,...] | log.cleaner.delete.retention.ms
        errors.deadletterqueue.group.enable | BOOLEAN | false |  | -
        file.delete.delay.ms | LONG | 60000 | [0,...] | log.segment.delete.delay.ms
        flush.messages | LONG | 9223372036854775807 | [1,...] | log.flush.interval.messages
        flush.ms | LONG | 9223372036854775807 | [0,...] | log.flush.interval.ms > log.flush.scheduler.interval.ms
        follower.replication.throttled.replicas | LIST | "" | [partitionId]:[brokerId],[partitionId]:[brokerId],... | -
        index.interval.bytes | INT | 4096 | [0,...] | log.index.interval.bytes
        internal.segment.bytes | INT | null |  | - | internal
        leader.replication.throttled.replicas | LIST | "" | [partitionId]:[brokerId],[partitionId]:[brokerId],... | -
        local.retention.bytes | LONG | -2 | [-2,...] | log.local.retention.bytes
        local.retention.ms | LONG | -2 | [-2,...] | log.local.retention.ms
        max.compaction.lag.ms | LONG | 9223372036854775807 | [1,...] | log.cleaner.max.compaction.lag.ms
        max.message.bytes | INT | 1048588 | [0,...] | message.max.bytes
        message.timestamp.after.max.ms | LONG | 3600000 | [0,...] | log.message.timestamp.after.max.ms
        message.timestamp.before.max.ms | LONG | 9223372036854775807 | [0,...] | log.message.timestamp.before.max.ms
        message.timestamp.type | STRING | CreateTime | [CreateTime, LogAppendTime] | log.message.timestamp.type
        min.cleanable.dirty.ratio | DOUBLE | 0.5 | [0,...,1] | log.cleaner.min.cleanable.ratio
        min.compaction.lag.ms | LONG | 0 | [0,...] | log.cleaner.min.compaction.lag.ms
        min.insync.replicas | INT | 1 | [1,...] | min.insync.replicas
        preallocate | BOOLEAN | false |  | log.preallocate
        remote.copy.lag.bytes | LONG | -1 | [-1,...] | log.remote.copy.lag.bytes
        remote.copy.lag.ms | LONG | 0 | [-1,...] | log.remote.copy.lag.ms
        remote.log.copy.disable | BOOLEAN | false |  | -
        remote.log.delete.on.disable | BOOLEAN | false |  | -
        remote.storage.enable | BOOLEAN | false |  | -
        retention.bytes | LONG | -1 |  | log.retention.bytes
        retention.ms | LONG | 604800000 | [-1,...] | log.retention.ms > log.retention.minutes > log.retention.hours
        segment.bytes | INT | 1073741824 | [1048576,...] | log.segment.bytes
        segment.index.bytes | INT | 10485760 | [4,...] | log.index.size.max.bytes
        segment.jitter.ms | LONG | 0 | [0,...] | log.roll.jitter.ms > log.roll.jitter.hours
        segment.ms | LONG | 604800000 | [1,...] | log.roll.ms > log.roll.hours
        unclean.leader.election.enable | BOOLEAN | false |  | unclean.leader.election.enable
        ottla.flush.policy | STRING | os | [ack, os] | ottla.flush.policy
        ottla.min.insync.replicas.scope | STRING | acks-all | [acks-all, every-write] | ottla.min.insync.replicas.scope
        ## Group
        consumer.assignment.interval.ms | INT | 1000 | [0,...] | group.consumer.assignment.interval.ms
        consumer.assignor.offload.enable | BOOLEAN | true |  | group.consumer.assignor.offload.enable | internal
        consumer.heartbeat.interval.ms | INT | 5000 | [1,...] | group.consumer.heartbeat.interval.ms
        consumer.session.timeout.ms | INT | 45000 | [1,...] | group.consumer.session.timeout.ms
        errors.deadletterqueue.copy.record.enable | BOOLEAN | false |  | -
        errors.deadletterqueue.topic.name | STRING | "" |  | -
        share.assignment.interval.ms | INT | 1000 | [0,...] | group.share.assignment.interval.ms
        share.assignor.offload.enable | BOOLEAN | true |  | group.share.assignor.offload.enable | internal
        share.auto.offset.reset | STRING | latest | [latest, earliest, by_duration:PnDTnHnMn.nS] | -
        share.delivery.count.limit | INT | 5 | [2,...] | group.share.delivery.count.limit
        share.heartbeat.interval.ms | INT | 5000 | [1,...] | group.share.heartbeat.interval.ms
        share.isolation.level | STRING | read_uncommitted | [read_committed, read_uncommitted] | -
        share.partition.max.record.locks | INT | 2000 | [100,...] | group.share.partition.max.record.locks
        share.record.lock.duration.ms | INT | 30000 | [1000,...] | group.share.record.lock.duration.ms
        share.renew.acknowledge.enable | BOOLEAN | true |  | -
        share.session.timeout.ms | INT | 45000 | [1,...] | group.share.session.timeout.ms
        streams.acceptable.recovery.lag | LONG | 10000 | [0,...] | group.streams.acceptable.recovery.lag | internal
        streams.assignment.interval.ms | INT | 1000 | [0,...] | group.streams.assignment.interval.ms
        streams.assignor.name | STRING | null |  | group.streams.assignors
        streams.assignor.offload.enable | BOOLEAN | true |  | group.streams.assignor.offload.enable | internal
        streams.heartbeat.interval.ms | INT | 5000 | [1,...] | group.streams.heartbeat.interval.ms
        streams.initial.rebalance.delay.ms | INT | 3000 | [0,...] | group.streams.initial.rebalance.delay.ms
        streams.num.standby.replicas | INT | 0 | [0,...] | group.streams.num.standby.replicas
        streams.num.warmup.replicas | INT | 2 | [0,...] | group.streams.num.warmup.replicas | internal
        streams.rack.aware.assignment.tags | LIST | "" |  | group.streams.rack.aware.assignment.tags
        streams.session.timeout.ms | INT | 45000 | [1,...] | group.streams.session.timeout.ms
        streams.task.offset.interval.ms | INT | 60000 | [1,...] | group.streams.task.offset.interval.ms | internal
        ## Client metrics
        interval.ms | INT | 300000 | [100,...,3600000] | -
        match | LIST | "" |  | -
        metrics | LIST | "" |  | -
        """#
}
