/// Defects that debug builds can put back into the runtime, so that its tests are tested. Release builds don't have them.
package enum CoordinatorFault: String, CaseIterable, Sendable {
    case answersBeforeCommit
    case answersUnwrittenAtOnce
    case answersTwice
    case commitsWhatIsAppended
    case undoesOneChange
    case failsOneAnswer
    case servesWhileLoading
    case loadsWhileAppending
    case forgetsWaiters
    case believesEarlierTerms
}
