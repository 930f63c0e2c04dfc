import Coordination
import KafkaProtocol
import World

/// ListTransactions: the transactional ids that this broker coordinates.
struct ListTransactionsHandler: ApiHandler {
    /// Version 2 brings patterns of RE2: what matches them must take linear time, and is not there yet.
    static let versions: ClosedRange<Int16> = 0...1
    let transactions: TransactionRuntime
    let time: WorldTime

    func handle(_ message: ListTransactionsRequest, _ request: Request) {
        var response = ListTransactionsResponse()
        let states = Dictionary(uniqueKeysWithValues: TransactionStatus.allCases.map { ($0.name, $0) })
        response.unknownStateFilters = message.stateFilters.filter { states[$0] == nil }
        let wanted = Set(message.stateFilters.compactMap { states[$0] })
        // None of the states that were asked for is one.
        let isNothingWanted = !message.stateFilters.isEmpty && wanted.isEmpty
        let (producers, now) = (Set(message.producerIdFilters), time.wall.milliseconds)
        for shell in isNothingWanted ? [] : transactions.all {
            switch shell.read({ $0.all }) {
            case .failure(.coordinatorLoadInProgress): response.errorCode = .coordinatorLoadInProgress
            case .failure: continue
            case .success(let all):
                for (id, transaction) in all {
                    if !wanted.isEmpty, !wanted.contains(transaction.status) { continue }
                    if !producers.isEmpty, !producers.contains(transaction.producerId) { continue }
                    let isYoung = transaction.start < 0 || now - transaction.start <= message.durationFilter
                    if message.durationFilter >= 0, isYoung { continue }
                    var row = ListTransactionsResponse.TransactionState()
                    row.transactionalId = id
                    row.producerId = transaction.producerId
                    row.transactionState = transaction.status.name
                    response.transactionStates.append(row)
                }
            }
        }
        request.reply(response)
    }
}
