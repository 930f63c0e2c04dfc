import KafkaProtocol
import LogStorage
import World

/// DescribeCompaction, an API of Ottla's own: how the logs of this node stand to compaction, and what their last passes came to.
struct DescribeCompactionHandler: ApiHandler {
    let cluster: PublishedView
    let store: PartitionStore
    let background: any Worker

    func handle(_ message: DescribeCompactionRequest, _ request: Request) {
        // A log may have many segments: not on the loop.
        background.submit { request.reply(response(message)) }
    }

    private func response(_ message: DescribeCompactionRequest) -> DescribeCompactionResponse {
        var response = DescribeCompactionResponse()
        let view = cluster.view
        let wall = store.retentionTime()
        guard let topics = message.topics else {
            for partition in store.all where partition.isCompacted == true {
                if response.topics.last?.name != partition.id.topic {
                    var row = DescribeCompactionResponse.CompactedTopic()
                    row.name = partition.id.topic
                    response.topics.append(row)
                }
                response.topics[response.topics.count - 1].partitions.append(cell(partition, wall))
            }
            return response
        }
        response.topics = topics.map { topic in
            var row = DescribeCompactionResponse.CompactedTopic()
            row.name = topic.name
            let route = view.topics[topic.name]
            let numbers = topic.partitions ?? Array(0..<(route?.count ?? 0))
            row.partitions = numbers.compactMap { number in
                switch view.replica(TopicPartition(topic.name, number)) {
                case .success(let partition): return cell(partition, wall)
                case .failure(let code):
                    // Of all partitions only those of this node are told.
                    return topic.partitions == nil && code == .notLeaderOrFollower ? nil : refusal(number, code)
                }
            }
            return row
        }
        return response
    }

    private func refusal(_ number: Int32, _ code: ErrorCode) -> DescribeCompactionResponse.CompactedPartition {
        var cell = DescribeCompactionResponse.CompactedPartition()
        cell.partitionIndex = number
        cell.errorCode = code
        return cell
    }

    private func cell(_ partition: Partition, _ wall: Int64) -> DescribeCompactionResponse.CompactedPartition {
        var cell = DescribeCompactionResponse.CompactedPartition()
        cell.partitionIndex = partition.id.partition
        guard let isCompacted = partition.isCompacted else {
            cell.errorCode = .kafkaStorageError
            return cell
        }
        cell.isCompacted = isCompacted
        let status = store.cleaner.status(of: partition, wall: wall)
        if let state = status.state {
            cell.cleanBytes = state.backlog.cleanBytes
            cell.cleanableBytes = state.backlog.dirtyBytes
            cell.heldBytes = state.backlog.heldBytes
            cell.minCleanableRatio = state.minRatio
            cell.firstDirtyOffset = state.backlog.firstDirtyOffset
            cell.firstUncleanableOffset = state.backlog.firstUncleanableOffset
        }
        cell.wait = status.wait.rawValue
        cell.waitUntilMs = status.waitUntil ?? -1
        cell.waitReason = status.entry?.asideReason
        cell.passesEnded = status.entry?.passes ?? 0
        cell.passUnderWay = status.entry?.progress.map(underWay)
        cell.lastPass = status.entry?.last.map(ended)
        return cell
    }

    private func underWay(_ progress: CompactionProgress) -> DescribeCompactionResponse.PassUnderWay {
        var pass = DescribeCompactionResponse.PassUnderWay()
        pass.startedAtMs = progress.startedAt
        pass.cause = progress.cause.rawValue
        pass.bytesToRead = progress.bytesToRead
        pass.bytesRead = Int64(progress.bytesRead)
        pass.bytesKept = Int64(progress.bytesKept)
        return pass
    }

    private func ended(_ last: EndedPass) -> DescribeCompactionResponse.EndedPass {
        var pass = DescribeCompactionResponse.EndedPass()
        pass.startedAtMs = last.startedAt
        pass.durationMs = last.millis
        pass.cause = last.cause.rawValue
        pass.errorMessage = last.failure
        pass.cleanedOffset = last.report.cleanedOffset
        pass.bytesBefore = last.report.bytesBefore
        pass.bytesAfter = last.report.bytesAfter
        pass.segmentsBefore = Int32(clamping: last.report.segmentsBefore)
        pass.segmentsAfter = Int32(clamping: last.report.segmentsAfter)
        pass.recordsRead = Int64(last.report.recordsRead)
        pass.recordsKept = Int64(last.report.recordsKept)
        pass.tombstonesRemoved = Int64(last.report.tombstonesDropped)
        pass.keylessRemoved = Int64(last.report.keylessDropped)
        return pass
    }
}
