import ClusterMetadata
import KafkaProtocol
import LogStorage
import Logging
import Replication
import Synchronization
import World

/// What is looked at now and then.
extension PartitionStore {
    /// Removes what retention allows. Blocks on the disk.
    func retire() {
        let wall = retentionTime()
        for partition in all where !partition.directory.isOffline {
            let (segments, delay) = partition.retire(wall: wall)
            for segment in segments {
                logger.info(
                    "segment deleted",
                    metadata: [
                        "partition": "\(partition.id)", "segment": "\(segment.baseOffset)", "bytes": "\(segment.bytes)",
                        "reason": "\(segment.reason)",
                    ]
                )
            }
            if segments.isEmpty { continue }
            doomed.withLock {
                $0.append((at: world.time.now.milliseconds + delay, id: partition.id, segments: segments))
            }
        }
        removeDoomed()
    }

    func retentionTime() -> Int64 {
        let (wall, now) = (world.time.wall, world.time.now)
        let (millis, hasJumped) = retentionClock.withLock { $0.time(wall: wall, now: now) }
        if hasJumped {
            logger.warning(
                "the wall clock jumped forward; until the next start, retention and compaction go by the time that has passed since this one",
                metadata: ["aheadMillis": "\(wall.milliseconds - millis)"]
            )
        }
        return millis
    }

    func removeDoomed() {
        let now = world.time.now.milliseconds
        let due = doomed.withLock { all in
            let due = all.filter { $0.at <= now }
            all.removeAll { $0.at <= now }
            return due
        }
        for entry in due {
            for segment in entry.segments {
                do throws(StorageError) { try segment.remove() } catch {
                    logger.warning("\(error)", metadata: ["partition": "\(entry.id)"])
                }
            }
        }
    }

    func expireProducers() {
        let wall = retentionTime()
        for partition in all { partition.expireProducers(wall: wall) }
    }

    func flushDue() {
        let wall = world.time.wall.milliseconds
        for partition in all { partition.flushIfDue(wall: wall) }
    }
}
