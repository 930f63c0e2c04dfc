import Synchronization

/// The view that requests are answered from: `MetadataPublisher` puts the next one here, everyone reads it.
final class PublishedView: Sendable {
    private let latest: Mutex<ClusterView>

    init(_ first: ClusterView) { latest = Mutex(first) }

    var view: ClusterView { latest.withLock { $0 } }

    func show(_ view: ClusterView) { latest.withLock { $0 = view } }
}
