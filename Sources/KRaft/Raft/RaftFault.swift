@_spi(Sabotage) import KafkaProtocol

/// Faults that tests put back, to see whether the simulation finds them: only debug builds can switch them on.
enum RaftFault: String, CaseIterable, Sendable {
    case voteBeforeDisk, voteToShorterLog, voteTwice, preVoteCountsAsVote, votesOfOtherRoundsCount
    case commitOfOlderEpoch, commitByMinority, leaderCountsUnsynced, fetchBeforeDisk
    case noDivergenceCheck, staleFetchAnswer
    case secondChangeBeforeCommit, truncationKeepsVoters, removedLeaderCounts
}

#if DEBUG
    extension RaftFault {
        /// The defect of the bug bank that is one of these.
        static let putBack: Set<RaftFault> = {
            if Sabotage.voteGivenTwice.isOn { return [.voteTwice] }
            if Sabotage.voteToShorterLog.isOn { return [.voteToShorterLog] }
            if Sabotage.preVotesElect.isOn { return [.preVoteCountsAsVote] }
            if Sabotage.committedByMinority.isOn { return [.commitByMinority] }
            if Sabotage.quorumDivergenceUnchecked.isOn { return [.noDivergenceCheck] }
            if Sabotage.quorumStaleAnswerTaken.isOn { return [.staleFetchAnswer] }
            if Sabotage.removedLeaderCounts.isOn { return [.removedLeaderCounts] }
            return []
        }()
    }
#endif
