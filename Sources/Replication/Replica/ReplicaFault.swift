@_spi(Sabotage) import KafkaProtocol

/// Faults that tests put back, to see that they are found. Release builds have no way to set one.
package enum ReplicaFault: CaseIterable, Sendable {
    /// The in-sync set shrinks when it is asked for, not when the controller has agreed.
    case shrinksUnconfirmed
    /// A new follower truncates to its high watermark (before KIP-101).
    case truncatesToWatermark
    /// The high watermark moves with fewer in sync than the minimum (before KIP-966).
    case ignoresMinimum
    /// A fetch of an earlier incarnation, or in an earlier epoch, counts (before KIP-903). No defect of the bug bank: the partition compares epochs
    /// before (`Partition.fetch`), and the controller takes nobody in whose broker epoch is another one.
    case countsStaleFetches
    /// Fetches do not name the epoch of the last record (KAFKA-15510).
    case forgetsLastEpoch
    /// The high watermark does not wait for those who are being taken in.
    case ignoresProposed
    /// Offsets count before they are on the disk, whatever the policy.
    case countsUnsynced
    /// A follower is taken in as soon as it fetches, wherever it is.
    case growsEarly
    /// A follower that was taken out may come back by a fetch that it made before.
    case ignoresBrokerEpoch
    /// A new leader takes its log's end for the high watermark.
    case trustsOwnEnd
    /// A follower takes the leader's high watermark without looking at its own log.
    case copiesWatermark
    /// Who waited for a leadership that is lost is told that all is well.
    case confirmsOnLoss
}

#if DEBUG
    extension ReplicaFault {
        /// The defect of the bug bank that is one of these.
        static let putBack: ReplicaFault? = {
            if Sabotage.isrShrunkUnconfirmed.isOn { return .shrinksUnconfirmed }
            if Sabotage.truncatedToWatermark.isOn { return .truncatesToWatermark }
            if Sabotage.minimumIgnored.isOn { return .ignoresMinimum }
            if Sabotage.lastEpochForgotten.isOn { return .forgetsLastEpoch }
            if Sabotage.proposedIgnored.isOn { return .ignoresProposed }
            if Sabotage.unsyncedCounted.isOn { return .countsUnsynced }
            if Sabotage.isrGrownEarly.isOn { return .growsEarly }
            if Sabotage.ownEndTrusted.isOn { return .trustsOwnEnd }
            if Sabotage.watermarkCopied.isOn { return .copiesWatermark }
            if Sabotage.lossConfirmed.isOn { return .confirmsOnLoss }
            return nil
        }()
    }
#endif
