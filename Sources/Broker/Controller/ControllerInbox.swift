import ClusterMetadata
import Synchronization

/// Requests that have gathered for the controller. They are decided on together, so that one sync makes all of them durable.
final class ControllerInbox: Sendable {
    struct Item: Sendable {
        var request: any ControllerRequest
        var context: ControllerRequestContext
        var reply: MetadataRuntime.Reply
    }

    private let items = Mutex<[Item]>([])

    /// - Returns: whether it is the first of those that gather now: somebody has to be told.
    func add(_ item: Item) -> Bool {
        items.withLock { items in
            items.append(item)
            return items.count == 1
        }
    }

    func take() -> [Item] {
        items.withLock { items in
            defer { items = [] }
            return items
        }
    }
}
