import Coordination
import KafkaProtocol
import Patterns
import World

/// ListTransactions: the transactional ids that this broker coordinates.
struct ListTransactionsHandler: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...2
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
        var pattern: Pattern?
        if let text = message.transactionalIdPattern, !text.isEmpty {
            guard let parsed = try? Pattern(text) else {
                response.errorCode = .invalidRegularExpression
                return request.reply(response)
            }
            pattern = parsed
        }
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
                    if let pattern, !pattern.matches(id) { continue }
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
