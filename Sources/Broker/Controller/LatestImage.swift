import ClusterMetadata
import Synchronization

/// The newest image of the metadata, whether it was published or not, and the last offset that it reflects. Any thread may read it.
final class LatestImage: Sendable {
    typealias Observer = @Sendable (MetadataImage) -> Void

    private let latest = Mutex((image: MetadataImage(), offset: Int64(-1)))
    private let observer = Mutex<Observer?>(nil)

    var value: (image: MetadataImage, offset: Int64) { latest.withLock { $0 } }

    func observe(_ observer: @escaping Observer) { self.observer.withLock { $0 = observer } }

    /// Takes what a loader has reached; within a transaction nothing counts yet.
    func take(_ loader: MetadataLoader) {
        let position = loader.position.endOffset - 1
        guard !loader.isInTransaction, latest.withLock({ $0.offset < position }) else { return }
        let image = loader.image
        latest.withLock { $0 = (image, position) }
        observer.withLock { $0 }?(image)
    }
}
