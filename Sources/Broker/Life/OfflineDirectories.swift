import KafkaProtocol
import Synchronization

/// The log directories that have failed since the start. The broker tells the controller of each, so that others lead what was in it.
final class OfflineDirectories: Sendable {
    private struct State {
        var ids: [KafkaUUID] = []
        var told: (@Sendable (KafkaUUID) -> Void)?
    }
    private let state = Mutex(State())

    /// - Returns: how many there are.
    func add(_ id: KafkaUUID) -> Int {
        let (count, told) = state.withLock { state in
            state.ids.append(id)
            return (state.ids.count, state.told)
        }
        told?(id)
        return count
    }

    /// From here on each is told of, those that there are already too.
    func tell(_ told: @escaping @Sendable (KafkaUUID) -> Void) {
        let ids = state.withLock { state in
            state.told = told
            return state.ids
        }
        for id in ids { told(id) }
    }
}
