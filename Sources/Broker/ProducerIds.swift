import ClusterMetadata
import KafkaProtocol
import Synchronization

/// Hands out producer ids from blocks that the controller allocates.
final class ProducerIds: Sendable {
    private struct State {
        var block: Range<Int64> = 0..<0
        var waiting: [@Sendable (Int64?) -> Void] = []
        var isAsking = false
    }
    private let state = Mutex(State())
    private let controller: any ControllerChannel
    private let nodeId: Int32
    private let brokerEpoch: BrokerEpoch

    init(controller: any ControllerChannel, nodeId: Int32, brokerEpoch: BrokerEpoch) {
        self.controller = controller
        self.nodeId = nodeId
        self.brokerEpoch = brokerEpoch
    }

    /// Calls `done` with an id that nobody had before, or nil when no controller gives any.
    func next(_ done: @escaping @Sendable (Int64?) -> Void) {
        let (id, asks) = state.withLock { state -> (Int64?, Bool) in
            if let id = state.block.first {
                state.block = (id + 1)..<state.block.upperBound
                return (id, false)
            }
            state.waiting.append(done)
            defer { state.isAsking = true }
            return (nil, !state.isAsking)
        }
        if let id { return done(id) }
        guard asks else { return }
        var request = AllocateProducerIdsRequest()
        (request.brokerId, request.brokerEpoch) = (nodeId, brokerEpoch.value)
        controller.send(request, .own(AllocateProducerIdsRequest.self)) { response in
            let end = response.producerIdStart + Int64(response.producerIdLen)
            self.received(response.errorCode == .none ? response.producerIdStart..<end : nil)
        }
    }

    private func received(_ block: Range<Int64>?) {
        let waiting = state.withLock { state in
            state.isAsking = false
            if let block { state.block = block }
            defer { state.waiting = [] }
            return state.waiting
        }
        for done in waiting {
            if block == nil { done(nil) } else { next(done) }
        }
    }
}
