import KafkaProtocol
import LogStorage
import NIOCore
import Synchronization
import World

/// DeleteRecords: moves the start of partitions up, on all replicas in sync.
struct DeleteRecordsHandler: ApiHandler {
    /// The longest that a request may wait, in milliseconds.
    private static let timeoutLimit: Int32 = 300_000

    let cluster: PublishedView
    let store: PartitionStore
    let background: any Worker

    func handle(_ message: DeleteRecordsRequest, _ request: Request) {
        let view = cluster.view
        var response = DeleteRecordsResponse()
        var waiting: [RecordDeletion.Waiting] = []
        for (topicPlace, topic) in message.topics.enumerated() {
            var row = DeleteRecordsResponse.DeleteRecordsTopicResult()
            row.name = topic.name
            let route = view.topics[topic.name]
            for (place, asked) in topic.partitions.enumerated() {
                var cell = DeleteRecordsResponse.DeleteRecordsPartitionResult()
                cell.partitionIndex = asked.partitionIndex
                cell.lowWatermark = -1
                if route?.isInternal == true {
                    cell.errorCode = .invalidTopicException
                } else {
                    switch view.partition(topic.name, asked.partitionIndex) {
                    case .failure(let code): cell.errorCode = code
                    case .success(let partition):
                        (cell.errorCode, cell.lowWatermark) = partition.deleteRecords(before: asked.offset)
                        waiting.append(
                            RecordDeletion.Waiting(partition: partition, topic: topicPlace, place: place)
                        )
                    }
                }
                row.partitions.append(cell)
            }
            response.topics.append(row)
        }
        let millis = min(max(0, message.timeoutMs), Self.timeoutLimit)
        let deletion = RecordDeletion(response, waiting, request, timeoutMillis: Int64(millis))
        // The new starts must survive a crash before they are acknowledged.
        background.submit { deletion.go(without: store.checkpoint()) }
    }
}

/// A deletion that waits for the replicas, and answers when all have it.
private final class RecordDeletion: Sendable {
    struct Waiting: Sendable {
        var partition: Partition
        var topic: Int
        var place: Int
    }

    private struct State {
        var response: DeleteRecordsResponse
        var missing: Int
        var isDone = false
        var timer: Scheduled<Void>?
    }

    private let state: Mutex<State>
    private let waiting: [Waiting]
    private let request: Request
    private let timeoutMillis: Int64

    init(_ response: DeleteRecordsResponse, _ waiting: [Waiting], _ request: Request, timeoutMillis: Int64) {
        state = Mutex(State(response: response, missing: waiting.count))
        self.waiting = waiting
        self.request = request
        self.timeoutMillis = timeoutMillis
    }

    /// - Parameter failed: directories that could not note where their logs begin.
    func go(without failed: [LogDirectoryRuntime]) {
        for one in waiting {
            let cell = take(one)
            if cell.errorCode != .none {
                settle(one, cell.errorCode, -1)
            } else if failed.contains(where: { $0 === one.partition.directory }) {
                settle(one, .kafkaStorageError, -1)
            } else {
                one.partition.whenDeleted(before: cell.lowWatermark) { self.settle(one, $0, $1) }
            }
        }
        if waiting.isEmpty { finish() }
        startTimer()
    }

    /// What has come of it here; the answer has to say that the time was up, should nothing come after this.
    private func take(_ one: Waiting) -> DeleteRecordsResponse.DeleteRecordsPartitionResult {
        state.withLock { state in
            let cell = state.response.topics[one.topic].partitions[one.place]
            state.response.topics[one.topic].partitions[one.place].errorCode = .requestTimedOut
            state.response.topics[one.topic].partitions[one.place].lowWatermark = -1
            return cell
        }
    }

    private func settle(_ one: Waiting, _ code: ErrorCode, _ low: Int64) {
        let isLast = state.withLock { state in
            if state.isDone { return false }
            state.response.topics[one.topic].partitions[one.place].errorCode = code
            state.response.topics[one.topic].partitions[one.place].lowWatermark = low
            state.missing -= 1
            return state.missing == 0
        }
        if isLast { finish() }
    }

    private func startTimer() {
        if state.withLock({ $0.isDone }) { return }
        let timer = request.eventLoop.scheduleTask(in: .milliseconds(timeoutMillis)) { self.finish() }
        let isLate = state.withLock { state in
            state.timer = timer
            return state.isDone
        }
        if isLate { timer.cancel() }
    }

    private func finish() {
        let response = state.withLock { state -> DeleteRecordsResponse? in
            if state.isDone { return nil }
            state.isDone = true
            state.timer?.cancel()
            return state.response
        }
        if let response { request.reply(response) }
    }
}
