// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

extension ConfigDocumentation {
    static let table = #"""
        name | what it is for, in a sentence; the same name means the same for brokers, topics and groups
        add.partitions.to.txn.retry.backoff.max.ms | The longest pause before partitions are added to a transaction again.
        add.partitions.to.txn.retry.backoff.ms | The first pause before partitions are added to a transaction again.
        advertised.listeners | Where clients are told to connect, listener by listener; by default where the listeners are.
        allow.everyone.if.no.acl.found | Whether the authorizer allows what no rule is about.
        alter.config.policy.class.name | A class that may refuse changes of configurations.
        alter.log.dirs.replication.quota.window.num | How many samples the rate of moves between directories is measured over.
        alter.log.dirs.replication.quota.window.size.seconds | The length of a sample of the rate of moves between directories.
        authorizer.class.name | The class that decides who may do what; empty allows everything.
        auto.create.topics.enable | Whether a topic that does not exist is made when a client asks for it.
        auto.leader.rebalance.enable | Whether leadership goes back to the preferred replicas by itself.
        background.threads | Threads for work beside requests.
        broker.heartbeat.interval.ms | How often a broker reports to the controller.
        broker.id | The older name of node.id.
        broker.rack | Where the broker stands: replicas are spread over racks, consumers can read from the nearest.
        broker.session.timeout.ms | A broker that has not reported for so long counts as gone.
        cleanup.policy | What happens to old segments: delete removes them by age and size, compact keeps the last record of each key; an empty list keeps everything.
        client.quota.callback.class | A class that decides clients' quotas.
        compression.gzip.level | Level of gzip where batches are compressed anew; -1 is the library's choice.
        compression.lz4.level | Level of lz4 where batches are compressed anew.
        compression.type | How batches are stored: a codec, uncompressed, or producer for the way they arrived.
        compression.zstd.level | Level of zstd where batches are compressed anew.
        config.providers | Sources that values in the configuration may be taken from.
        connection.failed.authentication.delay.ms | How long the answer to a failed authentication is held back.
        connections.max.idle.ms | A connection without a request for so long is closed.
        connections.max.reauth.ms | A SASL client has to authenticate anew within this time; 0 for never.
        consumer.assignment.interval.ms | How often partitions of a consumer group are assigned anew.
        consumer.assignor.offload.enable | Whether assignments of a consumer group are computed on a thread of their own.
        consumer.heartbeat.interval.ms | How often members of a consumer group report.
        consumer.session.timeout.ms | A member of a consumer group that has not reported for so long counts as gone.
        controlled.shutdown.enable | Whether a broker hands over its leaderships before it stops.
        controller.listener.names | Names of the listeners that controllers use among themselves.
        controller.performance.always.log.threshold.ms | The controller logs each event that takes longer.
        controller.performance.sample.period.ms | How often the controller logs how long its events take.
        controller.quorum.append.linger.ms | How long the controller gathers records before it writes them.
        controller.quorum.auto.join.enable | Whether a controller joins the voters by itself.
        controller.quorum.bootstrap.servers | Addresses of controllers to find the quorum with.
        controller.quorum.election.backoff.max.ms | The longest pause before another election of the quorum.
        controller.quorum.election.timeout.ms | How long a candidate of the quorum waits for votes.
        controller.quorum.fetch.max.bytes | The most bytes of the metadata log in one answer.
        controller.quorum.fetch.snapshot.max.bytes | The most bytes of a snapshot in one answer.
        controller.quorum.fetch.timeout.ms | A voter that cannot reach the leader for so long calls an election.
        controller.quorum.request.timeout.ms | How long a request between controllers may take.
        controller.quorum.retry.backoff.ms | The pause before a request between controllers is tried again.
        controller.quorum.voters | The voters of the metadata quorum, as id@host:port.
        controller.quota.window.num | How many samples the rate of changes by clients is measured over.
        controller.quota.window.size.seconds | The length of a sample of the rate of changes by clients.
        controller.socket.timeout.ms | How long a request of a broker to the controller may take.
        cordoned.log.dirs | Log directories that get no new partitions.
        create.topic.policy.class.name | A class that may refuse new topics.
        default.replication.factor | Replicas of a topic that is made without saying how many.
        delegation.token.expiry.check.interval.ms | How often expired delegation tokens are removed.
        delegation.token.expiry.time.ms | How long a delegation token is good before it must be renewed.
        delegation.token.max.lifetime.ms | How long a delegation token can be renewed.
        delegation.token.secret.key | The secret that delegation tokens are signed with; the same on all nodes.
        delete.records.purgatory.purge.interval.requests | After so many waiting DeleteRecords requests finished ones are cleared away.
        delete.retention.ms | How long compaction keeps the marks of deleted keys.
        delete.topic.enable | Whether topics can be deleted.
        early.start.listeners | Listeners that open before the node is ready.
        errors.deadletterqueue.auto.create.topics.enable | Whether share groups' topics for undeliverable records are made by themselves.
        errors.deadletterqueue.copy.record.enable | Whether undeliverable records are copied whole, or only told about.
        errors.deadletterqueue.group.enable | Whether share groups may use the topic for records that they could not deliver.
        errors.deadletterqueue.topic.name | The topic for records that a share group could not deliver; empty for none.
        errors.deadletterqueue.topic.name.prefix | How names of topics for undeliverable records begin.
        fetch.max.bytes | The most bytes of records in the answer to one fetch.
        fetch.purgatory.purge.interval.requests | After so many waiting fetches finished ones are cleared away.
        file.delete.delay.ms | How long the files of a deleted segment stay on the disk.
        flush.messages | After so many records a log is written through to the disk.
        flush.ms | At least so often a log with new records is written through to the disk.
        follower.fetch.last.tiered.offset.enable | Whether a new replica begins where tiered storage ends.
        follower.replication.throttled.rate | Bytes a second that throttled followers may copy; set while the broker runs only.
        follower.replication.throttled.replicas | Replicas whose followers copy at a limited rate, as partition:broker pairs, or * for all.
        group.consumer.assignment.interval.ms | How often partitions of a consumer group are assigned anew.
        group.consumer.assignor.offload.enable | Whether assignments of a consumer group are computed on a thread of their own.
        group.consumer.assignors | The assignors that consumer groups may use; the first is the default.
        group.consumer.heartbeat.interval.ms | How often members of a consumer group report.
        group.consumer.max.assignment.interval.ms | The largest value that a consumer group may set for consumer.assignment.interval.ms.
        group.consumer.max.heartbeat.interval.ms | The largest value that a consumer group may set for consumer.heartbeat.interval.ms.
        group.consumer.max.session.timeout.ms | The largest value that a consumer group may set for consumer.session.timeout.ms.
        group.consumer.max.size | The most members of a consumer group.
        group.consumer.migration.policy | Whether groups may change between the classic and the consumer protocol.
        group.consumer.min.assignment.interval.ms | The smallest value that a consumer group may set for consumer.assignment.interval.ms.
        group.consumer.min.heartbeat.interval.ms | The smallest value that a consumer group may set for consumer.heartbeat.interval.ms.
        group.consumer.min.session.timeout.ms | The smallest value that a consumer group may set for consumer.session.timeout.ms.
        group.consumer.regex.refresh.interval.ms | How often topics are matched anew with the patterns of consumer groups.
        group.consumer.session.timeout.ms | A member of a consumer group that has not reported for so long counts as gone.
        group.coordinator.append.linger.ms | How long the group coordinator gathers records before it writes them; -1 adapts to the load.
        group.coordinator.background.threads | Threads for the group coordinator's slow work.
        group.coordinator.cached.buffer.max.bytes | The largest buffer that the group coordinator keeps for its next write.
        group.coordinator.rebalance.protocols | The group protocols that are on.
        group.coordinator.threads | Threads of the group coordinator.
        group.initial.rebalance.delay.ms | How long the first rebalance of an empty group waits for more members.
        group.max.session.timeout.ms | The longest session timeout that a member of a classic group may ask for.
        group.max.size | The most members of a classic group; Ottla allows 5000 at most.
        group.min.session.timeout.ms | The shortest session timeout that a member of a classic group may ask for.
        group.share.assignment.interval.ms | How often partitions of a share group are assigned anew.
        group.share.assignor.offload.enable | Whether assignments of a share group are computed on a thread of their own.
        group.share.assignors | The assignors that share groups may use; the first is the default.
        group.share.delivery.count.limit | How often a record is delivered to a share group before it is given up.
        group.share.dlq.manager.class.name | The class that writes undeliverable records of share groups.
        group.share.heartbeat.interval.ms | How often members of a share group report.
        group.share.initialize.retry.interval.ms | The pause before the state of a share group is set up again.
        group.share.max.assignment.interval.ms | The largest value that a share group may set for share.assignment.interval.ms.
        group.share.max.delivery.count.limit | The largest value that a share group may set for share.delivery.count.limit.
        group.share.max.heartbeat.interval.ms | The largest value that a share group may set for share.heartbeat.interval.ms.
        group.share.max.partition.max.record.locks | The largest value that a share group may set for share.partition.max.record.locks.
        group.share.max.record.lock.duration.ms | The largest value that a share group may set for share.record.lock.duration.ms.
        group.share.max.session.timeout.ms | The largest value that a share group may set for share.session.timeout.ms.
        group.share.max.share.sessions | The most share sessions that a broker remembers.
        group.share.max.size | The most members of a share group.
        group.share.min.assignment.interval.ms | The smallest value that a share group may set for share.assignment.interval.ms.
        group.share.min.delivery.count.limit | The smallest value that a share group may set for share.delivery.count.limit.
        group.share.min.heartbeat.interval.ms | The smallest value that a share group may set for share.heartbeat.interval.ms.
        group.share.min.partition.max.record.locks | The smallest value that a share group may set for share.partition.max.record.locks.
        group.share.min.record.lock.duration.ms | The smallest value that a share group may set for share.record.lock.duration.ms.
        group.share.min.session.timeout.ms | The smallest value that a share group may set for share.session.timeout.ms.
        group.share.partition.max.record.locks | How many records of a partition may be out at members of a share group at a time.
        group.share.persister.class.name | The class that stores the state of share groups.
        group.share.record.lock.duration.ms | How long a member of a share group has a record to itself.
        group.share.session.timeout.ms | A member of a share group that has not reported for so long counts as gone.
        group.streams.acceptable.recovery.lag | How far behind a task of a streams group may be and still count as caught up.
        group.streams.assignment.interval.ms | How often partitions of a streams group are assigned anew.
        group.streams.assignor.offload.enable | Whether assignments of a streams group are computed on a thread of their own.
        group.streams.assignors | The assignors that streams groups may use; the first is the default.
        group.streams.heartbeat.interval.ms | How often members of a streams group report.
        group.streams.initial.rebalance.delay.ms | How long the first assignment of a streams group waits for more members.
        group.streams.max.assignment.interval.ms | The largest value that a streams group may set for streams.assignment.interval.ms.
        group.streams.max.heartbeat.interval.ms | The largest value that a streams group may set for streams.heartbeat.interval.ms.
        group.streams.max.session.timeout.ms | The largest value that a streams group may set for streams.session.timeout.ms.
        group.streams.max.size | The most members of a streams group.
        group.streams.max.standby.replicas | The largest value that a streams group may set for streams.num.standby.replicas.
        group.streams.max.warmup.replicas | The largest value that a streams group may set for streams.num.warmup.replicas.
        group.streams.min.assignment.interval.ms | The smallest value that a streams group may set for streams.assignment.interval.ms.
        group.streams.min.heartbeat.interval.ms | The smallest value that a streams group may set for streams.heartbeat.interval.ms.
        group.streams.min.session.timeout.ms | The smallest value that a streams group may set for streams.session.timeout.ms.
        group.streams.min.task.offset.interval.ms | The smallest value that a streams group may set for streams.task.offset.interval.ms.
        group.streams.num.standby.replicas | Standby copies of the state of each task of a streams group.
        group.streams.num.warmup.replicas | Copies of state that a streams group may warm up at a time.
        group.streams.rack.aware.assignment.tags | Tags of clients over which a streams group spreads its standby copies.
        group.streams.session.timeout.ms | A member of a streams group that has not reported for so long counts as gone.
        group.streams.task.offset.interval.ms | How often members of a streams group report how far their tasks are.
        group.streams.topology.description.plugin.class | A class that receives descriptions of streams applications.
        index.interval.bytes | An entry is made in a segment's indexes for about each so many bytes of records.
        initial.broker.registration.timeout.ms | How long a broker tries to register when it starts.
        inter.broker.listener.name | The listener that brokers use among themselves.
        internal.metadata.delete.delay.millis | For tests: how long deleted files of the metadata log stay.
        internal.metadata.log.segment.bytes | For tests: the size of the metadata log's segments.
        internal.metadata.max.batch.size.in.bytes | For tests: the largest batch of the metadata log.
        internal.segment.bytes | For tests: the largest size of a segment, also below what segment.bytes allows.
        interval.ms | How often a client sends its metrics.
        kafka.metrics.polling.interval.secs | How often metrics are polled for reporters of the older kind.
        kafka.metrics.reporters | Reporters of the older kind of metrics.
        leader.imbalance.check.interval.seconds | How often it is looked whether preferred replicas lead.
        leader.replication.throttled.rate | Bytes a second that leaders may send to throttled followers; set while the broker runs only.
        leader.replication.throttled.replicas | Replicas whose leaders serve followers at a limited rate, as partition:broker pairs, or * for all.
        listener.security.protocol.map | The security protocol of each listener.
        listeners | Where the node listens, as NAME://host:port; an empty host is every interface.
        local.retention.bytes | With tiered storage: how many bytes of a partition stay on the broker's own disk; -2 takes retention.bytes.
        local.retention.ms | With tiered storage: how long segments stay on the broker's own disk; -2 takes retention.ms.
        log.cleaner.backoff.ms | How long the cleaner sleeps when nothing is to be compacted.
        log.cleaner.dedupe.buffer.size | Memory for the keys of logs that are compacted.
        log.cleaner.delete.retention.ms | For topics that do not set delete.retention.ms: how long compaction keeps the marks of deleted keys.
        log.cleaner.enable | Whether the cleaner runs.
        log.cleaner.io.buffer.load.factor | How full the cleaner's table of keys may become.
        log.cleaner.io.buffer.size | Memory for the cleaner's reads and writes.
        log.cleaner.io.max.bytes.per.second | Bytes a second that the cleaner may read and write.
        log.cleaner.max.compaction.lag.ms | For topics that do not set max.compaction.lag.ms: a record is looked at by compaction within this time at the latest.
        log.cleaner.min.cleanable.ratio | For topics that do not set min.cleanable.dirty.ratio: the part of a log that must be new before compaction works on it.
        log.cleaner.min.compaction.lag.ms | For topics that do not set min.compaction.lag.ms: how long a record is left alone by compaction.
        log.cleaner.threads | Threads of the cleaner.
        log.cleanup.policy | For topics that do not set cleanup.policy: what happens to old segments: delete removes them by age and size, compact keeps the last record of each key; an empty list keeps everything.
        log.dir | The directory for data when log.dirs is not set.
        log.dir.failure.timeout.ms | A broker that cannot report a failed directory for so long stops.
        log.dirs | The directories for data.
        log.flush.interval.messages | For topics that do not set flush.messages: after so many records a log is written through to the disk.
        log.flush.interval.ms | For topics that do not set flush.ms: at least so often a log with new records is written through to the disk.
        log.flush.offset.checkpoint.interval.ms | How often it is noted up to where logs are on the disk.
        log.flush.scheduler.interval.ms | How often it is looked which logs are due to be written through.
        log.flush.start.offset.checkpoint.interval.ms | How often it is noted where logs begin.
        log.index.interval.bytes | For topics that do not set index.interval.bytes: an entry is made in a segment's indexes for about each so many bytes of records.
        log.index.size.max.bytes | For topics that do not set segment.index.bytes: the size at which a segment's offset index is full, and a new segment begins.
        log.initial.task.delay.ms | How long after the start retention and checkpoints begin; 30 seconds, or their interval when that is shorter.
        log.local.retention.bytes | For topics that do not set local.retention.bytes: with tiered storage: how many bytes of a partition stay on the broker's own disk; -2 takes retention.bytes.
        log.local.retention.ms | For topics that do not set local.retention.ms: with tiered storage: how long segments stay on the broker's own disk; -2 takes retention.ms.
        log.message.timestamp.after.max.ms | For topics that do not set message.timestamp.after.max.ms: how far a record's timestamp may lie ahead of the broker's clock.
        log.message.timestamp.before.max.ms | For topics that do not set message.timestamp.before.max.ms: how far a record's timestamp may lie behind the broker's clock.
        log.message.timestamp.type | For topics that do not set message.timestamp.type: whose clock stamps records: CreateTime keeps the producer's, LogAppendTime sets the broker's.
        log.preallocate | For topics that do not set preallocate: whether a new segment's file gets its full size at once.
        log.remote.copy.lag.bytes | For topics that do not set remote.copy.lag.bytes: with tiered storage: segments are copied once so many bytes have followed them.
        log.remote.copy.lag.ms | For topics that do not set remote.copy.lag.ms: with tiered storage: segments are copied once they are so old.
        log.retention.bytes | For topics that do not set retention.bytes: how many bytes of a partition are kept before the oldest segments are deleted; negative is no limit.
        log.retention.check.interval.ms | How often it is looked which segments are to be deleted.
        log.retention.hours | The same as log.retention.ms in hours, where neither that nor log.retention.minutes is set.
        log.retention.minutes | The same as log.retention.ms in minutes, where that is not set.
        log.retention.ms | For topics that do not set retention.ms: how long records are kept before their segments are deleted; -1 is for ever.
        log.roll.hours | The same as log.roll.ms in hours, where that is not set.
        log.roll.jitter.hours | The same as log.roll.jitter.ms in hours, where that is not set.
        log.roll.jitter.ms | For topics that do not set segment.jitter.ms: a random time up to this is taken from segment.ms, so that segments of many partitions do not roll at once.
        log.roll.ms | For topics that do not set segment.ms: the age at which a log begins a new segment, even if the old one is not full.
        log.segment.bytes | For topics that do not set segment.bytes: the size at which a log begins a new segment.
        log.segment.delete.delay.ms | For topics that do not set file.delete.delay.ms: how long the files of a deleted segment stay on the disk.
        match | Which clients a subscription is for, as name=pattern; empty for all.
        max.compaction.lag.ms | A record is looked at by compaction within this time at the latest.
        max.connection.creation.rate | New connections a second that the broker takes.
        max.connections | The most connections at a time.
        max.connections.per.ip | The most connections of one address at a time.
        max.connections.per.ip.overrides | Other limits of connections for certain addresses.
        max.incremental.fetch.session.cache.slots | The most fetch sessions that the broker remembers.
        max.message.bytes | The largest batch of records that is accepted, as it is stored.
        max.request.partition.size.limit | The most partitions in one answer of DescribeTopicPartitions.
        message.max.bytes | For topics that do not set max.message.bytes: the largest batch of records that is accepted, as it is stored.
        message.timestamp.after.max.ms | How far a record's timestamp may lie ahead of the broker's clock.
        message.timestamp.before.max.ms | How far a record's timestamp may lie behind the broker's clock.
        message.timestamp.type | Whose clock stamps records: CreateTime keeps the producer's, LogAppendTime sets the broker's.
        metadata.log.dir | The directory of the metadata log; by default the first of log.dirs.
        metadata.log.max.record.bytes.between.snapshots | After so many bytes of new records a snapshot of the metadata is made.
        metadata.log.max.snapshot.interval.ms | A snapshot of the metadata is made at least so often when something changed; 0 for not by time.
        metadata.log.segment.bytes | The size of the metadata log's segments.
        metadata.log.segment.ms | The age at which the metadata log begins a new segment.
        metadata.max.idle.interval.ms | How often the controller writes an empty record when nothing changes.
        metadata.max.retention.bytes | How many bytes of the metadata log and its snapshots are kept.
        metadata.max.retention.ms | How long segments and snapshots of the metadata log are kept.
        metric.reporters | Classes that metrics are reported to.
        metrics | Beginnings of the names of metrics that are asked for; * for all.
        metrics.listener | Address, as host:port, of a text endpoint with metrics for Prometheus.
        metrics.num.samples | How many samples a metric is computed from.
        metrics.recording.level | How detailed metrics are.
        metrics.sample.window.ms | The length of a metric's sample.
        min.cleanable.dirty.ratio | The part of a log that must be new before compaction works on it.
        min.compaction.lag.ms | How long a record is left alone by compaction.
        min.insync.replicas | With acks=all a write needs so many replicas in sync, or it is refused.
        node.id | The node's number in the cluster; by default what its directory says.
        num.io.threads | Threads that carry out requests.
        num.network.threads | Threads that serve connections; here each request is carried out on one of them, too.
        num.partitions | Partitions of a topic that is made without saying how many.
        num.recovery.threads.per.data.dir | Threads for each directory that open and check logs at the start.
        num.replica.alter.log.dirs.threads | Threads that move replicas between directories.
        num.replica.fetchers | Connections to each other broker that replicas are copied with.
        offset.metadata.max.bytes | The longest text that may be stored with a committed offset.
        offsets.commit.timeout.ms | How long the commit of an offset may wait for replicas.
        offsets.load.buffer.size | How much of __consumer_offsets is read at a time when groups are loaded.
        offsets.retention.check.interval.ms | How often expired offsets and empty groups are looked for.
        offsets.retention.minutes | How long committed offsets of a group without members are kept.
        offsets.topic.compression.codec | The compression of __consumer_offsets.
        offsets.topic.num.partitions | Partitions of __consumer_offsets when it is made; cannot change later.
        offsets.topic.replication.factor | Replicas of __consumer_offsets when it is made; fewer where there are fewer brokers.
        offsets.topic.segment.bytes | Size of the segments of __consumer_offsets when it is made.
        ottla.connection.creation.rate.per.ip | New connections of one address that are served at once each second; more wait their turn.
        ottla.flush.policy | What acks=all waits for: os leaves writing to the operating system, ack waits until the disk has the records.
        ottla.min.insync.replicas.scope | Which writes are refused while fewer replicas than min.insync.replicas are in sync: acks-all those of acks=all, every-write all.
        ottla.scrub.interval.ms | How long it takes to read all logs once, to find what is damaged and repair it from other replicas; at most one twentieth of a disk's time is used. -1 for never.
        preallocate | Whether a new segment's file gets its full size at once.
        principal.builder.class | The class that makes a principal of a connection.
        process.roles | What the process does: broker, controller or both.
        producer.id.expiration.check.interval.ms | How often producer ids that nobody uses any more are looked for.
        producer.id.expiration.ms | A producer id that was not used for so long is forgotten.
        producer.purgatory.purge.interval.requests | After so many waiting produce requests finished ones are cleared away.
        queued.max.request.bytes | The most bytes that requests of all connections hold together before reading stops.
        queued.max.requests | The most requests that wait to be carried out before reading stops.
        quota.window.num | How many samples clients' rates are measured over.
        quota.window.size.seconds | The length of a sample of clients' rates.
        remote.copy.lag.bytes | With tiered storage: segments are copied once so many bytes have followed them.
        remote.copy.lag.ms | With tiered storage: segments are copied once they are so old.
        remote.fetch.max.wait.ms | How long a fetch may wait for tiered storage.
        remote.list.offsets.request.timeout.ms | How long ListOffsets may wait for tiered storage.
        remote.log.copy.disable | With tiered storage: nothing more is copied; what was copied can be read.
        remote.log.delete.on.disable | With tiered storage: what was copied is deleted when remote.storage.enable is turned off.
        remote.log.index.file.cache.total.size.bytes | Disk space for indexes of segments in tiered storage.
        remote.log.index.file.cache.ttl.ms | How long unused indexes of segments in tiered storage are kept.
        remote.log.manager.copier.thread.pool.size | Threads that copy segments to tiered storage.
        remote.log.manager.copy.max.bytes.per.second | Bytes a second that are copied to tiered storage at most.
        remote.log.manager.copy.quota.window.num | How many samples the rate of copies to tiered storage is measured over.
        remote.log.manager.copy.quota.window.size.seconds | The length of a sample of the rate of copies to tiered storage.
        remote.log.manager.expiration.thread.pool.size | Threads that delete expired segments from tiered storage.
        remote.log.manager.fetch.max.bytes.per.second | Bytes a second that are read from tiered storage at most.
        remote.log.manager.fetch.quota.window.num | How many samples the rate of reads from tiered storage is measured over.
        remote.log.manager.fetch.quota.window.size.seconds | The length of a sample of the rate of reads from tiered storage.
        remote.log.manager.follower.thread.pool.size | Threads that look after tiered partitions that this broker follows.
        remote.log.manager.task.interval.ms | How often it is looked what is to be copied to tiered storage and deleted there.
        remote.log.manager.task.retry.backoff.max.ms | The longest pause before work on tiered storage is tried again.
        remote.log.manager.task.retry.backoff.ms | The first pause before work on tiered storage is tried again.
        remote.log.manager.task.retry.jitter | By how much pauses before work on tiered storage vary at random.
        remote.log.manager.thread.pool.size | An older key for the threads of tiered storage.
        remote.log.metadata.custom.metadata.max.bytes | The largest data of its own that tiered storage may keep for a segment.
        remote.log.metadata.manager.class.name | The class that keeps the list of segments in tiered storage.
        remote.log.metadata.manager.class.path | Where that class is loaded from.
        remote.log.metadata.manager.impl.prefix | How keys for that class begin.
        remote.log.metadata.manager.listener.name | The listener that it reaches this broker by.
        remote.log.reader.max.pending.tasks | The most reads from tiered storage that wait.
        remote.log.reader.threads | Threads that read from tiered storage.
        remote.log.storage.manager.class.name | The class that stores segments in tiered storage.
        remote.log.storage.manager.class.path | Where that class is loaded from.
        remote.log.storage.manager.impl.prefix | How keys for that class begin.
        remote.log.storage.system.enable | Whether the cluster has tiered storage.
        remote.storage.enable | Whether old segments of the topic are kept in tiered storage.
        replica.alter.log.dirs.io.max.bytes.per.second | Bytes a second that moves between directories may take; set while the broker runs only.
        replica.fetch.backoff.ms | The pause of a replica after a failed fetch.
        replica.fetch.max.bytes | Bytes of one partition that a replica fetches at a time.
        replica.fetch.min.bytes | The fewest bytes that the answer to a replica's fetch waits for.
        replica.fetch.response.max.bytes | Bytes of all partitions that a replica fetches at a time.
        replica.fetch.wait.max.ms | How long a replica's fetch waits for records.
        replica.high.watermark.checkpoint.interval.ms | How often high watermarks are noted on the disk.
        replica.lag.time.max.ms | A replica that has not caught up for so long is no longer in sync.
        replica.selector.class | Which replica a consumer reads from: org.apache.kafka.common.replica.LeaderSelector, the leader, or org.apache.kafka.common.replica.RackAwareReplicaSelector, one in its client.rack.
        replica.socket.receive.buffer.bytes | The receive buffer of connections to leaders.
        replica.socket.timeout.ms | How long a replica's request may take.
        replication.quota.window.num | How many samples the rate of replication is measured over.
        replication.quota.window.size.seconds | The length of a sample of the rate of replication.
        request.timeout.ms | How long requests between brokers may take.
        retention.bytes | How many bytes of a partition are kept before the oldest segments are deleted; negative is no limit.
        retention.ms | How long records are kept before their segments are deleted; -1 is for ever.
        sasl.client.callback.handler.class | A class that gives SASL credentials to the broker's own connections.
        sasl.enabled.mechanisms | The SASL mechanisms that clients may use.
        sasl.jaas.config | Credentials of a SASL mechanism, in the form of JAAS.
        sasl.kerberos.kinit.cmd | The path of kinit.
        sasl.kerberos.min.time.before.relogin | The shortest time between two renewals of a Kerberos ticket.
        sasl.kerberos.principal.to.local.rules | Rules that make a short name of a Kerberos principal.
        sasl.kerberos.service.name | The Kerberos name of the service.
        sasl.kerberos.ticket.renew.jitter | By how much the time of a ticket's renewal varies at random.
        sasl.kerberos.ticket.renew.window.factor | The part of its life after which a Kerberos ticket is renewed.
        sasl.login.callback.handler.class | A class that gives what a SASL login asks for.
        sasl.login.class | The class that logs in.
        sasl.login.connect.timeout.ms | How long a login waits for a connection to the provider of tokens.
        sasl.login.read.timeout.ms | How long a login waits for the answer of the provider of tokens.
        sasl.login.refresh.buffer.seconds | A login is renewed at least so long before it ends.
        sasl.login.refresh.min.period.seconds | A login is renewed at most once in this time.
        sasl.login.refresh.window.factor | The part of its life after which a login is renewed.
        sasl.login.refresh.window.jitter | By how much the time of renewal varies at random.
        sasl.login.retry.backoff.max.ms | The longest pause between tries to log in.
        sasl.login.retry.backoff.ms | The first pause between tries to log in.
        sasl.mechanism.controller.protocol | The SASL mechanism between brokers and controllers.
        sasl.mechanism.inter.broker.protocol | The SASL mechanism between brokers.
        sasl.oauthbearer.allow.unverified.audience | Whether tokens are accepted whose audience is not checked.
        sasl.oauthbearer.allow.unverified.issuer | Whether tokens are accepted whose issuer is not checked.
        sasl.oauthbearer.assertion.algorithm | The algorithm that assertions for a token are signed with.
        sasl.oauthbearer.assertion.claim.aud | The audience in assertions.
        sasl.oauthbearer.assertion.claim.exp.seconds | How long an assertion is good.
        sasl.oauthbearer.assertion.claim.iss | The issuer in assertions.
        sasl.oauthbearer.assertion.claim.jti.include | Whether each assertion has an id.
        sasl.oauthbearer.assertion.claim.nbf.seconds | How far in the past an assertion begins to be good.
        sasl.oauthbearer.assertion.claim.sub | The subject in assertions.
        sasl.oauthbearer.assertion.file | A file with an assertion that is ready to use.
        sasl.oauthbearer.assertion.private.key.file | The file with the key that assertions are signed with.
        sasl.oauthbearer.assertion.private.key.passphrase | The passphrase of that key.
        sasl.oauthbearer.assertion.template.file | A file with further claims of assertions.
        sasl.oauthbearer.client.credentials.client.id | The client id for OAuth's client credentials.
        sasl.oauthbearer.client.credentials.client.secret | The secret for OAuth's client credentials.
        sasl.oauthbearer.clock.skew.seconds | By how much clocks may differ when a token is checked.
        sasl.oauthbearer.expected.audience | The audiences that a token must have one of.
        sasl.oauthbearer.expected.issuer | The issuer that a token must have.
        sasl.oauthbearer.jwks.endpoint.refresh.ms | How often the keys of the provider are fetched.
        sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms | The longest pause between tries to fetch the provider's keys.
        sasl.oauthbearer.jwks.endpoint.retry.backoff.ms | The first pause between tries to fetch the provider's keys.
        sasl.oauthbearer.jwks.endpoint.url | Where the keys of the provider are.
        sasl.oauthbearer.jwt.retriever.class | The class that gets a token.
        sasl.oauthbearer.jwt.validator.class | The class that checks a token.
        sasl.oauthbearer.scope | The scope that a token is asked for.
        sasl.oauthbearer.scope.claim.name | The claim that holds a token's scope.
        sasl.oauthbearer.sub.claim.name | The claim that holds a token's subject.
        sasl.oauthbearer.token.endpoint.url | Where tokens come from.
        sasl.server.callback.handler.class | A class that checks SASL credentials.
        sasl.server.max.receive.size | The largest SASL message that is accepted.
        security.inter.broker.protocol | The security protocol between brokers where inter.broker.listener.name is not set.
        security.providers | Providers of security algorithms.
        segment.bytes | The size at which a log begins a new segment.
        segment.index.bytes | The size at which a segment's offset index is full, and a new segment begins.
        segment.jitter.ms | A random time up to this is taken from segment.ms, so that segments of many partitions do not roll at once.
        segment.ms | The age at which a log begins a new segment, even if the old one is not full.
        server.max.startup.time.ms | How long a start may take.
        share.assignment.interval.ms | How often partitions of a share group are assigned anew.
        share.assignor.offload.enable | Whether assignments of a share group are computed on a thread of their own.
        share.auto.offset.reset | Where a share group begins in a partition: earliest, latest, or by_duration: so long ago.
        share.coordinator.append.linger.ms | How long the share coordinator gathers records before it writes them; -1 adapts to the load.
        share.coordinator.cached.buffer.max.bytes | The largest buffer that the share coordinator keeps for its next write.
        share.coordinator.cold.partition.snapshot.interval.ms | How often the state of share partitions without changes is written anew.
        share.coordinator.load.buffer.size | How much of __share_group_state is read at a time.
        share.coordinator.snapshot.update.records.per.snapshot | After so many updates the state of a share partition is written as a whole.
        share.coordinator.state.topic.compression.codec | The compression of __share_group_state.
        share.coordinator.state.topic.min.isr | min.insync.replicas of __share_group_state.
        share.coordinator.state.topic.num.partitions | Partitions of __share_group_state when it is made.
        share.coordinator.state.topic.prune.interval.ms | How often old state of share groups is removed.
        share.coordinator.state.topic.replication.factor | Replicas of __share_group_state when it is made.
        share.coordinator.state.topic.segment.bytes | Size of the segments of __share_group_state.
        share.coordinator.threads | Threads of the share coordinator.
        share.coordinator.write.timeout.ms | How long a write of the share coordinator may wait for replicas.
        share.delivery.count.limit | How often a record is delivered to a share group before it is given up.
        share.fetch.purgatory.purge.interval.requests | After so many waiting share fetches finished ones are cleared away.
        share.heartbeat.interval.ms | How often members of a share group report.
        share.isolation.level | Whether a share group gets records of transactions that are not committed.
        share.partition.max.record.locks | How many records of a partition may be out at members of a share group at a time.
        share.record.lock.duration.ms | How long a member of a share group has a record to itself.
        share.renew.acknowledge.enable | Whether members of a share group may prolong the time that they have a record.
        share.session.timeout.ms | A member of a share group that has not reported for so long counts as gone.
        socket.connection.setup.timeout.max.ms | The longest time that a connection to another node may take to be made.
        socket.connection.setup.timeout.ms | The time that the first try of a connection to another node may take.
        socket.listen.backlog.size | Connections that may wait to be accepted.
        socket.receive.buffer.bytes | The receive buffer of connections; -1 leaves it to the system.
        socket.request.max.bytes | The largest request that is accepted.
        socket.send.buffer.bytes | The send buffer of connections; -1 leaves it to the system.
        ssl.allow.dn.changes | Whether a new certificate may have another name.
        ssl.allow.san.changes | Whether a new certificate may have other alternative names.
        ssl.cipher.suites | The cipher suites that TLS may use; empty for the defaults.
        ssl.client.auth | Whether TLS clients must show a certificate: required, requested or none.
        ssl.enabled.protocols | The versions of TLS that are on.
        ssl.endpoint.identification.algorithm | How a host's name is checked in its certificate; empty for not at all.
        ssl.engine.factory.class | The class that makes TLS engines.
        ssl.key.password | The password of the private key.
        ssl.keymanager.algorithm | The algorithm of the key manager.
        ssl.keystore.certificate.chain | The certificate and its chain, in PEM.
        ssl.keystore.key | The private key, in PEM.
        ssl.keystore.location | The file with key and certificate.
        ssl.keystore.password | The password of that file.
        ssl.keystore.type | The format of that file.
        ssl.principal.mapping.rules | Rules that make a principal of a certificate's name.
        ssl.protocol | The version of TLS that is preferred.
        ssl.provider | The provider of TLS.
        ssl.secure.random.implementation | The source of random numbers for TLS.
        ssl.trustmanager.algorithm | The algorithm of the trust manager.
        ssl.truststore.certificates | Certificates that are trusted, in PEM.
        ssl.truststore.location | The file with certificates that are trusted.
        ssl.truststore.password | The password of the file with trusted certificates.
        ssl.truststore.type | The format of the file with trusted certificates.
        streams.acceptable.recovery.lag | How far behind a task of a streams group may be and still count as caught up.
        streams.assignment.interval.ms | How often partitions of a streams group are assigned anew.
        streams.assignor.name | Which of the broker's assignors a streams group uses; by default the first of group.streams.assignors.
        streams.assignor.offload.enable | Whether assignments of a streams group are computed on a thread of their own.
        streams.heartbeat.interval.ms | How often members of a streams group report.
        streams.initial.rebalance.delay.ms | How long the first assignment of a streams group waits for more members.
        streams.num.standby.replicas | Standby copies of the state of each task of a streams group.
        streams.num.warmup.replicas | Copies of state that a streams group may warm up at a time.
        streams.rack.aware.assignment.tags | Tags of clients over which a streams group spreads its standby copies.
        streams.session.timeout.ms | A member of a streams group that has not reported for so long counts as gone.
        streams.task.offset.interval.ms | How often members of a streams group report how far their tasks are.
        super.users | Principals whom the authorizer allows everything.
        telemetry.max.bytes | The largest message with metrics of a client.
        transaction.abort.timed.out.transaction.cleanup.interval.ms | How often transactions that took too long are looked for.
        transaction.max.timeout.ms | The longest transaction timeout that a producer may ask for.
        transaction.partition.verification.enable | Whether a transaction's writes are checked with its coordinator.
        transaction.remove.expired.transaction.cleanup.interval.ms | How often transactional ids that nobody uses are looked for.
        transaction.state.log.load.buffer.size | How much of __transaction_state is read at a time.
        transaction.state.log.min.isr | min.insync.replicas of __transaction_state.
        transaction.state.log.num.partitions | Partitions of __transaction_state when it is made.
        transaction.state.log.replication.factor | Replicas of __transaction_state when it is made.
        transaction.state.log.segment.bytes | Size of the segments of __transaction_state.
        transaction.two.phase.commit.enable | Whether transactions without a timeout, for two-phase commits, are allowed.
        transactional.id.expiration.ms | A transactional id that was not used for so long is forgotten.
        unclean.leader.election.enable | Whether a replica that is not in sync may lead when no other can, at the price of lost records.
        unclean.leader.election.interval.ms | How often the controller looks for partitions that only an unclean election can bring back.
        unstable.api.versions.enable | Whether versions of requests that are still in development are offered.
        unstable.feature.versions.enable | Whether levels of features that are still in development may be used.
        """#
}
