import Testing

@testable import KafkaClient
@testable import KafkaConnection

struct SignalTests {
    @Test(.timeLimit(.minutes(1))) func aCancelledWaitLeavesTheSignalToTheNext() async {
        let signal = Signal()
        let first = Task { await signal.wait() }
        while !signal.isAwaited { await Task.yield() }
        first.cancel()
        await first.value
        let second = Task {
            await signal.wait()
            #expect(!Task.isCancelled)
        }
        // Were it over at once, nobody would ever wait.
        while !signal.isAwaited { await Task.yield() }
        signal.raise()
        await second.value
        #expect(!signal.isAwaited)
    }

    @Test(.timeLimit(.minutes(1))) func whatHappensBeforeTheWaitIsNotMissed() async {
        let signal = Signal()
        signal.raise()
        signal.raise()
        await signal.wait()
        let later = Task { await signal.wait() }
        while !signal.isAwaited { await Task.yield() }
        signal.raise()
        await later.value
    }
}
