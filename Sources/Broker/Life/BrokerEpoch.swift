import Synchronization

/// The epoch of this broker's registration, which others check: whoever speaks for the broker reads it when it speaks.
final class BrokerEpoch: Sendable {
    private let epoch = Atomic<Int64>(-1)

    /// -1 as long as the controller has not taken the broker.
    var value: Int64 { epoch.load(ordering: .relaxed) }

    func set(_ new: Int64) { epoch.store(new, ordering: .relaxed) }
}
