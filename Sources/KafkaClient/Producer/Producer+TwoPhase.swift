import KafkaConnection
import Synchronization

/// A transaction whose outcome something outside decides (KIP-939). Its text, such as `1000:5`, is what Kafka's own client has as
/// `PreparedTxnState`, and what a database keeps with its own part of the transaction.
public struct PreparedTransaction: Sendable, Hashable, CustomStringConvertible {
    public var producerId: Int64
    public var epoch: Int16

    public init(producerId: Int64, epoch: Int16) {
        (self.producerId, self.epoch) = (producerId, epoch)
    }

    /// nil for a text that is none.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let id = Int64(parts[0]), let epoch = Int16(parts[1]), id >= 0, epoch >= 0 else {
            return nil
        }
        self.init(producerId: id, epoch: epoch)
    }

    public var description: String { "\(producerId):\(epoch)" }
}

/// Two-phase commits with a coordinator outside of Kafka, such as a database (KIP-939): prepare the transaction, write its `PreparedTransaction` in the
/// database's own transaction, commit that, and complete this one. After a crash `recoverTransaction` and `completeTransaction` with what the
/// database has bring both to the same end.
extension Producer {
    /// Sends everything, and takes no more into the transaction: from here on it can be committed, whatever happens to this producer. For
    /// producers with `isTwoPhase`; without that the transaction still has its time limit.
    ///
    /// - Returns: what to keep where the outcome is decided.
    /// - Throws: `KafkaError`; `.aborted` when something failed: then the transaction has to be aborted.
    public func prepareTransaction() async throws(KafkaError) -> PreparedTransaction {
        _ = try transactionalId()
        while true {
            do throws(KafkaError) { try await flush() } catch {
                // What failed is remembered by the transaction, which tells it better.
                if error.code == .cancelled { throw error }
            }
            let prepared = try state.withLock { state throws(KafkaError) -> PreparedTransaction? in
                guard state.isSettled else { return nil }
                guard let identity = state.engine.identity else {
                    throw KafkaError(.invalid, "no transaction is open; call beginTransaction first")
                }
                return try state.transaction?.prepare(identity)
            }
            if let prepared { return prepared }
        }
    }

    /// Takes over the transactional id before the first `beginTransaction`, and leaves open what an earlier producer has left: it has to be
    /// completed, committed or aborted then. That producer is fenced.
    ///
    /// - Returns: what is open; nil when there is nothing.
    /// - Throws: `KafkaError`; `.invalid` once this producer has begun, `.unsupported` where brokers do not offer it, `.fenced`.
    public func recoverTransaction() async throws(KafkaError) -> PreparedTransaction? {
        let id = try transactionalId()
        guard state.withLock({ $0.transaction?.phase == .unknown }) else {
            throw KafkaError(.invalid, "recoverTransaction comes before the first transaction of a producer")
        }
        return try await initialize(id, keepsPrepared: true)
    }

    /// Commits the transaction that is prepared if it is the one that was decided on, and aborts it otherwise: of another one, or of none, nothing was
    /// written where the outcome is decided.
    ///
    /// - Parameter decided: what was kept there last; nil for nothing.
    /// - Returns: whether it was committed.
    /// - Throws: as `commitTransaction` and `abortTransaction` do; `.invalid` when none is prepared.
    public func completeTransaction(_ decided: PreparedTransaction?) async throws(KafkaError) -> Bool {
        _ = try transactionalId()
        let isCommit = try state.withLock { state throws(KafkaError) in
            try state.transaction?.isCommitted(by: decided) ?? false
        }
        if isCommit { try await commitTransaction() } else { try await abortTransaction() }
        return isCommit
    }
}
