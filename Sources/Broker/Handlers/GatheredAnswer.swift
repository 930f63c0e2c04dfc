import KafkaProtocol
import Synchronization

/// An answer whose parts come one by one, from any thread.
final class GatheredAnswer<Response: Sendable>: Sendable {
    private let state: Mutex<(response: Response, missing: Int)>

    /// - Parameter missing: how many parts are to come.
    init(_ response: Response, missing: Int) { state = Mutex((response, missing)) }

    /// - Returns: the answer, to whom brings the last part.
    func add(_ part: @Sendable (inout Response) -> Void) -> Response? {
        state.withLock { state in
            part(&state.response)
            state.missing -= 1
            return state.missing == 0 ? state.response : nil
        }
    }
}
