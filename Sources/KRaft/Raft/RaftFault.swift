/// Faults that tests put back, to see whether the simulation finds them: only debug builds can switch them on.
enum RaftFault: String, CaseIterable, Sendable {
    case voteBeforeDisk, voteToShorterLog, voteTwice, preVoteCountsAsVote, votesOfOtherRoundsCount
    case commitOfOlderEpoch, commitByMinority, leaderCountsUnsynced, fetchBeforeDisk
    case noDivergenceCheck, staleFetchAnswer
    case secondChangeBeforeCommit, truncationKeepsVoters
}
